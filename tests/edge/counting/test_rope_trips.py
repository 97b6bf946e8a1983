"""Who stops and soon goes on was caught, after a jerk a little later too; afterwards and while the attempt runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from edge.counting.rope_official import count_official
from edge.counting.rope_trips import LiveStops, find_stops
from simulators.band_motion import Style
from support.motion import samples_of, skipped

if TYPE_CHECKING:
    from collections.abc import Callable

    Find = Callable[..., list[float]]

PERIOD = 25


def heat(*pauses_s: float, jerk: float = 1.0, bout_s: float = 4.0) -> tuple[np.ndarray, np.ndarray]:
    """The size of the motion of an attempt of turns of half a second with pauses between its bouts, and the indices of its turns.

    Args:
        jerk: the peak of a bout's last turn, as a share of the others.
    """
    turn = 12 + 18 * np.exp(-((np.arange(PERIOD) - PERIOD // 2) ** 2) / 12)
    bout = np.tile(turn, int(bout_s * 50) // PERIOD)
    bout[-PERIOD:] *= jerk
    size, turns = np.zeros(0), np.zeros(0)
    for pause_s in (0.0, *pauses_s):
        size = np.concatenate([size, np.full(round(pause_s * 50), 0.5)])
        turns = np.concatenate([turns, len(size) + PERIOD // 2 + np.arange(0, len(bout), PERIOD)])
        size = np.concatenate([size, bout])
    return np.concatenate([size, np.full(60, 0.5)]), turns


def afterwards(size: np.ndarray, turns: np.ndarray, period: int = PERIOD) -> list[float]:
    """When the limb stopped, in seconds."""
    sure = np.isin(np.arange(len(size)) // 25, turns // 25)
    return [at / 50 for at in find_stops(size, turns, np.full(len(size), period), sure)]


def meanwhile(size: np.ndarray, turns: np.ndarray, period: int = PERIOD) -> list[float]:
    """The same while it runs: a tenth of a second at a time, each turn told 0.3 s late."""
    stops, told, waiting = LiveStops(), [], turns.tolist()
    usual = float(np.sqrt(np.mean(np.square(size[: int(turns[-1])][size[: int(turns[-1])] > 1.0]))))
    for end in range(5, len(size), 5):
        while waiting and waiting[0] + 15 < end:
            told.append(stops.turn(round(waiting.pop(0) / 50 * 1e9), period / 50))
        newest = np.square(np.concatenate([np.zeros(150), size[:end]])[-150:])
        stops.moved(float(np.sqrt(newest[-20:].mean())) / usual, newest, round((end - 1) / 50 * 1e9))
    return [at / 1e9 for at in told if at is not None]


WHEN = pytest.mark.parametrize("find", [afterwards, meanwhile])


@WHEN
def test_who_stops_and_soon_goes_on_was_caught_and_who_takes_longer_rests(find: Find) -> None:
    assert len(find(*heat(1.2, 1.6))) == 2
    assert find(*heat(4.0)) == []


@WHEN
def test_after_a_jerk_it_may_take_longer_and_a_jerk_alone_is_none(find: Find) -> None:
    assert find(*heat(3.0)) == []
    assert len(find(*heat(3.0, jerk=1.6))) == 1
    assert find(*heat(0.1, jerk=1.6)) == []


@WHEN
def test_the_end_of_an_attempt_is_no_trip(find: Find) -> None:
    assert find(*heat(jerk=1.6)) == []


@WHEN
def test_who_walks_about_before_the_next_turn_was_not_caught(find: Find) -> None:
    size, turns = heat(1.2)
    at = round(5.0 * 50)
    walked = np.concatenate([size[:at], np.full(8 * 50, 12.0), size[at:]])
    assert find(walked, np.where(turns > at, turns + 8 * 50, turns)) == []


@WHEN
def test_before_there_is_a_usual_turn_there_is_no_trip(find: Find) -> None:
    assert find(*heat(1.2, bout_s=1.0)) == []


@WHEN
def test_the_stop_is_where_the_motion_ends(find: Find) -> None:
    (at_s,) = find(*heat(1.5))
    assert at_s == pytest.approx(4.0, abs=0.3)


@WHEN
def test_the_still_part_of_a_slow_turn_is_no_stop(find: Find) -> None:
    assert len(find(*heat(0.4))) == 1
    assert find(*heat(0.4), period=60) == []


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
