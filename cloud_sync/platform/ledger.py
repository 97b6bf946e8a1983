"""How much of one journal is here: whole up to a number, spans beyond it, and what the gateway has called delivered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cloud_sync.spans import minus, size, union

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from cloud_sync.spans import Span, Spans

MOST_GAPS: Final = 100
"""As many as a receipt holds; the next receipt tells the next ones."""


class Ledger:
    """The account of one `(gateway, epoch)` within a transaction. What has changed is written by `save`.

    Attributes:
        whole_to: everything up to here is stored, in quarantine, missing for good, or of an earlier epoch.
        claimed: up to here the gateway has called its rows delivered.
    """

    def __init__(self, connection: sqlite3.Connection, gateway: str, epoch: str) -> None:
        self._connection, self._of = connection, (gateway, epoch)
        sql = "SELECT whole_to, newest, since_seq, claimed, events FROM progress WHERE gateway = ? AND epoch = ?"
        row: tuple[int, int, int, int, int] | None = connection.execute(sql, self._of).fetchone()
        self.whole_to, self._newest, self._since, self.claimed, self._events = row or (0, 0, 0, 0, 0)

    def add(self, spans: Spans, new_events: int = 0) -> None:
        """These numbers are here (now, or were before)."""
        self._events += new_events
        if not spans:
            return
        self._newest = max(self._newest, spans[-1][1])
        if spans[-1][1] <= self.whole_to:
            return
        near = self._near(max(spans[0][0], self.whole_to + 1) - 1, spans[-1][1] + 1)
        joined = union([(1, self.whole_to), *near, *spans])
        if joined[0][0] == 1:
            self.whole_to = joined[0][1]
            joined = joined[1:]
        before, after = set(near), set(joined)
        self._connection.executemany(
            "DELETE FROM span WHERE gateway = ? AND epoch = ? AND last = ?", [(*self._of, last) for _, last in before - after]
        )
        self._connection.executemany("INSERT INTO span VALUES (?, ?, ?, ?)", [(*self._of, *span) for span in after - before])

    def begin_after(self, since_seq: int) -> None:
        """The numbers of this epoch begin after this one: those before are of an earlier epoch."""
        if since_seq > self._since:
            self._since = since_seq
            self.add(((1, since_seq),))

    def claim(self, up_to: int) -> None:
        """The gateway has called everything up to here delivered."""
        self.claimed = max(self.claimed, up_to)

    def present(self, first: int, last: int) -> Spans:
        """What of these numbers is here."""
        return union([(1, self.whole_to), *self._near(first, last)])

    def gaps(self, most: int = MOST_GAPS) -> tuple[Span, ...]:
        """What the gateway has called delivered and is not here: the first ones. Costs nothing where there is no such claim."""
        if self.claimed <= self.whole_to:
            return ()
        found: list[Span] = []
        at = self.whole_to + 1
        for first, last in self._walk(at):
            if len(found) == most or first > self.claimed:
                break
            if first > at:
                found.append((at, first - 1))
            at = last + 1
        if at <= self.claimed and len(found) < most:
            found.append((at, self.claimed))
        return tuple(found)

    def missing(self) -> int:
        """How many events are in all gaps."""
        if self.claimed <= self.whole_to:
            return 0
        return size(minus(((self.whole_to + 1, self.claimed),), self._near(self.whole_to + 1, self.claimed)))

    def witness_mono_ns(self) -> int | None:
        """The monotonic time of the event at `whole_to`, where an event is there."""
        sql = "SELECT t_mono_ns, boot FROM event WHERE gateway = ? AND epoch = ? AND seq = ?"
        row = self._connection.execute(sql, (*self._of, self.whole_to)).fetchone()
        return row[0] if row and (row[0] or row[1]) else None

    def save(self) -> None:
        """Write the account."""
        self._connection.execute(
            "INSERT INTO progress (gateway, epoch, whole_to, newest, since_seq, claimed, events) VALUES (?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (gateway, epoch) DO UPDATE SET whole_to = excluded.whole_to, newest = excluded.newest,"
            " since_seq = excluded.since_seq, claimed = excluded.claimed, events = excluded.events",
            (*self._of, self.whole_to, self._newest, self._since, self.claimed, self._events),
        )

    def _near(self, low: int, high: int) -> Spans:
        found = []
        for first, last in self._walk(low):
            if first > high:
                break
            found.append((first, last))
        return tuple(found)

    def _walk(self, low: int) -> sqlite3.Cursor:
        sql = "SELECT first, last FROM span WHERE gateway = ? AND epoch = ? AND last >= ? ORDER BY last"
        return self._connection.execute(sql, (*self._of, low))


def spans_of(numbers: Sequence[int]) -> Spans:
    """Ascending numbers, none twice, as spans."""
    if numbers and numbers[-1] - numbers[0] == len(numbers) - 1:
        return ((numbers[0], numbers[-1]),)
    return union((number, number) for number in numbers)
