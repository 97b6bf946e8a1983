"""Directives out: kept until they are answered, expire, or are replaced."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest

from cloud_sync.contract.directives import Answer, Report, Setting
from cloud_sync.contract.messages import Status
from cloud_sync.errors import DecodeError, PermanentError
from cloud_sync.platform import gateways
from cloud_sync.platform.database import Database
from cloud_sync.platform.directives import (
    LONGEST_WAIT_MS,
    Wanted,
    answered,
    due,
    gateway_is_back,
    order,
    read_wanted,
    something_is_due,
)

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator
    from pathlib import Path

GATEWAY = "school.field"
NOW = 1_800_000_000_000
DRAW = random.Random(1)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    one = Database(tmp_path / "platform.db")
    gateways.told_status(one.connection, GATEWAY, Status(1, "online", "epoch1", 0, "test"), NOW)
    yield one.connection
    one.close()


def wanted(key: str = "report.now", version: int | None = None, expires: int | None = None) -> Wanted:
    return Wanted(key, Report(), version, expires)


def keys_due(database: sqlite3.Connection, now_ms: int) -> list[tuple[str, int]]:
    there = something_is_due(database, now_ms)
    found = [(one.key, one.version) for one in due(database, now_ms, DRAW)]
    assert there == bool(found)
    return found


def row(database: sqlite3.Connection, key: str = "report.now") -> Any:
    sql = "SELECT state, tries, outcome, reason FROM directive WHERE key = ? ORDER BY version DESC"
    return database.execute(sql, (key,)).fetchone()


def test_it_goes_out_again_and_again_until_it_is_answered(database: sqlite3.Connection) -> None:
    given = order(database, GATEWAY, wanted(), NOW)
    assert keys_due(database, NOW) == [("report.now", given.version)]
    assert keys_due(database, NOW + 1) == [], "not again at once"
    at, gaps = NOW, []
    for _ in range(12):
        (next_ms,) = database.execute("SELECT next_utc_ms FROM directive").fetchone()
        gaps.append(next_ms - at)
        at = next_ms
        assert len(keys_due(database, at)) == 1
    assert max(gaps) > 60_000, "seldom in the end"
    assert max(gaps) <= LONGEST_WAIT_MS + 5_000
    answered(database, GATEWAY, Answer(1, "report.now", given.version, "applied"), at)
    answered(database, GATEWAY, Answer(1, "report.now", given.version, "known"), at)
    assert keys_due(database, at + 10 * LONGEST_WAIT_MS) == []
    assert row(database) == ("answered", 13, "applied", ""), "the first answer stands: later ones are of repeats"


def test_who_is_away_or_revoked_is_not_told_until_he_is_back(database: sqlite3.Connection) -> None:
    order(database, GATEWAY, wanted(), NOW)
    gateways.told_status(database, GATEWAY, Status(1, "offline", "epoch1", 0, "test"), NOW)
    order(database, "school.unknown", wanted(), NOW)
    assert keys_due(database, NOW) == []
    gateways.told_status(database, GATEWAY, Status(1, "online", "epoch1", 0, "test"), NOW)
    gateways.revoke(database, GATEWAY, revoked=True)
    assert keys_due(database, NOW) == []
    gateways.revoke(database, GATEWAY, revoked=False)
    assert len(keys_due(database, NOW)) == 1
    assert keys_due(database, NOW + 1) == []
    gateway_is_back(database, GATEWAY, NOW + 1)
    assert len(keys_due(database, NOW + 1)) == 1, "back-off ends when the gateway comes back"


def test_a_newer_version_takes_the_place_and_an_older_one_is_not_taken(database: sqlite3.Connection) -> None:
    order(database, GATEWAY, wanted(version=5), NOW)
    order(database, GATEWAY, wanted(version=6), NOW)
    assert keys_due(database, NOW) == [("report.now", 6)]
    with pytest.raises(PermanentError, match="version 6 is not newer than 6"):
        order(database, GATEWAY, wanted(version=6), NOW)
    assert order(database, GATEWAY, wanted(), NOW).version == NOW, "grows also when the newest has been forgotten"
    assert order(database, GATEWAY, wanted(), NOW - 5).version == NOW + 1, "and when the clock goes back"


def test_what_has_expired_ends(database: sqlite3.Connection) -> None:
    order(database, GATEWAY, wanted(expires=NOW + 10), NOW)
    gateways.told_status(database, GATEWAY, Status(1, "offline", "epoch1", 0, "test"), NOW)
    assert something_is_due(database, NOW + 11)
    assert due(database, NOW + 11, DRAW) == []
    assert row(database)[0] == "expired"
    assert not something_is_due(database, NOW + 11)


def test_a_file_holds_one_or_many_and_is_checked() -> None:
    one = b'{"key": "setting.evidence", "body": {"kind": "setting", "name": "evidence.max_bytes", "value": 1}}'
    assert read_wanted(one) == [Wanted("setting.evidence", Setting("evidence.max_bytes", 1))]
    assert len(read_wanted(b" [" + one + b"," + one + b"]")) == 2
    for wrong in (b"x", b"[1]", one.replace(b"setting", b"format", 2), one.replace(b'"key"', b'"clef"'), b'"\xff"'):
        with pytest.raises(DecodeError, match="directive: "):
            read_wanted(wrong)


def test_a_key_that_is_none_is_not_taken(database: sqlite3.Connection) -> None:
    with pytest.raises(PermanentError, match="key"):
        order(database, GATEWAY, wanted("no key"), NOW)
