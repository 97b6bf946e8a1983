"""Image motion of a body between two poses."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from edge.capture.body_motion import BodyMotion
from models.pose import Pose, Region

JOINTS = {
    11: (165, 100), 12: (135, 100), 23: (160, 180), 24: (140, 180),
    25: (160, 240), 26: (140, 240), 27: (160, 300), 28: (140, 300),
}  # fmt: skip


def picture(up_px: int, *, wall: str, camera_px: int = 0) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """A textured body in front of a wall; both move up, the body by itself, the wall with the camera."""
    draw = np.random.default_rng(1)
    cloth = cv2.GaussianBlur(draw.integers(0, 255, (260, 60, 3), dtype=np.uint8), (0, 0), 2)
    behind = cv2.GaussianBlur(draw.integers(0, 255, (440, 300, 3), dtype=np.uint8), (0, 0), 2)
    out = np.full((400, 300, 3), 120, dtype=np.uint8) if wall == "plain" else behind[20 + camera_px : 420 + camera_px].copy()
    out[60 - up_px - camera_px : 320 - up_px - camera_px, 120:180] = cloth
    return out


def pose() -> Pose:
    xy = np.zeros((33, 2), dtype=np.float32)
    for joint, place in JOINTS.items():
        xy[joint] = place
    return Pose(xy, np.ones(33, dtype=np.float32), 1.0, Region(150, 200, 300))


@pytest.mark.parametrize("wall", ["plain", "textured"])
@pytest.mark.parametrize("up_px", [-8, -3, 2, 6])
def test_the_rise_of_a_body_is_measured_whatever_is_behind_it(wall: str, up_px: int) -> None:
    motion = BodyMotion()
    assert motion.seed(picture(0, wall=wall), pose())
    moved = motion.step(picture(up_px, wall=wall))
    assert moved is not None
    assert moved.heights == pytest.approx([up_px] * 4, abs=0.5)


def test_what_the_camera_does_is_taken_off() -> None:
    motion = BodyMotion()
    assert motion.seed(picture(0, wall="textured"), pose())
    moved = motion.step(picture(5, wall="textured", camera_px=2))
    assert moved is not None
    assert moved.heights == pytest.approx([5] * 4, abs=0.5)


def test_left_and_right_stay_what_they_were_when_a_pose_turns_them_round() -> None:
    motion = BodyMotion()
    assert motion.seed(picture(0, wall="textured"), pose())
    right, turned = pose(), pose()
    for left, other in ((11, 12), (23, 24), (25, 26), (27, 28)):
        turned.xy_px[[left, other]] = turned.xy_px[[other, left]]
    np.testing.assert_array_equal(motion.same_sides(turned).xy_px[[11, 12, 25, 26]], right.xy_px[[11, 12, 25, 26]])
    np.testing.assert_array_equal(motion.same_sides(right).xy_px, right.xy_px)
