"""A pupil's run looked at again: of all ends that laps may have had, the likeliest way through them."""

from __future__ import annotations

import math

import pytest

from edge.counting.lap_history import Course, End, likeliest
from edge.counting.lap_likelihood import Found
from edge.counting.lap_pace import Pace

COURSE = Course(0, 60.0, 0.15, 25.0, 4, math.log(0.04), math.log(0.05))
CROSSING = math.log(120.0)
"""A crossing that nobody claimed, where a stranger comes every two minutes."""


def way(*ends_s: float, gain: float = CROSSING, over: bool = True, course: Course = COURSE) -> list[tuple[float, int]]:
    ends = [End(Found("an", round(t_s * 1e9)), gain) for t_s in ends_s]
    found = likeliest(course, ends, 400_000_000_000, over=over)
    return [(end.t_ns / 1e9, unseen) for end, unseen in found.ends]


def test_even_laps_are_told_from_strangers_between_them() -> None:
    assert way(60.0, 95.0, 124.0, 151.0, 187.0, 249.0) == [(60.0, 0), (124.0, 0), (187.0, 0), (249.0, 0)]


def test_a_lap_that_nobody_saw_is_left_out_and_counted() -> None:
    assert way(60.0, 124.0, 250.0) == [(60.0, 0), (124.0, 0), (250.0, 1)]


def test_a_strong_witness_is_believed_before_an_even_pace() -> None:
    ends = [End(Found("an", round(t_s * 1e9)), gain) for t_s, gain in ((60.0, 15.0), (124.0, CROSSING), (135.0, 15.0))]
    found = likeliest(COURSE, ends, 140_000_000_000, over=False)
    assert [end.t_ns / 1e9 for end, _ in found.ends] == [60.0, 135.0]


def test_no_more_laps_than_are_run_and_none_too_soon() -> None:
    assert len(way(*(60.0 * lap for lap in range(1, 8)))) == 4
    assert way(20.0) == []


def test_who_has_taken_the_steps_of_another_lap_has_not_stopped() -> None:
    pace = Pace(0, 60.0, 25.0)
    for tick in range(480):
        pace.step(tick * 250_000_000, round(tick * 0.25 * 2.8))
        if tick == 240:
            pace.ended(60_000_000_000)
            assert not pace.has_run_on(61_000_000_000)
    assert pace.has_run_on(119_000_000_000)


def test_a_surprise_is_rather_a_slow_lap_than_a_fast_one() -> None:
    pace = Pace(0, 60.0, 10.0)
    pace.ended(60_000_000_000)
    assert pace.density_per_s(85_000_000_000) < 0.2 * pace.density_per_s(160_000_000_000)


@pytest.mark.parametrize("many", [10, 40])
def test_ways_are_bounded(many: int) -> None:
    found = likeliest(COURSE, [End(Found("an", (30 + 5 * n) * 1_000_000_000), CROSSING) for n in range(many)], 10**12, over=True)
    assert 1 <= len(found.ends) <= 4
