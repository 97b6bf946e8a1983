"""What the platform knows of each gateway: whether it is there, whether it is believed, how it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from cloud_sync.platform import holes
from cloud_sync.platform.clocks import set_clocks
from cloud_sync.platform.ledger import Ledger

if TYPE_CHECKING:
    import sqlite3

    from cloud_sync.contract.messages import Status, Telemetry


def heard_of(database: sqlite3.Connection, gateway: str, epoch: str, now_ms: int, state: str = "online") -> None:
    """It has sent something (by a stick: `offline`); it need not have told its status before."""
    database.execute(
        "INSERT INTO gateway (id, state, epoch, version, seen_utc_ms) VALUES (?, ?, ?, '', ?) ON CONFLICT DO UPDATE SET"
        " seen_utc_ms = excluded.seen_utc_ms, epoch = CASE epoch WHEN '' THEN excluded.epoch ELSE epoch END",
        (gateway, state, epoch, now_ms),
    )


def told_status(database: sqlite3.Connection, gateway: str, status: Status, now_ms: int) -> None:
    """It has come, and says what it calls delivered and how its clocks lay; or it has gone: its last will says no more."""
    database.execute(
        "INSERT INTO gateway (id, state, epoch, version, seen_utc_ms) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
        " state = excluded.state, epoch = excluded.epoch, version = excluded.version, seen_utc_ms = excluded.seen_utc_ms",
        (gateway, status.state, status.epoch, status.version, now_ms),
    )
    told_journal(database, gateway, status, now_ms)


def told_journal(database: sqlite3.Connection, gateway: str, status: Status, now_ms: int) -> None:
    """Of a status, what concerns the journal: also good where it came by a stick."""
    ledger = Ledger(database, gateway, status.epoch)
    if status.since_seq:
        holes.fill(database, gateway, status.epoch, ((1, status.since_seq),))
        ledger.begin_after(status.since_seq)
    ledger.claim(status.freed_up_to)
    ledger.save()
    set_clocks(database, gateway, status.clocks, now_ms)


def told_telemetry(database: sqlite3.Connection, gateway: str, telemetry: Telemetry) -> None:
    """How it is; what came last is the newest, whatever its clock says."""
    database.execute(
        "INSERT INTO telemetry (gateway, t_utc_ms, body) VALUES (?,?,?) ON CONFLICT DO UPDATE"
        " SET t_utc_ms = excluded.t_utc_ms, body = excluded.body",
        (gateway, telemetry.t_utc_ms, msgspec.json.encode(telemetry)),
    )


def is_revoked(database: sqlite3.Connection, gateway: str) -> bool:
    """Whether its data is refused."""
    row = database.execute("SELECT revoked FROM gateway WHERE id = ?", (gateway,)).fetchone()
    return bool(row and row[0])


def revoke(database: sqlite3.Connection, gateway: str, *, revoked: bool) -> None:
    """Refuse its data from now on, or take it again; what it could not deliver meanwhile is still in its outbox."""
    database.execute(
        "INSERT INTO gateway (id, state, epoch, version, seen_utc_ms, revoked) VALUES (?, 'offline', '', '', 0, ?)"
        " ON CONFLICT DO UPDATE SET revoked = excluded.revoked",
        (gateway, int(revoked)),
    )


def count_refused(database: sqlite3.Connection, gateway: str) -> None:
    """One of its messages was not taken; of one that nobody knows nothing is written down."""
    database.execute("UPDATE gateway SET refused = refused + 1 WHERE id = ?", (gateway,))


def trust(database: sqlite3.Connection, gateway: str, public_key: str) -> None:
    """Its sticks are signed by this key (64 hex digits)."""
    database.execute(
        "INSERT INTO gateway (id, state, epoch, version, seen_utc_ms, key) VALUES (?, 'offline', '', '', 0, ?)"
        " ON CONFLICT DO UPDATE SET key = excluded.key",
        (gateway, public_key),
    )


def key_of(database: sqlite3.Connection, gateway: str) -> str | None:
    """The key that its sticks are signed by, where a person has told it."""
    row = database.execute("SELECT key FROM gateway WHERE id = ?", (gateway,)).fetchone()
    return row[0] if row else None
