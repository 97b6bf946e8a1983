"""The uplink over a link in memory: what goes first, what waits, what is told."""

from __future__ import annotations

import asyncio
import random
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import msgspec

from cloud_sync import uplink as uplink_module
from cloud_sync.contract.codec import decode, encode
from cloud_sync.contract.messages import Batch, ClockSet, Receipt, Refused, Status, Telemetry
from cloud_sync.contract.topics import GatewayIdentity
from cloud_sync.errors import LinkLost
from cloud_sync.link import LinkCounts, Message
from cloud_sync.pacing import parse_quiet_hours
from cloud_sync.spans import SpanSet, union
from cloud_sync.uplink import Condition, Pace, Uplink
from support.outbox import MemoryOutbox, event, result

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    import pytest

GATEWAY = GatewayIdentity("school", "field")


class MemoryLink:
    """A link whose other end is a platform in memory that answers as `answer` says."""

    def __init__(self, outbox: MemoryOutbox) -> None:
        self.outbox, self.counts = outbox, LinkCounts()
        self.connects, self.is_up = 1, True
        self.batches: list[Batch] = []
        self.statuses: list[Status] = []
        self.telemetry: list[Telemetry] = []
        self.wire_bytes: list[int] = []
        self.handlers: dict[str, Callable[[Message], None]] = {}
        self.here = SpanSet()
        self.answering = self.answering_batches = True
        self.more: dict[str, Any] = {}
        """Fields of the receipts of the first epoch."""
        self.will: tuple[str, bytes] | None = None

    def on(self, topic: str, handler: Callable[[Message], None]) -> None:
        self.handlers[topic] = handler

    async def connected(self) -> None:
        while not self.is_up:
            await asyncio.sleep(0.01)

    async def publish(self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False) -> None:
        await self.hand_over(topic, payload, qos=qos, retain=retain)

    def hand_over(self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False) -> asyncio.Future[None]:
        if not self.is_up:
            raise LinkLost("down")
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        done.set_result(None)
        channel = topic.rsplit("/", 1)[1]
        also: tuple[tuple[int, int], ...] = ()
        if channel == "events":
            assert (qos, retain) == (1, False)
            self.wire_bytes.append(len(payload))
            batch = decode(Batch, payload)
            self.batches.append(batch)
            also = union([*((one.seq, one.seq) for one in batch.events), *((one.first, one.last) for one in batch.gone)])
            if self.answering_batches:
                for span in also:
                    self.here.add(*span)
        elif channel == "status":
            assert (qos, retain) == (1, True)
            self.statuses.append(decode(Status, payload))
        else:
            assert (qos, retain) == (0, False)
            self.telemetry.append(decode(Telemetry, payload))
            return done
        if self.answering_batches if channel == "events" else self.answering:
            asyncio.get_running_loop().call_later(0.002, self.answer, also)
        return done

    def answer(self, also: tuple[tuple[int, int], ...] = (), **more: Any) -> None:
        told = (
            {"stored_up_to": self.here.whole_from_one(), "gaps": (), "also": also}
            | (self.more if self.outbox.epoch == "epoch1" else {})
            | more
        )
        receipt = Receipt(1, told.pop("epoch", self.outbox.epoch), **told)
        self.handlers[GATEWAY.topic("receipt")](Message("", encode(receipt), lambda: None))

    def come_again(self, will: tuple[str, bytes]) -> None:
        self.will = will
        self.connects += 1

    def order(self) -> list[int]:
        return [one.seq for batch in self.batches for one in batch.events]


@asynccontextmanager
async def running(outbox: MemoryOutbox, link: MemoryLink, pace: Pace | None = None, **more: Any) -> AsyncIterator[Uplink]:
    uplink = Uplink(link, outbox, GATEWAY, "test", pace, **more)  # type: ignore[arg-type]
    task = asyncio.create_task(uplink.run())
    try:
        yield uplink
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not true():
            await asyncio.sleep(0.005)


def mixed(many: int, every: int) -> list[Any]:
    return [event(n, result(n) if n % every == 0 else None) for n in range(1, many + 1)]


async def test_results_before_moments_and_each_once() -> None:
    outbox = MemoryOutbox()
    link = MemoryLink(outbox)
    await outbox.add(*mixed(3_000, 100))
    async with running(outbox, link):
        await until(lambda: not outbox.waiting_seqs)
    assert link.order()[:30] == list(range(100, 3_001, 100))
    assert sorted(link.order()) == list(range(1, 3_001))


async def test_the_platforms_window_is_kept() -> None:
    outbox = MemoryOutbox()
    link = MemoryLink(outbox)
    link.more = {"window": 7}
    async with running(outbox, link):
        await until(lambda: bool(link.statuses))
        await asyncio.sleep(0.05)
        await outbox.add(*mixed(50, 10))
        await until(lambda: not outbox.waiting_seqs)
    assert max(len(batch.events) for batch in link.batches) <= 7


async def test_in_quiet_hours_only_results_travel_and_it_is_said() -> None:
    outbox = MemoryOutbox()
    link = MemoryLink(outbox)
    minute: list[int | None] = [8 * 60]
    await outbox.add(*mixed(100, 10))
    pace = Pace(quiet_hours=parse_quiet_hours("07:30-16:30"), local_minute=lambda: minute[0])
    async with running(outbox, link, pace) as uplink:
        await until(lambda: len(link.order()) == 10)
        await asyncio.sleep(0.05)
        await uplink.report()
        assert link.order() == list(range(10, 101, 10))
        assert link.telemetry[-1].faults == ("quiet hours 07:30-16:30: only results travel",)
        assert link.telemetry[-1].waiting == 90
        assert uplink.quiet
        minute[0] = None
        assert not uplink.quiet, "without a clock no hour is quiet"
        minute[0] = 16 * 60 + 30
        await until(lambda: not outbox.waiting_seqs)


async def test_the_bandwidth_is_kept_and_results_go_first() -> None:
    outbox = MemoryOutbox()
    link = MemoryLink(outbox)
    await outbox.add(*mixed(4_000, 500))
    loop = asyncio.get_running_loop()
    async with running(outbox, link, Pace(max_kbit_s=80)):
        started = loop.time()
        await asyncio.sleep(1.0)
        sent, took_s = sum(link.wire_bytes), loop.time() - started
        assert 0 < sent <= 10_000 * (took_s + 1.0) + max(link.wire_bytes), "80 kbit/s are 10,000 bytes a second, and a burst of one"
        assert len(link.order()) < 4_000
        assert link.order()[:8] == list(range(500, 4_001, 500))


async def test_a_poison_event_is_given_up_and_its_neighbours_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    outbox = MemoryOutbox()
    link = MemoryLink(outbox)
    plain = MemoryLink.hand_over

    def swallow(self: MemoryLink, topic: str, payload: bytes, **how: Any) -> asyncio.Future[None]:
        poisoned = topic.endswith("events") and any(one.seq == 13 for one in decode(Batch, payload).events)
        self.answering_batches = not poisoned
        return plain(self, topic, payload, **how)

    monkeypatch.setattr(MemoryLink, "hand_over", swallow)
    monkeypatch.setattr("cloud_sync.flight.LONGEST_S", 0.05)
    await outbox.add(*mixed(32, 100))
    async with running(outbox, link, Pace(receipt_within_s=0.02)) as uplink:
        await until(lambda: not outbox.waiting_seqs)
        assert list(outbox.dead) == [13]
        assert uplink.state.given_up == 1
        assert uplink.state.splits >= 4
    assert any(one.first == 13 and one.why == "dead_letter" for batch in link.batches for one in batch.gone)


async def test_an_event_that_is_too_large_for_a_message_is_a_dead_letter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uplink_module, "MOST_WIRE_BYTES", 300)
    outbox = MemoryOutbox()
    link = MemoryLink(outbox)
    large = msgspec.structs.replace(event(2), lesson=random.Random(1).randbytes(400).hex())
    await outbox.add(event(1), large, event(3))
    async with running(outbox, link):
        await until(lambda: 2 in outbox.dead)
        await until(lambda: outbox.waiting_seqs <= {2})
    assert "bytes" in outbox.dead[2]
    assert {1, 3} <= set(link.order())


async def test_what_the_platform_refused_is_a_dead_letter() -> None:
    outbox = MemoryOutbox()
    link = MemoryLink(outbox)
    link.more = {"refused": (Refused(2, "no such class"),)}
    await outbox.add(*mixed(3, 9))
    async with running(outbox, link):
        await until(lambda: not outbox.waiting_seqs)
    assert outbox.dead == {2: "no such class"}


async def test_an_old_copy_begins_a_new_epoch_and_sends_what_it_has() -> None:
    outbox = MemoryOutbox()
    link = MemoryLink(outbox)
    await outbox.add(*mixed(10, 100))
    link.more = {"stored_up_to": 99}
    async with running(outbox, link) as uplink:
        await until(lambda: outbox.epoch == "epoch1x")
        assert {batch.epoch for batch in link.batches} <= {"epoch1x"}, "the receipt of the status tells it before anything is sent"
        await until(lambda: not outbox.waiting_seqs)
        assert uplink.state.new_epochs == 1
    assert link.batches[-1].epoch == "epoch1x"
    assert link.statuses[-1].epoch == "epoch1x"
    assert link.will is not None
    assert decode(Status, link.will[1]).epoch == "epoch1x"


async def test_receipts_of_another_epoch_or_that_are_none_free_nothing() -> None:
    outbox = MemoryOutbox()
    link = MemoryLink(outbox)
    link.answering_batches = False
    await outbox.add(*mixed(10, 100))
    async with running(outbox, link) as uplink:
        link.answer(epoch="other", stored_up_to=10)
        link.handlers[GATEWAY.topic("receipt")](Message("", b"rubbish", lambda: None))
        await until(lambda: len(link.order()) == 10)
        await asyncio.sleep(0.05)
        assert len(outbox.waiting_seqs) == 10
        assert uplink.state.refused == 2


async def test_status_is_told_when_a_clock_becomes_right_and_telemetry_only_when_nothing_is_better(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(uplink_module, "LOOK_AT_CLOCKS_EVERY_S", 0.01)
    monkeypatch.setattr(uplink_module, "REPORT_EVERY_S", 0.05)
    outbox = MemoryOutbox()
    link = MemoryLink(outbox)
    link.answering_batches = False
    await outbox.add(event(1))
    async with running(outbox, link, condition=lambda: Condition(5, ("camera-1: dark",))) as uplink:
        await until(lambda: uplink.state.telemetry_dropped > 0)
        assert link.telemetry == [], "an event is on its way"
        link.answer(stored_up_to=1)
        await until(lambda: bool(link.telemetry))
        assert (link.telemetry[0].dropped, link.telemetry[0].faults, link.telemetry[0].waiting) == (5, ("camera-1: dark",), 0)
        assert uplink.idle
        await until(lambda: link.statuses[-1].freed_up_to == 1)
        outbox.clocks = (ClockSet("b1", 5),)
        await until(lambda: link.statuses[-1].clocks == outbox.clocks)


async def test_nothing_goes_before_the_platform_has_answered_and_it_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uplink_module, "ASK_AGAIN_S", 0.02)
    outbox = MemoryOutbox()
    link = MemoryLink(outbox)
    link.answering = False
    await outbox.add(*mixed(10, 3))
    async with running(outbox, link):
        await until(lambda: len(link.statuses) >= 3)
        assert link.batches == []
        link.answering = True
        await until(lambda: not outbox.waiting_seqs)
