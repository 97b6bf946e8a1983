"""A pupil's run looked at again: of all ends that laps may have had, the likeliest way through them."""

from __future__ import annotations

import math
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.counting.lap_history import MOST_UNSEEN, Course, End, ended, likeliest, told_way
from edge.counting.lap_likelihood import Found
from edge.counting.lap_pace import LONGEST, NEXT_IS_SLOWER, NEXT_SPREAD, SURPRISES, Pace

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


@given(
    st.lists(st.tuples(st.integers(10, 390), st.floats(-4.0, 12.0)), min_size=1, max_size=4, unique_by=lambda one: one[0]),
    st.sampled_from([None, 2, 4]), st.booleans(),
)  # fmt: skip
def test_no_way_is_likelier_than_the_one_that_is_found(told: list[tuple[int, float]], laps: int | None, over: bool) -> None:  # noqa: FBT001 - drawn
    course = Course(0, 60.0, 0.3, 25.0, laps, math.log(0.04), math.log(0.05))
    ends = [End(Found("an", t_s * 1_000_000_000), gain) for t_s, gain in sorted(told)]
    found = likeliest(course, ends, 400_000_000_000, over=over)
    every = [
        told_way(course, [(end, unseen) for end, unseen in zip(ends, way, strict=True) if unseen is not None])
        for way in product((None, *range(MOST_UNSEEN + 1)), repeat=len(ends))
    ]
    scores = [ended(course, way, 400_000_000_000, over=over) for way in every]
    assert ended(course, found, 400_000_000_000, over=over) == pytest.approx(max(scores))
    assert found.score == pytest.approx(told_way(course, found.ends).score)


def test_a_way_is_as_likely_as_its_laps_by_the_laps_before_them() -> None:
    """The first lap is the usual one, the next two take what is usual after it, and one of the two was seen by nobody."""
    ends = [End(Found("an", round(t_s * 1e9)), CROSSING) for t_s in (60.0, 60.0 + 2 * 60.0 * NEXT_IS_SLOWER)]
    told = told_way(COURSE, [(ends[0], 0), (ends[1], 1)])

    def as_usual(lap_s: float, spread: float) -> float:
        return (1.0 - SURPRISES) / (spread * math.sqrt(2.0 * math.pi) * lap_s) + SURPRISES / LONGEST / lap_s

    first, second = as_usual(60.0, COURSE.first_spread), as_usual(60.0 * NEXT_IS_SLOWER, NEXT_SPREAD)
    assert told.score == pytest.approx(2 * CROSSING + math.log(first) + math.log(second / 2) + COURSE.unseen)
    assert told.laps == 3
