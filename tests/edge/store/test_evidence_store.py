"""Evidence on disk: a stated life, a budget, doubts that stay, and a lesson that goes on beside it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from edge.store.database import open_database
from edge.store.evidence import DAY_MS, ROWS_A_STEP, EvidenceStore, Kept
from edge.store.journal import Entry, Journal

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from edge.store.database import Database

NOW_MS = 1_800_000_000_000


def kept(attempt: str, size: int = 1_000, *, in_doubt: bool = False, clip: str | None = None) -> Kept:
    return Kept(attempt, "lesson-1", in_doubt, 5, 3, clip, bytes(size))


def store_on(database: Database, **given: Any) -> EvidenceStore:
    return EvidenceStore(database, **({"life_days": 30, "doubt_life_days": 180, "max_bytes": 1 << 20} | given))


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    opened = await open_database(tmp_path / "gateway.db", max_bytes=16 << 20)
    yield opened
    await opened.close()


async def test_evidence_comes_back_and_is_known_after_a_restart(database: Database) -> None:
    store = store_on(database)
    one = kept("a", in_doubt=True, clip="1800000000000-l-1")
    assert await store.keep([one, kept("b", 500)], NOW_MS) == {"a", "b"}
    again = store_on(database)
    await again.load()
    assert await again.get("a") == one
    assert await again.get("c") is None
    assert await again.of_lesson("lesson-1") == {"a", "b"}
    assert await again.clips() == {"1800000000000-l-1"}
    assert (again.status().attempts, again.status().bytes_used) == (2, 1_500)


async def test_after_its_life_it_goes_unless_somebody_has_yet_to_look(database: Database) -> None:
    store = store_on(database)
    await store.keep([kept("settled"), kept("doubtful", in_doubt=True), kept("reopened")], NOW_MS)
    await store.doubt("reopened", in_doubt=True)
    await store.tidy(NOW_MS + 30 * DAY_MS)
    assert store.status().attempts == 3, "on its last day it is still there"
    await store.tidy(NOW_MS + 30 * DAY_MS + 1)
    assert await store.of_lesson("lesson-1") == {"doubtful", "reopened"}
    await store.doubt("doubtful", in_doubt=False)
    await store.tidy(NOW_MS + 31 * DAY_MS)
    assert await store.of_lesson("lesson-1") == {"reopened"}
    assert store.status().removed_by_age == 2
    await store.tidy(NOW_MS + 180 * DAY_MS + 1)
    assert store.status().attempts == 0, "what nobody ever settles does not stay for ever"


async def test_beyond_the_budget_the_oldest_of_what_is_settled_makes_room(database: Database) -> None:
    store = store_on(database, max_bytes=10_000)
    for at in range(10):
        await store.keep([kept(f"a{at}", in_doubt=at == 0)], NOW_MS + at)
    assert await store.keep([kept("new", 2_500)], NOW_MS + 20) == {"new"}
    assert await store.of_lesson("lesson-1") == {"a0", "new", *(f"a{at}" for at in range(4, 10))}
    status = store.status()
    assert (status.removed_by_budget, status.not_kept) == (3, 0)
    assert status.bytes_used <= 10_000


async def test_doubts_are_not_pushed_out_and_what_finds_no_room_is_counted(database: Database) -> None:
    store = store_on(database, max_bytes=5_000)
    await store.keep([kept(f"d{at}", in_doubt=True) for at in range(4)], NOW_MS)
    assert await store.keep([kept("large", 2_000), kept("small", 800)], NOW_MS) == {"small"}
    assert store.status().not_kept == 1
    assert len(await store.of_lesson("lesson-1")) == 5


async def test_a_smaller_budget_is_kept_at_the_next_tidying_in_small_steps(database: Database) -> None:
    await store_on(database).keep([kept(f"a{at:03d}", 100) for at in range(5 * ROWS_A_STEP)], NOW_MS)
    store = store_on(database, max_bytes=1_000)
    await store.load()
    await store.tidy(NOW_MS)
    assert store.status().bytes_used <= 1_000
    assert await store.of_lesson("lesson-1") == {f"a{at:03d}" for at in range(90, 100)}


async def test_evidence_leaves_the_last_fifth_of_the_file_to_the_journal(tmp_path: Path) -> None:
    database = await open_database(tmp_path / "gateway.db", max_bytes=1 << 20)
    store = store_on(database, max_bytes=64 << 20)
    for at in range(40):
        await store.keep([kept(f"a{at}", 50_000, in_doubt=True)], NOW_MS + at)
    assert store.status().not_kept > 0
    assert await database.bytes_used() <= 0.85 * (1 << 20)
    await database.close()


async def test_tidying_beside_a_lesson_loses_no_row_and_lets_the_journal_write(database: Database) -> None:
    journal = Journal(database, boot="boot", clock_ok=lambda: True, group_ms=0.0)
    await journal.load()
    writer = asyncio.create_task(journal.run())
    store = store_on(database, max_bytes=8 << 20)
    await store.keep([kept(f"a{at:03d}", 20_000) for at in range(200)], NOW_MS)
    tidying = asyncio.create_task(store.tidy(NOW_MS + 31 * DAY_MS))
    written_beside = 0
    for number in range(40):
        await journal.append([Entry("skips_counted", "lesson-1", "a", NOW_MS, number, b"{}")])
        written_beside += not tidying.done()
    await tidying
    writer.cancel()
    await asyncio.gather(writer, return_exceptions=True)
    assert written_beside > 1, "the journal had its turns in between"
    assert len(await journal.lesson("lesson-1")) == 40
    assert store.status().attempts == 0
