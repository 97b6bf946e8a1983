"""A dash in lanes: the order of the bodies on the line is the order of the lanes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from edge.counting.events import Crossing
from edge.counting.lane_identity import by_lane


def crossing(along: float, t_ns: int = 0) -> Crossing:
    return Crossing(t_ns, "left_to_right", 1, along)


def test_as_many_bodies_as_lanes_are_named_by_their_order_whoever_was_first() -> None:
    named = by_lane([crossing(0.9), crossing(0.1), crossing(0.4)], [1, 2, 4])
    assert named.lanes == (4, 1, 2)
    assert named.sure


def test_two_on_the_border_of_their_lanes_are_not_sure() -> None:
    assert not by_lane([crossing(0.48), crossing(0.52), crossing(0.9)], [1, 2, 3]).sure


def test_with_one_missing_each_takes_the_nearest_lane_and_nothing_is_sure() -> None:
    named = by_lane([crossing(0.13), crossing(0.88)], [1, 2, 3, 4])
    assert named.lanes == (1, 4)
    assert not named.sure


def test_a_body_too_many_is_nobody() -> None:
    named = by_lane([crossing(0.2), crossing(0.5), crossing(0.8)], [1, 2])
    assert sum(lane is None for lane in named.lanes) == 1
    assert not named.sure


@given(st.lists(st.floats(0, 1), min_size=0, max_size=10, unique=True), st.sets(st.integers(1, 8), max_size=8))
def test_no_lane_is_given_twice_and_the_order_on_the_line_is_kept(places: list[float], lanes: set[int]) -> None:
    named = by_lane([crossing(place) for place in places], sorted(lanes)).lanes
    given_lanes = [lane for _, lane in sorted(zip(places, named, strict=True)) if lane is not None]
    assert given_lanes == sorted(set(given_lanes))
    assert set(given_lanes) <= lanes
