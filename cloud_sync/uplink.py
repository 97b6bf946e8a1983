"""From the outbox to the platform: batches go out, receipts come back, and only a receipt frees a row.

The broker's acknowledgement is not storage. What has no receipt after a while, or when the connection comes back, is sent
again; the platform stores each event once whatever arrives.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from cloud_sync.contract.codec import decode, encode
from cloud_sync.contract.messages import VERSION, Batch, Receipt, Status
from cloud_sync.errors import DecodeError, LinkLost

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloud_sync.contract.messages import Event
    from cloud_sync.contract.topics import GatewayIdentity
    from cloud_sync.link import Link, Message

log = logging.getLogger(__name__)

MOST_EVENTS: Final = 200
MOST_BYTES: Final = 64 * 1024
WINDOW_EVENTS: Final = 4_000
"""Sent but not receipted; more waits. The window is ours, not the broker's."""
GATHER_S: Final = 0.05
"""A batch waits this long for company: 45 pupils then travel in one message."""
RECEIPT_WITHIN_S: Final = 15.0


class Outbox(Protocol):
    """What must reach the platform."""

    @property
    def epoch(self) -> str:
        """Random id of the journal: sequence numbers are unique within it."""
        ...

    @property
    def freed_up_to(self) -> int:
        """The newest row that has left."""
        ...

    async def pending(self, after_seq: int, max_events: int, max_bytes: int) -> Sequence[Event]:
        """Events not yet stored by the platform, oldest first, within both bounds (but at least one, if there is one)."""
        ...

    async def stored(self, up_to: int, gaps: Sequence[tuple[int, int]]) -> None:
        """The platform has everything up to `up_to` but for the gaps; what is in a gap is pending (again)."""
        ...

    async def wait_for_more(self, after_seq: int) -> None:
        """Return when there is an event after `after_seq`."""
        ...


@dataclass(slots=True)
class UplinkState:
    """Counters for the technician; they only grow."""

    batches: int = 0
    events: int = 0
    resends: int = 0
    receipts: int = 0
    refused: int = 0


class Uplink:
    """Delivers one outbox. The link is run by the caller."""

    def __init__(self, link: Link, outbox: Outbox, identity: GatewayIdentity, version: str) -> None:
        self._link, self._outbox, self._identity, self._version = link, outbox, identity, version
        self._receipts: asyncio.Queue[Receipt] = asyncio.Queue(64)
        self._sent_up_to = 0
        self._receipted_up_to = 0
        self._moved = asyncio.Event()
        self.state = UplinkState()
        link.on(identity.topic("receipt"), self._on_receipt)

    @property
    def connected(self) -> bool:
        """Whether the broker is connected now."""
        return self._link.is_up

    async def run(self) -> None:
        """Deliver until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._take_receipts(), name="uplink.receipts")
            tasks.create_task(self._send(), name="uplink.send")

    async def _send(self) -> None:
        while True:
            await self._link.connected()
            try:
                await self._link.publish(self._identity.topic("status"), self._status(), retain=True)
                await self._deliver()
            except LinkLost:
                await asyncio.sleep(0)

    async def _deliver(self) -> None:
        """Send what is pending, from the oldest on, until the link goes."""
        connects = self._link.connects
        self._sent_up_to = self._receipted_up_to = 0
        while self._link.connects == connects:
            if not await self._may_send():
                self.state.resends += 1
                self._sent_up_to = 0
            await self._wait_for_events()
            events = await self._outbox.pending(self._sent_up_to, MOST_EVENTS, MOST_BYTES)
            if not events:
                continue
            batch = Batch(VERSION, str(self._identity), self._outbox.epoch, tuple(events))
            await self._link.publish(self._identity.topic("events"), encode(batch))
            self._sent_up_to = events[-1].seq
            self.state.batches += 1
            self.state.events += len(events)

    async def _wait_for_events(self) -> None:
        """Wait for events, or for a receipt that may have opened a gap, or long enough to ask about the receipts again."""
        self._moved.clear()
        more = asyncio.ensure_future(self._outbox.wait_for_more(self._sent_up_to))
        moved = asyncio.ensure_future(self._moved.wait())
        try:
            done, _ = await asyncio.wait({more, moved}, timeout=1.0, return_when=asyncio.FIRST_COMPLETED)
        finally:
            more.cancel()
            moved.cancel()
        if more in done:
            await asyncio.sleep(GATHER_S)

    async def _may_send(self) -> bool:
        """Wait while the window is full; `False` when receipts have been missing for too long."""
        if self._sent_up_to <= self._receipted_up_to:
            return True
        loop = asyncio.get_running_loop()
        until = loop.time() + RECEIPT_WITHIN_S
        while self._sent_up_to - self._receipted_up_to > WINDOW_EVENTS:
            self._moved.clear()
            try:
                async with asyncio.timeout_at(until):
                    await self._moved.wait()
            except TimeoutError:
                return False
        return True

    async def _take_receipts(self) -> None:
        """Free rows; when the newest receipt is older than its time, what is out is sent again."""
        while True:
            try:
                async with asyncio.timeout(RECEIPT_WITHIN_S):
                    receipt = await self._receipts.get()
            except TimeoutError:
                if self._sent_up_to > self._receipted_up_to:
                    self._sent_up_to = 0
                    self.state.resends += 1
                    self._moved.set()
                continue
            await self._outbox.stored(receipt.stored_up_to, receipt.gaps)
            self.state.receipts += 1
            self._receipted_up_to = receipt.stored_up_to
            if receipt.gaps:
                self._sent_up_to = min(self._sent_up_to, receipt.gaps[0][0] - 1)
                self.state.resends += 1
            self._moved.set()

    def _on_receipt(self, message: Message) -> None:
        try:
            receipt = decode(Receipt, message.payload)
        except DecodeError as exc:
            self.state.refused += 1
            log.warning("uplink receipt=refused error=%r", str(exc)[:200])
            return
        if receipt.epoch != self._outbox.epoch or self._receipts.full():
            self.state.refused += 1
            return
        self._receipts.put_nowait(receipt)

    def _status(self) -> bytes:
        return encode(Status(VERSION, "online", self._outbox.epoch, self._outbox.freed_up_to, self._version))


def last_will(identity: GatewayIdentity, epoch: str, version: str) -> tuple[str, bytes]:
    """What the broker says of us, retained, when we vanish."""
    return identity.topic("status"), encode(Status(VERSION, "offline", epoch, 0, version))
