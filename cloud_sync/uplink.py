"""From the outbox to the platform: batches go out, receipts come back, and only a receipt frees a row.

The broker's acknowledgement is not storage. What has no receipt after a while is sent again (`cloud_sync.flight`); the platform
stores each event once whatever arrives. Results go before moments, moments before telemetry.
"""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from cloud_sync.contract.codec import MOST_WIRE_BYTES, decode, encode
from cloud_sync.contract.messages import VERSION, Batch, Receipt, Status, Telemetry
from cloud_sync.errors import DecodeError, LinkLost
from cloud_sync.flight import RECEIPT_WITHIN_S, Flight
from cloud_sync.pacing import Bandwidth, QuietHours, parse_quiet_hours

if TYPE_CHECKING:
    from collections.abc import Callable

    from cloud_sync.contract.messages import ClockSet
    from cloud_sync.contract.topics import GatewayIdentity
    from cloud_sync.flight import Lane, Parcel
    from cloud_sync.link import Link, LinkCounts, Message
    from cloud_sync.outbox import Load, Outbox

log = logging.getLogger(__name__)

MOST_EVENTS: Final = 1_000
"""As many as the contract allows: what a batch costs besides its events (a message, a commit, a receipt) is shared by them all."""
MOST_BYTES: Final = 256 * 1024
"""Of the rows' bodies. With what each event has around it, a batch stays below half of what the contract lets inflate."""
LEAST_BYTES: Final = 2_048
"""However narrow the bandwidth is: a smaller batch would be mostly head."""
SQUEEZED: Final = 4
"""How much smaller moments get by zlib, at least; with a limit, a batch is to take about a second of it."""
GATHER_S: Final = 0.05
"""A batch waits this long for company: 45 pupils then travel in one message."""
LONGEST_LOOK_S: Final = 1.0
"""However long there is nothing to do: quiet hours end, and a connection may have gone."""
REPORT_EVERY_S: Final = 60.0
ASK_AGAIN_S: Final = 5.0
"""Until the platform has answered the status of a connection, it is told again: a platform that is away takes no batch either."""
LOOK_AT_CLOCKS_EVERY_S: Final = 2.0
RECEIPTS_WAITING: Final = 256


@dataclass(slots=True)
class UplinkState:
    """Counters for the technician; they only grow.

    Attributes:
        resends: batches sent again.
        splits: batches taken apart because they failed while others passed.
        given_up: events that failed alone, and became dead letters.
        new_epochs: times that the journal was found to be an old copy.
        telemetry_dropped: reports that were left out for something better.
    """

    batches: int = 0
    events: int = 0
    resends: int = 0
    receipts: int = 0
    refused: int = 0
    splits: int = 0
    given_up: int = 0
    new_epochs: int = 0
    telemetry_dropped: int = 0


@dataclass(frozen=True, slots=True)
class Condition:
    """How the gateway is besides its outbox.

    Attributes:
        dropped: samples and pictures dropped since the start.
        faults: sources that have an error now, in words.
    """

    dropped: int = 0
    faults: tuple[str, ...] = ()


def minute_of_day() -> int:
    """Minute of the local day by the wall clock."""
    local = time.localtime()
    return local.tm_hour * 60 + local.tm_min


@dataclass(frozen=True, slots=True)
class Pace:
    """What the uplink is told about its own speed; times and clocks are given so that a test can.

    Attributes:
        quiet_hours: in them only results travel; `None`: never.
        local_minute: minute of the local day, or `None` while the clock cannot be believed: nothing is quiet then.
    """

    max_kbit_s: int | None = None
    quiet_hours: QuietHours | None = None
    local_minute: Callable[[], int | None] = minute_of_day
    receipt_within_s: float = RECEIPT_WITHIN_S


class Uplink:
    """Delivers one outbox. The link is run by the caller."""

    def __init__(
        self,
        link: Link,
        outbox: Outbox,
        identity: GatewayIdentity,
        version: str,
        pace: Pace | None = None,
        condition: Callable[[], Condition] = Condition,
    ) -> None:
        pace = pace or Pace()
        self._link, self._outbox, self._identity, self._version = link, outbox, identity, version
        self._condition, self._local_minute, self._quiet_hours = condition, pace.local_minute, pace.quiet_hours
        self._bandwidth = Bandwidth(pace.max_kbit_s)
        self._receipts: asyncio.Queue[Receipt] = asyncio.Queue(RECEIPTS_WAITING)
        self._flight = Flight(receipt_within_s=pace.receipt_within_s)
        self._wake = asyncio.Event()
        self._looked_to: int | None = None
        self._told_clocks: tuple[ClockSet, ...] = ()
        self._told_freed = -1
        self._status_at = self._telemetry_at = 0.0
        self._state = UplinkState()
        link.on(identity.topic("receipt"), self._on_receipt)

    @property
    def state(self) -> UplinkState:
        """The counters."""
        flight = self._flight.state
        self._state.resends, self._state.splits, self._state.given_up = flight.again, flight.splits, flight.given_up
        return self._state

    @property
    def connected(self) -> bool:
        """Whether the broker is connected now."""
        return self._link.is_up

    @property
    def link_counts(self) -> LinkCounts:
        """What has happened to the connection."""
        return self._link.counts

    @property
    def idle(self) -> bool:
        """Nothing is out, and nothing waits: what has a lower priority may go."""
        return self.connected and self._flight.empty and self._outbox.freed_up_to >= self._outbox.newest_seq

    @property
    def quiet(self) -> bool:
        """Whether it is a quiet hour: only results travel."""
        minute = self._local_minute() if self._quiet_hours else None
        return minute is not None and self._quiet_hours is not None and self._quiet_hours.hold(minute)

    def limit(self, max_kbit_s: int | None) -> None:
        """Another bandwidth from now on; `None`: no limit."""
        self._bandwidth.limit(max_kbit_s, _now())
        self._wake.set()

    def keep_quiet(self, hours: str | None) -> None:
        """Other quiet hours from now on, such as `07:30-16:30`; `None`: none.

        Raises:
            ValueError: not of this form.
        """
        self._quiet_hours = parse_quiet_hours(hours) if hours else None
        self._wake.set()

    def prepare(self) -> None:
        """Once the outbox knows how far it has come, before the link runs: the last will tells where the numbers begin."""
        self._link.set_will(last_will(self._identity, self._outbox.epoch, self._version, self._outbox.since_seq))

    async def run(self) -> None:
        """Deliver until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._take_receipts(), name="uplink.receipts")
            tasks.create_task(self._send(), name="uplink.send")
            tasks.create_task(self._report_now_and_then(), name="uplink.report")

    async def report(self) -> None:
        """Publish status and telemetry now.

        Raises:
            LinkLost: there is no connection.
        """
        await self._tell_status()
        await self._tell_telemetry()

    # --- sending --------------------------------------------------------------------------------------------------------

    async def _send(self) -> None:
        while True:
            await self._link.connected()
            connects = self._link.connects
            self._flight.connected(_now())
            try:
                await self._tell_status()
                while self._link.is_up and self._link.connects == connects:
                    if not await self._send_one():
                        await self._pause()
            except LinkLost:
                await asyncio.sleep(0)
            self._flight.lost(_now())

    async def _send_one(self) -> bool:
        """Send the most urgent batch that may go now; `False` when there is none."""
        await self._bury()
        self._looked_to = None
        if not self._flight.heard and _now() - self._status_at >= ASK_AGAIN_S:
            await self._tell_status()
        if not self._flight.heard or self._bandwidth.wait_s(_now()) > 0:
            return False
        looked_to = self._outbox.newest_seq
        lanes: tuple[Lane, ...] = ("results",) if self.quiet else ("results", "moments")
        searched = 0
        for lane in lanes:
            parcel = self._flight.again(lane, _now())
            if parcel is not None:
                await self._send_again(parcel)
                return True
            room = min(MOST_EVENTS, self._flight.may_take(lane, _now()))
            if room > 0:
                load = await self._outbox.pending(lane, self._flight.spans, room, self._most_bytes())
                if load.spans:
                    await self._hand_over(self._flight.take(lane, load.spans, load.weight, _now()), load)
                    return True
                searched += 1
        if searched == len(lanes):
            self._looked_to = looked_to
        return False

    async def _send_again(self, parcel: Parcel) -> None:
        load = await self._outbox.again(parcel.spans)
        if not load.spans:
            self._flight.nothing_left(parcel)
            return
        self._flight.narrowed(parcel, load.spans, load.weight)
        await self._hand_over(parcel, load)
        if parcel.suspicious:  # its receipt tells whether the platform answers at all
            await self._tell_status()

    async def _hand_over(self, parcel: Parcel, load: Load) -> None:
        batch = Batch(VERSION, str(self._identity), self._outbox.epoch, tuple(load.events), tuple(load.gone))
        wire = await asyncio.to_thread(encode, batch) if load.weight > 50 else encode(batch)
        if len(wire) > MOST_WIRE_BYTES:
            self._flight.too_large(parcel, f"it is {len(wire)} bytes long, {MOST_WIRE_BYTES} can travel", _now())
            return
        acknowledged = self._link.hand_over(self._identity.topic("events"), wire)
        acknowledged.add_done_callback(lambda done: self._on_acknowledged(done, parcel))
        self._bandwidth.sent(len(wire), _now())
        self._state.batches += 1
        self._state.events += len(load.events)

    def _on_acknowledged(self, done: asyncio.Future[None], parcel: Parcel) -> None:
        if not done.cancelled() and done.exception() is None:
            self._flight.acknowledged(parcel)
            self._wake.set()

    def _most_bytes(self) -> int:
        if not self._bandwidth.limited:
            return MOST_BYTES
        return max(LEAST_BYTES, min(MOST_BYTES, round(self._bandwidth.burst_bytes * SQUEEZED)))

    async def _pause(self) -> None:
        """Wait for events, for a receipt, or until something is overdue or may be sent."""
        now_s = _now()
        look_s = min(LONGEST_LOOK_S, self._flight.wake_s() - now_s, self._bandwidth.wait_s(now_s) or LONGEST_LOOK_S)
        waits: set[asyncio.Future[Any]] = {asyncio.ensure_future(self._wake.wait())}
        more: asyncio.Future[Any] | None = None
        if self._looked_to is not None:
            more = asyncio.ensure_future(self._outbox.wait_for_more(self._looked_to))
            waits.add(more)
        try:
            done, _ = await asyncio.wait(waits, timeout=max(0.05, look_s), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        self._wake.clear()
        if more in done:
            await asyncio.sleep(GATHER_S)

    async def _bury(self) -> None:
        given_up = self._flight.given_up
        if given_up:
            await self._outbox.bury(given_up)
            given_up.clear()

    # --- receipts -------------------------------------------------------------------------------------------------------

    async def _take_receipts(self) -> None:
        """Free rows; all receipts that wait together are one transaction."""
        while True:
            receipts = [await self._receipts.get()]
            while not self._receipts.empty():
                receipts.append(self._receipts.get_nowait())
            receipts = [receipt for receipt in receipts if receipt.epoch == self._outbox.epoch]
            if not receipts:
                continue
            self._state.receipts += len(receipts)
            for receipt in receipts:
                why = await self._outbox.why_old_copy(receipt)
                if why is not None:
                    await self._begin_epoch(why)
                    break
            else:
                await self._outbox.stored(receipts)
                for receipt in receipts:
                    self._flight.receipted(receipt.stored_up_to, receipt.also, receipt.window, _now())
            self._wake.set()

    async def _begin_epoch(self, why: str) -> None:
        """This journal is an old copy: what it holds beyond what was whole is told under another name."""
        await self._outbox.begin_epoch(why)
        self._flight.forget_all()
        self._state.new_epochs += 1
        self._link.come_again(last_will(self._identity, self._outbox.epoch, self._version, self._outbox.since_seq))

    def _on_receipt(self, message: Message) -> None:
        try:
            receipt = decode(Receipt, message.payload)
        except DecodeError as exc:
            self._state.refused += 1
            log.warning("uplink receipt=refused error=%r", str(exc)[:200])
            return
        if receipt.epoch != self._outbox.epoch or self._receipts.full():
            self._state.refused += 1
            return
        self._receipts.put_nowait(receipt)

    # --- reports --------------------------------------------------------------------------------------------------------

    async def _report_now_and_then(self) -> None:
        while True:
            await asyncio.sleep(LOOK_AT_CLOCKS_EVERY_S)
            if not self.connected:
                continue
            try:
                moved = self._outbox.freed_up_to != self._told_freed and _now() - self._status_at >= REPORT_EVERY_S
                if moved or self._outbox.clocks != self._told_clocks:
                    await self._tell_status()
                if _now() - self._telemetry_at >= REPORT_EVERY_S:
                    self._telemetry_at = _now()
                    if self._busy():
                        self._state.telemetry_dropped += 1
                    else:
                        await self._tell_telemetry()
            except LinkLost:
                continue

    def _busy(self) -> bool:
        """There is something better to send than telemetry."""
        if self._bandwidth.wait_s(_now()) > 0 or not self._flight.empty:
            return True
        return not self.quiet and self._outbox.freed_up_to < self._outbox.newest_seq

    async def _tell_status(self) -> None:
        outbox = self._outbox
        clocks, freed = outbox.clocks, outbox.freed_up_to
        status = Status(VERSION, "online", outbox.epoch, freed, self._version, outbox.since_seq, clocks)
        self._told_clocks, self._told_freed, self._status_at = clocks, freed, _now()
        await self._link.publish(self._identity.topic("status"), encode(status), retain=True)

    async def _tell_telemetry(self) -> None:
        self._telemetry_at = _now()
        waiting, condition = await self._outbox.waiting(), self._condition()
        faults = condition.faults
        if self.quiet:
            faults = (f"quiet hours {self._quiet_hours}: only results travel", *faults)
        telemetry = Telemetry(
            VERSION, time.time_ns() // 1_000_000, waiting.events, waiting.oldest_utc_ms, min(2.0, waiting.fill),
            waiting.dead_letters, condition.dropped, tuple(fault[:200] for fault in faults[:20]),
        )  # fmt: skip
        wire = encode(telemetry)
        self._bandwidth.sent(len(wire), _now())
        await self._link.publish(self._identity.topic("telemetry"), wire, qos=0)


def last_will(identity: GatewayIdentity, epoch: str, version: str, since_seq: int = 0) -> tuple[str, bytes]:
    """What the broker says of us, retained, when we vanish."""
    return identity.topic("status"), encode(Status(VERSION, "offline", epoch, 0, version, since_seq))


def _now() -> float:
    return asyncio.get_running_loop().time()
