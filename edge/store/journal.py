"""The journal: what has happened, in order, on disk before anyone is told.

Writers wait in a queue; one task takes all that wait, writes them in one transaction, and answers each when it is committed. So the
price of a commit is shared, and "saved" always means committed.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import sqlite3
import time
from dataclasses import dataclass
from heapq import nlargest
from typing import TYPE_CHECKING, Any, Final

from edge.store.database import translate
from edge.store.errors import RowDamaged, StoreError, StoreFull
from edge.store.journal_row import COLUMNS, Boot, Entry, Row, row_of, values_of
from edge.store.priority import MAKE_ROOM_AT, MOMENTS, MOMENTS_UP_TO, RESULTS_GO_AT, ROWS_A_STEP
from edge.store.undelivered import Undelivered

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from cloud_sync.spans import Span, Spans
    from edge.store.database import Database

__all__ = ["Entry", "Journal", "JournalStatus", "Row"]

log = logging.getLogger(__name__)

WAITING: Final = 1_000
"""Writers that may wait; one more waits for a place. An event is never dropped."""
MOST_ENTRIES_A_COMMIT: Final = 5_000
ENOUGH_COMPANY: Final = 100
"""So many entries at once need not wait for more."""
LESSONS_REMEMBERED: Final = 4
"""Lessons whose chains are in memory."""
LOOK_EVERY_BYTES: Final = 1 << 18
"""How full the file is, is asked after this much was written."""
LONGEST_SPANS: Final = 20
"""Room is made in so many spans of what was delivered: while results travel before moments there are thousands of single ones."""

NO_DEAD_LETTER: Final = "NOT EXISTS (SELECT 1 FROM dead_letter WHERE dead_letter.seq = journal.seq)"
"""A dead letter waits for a person: it is never removed to make room."""


def machine_offset_ms() -> int:
    """Wall clock minus monotonic clock of this machine, now."""
    return time.time_ns() // 1_000_000 - time.monotonic_ns() // 1_000_000


@dataclass(frozen=True, slots=True)
class JournalStatus:
    """For the saved chip and the technician.

    Attributes:
        refused: entries that were not taken since the start, because the file was full.
        purged: rows that had left the outbox and were removed to make room, since the start.
        faults: commits that the disk failed, since the start; nothing of them was answered with "saved".
        damaged: rows met whose checksum did not fit, since the start.
        salvaged: rows taken over from a damaged file at the start.
        left_behind: rows that the platform does not have and that could not be taken over.
        repaired: rows from before the clock was right whose wall time was put right, since the start.
    """

    newest_seq: int
    pending: int
    bytes_used: int
    bytes_limit: int
    commits: int
    set_aside: tuple[str, ...]
    refused: int = 0
    purged: int = 0
    faults: int = 0
    damaged: int = 0
    repaired: int = 0
    salvaged: int = 0
    left_behind: int = 0


@dataclass(slots=True)
class _Waiting:
    entries: Sequence[Entry]
    done: asyncio.Future[tuple[Row, ...]]


class Journal:
    """One writer over the gateway's database. `run` must be running for `append` to return.

    Args:
        boot: the start of the machine that monotonic times belong to.
        clock_ok: whether the wall clock can be believed now.
        group_ms: how long a commit waits for company.
        offset_ms: wall clock minus monotonic clock, now.
    """

    def __init__(
        self,
        database: Database,
        *,
        boot: str,
        clock_ok: Callable[[], bool],
        group_ms: float = 4.0,
        offset_ms: Callable[[], int] = machine_offset_ms,
    ) -> None:
        self._database, self._boot, self._clock_ok, self._offset_ms = database, boot, clock_ok, offset_ms
        self._group_s = group_ms / 1e3
        self._queue: asyncio.Queue[_Waiting] = asyncio.Queue(WAITING)
        self._heads: dict[str, dict[str | None, tuple[int, bytes]]] = {}
        self._runs: list[tuple[int, str]] = []
        self.undelivered = Undelivered(database, self._read)
        self._boots: dict[int, Boot] = {}
        self._boot_id = 0
        self._unsure = False
        self._newest_seq = self._bytes_used = self._commits = self._unasked = 0
        self._refused = self._purged = self._faults = self._damaged = self._repaired = 0
        self._early: set[int] = set()
        self._more = asyncio.Condition()
        self._in_hand: list[_Waiting] = []
        self._ended: StoreError | None = None

    @property
    def epoch(self) -> str:
        """Random id of the file: sequence numbers are unique within it."""
        return self._database.epoch

    async def load(self) -> None:
        """Learn how far the file has come; once, before `run`."""
        read = self._database.read
        self._newest_seq = await self._database.read_one("SELECT coalesce(max(seq), 0) FROM journal")
        self._runs = [(int(seq), str(lesson)) for seq, lesson in await read("SELECT * FROM lesson_run ORDER BY first_seq")]
        await self.undelivered.load()
        # A number that the platform has is never given again, also if the row itself is no longer there.
        self._newest_seq = max(self._newest_seq, self.undelivered.delivered.last(), self.undelivered.earlier.last())
        self._bytes_used = await self._database.bytes_used()
        await self._load_boots()

    async def append(self, entries: Sequence[Entry]) -> tuple[Row, ...]:
        """Write entries, all or none; when this returns they are committed.

        Raises:
            StoreFull: the limit is reached; nothing was written.
            StoreError: the writer has ended; nothing was written.
        """
        done: asyncio.Future[tuple[Row, ...]] = asyncio.get_running_loop().create_future()
        if self._ended is None:
            await self._queue.put(_Waiting(entries, done))
        if self._ended is not None:  # also when it ended while this waited for a place
            done.cancel()
            raise StoreError(str(self._ended))
        return await done

    async def run(self) -> None:
        """Commit what waits, in groups, until cancelled; what was accepted before the cancel is still committed."""
        try:
            while True:
                first = await self._queue.get()
                if len(first.entries) < ENOUGH_COMPANY:
                    await asyncio.sleep(self._group_s)
                self._in_hand = [first, *self._take_waiting(len(first.entries))]
                await self._commit(self._in_hand)
                if self._bytes_used >= MAKE_ROOM_AT * self._database.max_bytes:
                    await self._make_room()
        except Exception as exc:
            self._end(f"the journal's writer has failed ({type(exc).__name__}: {exc}): start the gateway again")
            raise
        finally:
            while self._ended is None and (rest := self._take_waiting(0)):
                await asyncio.shield(self._commit(rest))
            self._end("the journal is closed")

    async def lesson(self, lesson: str) -> tuple[Row, ...]:
        """All rows of a lesson, oldest first.

        Raises:
            RowDamaged: a row's checksum does not fit.
        """
        rows: list[Row] = []
        for low, high in self._spans_of(lesson):
            rows += await self._rows("SELECT * FROM journal WHERE seq BETWEEN ? AND ? ORDER BY seq", (low, high))
        return tuple(rows)

    async def newest_lesson(self) -> str | None:
        """The lesson of the newest row, or `None` in an empty journal."""
        return self._runs[-1][1] if self._runs else None

    async def pending(self, after_seq: int, max_events: int, max_bytes: int) -> tuple[Row, ...]:
        """Rows that the platform has not stored, after `after_seq`, within both bounds (but at least one, if there is one).

        A damaged row is left out, counted and logged: one row must not hold up all that come after it.
        """
        await self._learn_offset()
        kept: list[Row] = []
        used = 0
        for low, high in self.undelivered.delivered.gaps(after_seq + 1, self._newest_seq):
            sql = "SELECT * FROM journal WHERE seq BETWEEN ? AND ? ORDER BY seq LIMIT ?"
            for row in await self._rows(sql, (low, high, max_events - len(kept)), skip_damaged=True):
                used += len(row.entry.body)
                if kept and used > max_bytes:
                    return tuple(kept)
                kept.append(row)
            if len(kept) >= max_events:
                break
        return tuple(kept)

    async def free(self, up_to: int, gaps: Sequence[Span], also: Sequence[Span] = ()) -> int:
        """The platform has everything up to `up_to` but for `gaps`, and `also`: those leave the outbox, the gaps are pending again.

        A platform whose database was restored from an older copy asks so for what it has lost; for rows that were removed to make
        room it is told that they are gone.

        Returns:
            How many left. The journal itself keeps them.
        """
        newest = self._newest_seq
        stored = [(1, min(up_to, newest)), *((low, min(high, newest)) for low, high in also)]
        return await self.undelivered.mark(stored, [(low, min(high, newest)) for low, high in gaps])

    @property
    def newest_seq(self) -> int:
        """The number of the newest row."""
        return self._newest_seq

    @property
    def boots(self) -> Mapping[int, Boot]:
        """The starts of the machine, by the number that rows name them with."""
        return self._boots

    @property
    def early_boots(self) -> tuple[Boot, ...]:
        """Those that wrote rows before their clock was right, and whose clock is; the oldest first."""
        early = (self._boots[number] for number in sorted(self._early))
        return tuple(boot for boot in early if boot.utc_offset_ms is not None)

    async def outgoing(self, wanted: Spans) -> list[Any]:
        """Rows that are to be sent, as they lie on disk: columns of `journal`, unchecked."""
        await self._learn_offset()
        return await self.undelivered.rows(wanted)

    async def mono_ns_at(self, seq: int) -> int | None:
        """The monotonic time of a row, or `None` when it is not there (any more) or damaged."""
        for values in await self._read("SELECT * FROM journal WHERE seq = ?", (seq,)):
            try:
                return row_of(values, self._boots).entry.t_mono_ns
            except RowDamaged:
                return None
        return None

    def met_damaged(self, many: int) -> None:
        """So many damaged rows were met by who sends them."""
        self._damaged += many

    async def begin_epoch(self, why: str) -> None:
        """What the platform does not have gets another epoch; the numbers go on."""
        self._database.epoch = await self.undelivered.begin_epoch(why)

    @property
    def freed_up_to(self) -> int:
        """All rows up to here have left the outbox."""
        return self.undelivered.delivered.whole_from_one()

    async def wait_for_more(self, after_seq: int) -> None:
        """Return when there is a row after `after_seq`."""
        async with self._more:
            await self._more.wait_for(lambda: self._newest_seq > after_seq)

    async def attempt_chain(self, attempt: str) -> tuple[int, bytes]:
        """How many rows an attempt has, and the head of their chain."""
        for lesson in dict.fromkeys(lesson for _, lesson in reversed(self._runs)):
            known = (await self._heads_of(lesson)).get(attempt)
            if known is not None:
                return known
        return 0, b""

    async def check(self) -> None:
        """Return when the writer has turned once more; for the watchdog."""
        await self.append(())

    def status(self) -> JournalStatus:
        """How full, how far, how much is waiting."""
        return JournalStatus(
            self._newest_seq, self._newest_seq - len(self.undelivered.delivered), self._bytes_used, self._database.max_bytes,
            self._commits, self._database.set_aside, self._refused, self._purged, self._faults, self._damaged, self._repaired,
            self._database.salvaged.rows, self._database.salvaged.left,
        )  # fmt: skip

    def _end(self, why: str) -> None:
        """Nobody waits for a writer that does not come back."""
        if self._ended is None:
            self._ended = StoreError(why)
            for waiting in (*self._in_hand, *self._take_waiting(0)):
                if not waiting.done.done():
                    waiting.done.set_exception(StoreError(why))
                    waiting.done.exception()  # seen: its writer may have gone

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
            self._heads.clear()
            fault = translate(exc) if isinstance(exc, sqlite3.Error) else exc
            if len(group) > 1:
                for waiting in group:  # one writer's fault must not be another's
                    await self._commit([waiting])
                return
            if isinstance(fault, StoreFull):
                self._refused += len(group[0].entries)
                self._bytes_used = await self._database.bytes_used()
            else:
                self._faults += 1
            if not group[0].done.done():
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
        await self._learn_offset()
        if not entries:
            return []
        self._refuse_moments(entries)
        rows: list[Row] = []
        values: list[tuple[object, ...]] = []
        runs: list[tuple[int, str]] = []
        clock_ok, boot, boot_id = self._clock_ok(), self._boot, self._boot_id
        lesson = self._runs[-1][1] if self._runs else None
        heads = await self._heads_of(entries[0].lesson)
        if lesson != (lesson := entries[0].lesson):
            runs.append((self._newest_seq + 1, lesson))
        for seq, entry in enumerate(entries, self._newest_seq + 1):
            if entry.lesson != lesson:
                lesson = entry.lesson
                runs.append((seq, lesson))
                heads = await self._heads_of(lesson)
            number, head = heads.get(entry.attempt) or (0, b"")
            head = hashlib.sha256(head + entry.kind.encode() + entry.body).digest()
            heads[entry.attempt] = (number + 1, head)
            rows.append(Row(seq, entry, boot, clock_ok, head))
            values.append(values_of(seq, entry, boot_id, int(clock_ok), head))
        async with self._database.transaction() as connection:
            await connection.executemany("INSERT INTO journal VALUES (?,?,?,?,?,?,?,?,?,?,?)", values)
            if runs:
                await connection.executemany("INSERT INTO lesson_run VALUES (?, ?)", runs)
            if not clock_ok and boot_id not in self._early:
                await connection.execute("INSERT OR IGNORE INTO early_boot VALUES (?)", (boot_id,))
        if not clock_ok:
            self._unsure = True
            self._early.add(boot_id)
        self._runs += runs
        self._newest_seq = rows[-1].seq
        self._commits += 1
        self._unasked += sum(len(entry.body) for entry in entries)
        if self._commits % 64 == 1 or self._unasked >= LOOK_EVERY_BYTES:
            self._bytes_used, self._unasked = await self._database.bytes_used(), 0
        return rows

    def _refuse_moments(self, entries: Iterable[Entry]) -> None:
        if self._bytes_used >= MOMENTS_UP_TO * self._database.max_bytes and all(entry.kind in MOMENTS for entry in entries):
            raise StoreFull("the journal keeps its last room for results: raise store.max_bytes or connect the platform")

    # --- chains ---------------------------------------------------------------------------------------------------------

    def _spans_of(self, lesson: str) -> list[tuple[int, int]]:
        ends = [*(first - 1 for first, _ in self._runs), self._newest_seq][1:]
        return [(first, end) for (first, of), end in zip(self._runs, ends, strict=False) if of == lesson]

    async def _heads_of(self, lesson: str) -> dict[str | None, tuple[int, bytes]]:
        """The chains of a lesson by attempt (`None`: of the lesson itself), each with its number of rows and its head."""
        known = self._heads.get(lesson)
        if known is None:
            known = {}
            sql = "SELECT attempt, count(*), chain, max(seq) FROM journal WHERE seq BETWEEN ? AND ? GROUP BY attempt"
            for span in self._spans_of(lesson):
                for attempt, number, head, _ in await self._database.read(sql, span):
                    known[attempt] = (known.get(attempt, (0, b""))[0] + number, head)
            while len(self._heads) >= LESSONS_REMEMBERED:
                del self._heads[next(iter(self._heads))]
            self._heads[lesson] = known
        return known

    # --- room -----------------------------------------------------------------------------------------------------------

    async def _make_room(self) -> None:
        """Remove one step of what the platform has stored, of lessons before the newest; moments first, results last."""
        newest = min((first for first, lesson in self._runs if lesson == self._runs[-1][1]), default=0)
        spans = [(low, min(high, newest - 1)) for low, high in self.undelivered.delivered if low < newest]
        old = sorted(nlargest(LONGEST_SPANS, spans, key=lambda span: span[1] - span[0]))
        moments = ",".join("?" * len(MOMENTS))
        full = self._bytes_used / self._database.max_bytes
        for share, only, kinds in ((MAKE_ROOM_AT, f"AND kind IN ({moments})", tuple(MOMENTS)), (RESULTS_GO_AT, "", ())):
            if full < share:
                return
            for low, high in old:
                sql = f"SELECT seq FROM journal WHERE seq BETWEEN ? AND ? {only} AND {NO_DEAD_LETTER} ORDER BY seq LIMIT ?"  # noqa: S608 - fixed text
                going = await self._database.read(sql, (low, high, *kinds, ROWS_A_STEP))
                if going:
                    async with self._database.transaction() as connection:
                        await connection.executemany("DELETE FROM journal WHERE seq = ?", going)
                    await self._database.give_back_pages()
                    self._purged += len(going)
                    self._bytes_used = await self._database.bytes_used()
                    log.warning("journal purged=%d delivered rows of old lessons, to make room", len(going))
                    return

    # --- the clock ------------------------------------------------------------------------------------------------------

    async def _learn_offset(self) -> None:
        """Once the wall clock is right, note how it differs from the monotonic one: earlier rows are put right by it."""
        known = self._boots.get(self._boot_id)
        if known is None or known.utc_offset_ms is not None or not self._clock_ok():
            return
        offset_ms = self._offset_ms()
        async with self._database.transaction() as connection:
            await connection.execute("UPDATE boot SET utc_offset_ms = ? WHERE id = ?", (offset_ms, self._boot_id))
        self._boots[self._boot_id] = Boot(known.name, offset_ms)
        if self._unsure:  # only then it is worth to look at every row
            sql = "SELECT count(*) FROM journal WHERE boot = ? AND clock_ok = 0"
            self._repaired += int(await self._database.read_one(sql, (self._boot_id,)))
            log.info("boot=%s clock_offset_ms=%d rows_repaired=%d", self._boot, offset_ms, self._repaired)

    async def _load_boots(self) -> None:
        sql = "INSERT OR IGNORE INTO boot (name) VALUES (?)"
        async with self._database.transaction() as connection, connection.execute(sql, (self._boot,)) as done:
            self._unsure = done.rowcount == 0  # an earlier start of the program may have written without a clock
        self._early = {int(number) for (number,) in await self._database.read("SELECT boot FROM early_boot")}
        rows = await self._database.read("SELECT id, name, utc_offset_ms FROM boot")
        self._boots = {int(number): Boot(str(name), offset) for number, name, offset in rows}
        self._boot_id = next(number for number, boot in self._boots.items() if boot.name == self._boot)

    async def _rows(self, sql: str, values: Iterable[object], *, skip_damaged: bool = False) -> list[Row]:
        rows: list[Row] = []
        for found in await self._read(sql, values):
            try:
                rows.append(row_of(found, self._boots))
            except RowDamaged as exc:
                self._damaged += 1
                if not skip_damaged:
                    raise
                log.error("journal seq=%d damaged: it cannot be delivered", exc.seq)  # noqa: TRY400 - the trace tells nothing
        return rows

    async def _read(self, sql: str, values: Iterable[object]) -> list[Any]:
        """Rows; one whose text is no text any more comes as nothing but its number."""
        values = tuple(values)
        try:
            return await self._database.read(sql, values)
        except sqlite3.OperationalError as exc:
            if "decode" not in str(exc):
                raise
        rows = []
        for (seq,) in await self._database.read(f"SELECT seq FROM ({sql})", values):  # noqa: S608 - fixed text
            try:
                rows += await self._database.read("SELECT * FROM journal WHERE seq = ?", (seq,))
            except sqlite3.OperationalError:
                rows.append((seq, *[None] * (COLUMNS - 1)))
        return rows
