"""What leaves the journal: results first, nothing twice, what cannot go is said, and a copy gets another name."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cloud_sync.contract.messages import Gone, Receipt, Refused
from cloud_sync.flight import GivenUp
from cloud_sync.spans import SpanSet
from edge.lesson import changes as ch
from edge.outgoing import JournalOutbox
from edge.store.database import open_database
from edge.store.errors import StoreError
from edge.store.journal import Entry, Journal
from edge.store.undelivered import IS_RESULT

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

BOUND = 1 << 20


def moment(number: int = 1, lesson: str = "l1") -> Entry:
    change = ch.SkipsCounted(ch.AttemptId("a1"), "band", number, (number,), None)
    return Entry("skips_counted", lesson, "a1", 1_000 + number, number, ch.encode(change))


def result(number: int = 1, lesson: str = "l1") -> Entry:
    change = ch.Corrected(ch.AttemptId("a1"), number, "watched", None, 0, None)
    return Entry("corrected", lesson, "a1", 1_000 + number, number, ch.encode(change))


@asynccontextmanager
async def opened(folder: Path, **how: object) -> AsyncIterator[tuple[Journal, JournalOutbox]]:
    database = await open_database(folder / "gateway.db", max_bytes=64 << 20)
    journal = Journal(database, **({"boot": "b1", "clock_ok": lambda: True, "group_ms": 0} | how))  # type: ignore[arg-type]
    await journal.load()
    turning = asyncio.create_task(journal.run())
    try:
        yield journal, JournalOutbox(journal, utc_ms=lambda: 7)
    finally:
        turning.cancel()
        await asyncio.gather(turning, return_exceptions=True)
        await database.close()


def receipt(up_to: int, epoch: str = "e", **more: object) -> Receipt:
    return Receipt(1, epoch, up_to, **({"gaps": ()} | more))  # type: ignore[arg-type]


async def pending(outbox: JournalOutbox, lane: str = "moments", out: SpanSet | None = None, most: int = 1_000) -> list[int]:
    load = await outbox.pending(lane, out or SpanSet(), most, BOUND)  # type: ignore[arg-type]
    return [event.seq for event in load.events]


async def test_results_travel_before_older_moments(tmp_path: Path) -> None:
    async with opened(tmp_path) as (journal, outbox):
        for number in range(1, 31):
            await journal.append([result(number) if number % 10 == 0 else moment(number)])
        assert await pending(outbox, "results", most=2) == [10, 20]
        assert await pending(outbox, "results") == [30], "those that were handed out are not looked at again"
        out = SpanSet([(10, 10), (20, 20), (30, 30)])
        assert await pending(outbox, "moments", out, 12) == [*range(1, 10), 11, 12, 13]
        await outbox.stored([receipt(5, also=((10, 10), (30, 30)))])
        assert await pending(outbox) == [6, 7, 8, 9, *range(11, 30)]
        assert (outbox.freed_up_to, journal.status().pending) == (5, 23)
    async with opened(tmp_path) as (_, outbox):
        assert await pending(outbox, "results") == [20], "also after a restart"
        assert await pending(outbox) == [6, 7, 8, 9, *range(11, 30)]


async def test_the_index_of_results_is_used_and_moments_are_not_in_it(tmp_path: Path) -> None:
    async with opened(tmp_path) as (journal, _):
        await journal.append([moment(number) for number in range(200)])
        await journal.append([result(1)])
        plan = await journal._database.read(
            f"EXPLAIN QUERY PLAN SELECT seq FROM journal INDEXED BY journal_results WHERE {IS_RESULT} AND seq > 5 ORDER BY seq"
        )
        assert "COVERING INDEX journal_results" in plan[0][3]
        assert "TEMP B-TREE" not in str(plan)


async def test_bounds_hold_but_one_event_always_goes(tmp_path: Path) -> None:
    async with opened(tmp_path) as (journal, outbox):
        await journal.append([moment(number) for number in range(1, 10)])
        load = await outbox.pending("moments", SpanSet(), 100, 1)
        assert ([event.seq for event in load.events], load.spans) == ([1], ((1, 1),))


async def test_what_cannot_be_sent_is_a_dead_letter_with_a_reason_and_told_as_gone(tmp_path: Path) -> None:
    async with opened(tmp_path) as (journal, outbox):
        await journal.append([moment(1), moment(2), Entry("future", "l1", None, 1, 1, b'{"kind":"future"}'), moment(4)])
        await journal.append([Entry("lesson_closed", "l2", None, 1, 1, ch.encode(ch.LessonClosed(ch.LessonId("l2"))))])
    with sqlite3.connect(tmp_path / "gateway.db") as file:
        file.execute("UPDATE journal SET body = x'00' WHERE seq = 2")
    async with opened(tmp_path) as (journal, outbox):
        for _ in range(2):
            load = await outbox.pending("moments", SpanSet(), 100, BOUND)
            assert [event.seq for event in load.events] == [1, 4, 5]
            assert list(load.gone) == [Gone(2, 2, "damaged"), Gone(3, 3, "dead_letter")]
        await outbox.bury([GivenUp(4, "too large")])
        load = await outbox.pending("moments", SpanSet(), 100, BOUND)
        assert ([event.seq for event in load.events], load.gone[-1]) == ([1, 5], Gone(3, 4, "dead_letter"))
        letters = journal.undelivered.letters
        shown = {one.seq: (one.why, one.reason) for one in await letters.shown()}
        assert shown[2][0] == "damaged"
        assert "look at the disk" in shown[2][1]
        assert shown[3][0] == "untranslatable"
        assert "newer" in shown[3][1]
        assert shown[4] == ("given_up", "too large")
        assert (await outbox.waiting()).dead_letters == 3
        await outbox.stored([receipt(5, refused=(Refused(5, "no such class"),))])
        assert journal.status().pending == 0
        assert letters.by_why() == {"damaged": 1, "untranslatable": 1, "refused": 1, "given_up": 1}
    async with opened(tmp_path) as (journal, outbox):
        assert await outbox.revive_dead_letters() == 3, "a damaged one cannot come again"
        load = await outbox.pending("moments", SpanSet(), 100, BOUND)
        assert [event.seq for event in load.events] == [4, 5]
        assert list(load.gone) == [Gone(3, 3, "dead_letter")], "this version still cannot read it"


async def test_a_dead_letter_is_never_removed_to_make_room(tmp_path: Path) -> None:
    async with opened(tmp_path) as (journal, outbox):
        await journal.append([moment(number) for number in range(1, 6)])
        await outbox.bury([GivenUp(3, "poison")])
        await outbox.stored([receipt(5)])
        await journal.append([moment(9, "l2")])
        journal._bytes_used = journal._database.max_bytes
        await journal._make_room()
        rows = await journal._database.read("SELECT seq FROM journal ORDER BY seq")
        assert [seq for (seq,) in rows] == [3, 6]
        assert await outbox.send_again(1, 3) == 3
        load = await outbox.pending("moments", SpanSet(), 9, BOUND)
        assert [event.seq for event in load.events] == [3, 6]
        assert list(load.gone) == [Gone(1, 2, "purged")], "told, so that nobody asks for ever"


async def test_a_restored_platform_gets_what_it_lost(tmp_path: Path) -> None:
    async with opened(tmp_path) as (journal, outbox):
        await journal.append([moment(number) for number in range(1, 10)])
        await outbox.stored([receipt(9)])
        await outbox.stored([receipt(9, gaps=((3, 4), (8, 8)))])
        assert await pending(outbox) == [3, 4, 8]
        load = await outbox.again(((1, 4),))
        assert [event.seq for event in load.events] == [3, 4]
        assert journal.status().pending == 3
        await outbox.stored([receipt(9, gaps=((1, 2), (5, 6)))])
    async with opened(tmp_path) as (_, outbox):
        assert await pending(outbox) == [1, 2, 5, 6], "what is lacking is known after a restart"


@pytest.mark.parametrize(
    ("told", "why"),
    [
        (receipt(9), "number 9"),
        (receipt(2, also=((8, 8),)), "number 8"),
        (receipt(4, witness_mono_ns=77), "another event"),
    ],
)
async def test_an_old_copy_gets_a_new_epoch_and_loses_nothing_written_since(told: Receipt, why: str, tmp_path: Path) -> None:
    async with opened(tmp_path) as (journal, outbox):
        await journal.append([moment(number) for number in range(1, 7)])
        await outbox.stored([receipt(2, also=((5, 5),))])
        before = outbox.epoch
        said = await outbox.why_old_copy(told)
        assert said is not None
        assert why in said
        await outbox.begin_epoch(said)
    async with opened(tmp_path) as (journal, outbox):
        assert outbox.epoch != before
        assert (outbox.since_seq, outbox.freed_up_to) == (2, 2)
        load = await outbox.pending("moments", SpanSet(), 99, BOUND)
        assert [event.seq for event in load.events] == [3, 4, 6]
        assert list(load.gone) == [Gone(5, 5, "earlier_epoch")]
        (row,) = await journal.append([moment(7)])
        assert row.seq == 7, "numbers go on"


async def test_a_witness_that_fits_or_cannot_be_checked_is_no_copy(tmp_path: Path) -> None:
    async with opened(tmp_path) as (journal, outbox):
        await journal.append([moment(number) for number in range(1, 7)])
        assert await outbox.why_old_copy(receipt(4, witness_mono_ns=4)) is None
        assert await outbox.why_old_copy(receipt(4)) is None
        async with journal._database.transaction() as connection:
            await connection.execute("DELETE FROM journal WHERE seq = 4")
        assert await outbox.why_old_copy(receipt(4, witness_mono_ns=77)) is None, "it was removed to make room"


async def test_a_clock_that_became_right_late_is_told_only_of_starts_that_wrote_before(tmp_path: Path) -> None:
    right = False
    async with opened(tmp_path, clock_ok=lambda: right, offset_ms=lambda: 5_000) as (journal, outbox):
        await journal.append([moment(1)])
        assert outbox.clocks == ()
        right = True
        await journal.append([moment(2)])
        assert [(one.boot, one.utc_offset_ms) for one in outbox.clocks] == [("b1", 5_000)]
    async with opened(tmp_path, boot="b2") as (journal, outbox):
        await journal.append([moment(3)])
        assert [one.boot for one in outbox.clocks] == ["b1"], "known after a restart; b2 never wrote early"


async def test_nobody_waits_for_a_writer_that_has_failed(tmp_path: Path) -> None:
    database = await open_database(tmp_path / "gateway.db", max_bytes=64 << 20)
    journal = Journal(database, boot="b1", clock_ok=lambda: 1 / 0, group_ms=0)  # type: ignore[arg-type, return-value]
    turning = asyncio.create_task(journal.run())
    async with asyncio.timeout(5):
        with pytest.raises(StoreError, match="start the gateway again"):
            await journal.append([moment(1)])
        with pytest.raises(ZeroDivisionError):
            await turning
        with pytest.raises(StoreError, match="start the gateway again"):
            await journal.append([moment(1)])
    await database.close()


async def test_nobody_waits_for_a_journal_that_is_closed(tmp_path: Path) -> None:
    async with opened(tmp_path) as (journal, _):
        await journal.append([moment(1)])
    async with asyncio.timeout(5):
        with pytest.raises(StoreError, match="closed"):
            await journal.append([moment(2)])


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_each_number_is_either_delivered_out_or_pending(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    """Over receipts with holes, gaps and restarts: what is not delivered is always offered, and nothing else."""
    spans = st.tuples(st.integers(1, 30), st.integers(0, 5)).map(lambda one: (one[0], min(30, one[0] + one[1])))

    async def run() -> None:
        folder = tmp_path_factory.mktemp("outgoing")
        delivered: set[int] = set()
        async with opened(folder) as (journal, _):
            await journal.append([result(n) if n % 7 == 0 else moment(n) for n in range(1, 31)])
        for _ in range(2):
            async with opened(folder) as (journal, outbox):
                for _ in range(data.draw(st.integers(1, 3))):
                    up_to, also = data.draw(st.integers(0, 30)), data.draw(st.lists(spans, max_size=3))
                    gaps = data.draw(st.lists(spans, max_size=2))
                    await outbox.stored([receipt(up_to, also=tuple(also), gaps=tuple(gaps))])
                    delivered |= {*range(1, up_to + 1), *(n for low, high in also for n in range(low, high + 1))}
                    delivered -= {n for low, high in gaps for n in range(low, high + 1)}
                    out = SpanSet(data.draw(st.lists(spans, max_size=2)))
                    expected = [n for n in range(1, 31) if n not in delivered and n not in out]
                    assert await pending(outbox, "moments", out) == expected
                    assert journal.status().pending == 30 - len(delivered)

    asyncio.run(run())
