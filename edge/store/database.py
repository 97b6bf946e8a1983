"""The one SQLite file of a gateway: opened, checked, brought to the newest schema, held by one process.

`synchronous=FULL` with WAL: of 400 simulated power cuts FULL lost no acknowledged row, NORMAL lost some in 387
(docs/decisions/0003). One connection writes and checkpoints, so the WAL-reset race of SQLite before 3.51.3 cannot happen; a second
one only reads.
"""

from __future__ import annotations

import asyncio
import fcntl
import logging
import os
import secrets
import sqlite3
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import aiosqlite

from edge.store.check import damaged_rows
from edge.store.errors import StoreFull, StoreUnusable
from edge.store.file_system import refuse_network
from edge.store.journal_row import slim_checksum, span_checksum
from edge.store.salvage import Salvage, salvage
from edge.store.wal import FOUND, wal_damage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator
    from io import TextIOWrapper

log = logging.getLogger(__name__)

SCHEMA: Final = Path(__file__).parent / "schema"
PAGE_BYTES: Final = 4096
WAL_PAGES: Final = 1_000
"""Checkpoint after this many pages: the WAL stays near 4 MiB. A page that changes often is then written into the file seldom."""
VACUUM_PAGES: Final = 256
"""Free pages given back at once: a few milliseconds in which writers wait."""


class Database:
    """The open file. Made by `open_database`."""

    def __init__(
        self,
        path: Path,
        writer: aiosqlite.Connection,
        reader: aiosqlite.Connection,
        lock: TextIOWrapper,
        set_aside: tuple[str, ...],
        max_bytes: int,
        epoch: str,
        salvaged: Salvage,
    ) -> None:
        self.path, self.set_aside, self.max_bytes, self.epoch, self.salvaged = path, set_aside, max_bytes, epoch, salvaged
        self._writer, self._reader, self._lock = writer, reader, lock
        self._writing = asyncio.Lock()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[aiosqlite.Connection]:
        """Write: all of it is committed when the block ends, or none of it."""
        async with self._writing:
            try:
                await self._writer.execute("BEGIN IMMEDIATE")
                yield self._writer
                await self._writer.execute("COMMIT")
            except BaseException:
                # After a cancel the connection's thread may still be at BEGIN or COMMIT: what to undo is known only after it.
                with suppress(sqlite3.OperationalError):
                    await self._writer.execute("ROLLBACK")
                raise

    async def read(self, sql: str, values: Iterable[object] = ()) -> list[Any]:
        """Rows as they are committed: the reader never sees a transaction that is still open."""
        async with self._reader.execute(sql, tuple(values)) as rows:
            return list(await rows.fetchall())

    async def read_one(self, sql: str, values: Iterable[object] = ()) -> Any:
        """The first column of the first row, or `None`."""
        rows = await self.read(sql, values)
        return rows[0][0] if rows else None

    async def bytes_used(self) -> int:
        """Bytes in use, free pages not counted."""
        pages, free = await self.read_one("PRAGMA page_count"), await self.read_one("PRAGMA freelist_count")
        return int((pages - free) * PAGE_BYTES)

    async def give_back_pages(self, pages: int = VACUUM_PAGES) -> int:
        """Give so many free pages back to the disk; how many are still free."""
        async with self._writing, self._writer.execute(f"PRAGMA incremental_vacuum({pages})") as rows:
            await rows.fetchall()
        return int(await self.read_one("PRAGMA freelist_count"))

    async def close(self) -> None:
        """Checkpoint and let go of the file."""
        await self._reader.close()
        await self._writer.close()
        self._lock.close()


async def open_database(path: Path, *, max_bytes: int) -> Database:
    """Open, or make, the gateway's file.

    A damaged file is set aside beside it (`…damaged-…`), reported, and a new one with a new epoch is begun: the gateway runs. What
    can still be read of it is taken over: class lists, settings, and whole lessons that the platform does not have.

    Raises:
        StoreUnusable: another gateway holds it, it is on a network file system, or it is of a newer version.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    refuse_network(path.parent)
    lock = _hold(path)
    set_aside: tuple[str, ...] = ()
    try:
        if (fault := await asyncio.to_thread(_fault_of, path)) is not None:
            set_aside = (_set_aside(path, fault),)
        writer = await aiosqlite.connect(path, isolation_level=None)
        try:
            await _prepare(writer)
            await _migrate(writer)
            await writer.execute(f"PRAGMA max_page_count={max(64, max_bytes // PAGE_BYTES)}")
            epoch = await _epoch(writer)
            saved = await asyncio.to_thread(salvage, path, path.with_name(set_aside[0])) if set_aside else Salvage()
            reader = await aiosqlite.connect(path, isolation_level=None)
            await reader.execute("PRAGMA query_only=ON")
        except BaseException:
            await writer.close()
            raise
    except BaseException:
        lock.close()
        raise
    return Database(path, writer, reader, lock, set_aside, max_bytes, epoch, saved)


def translate(exc: sqlite3.Error) -> Exception:
    """A full volume, a full quota and a file-size limit are one thing to the caller; all else stays what it is."""
    full = exc.sqlite_errorname in {"SQLITE_FULL", "SQLITE_IOERR_WRITE"} if hasattr(exc, "sqlite_errorname") else False
    return StoreFull("the journal has reached its limit: raise store.max_bytes or free the disk") if full else exc


async def _prepare(connection: aiosqlite.Connection) -> None:
    for pragma in (
        f"page_size={PAGE_BYTES}",
        "auto_vacuum=INCREMENTAL",
        "journal_mode=WAL",
        "synchronous=FULL",
        f"wal_autocheckpoint={WAL_PAGES}",
        f"journal_size_limit={2 * WAL_PAGES * PAGE_BYTES}",
        "foreign_keys=ON",
        "secure_delete=ON",
    ):
        await connection.execute(f"PRAGMA {pragma}")


def schema_files() -> Iterator[tuple[int, Path]]:
    """The numbered schema files, in order."""
    for file in sorted(SCHEMA.glob("[0-9]*.sql")):
        yield int(file.name.split("_")[0]), file


async def _migrate(connection: aiosqlite.Connection) -> None:
    async with connection.execute("PRAGMA user_version") as rows:
        row = await rows.fetchone()
    version = int(row[0]) if row else 0
    files = list(schema_files())
    await connection.create_function("slim_checksum", -1, slim_checksum, deterministic=True)
    await connection.create_function("span_checksum", 2, span_checksum, deterministic=True)
    if version > files[-1][0]:
        raise StoreUnusable(f"the journal is of a newer version ({version}); install the newer Touchline again")
    for number, file in files:
        if number > version:
            sql = file.read_text(encoding="utf-8")
            await connection.executescript(f"BEGIN IMMEDIATE;\n{sql}\nPRAGMA user_version={number};\nCOMMIT;")


async def _epoch(connection: aiosqlite.Connection) -> str:
    await connection.execute("INSERT OR IGNORE INTO about VALUES ('epoch', ?)", (secrets.token_hex(8),))
    async with connection.execute("SELECT value FROM about WHERE key = 'epoch'") as rows:
        row = await rows.fetchone()
    assert row is not None
    return str(row[0])


def _fault_of(path: Path) -> str | None:
    if not path.exists():
        return None
    try:
        connection = sqlite3.connect(path)
        try:
            if (lost := wal_damage(path, connection)) is not None:
                return lost
            verdict = connection.execute("PRAGMA quick_check").fetchone()[0]
            if verdict == "ok":
                return damaged_rows(connection)
        finally:
            connection.close()
    except sqlite3.DatabaseError as exc:
        return str(exc)
    return None if verdict == "ok" else str(verdict)


def _set_aside(path: Path, fault: str) -> str:
    name = f"{path.name}.damaged-{secrets.token_hex(4)}"
    for suffix in ("", "-wal", "-shm", FOUND):
        part = path.with_name(path.name + suffix)
        if part.exists():
            part.rename(path.with_name(name + suffix))
    log.error("store=%s damaged=%r set_aside=%s", path.name, fault, name)
    return name


def _hold(path: Path) -> TextIOWrapper:
    lock = path.with_name(path.name + ".lock").open("a", encoding="ascii")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as exc:
        lock.close()
        raise StoreUnusable(f"{path}: another gateway has this journal open; stop it, or give another gateway.data_dir") from exc
    os.set_inheritable(lock.fileno(), False)
    return lock
