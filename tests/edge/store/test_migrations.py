"""Files of every earlier schema come to the newest one with all their rows, the outbox and the chains as they were."""

from __future__ import annotations

import asyncio
import hashlib
import sqlite3
import zlib
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from edge.store.database import open_database, schema_files
from edge.store.errors import RowDamaged
from edge.store.journal import Journal

if TYPE_CHECKING:
    from pathlib import Path

ROWS = 300
LESSONS = ("l1", "l2", "l1")
FREED = {*range(1, 101), *range(120, 140)}


def old_file(file: Path, version: int) -> None:
    """As the program of that version has left it."""
    with closing(sqlite3.connect(file, isolation_level=None)) as old:
        old.execute("PRAGMA auto_vacuum=INCREMENTAL")
        old.execute("PRAGMA journal_mode=WAL")
        for number, sql in schema_files():
            if number <= version:
                old.executescript(sql.read_text(encoding="utf-8"))
        old.execute(f"PRAGMA user_version={version}")
        old.execute("INSERT INTO about VALUES ('epoch', 'e1')")
        old.execute("INSERT INTO roster VALUES ('r1', '三年级二班')")
        head = b""
        for seq in range(1, ROWS + 1):
            body = b"%d" % seq
            head = hashlib.sha256((b"" if seq in {101, 201} else head) + b"k" + body).digest()
            values = (
                seq,
                "k",
                LESSONS[(seq - 1) // 100],
                f"a{(seq - 1) // 100}",
                seq,
                seq * 5,
                f"boot-{seq // 150}",
                1,
                body,
                head,
            )
            checksum = zlib.crc32(body, zlib.crc32(head))
            old.execute("INSERT INTO journal VALUES (?,?,?,?,?,?,?,?,?,?,?)", (*values, checksum))
            if seq not in FREED:
                old.execute("INSERT INTO outbox VALUES (?)", (seq,))


@pytest.mark.parametrize("version", [1, 2, 3, 4])
async def test_an_old_file_keeps_every_row(tmp_path: Path, version: int) -> None:
    file = tmp_path / "gateway.db"
    old_file(file, version)
    database = await open_database(file, max_bytes=64 << 20)
    try:
        assert database.epoch == "e1"
        assert not database.set_aside
        journal = Journal(database, boot="boot-1", clock_ok=lambda: True, group_ms=1)
        await journal.load()
        writer = asyncio.create_task(journal.run())
        waiting = await journal.pending(0, 1_000, 1 << 20)
        assert {row.seq for row in waiting} == set(range(1, ROWS + 1)) - FREED
        assert journal.freed_up_to == 100
        rows = await journal.lesson("l1")
        assert [row.seq for row in rows] == [*range(1, 101), *range(201, 301)]
        assert all((row.entry.body, row.entry.t_mono_ns) == (b"%d" % row.seq, row.seq * 5) for row in rows)
        assert {row.boot for row in rows} == {"boot-0", "boot-1", "boot-2"}
        events, head = await journal.attempt_chain("a2")
        assert events == 100
        (more,) = await journal.append([rows[-1].entry])
        assert (more.seq, more.chain) == (ROWS + 1, hashlib.sha256(head + b"k" + b"300").digest())
        assert await database.read_one("SELECT class_name FROM roster") == "三年级二班"
        assert await database.read_one("PRAGMA quick_check") == "ok"
        writer.cancel()
        await asyncio.gather(writer, return_exceptions=True)
    finally:
        await database.close()


async def test_a_row_that_was_damaged_before_stays_so(tmp_path: Path) -> None:
    file = tmp_path / "gateway.db"
    old_file(file, 4)
    with closing(sqlite3.connect(file)) as old:
        old.execute("UPDATE journal SET body = x'6c696573' WHERE seq = 150")
        old.commit()
    database = await open_database(file, max_bytes=64 << 20)
    try:
        journal = Journal(database, boot="b", clock_ok=lambda: True)
        await journal.load()
        with pytest.raises(RowDamaged) as raised:
            await journal.lesson("l2")
        assert raised.value.seq == 150
        assert journal.status().damaged == 1
    finally:
        await database.close()


async def test_a_file_that_is_nearly_full_can_still_be_brought_forward(tmp_path: Path) -> None:
    file = tmp_path / "gateway.db"
    old_file(file, 4)
    database = await open_database(file, max_bytes=file.stat().st_size)
    await database.close()
