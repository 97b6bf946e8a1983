"""What gateways send ends in the same tables, in whatever order, however often and in whatever portions it comes."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloud_sync.contract.codec import encode
from cloud_sync.contract.messages import (
    ClockSet,
    Corrected,
    Event,
    Gone,
    LessonClosed,
    LessonOpened,
    Receipt,
    Refused,
    Skips,
    Status,
    Telemetry,
    Trip,
)
from cloud_sync.platform import gateways
from cloud_sync.platform.database import Database
from cloud_sync.platform.intake import Intake, Outcome
from cloud_sync.platform.parcels import Parcel
from support.ingesting import GATEWAY, batch, tables
from support.outbox import event, result

if TYPE_CHECKING:
    from collections.abc import Iterator


class Platform:
    """A platform's database, and what it says."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.database = Database(file)

    def take(self, *parcels: Parcel, window: int = 500) -> list[Outcome]:
        return Intake(self.database).take(parcels, window)

    def receipt(self, parcel: Parcel) -> Receipt:
        (outcome,) = self.take(parcel)
        assert outcome.receipt is not None, outcome.error
        return outcome.receipt

    def restart(self) -> None:
        self.database.close()
        self.database = Database(self.file)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self.database.connection.execute(sql).fetchall()

    def stored(self) -> list[int]:
        return [seq for (seq,) in self.rows("SELECT seq FROM event ORDER BY epoch, seq")]


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[Platform]:
    one = Platform(tmp_path / "platform.db")
    yield one
    one.database.close()


def status(state: str = "online", freed_up_to: int = 0, since_seq: int = 0, *clocks: ClockSet, epoch: str = "epoch1") -> Parcel:
    told = Status(1, state, epoch, freed_up_to, "test", since_seq, clocks)  # type: ignore[arg-type]
    return Parcel(GATEWAY, "status", encode(told))


# --- any order, any portions ----------------------------------------------------------------------------------------------

POISON = msgspec.to_builtins(event(7)) | {"body": {"kind": "skips", "total": -5}}
POISON_AND_REAL = msgspec.to_builtins(event(9)) | {"t_utc_ms": "noon"}


def late_clock(seq: int, body: Any, attempt: str) -> Event:
    return Event(seq, "lesson1", attempt, 5_000 + seq, seq * 1_000_000, "late", False, body)


def salvaged(seq: int, after_ms: int, body: Any, attempt: str | None) -> Event:
    return msgspec.structs.replace(event(seq, body, attempt), t_utc_ms=1_800_000_000_000 + after_ms)


STORY: list[tuple[str, Event | dict[str, Any] | Gone]] = [
    ("e1", event(1, LessonOpened("class1", "rope-60", 30), None)),
    ("e1", event(2, Skips(3, (1, 2, 3), "band"))),
    ("e1", event(3, result(100), "a1")),
    ("e1", late_clock(4, result(120), "a2")),
    ("e1", event(5, Corrected(105, "watched"), "a1")),
    ("e1", late_clock(6, Corrected(119, "undone"), "a2")),
    ("e1", POISON),
    ("e1", Gone(7, 7, "dead_letter")),  # what was set aside is no hole, whichever came first
    ("e1", Gone(8, 11, "dead_letter")),
    ("e1", event(9, Trip("band"))),  # comes after all, and once in a spoilt copy
    ("e1", POISON_AND_REAL),
    ("e1", event(12, result(77), "a3")),
    ("e1", event(14, LessonClosed(), None)),  # 13 is on its way
    # The journal was damaged: the new one knows the lesson, an older result of a1, and a correction of a3 that is new.
    ("e2", salvaged(4, 1, LessonOpened("class1", "rope-60", 30), None)),
    ("e2", salvaged(5, 3, result(100), "a1")),
    ("e2", salvaged(6, 60, Corrected(80, "rule"), "a3")),
    ("e2", Gone(1, 2, "earlier_epoch")),
]  # fmt: skip
STATUSES = [
    status("online", 12, 0, ClockSet("late", 1_800_000_100_000), epoch="e1"),
    status("online", 0, 3, ClockSet("late", 1_800_000_100_000), epoch="e2"),
]


def parcels_of(story: list[tuple[str, Any]]) -> Parcel:
    """One message of what came of one epoch."""
    return batch(
        *(one for _, one in story if not isinstance(one, Gone)),
        epoch=story[0][0],
        gone=[one for _, one in story if isinstance(one, Gone)],
    )


@pytest.fixture(scope="module")
def expected() -> dict[str, list[tuple[Any, ...]]]:
    with tempfile.TemporaryDirectory() as folder:
        one = Platform(Path(folder) / "platform.db")
        one.take(*STATUSES, *(parcels_of([told]) for told in STORY))
        told = tables(one.database.connection)
        one.database.close()
    return told


def test_the_story_ends_as_a_teacher_would_say(expected: dict[str, list[tuple[Any, ...]]]) -> None:
    worth = {row[1]: (row[2], row[5], bool(row[12]), row[13]) for row in expected["result"]}
    assert worth == {
        "a1": ("class1", 105, True, 1_800_000_000_003),  # the salvaged result is older than the correction that was delivered
        "a2": ("class1", 119, False, 1_800_000_100_004),  # the time is that of the clock that became right later
        "a3": ("class1", 80, True, 1_800_000_000_012),
    }
    assert [row[2:] for row in expected["hole"]] == [(10, 11, "dead_letter"), (8, 8, "dead_letter")]
    assert [row[2] for row in expected["quarantine"]] == [7]
    assert {row[1]: row[2] for row in expected["progress"]} == {"e1": 12, "e2": 6}


@settings(max_examples=30)
@given(st.data())
def test_any_order_any_doubles_any_portions_and_restarts_end_in_the_same_tables(
    expected: dict[str, list[tuple[Any, ...]]], data: st.DataObject
) -> None:
    again = data.draw(st.lists(st.sampled_from(STORY), max_size=6), label="doubled")
    order = data.draw(st.permutations([*STORY, *again]), label="order")
    messages: list[Parcel] = []
    portion: list[tuple[str, Any]] = []
    for told in order:
        if portion and (told[0] != portion[0][0] or data.draw(st.booleans(), label="cut")):
            messages.append(parcels_of(portion))
            portion = []
        portion.append(told)
    messages.append(parcels_of(portion))
    for one in STATUSES:
        messages.insert(data.draw(st.integers(0, len(messages)), label="status"), one)

    with tempfile.TemporaryDirectory() as folder:
        platform = Platform(Path(folder) / "platform.db")
        while messages:
            together = data.draw(st.integers(1, 6), label="together")
            assert not [outcome.error for outcome in platform.take(*messages[:together]) if outcome.error]
            messages = messages[together:]
            if data.draw(st.integers(0, 5), label="restart") == 0:
                platform.restart()
        told = tables(platform.database.connection)
        platform.database.close()
    for name, rows in expected.items():
        assert told[name] == rows, name


# --- what a receipt says --------------------------------------------------------------------------------------------------


def test_a_receipt_names_what_is_stored(platform: Platform) -> None:
    assert platform.receipt(batch(event(1), event(2))) == Receipt(1, "epoch1", 2, (), (), (), 500, 2)
    ahead = platform.receipt(batch(event(5), event(6), event(9)))
    assert (ahead.stored_up_to, ahead.also, ahead.gaps) == (2, ((5, 6), (9, 9)), ()), "what nobody called delivered is no gap"
    assert platform.receipt(batch(event(3), event(4))).stored_up_to == 6
    assert platform.receipt(status("online", 8)).gaps == ((7, 8),)
    assert platform.receipt(status("online", 7)).gaps == ((7, 8),), "an older claim takes nothing back"
    assert platform.receipt(batch(event(7), event(8))) == Receipt(1, "epoch1", 9, (), (), (), 500, 9)
    assert platform.take(status("offline"))[0].receipt is None


def test_numbers_begin_where_the_epoch_does_and_what_is_gone_is_not_asked_for(platform: Platform) -> None:
    receipt = platform.receipt(status("online", 130, 100))
    assert (receipt.stored_up_to, receipt.gaps, receipt.witness_mono_ns) == (100, ((101, 130),), None)
    receipt = platform.receipt(batch(event(101), gone=[Gone(102, 110, "purged"), Gone(112, 130, "damaged")]))
    assert (receipt.stored_up_to, receipt.also, receipt.gaps) == (110, ((112, 130),), ((111, 111),))
    assert platform.rows("SELECT first, last, why FROM hole ORDER BY last") == [(102, 110, "purged"), (112, 130, "damaged")]
    platform.take(batch(event(105)))
    assert platform.rows("SELECT first, last FROM hole ORDER BY last") == [(102, 104), (106, 110), (112, 130)]
    receipt = platform.receipt(batch(event(111), gone=[Gone(131, 140, "earlier_epoch")]))
    assert receipt.stored_up_to == 140
    assert platform.rows("SELECT max(last) FROM hole") == [(130,)], "what an earlier epoch has delivered is not missing"


def test_each_of_several_messages_has_its_receipt_and_all_share_a_commit(platform: Platform) -> None:
    commits: list[str] = []
    platform.database.connection.set_trace_callback(lambda sql: commits.append(sql) if sql == "COMMIT" else None)
    outcomes = platform.take(batch(event(1)), batch(event(3)), batch(event(2), gateway="school.other"), batch(event(2)))
    told = [outcome.receipt for outcome in outcomes if outcome.receipt]
    assert [one.stored_up_to for one in told] == [3, 3, 0, 3], "a receipt tells what is committed, of later messages too"
    assert [(outcome.error, outcome.new) for outcome in outcomes] == [("", 1), ("", 1), ("", 1), ("", 1)]
    assert commits == ["COMMIT"]


# --- what cannot be taken -------------------------------------------------------------------------------------------------


def test_a_row_that_the_database_refuses_is_found_and_the_others_are_stored(platform: Platform) -> None:
    platform.database.connection.execute(
        "CREATE TRIGGER no BEFORE INSERT ON event WHEN new.seq IN (137, 400) BEGIN SELECT RAISE(ABORT, 'not this one'); END"
    )
    events = [event(seq) for seq in range(1, 501)]
    events[299] = Event(300, "lesson1", "a1", 2**80, 300, "boot", True, Trip("band"))  # no room for such a time
    (outcome,) = platform.take(batch(*events))
    assert outcome.receipt is not None
    assert [(one.seq, "not this one" in one.reason or "too large" in one.reason) for one in outcome.receipt.refused] == [
        (137, True), (300, True), (400, True)
    ]  # fmt: skip
    assert (outcome.new, outcome.quarantined, outcome.receipt.stored_up_to) == (497, 3, 500)
    assert platform.stored() == [seq for seq in range(1, 501) if seq not in {137, 300, 400}]
    wires = [msgspec.json.decode(wire, type=Event).seq for (wire,) in platform.rows("SELECT wire FROM quarantine")]
    assert sorted(wires) == [137, 300, 400], "what is set aside is whole"


def test_a_row_that_cannot_be_read_is_set_aside_once_and_a_good_copy_takes_its_place(platform: Platform) -> None:
    nameless = {"seq": -1, "rubbish": True}
    for _ in range(3):
        receipt = platform.receipt(batch(event(6), POISON, nameless))
        assert [one.seq for one in receipt.refused] == [7]
        assert (receipt.also, receipt.stored_up_to) == (((6, 7),), 0)
    assert platform.rows("SELECT seq FROM quarantine ORDER BY seq") == [(None,), (7,)]
    assert platform.receipt(batch(event(7))).refused == ()
    assert platform.rows("SELECT seq FROM quarantine") == [(None,)]
    assert platform.receipt(batch(POISON)).refused == (), "a spoilt copy of what is here is no loss"
    assert platform.stored() == [6, 7]


def test_an_event_with_the_number_of_another_one_is_not_called_delivered(platform: Platform) -> None:
    """An old copy of a journal writes new events under numbers that are here already."""
    platform.take(batch(event(1), event(2), event(3)))
    other = Event(2, "lesson2", None, 1_900_000_000_000, 99, "boot2", True, LessonClosed())
    for _ in range(2):
        receipt = platform.receipt(batch(event(1), other))
        assert receipt.refused == (Refused(2, "another event has this number: the gateway's journal is an old copy"),)
    assert [(seq, msgspec.json.decode(wire, type=Event)) for seq, wire in platform.rows("SELECT seq, wire FROM quarantine")] == [
        (2, other)
    ]
    assert platform.rows("SELECT lesson FROM event WHERE seq = 2") == [("lesson1",)]


def test_a_fault_of_the_disk_is_no_fault_of_a_row(platform: Platform) -> None:
    platform.take(batch(event(1)))
    (pages,) = platform.rows("PRAGMA page_count")[0]
    platform.database.connection.execute(f"PRAGMA max_page_count={pages}")
    with pytest.raises(sqlite3.OperationalError, match="full"):
        platform.take(batch(event(2)), batch(*(event(seq) for seq in range(3, 1_003))))
    assert platform.stored() == [1], "all of a transaction or nothing"
    assert platform.rows("SELECT count(*) FROM quarantine") == [(0,)]
    platform.database.connection.execute("PRAGMA max_page_count=100000")
    assert platform.receipt(batch(event(2))).stored_up_to == 2


def test_rubbish_strangers_and_unreasonable_values_are_refused_alone(platform: Platform) -> None:
    outcomes = platform.take(
        Parcel(GATEWAY, "events", b"rubbish"),
        Parcel(GATEWAY, "events", batch(event(1), gateway="school.other").wire),
        status("online", 0, 0, ClockSet("boot", 2**80)),
        Parcel(GATEWAY, "receipt", b"{}"),
        batch(event(1)),
    )
    assert [bool(outcome.error) for outcome in outcomes] == [True, True, True, True, False]
    assert [outcome.receipt is None for outcome in outcomes] == [True, True, True, True, False]
    assert platform.rows("SELECT count(*) FROM clock") == [(0,)]


def test_a_revoked_gateway_is_refused_and_counted_and_taken_again_later(platform: Platform) -> None:
    platform.take(batch(event(1)))
    with platform.database.turn() as connection:
        gateways.revoke(connection, GATEWAY, revoked=True)
    telemetry = Parcel(GATEWAY, "telemetry", encode(Telemetry(1, 0, 0, None, 0.0, 0, 0, ())))
    outcomes = platform.take(batch(event(2)), status(), telemetry, batch(event(5), gateway="school.other"))
    assert [outcome.revoked for outcome in outcomes] == [True, True, True, False]
    assert [outcome.receipt is None for outcome in outcomes] == [True, True, True, False]
    assert platform.rows("SELECT refused FROM gateway ORDER BY id") == [(3,), (0,)]
    with platform.database.turn() as connection:
        gateways.revoke(connection, GATEWAY, revoked=False)
    assert platform.receipt(batch(event(2))).stored_up_to == 2


# --- put back from a copy -------------------------------------------------------------------------------------------------


def test_a_platform_put_back_from_yesterday_asks_for_what_it_lost_and_has_it_once(tmp_path: Path, platform: Platform) -> None:
    platform.take(status(), batch(*(event(seq) for seq in range(1, 101))))
    platform.database.close()
    shutil.copy(platform.file, tmp_path / "yesterday.db")
    platform.database = Database(platform.file)
    platform.take(batch(*(event(seq) for seq in range(101, 301))), batch(event(310, result(50), "a9")), status("online", 300))
    platform.database.close()
    shutil.copy(tmp_path / "yesterday.db", platform.file)
    platform.database = Database(platform.file)

    # A gateway that stayed connected goes on where it was; one that comes back tells what it calls delivered.
    receipt = platform.receipt(batch(event(301)))
    assert (receipt.stored_up_to, receipt.also, receipt.gaps) == (100, ((301, 301),), ())
    receipt = platform.receipt(status("online", 300))
    assert (receipt.gaps, receipt.witness_mono_ns) == (((101, 300),), 100)
    platform.take(batch(*(event(seq) for seq in range(101, 201))))
    receipt = platform.receipt(batch(*(event(seq) for seq in range(150, 301))))
    assert (receipt.stored_up_to, receipt.gaps) == (301, ())
    # The result that had gone ahead of its time is asked for as soon as it is called delivered.
    platform.take(batch(*(event(seq) for seq in range(302, 310))))
    assert platform.receipt(status("online", 310)).gaps == ((310, 310),)
    assert platform.receipt(batch(event(310, result(50), "a9"))).stored_up_to == 310
    assert platform.stored() == list(range(1, 311))
    assert platform.rows("SELECT attempt, official FROM result") == [("a9", 50)]
