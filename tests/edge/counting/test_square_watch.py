"""When a square is empty, when two are in it, and when it is neither: by the times of the samples alone."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.counting.samples import BodySample
from edge.counting.square_watch import SquareWatch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge.counting.square_watch import SquareState

S = 1_000_000_000
RATE_HZ = 10


def looks(*parts: tuple[float, int], starts_s: float = 0.0) -> list[BodySample]:
    """Samples of a camera: for how long (s), and how many are in the square."""
    bodies = [number for seconds, number in parts for _ in range(round(seconds * RATE_HZ))]
    return [
        BodySample(round(starts_s * S) + index * S // RATE_HZ, present=number > 0, bodies=max(1, number))
        for index, number in enumerate(bodies)
    ]


def states(samples: Sequence[BodySample], watch: SquareWatch | None = None) -> list[SquareState]:
    watch = watch or SquareWatch(0)
    return [watch.feed(sample) for sample in samples]


def changes(samples: Sequence[BodySample]) -> list[tuple[float, SquareState]]:
    """Time (s) and new state of every change."""
    said = ["fine", *states(samples)]
    return [(sample.t_ns / S, after) for sample, (before, after) in zip(samples, pairwise(said), strict=True) if before != after]


def test_who_leaves_is_missed_after_two_seconds_and_back_after_half_a_second() -> None:
    assert changes(looks((3.0, 1), (4.0, 0), (3.0, 1))) == [(5.0, "nobody"), (7.5, "fine")]


def test_a_square_that_was_empty_from_the_beginning_is_said() -> None:
    assert changes(looks((4.0, 0))) == [(2.0, "nobody")]


def test_a_body_lost_for_a_moment_is_nobody_missing() -> None:
    assert changes(looks(*[(1.8, 0), (0.1, 1)] * 10)) == []


def test_what_looks_like_a_body_for_a_picture_or_two_brings_nobody_back() -> None:
    assert changes(looks((3.0, 0), (0.3, 1), (3.0, 0))) == [(2.0, "nobody")]


def test_two_are_said_after_a_second_and_until_two_seconds_after() -> None:
    assert changes(looks((3.0, 1), (4.0, 2), (5.0, 1))) == [(4.0, "crowded"), (8.9, "fine")]


def test_who_only_walks_through_is_not_said() -> None:
    watch = SquareWatch(0)
    assert set(states(looks(*[(2.0, 1), (0.9, 2)] * 10), watch)) == {"fine"}
    assert watch.crowded_ns == 0


def test_two_who_are_lost_behind_each_other_are_still_two() -> None:
    assert changes(looks((0.6, 2), (0.5, 0), (0.6, 2))) == [(1.1, "crowded")]


def test_when_both_leave_the_square_is_empty() -> None:
    assert changes(looks((3.0, 2), (4.0, 0))) == [(1.0, "crowded"), (5.0, "nobody")]


@pytest.mark.parametrize("bodies", [0, 2])
def test_over_a_gap_in_the_pictures_nothing_goes_on(bodies: int) -> None:
    once = looks((0.1, bodies))
    later = looks((0.1, bodies), starts_s=30.0)
    assert changes([*once, *later]) == []


def test_the_time_of_two_counts_from_the_signal_on() -> None:
    watch = SquareWatch(2 * S)
    states(looks((5.0, 2), (3.0, 1), (2.0, 2)), watch)
    assert watch.crowded_ns == pytest.approx((3.0 + 2.0) * S, abs=0.3 * S)


def test_late_and_doubled_samples_change_nothing() -> None:
    samples = looks((3.0, 1), (4.0, 0), (3.0, 2))
    plain, disturbed = SquareWatch(0), SquareWatch(0)
    states(samples, plain)
    for before, sample in zip([samples[0], *samples], samples, strict=False):
        states([sample, sample, replace(before, present=not before.present)], disturbed)
    assert (plain.state, plain.crowded_ns) == (disturbed.state, disturbed.crowded_ns)


@given(st.lists(st.tuples(st.floats(0.0, 5.0), st.integers(0, 3)), max_size=12), st.integers(-(10**15), 10**15))
def test_a_shift_in_time_changes_nothing(parts: list[tuple[float, int]], by_ns: int) -> None:
    samples = looks(*parts)
    here, there = SquareWatch(2 * S), SquareWatch(2 * S + by_ns)
    assert states(samples, here) == states([replace(sample, t_ns=sample.t_ns + by_ns) for sample in samples], there)
    assert here.crowded_ns == there.crowded_ns
    assert here.crowded_ns <= max(0, samples[-1].t_ns - 2 * S if samples else 0)
