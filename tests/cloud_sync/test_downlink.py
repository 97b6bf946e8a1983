"""Directives are judged, carried out once, and answered whenever they come."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from cloud_sync.contract.codec import MOST_WIRE_BYTES, decode, encode
from cloud_sync.contract.directives import Answer, Directive, Report
from cloud_sync.contract.topics import GatewayIdentity
from cloud_sync.downlink import MOST_WAITING, DirectiveRefused, Downlink, NotYet, label_of
from cloud_sync.errors import LinkLost
from cloud_sync.link import Link, Message

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

US = GatewayIdentity("school", "field")
NOW_MS = 1_800_000_000_000


class HandLink:
    """A link of which a test is the other end."""

    def __init__(self) -> None:
        self.handlers: dict[str, Callable[[Message], None]] = {}
        self.published: list[tuple[str, bytes]] = []
        self.lost = False

    def on(self, topic_filter: str, handler: Callable[[Message], None]) -> None:
        self.handlers[topic_filter] = handler

    async def publish(self, topic: str, payload: bytes) -> None:
        if self.lost:
            raise LinkLost("gone")
        self.published.append((topic, payload))

    def tell(self, wire: bytes) -> None:
        self.handlers[US.topic("directive")](Message(US.topic("directive"), wire, lambda: None))

    @property
    def answers(self) -> list[tuple[str, int, str]]:
        told = [decode(Answer, payload) for topic, payload in self.published if topic == US.topic("answer")]
        return [(one.key, one.version, one.outcome) for one in told]

    @property
    def reasons(self) -> list[str]:
        return [decode(Answer, payload).reason for topic, payload in self.published if topic == US.topic("answer")]


@dataclass
class Memory:
    """What a gateway would have on disk."""

    clock_ms: int | None = NOW_MS
    done: list[tuple[str, int]] = field(default_factory=list)
    versions: dict[str, int] = field(default_factory=dict)
    noted: list[str] = field(default_factory=list)
    fault: Exception | None = None
    link: HandLink | None = None

    def now_ms(self) -> int | None:
        return self.clock_ms

    async def newest(self, key: str) -> int:
        return self.versions.get(key, 0)

    async def carry_out(self, directive: Directive) -> str:
        if self.fault is not None:
            raise self.fault
        await asyncio.sleep(0)
        if self.link is not None:
            assert (directive.key, directive.version, "applied") not in self.link.answers, "answered before it was done"
        self.versions[directive.key] = directive.version
        self.done.append((directive.key, directive.version))
        return ""

    async def answered(self, answer: Answer, _kind: str) -> None:
        self.noted.append(answer.outcome)


def report(version: int, key: str = "report.now", *, gateway: str = str(US), expires: int | None = None) -> bytes:
    return encode(Directive(1, gateway, key, version, NOW_MS, expires, Report()))


@asynccontextmanager
async def downlink(memory: Memory, again_every_s: float = 60.0) -> AsyncIterator[tuple[HandLink, Downlink]]:
    link = memory.link = HandLink()
    made = Downlink(cast("Link", link), US, memory, again_every_s=again_every_s)
    task = asyncio.create_task(made.run())
    try:
        yield link, made
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not true():
            await asyncio.sleep(0.001)


async def told(link: HandLink, *wires: bytes) -> list[tuple[str, int, str]]:
    before = len(link.answers)
    for wire in wires:
        link.tell(wire)
    await until(lambda: len(link.answers) == before + len(wires))
    return link.answers[before:]


async def test_it_is_carried_out_once_and_answered_each_time() -> None:
    memory = Memory()
    async with downlink(memory) as (link, made):
        answers = await told(link, report(3), report(3), report(2), report(4), report(3))
        assert [(version, outcome) for _, version, outcome in answers] == [
            (3, "applied"), (3, "known"), (2, "older"), (4, "applied"), (3, "older"),
        ]  # fmt: skip
        assert (made.state.applied, made.state.known, made.state.older) == (2, 1, 2)
    assert memory.done == [("report.now", 3), ("report.now", 4)]
    assert memory.noted == ["known", "older", "older"]


async def test_what_is_not_ours_or_too_late_is_refused_and_changes_nothing() -> None:
    memory = Memory()
    async with downlink(memory) as (link, _):
        answers = await told(link, report(1, gateway="school.other"), report(1, expires=NOW_MS))
        assert {outcome for _, _, outcome in answers} == {"refused"}
        assert link.reasons == ["not for this gateway", "expired"]
        assert memory.done == []
        assert await told(link, report(1, expires=NOW_MS + 1)) == [("report.now", 1, "applied")]


async def test_one_that_was_done_is_known_also_when_it_has_expired_since() -> None:
    memory = Memory()
    async with downlink(memory) as (link, _):
        await told(link, report(1, expires=NOW_MS + 1))
        memory.clock_ms = NOW_MS + 10
        assert await told(link, report(1, expires=NOW_MS + 1)) == [("report.now", 1, "known")]


async def test_while_the_clock_is_not_right_one_that_expires_waits_and_others_do_not() -> None:
    memory = Memory(clock_ms=None)
    async with downlink(memory, again_every_s=0.01) as (link, made):
        link.tell(report(1, "report.late", expires=NOW_MS + 1))
        assert await told(link, report(1, "report.any")) == [("report.any", 1, "applied")]
        await until(lambda: made.state.postponed > 1)
        assert len(link.answers) == 1
        memory.clock_ms = NOW_MS
        await until(lambda: ("report.late", 1, "applied") in link.answers)


async def test_what_has_to_wait_is_tried_again_in_its_newest_version() -> None:
    memory = Memory(fault=NotYet("a lesson is under way"))
    async with downlink(memory, again_every_s=0.01) as (link, made):
        link.tell(report(1))
        link.tell(report(2))
        await until(lambda: made.state.postponed > 3)
        assert link.answers == []
        memory.fault = None
        await until(lambda: ("report.now", 2, "applied") in link.answers)
        assert memory.done[-1] == ("report.now", 2)


async def test_what_cannot_be_read_is_refused_by_name_where_it_has_one() -> None:
    memory = Memory()
    strange = msgspec.json.decode(report(7)) | {"body": {"kind": "dance"}}
    unnamed = msgspec.json.decode(report(7)) | {"key": 7}
    async with downlink(memory) as (link, made):
        assert await told(link, msgspec.json.encode(strange)) == [("report.now", 7, "refused")]
        assert "dance" in link.reasons[0]
        link.tell(msgspec.json.encode(unnamed))
        link.tell(b"rubbish")
        link.tell(b" " * (MOST_WIRE_BYTES + 1))
        await until(lambda: made.state.unreadable == 3)
        assert await told(link, report(7)) == [("report.now", 7, "applied")]
        assert len(link.answers) == 2
    assert memory.done == [("report.now", 7)]


async def test_more_than_there_is_room_for_is_dropped_and_comes_again() -> None:
    memory = Memory()
    async with downlink(memory) as (link, made):
        for version in range(1, MOST_WAITING + 11):
            link.tell(report(version, f"report.{version}"))
        assert made.state.dropped == 10
        await until(lambda: len(memory.done) == MOST_WAITING)
        assert await told(link, report(1, f"report.{MOST_WAITING + 10}")) == [(f"report.{MOST_WAITING + 10}", 1, "applied")]


async def test_an_answer_that_is_lost_is_given_when_the_directive_comes_again() -> None:
    memory = Memory()
    async with downlink(memory) as (link, _):
        link.lost = True
        link.tell(report(1))
        await until(lambda: memory.done != [])
        link.lost = False
        assert await told(link, report(1)) == [("report.now", 1, "known")]


async def test_a_refusal_and_a_fault_of_the_program_are_told_and_end_nothing() -> None:
    memory = Memory(fault=DirectiveRefused("no such activity"))
    async with downlink(memory) as (link, made):
        await told(link, report(1))
        memory.fault = ZeroDivisionError("division of 石溪")
        await told(link, report(1))
        assert link.reasons == ["no such activity", "failed at the gateway (ZeroDivisionError)"]
        assert made.state.failed == 1
        memory.fault = None
        assert await told(link, report(1)) == [("report.now", 1, "applied")]


async def test_a_list_that_cannot_be_written_holds_up_no_answer_and_a_long_reason_is_cut() -> None:
    class NoList(Memory):
        async def answered(self, answer: Answer, _kind: str) -> None:
            raise OSError(f"no room for {answer.key}")

    memory = NoList(fault=DirectiveRefused("x" * 500))
    async with downlink(memory) as (link, _):
        assert await told(link, report(1)) == [("report.now", 1, "refused")]
        assert link.reasons == ["x" * 200]
        memory.fault = None
        assert await told(link, report(2), report(1)) == [("report.now", 2, "applied"), ("report.now", 1, "older")]


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_bytes_have_a_label_or_none(wire: bytes) -> None:
    label = label_of(wire)
    assert label is None or 1 <= label.version <= 2**53
