"""Skips by alternate feet."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from edge.counting.body_bouts import find_bouts
from edge.counting.rope_pose import count_official
from support.bodies import Body, bounce, seen, turning

if TYPE_CHECKING:
    from edge.counting.samples import BodySample


FREE_FALL = 9.81 / 8 / 0.5
"""Torso lengths a second squared: how high a flight of a second goes."""


def stepping(steps_hz: float, first_s: float, steps: int, size: float = 0.6, *, flight: float = 0.1) -> Body:
    """Knees that go up in turn: `steps` of them, one every 1/steps_hz seconds, the first at its highest after half of that.

    Args:
        flight: how far the body comes up with each step (amplitude), as a share of a free flight of its period.
    """
    rise = flight * FREE_FALL / steps_hz**2

    def during(t_s: float, value: float) -> float:
        return value if 0 <= (t_s - first_s) * steps_hz <= steps else 0.0

    return Body(
        height=lambda t_s: during(t_s, rise * float(-np.cos(2 * np.pi * (t_s - first_s) * steps_hz))),
        stride=lambda t_s: during(t_s, size * float(np.sin(np.pi * (t_s - first_s) * steps_hz))),
        hands=turning(steps_hz),
    )


@pytest.mark.parametrize(
    ("steps_hz", "rate_hz"), [(3.0, 30.0), (4.6, 24.0), (4.6, 30.0), (7.0, 30.0), (7.3, 60.0), (8.0, 60.0), (6.0, 15.0)]
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


def test_slow_feet_are_off_the_ground_only_where_the_body_bounces() -> None:
    march = stepping(2.3, 2.0, 24, flight=0.01)
    assert count_official(seen(march, 15)).count == 0
    skipping = Body(height=bounce(2.3, 2.0, 2.0 + 24 / 2.3, height=0.1), stride=march.stride, hands=march.hands)
    samples = seen(skipping, 15)
    assert count_official(samples).count == pytest.approx(24, abs=1)
    assert {bout.by for bout in find_bouts(samples)} == {"feet"}


@pytest.mark.parametrize("steps_hz", [3.0, 4.6, 7.0])
def test_quick_feet_are_off_the_ground_only_where_the_shoulders_come_up_with_them(steps_hz: float) -> None:
    on_the_ground = stepping(steps_hz, 2.0, 40, flight=0.0)
    assert count_official(seen(on_the_ground, 2.0 + 40 / steps_hz + 2.0, noise=0.001)).count == 0


def test_the_foot_that_is_put_down_beside_the_other_at_the_end_is_no_skip() -> None:
    """Forty landings; the foot that was up at the last one makes the forty-first top of a knee."""
    assert count_official(seen(stepping(4.6, 2.0, 41), 13)).count == 40


def test_a_step_that_was_seen_badly_does_not_end_a_bout() -> None:
    body = stepping(4.6, 2.0, 41)

    def weak(t_s: float) -> float:
        return body.stride(t_s) * (0.1 if abs((t_s - 2.0) * 4.6 - 20.5) < 1.0 else 1.0)

    assert count_official(seen(replace(body, stride=weak), 13)).count == 40


def test_who_runs_with_a_rope_lands_twice_a_turn() -> None:
    running = replace(stepping(3.0, 2.0, 31), hands=turning(3.0, 0.5))
    assert count_official(seen(running, 14)).count == 15


def test_arms_that_go_in_turn_with_the_feet_are_a_runner_s() -> None:
    running = replace(stepping(3.0, 2.0, 30), hands=turning(3.0, 0.5))
    assert count_official([_in_turn(sample) for sample in seen(running, 14)]).count == 0


def _in_turn(sample: BodySample) -> BodySample:
    """One hand goes down as the other goes up, twice as far as a rope needs."""
    if sample.pose_px is None:
        return sample
    pose = sample.pose_px.copy()
    for wrist, way in ((15, 2.0), (16, -2.0)):
        pose[wrist, 1] = 270 + way * (pose[wrist, 1] - 270)
    return replace(sample, pose_px=pose)


def test_a_small_shuffle_of_the_feet_is_no_step() -> None:
    assert count_official(seen(stepping(3.0, 2.0, 30, size=0.07), 14)).count == 0


def test_thighs_up_to_the_horizontal_are_high_knees_and_no_skips() -> None:
    assert count_official(seen(stepping(3.0, 2.0, 30, size=0.95), 14)).count == 0
