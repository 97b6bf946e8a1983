"""What gateways are to be told: kept until it is answered, expires, or is replaced by a newer version of the same key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from cloud_sync.contract.directives import Directive, DirectiveBody, Report
from cloud_sync.contract.messages import VERSION
from cloud_sync.errors import DecodeError, PermanentError

if TYPE_CHECKING:
    import random
    import sqlite3
    from collections.abc import Sequence

    from cloud_sync.contract.directives import Answer

AT_ONCE: Final = 200
"""Directives that go out in one go; ten thousand gateways that come back are told one after the other."""
FIRST_WAIT_MS: Final = 5_000
LONGEST_WAIT_MS: Final = 600_000
REPORT_KEY: Final = "report.journal"
REPORT_WITHIN_MS: Final = 600_000
_BODY: msgspec.json.Decoder[DirectiveBody] = msgspec.json.Decoder(DirectiveBody)


class Wanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A directive as a person writes it down.

    Attributes:
        version: has to be newer than what was given before under this key; by default it is.
    """

    key: str
    body: DirectiveBody
    version: int | None = None
    expires_utc_ms: int | None = None


def read_wanted(text: bytes) -> list[Wanted]:
    """One directive, or a list of them, in JSON.

    Raises:
        DecodeError: not such a thing; the text says where.
    """
    try:
        if text.lstrip()[:1] == b"[":
            return msgspec.json.decode(text, type=list[Wanted])
        return [msgspec.json.decode(text, type=Wanted)]
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as exc:
        raise DecodeError(f"directive: {exc}") from exc


def order(database: sqlite3.Connection, gateway: str, wanted: Wanted, now_ms: int) -> Directive:
    """Have a gateway told something; an older version of the key that waits is replaced.

    Raises:
        PermanentError: not a directive of the contract, or its version is not newer.
    """
    sql = "SELECT max(version) FROM directive WHERE gateway = ? AND key = ?"
    (newest,) = database.execute(sql, (gateway, wanted.key)).fetchone()
    # The time as a version: it grows also when the platform was restored from yesterday and has forgotten the newest.
    version = wanted.version if wanted.version is not None else max(now_ms, (newest or 0) + 1)
    if newest is not None and version <= newest:
        raise PermanentError(f"directive {wanted.key}: version {version} is not newer than {newest}, which was given before")
    try:
        directive = msgspec.convert(
            {
                "v": VERSION,
                "gateway": gateway,
                "key": wanted.key,
                "version": version,
                "issued_utc_ms": now_ms,
                "expires_utc_ms": wanted.expires_utc_ms,
                "body": msgspec.to_builtins(wanted.body),
            },
            Directive,
        )
    except msgspec.ValidationError as exc:
        raise PermanentError(f"directive {wanted.key[:90]!r}: {exc}") from exc
    database.execute(
        "UPDATE directive SET state = 'replaced' WHERE gateway = ? AND key = ? AND state = 'waiting'", (gateway, wanted.key)
    )
    database.execute(
        "INSERT INTO directive (gateway, key, version, issued_utc_ms, expires_utc_ms, body) VALUES (?,?,?,?,?,?)",
        (gateway, directive.key, version, now_ms, wanted.expires_utc_ms, msgspec.json.encode(directive.body)),
    )
    return directive


def ask_for_report(database: sqlite3.Connection, gateway: str, now_ms: int) -> None:
    """Ask what it calls delivered: a platform that was put back from a copy learns what it lost."""
    order(database, gateway, Wanted(REPORT_KEY, Report(), expires_utc_ms=now_ms + REPORT_WITHIN_MS), now_ms)


def something_is_due(database: sqlite3.Connection, now_ms: int) -> bool:
    """Whether `due` would do anything; only looks."""
    sql = (
        "SELECT 1 FROM directive LEFT JOIN gateway ON id = gateway WHERE directive.state = 'waiting'"
        " AND (expires_utc_ms < ? OR (next_utc_ms <= ? AND gateway.state = 'online' AND NOT revoked)) LIMIT 1"
    )
    return database.execute(sql, (now_ms, now_ms)).fetchone() is not None


def due(database: sqlite3.Connection, now_ms: int, draw: random.Random) -> Sequence[Directive]:
    """What is to be sent now, to gateways that are there; each is due again after a while (full jitter) until it is answered."""
    database.execute("UPDATE directive SET state = 'expired' WHERE state = 'waiting' AND expires_utc_ms < ?", (now_ms,))
    sql = (
        "SELECT gateway, directive.key, directive.version, issued_utc_ms, expires_utc_ms, body, tries"
        " FROM directive JOIN gateway ON id = gateway WHERE directive.state = 'waiting' AND next_utc_ms <= ?"
        " AND gateway.state = 'online' AND NOT revoked ORDER BY next_utc_ms LIMIT ?"
    )
    directives = []
    for gateway, key, version, issued_ms, expires_ms, body, tries in database.execute(sql, (now_ms, AT_ONCE)).fetchall():
        wait_ms = FIRST_WAIT_MS + draw.randrange(min(LONGEST_WAIT_MS, FIRST_WAIT_MS << min(tries, 10)))
        database.execute(
            "UPDATE directive SET tries = tries + 1, next_utc_ms = ? WHERE gateway = ? AND key = ? AND version = ?",
            (now_ms + wait_ms, gateway, key, version),
        )
        directives.append(Directive(VERSION, gateway, key, version, issued_ms, expires_ms, _BODY.decode(body)))
    return directives


def gateway_is_back(database: sqlite3.Connection, gateway: str, now_ms: int) -> None:
    """What waits for it is due now, not when its back-off ends."""
    sql = "UPDATE directive SET next_utc_ms = ? WHERE gateway = ? AND state = 'waiting' AND next_utc_ms > ?"
    database.execute(sql, (now_ms, gateway, now_ms))


def answered(database: sqlite3.Connection, gateway: str, answer: Answer, now_ms: int) -> None:
    """A gateway says what became of a directive. The first answer stands: later ones are of repeats."""
    database.execute(
        "UPDATE directive SET state = 'answered', outcome = ?, reason = ?, answered_utc_ms = ?"
        " WHERE gateway = ? AND key = ? AND version = ? AND outcome IS NULL",
        (answer.outcome, answer.reason, now_ms, gateway, answer.key, answer.version),
    )
