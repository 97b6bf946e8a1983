"""The platform's database for tests: in memory, or a file made from one that is ready."""

from __future__ import annotations

import sqlite3
import zlib
from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec

from cloud_sync.contract.codec import encode
from cloud_sync.contract.messages import Batch, Event, Gone
from cloud_sync.platform.database import SCHEMA
from cloud_sync.platform.parcels import Parcel

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

GATEWAY = "school.field"


def memory() -> sqlite3.Connection:
    """A database with today's tables and nothing in them."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.deserialize(_empty())
    return connection


@cache
def _empty() -> bytes:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    for file in sorted(SCHEMA.glob("[0-9]*.sql")):
        connection.executescript(file.read_text(encoding="utf-8"))
    return connection.serialize()


def of_schema(file: Path, version: int) -> None:
    """Make a file as an older platform has left it."""
    connection = sqlite3.connect(file, isolation_level=None)
    for script in sorted(SCHEMA.glob("[0-9]*.sql"))[:version]:
        connection.executescript(script.read_text(encoding="utf-8"))
    connection.execute(f"PRAGMA user_version={version}")
    connection.close()


def batch(*events: Event | dict[str, Any], epoch: str = "epoch1", gone: Sequence[Gone] = (), gateway: str = GATEWAY) -> Parcel:
    """A batch as it comes; a `dict` stands for an event that no contract knows."""
    if all(isinstance(event, Event) for event in events):
        wire = encode(Batch(1, gateway, epoch, tuple(events), tuple(gone)))  # type: ignore[arg-type]
    else:
        loose = {"v": 1, "gateway": gateway, "epoch": epoch, "events": events, "gone": gone}
        wire = zlib.compress(msgspec.json.encode(loose))
    return Parcel(gateway, "events", wire)


def tables(connection: sqlite3.Connection) -> dict[str, list[tuple[Any, ...]]]:
    """What is stored, but for when it came."""
    asked = {
        "event": "SELECT gateway, epoch, seq, kind, lesson, attempt, t_utc_ms, clock_ok, body, boot, t_mono_ns FROM event",
        "result": (
            "SELECT gateway, attempt, class_id, pupil, activity, official, live, confidence, source, score, bonus, review,"
            " corrected, decided_utc_ms, unit, lesson FROM result"
        ),
        "progress": "SELECT * FROM progress",
        "span": "SELECT * FROM span",
        "hole": "SELECT * FROM hole",
        "clock": "SELECT * FROM clock",
        "quarantine": "SELECT gateway, epoch, seq, reason, wire, clash FROM quarantine",
    }
    return {name: sorted(connection.execute(sql).fetchall(), key=repr) for name, sql in asked.items()}
