"""From the platform to the gateway: a directive is judged, carried out once, and answered whenever it comes.

Directives are dealt with one at a time, in the order of the broker. The answer goes out after the commit. One that is lost on the
way, or that finds no room here, comes again: the platform repeats it until it is answered.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final, Protocol

import msgspec

from cloud_sync.contract.codec import MOST_WIRE_BYTES, decode, encode
from cloud_sync.contract.directives import Answer, Directive
from cloud_sync.contract.messages import VERSION
from cloud_sync.errors import DecodeError, LinkLost, PermanentError, TransientError

if TYPE_CHECKING:
    from cloud_sync.contract.topics import GatewayIdentity
    from cloud_sync.link import Link, Message

log = logging.getLogger(__name__)

MOST_WAITING: Final = 64
"""Directives in memory: 16 MiB at the very most. One more is dropped and counted: it comes again."""
MOST_POSTPONED: Final = 64
AGAIN_EVERY_S: Final = 15.0
"""A postponed directive is tried again so often; the platform's own repetition may be minutes apart."""
REASON_LETTERS: Final = 200


class DirectiveRefused(PermanentError):
    """It will not be carried out, now or later; the text says why, without a name."""


class NotYet(TransientError):
    """It cannot be carried out now. Nothing was changed and nothing is answered: it is tried again, and comes again."""


class Directives(Protocol):
    """What a gateway does with directives. All of it is called by one task."""

    def now_ms(self) -> int | None:
        """Milliseconds since 1970, or `None` while the clock is not to be believed."""
        ...

    async def newest(self, key: str) -> int:
        """The newest version of a key that was carried out; 0: none."""
        ...

    async def carry_out(self, directive: Directive) -> str:
        """Have the effect, and note the version with it in one transaction; when this returns it is committed.

        Returns:
            What the platform should know of it, or nothing.

        Raises:
            DirectiveRefused: it will never be; nothing was changed.
            NotYet: not now; nothing was changed.
        """
        ...

    async def answered(self, answer: Answer, kind: str) -> None:
        """Note, for who looks after the gateway, an answer other than `applied`."""
        ...


@dataclass(slots=True)
class DownlinkState:
    """Counters for the technician; they only grow.

    Attributes:
        applied, known, older, refused: answers.
        postponed: times that a directive had to wait.
        unreadable: messages of which not even key and version could be read.
        dropped: messages that found no room.
        failed: of those refused, how many because of a fault of this program.
    """

    applied: int = 0
    known: int = 0
    older: int = 0
    refused: int = 0
    postponed: int = 0
    unreadable: int = 0
    dropped: int = 0
    failed: int = 0


class Downlink:
    """Takes directives from the link and answers them. The link is run by the caller; make this before."""

    def __init__(
        self, link: Link, identity: GatewayIdentity, directives: Directives, *, again_every_s: float = AGAIN_EVERY_S
    ) -> None:
        self._again_every_s = again_every_s
        self._link, self._identity, self._directives = link, identity, directives
        self._waiting: asyncio.Queue[bytes] = asyncio.Queue(MOST_WAITING)
        self._postponed: dict[str, Directive] = {}
        self._one_at_a_time = asyncio.Lock()
        self.state = DownlinkState()
        link.on(identity.topic("directive"), self._on_message)

    async def run(self) -> None:
        """Carry out what comes, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._take(), name="downlink.take")
            tasks.create_task(self._try_again(), name="downlink.again")

    def _on_message(self, message: Message) -> None:
        if len(message.payload) > MOST_WIRE_BYTES:
            self.state.unreadable += 1
            return
        try:
            self._waiting.put_nowait(message.payload)
        except asyncio.QueueFull:
            self.state.dropped += 1

    async def _take(self) -> None:
        while True:
            wire = await self._waiting.get()
            async with self._one_at_a_time:
                await self._deal_with(wire)

    async def _try_again(self) -> None:
        while True:
            await asyncio.sleep(self._again_every_s)
            for directive in list(self._postponed.values()):
                async with self._one_at_a_time:
                    await self._judge(directive)

    async def _deal_with(self, wire: bytes) -> None:
        try:
            directive = decode(Directive, wire)
        except DecodeError as exc:
            label = label_of(wire)
            if label is None:
                self.state.unreadable += 1
                log.warning("directive unreadable: %.200r", str(exc))
                return
            await self._answer(Answer(VERSION, label.key, label.version, "refused", f"cannot be read: {exc}"[:REASON_LETTERS]), "")
            return
        await self._judge(directive)

    async def _judge(self, directive: Directive) -> None:
        waited = self._postponed.get(directive.key)
        if waited is not None and waited.version <= directive.version:
            del self._postponed[directive.key]
        kind = str(directive.body.__struct_config__.tag)
        try:
            answer = await self._answer_to(directive)
        except NotYet as exc:
            self.state.postponed += 1
            log.info("directive=%s version=%d postponed: %s", directive.key, directive.version, exc)
            if directive.key not in self._postponed and len(self._postponed) < MOST_POSTPONED:
                self._postponed[directive.key] = directive
            return
        log.info("directive=%s version=%d kind=%s outcome=%s", directive.key, directive.version, kind, answer.outcome)
        await self._answer(answer, kind)

    async def _answer_to(self, directive: Directive) -> Answer:
        key, version = directive.key, directive.version
        if directive.gateway != str(self._identity):
            return Answer(VERSION, key, version, "refused", "not for this gateway")
        try:
            newest = await self._directives.newest(key)
            if version <= newest:
                return Answer(VERSION, key, version, "known" if version == newest else "older")
            if self._expired(directive):
                return Answer(VERSION, key, version, "refused", "expired")
            return Answer(VERSION, key, version, "applied", (await self._directives.carry_out(directive))[:REASON_LETTERS])
        except DirectiveRefused as exc:
            return Answer(VERSION, key, version, "refused", str(exc)[:REASON_LETTERS])
        except NotYet:
            raise
        except Exception as exc:
            # A border: what the platform sends must not be able to end lessons. The log has the rest.
            log.exception("directive=%s version=%d failed", key, version)
            self.state.failed += 1
            return Answer(VERSION, key, version, "refused", f"failed at the gateway ({type(exc).__name__})")

    def _expired(self, directive: Directive) -> bool:
        if directive.expires_utc_ms is None:
            return False
        now_ms = self._directives.now_ms()
        if now_ms is None:
            raise NotYet("it expires, and the clock is not right yet")
        return now_ms >= directive.expires_utc_ms

    async def _answer(self, answer: Answer, kind: str) -> None:
        setattr(self.state, answer.outcome, getattr(self.state, answer.outcome) + 1)
        if answer.outcome != "applied":
            try:
                await self._directives.answered(answer, kind)
            except Exception:
                # The same border: the list is for people, and holds up no answer.
                log.exception("directive=%.90r not noted", answer.key)
        with suppress(LinkLost):  # the directive comes again, and is answered then
            await self._link.publish(self._identity.topic("answer"), encode(answer))


class Label(msgspec.Struct, frozen=True):
    """What has to be readable of a directive so that it can be refused by name; what else stands there does not matter."""

    key: Annotated[str, msgspec.Meta(min_length=1, max_length=90)]
    version: Annotated[int, msgspec.Meta(ge=1, le=2**53)]


def label_of(wire: bytes) -> Label | None:
    """Key and version of a directive that cannot be read otherwise, or `None`."""
    try:
        return msgspec.json.decode(wire, type=Label)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
