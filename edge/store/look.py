"""A look at the journal's file from outside, also while the gateway has it open: nothing is changed, all is of one moment."""

from __future__ import annotations

import sqlite3
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any, get_args

from cloud_sync.spans import SpanSet, first_of
from edge.store.dead_letters import MOST_SHOWN, DeadLetter, Why
from edge.store.journal_row import Boot
from edge.store.undelivered import IS_RESULT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from cloud_sync.spans import Spans


class Look:
    """The file as it was at one moment. `look_at` makes one.

    Attributes:
        delivered: what the platform has.
        earlier: delivered under an earlier epoch.
        letters: number to reason of all dead letters.
        boots: the starts of the machine, by the number that rows name them with.
        early_boots: those that wrote rows before their clock was right, and whose clock is; the oldest first.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        about = dict(self._all("SELECT key, value FROM about"))
        self.epoch = str(about["epoch"])
        self.since_seq = int(about.get("since_seq", 0))
        self.delivered = SpanSet(self._all("SELECT low, high FROM delivered"))
        self.earlier = SpanSet(self._all("SELECT low, high FROM earlier_epoch"))
        self.letters: Mapping[int, Why] = {
            seq: why for seq, why in self._all("SELECT seq, why FROM dead_letter") if why in get_args(Why)
        }
        self.boots = {number: Boot(name, offset) for number, name, offset in self._all("SELECT id, name, utc_offset_ms FROM boot")}
        early = (self.boots[number] for (number,) in self._all("SELECT boot FROM early_boot ORDER BY boot") if number in self.boots)
        self.early_boots = tuple(boot for boot in early if boot.utc_offset_ms is not None)
        (written,) = self._all("SELECT coalesce(max(seq), 0) FROM journal")[0]
        self.newest_seq = max(int(written), self.delivered.last(), self.earlier.last())

    @property
    def waiting(self) -> int:
        """Events that the platform does not have."""
        return self.newest_seq - len(self.delivered)

    @property
    def results_waiting(self) -> int:
        """Of these, those that travel first."""
        sql = f"SELECT seq FROM journal INDEXED BY journal_results WHERE {IS_RESULT} AND seq > ?"  # noqa: S608 - fixed text
        after = self.delivered.whole_from_one()
        return sum(seq not in self.delivered for (seq,) in self._connection.execute(sql, (after,)))

    @property
    def oldest_waiting_utc_ms(self) -> int | None:
        """When the oldest of them happened, or `None`."""
        sql = "SELECT t_utc_ms FROM journal WHERE seq BETWEEN ? AND ? ORDER BY seq LIMIT 1"
        for gap in self.delivered.gaps(1, self.newest_seq):
            if rows := self._all(sql, *gap):
                return int(rows[0][0])
        return None

    @property
    def bytes_used(self) -> int:
        """Bytes of the file in use."""
        pages, free, page = (self._all(f"PRAGMA {name}")[0][0] for name in ("page_count", "freelist_count", "page_size"))
        return int((pages - free) * page)

    def dead_letters(self) -> list[DeadLetter]:
        """The newest hundred."""
        sql = "SELECT seq, why, reason, at_utc_ms FROM dead_letter ORDER BY at_utc_ms DESC, seq LIMIT ?"
        return [DeadLetter(*row) for row in self._all(sql, MOST_SHOWN)]

    def undelivered(self, most: int) -> Iterator[tuple[Spans, list[Any]]]:
        """What waits, in its order, so many numbers at a time: the numbers, and the rows as they lie on disk."""
        sql = "SELECT * FROM journal WHERE seq BETWEEN ? AND ? ORDER BY seq"
        some: list[tuple[int, int]] = []
        many = 0
        for low, high in self.delivered.gaps(1, self.newest_seq):
            rest: Spans = ((low, high),)
            while rest:
                head, rest = first_of(rest, most - many)
                some += head
                many += sum(b - a + 1 for a, b in head)
                if many >= most:
                    yield tuple(some), [row for span in some for row in self._all(sql, *span)]
                    some, many = [], 0
        if some:
            yield tuple(some), [row for span in some for row in self._all(sql, *span)]

    def _all(self, sql: str, *values: object) -> list[Any]:
        return self._connection.execute(sql, values).fetchall()


@contextmanager
def look_at(file: Path) -> Iterator[Look]:
    """Look at a journal's file.

    Raises:
        sqlite3.DatabaseError: it cannot be read, or is of an older schema than this version's.
    """
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
        connection.text_factory = lambda raw: raw.decode(errors="replace")  # a damaged text does not fit its checksum
        connection.execute("BEGIN")
        yield Look(connection)
