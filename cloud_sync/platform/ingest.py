"""The way in: what waits is stored in one transaction with its effect; then each message is receipted and acknowledged."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cloud_sync.contract.codec import encode
from cloud_sync.contract.topics import ROOT, Channel, everyone, identity_of
from cloud_sync.errors import DecodeError, LinkLost
from cloud_sync.platform.parcels import Parcel
from cloud_sync.platform.window import Window

if TYPE_CHECKING:
    from cloud_sync.link import Link, Message
    from cloud_sync.platform.intake import Outcome
    from cloud_sync.platform.store import Store

log = logging.getLogger(__name__)

CHANNELS: Final[tuple[Channel, ...]] = ("events", "status", "telemetry", "answer", "evidence")
WAITING: Final = 1_000
WAITING_BYTES: Final = 32 * 1024 * 1024
"""Messages that may wait. One more is dropped and counted: without a receipt it comes again."""
TOGETHER: Final = 20
"""Messages that share a transaction: as many as mosquitto hands out unacknowledged, and 20,000 events in memory at the most."""
RECEIPTS_OUT: Final = 200
AGAIN_S: Final = 1.0
"""After an error of the database (a full disk) the same messages are tried again; meanwhile others wait, and then are dropped."""


@dataclass(slots=True)
class IngestState:
    """Counters; they only grow. `refused`: messages not taken, `revoked`: those of revoked gateways among them."""

    batches: int = 0
    new_events: int = 0
    known_events: int = 0
    refused: int = 0
    revoked: int = 0
    quarantined: int = 0
    overrun: int = 0
    transactions: int = 0
    failed: int = 0


class Ingest:
    """Takes what all gateways send. The link, which acknowledges by hand, is run by the caller."""

    def __init__(self, link: Link, store: Store) -> None:
        self._link, self._store = link, store
        self._waiting: asyncio.Queue[Message] = asyncio.Queue(WAITING)
        self._waiting_bytes = 0
        self._receipts: asyncio.Queue[tuple[str, bytes]] = asyncio.Queue(RECEIPTS_OUT)
        self._window = Window()
        self.state = IngestState()
        for channel in CHANNELS:
            link.on(everyone(channel), self._offer)

    def _offer(self, message: Message) -> None:
        if self._waiting.full() or self._waiting_bytes + len(message.payload) > WAITING_BYTES:
            self.state.overrun += 1
            # Left unacknowledged it would take a place of the broker's window until the next connection.
            message.acknowledge()
            return
        self._waiting_bytes += len(message.payload)
        self._waiting.put_nowait(message)

    async def run(self) -> None:
        """Take messages until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._take(), name="ingest.take")
            tasks.create_task(self._publish(), name="ingest.receipts")

    async def _take(self) -> None:
        while True:
            messages = [await self._waiting.get()]
            while len(messages) < TOGETHER and not self._waiting.empty():
                messages.append(self._waiting.get_nowait())
            parcels = [(message, parcel) for message in messages if (parcel := self._parcel(message))]
            if parcels:
                outcomes = await self._stored([parcel for _, parcel in parcels])
                for (_, parcel), outcome in zip(parcels, outcomes, strict=True):
                    await self._tell(parcel, outcome)
            for message in messages:
                self._waiting_bytes -= len(message.payload)
                message.acknowledge()

    def _parcel(self, message: Message) -> Parcel | None:
        try:
            identity = identity_of(message.topic)
        except DecodeError as exc:
            self._refused(str(exc))
            return None
        channel: Channel = message.topic.rsplit("/", 1)[1]  # type: ignore[assignment] # one of those that were subscribed
        gateway = str(identity)
        if channel == "events":
            self._window.sent(gateway, time.monotonic())
        return Parcel(gateway, channel, message.payload)

    async def _stored(self, parcels: list[Parcel]) -> list[Outcome]:
        while True:
            window = self._window.size(time.monotonic(), self._waiting.qsize() / WAITING)
            try:
                outcomes = await self._store.take(parcels, window)
            except sqlite3.Error as exc:
                self.state.failed += 1
                log.error("ingest messages=%d state=not_stored error=%r", len(parcels), str(exc))  # noqa: TRY400 - one line, again and again
                await asyncio.sleep(AGAIN_S)
            else:
                self.state.transactions += 1
                return outcomes

    async def _tell(self, parcel: Parcel, outcome: Outcome) -> None:
        if outcome.error:
            self.state.revoked += outcome.revoked
            self._refused(f"{parcel.gateway}/{parcel.channel}: {outcome.error}")
        elif parcel.channel == "events":
            self.state.batches += 1
        self.state.new_events += outcome.new
        self.state.known_events += outcome.known
        self.state.quarantined += outcome.quarantined
        if outcome.receipt is not None:
            await self._receipts.put((f"{ROOT}/{parcel.gateway}/receipt", encode(outcome.receipt)))

    def _refused(self, why: str) -> None:
        self.state.refused += 1
        log.warning("ingest refused=%r", why[:200])

    async def _publish(self) -> None:
        """Receipts go out side by side: the next transaction does not wait for the broker."""
        while True:
            receipts = [await self._receipts.get()]
            while not self._receipts.empty():
                receipts.append(self._receipts.get_nowait())
            lost = [one for one in await asyncio.gather(*(self._published(*one) for one in receipts)) if not one]
            if lost:
                log.info("ingest receipts_lost=%d", len(lost))

    async def _published(self, topic: str, wire: bytes) -> bool:
        try:
            await self._link.publish(topic, wire)
        except LinkLost:
            return False
        return True
