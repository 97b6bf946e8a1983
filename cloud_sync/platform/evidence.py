"""The signals of an attempt that a person has asked for: parts in any order, believed when all are here and the hash fits."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from cloud_sync.errors import DecodeError

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

    from cloud_sync.contract.directives import EvidencePart


def take_part(database: sqlite3.Connection, gateway: str, part: EvidencePart, now_ms: int) -> None:
    """Store a part.

    Raises:
        DecodeError: nobody has asked for it, its number is none of its parts, or all parts are here and are not what the hash says
            (they are dropped then, and come again with the next request).
    """
    if not _is_wanted(database, gateway, part.attempt):
        raise DecodeError(f"evidence of {part.attempt}: nobody has asked for it")
    if part.part >= part.parts:
        raise DecodeError(f"evidence of {part.attempt}: part {part.part} of {part.parts}")
    key = (gateway, part.attempt)
    row = database.execute("SELECT sha256, parts, whole FROM evidence WHERE gateway = ? AND attempt = ?", key).fetchone()
    if row and row[2] and row[0] == part.sha256:
        return
    if not row or row[:2] != (part.sha256, part.parts):
        _drop(database, key)
        database.execute(
            "INSERT INTO evidence (gateway, attempt, sha256, parts, received_utc_ms) VALUES (?,?,?,?,?)",
            (*key, part.sha256, part.parts, now_ms),
        )
    sql = "INSERT OR IGNORE INTO evidence_part (gateway, attempt, part, data) VALUES (?,?,?,?)"
    database.execute(sql, (*key, part.part, part.data))
    (here,) = database.execute("SELECT count(*) FROM evidence_part WHERE gateway = ? AND attempt = ?", key).fetchone()
    if here < part.parts:
        return
    if _hash(database, *key) != part.sha256:
        _drop(database, key)
        raise DecodeError(f"evidence of {part.attempt}: its parts are not what the hash says")
    sql = "UPDATE evidence SET whole = 1, received_utc_ms = ? WHERE gateway = ? AND attempt = ?"
    database.execute(sql, (now_ms, *key))


def read_evidence(database: sqlite3.Connection, gateway: str, attempt: str) -> Iterator[bytes]:
    """The parts of an attempt's evidence in their order; none while it is not whole."""
    sql = (
        "SELECT data FROM evidence_part AS p JOIN evidence AS e ON (e.gateway, e.attempt) = (p.gateway, p.attempt)"
        " WHERE p.gateway = ? AND p.attempt = ? AND whole ORDER BY part"
    )
    for (data,) in database.execute(sql, (gateway, attempt)):
        yield data


def _is_wanted(database: sqlite3.Connection, gateway: str, attempt: str) -> bool:
    sql = (
        "SELECT 1 FROM directive WHERE gateway = ? AND json_extract(body, '$.kind') = 'send_evidence'"
        " AND json_extract(body, '$.attempt') = ? LIMIT 1"
    )
    return database.execute(sql, (gateway, attempt)).fetchone() is not None


def _hash(database: sqlite3.Connection, gateway: str, attempt: str) -> str:
    whole = hashlib.sha256()
    sql = "SELECT data FROM evidence_part WHERE gateway = ? AND attempt = ? ORDER BY part"
    for (data,) in database.execute(sql, (gateway, attempt)):
        whole.update(data)
    return whole.hexdigest()


def _drop(database: sqlite3.Connection, key: tuple[str, str]) -> None:
    database.execute("DELETE FROM evidence_part WHERE gateway = ? AND attempt = ?", key)
    database.execute("DELETE FROM evidence WHERE gateway = ? AND attempt = ?", key)
