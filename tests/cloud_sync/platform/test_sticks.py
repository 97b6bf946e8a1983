"""A stick is taken like the network: each event once, a receipt that names it, and only from whom one trusts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from cloud_sync.contract.codec import encode
from cloud_sync.contract.messages import Batch, ClockSet, Event, Gone, Status, Trip
from cloud_sync.errors import DecodeError, PermanentError
from cloud_sync.platform import gateways, looks
from cloud_sync.platform.database import Database
from cloud_sync.platform.intake import Intake
from cloud_sync.platform.parcels import Parcel
from cloud_sync.platform.sticks import import_stick
from cloud_sync.signing import public_key_of
from cloud_sync.stick import StickHeader, write_stick
from support.outbox import event

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

GATEWAY = "school.field"
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PLATFORM = Ed25519PrivateKey.from_private_bytes(bytes(32))
NOW = 1_800_000_000_000


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    one = Database(tmp_path / "platform.db")
    gateways.trust(one.connection, GATEWAY, public_key_of(KEY))
    yield one
    one.close()


def batch(*events: Event, gateway: str = GATEWAY, gone: tuple[Gone, ...] = ()) -> Batch:
    return Batch(1, gateway, "epoch1", events, gone)


def stick(folder: Path, *batches: Batch, freed_up_to: int = 0, clocks: tuple[ClockSet, ...] = ()) -> Path:
    status = Status(1, "offline", "epoch1", freed_up_to, "test", 0, clocks)
    write_stick(folder / "stick", StickHeader(1, GATEWAY, status, NOW, public_key_of(KEY)), batches, KEY)
    return folder / "stick"


def numbers(database: Database) -> list[int]:
    return [seq for (seq,) in database.connection.execute("SELECT seq FROM event ORDER BY seq")]


def test_a_stick_is_taken_once_however_often_it_comes(database: Database, tmp_path: Path) -> None:
    file = stick(tmp_path, *(batch(event(seq), event(seq + 1)) for seq in range(1, 101, 2)), batch(event(110), event(111)))
    first = import_stick(database, file, PLATFORM, NOW)
    assert (first.new, first.known) == (102, 0)
    assert (first.answer.receipt.stored_up_to, first.answer.receipt.also) == (100, ((110, 111),))
    assert (first.answer.public_key, first.answer.gateway) == (public_key_of(PLATFORM), GATEWAY)
    again = import_stick(database, file, PLATFORM, NOW)
    assert (again.new, again.known) == (0, 102)
    assert again.answer == first.answer
    assert numbers(database) == [*range(1, 101), 110, 111]


def test_what_came_by_network_meanwhile_stands_once_too(database: Database, tmp_path: Path) -> None:
    Intake(database).take([Parcel(GATEWAY, "events", encode(batch(*map(event, range(1, 60)))))], 100)
    done = import_stick(database, stick(tmp_path, batch(*map(event, range(40, 80)))), PLATFORM, NOW)
    assert (done.new, done.known, done.answer.receipt.stored_up_to) == (20, 20, 79)
    assert numbers(database) == list(range(1, 80))


def test_the_answer_asks_for_what_the_gateway_calls_delivered(database: Database, tmp_path: Path) -> None:
    done = import_stick(database, stick(tmp_path, batch(event(11)), freed_up_to=10), PLATFORM, NOW)
    assert (done.answer.receipt.stored_up_to, done.answer.receipt.gaps) == (0, ((1, 10),))


def test_clocks_and_what_is_gone_travel_too(database: Database, tmp_path: Path) -> None:
    wrong = Event(1, "lesson1", None, 5, 7_000_000_000, "boot1", False, Trip("band"))
    gone = (Gone(2, 4, "damaged"),)
    done = import_stick(database, stick(tmp_path, batch(wrong, gone=gone), clocks=(ClockSet("boot1", NOW),)), PLATFORM, NOW)
    assert done.answer.receipt.stored_up_to == 4
    assert database.connection.execute("SELECT t_utc_ms FROM event").fetchone() == (NOW + 7_000,)
    (shown,) = looks.view(database.connection).gateways
    assert (shown.state, shown.epoch, shown.lost) == ("offline", "epoch1", 3), "a stick does not make a gateway appear connected"


def test_only_a_key_that_a_person_has_told_is_believed(database: Database, tmp_path: Path) -> None:
    file = stick(tmp_path, batch(event(1)))
    gateways.trust(database.connection, GATEWAY, "00" * 32)
    with pytest.raises(PermanentError, match="another key"):
        import_stick(database, file, PLATFORM, NOW)
    database.connection.execute("DELETE FROM gateway")
    with pytest.raises(PermanentError, match="touchline platform trust "):
        import_stick(database, file, PLATFORM, NOW)
    gateways.trust(database.connection, GATEWAY, public_key_of(KEY))
    gateways.revoke(database.connection, GATEWAY, revoked=True)
    with pytest.raises(PermanentError, match="revoked"):
        import_stick(database, file, PLATFORM, NOW)
    assert numbers(database) == []
    assert database.connection.execute("SELECT count(*) FROM progress").fetchone() == (0,), "nor what it says of itself"


def test_nothing_is_taken_before_the_signature_is_checked(database: Database, tmp_path: Path) -> None:
    file = stick(tmp_path, *(batch(event(seq)) for seq in range(1, 50)))
    whole = file.read_bytes()
    for spoilt in (whole[:-1], whole[:-70], whole[:-1] + bytes([whole[-1] ^ 1])):
        file.write_bytes(spoilt)
        with pytest.raises(DecodeError):
            import_stick(database, file, PLATFORM, NOW)
    assert numbers(database) == []


def test_a_batch_of_another_gateway_on_the_stick_is_not_taken(database: Database, tmp_path: Path) -> None:
    done = import_stick(database, stick(tmp_path, batch(event(1)), batch(event(2), gateway="school.other")), PLATFORM, NOW)
    assert (done.new, done.refused) == (1, 1)
    assert numbers(database) == [1]


def test_a_stick_may_be_taken_beside_a_platform_that_writes(database: Database, tmp_path: Path) -> None:
    beside = Database(tmp_path / "platform.db")
    import_stick(beside, stick(tmp_path, batch(event(1))), PLATFORM, NOW)
    Intake(database).take([Parcel(GATEWAY, "events", encode(batch(event(2))))], 100)
    beside.close()
    assert numbers(database) == [1, 2]
