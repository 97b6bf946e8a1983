"""The rows that the benches write are such as a lesson's: the outbox can tell them to the platform."""

from __future__ import annotations

from collections import Counter
from itertools import islice

from cloud_sync.contract import messages as msg
from edge.bench.school_rows import A_HEAT, EVENTS_AN_ATTEMPT, HEATS, school_rows
from edge.lesson import changes as ch
from edge.outgoing import body_of


def test_a_lesson_has_as_many_rows_an_attempt_as_the_week_is_reckoned_with() -> None:
    rows = list(school_rows(20_000))
    (first, second) = islice((at for at, row in enumerate(rows) if row.kind == "lesson_opened"), 2)
    assert (second - first) / (A_HEAT * HEATS) == EVENTS_AN_ATTEMPT + 1 / (A_HEAT * HEATS)
    kinds = Counter(row.kind for row in rows[first:second])
    assert kinds["result_decided"] == A_HEAT * HEATS
    assert kinds["skips_counted"] == 150 * A_HEAT * HEATS
    bodies = [body_of(ch.decode(row.body)) for row in rows[: 3 * A_HEAT * EVENTS_AN_ATTEMPT]]
    assert {type(body) for body in bodies} >= {msg.LessonOpened, msg.Skips, msg.Trip, msg.Result, msg.Local, msg.HeatEnded}
