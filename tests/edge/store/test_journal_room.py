"""A file that gets full: what goes first, what last, and what never goes; and a clock that was set late."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import subprocess
import sys
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from edge.store.database import open_database
from edge.store.errors import StoreFull
from edge.store.journal import Entry, Journal
from support.clocks import faked, need_faketime

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

ROOT = Path(__file__).resolve().parents[3]
LIMIT = 1 << 20


def entry(kind: str = "skips_counted", lesson: str = "l1", size: int = 900, mono_ms: int = 0, utc_ms: int = 5) -> Entry:
    return Entry(kind, lesson, "a1", utc_ms, mono_ms * 1_000_000, bytes(size))


@asynccontextmanager
async def opened(folder: Path, max_bytes: int = LIMIT, **how: object) -> AsyncIterator[Journal]:
    database = await open_database(folder / "gateway.db", max_bytes=max_bytes)
    journal = Journal(database, **({"boot": "b1", "clock_ok": lambda: True, "group_ms": 0} | how))  # type: ignore[arg-type]
    await journal.load()
    turning = asyncio.create_task(journal.run())
    try:
        yield journal
    finally:
        turning.cancel()
        await asyncio.gather(turning, return_exceptions=True)
        await database.close()


async def fill(journal: Journal, lesson: str = "l1") -> int:
    """Moments until no more are taken; how many there were."""
    taken = 0
    with pytest.raises(StoreFull):
        while True:
            await journal.append([entry(lesson=lesson) for _ in range(20)])
            taken += 20
    return taken


async def test_the_last_room_is_for_results(tmp_path: Path) -> None:
    async with opened(tmp_path) as journal:
        taken = await fill(journal)
        assert journal.status().refused == 20
        for _ in range(10):
            await journal.append([entry("result_decided", size=200)])
        assert journal.status().pending == taken + 10, "nothing unsent has gone"
        assert journal.status().purged == 0


async def test_what_the_platform_has_makes_room_moments_before_results(tmp_path: Path) -> None:
    async with opened(tmp_path) as journal:
        await journal.append([entry("lesson_opened"), entry("result_decided")])
        taken = await fill(journal)
        await journal.free(taken + 2, [])
        await journal.append([entry("lesson_opened", "l2")])
        for _ in range(20):
            await journal.append([entry(lesson="l2") for _ in range(20)])
        assert journal.status().purged > 100
        assert {row.entry.kind for row in await journal.lesson("l1")} >= {"lesson_opened", "result_decided"}
        assert len(await journal.lesson("l2")) == 401
        assert [row.seq for row in await journal.pending(0, 1, 1)] == [taken + 3]
        assert await journal.free(taken + 2, [(3, 4)]) == 0
        assert journal.status().pending == 403, "the platform has still to be told that they are gone"
        size = (tmp_path / "gateway.db").stat().st_size
    assert size <= LIMIT


async def test_numbers_are_never_given_twice_after_room_was_made(tmp_path: Path) -> None:
    async with opened(tmp_path) as journal:
        taken = await fill(journal)
        await journal.free(taken, [])
    with closing(sqlite3.connect(tmp_path / "gateway.db")) as file:
        file.execute("DELETE FROM journal")
        file.commit()
    async with opened(tmp_path) as journal:
        assert (await journal.append([entry()]))[0].seq == taken + 1


async def test_free_pages_go_back_to_the_disk(tmp_path: Path) -> None:
    async with opened(tmp_path, 8 * LIMIT) as journal:
        await journal.append([entry() for _ in range(2_000)])
        database = journal._database
        async with database.transaction() as connection:
            await connection.execute("DELETE FROM journal WHERE seq < 1900")
        before = await database.read_one("PRAGMA page_count")
        while await database.give_back_pages():
            pass
        assert await database.read_one("PRAGMA page_count") < before / 4


async def test_rows_from_before_the_clock_was_right_are_put_right(tmp_path: Path) -> None:
    right = False
    async with opened(tmp_path, clock_ok=lambda: right, offset_ms=lambda: 1_800_000_000_000) as journal:
        await journal.append([entry(mono_ms=1_000, utc_ms=3), entry(mono_ms=2_000, utc_ms=1_003)])
        assert [(r.entry.t_utc_ms, r.clock_ok) for r in await journal.pending(0, 9, 1 << 20)] == [(3, False), (1_003, False)]
        right = True
        rows = await journal.pending(0, 9, 1 << 20)
        assert [(r.entry.t_utc_ms, r.clock_ok) for r in rows] == [(1_800_000_001_000, True), (1_800_000_002_000, True)]
        assert journal.status().repaired == 2
        await journal.append([entry(mono_ms=3_000, utc_ms=1_800_000_003_000)])
    async with opened(tmp_path, boot="b2", clock_ok=lambda: False) as journal:
        await journal.append([entry(mono_ms=7, utc_ms=9)])
        rows = await journal.lesson("l1")
        assert [r.entry.t_utc_ms for r in rows] == [1_800_000_001_000, 1_800_000_002_000, 1_800_000_003_000, 9]
        assert [r.boot for r in rows] == ["b1", "b1", "b1", "b2"], "another start of the machine has another clock"


async def test_whole_lessons_that_the_platform_lacks_are_saved_from_a_damaged_file(tmp_path: Path) -> None:
    async with opened(tmp_path, 8 * LIMIT) as journal:
        await journal.append([entry("lesson_opened", "old"), entry("result_decided", "old")])
        await journal.free(2, [])
        for lesson in ("l1", "l2"):
            await journal.append([entry("lesson_opened", lesson)])
            await journal.append([entry(lesson=lesson) for _ in range(200)])
        epoch = journal.epoch
        async with journal._database.transaction() as connection:
            await connection.execute("INSERT INTO roster VALUES ('r1', '三年级二班')")
    file = tmp_path / "gateway.db"
    content = bytearray(file.read_bytes())
    at = content.index(bytes(900), len(content) * 3 // 4)  # within l2
    content[at - at % 4096 : at - at % 4096 + 4096] = os.urandom(4096)
    file.write_bytes(content)
    async with opened(tmp_path, 8 * LIMIT) as journal:
        assert len(journal.status().set_aside) == 1
        assert journal.epoch != epoch
        assert len(await journal.lesson("l1")) == 201
        assert await journal.newest_lesson() == "l1"
        assert not await journal.lesson("l2"), "half a lesson is not shown"
        assert journal._database.salvaged.left == 201
        assert [row.seq for row in await journal.pending(0, 3, 1 << 20)] == [1, 2, 3]
        assert await journal._database.read_one("SELECT class_name FROM roster") == "三年级二班"


JUMP = """
import asyncio, json, sys, time
from pathlib import Path
from edge.store.database import open_database
from edge.store.journal import Entry, Journal

async def main(file, stamps):
    database = await open_database(Path(file), max_bytes=1 << 24)
    journal = Journal(database, boot="b1", clock_ok=lambda: True, group_ms=1)
    await journal.load()
    turning = asyncio.create_task(journal.run())
    told, started = [], time.monotonic()
    for jump in (None, "-1d", "+2y"):
        if jump:
            Path(stamps).write_text(jump)
        for number in range(50):
            now = time.time_ns() // 1_000_000
            (row,) = await journal.append([Entry("k", "l1", "a1", now, time.monotonic_ns(), b"%d" % number)])
            told.append((row.seq, now))
            await asyncio.sleep(0.001)
    rows = await journal.lesson("l1")
    turning.cancel()
    await asyncio.gather(turning, return_exceptions=True)
    await database.close()
    print(json.dumps({
        "same": [(r.seq, r.entry.t_utc_ms) for r in rows] == told,
        "ordered": sorted(r.entry.t_mono_ns for r in rows) == [r.entry.t_mono_ns for r in rows],
        "days": [round((told[at][1] - told[at - 1][1]) / 86_400_000) for at in (50, 100)],
        "elapsed_ok": time.monotonic() - started < 60,
    }))

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.mark.fault
def test_a_clock_that_jumps_changes_neither_order_nor_rows(tmp_path: Path) -> None:
    """A day back, two years on, in the middle of a lesson (libfaketime)."""
    library = need_faketime()
    stamps = tmp_path / "stamps"
    stamps.write_text("+0", encoding="ascii")
    command = [sys.executable, "-c", JUMP, str(tmp_path / "gateway.db"), str(stamps)]
    done = subprocess.run(command, env=os.environ | faked(library, stamps), cwd=ROOT, capture_output=True, text=True, check=True)
    told = json.loads(done.stdout)
    assert told["same"]
    assert told["ordered"]
    assert told["days"][0] == -1
    assert told["days"][1] in {730, 731, 732}
