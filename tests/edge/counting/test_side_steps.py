"""Alternate feet from the side: the shoulders tell the steps that the near leg hides."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from edge.counting.body_bouts import find_bouts
from edge.counting.body_stretch import stretches
from edge.counting.rope_pose import count_official
from edge.counting.side_steps import side_steps
from support.bodies import Body, bounce, seen, turning
from support.side_bodies import BEGIN_S, from_the_side, rising


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
