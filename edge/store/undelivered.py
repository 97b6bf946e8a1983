"""What of the journal the platform does not have, in two lanes: results first, then everything in its order.

`delivered` is kept as spans. Results that travel before older moments leave holes between them, so a receipt changes a few spans of
many; only those are written.
"""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
from typing import TYPE_CHECKING, Any, Final

from cloud_sync.spans import SpanSet, union
from edge.store.dead_letters import DeadLetters
from edge.store.journal_row import span_checksum

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Sequence

    from cloud_sync.flight import Lane
    from cloud_sync.spans import Span, Spans
    from edge.store.database import Database

log = logging.getLogger(__name__)

RESULTS: Final = ("lesson_opened", "result_decided", "corrected", "undone")
"""What a person waits for: results, what was corrected of them, and what the platform needs to name their class."""
IS_RESULT: Final = f"kind <> 'skips_counted' AND ({' OR '.join(f'kind = {kind!r}' for kind in RESULTS)})"
"""Word for word the condition of the partial index in schema 0006, or SQLite does not use it."""
NEAR: Final = 64
"""Spans so near to each other are read as one."""
MOST_READS: Final = 4
"""More spans than this are read by their numbers."""


class Undelivered:
    """The outbox of a journal. `load` first.

    Args:
        read: rows of the journal, also where a text is damaged.

    Attributes:
        delivered: what the platform has, or was told that it never comes.
        earlier: delivered under an earlier epoch, beyond `since_seq`.
        since_seq: the numbers of this epoch begin after it.
    """

    def __init__(self, database: Database, read: Callable[[str, Iterable[object]], Awaitable[list[Any]]]) -> None:
        self._database, self._read = database, read
        self.letters = DeadLetters(database)
        self.delivered, self.earlier = SpanSet(), SpanSet()
        self.since_seq = 0
        self._results_after = 0
        self._changing = asyncio.Lock()

    async def load(self) -> None:
        """Learn how far the platform has come."""
        read = self._database.read
        self.delivered = SpanSet((int(low), int(high)) for low, high in await read("SELECT low, high FROM delivered"))
        self.earlier = SpanSet((int(low), int(high)) for low, high in await read("SELECT low, high FROM earlier_epoch"))
        self.since_seq = int(await self._database.read_one("SELECT value FROM about WHERE key = 'since_seq'") or 0)
        await self.letters.load()

    # --- what is to be sent ---------------------------------------------------------------------------------------------

    async def wanted(self, lane: Lane, out: SpanSet, newest_seq: int, most: int) -> Spans:
        """The next numbers of a lane that are neither delivered nor out, at most `most`."""
        if lane == "results":
            return await self._wanted_results(out, most)
        found: list[Span] = []
        for gap in self.delivered.gaps(self.delivered.whole_from_one() + 1, newest_seq):
            for low, high in out.gaps(*gap):
                high = min(high, low + most - 1)  # noqa: PLW2901 - a cut span
                found.append((low, high))
                most -= high - low + 1
                if most <= 0:
                    return tuple(found)
        return tuple(found)

    async def _wanted_results(self, out: SpanSet, most: int) -> Spans:
        sql = f"SELECT seq FROM journal INDEXED BY journal_results WHERE {IS_RESULT} AND seq > ? ORDER BY seq LIMIT ?"  # noqa: S608 - fixed text
        found: list[int] = []
        while len(found) < most:
            rows = await self._database.read(sql, (self._results_after, most))
            found += [
                seq for (seq,) in rows
                if seq > self.since_seq and seq not in self.delivered and seq not in out
                and seq not in self.letters.why and seq not in self.earlier
            ]  # fmt: skip
            if not found and rows:
                self._results_after = rows[-1][0]
            if found or len(rows) < most:
                break
        return union((seq, seq) for seq in found)

    def results_sent(self, up_to: int) -> None:
        """The results up to here are out: looking for more begins after them. What comes back travels with the moments."""
        self._results_after = max(self._results_after, up_to)

    async def rows(self, wanted: Spans) -> list[Any]:
        """The rows of these numbers as they lie on disk, in order; those that are not there are left out."""
        reads: list[Span] = []
        for low, high in wanted:
            if reads and low - reads[-1][1] <= NEAR:
                reads[-1] = (reads[-1][0], high)
            else:
                reads.append((low, high))
        if len(reads) <= MOST_READS:
            rows: list[Any] = []
            for span in reads:
                rows += await self._read("SELECT * FROM journal WHERE seq BETWEEN ? AND ? ORDER BY seq", span)
            if len(reads) == len(wanted):
                return rows
            chosen = SpanSet(wanted)
            return [row for row in rows if row[0] in chosen]
        numbers = json.dumps([seq for low, high in wanted for seq in range(low, high + 1)])
        sql = "SELECT * FROM journal WHERE seq IN (SELECT value FROM json_each(?)) ORDER BY seq"
        return await self._read(sql, (numbers,))

    async def oldest(self, newest_seq: int) -> int | None:
        """When the oldest row that is not delivered was written, UTC in ms."""
        for low, high in self.delivered.gaps(self.delivered.whole_from_one() + 1, newest_seq):
            sql = "SELECT t_utc_ms FROM journal WHERE seq BETWEEN ? AND ? ORDER BY seq LIMIT 1"
            rows = await self._database.read(sql, (low, high))
            if rows:
                return int(rows[0][0])
        return None

    # --- what has arrived -----------------------------------------------------------------------------------------------

    async def mark(self, stored: Iterable[Span], lacking: Sequence[Span]) -> int:
        """The platform has `stored`; what it is `lacking` is to be sent (again).

        Returns:
            How many numbers have left.
        """
        async with self._changing:
            before, after = self.delivered, self.delivered.copy()
            for low, high in stored:
                after.add(low, high)
            for low, high in lacking:
                after.discard(max(1, low), high)
            if lacking:
                self._results_after = 0
            await self._keep(after)
        return max(0, len(after) - len(before))

    async def begin_epoch(self, why: str) -> str:
        """What is not delivered gets another epoch; the numbers go on. The epoch."""
        async with self._changing:
            return await self._begin_epoch(why)

    async def _begin_epoch(self, why: str) -> str:
        since = max(self.since_seq, self.delivered.whole_from_one())
        earlier = SpanSet((*self.delivered, *self.earlier))
        earlier.discard(1, since)
        epoch = secrets.token_hex(8)
        delivered = SpanSet([(1, since)])
        async with self._database.transaction() as connection:
            await connection.execute("UPDATE about SET value = ? WHERE key = 'epoch'", (epoch,))
            await connection.execute("INSERT OR REPLACE INTO about VALUES ('since_seq', ?)", (str(since),))
            await connection.execute("DELETE FROM earlier_epoch")
            await connection.executemany("INSERT INTO earlier_epoch VALUES (?, ?)", list(earlier))
            await connection.execute("DELETE FROM delivered")
            await connection.executemany("INSERT INTO delivered VALUES (?, ?, ?)", _with_checksum(delivered))
        self.delivered, self.earlier, self.since_seq, self._results_after = delivered, earlier, since, 0
        log.error("journal epoch=%s since_seq=%d told_as_gone=%d: %s", epoch, since, len(earlier), why)
        return epoch

    async def _keep(self, after: SpanSet) -> None:
        """Write what has changed: a few spans of many."""
        if not after.changes:
            return
        gone = [(low,) for low, high in after.changes.items() if high is None]
        new = [(low, high) for low, high in after.changes.items() if high is not None]
        async with self._database.transaction() as connection:
            await connection.executemany("DELETE FROM delivered WHERE low = ?", gone)
            await connection.executemany("INSERT OR REPLACE INTO delivered VALUES (?, ?, ?)", _with_checksum(new))
        after.changes.clear()
        self.delivered = after


def _with_checksum(spans: Iterable[Span]) -> list[tuple[int, int, int]]:
    return [(low, high, span_checksum(low, high)) for low, high in spans]
