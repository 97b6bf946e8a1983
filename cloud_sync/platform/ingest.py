"""The way in: validate, store with the effect, say so, and only then acknowledge to the broker."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import msgspec

from cloud_sync.contract.codec import decode, encode, lenient_batch
from cloud_sync.contract.messages import Batch, Event, Status
from cloud_sync.contract.topics import everyone, identity_of
from cloud_sync.errors import DecodeError, LinkLost
from cloud_sync.platform.store import BadEvent

if TYPE_CHECKING:
    from cloud_sync.link import Link, Message
    from cloud_sync.platform.store import Store

log = logging.getLogger(__name__)

WAITING: Final = 1_000
"""Messages that may wait; one more is left unacknowledged, counted, and comes again."""


@dataclass(slots=True)
class IngestState:
    """Counters; they only grow."""

    batches: int = 0
    new_events: int = 0
    known_events: int = 0
    refused: int = 0
    quarantined: int = 0
    overrun: int = 0


class Ingest:
    """Takes what all gateways send. The link, which acknowledges by hand, is run by the caller."""

    def __init__(self, link: Link, store: Store) -> None:
        self._link, self._store = link, store
        self._waiting: asyncio.Queue[Message] = asyncio.Queue(WAITING)
        self.state = IngestState()
        link.on(everyone("events"), self._offer)
        link.on(everyone("status"), self._offer)

    def _offer(self, message: Message) -> None:
        if self._waiting.full():
            self.state.overrun += 1
            return
        self._waiting.put_nowait(message)

    async def run(self) -> None:
        """Take messages until cancelled."""
        while True:
            message = await self._waiting.get()
            try:
                await self._take(message)
            except DecodeError as exc:
                self.state.refused += 1
                log.warning("ingest refused=%r", str(exc)[:200])
            message.acknowledge()

    async def _take(self, message: Message) -> None:
        identity = identity_of(message.topic)
        gateway = str(identity)
        if await self._store.is_revoked(gateway):
            raise DecodeError(f"gateway {gateway} is revoked")
        if message.topic == identity.topic("status"):
            status = decode(Status, message.payload)
            await self._store.status(gateway, status)
            epoch = status.epoch
            if status.state == "offline":
                return
        else:
            epoch = await self._take_batch(gateway, message.payload)
        receipt = await self._store.receipt(gateway, epoch)
        try:
            await self._link.publish(identity.topic("receipt"), encode(receipt))
        except LinkLost:
            log.info("ingest gateway=%s receipt=lost", gateway)

    async def _take_batch(self, gateway: str, wire: bytes) -> str:
        bad: list[BadEvent] = []
        try:
            batch = decode(Batch, wire)
            sender, epoch, events = batch.gateway, batch.epoch, list(batch.events)
        except DecodeError:
            sender, epoch, raw = lenient_batch(wire)
            events, bad = _sorted_out(raw)
        if sender != gateway:
            raise DecodeError(f"a batch of {sender[:64]!r} on the topic of {gateway}")
        new = await self._store.take(gateway, epoch, events, bad)
        self.state.batches += 1
        self.state.new_events += new
        self.state.known_events += len(events) - new
        self.state.quarantined += len(bad)
        return epoch


def _sorted_out(raw: list[msgspec.Raw]) -> tuple[list[Event], list[BadEvent]]:
    """The events that can be read, and the others with the reason: one poison row must not hold up its neighbours."""
    good: list[Event] = []
    bad: list[BadEvent] = []
    for one in raw:
        wire = bytes(one)
        try:
            good.append(msgspec.json.decode(wire, type=Event))
        except msgspec.MsgspecError as exc:
            bad.append(BadEvent(_seq_of(wire), str(exc), wire))
    return good, bad


def _seq_of(wire: bytes) -> int | None:
    try:
        return msgspec.json.decode(wire, type=_OnlySeq).seq
    except msgspec.MsgspecError:
        return None


class _OnlySeq(msgspec.Struct, frozen=True):
    seq: int
