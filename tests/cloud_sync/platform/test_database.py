"""The platform's file: older ones are brought up to date with all they hold, and who writes has it alone."""

from __future__ import annotations

import sqlite3
import threading
from typing import TYPE_CHECKING

import pytest

from cloud_sync.contract.messages import Corrected, LessonOpened
from cloud_sync.errors import PermanentError
from cloud_sync.platform.database import Database
from cloud_sync.platform.intake import Intake
from support.ingesting import GATEWAY, batch, of_schema
from support.outbox import event, result

if TYPE_CHECKING:
    from pathlib import Path

import msgspec


def test_a_file_of_before_keeps_its_rows_and_knows_how_far_it_is(tmp_path: Path) -> None:
    file = tmp_path / "platform.db"
    of_schema(file, 2)
    old = sqlite3.connect(file, isolation_level=None)
    bodies = {1: LessonOpened("class1", "rope-60", 30), 3: result(100), 5: Corrected(99, "watched")}
    for seq in (1, 2, 3, 5, 6, 9):
        one = event(seq, bodies.get(seq))
        kind = one.body.__struct_config__.tag
        row = (GATEWAY, "epoch1", seq, kind, one.lesson, "a1", one.t_utc_ms, 1, msgspec.json.encode(one.body), 0)
        old.execute("INSERT INTO event VALUES (?,?,?,?,?,?,?,?,?,?)", row)
    old.execute(
        "INSERT INTO result VALUES (?, 'a1', 'class1', 'p1', 'rope-60', 99, 99, 1, 'band', 9, 0, NULL, 1, 5, 5, 1, 'skips')",
        (GATEWAY,),
    )
    old.execute("INSERT INTO quarantine VALUES (NULL, ?, 'epoch1', 4, 'bad', x'00', 0)", (GATEWAY,))
    old.execute("INSERT INTO progress VALUES (?, 'epoch1', 3, 12)", (GATEWAY,))  # 4 is dealt with, and was not yet counted so
    old.close()

    database = Database(file)
    one = database.connection.execute
    assert one("SELECT first, last FROM span ORDER BY last").fetchall() == [(4, 6), (9, 9)]
    assert one("SELECT whole_to, claimed, events FROM progress").fetchall() == [(3, 0, 6)]
    assert one("SELECT lesson FROM result").fetchall() == [("lesson1",)]
    (outcome,) = Intake(database).take([batch(event(3, result(100)), event(7), event(8))], 100)
    assert outcome.receipt is not None
    assert (outcome.new, outcome.receipt.stored_up_to, outcome.receipt.refused) == (2, 9, ())
    database.close()


def test_a_file_of_a_newer_version_is_not_touched(tmp_path: Path) -> None:
    Database(tmp_path / "platform.db").close()
    newer = sqlite3.connect(tmp_path / "platform.db")
    newer.execute("PRAGMA user_version=900")
    newer.close()
    with pytest.raises(PermanentError, match="newer version"):
        Database(tmp_path / "platform.db")


def test_two_writers_take_turns_and_none_is_turned_away(tmp_path: Path) -> None:
    def write(name: str) -> None:
        database = Database(tmp_path / "platform.db")
        for seq in range(1, 41):
            Intake(database).take([batch(event(seq), gateway=name)], 100)
        database.close()

    names = ["school.a", "school.b", "school.c"]
    threads = [threading.Thread(target=write, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    database = Database(tmp_path / "platform.db")
    assert database.connection.execute("SELECT gateway, whole_to, events FROM progress ORDER BY gateway").fetchall() == [
        (name, 40, 40) for name in names
    ]
    database.close()


def test_what_fails_leaves_nothing_and_the_next_one_has_its_turn(tmp_path: Path) -> None:
    database = Database(tmp_path / "platform.db")
    with pytest.raises(RuntimeError), database.turn() as connection:
        connection.execute("INSERT INTO clock VALUES ('g', 'b', 1)")
        raise RuntimeError
    with database.turn() as connection:
        assert connection.execute("SELECT count(*) FROM clock").fetchone() == (0,)
    database.close()
    assert not (tmp_path / "platform.db-wal").exists()


def test_every_look_up_that_grows_with_the_file_uses_its_index(tmp_path: Path) -> None:
    """SQLite reads all of a gateway's events where it is not told the small index: 4 times slower at 200,000 events already."""
    database = Database(tmp_path / "platform.db")
    asked: list[str] = []
    database.connection.set_trace_callback(asked.append)
    events = [event(1, LessonOpened("class1", "rope-60", 1)), event(2, result(5)), event(3, Corrected(6, "rule"))]
    Intake(database).take([batch(*events, event(5)), batch(*events)], 100)
    database.connection.set_trace_callback(None)
    plans = [
        step[3]
        for sql in asked
        if sql.startswith(("SELECT", "UPDATE", "DELETE", "INSERT"))
        for step in database.connection.execute(f"EXPLAIN QUERY PLAN {sql}")
    ]
    assert [plan for plan in plans if plan.endswith("PRIMARY KEY (gateway=?)") or plan in {"SCAN event", "SCAN result"}] == []
    database.close()
