"""What a run is worth: official times, metres, laps, and why somebody should look."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest

from edge.lesson import changes as ch
from edge.lesson.activity import activities
from edge.lesson.run_result import DID_NOT_FINISH, RunResult, run_result
from edge.lesson.session import AttemptState

START_NS = 3_000_000_000
RUNS = activities(lap_m=200.0)


def runner(*laps_s: float, doubt: ch.LapDoubt | None = None, by: tuple[ch.Witness, ...] = ("camera", "band")) -> AttemptState:
    place = ch.Place(ch.AttemptId("a"), ch.PupilId("p"), None, None)
    laps = [
        ch.LapCounted(place.attempt, f"l{at}", START_NS + round(lap * 1e9), 10_000_000, by, 0.97, 1, doubt)
        for at, lap in enumerate(laps_s)
    ]
    return AttemptState(place, laps=tuple(laps))


GUN = ch.HeatStarted(0, START_NS, 0, None)


def decide(
    activity: str, attempt: AttemptState, ended_s: float = 900.0, in_question: tuple[str, ...] = (), started: ch.HeatStarted = GUN
) -> RunResult:
    return run_result(RUNS[activity], attempt, started=started, ends_ns=START_NS + round(ended_s * 1e9), in_question=in_question)


def test_800_m_in_whole_seconds_rounded_up() -> None:
    result = decide("run-800", runner(45.0, 92.0, 140.0, 185.2))
    assert (result.official, result.source, result.review) == (186_000, "both", None)
    assert result.laps_ms == (45_000, 47_000, 48_000, 45_200)
    assert result.confidence == 0.97


def test_50_m_in_tenths_rounded_up() -> None:
    assert decide("run-50", runner(8.21)).official == 8_300
    assert decide("run-50", runner(8.20)).official == 8_200


def test_who_is_not_at_the_finish_has_no_time() -> None:
    result = decide("run-800", runner(45.0, 92.0))
    assert result.official == DID_NOT_FINISH
    assert result.review is not None
    assert result.review.reason == "did_not_finish"


def test_12_minutes_are_metres_with_the_part_of_the_last_lap() -> None:
    laps = [60.0 * n for n in range(1, 12)]
    assert decide("run-12min", runner(*laps), ended_s=720.0).official == 11 * 200 + 190, "never a whole lap that was not passed"
    assert decide("run-12min", runner(*laps), ended_s=690.0).official == 11 * 200 + 100


def test_a_pass_after_the_final_signal_is_none_and_who_stopped_runs_no_part() -> None:
    assert decide("run-12min", runner(60.0, 120.0, 725.0), ended_s=720.0).laps_ms == (60_000, 60_000)
    assert decide("run-12min", replace(runner(60.0, 120.0), stopped=True), ended_s=720.0).official == 400


def test_with_a_rolling_start_the_own_time_begins_at_the_own_first_pass() -> None:
    rolling = msgspec.structs.replace(GUN, rolling=True)
    result = decide("run-800", runner(12.0, 57.0, 104.0, 152.0, 197.2), started=rolling)
    assert (result.official, result.laps_ms) == (186_000, (45_000, 47_000, 48_000, 45_200))


def test_the_second_wave_is_timed_from_its_own_start() -> None:
    waves = msgspec.structs.replace(GUN, waves=((ch.AttemptId("b"),), (ch.AttemptId("a"),)), wave_gap_ms=30_000)
    assert decide("run-800", runner(75.0, 122.0, 170.0, 215.2), started=waves).official == 186_000


def test_free_laps_are_laps() -> None:
    assert decide("run-free", runner(60.0, 130.0, 250.0)).official == 3


@pytest.mark.parametrize(
    ("attempt", "in_question", "reason"),
    [
        (runner(45.0, 92.0, 140.0, 185.0), ("l2",), "order_open"),
        (replace(runner(45.0, 92.0, 140.0, 185.0), early_ms=80), (), "false_start"),
        (runner(45.0, 92.0, 140.0, 185.0, doubt="missed_touch"), (), "missed_touch"),
        (runner(45.0, 92.0, 140.0, 185.0, doubt="no_steps"), (), "no_steps"),
        (runner(45.0, 92.0, 140.0, 185.0, doubt="unsure"), (), "lap_unsure"),
        (runner(45.0, 92.0), ("l0",), "order_open"),
    ],
)
def test_why_somebody_should_look(attempt: AttemptState, in_question: tuple[str, ...], reason: str) -> None:
    review = decide("run-800", attempt, in_question=in_question).review
    assert review is not None
    assert review.reason == reason


def test_nobody_seen_in_free_laps_is_said() -> None:
    review = decide("run-free", runner()).review
    assert review is not None
    assert review.reason == "no_signal"


@pytest.mark.parametrize(
    ("by", "source"), [(("camera",), "camera"), (("band",), "band"), (("teacher",), "teacher"), (("bib",), "camera")]
)
def test_by_whom_it_is_known(by: tuple[ch.Witness, ...], source: str) -> None:
    assert decide("run-free", runner(60.0, by=by)).source == source


def test_a_rope_activity_is_no_run() -> None:
    with pytest.raises(ValueError, match="no run"):
        decide("rope-60", runner())
