"""What an attempt is worth: worked out anew from all its rows whenever one has come, so that order and doubles change nothing.

Within a journal the sequence tells what was last, whatever the clock said. An attempt may have rows in two epochs (a journal that
was damaged and salvaged, or put back from a copy): then the epoch whose last row is the newest goes last. A result takes the place
of a correction before it, as at the gateway.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import msgspec

from cloud_sync.contract.messages import Body, Corrected, LessonOpened, Result

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

_ROWS: Final = (
    "SELECT attempt, epoch, seq, t_utc_ms, lesson, body FROM json_each(?) CROSS JOIN event INDEXED BY event_attempt"
    " ON gateway = ? AND attempt = value WHERE kind IN ('result', 'corrected') ORDER BY attempt, epoch, seq"
)
_BODY: Final = msgspec.json.Decoder(Body)
_COLUMNS: Final = (
    "class_id, pupil, activity, official, live, confidence, source, score, bonus, review, corrected, decided_utc_ms, unit, lesson"
)


def stand(connection: sqlite3.Connection, gateway: str, attempts: Iterable[str | None], now_ms: int) -> None:
    """Work out these attempts; `change` grows for those that are new or worth something else now."""
    names = sorted({attempt for attempt in attempts if attempt is not None})
    if not names:
        return
    rows: dict[str, list[tuple[str, int, int, str, bytes]]] = {}
    for attempt, *row in connection.execute(_ROWS, (json.dumps(names), gateway)):
        rows.setdefault(attempt, []).append((row[0], row[1], row[2], row[3], row[4]))
    standing = {attempt: _standing(of) for attempt, of in rows.items()}
    known = {
        attempt: tuple(row)
        for attempt, *row in connection.execute(
            f"SELECT attempt, {_COLUMNS} FROM json_each(?) CROSS JOIN result ON gateway = ? AND attempt = value",  # noqa: S608 - fixed text
            (json.dumps(names), gateway),
        )
    }
    classes = {lesson: _class_of(connection, gateway, lesson) for lesson in {worth[-1] for worth in standing.values() if worth}}
    (change,) = connection.execute("SELECT coalesce(max(change), 0) FROM result").fetchone()
    changed = []
    for attempt, worth in standing.items():
        if worth is None:
            continue
        row = (classes[worth[-1]], *worth)
        if known.get(attempt) != row:
            change += 1
            changed.append((gateway, attempt, *row, now_ms, change))
    marks = ", ".join("?" * 18)
    connection.executemany(
        f"INSERT OR REPLACE INTO result (gateway, attempt, {_COLUMNS}, received_utc_ms, change) VALUES ({marks})",  # noqa: S608 - fixed text
        changed,
    )


def name_classes(connection: sqlite3.Connection, gateway: str, lessons: Iterable[str], now_ms: int) -> None:
    """The opening of these lessons has come: results that came before it get their class."""
    for lesson in set(lessons):
        sql = "SELECT attempt FROM result WHERE gateway = ? AND lesson = ?"
        stand(connection, gateway, [attempt for (attempt,) in connection.execute(sql, (gateway, lesson)).fetchall()], now_ms)


def _standing(rows: list[tuple[str, int, int, str, bytes]]) -> tuple[Any, ...] | None:
    """The worth of one attempt from its rows (epoch, seq, time, lesson, body) by epoch and sequence; `None`: no result yet."""
    newest = {epoch: t_utc_ms for epoch, _, t_utc_ms, _, _ in rows}
    ordered = sorted(rows, key=lambda row: (newest[row[0]], row[0], row[1]))
    result: Result | None = None
    correction: Corrected | None = None
    decided_ms, lesson = 0, ""
    for _, _, t_utc_ms, of, raw in ordered:
        body = _BODY.decode(raw)
        if isinstance(body, Result):
            result, correction, decided_ms, lesson = body, None, t_utc_ms, of
        elif isinstance(body, Corrected):
            correction = body
    if result is None:
        return None
    corrected = correction is not None and correction.reason != "undone"
    return (
        result.pupil, result.activity, correction.count if correction else result.official, result.live, result.confidence,
        result.source, result.score, result.bonus, None if corrected else result.review, int(corrected), decided_ms, result.unit,
        lesson,
    )  # fmt: skip


def _class_of(connection: sqlite3.Connection, gateway: str, lesson: str) -> str:
    sql = (
        "SELECT body FROM event INDEXED BY event_lesson WHERE gateway = ? AND lesson = ? AND kind = 'lesson_opened'"
        " ORDER BY t_utc_ms DESC, epoch DESC, seq DESC LIMIT 1"
    )
    row = connection.execute(sql, (gateway, lesson)).fetchone()
    body = _BODY.decode(row[0]) if row else None
    return body.class_id if isinstance(body, LessonOpened) else ""
