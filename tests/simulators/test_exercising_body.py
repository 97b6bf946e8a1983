"""Nothing of this is a skip: what each exercise does with hips, hands and feet."""

from __future__ import annotations

import numpy as np
import pytest

from simulators.body import Joint
from simulators.exercising_body import Exercise, ExercisingBody

T_S = np.arange(0.0, 12.0, 0.01)
TOES = [Joint.TOE_L, Joint.TOE_R]


def points(exercise: Exercise, seed: int = 2) -> np.ndarray:
    return ExercisingBody(exercise, 12.0, seed).joints(T_S)


@pytest.mark.parametrize("exercise", list(Exercise))
def test_every_exercise_stays_above_the_floor_and_moves_as_a_body_can(exercise: Exercise) -> None:
    body = ExercisingBody(exercise, 12.0, 3)
    course = body.joints(T_S)
    assert course[:, TOES, 2].min() > -0.005
    assert np.abs(np.diff(course, axis=0)).max() / 0.01 < 12.0, "metres a second"
    assert (body.rope(T_S) is not None) == (exercise is Exercise.PICKING_UP_A_ROPE)
    assert np.array_equal(course, ExercisingBody(exercise, 12.0, 3).joints(T_S))


def test_jumps_without_a_rope_fly_with_still_arms() -> None:
    for exercise in (Exercise.JUMPING, Exercise.JUMPING_HANDS_ON_HIPS):
        course = points(exercise)[300:900]
        assert course[:, TOES, 2].min(axis=1).max() > 0.03
        hand = course[:, Joint.WRIST_L] - course[:, Joint.SHOULDER_L]
        assert np.ptp(hand, axis=0).max() < 0.12
        assert len(ExercisingBody(exercise, 12.0, 2).hops_s) > 10


def test_jacks_go_over_the_head_and_apart() -> None:
    course = points(Exercise.JUMPING_JACKS)[300:900]
    over = course[:, Joint.WRIST_L, 2] - course[:, Joint.HEAD, 2]
    apart = course[:, Joint.TOE_L, 0] - course[:, Joint.TOE_R, 0]
    assert over.max() > 0.1
    assert over.min() < -0.5
    assert apart.max() > 2.5 * apart.min()


def test_squats_sink_and_high_knees_are_high() -> None:
    squats, knees = points(Exercise.SQUATS), points(Exercise.HIGH_KNEES)
    assert np.ptp(squats[:, Joint.HIP_L, 2]) > 0.2
    assert squats[:, TOES, 2].max() < 0.01
    torso_m = 0.288 * 1.5
    assert np.ptp(knees[300:900, Joint.KNEE_L, 2]) > 0.4 * torso_m


def test_who_walks_through_crosses_their_place_in_the_middle_of_the_time() -> None:
    body = ExercisingBody(Exercise.WALKING_THROUGH, 12.0, 2, heading_rad=np.pi / 2)
    begin, middle, end = body.joints(np.array([0.0, 6.0, 12.0]))[:, Joint.HIP_L, 0]
    assert begin < -5
    assert abs(middle) < 0.2
    assert end > 5


def test_who_picks_up_a_rope_bends_to_the_floor_and_claps_meet() -> None:
    assert points(Exercise.PICKING_UP_A_ROPE)[:, Joint.WRIST_L, 2].min() < 0.35
    apart = np.linalg.norm(np.diff(points(Exercise.CLAPPING)[300:900][:, [Joint.WRIST_L, Joint.WRIST_R]], axis=1)[:, 0], axis=-1)
    assert apart.min() < 0.15
    assert apart.max() > 0.25
