"""Skips by alternate feet."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from edge.counting.body_bouts import find_bouts
from edge.counting.rope_pose import count_official
from support.bodies import Body, bounce, seen, turning


def stepping(steps_hz: float, first_s: float, steps: int, size: float = 0.6) -> Body:
    """Knees that go up in turn: `steps` of them, one every 1/steps_hz seconds, the first at its highest after half of that."""

    def stride(t_s: float) -> float:
        phase = (t_s - first_s) * steps_hz
        return size * float(np.sin(np.pi * phase)) if 0 <= phase <= steps else 0.0

    return Body(stride=stride, hands=turning(steps_hz))


@pytest.mark.parametrize(
    ("steps_hz", "rate_hz"), [(2.5, 30.0), (4.6, 24.0), (4.6, 30.0), (7.0, 30.0), (7.3, 60.0), (8.0, 60.0), (6.0, 15.0)]
)
def test_each_landing_of_either_foot_is_a_skip(steps_hz: float, rate_hz: float) -> None:
    samples = seen(stepping(steps_hz, 2.0, 40), 2.0 + 40 / steps_hz + 2.0, rate_hz=rate_hz)
    assert count_official(samples).count == pytest.approx(40, abs=1)
    assert {bout.by for bout in find_bouts(samples)} == {"feet"}


def test_a_noisy_leg_is_seen_through() -> None:
    """Image motion takes one leg for the other now and then: every sixth value is off by as much as a step."""
    samples = seen(stepping(6.0, 2.0, 48), 12.0)
    draw = np.random.default_rng(3)
    noisy = [replace(s, stride=s.stride + draw.choice([-0.5, 0.5])) if draw.random() < 1 / 6 else s for s in samples]
    assert count_official(noisy).count == pytest.approx(48, abs=2)


def test_a_body_that_bounces_as_often_is_counted_by_its_bounce() -> None:
    both = Body(height=bounce(2.4, 2.0, 10.0), stride=stepping(2.4, 2.0, 19, size=0.3).stride, hands=turning(2.4))
    assert {bout.by for bout in find_bouts(seen(both, 12))} == {"bounce"}


def test_a_small_shuffle_of_the_feet_is_no_step() -> None:
    assert count_official(seen(stepping(3.0, 2.0, 30, size=0.07), 14)).count == 0


def test_thighs_up_to_the_horizontal_are_high_knees_and_no_skips() -> None:
    assert count_official(seen(stepping(3.0, 2.0, 30, size=0.95), 14)).count == 0
