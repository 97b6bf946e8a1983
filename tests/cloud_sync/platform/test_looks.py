"""What the page sees of gateways: how they are, what is missing, what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloud_sync.contract.codec import encode
from cloud_sync.contract.messages import Batch, Gone, Status, Telemetry
from cloud_sync.platform import gateways, looks
from cloud_sync.platform.database import Database
from cloud_sync.platform.intake import Intake
from cloud_sync.platform.parcels import Parcel
from cloud_sync.platform.views import HoleView, TelemetryView
from support.outbox import event, result

if TYPE_CHECKING:
    from pathlib import Path

    from cloud_sync.contract.topics import Channel

GATEWAY = "school.field"


def take(database: Database, channel: Channel, wire: bytes) -> None:
    Intake(database).take([Parcel(GATEWAY, channel, wire)], 100)


def telemetry(t_utc_ms: int, waiting: int) -> bytes:
    return encode(Telemetry(1, t_utc_ms, waiting, t_utc_ms - 60_000, 0.25, 2, 30, ("camera 1: no picture",)))


def test_a_gateway_with_all_its_troubles(tmp_path: Path) -> None:
    database = Database(tmp_path / "platform.db")
    take(database, "status", encode(Status(1, "online", "epoch1", 30, "1.2")))
    gone = (Gone(5, 6, "damaged"), Gone(8, 8, "dead_letter"))
    take(database, "events", encode(Batch(1, GATEWAY, "epoch1", tuple(map(event, (1, 2, 3, 4, 7, 11))), gone)))
    take(database, "telemetry", telemetry(9_000_000, 99))
    take(database, "telemetry", telemetry(2_000_000, 12))
    take(database, "events", b"rubbish")
    (shown,) = looks.view(database.connection).gateways
    assert (shown.id, shown.state, shown.version, shown.stored_up_to) == (GATEWAY, "online", "1.2", 8)
    assert shown.missing == 21, "9, 10 and 12 to 30"
    assert (shown.lost, shown.refused, shown.revoked) == (3, 1, False)
    assert shown.holes == [HoleView(first=8, last=8, why="dead_letter"), HoleView(first=5, last=6, why="damaged")]
    assert shown.telemetry == TelemetryView(
        t_ms=2_000_000,
        waiting=12,
        oldest_waiting_ms=1_940_000,
        journal_fill=0.25,
        dead_letters=2,
        dropped=30,
        faults=["camera 1: no picture"],
    ), "what came last, whatever its clock says"
    gateways.revoke(database.connection, GATEWAY, revoked=True)
    take(database, "events", encode(Batch(1, GATEWAY, "epoch1", (event(9),))))
    (shown,) = looks.view(database.connection).gateways
    assert (shown.revoked, shown.refused, shown.stored_up_to) == (True, 2, 8)
    gateways.revoke(database.connection, GATEWAY, revoked=False)
    take(database, "events", encode(Batch(1, GATEWAY, "epoch1", (event(9),))))
    assert looks.view(database.connection).gateways[0].stored_up_to == 9
    database.close()


def test_sums_and_newest_results(tmp_path: Path) -> None:
    database = Database(tmp_path / "platform.db")
    results = tuple(event(seq, result(100 + seq), f"a{seq:03}") for seq in range(1, 100))
    take(database, "events", encode(Batch(1, GATEWAY, "epoch1", results)))
    shown = looks.view(database.connection)
    assert (shown.summary.gateways, shown.summary.results, shown.summary.events, shown.summary.pupils) == (1, 99, 99, 1)
    assert len(shown.results) == looks.NEWEST_RESULTS
    assert {one.official for one in shown.results} == set(range(140, 200)), "the newest"
    database.close()
