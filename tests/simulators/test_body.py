"""Parts of a body keep their length, whatever is asked of it."""

from __future__ import annotations

import numpy as np
import pytest

from simulators.body import Build, Joint, at_ease, joints

BUILD = Build(1.5)
PARTS = (
    (Joint.HIP_L, Joint.KNEE_L, BUILD.thigh_m), (Joint.KNEE_R, Joint.ANKLE_R, BUILD.shank_m),
    (Joint.SHOULDER_L, Joint.ELBOW_L, BUILD.upper_arm_m), (Joint.ELBOW_R, Joint.WRIST_R, BUILD.forearm_m),
)  # fmt: skip


def test_parts_keep_their_length_also_where_a_hand_or_foot_is_out_of_reach() -> None:
    stance = at_ease(BUILD, 3)
    stance.lift_m[:] = [0.0, -0.3, 0.4]
    stance.hands[:, :, 2] = [[-0.3, 0.1], [0.5, -0.9], [0.3, -0.1]]
    points = joints(BUILD, stance)
    for first, second, length_m in PARTS:
        np.testing.assert_allclose(np.linalg.norm(points[:, second] - points[:, first], axis=-1), length_m, atol=1e-6)


def test_somebody_at_ease_stands_on_the_floor_as_high_as_they_are() -> None:
    (points,) = joints(BUILD, at_ease(BUILD, 1))
    assert points[[Joint.TOE_L, Joint.TOE_R], 2] == pytest.approx(0.0, abs=1e-6)
    assert points[Joint.HEAD, 2] + BUILD.head_m == pytest.approx(1.5, abs=0.06)
    assert points[Joint.HIP_L, 0] > 0 > points[Joint.HIP_R, 0], "who looks at the camera has their left at its right"
    assert points[Joint.TOE_L, 1] < points[Joint.HEEL_L, 1], "and their toes towards it"


def test_a_heading_turns_all_of_it() -> None:
    stance = at_ease(BUILD, 1)
    stance.heading_rad[:] = np.pi / 2
    (points,) = joints(BUILD, stance)
    assert points[Joint.TOE_L, 0] > points[Joint.HEEL_L, 0], "turned to the own left: to the picture's right"


def test_a_child_has_the_larger_head() -> None:
    assert Build(1.2).head_m / 1.2 > Build(1.8).head_m / 1.8
