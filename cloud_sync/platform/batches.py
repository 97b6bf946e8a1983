"""One batch into the database, within a transaction of the caller: each event once, with its effect.

An event that the database or its effect refuses is found by halving the batch; it is set aside with the reason, the others are
stored. An event whose number another one has is set aside too: its gateway works on an old copy of its journal and must not believe
it delivered.
"""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, get_args

import msgspec

from cloud_sync.contract.messages import Body, Corrected, Event, LessonOpened, Refused, Result
from cloud_sync.platform import clocks, holes
from cloud_sync.platform.ledger import Ledger, spans_of
from cloud_sync.platform.parcels import MOST_REASON, BadEvent, Load
from cloud_sync.platform.standing import name_classes, stand
from cloud_sync.spans import minus, union

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloud_sync.spans import Spans

KINDS: Final[dict[type, str]] = {kind: str(kind.__struct_config__.tag) for kind in get_args(Body)}
ROW_FAULTS: Final = (sqlite3.IntegrityError, sqlite3.DataError, OverflowError, UnicodeError, msgspec.MsgspecError)
"""What one row can be to blame for. Anything else (a full disk, a lock) is the transaction's, which comes again as a whole."""
OLD_COPY: Final = "another event has this number: the gateway's journal is an old copy"
_INSERT: Final = (
    "INSERT INTO event (gateway, epoch, seq, kind, lesson, attempt, t_utc_ms, clock_ok, body, received_utc_ms, boot, t_mono_ns)"
    " VALUES (?,?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT (gateway, epoch, seq) DO NOTHING"
)


@dataclass(slots=True)
class Stored:
    """What became of a batch. `spans`: its numbers, all dealt with now."""

    new: int = 0
    known: int = 0
    refused: list[Refused] = field(default_factory=list)
    spans: Spans = ()


def store(database: sqlite3.Connection, load: Load, now_ms: int) -> Stored:
    """Store a batch and its effect."""
    gateway, epoch = load.gateway, load.epoch
    stored, aside = Stored(), list(load.bad)
    _insert_or_halve(database, gateway, epoch, load.events, now_ms, stored, aside)
    numbers = sorted({event.seq for event in load.events} | {one.seq for one in aside if one.seq is not None})
    spans = spans_of(numbers)
    holes.fill(database, gateway, epoch, spans)
    for one in aside:
        if _set_aside(database, gateway, epoch, one, now_ms) and one.seq is not None:
            stored.refused.append(Refused(one.seq, one.reason))
    ledger = Ledger(database, gateway, epoch)
    ledger.add(spans, stored.new)
    for gone in load.gone:
        absent = minus(((gone.first, gone.last),), ledger.present(gone.first, gone.last)) if gone.first <= gone.last else ()
        if gone.why != "earlier_epoch":
            holes.record(database, gateway, epoch, absent, gone.why)
        ledger.add(absent)
    ledger.save()
    stored.spans = union([*spans, *((gone.first, gone.last) for gone in load.gone)])
    return stored


def _insert_or_halve(
    database: sqlite3.Connection,
    gateway: str,
    epoch: str,
    events: Sequence[Event],
    now_ms: int,
    stored: Stored,
    aside: list[BadEvent],
) -> None:
    if not events:
        return
    database.execute("SAVEPOINT part")
    try:
        new, clashing = _insert(database, gateway, epoch, events, now_ms)
    except ROW_FAULTS as exc:
        database.execute("ROLLBACK TO part")
        database.execute("RELEASE part")
        if len(events) == 1:
            aside.append(BadEvent(events[0].seq, f"not stored: {exc}"[:MOST_REASON], msgspec.json.encode(events[0])))
            return
        half = len(events) // 2
        _insert_or_halve(database, gateway, epoch, events[:half], now_ms, stored, aside)
        _insert_or_halve(database, gateway, epoch, events[half:], now_ms, stored, aside)
        return
    database.execute("RELEASE part")
    stored.new += new
    stored.known += len(events) - new - len(clashing)
    aside.extend(clashing)


def _insert(
    database: sqlite3.Connection, gateway: str, epoch: str, events: Sequence[Event], now_ms: int
) -> tuple[int, list[BadEvent]]:
    """How many were new, and those whose number another event has."""
    encode, kinds = msgspec.json.encode, KINDS
    offsets = clocks.offsets(database, gateway) if not all(event.clock_ok for event in events) else {}
    rows: list[tuple[Any, ...]] = []
    attempts: set[str | None] = set()
    lessons: set[str] = set()
    for event in events:
        body = event.body
        kind = type(body)
        if kind is Result or kind is Corrected:
            attempts.add(event.attempt)
        elif kind is LessonOpened:
            lessons.add(event.lesson)
        t_utc_ms, clock_ok = (event.t_utc_ms, 1) if event.clock_ok else clocks.put_right(event, offsets)
        rows.append((
            gateway, epoch, event.seq, kinds[kind], event.lesson, event.attempt, t_utc_ms, clock_ok, encode(body), now_ms,
            event.boot, event.t_mono_ns,
        ))  # fmt: skip
    before = database.total_changes
    database.executemany(_INSERT, rows)
    new = database.total_changes - before
    if new:
        _not_aside(database, gateway, epoch, events)
        stand(database, gateway, attempts, now_ms)
        name_classes(database, gateway, lessons, now_ms)
    return new, _clashes(database, gateway, epoch, events) if new < len(events) else []


def _not_aside(database: sqlite3.Connection, gateway: str, epoch: str, events: Sequence[Event]) -> None:
    """What was set aside and has come again, readable, is not set aside any more."""
    those = "FROM quarantine WHERE gateway = ? AND epoch = ? AND NOT clash AND seq"
    numbers = [event.seq for event in events]
    if database.execute(f"SELECT 1 {those} BETWEEN ? AND ? LIMIT 1", (gateway, epoch, min(numbers), max(numbers))).fetchone():
        database.executemany(f"DELETE {those} = ?", [(gateway, epoch, seq) for seq in numbers])


def _clashes(database: sqlite3.Connection, gateway: str, epoch: str, events: Sequence[Event]) -> list[BadEvent]:
    sql = (
        "SELECT seq, boot, t_mono_ns, kind FROM event WHERE gateway = ? AND epoch = ?"
        " AND seq IN (SELECT value FROM json_each(?)) AND (boot <> '' OR t_mono_ns <> 0)"
    )
    numbers = json.dumps([event.seq for event in events])
    here = {seq: tuple(row) for seq, *row in database.execute(sql, (gateway, epoch, numbers))}
    return [
        BadEvent(event.seq, OLD_COPY, msgspec.json.encode(event), clash=True)
        for event in events
        if here.get(event.seq, same := (event.boot, event.t_mono_ns, KINDS[type(event.body)])) != same
    ]


def _set_aside(database: sqlite3.Connection, gateway: str, epoch: str, one: BadEvent, now_ms: int) -> bool:
    """Whether it is refused: not, when the event of that number is here, and this was a spoilt copy of it."""
    if one.seq is not None and not one.clash:
        sql = "SELECT 1 FROM event WHERE gateway = ? AND epoch = ? AND seq = ?"
        if database.execute(sql, (gateway, epoch, one.seq)).fetchone():
            return False
    same = "seq = ? AND clash = ?" if one.seq is not None else "seq IS NULL AND wire = ? AND clash = ?"
    there = f"SELECT 1 FROM quarantine WHERE gateway = ? AND epoch = ? AND {same}"  # noqa: S608 - fixed text
    if not database.execute(there, (gateway, epoch, one.wire if one.seq is None else one.seq, int(one.clash))).fetchone():
        database.execute(
            "INSERT INTO quarantine (gateway, epoch, seq, reason, wire, received_utc_ms, clash) VALUES (?,?,?,?,?,?,?)",
            (gateway, epoch, one.seq, one.reason, one.wire, now_ms, int(one.clash)),
        )
    return True
