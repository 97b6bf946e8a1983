"""Alternate feet from the side: the shoulders tell the steps that the near leg hides."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from edge.counting.body_bouts import find_bouts
from edge.counting.rope_pose import count_official
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


def from_the_side(height: Callable[[float], float], steps_hz: float, steps: int, seconds: float) -> list[BodySample]:
    """Hips, knees and feet that go up with the near leg: once in two steps."""

    def leg(sample: BodySample) -> float:
        step = (sample.t_ns / 1e9 - BEGIN_S) * steps_hz
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
    samples = from_the_side(rising(2.2, 40, other=0.4), 2.2, 40, 22.0)
    assert count_official(samples).count == pytest.approx(20, abs=1)


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
