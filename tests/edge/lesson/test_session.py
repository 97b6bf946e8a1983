"""The lesson as a fold: what each command allows, and that the journal alone brings the same lesson back."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.lesson import changes as ch
from edge.lesson import session

NOW_MS = 1_800_000_000_000


def place(number: int, station: int | None = None, device: str | None = None) -> ch.Place:
    return ch.Place(ch.AttemptId(f"a{number}"), ch.PupilId(f"p{number}"), station, device)


def opened(pupils: int = 2, per_heat: int = 12) -> session.LessonState:
    heats = session.draw_heats([place(n) for n in range(pupils)], per_heat)
    return session.apply(None, ch.LessonOpened(ch.LessonId("l1"), "r1", "rope-60", heats), NOW_MS)


def run_through(state: session.LessonState, *changes: ch.Change) -> session.LessonState:
    for change in changes:
        state = session.apply(state, change, NOW_MS)
    return state


def started(state: session.LessonState) -> session.LessonState:
    change = session.start_heat(state, starts_mono_ns=5_000_000_000, starts_utc_ms=NOW_MS + 5_000, duration_s=60)
    return session.apply(state, change, NOW_MS)


def result(number: int, count: int) -> ch.ResultDecided:
    attempt, pupil = ch.AttemptId(f"a{number}"), ch.PupilId(f"p{number}")
    return ch.ResultDecided(attempt, pupil, "rope-60", count, count, 0.99, "band", {"band": count}, 3, "00", 80, 0, "good", None)


def test_heats_are_evened_out() -> None:
    assert session.even_heats(41, 12) == [11, 10, 10, 10]
    assert session.even_heats(12, 12) == [12]
    assert session.even_heats(0, 12) == []


@given(st.integers(0, 200), st.integers(1, 45))
def test_nobody_is_lost_and_no_heat_is_too_large(pupils: int, per_heat: int) -> None:
    sizes = session.even_heats(pupils, per_heat)
    assert sum(sizes) == pupils
    assert all(0 < size <= per_heat for size in sizes)
    assert not sizes or max(sizes) - min(sizes) <= 1


@given(st.lists(st.one_of(st.none(), st.integers(1, 15)), min_size=1, max_size=40), st.integers(1, 12))
def test_a_station_is_taken_once_in_a_heat(stations: list[int | None], per_heat: int) -> None:
    for heat in session.draw_heats([place(n, station) for n, station in enumerate(stations)], per_heat):
        taken = [p.station for p in heat]
        assert len(set(taken)) == len(taken)
        assert all(number is not None and 1 <= number <= per_heat for number in taken)


def test_a_heat_from_the_tap_to_the_result() -> None:
    state = started(opened())
    assert state.heat.phase == "countdown"
    assert state.heat.ends_mono_ns == 65_000_000_000
    state = run_through(state, ch.SignalGiven(0, {ch.AttemptId("a0"): 7}))
    assert state.heat.phase == "running"
    assert state.attempts[ch.AttemptId("a0")].band_baseline == 7
    state = run_through(
        state,
        ch.SkipsCounted(ch.AttemptId("a0"), "band", 2, (6_000_000_000, 6_500_000_000), 9),
        ch.TripSeen(ch.AttemptId("a0"), "camera", 7_000_000_000),
        ch.HeatEnded(0, "time", 65_000_000_000),
    )
    assert state.heat.phase == "settling"
    assert (state.attempts[ch.AttemptId("a0")].count, state.attempts[ch.AttemptId("a0")].trips) == (2, 1)
    state = run_through(state, result(0, 2))
    assert state.heat.phase == "settling", "a heat is over when every result is there"
    assert run_through(state, result(1, 0)).heat.phase == "ended"


def test_the_band_is_shown_before_the_camera() -> None:
    state = started(opened())
    camera = ch.SkipsCounted(ch.AttemptId("a0"), "camera", 5, (1,))
    band = ch.SkipsCounted(ch.AttemptId("a0"), "band", 4, (1,), 4)
    assert run_through(state, camera).attempts[ch.AttemptId("a0")].count == 5
    assert run_through(state, camera, band).attempts[ch.AttemptId("a0")].count == 4


def test_a_countdown_that_is_stopped_leaves_the_heat_ready() -> None:
    state = started(opened())
    state = session.apply(state, session.stop_heat(state, now_mono_ns=1), NOW_MS)
    assert state.heat.phase == "ready"
    assert state.heat.ends_mono_ns is None


def test_an_absent_pupil_does_not_hold_up_the_heat() -> None:
    state = opened()
    state = session.apply(state, session.set_presence(state, ch.PupilId("p1"), present=False), NOW_MS)
    state = run_through(started(state), ch.SignalGiven(0, {}), ch.HeatEnded(0, "time", 9), result(0, 3))
    assert state.heat.phase == "ended"


def test_corrections_are_a_stack_that_can_be_undone() -> None:
    state = run_through(started(opened()), ch.SignalGiven(0, {}), ch.HeatEnded(0, "time", 9), result(0, 100), result(1, 90))
    attempt = ch.AttemptId("a0")
    state = run_through(
        state, ch.Corrected(attempt, 103, "watched", 85, 0, "good"), ch.Corrected(attempt, 104, "rule", 85, 0, "good")
    )
    assert session.undo_target(state, attempt).count == 103
    state = run_through(state, ch.Undone(attempt, 103, 85, 0, "good"))
    assert session.undo_target(state, attempt).count == 100
    state = run_through(state, ch.Undone(attempt, 100, 80, 0, "good"))
    assert [s.count for s in state.attempts[attempt].audit] == [100, 103, 104, 103, 100]
    with pytest.raises(session.Refused, match="no correction"):
        session.undo_target(state, attempt)


@pytest.mark.parametrize(
    ("prepare", "command", "code"),
    [
        (started, lambda s: session.start_heat(s, starts_mono_ns=0, starts_utc_ms=0, duration_s=60), "heat_running"),
        (opened, lambda s: session.stop_heat(s, now_mono_ns=0), "heat_not_running"),
        (opened, session.show_next, "no_heat_left"),
        (opened, lambda s: session.repeat_heat(s, []), "heat_not_over"),
        (started, session.close_lesson, "heat_running"),
        (started, lambda s: session.set_presence(s, ch.PupilId("p0"), present=False), "heat_running"),
        (opened, lambda s: session.set_presence(s, ch.PupilId("nobody"), present=False), "no_such_pupil"),
        (opened, lambda s: session.check_correction(s, ch.AttemptId("a0"), 3, "rule"), "no_result"),
    ],
)
def test_a_command_that_does_not_fit_is_refused_in_both_languages(prepare, command, code) -> None:  # type: ignore[no-untyped-def] # noqa: ANN001
    state = prepare(opened()) if prepare is started else prepare()
    if code == "no_heat_left":
        state = run_through(started(state), ch.SignalGiven(0, {}), ch.HeatEnded(0, "time", 9), result(0, 1), result(1, 1))
    with pytest.raises(session.Refused) as refused:
        command(state)
    assert refused.value.code == code
    assert refused.value.message_zh
    assert refused.value.message_en


def test_nobody_here_is_no_heat() -> None:
    state = opened(pupils=1)
    state = session.apply(state, session.set_presence(state, ch.PupilId("p0"), present=False), NOW_MS)
    with pytest.raises(session.Refused, match="Nobody"):
        started(state)


def test_a_closed_lesson_takes_no_more_commands() -> None:
    state = opened()
    state = session.apply(state, session.close_lesson(state), NOW_MS)
    with pytest.raises(session.Refused, match="over"):
        started(state)


CHANGES: list[ch.Change] = [
    ch.LessonOpened(ch.LessonId("l1"), "r1", "rope-60", session.draw_heats([place(0, 1, "band-0001"), place(1)], 12)),
    ch.PresenceSet(ch.PupilId("p1"), present=False),
    ch.PresenceSet(ch.PupilId("p1"), present=True),
    ch.HeatStarted(0, 5, NOW_MS, 60),
    ch.HeatStarted(0, 5, NOW_MS, None, ((ch.AttemptId("a0"),), (ch.AttemptId("a1"),)), 30_000),
    ch.SignalGiven(0, {ch.AttemptId("a0"): 65_535}),
    ch.SkipsCounted(ch.AttemptId("a0"), "band", 1, (6,), 0),
    ch.TripSeen(ch.AttemptId("a0"), "band", 7),
    ch.LapCounted(ch.AttemptId("a0"), "l1", 6, 4_000_000, ("camera", "band"), 0.98),
    ch.LapCounted(ch.AttemptId("a0"), "l2", 7, 200_000_000, ("teacher",), 1.0, 2, "missed_touch"),
    ch.LapRemoved(ch.AttemptId("a0"), "l1"),
    ch.OrderAsked(0, "d1", (7, 8), ("l2", "l3"), (ch.AttemptId("a0"), ch.AttemptId("a1"))),
    ch.OrderSettled(0, "d1", (ch.AttemptId("a0"), None)),
    ch.RunnerStopped(ch.AttemptId("a1"), stopped=True),
    ch.FalseStartSeen(0, None, 120),
    ch.FalseStartSeen(0, ch.AttemptId("a1"), 120),
    ch.HeatEnded(0, "stopped", 8),
    result(0, 1),
    msgspec.structs.replace(result(0, 1), unit="ms", laps_ms=(45_100, 47_200), source="teacher"),
    msgspec.structs.replace(result(1, 0), source="none", score=None, mark=None, review=ch.Review("no_signal", 0, None, 3)),
    ch.Corrected(ch.AttemptId("a1"), 9, "other", 10, 0, "fail"),
    ch.Undone(ch.AttemptId("a1"), 0, None, 0, None),
    ch.HeatRepeated(0, (place(7), place(8))),
    ch.HeatShown(0),
    ch.LessonClosed(ch.LessonId("l1")),
]


def test_every_change_survives_the_journal() -> None:
    assert {type(change) for change in CHANGES} == set(ch.Change.__args__), "every kind of change is in this test"
    assert [ch.decode(ch.encode(change)) for change in CHANGES] == CHANGES


@given(st.integers(1, len(CHANGES)))
def test_the_journal_alone_brings_the_same_lesson_back(kept: int) -> None:
    live: session.LessonState | None = None
    for change in CHANGES[:kept]:
        live = session.apply(live, change, NOW_MS)
    journal = [(ch.decode(ch.encode(change)), NOW_MS) for change in CHANGES[:kept]]
    assert session.fold(journal) == live


@given(st.binary(max_size=60))
def test_rubbish_in_the_journal_is_a_clear_error(body: bytes) -> None:
    with pytest.raises(ValueError, match="not a change of a lesson"):
        ch.decode(body)


def test_a_change_of_another_lesson_is_not_taken() -> None:
    with pytest.raises(ValueError, match="begins with lesson_opened"):
        session.apply(None, ch.HeatShown(0), NOW_MS)
    with pytest.raises(ValueError, match="not of lesson"):
        session.apply(opened(), ch.SkipsCounted(ch.AttemptId("other"), "band", 1, (1,), 1), NOW_MS)
