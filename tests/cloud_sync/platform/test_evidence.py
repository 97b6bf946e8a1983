"""Evidence in parts: believed when all are here and the hash fits."""

from __future__ import annotations

import hashlib
from itertools import permutations
from typing import TYPE_CHECKING

import pytest

from cloud_sync.contract.directives import EvidencePart, SendEvidence
from cloud_sync.errors import DecodeError
from cloud_sync.platform.database import Database
from cloud_sync.platform.directives import Wanted, order
from cloud_sync.platform.evidence import read_evidence, take_part

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator
    from pathlib import Path

GATEWAY = "school.field"
DATA = (b"one", b"two", b"three")


@pytest.fixture
def database(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    one = Database(tmp_path / "platform.db")
    order(one.connection, GATEWAY, Wanted("evidence.a1", SendEvidence("a1")), 1)
    yield one.connection
    one.close()


def part(number: int, data: tuple[bytes, ...] = DATA, attempt: str = "a1") -> EvidencePart:
    return EvidencePart(1, attempt, number, len(data), hashlib.sha256(b"".join(data)).hexdigest(), data[number])


@pytest.mark.parametrize("numbers", [*permutations(range(3)), (0, 0, 1, 1, 2, 2)])
def test_parts_come_in_any_order_and_twice(database: sqlite3.Connection, numbers: tuple[int, ...]) -> None:
    for count, number in enumerate(numbers, 1):
        take_part(database, GATEWAY, part(number), 1)
        assert bool(list(read_evidence(database, GATEWAY, "a1"))) == (len(set(numbers[:count])) == 3), "not before it is whole"
    assert b"".join(read_evidence(database, GATEWAY, "a1")) == b"onetwothree"


def test_what_does_not_fit_its_hash_is_dropped_and_may_come_again(database: sqlite3.Connection) -> None:
    take_part(database, GATEWAY, part(0), 1)
    take_part(database, GATEWAY, part(1), 1)
    wrong = EvidencePart(1, "a1", 2, 3, part(2).sha256, b"forged")
    with pytest.raises(DecodeError, match="not what the hash says"):
        take_part(database, GATEWAY, wrong, 1)
    assert list(read_evidence(database, GATEWAY, "a1")) == []
    for number in range(3):
        take_part(database, GATEWAY, part(number), 1)
    assert list(read_evidence(database, GATEWAY, "a1")) == list(DATA)


def test_a_new_sending_takes_the_place_of_one_that_stopped(database: sqlite3.Connection) -> None:
    take_part(database, GATEWAY, part(0), 1)
    shorter = (b"other", b"film")
    take_part(database, GATEWAY, part(0, shorter), 1)
    take_part(database, GATEWAY, part(1, shorter), 1)
    assert list(read_evidence(database, GATEWAY, "a1")) == [b"other", b"film"]


def test_what_nobody_asked_for_is_refused(database: sqlite3.Connection) -> None:
    for gateway, one in ((GATEWAY, part(0, attempt="a2")), ("school.other", part(0))):
        with pytest.raises(DecodeError, match="nobody has asked"):
            take_part(database, gateway, one, 1)
    beyond = EvidencePart(1, "a1", 3, 3, part(0).sha256, b"")
    with pytest.raises(DecodeError, match="part 3 of 3"):
        take_part(database, GATEWAY, beyond, 1)
