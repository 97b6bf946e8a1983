"""What an attempt is worth, row by row."""

from __future__ import annotations

from typing import Any

import msgspec

from cloud_sync.contract.messages import Corrected, LessonOpened
from cloud_sync.platform.batches import store
from cloud_sync.platform.parcels import Load
from support.ingesting import GATEWAY, memory
from support.outbox import event, result


def worth(*told: tuple[str, int, int, Any]) -> list[tuple[Any, ...]]:
    """After rows of one attempt (epoch, number, time, body), each a batch of its own."""
    connection = memory()
    for epoch, seq, after_ms, body in told:
        one = msgspec.structs.replace(event(seq, body, "a1"), t_utc_ms=after_ms)
        store(connection, Load(GATEWAY, epoch, [one]), 0)
    return connection.execute("SELECT official, corrected, decided_utc_ms FROM result").fetchall()


def test_a_correction_stands_until_it_is_taken_back_or_the_attempt_is_decided_anew() -> None:
    decided, corrected = ("e", 1, 10, result(100)), ("e", 2, 20, Corrected(105, "watched"))
    assert worth(corrected) == []
    assert worth(decided) == [(100, 0, 10)]
    assert worth(corrected, decided) == worth(decided, corrected) == [(105, 1, 10)]
    assert worth(decided, corrected, ("e", 3, 30, Corrected(100, "undone"))) == [(100, 0, 10)]
    assert worth(("e", 3, 30, result(101)), decided, corrected) == [(101, 0, 30)], "as it stands at the gateway"


def test_within_a_journal_the_number_decides_whatever_the_clock_said() -> None:
    assert worth(("e", 1, 9_000, result(100)), ("e", 2, 20, Corrected(105, "watched"))) == [(105, 1, 9_000)]


def test_between_two_journals_the_one_with_the_newer_row_comes_last() -> None:
    old = [("e1", 7, 10, result(100)), ("e1", 8, 20, Corrected(105, "watched"))]
    assert worth(*old, ("e2", 1, 10, result(100))) == [(105, 1, 10)], "salvaged: what it was decided on is older"
    assert worth(*old, ("e2", 1, 10, result(100)), ("e2", 2, 30, Corrected(99, "rule"))) == [(99, 1, 10)]
    assert worth(("e0", 1, 30, Corrected(99, "rule")), *old) == [(99, 1, 10)]


def test_a_change_is_told_once_and_a_class_that_is_known_later_is_one() -> None:
    connection = memory()

    def after(seq: int, body: Any, attempt: str | None = "a1") -> tuple[int, str]:
        store(connection, Load(GATEWAY, "e", [event(seq, body, attempt)]), 0)
        change, class_id = connection.execute("SELECT change, class_id FROM result WHERE attempt = 'a1'").fetchone()
        return change, class_id

    assert after(2, result(100)) == (1, "")
    assert after(2, result(100)) == (1, "")
    assert after(3, result(100), "a2") == (1, "")
    assert after(1, LessonOpened("class1", "rope-60", 2), None)[1] == "class1"
    told = after(4, Corrected(101, "watched"))
    assert told == (5, "class1"), "1 and 2 were the results, 3 and 4 their class"
