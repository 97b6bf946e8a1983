"""A burst and then stillness is a trip; a burst alone, a pause alone and a bout too short to know its usual turn are none."""

from __future__ import annotations

import numpy as np
import pytest

from edge.counting.rope_official import count_official
from edge.counting.rope_trips import find_stops, find_trip
from simulators.band_motion import Style
from support.motion import samples_of, skipped

PERIOD = 25


def motion(*, burst: float = 1.0, after: float = 0.05, turns: int = 6) -> tuple[np.ndarray, int]:
    """The size of the motion of some turns with peaks of 30 m/s², a burst after the last, and what comes then."""
    turn = 12 + 18 * np.exp(-((np.arange(PERIOD) - PERIOD // 2) ** 2) / 12)
    before = np.tile(turn, turns)
    last = len(before) - PERIOD // 2
    rest = np.full(120, after * 15.0)
    rest[2:5] = 30.0 * burst
    return np.concatenate([before, rest]), last


def test_a_burst_and_then_stillness_is_a_trip_at_the_burst() -> None:
    size, last = motion(burst=1.6)
    at = find_trip(size, last, PERIOD)
    assert at is not None
    assert size[at] == pytest.approx(48.0)


def test_a_burst_alone_is_none_and_a_pause_alone_is_none() -> None:
    for burst, after in ((1.6, 0.9), (1.0, 0.05), (0.2, 0.05)):
        size, last = motion(burst=burst, after=after)
        assert find_trip(size, last, PERIOD) is None, (burst, after)


def test_without_turns_before_there_is_no_usual_one() -> None:
    size, last = motion(burst=1.6, turns=1)
    assert find_trip(size, last, PERIOD) is None


def test_a_recording_that_ends_at_the_burst_tells_nothing() -> None:
    size, last = motion(burst=1.6)
    assert find_trip(size[: last + 20], last, PERIOD) is None


def heat(*pauses_s: float, period: float = PERIOD, seconds: float = 4.0) -> list[int]:
    """Trips in an attempt of turns of half a second, with pauses between its bouts."""
    turn = 12 + 18 * np.exp(-((np.arange(PERIOD) - PERIOD // 2) ** 2) / 12)
    bout = np.tile(turn, int(seconds * 50) // PERIOD)
    size, turns = np.zeros(0), np.zeros(0)
    for pause_s in (0.0, *pauses_s):
        size = np.concatenate([size, np.full(round(pause_s * 50), 0.5)])
        turns = np.concatenate([turns, len(size) + PERIOD // 2 + np.arange(0, len(bout), PERIOD)])
        size = np.concatenate([size, bout])
    size = np.concatenate([size, np.full(60, 0.5)])
    return find_stops(size, turns, np.full(len(size), period), np.isin(np.arange(len(size)) // 25, turns // 25))


def test_who_stops_and_soon_goes_on_was_caught_and_who_takes_longer_rests() -> None:
    assert len(heat(1.2, 1.6)) == 2
    assert heat(4.0) == []


def test_the_end_of_an_attempt_is_no_trip() -> None:
    assert heat() == []


def test_the_stop_is_where_the_motion_ends() -> None:
    (at,) = heat(1.5)
    assert at == pytest.approx(4.0 * 50, abs=15)


def test_the_still_part_of_a_slow_turn_is_no_stop() -> None:
    assert len(heat(0.4)) == 1
    assert heat(0.4, period=60.0) == []


def test_most_simulated_trips_are_found_afterwards_and_few_that_were_none() -> None:
    happened = told = wrong = 0
    for style in (Style.SINGLE_BOUNCE, Style.ALTERNATE_FEET, Style.DOUBLE_UNDER):
        for seed in range(6):
            recording = skipped(style, seed, poor=True)
            found = np.array(count_official(samples_of(recording)).trip_t_ns) / 1e9
            near = [bool(len(found)) and bool(np.min(np.abs(found - t_s)) < 1.2) for t_s in recording.truth.trips_s]
            happened, told, wrong = happened + len(near), told + sum(near), wrong + len(found) - sum(near)
    assert happened >= 20
    assert told >= 0.7 * happened
    assert wrong <= 0.15 * told
