"""Crossings, bands and taps become laps: by lane in a dash, in turns in a shuttle, by the radio where there is one."""

from __future__ import annotations

from itertools import count

import pytest

from edge.counting.events import Crossing
from edge.counting.lap_events import LapSeen, Withdrawn
from edge.lapkeeper import Lapkeeper
from edge.lesson import changes as ch
from edge.lesson.activity import activities
from edge.lesson.session import AttemptState

S = 1_000_000_000
START_NS = 100 * S
GUN = ch.HeatStarted(0, START_NS, 0, None)
RUNS = activities(lap_m=200.0)
NAMES = ("anna", "bo", "cai")


def runners(*, bands: bool = False) -> list[AttemptState]:
    return [
        AttemptState(ch.Place(ch.AttemptId(name), ch.PupilId(name), lane, f"band-{lane:04d}" if bands else None))
        for lane, name in enumerate(NAMES, start=1)
    ]


def keeper(activity: str, *, ends: str = "finish", bands: bool = False, started: ch.HeatStarted = GUN) -> Lapkeeper:
    numbers = count(1)
    made = Lapkeeper({"near": -3.0, "far": 3.0} if bands else {}, lambda: f"n{next(numbers)}")
    known: frozenset[str] = frozenset(ends.split())
    made.begin(RUNS[activity], runners(bands=bands), started, 0, known)  # type: ignore[arg-type]
    return made


def seen(at_s: float, track: int = 1, along: float = 0.5) -> Crossing:
    return Crossing(START_NS + round(at_s * S), "left_to_right", track, along, 1.0, 10_000_000)


def laps(changes: list[ch.Change]) -> list[tuple[str, float, int]]:
    found = [change for change in changes if isinstance(change, ch.LapCounted)]
    return [(lap.attempt, (lap.t_ns - START_NS) / S, lap.ways) for lap in found]


def test_a_dash_is_named_by_lane_when_the_last_one_has_crossed() -> None:
    dash = keeper("run-50")
    assert dash.crossed("finish", seen(9.0, 1, 0.5)) == []
    dash.crossed("finish", seen(8.4, 2, 0.9))
    assert dash.advance(START_NS + 10 * S) == []
    assert len(dash.waiting) == 2
    dash.crossed("finish", seen(10.1, 3, 0.1))
    assert laps(dash.advance(START_NS + 11 * S)) == [("cai", 8.4, 1), ("bo", 9.0, 1), ("anna", 10.1, 1)]
    assert dash.waiting == ()


def test_a_dash_with_a_body_too_many_is_a_question_and_no_guess() -> None:
    dash = keeper("run-50")
    for at, (at_s, along) in enumerate([(8.4, 0.1), (8.6, 0.4), (9.0, 0.6), (9.9, 0.9)]):
        dash.crossed("finish", seen(at_s, at, along))
    changes = dash.advance(START_NS + 11 * S)
    assert all(lap.doubt == "unsure" for lap in changes if isinstance(lap, ch.LapCounted))
    asked = [change for change in changes if isinstance(change, ch.OrderAsked)]
    assert len(asked) == 1
    assert len(asked[0].crossings_ns) == 4
    assert set(asked[0].attempts) == set(NAMES)
    assert len(dash.strangers) == 1


def test_a_shuttle_with_one_gate_counts_two_ways_at_a_time() -> None:
    shuttle = keeper("run-50x8", ends="")
    assert laps(shuttle.tapped(ch.AttemptId("bo"), START_NS + 25 * S)) == [("bo", 25.0, 2)]


def test_a_shuttle_with_two_gates_takes_turns_and_a_missed_touch_is_told() -> None:
    shuttle = keeper("run-50x8", ends="finish far")
    anna = ch.AttemptId("anna")
    changes: list[ch.Change] = []
    for end, at_s in (("far", 12.0), ("finish", 24.0), ("finish", 49.0), ("far", 62.0)):
        changes.append(shuttle._lap(anna, end, START_NS + round(at_s * S), 0, ("camera",), 1.0, None))  # type: ignore[arg-type]
    assert [(lap.ways, lap.doubt) for lap in changes if isinstance(lap, ch.LapCounted)] == [
        (1, None), (1, None), (2, "missed_touch"), (1, None),
    ]  # fmt: skip


def test_a_tap_that_no_camera_bears_out_is_still_a_lap() -> None:
    run = keeper("run-800")
    assert run.tapped(ch.AttemptId("cai"), START_NS + 50 * S) == []
    told = [change for at_s in range(50, 62) for change in run.advance(START_NS + at_s * S)]
    assert [name for name, _, _ in laps([*told, *run.flush()])] == ["cai"]


def test_a_camera_and_a_tap_are_one_lap_at_the_cameras_time() -> None:
    run = keeper("run-800")
    run.crossed("finish", seen(50.0))
    run.tapped(ch.AttemptId("bo"), START_NS + round(50.7 * S))
    told = [change for at_s in range(50, 64) for change in run.advance(START_NS + at_s * S)]
    assert laps([*told, *run.flush()]) == [("bo", 50.0, 1)]


def test_a_bib_names_a_crossing_without_bands_and_taps() -> None:
    run = Lapkeeper({}, lambda: "n")
    numbers = {7: ch.AttemptId("anna"), 8: ch.AttemptId("bo"), 9: ch.AttemptId("cai")}
    run.begin(RUNS["run-800"], runners(), GUN, 0, frozenset({"finish"}), numbers)
    run.crossed("finish", seen(50.0, track=4))
    run.bib("finish", 4, 9, 0.97)
    told = [change for at_s in range(50, 64) for change in run.advance(START_NS + at_s * S)]
    found = [change for change in [*told, *run.flush()] if isinstance(change, ch.LapCounted)]
    assert [(lap.attempt, lap.t_ns) for lap in found] == [("cai", START_NS + 50 * S)]
    assert "bib" in found[0].by


def test_after_a_restart_a_runner_goes_on_from_the_laps_that_stand() -> None:
    again = keeper("run-50x8", ends="")
    anna = runners()[0]
    again.laps_stand(anna)
    run = keeper("run-800")
    lap = ch.LapCounted(ch.AttemptId("bo"), "l1", START_NS + 50 * S, 0, ("camera",), 1.0)
    bo = runners()[1]
    run.laps_stand(AttemptState(bo.place, laps=(lap,)))
    run.crossed("finish", seen(58.0))
    run.tapped(ch.AttemptId("bo"), START_NS + round(58.7 * S))
    told = [change for at_s in range(58, 72) for change in run.advance(START_NS + at_s * S)]
    assert ("bo", 58.0, 1) not in laps(told), "200 m in 8 s"


@pytest.mark.parametrize(("early_s", "told"), [(0.4, True), (5.0, False)])
def test_a_body_over_the_line_before_the_signal(early_s: float, told: bool) -> None:  # noqa: FBT001 - a case
    changes = keeper("run-800").crossed("finish", seen(-early_s))
    assert bool(changes) == told
    if told:
        assert changes == [ch.FalseStartSeen(0, None, 400)]


def test_at_the_finish_of_a_dash_nobody_starts() -> None:
    assert keeper("run-50").crossed("finish", seen(-0.4)) == []


def test_a_rolling_start_has_no_false_start_and_the_first_pass_may_come_at_once() -> None:
    rolling = keeper("run-800", started=ch.HeatStarted(0, START_NS, 0, None, rolling=True))
    assert rolling.crossed("finish", seen(-0.4)) == []
    rolling.crossed("finish", seen(3.0))
    rolling.tapped(ch.AttemptId("anna"), START_NS + round(3.6 * S))
    told = [change for at_s in range(3, 16) for change in rolling.advance(START_NS + at_s * S)]
    assert [name for name, _, _ in laps(told)] == ["anna"]


def test_a_lap_that_was_none_is_taken_away_by_its_name() -> None:
    run = keeper("run-800")
    lap = LapSeen("anna", 1, START_NS + 60 * S, 10_000_000, ("radio",), 0.6, "who")
    [counted] = run._told("finish", [lap])
    assert isinstance(counted, ch.LapCounted)
    removed, again = run._told(
        "finish", [Withdrawn(lap), LapSeen("anna", 1, START_NS + 66 * S, 10_000_000, ("camera",), 0.9, "who")]
    )
    assert removed == ch.LapRemoved(ch.AttemptId("anna"), counted.lap)
    assert isinstance(again, ch.LapCounted)
    assert run._told("finish", [Withdrawn(lap)]) == []


def test_an_activity_on_the_spot_is_no_run() -> None:
    with pytest.raises(ValueError, match="no run"):
        Lapkeeper().begin(RUNS["rope-60"], [], GUN)


def test_a_band_that_runs_before_the_signal_is_told_by_name() -> None:
    run = keeper("run-800", bands=True)
    steps = [-1.5 + 60 / 185 * step for step in range(20)]
    for tenth in range(-50, 45):
        run.steps("band-0002", START_NS + tenth * S // 10, sum(at_s <= tenth / 10 for at_s in steps))
        run.steps("band-0003", START_NS + tenth * S // 10, sum(at_s + 2.0 <= tenth / 10 for at_s in steps))
    assert run.advance(START_NS + 3 * S) == []
    early = run.advance(START_NS + 5 * S)
    assert [(one.attempt, one.early_ms) for one in early if isinstance(one, ch.FalseStartSeen)] == [("bo", 1500)]
    assert run.advance(START_NS + 6 * S) == [], "told once"


def test_what_the_teacher_has_said_of_a_start_is_not_told_otherwise_by_the_band() -> None:
    run = keeper("run-800", bands=True)
    for tenth in range(-50, 45):
        run.steps("band-0002", START_NS + tenth * S // 10, max(0, (tenth + 15) // 3))
    run.start_is_said(ch.AttemptId("bo"))
    assert run.advance(START_NS + 5 * S) == []
