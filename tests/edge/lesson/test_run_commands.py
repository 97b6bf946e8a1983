"""A run in the lesson's fold: taps, laps taken away, the question who was first and its answer."""

from __future__ import annotations

import pytest

from edge.lesson import changes as ch
from edge.lesson import run_commands, session

NOW_MS = 1_800_000_000_000
START_NS = 5_000_000_000
ANNA, BO, CAI = (ch.AttemptId(name) for name in ("anna", "bo", "cai"))


def running() -> session.LessonState:
    places = tuple(ch.Place(attempt, ch.PupilId(f"p-{attempt}"), None, None) for attempt in (ANNA, BO, CAI))
    state = session.apply(None, ch.LessonOpened(ch.LessonId("l1"), "r1", "run-800", (places,)), NOW_MS)
    return fold(state, ch.HeatStarted(0, START_NS, NOW_MS, None), ch.SignalGiven(0, {}))


def fold(state: session.LessonState, *changes: ch.Change) -> session.LessonState:
    for change in changes:
        state = session.apply(state, change, NOW_MS)
    return state


def asked(state: session.LessonState) -> session.LessonState:
    """Anna and Bo crossed 20 ms apart; the likely order stands, in doubt, until the teacher has answered."""
    return fold(
        state,
        ch.LapCounted(ANNA, "l1", 50_000_000_000, 15_000_000, ("camera", "band"), 0.6, 1, "unsure"),
        ch.LapCounted(BO, "l2", 50_020_000_000, 15_000_000, ("camera", "band"), 0.6, 1, "unsure"),
        ch.OrderAsked(0, "d1", (50_000_000_000, 50_020_000_000), ("l1", "l2"), (ANNA, BO)),
    )


def test_laps_stand_in_the_order_of_time_whenever_they_came() -> None:
    laps = [ch.LapCounted(ANNA, name, t_ns, 0, ("camera",), 1.0) for name, t_ns in (("late", 9), ("early", 3), ("middle", 5))]
    assert [lap.lap for lap in fold(running(), *laps).attempts[ANNA].laps] == ["early", "middle", "late"]


def test_a_lap_that_was_nobodys_is_taken_away_once() -> None:
    state = asked(running())
    state = fold(state, run_commands.remove_lap(state, ANNA, "l1"))
    assert state.attempts[ANNA].laps == ()
    with pytest.raises(session.Refused, match="removed already"):
        run_commands.remove_lap(state, ANNA, "l1")


def test_the_answer_the_other_way_round_swaps_the_two_and_clears_the_doubt() -> None:
    state = asked(running())
    state = fold(state, *run_commands.settle_order(state, "d1", [BO, ANNA]))
    assert [(lap.lap, lap.t_ns, lap.doubt) for lap in state.attempts[BO].laps] == [("l1", 50_000_000_000, None)]
    assert [(lap.lap, lap.t_ns, lap.doubt) for lap in state.attempts[ANNA].laps] == [("l2", 50_020_000_000, None)]
    assert state.heat.open_orders == ()


def test_the_likely_answer_leaves_the_laps_where_they_are() -> None:
    state = asked(running())
    state = fold(state, *run_commands.settle_order(state, "d1", [ANNA, BO]))
    assert [lap.lap for lap in state.attempts[ANNA].laps] == ["l1"]
    assert state.attempts[ANNA].laps[0].doubt is None


def test_one_crossing_may_have_been_nobody_of_these() -> None:
    state = asked(running())
    state = fold(state, *run_commands.settle_order(state, "d1", [None, ANNA]))
    assert [lap.lap for lap in state.attempts[ANNA].laps] == ["l2"]
    assert state.attempts[BO].laps == ()


def test_one_who_gave_up_may_run_on() -> None:
    state = running()
    state = fold(state, run_commands.stop_runner(state, CAI, stopped=True))
    assert state.attempts[CAI].stopped
    assert not fold(state, run_commands.stop_runner(state, CAI, stopped=False)).attempts[CAI].stopped


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (lambda s: run_commands.check_lap(s, ch.AttemptId("who"), START_NS + 1, START_NS + 2), "no_such_runner"),
        (lambda s: run_commands.check_lap(s, ANNA, START_NS - 1, START_NS), "before_signal"),
        (lambda s: run_commands.check_lap(s, ANNA, START_NS + 2, START_NS + 1), "in_future"),
        (lambda s: run_commands.settle_order(s, "d2", [ANNA, BO]), "no_such_order"),
        (lambda s: run_commands.settle_order(s, "d1", [ANNA]), "order_length"),
        (lambda s: run_commands.settle_order(s, "d1", [ANNA, ANNA]), "order_twice"),
        (lambda s: run_commands.settle_order(s, "d1", [ANNA, ch.AttemptId("who")]), "no_such_runner"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_in_both_languages(command, code: str) -> None:  # type: ignore[no-untyped-def] # noqa: ANN001
    with pytest.raises(session.Refused) as refused:
        command(asked(running()))
    assert refused.value.code == code
    assert refused.value.message_zh
    assert refused.value.message_en


def test_before_the_signal_there_is_no_run() -> None:
    places = (ch.Place(ANNA, ch.PupilId("p"), None, None),)
    state = session.apply(None, ch.LessonOpened(ch.LessonId("l1"), "r1", "run-800", (places,)), NOW_MS)
    with pytest.raises(session.Refused, match="No heat"):
        run_commands.check_lap(state, ANNA, START_NS, START_NS)
