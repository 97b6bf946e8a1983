"""What SQLite's own check cannot see: rows whose bytes are not what was written, in what the gateway needs at its start.

The newest lesson is looked at row by row, and what says how far the platform has come; older rows are looked at when they are read,
so a start does not wait for a year of lessons.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from edge.store.errors import RowDamaged
from edge.store.journal_row import Boot, row_of, span_checksum

if TYPE_CHECKING:
    import sqlite3

SINCE: Final = 5
"""Schema whose rows are under checksums of today."""


def damaged_rows(connection: sqlite3.Connection) -> str | None:
    """What is wrong, or `None`.

    Raises:
        sqlite3.DatabaseError: a value cannot even be read.
    """
    if connection.execute("PRAGMA user_version").fetchone()[0] < SINCE:
        return None
    for low, high, checksum in connection.execute("SELECT low, high, checksum FROM delivered"):
        if span_checksum(low, high) != checksum:
            return f"what was delivered is damaged at row {low}"
    runs = connection.execute("SELECT first_seq, lesson FROM lesson_run ORDER BY first_seq").fetchall()
    boots = {number: Boot(name, offset) for number, name, offset in connection.execute("SELECT * FROM boot")}
    told = "SELECT first_seq FROM lesson_run JOIN journal ON seq = first_seq WHERE journal.lesson <> lesson_run.lesson"
    if (wrong := connection.execute(told).fetchone()) is not None:
        return f"the lesson that begins at row {wrong[0]} has two names"
    if not runs:
        return None
    first = min(first for first, lesson in runs if lesson == runs[-1][1])
    try:
        for values in connection.execute("SELECT * FROM journal WHERE seq >= ? ORDER BY seq", (first,)):
            row_of(values, boots)
    except RowDamaged as exc:
        return str(exc)
    return None
