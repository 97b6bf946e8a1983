"""Alternate feet from the side: the shoulders tell the steps that the near leg hides."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from edge.counting.body_bouts import find_bouts
from edge.counting.body_stretch import stretches
from edge.counting.rope_pose import count_official
from edge.counting.side_steps import side_steps
from support.bodies import Body, bounce, seen, turning

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge.counting.samples import BodySample

BEGIN_S = 2.0


def rising(steps_hz: float, steps: int, other: float = 1.0, rise: float = 0.05) -> Callable[[float], float]:
    """Shoulders that come up with every step; with every second one only so far, as a share."""

    def height(t_s: float) -> float:
        step = (t_s - BEGIN_S) * steps_hz
        if not 0 <= step <= steps:
            return 0.0
        size = rise if int(step) % 2 == 0 else rise * other
        return size * float(1 - np.cos(2 * np.pi * step))

    return height


def from_the_side(
    height: Callable[[float], float], steps_hz: float, steps: int, seconds: float, *, begins_s: tuple[float, ...] = (BEGIN_S,)
) -> list[BodySample]:
    """Hips, knees and feet that go up with the near leg: once in two steps, from each beginning on."""

    def leg(sample: BodySample) -> float:
        t_s = sample.t_ns / 1e9
        step = (t_s - max((begin_s for begin_s in begins_s if begin_s <= t_s), default=t_s)) * steps_hz
        return float(1 - np.cos(np.pi * step)) if 0 <= step <= steps else 0.0

    body = seen(Body(height=height, hands=turning(steps_hz)), seconds)
    return [
        replace(s, hips=s.hips + 0.02 * up, knees=s.knees - s.shoulders + 0.1 * up, feet=s.feet - s.shoulders + 0.2 * up)
        for s, up in ((s, leg(s)) for s in body)
    ]


@pytest.mark.parametrize("steps_hz", [2.2, 3.0, 4.0])
def test_every_step_is_a_skip_though_the_legs_show_every_second(steps_hz: float) -> None:
    samples = from_the_side(rising(steps_hz, 40), steps_hz, 40, BEGIN_S + 40 / steps_hz + 2.0)
    assert count_official(samples).count == pytest.approx(40, abs=1)
    assert {bout.by for bout in find_bouts(samples)} == {"feet"}


def test_whoever_jumps_and_then_stands_up_has_jumped_once() -> None:
    samples = from_the_side(rising(2.2, 40, other=0.6), 2.2, 40, 22.0)
    assert count_official(samples).count == pytest.approx(20, abs=1)


@pytest.mark.parametrize(("other", "steps_hz", "found"), [(1.0, 2.6, 20), (0.6, 2.6, 0), (1.0, 1.6, 0)])
def test_steps_come_up_alike_and_follow_soon(other: float, steps_hz: float, found: int) -> None:
    """Left and right as far as each other, and two in a second at least."""
    (stretch,) = stretches(from_the_side(rising(steps_hz, 20, other, 0.09), steps_hz, 20, BEGIN_S + 20 / steps_hz + 2.0))
    assert sum(map(len, side_steps(stretch, []))) == pytest.approx(found, abs=1 if found else 0)


def test_a_body_that_bounces_as_a_whole_is_counted_by_its_bounce() -> None:
    body = Body(height=bounce(2.2, 2.0, 12.0), hands=turning(2.2))
    assert {bout.by for bout in find_bouts(seen(body, 14))} == {"bounce"}


def test_legs_that_march_beside_shoulders_that_stay_give_no_skip() -> None:
    samples = from_the_side(rising(3.0, 40, rise=0.003), 3.0, 40, 18.0)
    assert count_official(samples).count == 0


def test_two_sets_of_legs_are_no_reason_to_count_twice() -> None:
    """Where the knees show every step as well, each is counted once."""
    samples = [
        replace(s, stride=0.6 * float(np.sin(3.0 * np.pi * (s.t_ns / 1e9 - BEGIN_S))) if BEGIN_S <= s.t_ns / 1e9 <= 15.3 else 0.0)
        for s in from_the_side(rising(3.0, 40), 3.0, 40, 18.0)
    ]
    assert count_official(samples).count == pytest.approx(40, abs=1)


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
