"""Runs as numbers: laps from passes, the time at the finish, the field's order, official rounding."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.lesson.course import Course
from edge.lesson.run import Pass, covered_m, field_order, progress, rounded_up_ms

TRACK = Course(800.0, 200.0)
START_NS = 7_000_000_000


def passes(*at_s: float) -> list[Pass]:
    return [Pass(START_NS + round(at * 1e9)) for at in at_s]


def test_a_course_that_is_no_multiple_of_the_lap_begins_with_the_short_part() -> None:
    course = Course(1000.0, 400.0)
    assert (course.passes, course.first_lap_m) == (3, 200.0)
    assert [course.at_m(n) for n in range(4)] == [0.0, 200.0, 600.0, 1000.0]


def test_laps_pace_and_what_is_left() -> None:
    run = progress(TRACK, passes(45.0, 92.0), START_NS)
    assert (run.passes, run.left, run.at_m, run.finished) == (2, 2, 400.0, False)
    assert run.lap_ms == (45_000, 47_000)
    assert run.pace_s_per_km == 235
    assert run.finish_ms == 92_000 + 2 * 46_000, "the middle of the recent paces goes on"


def test_a_pass_after_the_finish_is_no_lap() -> None:
    run = progress(TRACK, passes(45.0, 92.0, 140.0, 185.0, 240.0), START_NS)
    assert (run.finished, run.finish_ms, run.passes, run.left) == (True, 185_000, 4, 0)


def test_a_missed_touch_is_two_ways_in_one_stretch() -> None:
    shuttle = Course(400.0, 50.0, shuttle=True)
    run = progress(shuttle, [Pass(START_NS + 11_000_000_000), Pass(START_NS + 36_000_000_000, ways=2)], START_NS)
    assert (run.passes, run.at_m, run.lap_m) == (3, 150.0, (50.0, 100.0))


def test_nothing_is_projected_before_the_first_pass() -> None:
    run = progress(TRACK, [], START_NS)
    assert (run.finish_ms, run.pace_s_per_km, run.passes) == (None, None, 0)


def test_against_time_the_last_part_is_told_by_the_pace_and_never_a_whole_lap() -> None:
    course = Course(None, 200.0)
    run = progress(course, passes(50.0, 100.0), START_NS)
    assert covered_m(course, run, 125_000) == 500
    assert covered_m(course, run, 400_000) == 590
    assert covered_m(course, progress(course, [], START_NS), 720_000) == 0


def test_the_order_of_a_field_with_a_lapped_runner_and_one_who_has_not_passed() -> None:
    runs = {
        "slow": progress(TRACK, passes(70.0), START_NS),
        "first": progress(TRACK, passes(40.0, 82.0), START_NS),
        "second": progress(TRACK, passes(41.0, 85.0), START_NS),
        "none": progress(TRACK, [], START_NS),
    }
    order = field_order(TRACK, runs)
    assert {key: rank.place for key, rank in order.items()} == {"first": 1, "second": 2, "slow": 3}
    assert order["second"].gap_ms == 3_000
    assert (order["slow"].laps_behind, order["slow"].gap_ms) == (1, 30_000)


def test_a_dead_heat_shares_a_place() -> None:
    runs = {name: progress(TRACK, passes(40.0), START_NS) for name in ("a", "b")} | {"c": progress(TRACK, passes(41.0), START_NS)}
    assert {key: rank.place for key, rank in field_order(TRACK, runs).items()} == {"a": 1, "b": 1, "c": 3}


@pytest.mark.parametrize(
    ("time_ms", "step_ms", "official_ms"), [(8_210, 100, 8_300), (8_200, 100, 8_200), (231_001, 1_000, 232_000)]
)
def test_official_times_are_rounded_up(time_ms: int, step_ms: int, official_ms: int) -> None:
    assert rounded_up_ms(time_ms, step_ms) == official_ms


@given(st.lists(st.integers(20_000, 200_000), min_size=1, max_size=12), st.integers(-(10**12), 10**12))
def test_a_shift_of_the_clock_changes_nothing(laps_ms: list[int], shift_ns: int) -> None:
    times, at_ns = [], START_NS
    for lap_ms in laps_ms:
        at_ns += lap_ms * 1_000_000
        times.append(at_ns)
    here = progress(TRACK, [Pass(t) for t in times], START_NS)
    there = progress(TRACK, [Pass(t + shift_ns) for t in times], START_NS + shift_ns)
    assert here == there
    assert sum(here.lap_ms) == here.elapsed_ms
