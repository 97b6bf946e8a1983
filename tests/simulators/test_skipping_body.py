"""Body and attempt tell the same truth: feet on the ground at landings, up in between, the rope below them."""

from __future__ import annotations

import numpy as np
import pytest

from simulators.body import Joint
from simulators.pupil import Ability, Attempt, attempt
from simulators.skipping_body import SkippingBody, hands
from simulators.skipping_style import SHAPES, Style

TOES = [Joint.TOE_L, Joint.TOE_R]
HIPS = [Joint.HIP_L, Joint.HIP_R]
SKIPS = [style for style in Style if SHAPES[style].skips]


def drawn(style: Style, seed: int = 4, *, cadence: float | None = None, trips: float = 0.0) -> Attempt:
    shape = SHAPES[style]
    able = Ability(cadence or sum(shape.cadence_per_min) / 2, trips_per_min=trips)
    return attempt(able, 12.0, seed, turns_a_jump=shape.turns_a_jump, hops_a_turn=shape.hops_a_turn).later(1.0)


@pytest.mark.parametrize("style", SKIPS)
def test_feet_are_on_the_ground_at_landings_and_up_in_between(style: Style) -> None:
    body = SkippingBody(drawn(style), style, 4)
    landings_s = np.array(body.attempt.landings_s)
    assert len(landings_s) > 10
    assert body.joints(landings_s)[:, TOES, 2].min(axis=1).max() < 0.005
    up_m = [body.joints(np.linspace(t - 0.35, t, 60))[:, TOES, 2].min(axis=1).max() for t in landings_s]
    assert min(up_m) > 0.004
    assert body.joints(np.linspace(0.0, 14.0, 500))[:, TOES, 2].min() > -0.005, "nobody sinks into the floor"


@pytest.mark.parametrize("style", SKIPS)
def test_the_rope_is_below_the_feet_once_before_each_landing(style: Style) -> None:
    body = SkippingBody(drawn(style), style, 4)
    t_s = np.arange(0.0, 14.0, 1 / 240)
    rope, toes = body.rope(t_s), body.joints(t_s)[:, TOES, 2].max(axis=1)
    below = (
        (rope[:, 13, 2] < 0.05) & (toes > 0.01) & (np.abs(rope[:, 13, :2] - rope[:, [0, -1], :2].mean(axis=1)).max(axis=1) < 0.35)
    )
    passes_s = t_s[1:][below[1:] & ~below[:-1]]
    for first_s, last_s in body.attempt.bouts_s:
        inside = [t for t in body.attempt.landings_s if first_s <= t <= last_s]
        found = np.sum((passes_s > first_s - 0.5) & (passes_s < last_s))
        assert abs(int(found) - SHAPES[style].turns_a_jump * len(inside)) <= 1


@pytest.mark.parametrize(("cadence", "bounce_m"), [(120.0, 0.1), (240.0, 0.06), (480.0, 0.03)])
def test_alternate_feet_alternate_and_the_hips_hardly_bounce(cadence: float, bounce_m: float) -> None:
    body = SkippingBody(drawn(Style.ALTERNATE_FEET, cadence=cadence), Style.ALTERNATE_FEET, 4)
    left_s, right_s = body.landed_by(0), body.landed_by(1)
    assert sorted([*left_s, *right_s]) == list(body.attempt.landings_s)
    for side, landed_s, other_s in ((0, left_s, right_s), (1, right_s, left_s)):
        assert body.joints(landed_s)[:, TOES[side], 2].max() < 0.005
        within = other_s[1:-1]
        assert body.joints(within)[:, TOES[side], 2].min() > 0.01, "while one lands the other is in the air"
    t_s = np.linspace(4.0, 10.0, 2000)
    points = body.joints(t_s)
    lifted_m = points[:, Joint.KNEE_L, 2] - np.median(points[:, Joint.KNEE_L, 2])
    assert 0.1 < lifted_m.max() / body.build.torso_m < 0.75
    assert np.ptp(points[:, HIPS, 2].mean(axis=1)) < bounce_m


def test_hips_fly_as_high_in_a_double_under_as_two_turns_need() -> None:
    single, double = (SkippingBody(drawn(style), style, 4) for style in (Style.SINGLE_BOUNCE, Style.DOUBLE_UNDER))
    t_s = np.linspace(3.0, 10.0, 2000)
    heights = [np.ptp(body.joints(t_s)[:, HIPS, 2].mean(axis=1)) for body in (single, double)]
    assert 0.05 < heights[0] < 0.3
    assert heights[1] > 1.4 * heights[0]


def test_hands_circle_together_once_a_turn() -> None:
    body = SkippingBody(drawn(Style.SINGLE_BOUNCE), Style.SINGLE_BOUNCE, 4)
    first_s, last_s = body.attempt.landings_s[2], body.attempt.landings_s[-3]
    t_s = np.linspace(first_s, last_s, 3000)
    points = body.joints(t_s)
    across = points[:, [Joint.WRIST_L, Joint.WRIST_R], 1] - points[:, [Joint.SHOULDER_L, Joint.SHOULDER_R], 1]
    assert np.corrcoef(across[:, 0], across[:, 1])[0, 1] > 0.8
    swing = across.mean(axis=1) - across.mean()
    turns = np.sum((swing[1:] > 0) & (swing[:-1] <= 0))
    assert abs(int(turns) - (len(body.attempt.landings_s) - 5)) <= 1


def test_a_caught_rope_brings_stillness_and_arms_hang_before_and_after() -> None:
    body = next(
        candidate
        for seed in range(40)
        if (candidate := SkippingBody(drawn(Style.SINGLE_BOUNCE, seed, trips=8.0), Style.SINGLE_BOUNCE, seed)).attempt.trips_s
        and len(candidate.attempt.bouts_s) > 1
    )
    trip_s = body.attempt.trips_s[0]
    t_s = np.linspace(trip_s + 0.45, trip_s + 0.6, 50)
    assert np.ptp(body.joints(t_s)[:, HIPS, 2]) < 0.01
    assert np.ptp(body.rope(t_s - 0.2)[:, 13, 2]) < 0.05
    wrists = body.joints(np.array([0.0, body.attempt.bouts_s[0][0], 18.0]))[:, Joint.WRIST_L, 2]
    assert wrists[1] > wrists[0] + 0.05
    assert wrists[1] > wrists[2] + 0.05


def test_a_side_swing_passes_beside_the_body_and_no_foot_goes_over_it() -> None:
    body = SkippingBody(drawn(Style.SIDE_SWING), Style.SIDE_SWING, 4)
    turns_s = np.array(body.attempt.turns_s[2:-2])
    t_s = np.linspace(turns_s[0], turns_s[-1], 900)
    rope, toes = body.rope(t_s)[:, 13], body.joints(t_s)[:, TOES]
    assert rope[:, 0].max() > 0.25
    assert rope[:, 0].min() < -0.25
    under = (rope[:, 2] < toes[:, :, 2].min(axis=1)) & (np.abs(rope[:, :2] - toes[:, :, :2].mean(axis=1)).max(axis=1) < 0.15)
    assert not under.any()


def test_the_same_seed_gives_the_same_body() -> None:
    t_s = np.linspace(0.0, 12.0, 50)
    made = [SkippingBody(drawn(Style.RUN), Style.RUN, seed).joints(t_s) for seed in (1, 1, 2)]
    assert np.array_equal(made[0], made[1])
    assert not np.array_equal(made[0], made[2])


def test_who_runs_gets_forward_and_hands_are_beyond_the_wrists() -> None:
    body = SkippingBody(drawn(Style.RUN), Style.RUN, 4, heading_rad=np.pi / 2)
    points = body.joints(np.array([0.0, 13.0]))
    assert points[1, Joint.HIP_L, 0] - points[0, Joint.HIP_L, 0] > 1.3
    held = hands(points)
    assert np.linalg.norm(held[0, 0] - points[0, Joint.WRIST_L]) == pytest.approx(0.3 * body.build.forearm_m)
