"""The journal: what has happened, in order, on disk before anyone is told.

Writers wait in a queue; one task takes all that wait, writes them in one transaction, and answers each when it is committed. So the
price of a commit is shared, and "saved" always means committed.
"""

from __future__ import annotations

import asyncio
import hashlib
import sqlite3
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from edge.store.database import translate
from edge.store.errors import RowDamaged, StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from edge.store.database import Database

WAITING: Final = 1_000
"""Writers that may wait; one more waits for a place. An event is never dropped."""
MOST_ENTRIES_A_COMMIT: Final = 2_000


@dataclass(frozen=True, slots=True)
class Entry:
    """One change, to be written."""

    kind: str
    lesson: str
    attempt: str | None
    t_utc_ms: int
    t_mono_ns: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Row:
    """One change, written.

    Attributes:
        seq: its place in the journal, without gaps within an epoch.
        boot: the start of the machine that `t_mono_ns` belongs to.
        clock_ok: whether the wall clock could be believed.
        chain: SHA-256 over the chain before it and its own bytes; one chain an attempt (or a lesson, for what has no attempt).
    """

    seq: int
    entry: Entry
    boot: str
    clock_ok: bool
    chain: bytes


@dataclass(frozen=True, slots=True)
class JournalStatus:
    """For the saved chip and the technician."""

    newest_seq: int
    pending: int
    bytes_used: int
    bytes_limit: int
    commits: int
    set_aside: tuple[str, ...]


@dataclass(slots=True)
class _Waiting:
    entries: Sequence[Entry]
    done: asyncio.Future[tuple[Row, ...]]


class Journal:
    """One writer over the gateway's database. `run` must be running for `append` to return."""

    def __init__(self, database: Database, *, boot: str, clock_ok: Callable[[], bool], group_ms: float = 4.0) -> None:
        self._database, self._boot, self._clock_ok = database, boot, clock_ok
        self._group_s = group_ms / 1e3
        self._queue: asyncio.Queue[_Waiting] = asyncio.Queue(WAITING)
        self._heads: dict[str, tuple[int, bytes]] = {}
        self._newest_seq = self._freed_up_to = self._pending = self._bytes_used = self._commits = 0
        self._more = asyncio.Condition()

    @property
    def epoch(self) -> str:
        """Random id of the file: sequence numbers are unique within it."""
        return self._database.epoch

    async def load(self) -> None:
        """Learn how far the file has come; once, before `run`."""
        self._newest_seq = await self._database.read_one("SELECT coalesce(max(seq), 0) FROM journal")
        self._pending = await self._database.read_one("SELECT count(*) FROM outbox")
        self._bytes_used = await self._database.bytes_used()
        await self._load_freed()

    async def append(self, entries: Sequence[Entry]) -> tuple[Row, ...]:
        """Write entries, all or none; when this returns they are committed.

        Raises:
            StoreFull: the limit is reached; nothing was written.
        """
        done: asyncio.Future[tuple[Row, ...]] = asyncio.get_running_loop().create_future()
        await self._queue.put(_Waiting(entries, done))
        return await done

    async def run(self) -> None:
        """Commit what waits, in groups, until cancelled; what was accepted before the cancel is still committed."""
        try:
            while True:
                first = await self._queue.get()
                await asyncio.sleep(self._group_s)
                await self._commit([first, *self._take_waiting(len(first.entries))])
        finally:
            rest = self._take_waiting(0)
            if rest:
                await asyncio.shield(self._commit(rest))

    async def lesson(self, lesson: str) -> tuple[Row, ...]:
        """All rows of a lesson, oldest first.

        Raises:
            RowDamaged: a row's checksum does not fit.
        """
        return await self._rows("SELECT * FROM journal WHERE lesson = ? ORDER BY seq", (lesson,))

    async def newest_lesson(self) -> str | None:
        """The lesson of the newest row, or `None` in an empty journal."""
        lesson = await self._database.read_one("SELECT lesson FROM journal ORDER BY seq DESC LIMIT 1")
        return None if lesson is None else str(lesson)

    async def pending(self, after_seq: int, max_events: int, max_bytes: int) -> tuple[Row, ...]:
        """Rows that the platform has not stored, after `after_seq`, within both bounds (but at least one, if there is one)."""
        sql = "SELECT journal.* FROM outbox JOIN journal USING (seq) WHERE seq > ? ORDER BY seq LIMIT ?"
        rows = await self._rows(sql, (after_seq, max_events))
        kept, size = 0, 0
        for row in rows:
            size += len(row.entry.body)
            if kept and size > max_bytes:
                break
            kept += 1
        return rows[:kept]

    async def free(self, up_to: int, gaps: Sequence[tuple[int, int]]) -> int:
        """The platform has stored everything up to `up_to` but for `gaps`: those rows leave the outbox, the gaps are pending again.

        A platform whose database was restored from an older copy asks so for what it has lost.

        Returns:
            How many left. The journal itself keeps them.
        """
        sql = "DELETE FROM outbox WHERE seq <= ?" + " AND seq NOT BETWEEN ? AND ?" * len(gaps)  # noqa: S608 - fixed text
        bounds = [bound for gap in gaps for bound in gap]
        again = "INSERT OR IGNORE INTO outbox SELECT seq FROM journal WHERE seq BETWEEN ? AND ?"
        async with self._database.transaction() as connection:
            async with connection.execute(sql, (up_to, *bounds)) as done:
                freed = done.rowcount
            await connection.executemany(again, gaps)
        self._pending = int(await self._database.read_one("SELECT count(*) FROM outbox"))
        await self._load_freed()
        return freed

    @property
    def freed_up_to(self) -> int:
        """All rows up to here have left the outbox."""
        return self._freed_up_to

    async def _load_freed(self) -> None:
        oldest = await self._database.read_one("SELECT min(seq) FROM outbox")
        self._freed_up_to = self._newest_seq if oldest is None else oldest - 1

    async def wait_for_more(self, after_seq: int) -> None:
        """Return when there is a row after `after_seq`."""
        async with self._more:
            await self._more.wait_for(lambda: self._newest_seq > after_seq)

    async def attempt_chain(self, attempt: str) -> tuple[int, bytes]:
        """How many rows an attempt has, and the head of their chain."""
        return await self._head(attempt)

    async def check(self) -> None:
        """Return when the writer has turned once more; for the watchdog."""
        await self.append(())

    def status(self) -> JournalStatus:
        """How full, how far, how much is waiting."""
        database = self._database
        return JournalStatus(
            self._newest_seq, self._pending, self._bytes_used, database.max_bytes, self._commits, database.set_aside
        )

    # --- committing -----------------------------------------------------------------------------------------------------

    def _take_waiting(self, entries: int) -> list[_Waiting]:
        taken: list[_Waiting] = []
        while entries < MOST_ENTRIES_A_COMMIT and not self._queue.empty():
            taken.append(self._queue.get_nowait())
            entries += len(taken[-1].entries)
        return taken

    async def _commit(self, group: Sequence[_Waiting]) -> None:
        try:
            written = await self._write([entry for waiting in group for entry in waiting.entries])
        except (sqlite3.Error, StoreError) as exc:
            fault = translate(exc) if isinstance(exc, sqlite3.Error) else exc
            if len(group) > 1:
                for waiting in group:  # one writer's fault must not be another's
                    await self._commit([waiting])
            elif not group[0].done.done():
                group[0].done.set_exception(fault)
            return
        start = 0
        for waiting in group:
            rows = tuple(written[start : start + len(waiting.entries)])
            start += len(waiting.entries)
            if not waiting.done.done():
                waiting.done.set_result(rows)
        async with self._more:
            self._more.notify_all()

    async def _write(self, entries: Sequence[Entry]) -> list[Row]:
        if not entries:
            return []
        rows: list[Row] = []
        heads: dict[str, tuple[int, bytes]] = {}
        clock_ok = self._clock_ok()
        for seq, entry in enumerate(entries, self._newest_seq + 1):
            chained = entry.attempt or entry.lesson
            number, head = heads.get(chained) or await self._head(chained)
            head = hashlib.sha256(head + entry.kind.encode() + entry.body).digest()
            heads[chained] = (number + 1, head)
            rows.append(Row(seq, entry, self._boot, clock_ok, head))
        async with self._database.transaction() as connection:
            await connection.executemany("INSERT INTO journal VALUES (?,?,?,?,?,?,?,?,?,?,?)", map(_values, rows))
            await connection.executemany("INSERT INTO outbox VALUES (?)", [(row.seq,) for row in rows])
        self._heads |= heads
        if len(self._heads) > WAITING:
            self._heads.clear()
        self._newest_seq, self._pending = rows[-1].seq, self._pending + len(rows)
        self._commits += 1
        if self._commits % 64 == 1:
            self._bytes_used = await self._database.bytes_used()
        return rows

    async def _head(self, chained: str) -> tuple[int, bytes]:
        known = self._heads.get(chained)
        if known is None:
            of_attempt = "SELECT seq, chain FROM journal WHERE attempt = ?1"
            of_lesson = "SELECT seq, chain FROM journal WHERE attempt IS NULL AND lesson = ?1"
            sql = f"SELECT count(*), chain, max(seq) FROM ({of_attempt} UNION ALL {of_lesson})"  # noqa: S608 - fixed text
            number, head, _ = (await self._database.read(sql, (chained,)))[0]
            known = (number, head or b"")
        return known

    async def _rows(self, sql: str, values: Iterable[object]) -> tuple[Row, ...]:
        return tuple(map(_row, await self._database.read(sql, values)))


def _values(row: Row) -> tuple[object, ...]:
    e = row.entry
    checksum = zlib.crc32(e.body, zlib.crc32(row.chain))
    return (
        row.seq, e.kind, e.lesson, e.attempt, e.t_utc_ms, e.t_mono_ns, row.boot, int(row.clock_ok), e.body, row.chain, checksum,
    )  # fmt: skip


def _row(values: Any) -> Row:
    seq, kind, lesson, attempt, t_utc_ms, t_mono_ns, boot, clock_ok, body, chain, checksum = values
    if zlib.crc32(body, zlib.crc32(chain)) != checksum:
        raise RowDamaged(seq)
    return Row(seq, Entry(kind, lesson, attempt, t_utc_ms, t_mono_ns, body), boot, bool(clock_ok), chain)
