"""Both ends of walks that are written down here."""

from __future__ import annotations

import pytest

from edge.counting.step_ends import ends
from edge.counting.step_rules import RULES

STEADY = [2.0] * 16


def evenly(rises: list[float], apart_s: float = 0.5) -> list[float]:
    return [apart_s * number for number in range(len(rises))]


def kept(t_s: list[float], rises: list[float]) -> int:
    first, end = ends(t_s, rises, RULES)
    return end - first


def test_a_steady_walk_is_all_its_steps() -> None:
    assert ends(evenly(STEADY), STEADY, RULES) == (0, 16)


def test_a_weak_first_and_last_step_in_rhythm_are_steps() -> None:
    rises = [0.5, 1.1, *STEADY, 0.9]
    assert ends(evenly(rises), rises, RULES) == (0, 19)


@pytest.mark.parametrize("rise_mps2", [0.3, 0.0, -0.2])
def test_what_hardly_rises_is_none(rise_mps2: float) -> None:
    rises = [rise_mps2, *STEADY, rise_mps2]
    assert ends(evenly(rises), rises, RULES) == (1, 17)


def test_of_many_weak_ones_two_are_steps() -> None:
    rises = [0.6] * 6 + STEADY
    assert ends(evenly(rises), rises, RULES) == (4, 22)


@pytest.mark.parametrize("apart_s", [0.3, 0.8])
def test_a_weak_one_out_of_rhythm_is_none(apart_s: float) -> None:
    rises = [0.6, *STEADY]
    t_s = [-apart_s, *evenly(STEADY)]
    assert ends(t_s, rises, RULES) == (1, 17)


def test_a_few_tops_beyond_a_pause_are_none_however_high() -> None:
    t_s = [-2.0, -1.5, *evenly(STEADY), 8.6, 9.1, 9.6]
    rises = [2.5, 2.5, *STEADY, 3.0, 2.0, 2.0]
    assert ends(t_s, rises, RULES) == (2, 18)


def test_enough_steps_beyond_a_short_pause_are_steps() -> None:
    t_s = [*evenly(STEADY), *(8.6 + 0.5 * number for number in range(5))]
    assert kept(t_s, [2.0] * 21) == 21


def test_both_ways_in_time_are_alike() -> None:
    rises = [0.1, 0.7, 1.2, *STEADY, 0.5, 0.5, 0.5, 0.5]
    t_s = evenly(rises)
    first, end = ends(t_s, rises, RULES)
    back = ends([-at for at in t_s[::-1]], rises[::-1], RULES)
    assert back == (len(rises) - end, len(rises) - first)


@pytest.mark.parametrize("number", [1, 2, 3, 6, 11])
def test_short_walks_are_judged_by_what_they_have(number: int) -> None:
    assert kept(evenly([2.0] * number), [2.0] * number) == number
