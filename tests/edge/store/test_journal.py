"""Saved means committed: at the limit, with damage, and in the outbox until the platform has it."""

from __future__ import annotations

import asyncio
import hashlib
import os
import sqlite3
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge.store.database import open_database
from edge.store.errors import RowDamaged, StoreFull, StoreUnusable
from edge.store.journal import Entry, Journal

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


def entry(body: bytes = b"{}", attempt: str | None = "a1", lesson: str = "l1") -> Entry:
    return Entry("skips_counted", lesson, attempt, 1_800_000_000_000, 5, body)


@asynccontextmanager
async def opened(folder: Path, max_bytes: int = 64 << 20) -> AsyncIterator[Journal]:
    database = await open_database(folder / "gateway.db", max_bytes=max_bytes)
    journal = Journal(database, boot="boot-1", clock_ok=lambda: True, group_ms=1)
    await journal.load()
    writer = asyncio.create_task(journal.run())
    try:
        yield journal
    finally:
        writer.cancel()
        await asyncio.gather(writer, return_exceptions=True)
        await database.close()


async def test_rows_come_back_in_order_and_with_one_sequence(tmp_path: Path) -> None:
    async with opened(tmp_path) as journal:
        first = await journal.append([entry(b"1"), entry(b"2")])
        second = await journal.append([entry(b"3", attempt=None)])
        assert [row.seq for row in (*first, *second)] == [1, 2, 3]
    async with opened(tmp_path) as journal:
        rows = await journal.lesson("l1")
        assert [row.entry.body for row in rows] == [b"1", b"2", b"3"]
        assert await journal.newest_lesson() == "l1"
        assert (await journal.append([entry()]))[0].seq == 4


async def test_many_writers_share_a_commit(tmp_path: Path) -> None:
    async with opened(tmp_path) as journal:
        before = journal.status().commits
        rows = await asyncio.gather(*(journal.append([entry(str(n).encode())]) for n in range(200)))
        assert sorted(row.seq for (row,) in rows) == list(range(1, 201))
        assert journal.status().commits - before < 50


async def test_the_chain_tells_an_altered_event(tmp_path: Path) -> None:
    async with opened(tmp_path) as journal:
        await journal.append([entry(b"1"), entry(b"x", attempt="other"), entry(b"2")])
        expected = b""
        for body in (b"1", b"2"):
            expected = hashlib.sha256(expected + b"skips_counted" + body).digest()
        assert await journal.attempt_chain("a1") == (2, expected)
    async with opened(tmp_path) as journal:
        assert await journal.attempt_chain("a1") == (2, expected), "also after a restart"


async def test_a_row_altered_on_disk_is_noticed_and_holds_up_no_other(tmp_path: Path) -> None:
    async with opened(tmp_path) as journal:
        await journal.append([entry(b"true"), entry(b"true"), entry(b"{}", "a2", "l2")])
    with sqlite3.connect(tmp_path / "gateway.db") as file:
        file.execute("UPDATE journal SET body = ? WHERE seq = 1", (b"lies",))
    async with opened(tmp_path) as journal:
        with pytest.raises(RowDamaged):
            await journal.lesson("l1")
        assert [row.seq for row in await journal.pending(0, 9, 99)] == [2, 3]
        assert journal.status().damaged == 2


async def test_text_that_is_no_text_any_more_is_a_damaged_row(tmp_path: Path) -> None:
    async with opened(tmp_path) as journal:
        await journal.append([entry(), entry(), entry(b"{}", "a2", "l2")])
    with sqlite3.connect(tmp_path / "gateway.db") as file:
        file.execute("UPDATE journal SET attempt = CAST(x'6f8f' AS TEXT) WHERE seq = 2")
    async with opened(tmp_path) as journal:
        assert [row.seq for row in await journal.pending(0, 9, 99)] == [1, 3]


async def test_a_newest_lesson_that_is_damaged_is_set_aside_at_the_start(tmp_path: Path) -> None:
    async with opened(tmp_path) as journal:
        await journal.append([entry(b"true"), entry(b"true")])
    with sqlite3.connect(tmp_path / "gateway.db") as file:
        file.execute("UPDATE journal SET kind = 'lies' WHERE seq = 2")
    async with opened(tmp_path) as journal:
        assert len(journal.status().set_aside) == 1
        assert journal.status().left_behind == 2


async def test_a_damaged_word_on_what_was_delivered_is_not_believed(tmp_path: Path) -> None:
    async with opened(tmp_path) as journal:
        await journal.append([Entry("lesson_opened", "l1", None, 1, 1, b"{}"), entry()])
        await journal.free(1, [])
    with sqlite3.connect(tmp_path / "gateway.db") as file:
        file.execute("UPDATE delivered SET high = 2")
    async with opened(tmp_path) as journal:
        assert len(await journal.pending(0, 9, 99)) == 2, "better twice than never"


async def test_rows_leave_the_outbox_only_when_the_platform_has_them(tmp_path: Path) -> None:
    async with opened(tmp_path) as journal:
        await journal.append([entry(str(n).encode()) for n in range(1, 11)])
        assert [row.seq for row in await journal.pending(0, 3, 10_000)] == [1, 2, 3]
        assert len(await journal.pending(0, 100, 1)) == 1, "at least one, however small the bound"
        assert await journal.free(6, [(3, 4)]) == 4
        assert [row.seq for row in await journal.pending(0, 100, 10_000)] == [3, 4, 7, 8, 9, 10]
        assert journal.freed_up_to == 2
        assert len(await journal.lesson("l1")) == 10, "the journal keeps what has left the outbox"


async def test_a_platform_that_lost_rows_gets_them_again(tmp_path: Path) -> None:
    async with opened(tmp_path) as journal:
        await journal.append([entry() for _ in range(5)])
        await journal.free(5, [])
        assert journal.status().pending == 0
        await journal.free(5, [(2, 4)])
        assert [row.seq for row in await journal.pending(0, 100, 10_000)] == [2, 3, 4]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_the_outbox_is_always_what_the_platform_lacks(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    async def run() -> None:
        async with opened(tmp_path_factory.mktemp("journal")) as journal:
            await journal.append([entry() for _ in range(12)])
            waiting = set(range(1, 13))
            for _ in range(data.draw(st.integers(1, 4))):
                up_to, low = data.draw(st.integers(0, 12)), data.draw(st.integers(1, 12))
                gap = range(low, data.draw(st.integers(low, 12)) + 1)
                await journal.free(up_to, [(gap[0], gap[-1])])
                waiting = {seq for seq in waiting if seq > up_to} | set(gap)
                assert {row.seq for row in await journal.pending(0, 100, 1 << 20)} == waiting
                assert journal.status().pending == len(waiting)

    asyncio.run(run())


async def test_at_the_limit_nothing_is_lost_and_it_says_so(tmp_path: Path) -> None:
    async with opened(tmp_path, max_bytes=1 << 19) as journal:
        written = 0
        with pytest.raises(StoreFull):
            while True:
                await journal.append([entry(bytes(4_000))])
                written += 1
        assert written > 20
        assert len(await journal.lesson("l1")) == written


async def test_a_damaged_file_is_set_aside_and_the_gateway_runs(tmp_path: Path) -> None:
    async with opened(tmp_path) as journal:
        await journal.append([entry(bytes(9_000)) for _ in range(20)])
        epoch = journal.epoch
    file = tmp_path / "gateway.db"
    content = bytearray(file.read_bytes())
    content[100:9_000] = os.urandom(8_900)
    file.write_bytes(content)
    async with opened(tmp_path) as journal:
        (name,) = journal.status().set_aside
        assert (tmp_path / name).exists()
        assert journal.epoch != epoch
        await journal.append([entry()])


async def test_two_gateways_never_share_a_file(tmp_path: Path) -> None:
    async with opened(tmp_path):
        with pytest.raises(StoreUnusable, match="another gateway"):
            await open_database(tmp_path / "gateway.db", max_bytes=1 << 20)


async def test_a_file_of_a_newer_version_is_not_touched(tmp_path: Path) -> None:
    async with opened(tmp_path):
        pass
    with sqlite3.connect(tmp_path / "gateway.db") as file:
        file.execute("PRAGMA user_version=999")
    with pytest.raises(StoreUnusable, match="newer version"):
        await open_database(tmp_path / "gateway.db", max_bytes=1 << 20)
