"""What is no rope skipping although the body goes up and down."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from edge.counting.body_gate import gated
from edge.counting.body_stretch import stretches
from edge.counting.rope_pose import RopePoseCounter, count_official
from edge.counting.samples import BodySample
from support.bodies import Body, bounce, seen, turning

if TYPE_CHECKING:
    from collections.abc import Callable


SKIPPING: dict[str, Any] = {"height": bounce(2.0, 1.0, 11.0)}


def test_hands_above_the_head_are_jumping_jacks() -> None:
    assert count_official(seen(Body(**SKIPPING, hands_up=1.2), 12)).count == 0
    assert count_official(seen(Body(**SKIPPING, hands_up=0.3), 12)).count == 20


def test_knees_up_are_high_knees() -> None:
    assert count_official(seen(Body(**SKIPPING, knee=lambda t: 0.1 if int(t * 2) % 2 else -0.8), 12)).count == 0


@pytest.mark.parametrize(("up", "by", "passes"), [(0.1, "feet", False), (-0.1, "feet", True), (0.1, "bounce", True)])
def test_feet_in_turn_with_thighs_at_the_horizontal_in_a_fifth_of_the_time_are_high_knees(
    up: float, by: str, *, passes: bool
) -> None:
    """Not so where both feet leave the ground together: knees are pulled up for a double under."""
    keys = [BodySample(round(n * 0.2e9), present=True, key=True, hands=0.1, knee=up if n % 5 == 0 else -0.8) for n in range(60)]
    (stretch,) = stretches(keys)
    assert (len(gated(stretch, list(range(5, 45, 2)), steps=by == "feet")) >= 18) == passes


def test_thighs_that_come_nearly_up_are_skips_where_the_hands_turn_a_rope() -> None:
    def knee(up: float) -> Callable[[float], float]:
        return lambda t_s: up if int(t_s * 4) % 3 == 0 else -0.8

    rope = {**SKIPPING, "hands": turning(2.0)}
    assert count_official(seen(Body(**rope, knee=knee(-0.1)), 12)).count == 20
    assert count_official(seen(Body(**SKIPPING, knee=knee(-0.1)), 12)).count == 0
    assert count_official(seen(Body(**rope, knee=knee(0.1)), 12)).count == 0


def test_hands_that_swing_wide_at_the_rhythm_are_no_rope() -> None:
    """Jacks whose hands only come up to the shoulders: they go once in two landings, far."""
    wide = Body(**SKIPPING, hands=turning(1.0))
    samples = [s if s.pose_px is None else _spread(s) for s in seen(wide, 12)]
    assert count_official(samples).count == 0


def _spread(sample: BodySample) -> BodySample:
    assert sample.pose_px is not None
    pose = sample.pose_px.copy()
    for wrist, side in ((15, 1), (16, -1)):
        pose[wrist] = [320 + side * 60, 270 + 7 * (pose[wrist][1] - 270)]
    return replace(sample, pose_px=pose)


def test_a_body_that_travels_is_running() -> None:
    assert count_official(seen(Body(**SKIPPING, across=lambda t: 2.0 * t), 12)).count == 0
    assert count_official(seen(Body(**SKIPPING, across=lambda t: 0.2 * t), 12)).count == 20


def test_the_live_count_is_shut_as_well() -> None:
    counter = RopePoseCounter()
    jacks = seen(Body(**SKIPPING, hands_up=1.2), 12)
    assert [event for sample in jacks for event in counter.feed(sample)] == []


@pytest.mark.parametrize(("hops", "shown"), [(4, 0), (8, 8)])
def test_hands_up_once_close_the_gate_of_a_bout_that_has_just_begun(hops: int, shown: int) -> None:
    """Jumping jacks begin like skips, but for one key frame with the hands up; later it takes a quarter of the time."""
    body = seen(Body(height=bounce(2.0, 2.0, 2.0 + hops / 2.0)), 8)
    up = next(n for n, sample in enumerate(body) if sample.key and sample.t_ns > 2.5e9)
    body[up] = replace(body[up], hands=1.8)
    counter = RopePoseCounter()
    live = [event for sample in body for event in counter.feed(sample)] + list(counter.flush())
    assert len(live) == shown
    assert count_official(body).count == hops
