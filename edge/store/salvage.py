"""What can still be read of a damaged file is taken over into the new one.

The new file has a new epoch, so numbers that the platform has seen cannot come again with another meaning. A lesson is taken over
whole or not at all: half a lesson cannot be shown, and its results could not be told from a complete one's. Those that are left are
counted and stay in the file that was set aside.
"""

from __future__ import annotations

import logging
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from cloud_sync.spans import minus, size, union
from edge.store.errors import RowDamaged
from edge.store.journal_row import Boot, row_of, span_checksum, values_of

if TYPE_CHECKING:
    from pathlib import Path

log = logging.getLogger(__name__)

TABLES: Final = (
    "roster", "pupil", "standing", "band_sequence", "camera_picture", "camera_square", "camera_line",
    "directive", "directive_log", "told_roster", "told_pupil", "assignment", "contest", "told_setting",
)  # fmt: skip
"""In the order of their references."""
OPENING: Final = "lesson_opened"


@dataclass(frozen=True, slots=True)
class Salvage:
    """What came over.

    Attributes:
        rows: of the journal, of lessons that the platform does not have whole.
        left: rows that the platform does not have and that could not be taken over, as far as that can be told.
        others: rows of all other tables.
    """

    rows: int = 0
    left: int = 0
    others: int = 0


def salvage(new: Path, old: Path) -> Salvage:
    """Copy what is readable of `old` into `new`, which is empty and of the newest schema. Nothing is raised for what is not."""
    try:
        with closing(sqlite3.connect(f"file:{old}?mode=ro", uri=True)) as damaged, closing(sqlite3.connect(new)) as target:
            others = sum(_copy(table, damaged, target) for table in TABLES)
            rows, left = _journal(damaged, target)
            target.commit()
    except sqlite3.Error:
        log.exception("store=%s nothing salvaged", old.name)
        return Salvage()
    log.warning("store=%s salvaged rows=%d left=%d others=%d", old.name, rows, left, others)
    return Salvage(rows, left, others)


def _copy(table: str, damaged: sqlite3.Connection, target: sqlite3.Connection) -> int:
    copied = 0
    for row in _readable(damaged, f"SELECT * FROM {table}"):  # noqa: S608 - names of our own
        try:
            target.execute(f"INSERT OR IGNORE INTO {table} VALUES ({','.join('?' * len(row))})", row)  # noqa: S608 - the same
        except sqlite3.Error:  # a damaged value does not fit its column, or what it refers to is not there
            continue
        copied += 1
    return copied


def _readable(damaged: sqlite3.Connection, sql: str, values: tuple[object, ...] = ()) -> list[Any]:
    """Rows up to the first that cannot be read."""
    rows: list[Any] = []
    try:
        rows.extend(damaged.execute(sql, values))
    except (sqlite3.Error, UnicodeError, OverflowError) as exc:
        log.warning("salvage of %r ended early: %s", sql, exc)
    return rows


def _journal(damaged: sqlite3.Connection, target: sqlite3.Connection) -> tuple[int, int]:
    boots = {int(number): Boot(str(name), offset) for number, name, offset in _readable(damaged, "SELECT * FROM boot")}
    runs = _readable(damaged, "SELECT first_seq, lesson FROM lesson_run ORDER BY first_seq")
    newest = next(iter(_readable(damaged, "SELECT max(seq) FROM journal")), (0,))[0] or 0
    delivered = union(
        (low, high)
        for low, high, checksum in _readable(damaged, "SELECT low, high, checksum FROM delivered")
        if span_checksum(low, high) == checksum
    )
    ends = [*(first - 1 for first, _ in runs), newest][1:]
    spans: dict[str, list[tuple[int, int]]] = {}
    for (first, lesson), end in zip(runs, ends, strict=False):
        spans.setdefault(lesson, []).append((first, end))
    rows = left = seq = 0
    for lesson, of in spans.items():
        pending = size(minus(union(of), delivered))
        whole = _whole(damaged, of, boots) if pending else None
        if whole is None:
            left += pending
            continue
        target.execute("INSERT INTO lesson_run VALUES (?, ?)", (seq + 1, lesson))
        for values in whole:
            seq += 1
            row = row_of(values, boots)
            offset = boots[values[6]].utc_offset_ms
            target.execute("INSERT OR IGNORE INTO boot (name, utc_offset_ms) VALUES (?, ?)", (row.boot, offset))
            (boot,) = target.execute("SELECT id FROM boot WHERE name = ?", (row.boot,)).fetchone()
            written = values_of(seq, row.entry, boot, int(row.clock_ok), row.chain)
            target.execute("INSERT INTO journal VALUES (?,?,?,?,?,?,?,?,?,?,?)", written)
        rows += len(whole)
    return rows, left


def _whole(damaged: sqlite3.Connection, spans: list[tuple[int, int]], boots: dict[int, Boot]) -> list[Any] | None:
    """All rows of a lesson, or `None` when one of them is damaged or missing."""
    rows: list[Any] = []
    for span in spans:
        rows += _readable(damaged, "SELECT * FROM journal WHERE seq BETWEEN ? AND ? ORDER BY seq", span)
    try:
        kinds = [row_of(values, boots).entry.kind for values in rows]
    except RowDamaged:
        return None
    return rows if len(rows) == size(union(spans)) and kinds[:1] == [OPENING] else None
