"""What the page shows, read from the database: counters where they are kept, so that nobody counts a million rows."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

import msgspec

from cloud_sync.contract.messages import Telemetry
from cloud_sync.platform.ledger import Ledger
from cloud_sync.platform.views import GatewayView, HoleView, PlatformView, ResultView, SummaryView, TelemetryView

if TYPE_CHECKING:
    import sqlite3

NEWEST_RESULTS: Final = 60
NEWEST_HOLES: Final = 3
_TELEMETRY: Final = msgspec.json.Decoder(Telemetry)


def view(database: sqlite3.Connection) -> PlatformView:
    """Everything the page needs to draw itself; within a transaction, so that it is all of one moment."""
    return PlatformView(
        now_ms=time.time_ns() // 1_000_000,
        summary=_summary(database),
        gateways=_gateways(database),
        results=_results(database),
    )


def _summary(database: sqlite3.Connection) -> SummaryView:
    row = database.execute(
        "SELECT (SELECT count(*) FROM gateway), (SELECT count(*) FROM gateway WHERE state = 'online'),"
        " (SELECT count(DISTINCT pupil) FROM result), (SELECT count(*) FROM result),"
        " (SELECT coalesce(sum(events), 0) FROM progress), (SELECT count(*) FROM quarantine)"
    ).fetchone()
    names = ("gateways", "online", "pupils", "results", "events", "quarantined")
    return SummaryView(**dict(zip(names, row, strict=True)))


def _results(database: sqlite3.Connection) -> list[ResultView]:
    columns = (
        "gateway, class_id, attempt, pupil, activity, official, live, confidence, source, score, bonus, review, corrected,"
        " decided_utc_ms AS decided_ms, received_utc_ms AS received_ms, change, unit"
    )
    rows = _dicts(database, f"SELECT {columns} FROM result ORDER BY change DESC LIMIT {NEWEST_RESULTS}")  # noqa: S608 - fixed text
    return [ResultView(**row) for row in rows]


def _gateways(database: sqlite3.Connection) -> list[GatewayView]:
    sql = (
        "SELECT id, state, epoch, version, seen_utc_ms AS seen_ms, revoked, refused,"
        " (SELECT body FROM telemetry WHERE gateway = id) AS telemetry,"
        " (SELECT count(*) FROM directive WHERE gateway = id AND directive.state = 'waiting') AS directives"
        " FROM gateway ORDER BY id"
    )
    return [_gateway(database, row) for row in _dicts(database, sql)]


def _gateway(database: sqlite3.Connection, row: dict[str, Any]) -> GatewayView:
    ledger = Ledger(database, row["id"], row["epoch"])
    # What an earlier epoch has delivered is not missing; it has another number here.
    those = "FROM hole WHERE gateway = ? AND why <> 'earlier_epoch'"
    (lost,) = database.execute(f"SELECT coalesce(sum(last - first + 1), 0) {those}", (row["id"],)).fetchone()
    holes = database.execute(
        f"SELECT first, last, why {those} ORDER BY last DESC LIMIT {NEWEST_HOLES}",
        (row["id"],),
    )
    return GatewayView(
        **{**row, "revoked": bool(row["revoked"]), "telemetry": _telemetry(row["telemetry"])},
        stored_up_to=ledger.whole_to,
        missing=ledger.missing(),
        lost=lost,
        holes=[HoleView(first=first, last=last, why=why) for first, last, why in holes],
    )


def _telemetry(body: bytes | None) -> TelemetryView | None:
    if body is None:
        return None
    told = _TELEMETRY.decode(body)
    return TelemetryView(
        t_ms=told.t_utc_ms,
        waiting=told.waiting,
        oldest_waiting_ms=told.oldest_waiting_utc_ms,
        journal_fill=told.journal_fill,
        dead_letters=told.dead_letters,
        dropped=told.dropped,
        faults=list(told.faults),
    )


def _dicts(database: sqlite3.Connection, sql: str) -> list[dict[str, Any]]:
    rows = database.execute(sql)
    names = [column[0] for column in rows.description]
    return [dict(zip(names, row, strict=True)) for row in rows]
