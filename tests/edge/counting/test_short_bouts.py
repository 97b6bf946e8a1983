"""A skip or a few steps between two trips are found by their likeness to a longer bout."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from edge.counting.body_bouts import find_bouts
from edge.counting.rope_pose import count_official
from support.bodies import Body, bounce, seen
from support.side_bodies import BEGIN_S, from_the_side, rising

if TYPE_CHECKING:
    from edge.counting.samples import BodySample


@pytest.mark.parametrize(("hop", "found"), [(0.2, 3), (0.1, 0)])
def test_a_skip_or_two_between_trips_are_found_afterwards_when_they_are_like_the_others(hop: float, found: int) -> None:
    bouts = [bounce(2.0, 1.0, 8.0), bounce(2.0, 10.0, 10.5, hop), bounce(2.0, 12.5, 13.5, hop)]
    samples = seen(Body(height=lambda t: sum(bout(t) for bout in bouts)), 16)
    assert count_official(samples).count == 14 + found
    assert [len(bout.skips_ns) for bout in find_bouts(samples)] == [14]


@pytest.mark.parametrize(("after_s", "found"), [(0.5, 2), (1.0, 1)])
def test_the_last_of_two_skips_between_trips_may_lift_the_feet_less_when_it_comes_in_time(after_s: float, found: int) -> None:
    bouts = [bounce(2.0, 1.0, 8.0), bounce(2.0, 10.0, 10.5), bounce(2.0, 10.0 + after_s, 10.5 + after_s)]
    samples = seen(Body(height=lambda t: sum(bout(t) for bout in bouts)), 14)
    lower = [replace(s, knees=0.6 * s.knees, feet=0.6 * s.feet) if s.t_ns / 1e9 > 10.0 + after_s else s for s in samples]
    assert count_official(lower).count == 14 + found


def test_two_skips_behind_a_hidden_span_are_found_by_their_likeness_to_those_before_it() -> None:
    bouts = [bounce(2.0, 1.0, 8.0), bounce(2.0, 10.0, 11.0)]
    samples = seen(Body(height=lambda t: sum(bout(t) for bout in bouts)), 13)
    hidden = [type(s)(s.t_ns, present=False) if 6.0e9 < s.t_ns < 9.5e9 else s for s in samples]
    assert count_official(hidden).count == count_official([s for s in hidden if s.t_ns < 9.5e9]).count + 2 == 12


def stepping_again(steps: int, again: int, *, last: float = 1.0) -> list[BodySample]:
    """Three steps a second from the side, a pause of two seconds, and some more: the last one may be lower."""
    first, second, begin_s = rising(3.0, steps), rising(3.0, again), BEGIN_S + steps / 3.0 + 2.0

    def height(t_s: float) -> float:
        later_s = t_s - begin_s
        return first(t_s) + second(later_s + BEGIN_S) * (last if later_s * 3.0 > again - 1 else 1.0)

    return from_the_side(height, 3.0, max(steps, again), begin_s + again / 3.0 + 2.0, begins_s=(BEGIN_S, begin_s))


@pytest.mark.parametrize(("again", "found"), [(1, 0), (2, 2), (4, 4)])
def test_a_few_steps_after_a_trip_are_found_afterwards_two_at_least(again: int, found: int) -> None:
    before = count_official(stepping_again(30, 0)).count
    assert before == pytest.approx(30, abs=1)
    assert count_official(stepping_again(30, again)).count == before + found


def test_whoever_comes_to_rest_after_them_has_not_stepped_once_more() -> None:
    whole, resting = stepping_again(30, 4), stepping_again(30, 4, last=0.5)
    assert count_official(resting).count == count_official(whole).count - 1


def test_a_few_steps_alone_show_no_way_of_stepping() -> None:
    assert count_official(stepping_again(4, 2)).count == 0
    assert count_official(stepping_again(6, 4)).count == count_official(stepping_again(6, 0)).count == pytest.approx(6, abs=1)
