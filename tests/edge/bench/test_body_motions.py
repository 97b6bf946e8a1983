"""Other ways to carry a body: each tells how far a picture of a body has gone up, and nothing of one leg against the other."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from edge.bench.body_motions import MOTIONS, LandmarksAlone, OtherMotionTracker
from edge.capture.body_motion import BodyMotion
from models.pose import Pose, Region

RISES_PX = (0.0, 4.0, 6.0, 2.0, -8.0)
"""Whole pixels of the small picture, which is half as large."""


def pose(rise_px: float = 0.0) -> Pose:
    """Somebody whose torso is 72 px long."""
    xy = np.zeros((33, 2), dtype=np.float32)
    for points, across, down in (((11, 12), 26, 100), ((23, 24), 18, 172), ((25, 26), 16, 230), ((27, 28), 16, 290)):
        for point, side in zip(points, (1, -1), strict=True):
            xy[point] = [160 + side * across, down - rise_px]
    return Pose(xy, np.ones(33, dtype=np.float32), 1.0, Region(160, 172 - rise_px, 260))


@pytest.fixture(scope="module")
def cloth() -> np.ndarray:
    draw = np.random.default_rng(2)
    rough = cv2.GaussianBlur(draw.integers(0, 255, (360, 320, 3)).astype(np.float32), (0, 0), 4.0)
    return np.clip((rough - 127) * 6 + 127, 0, 255).astype(np.uint8)


def raised(cloth: np.ndarray, rise_px: float) -> np.ndarray:
    """The cloth on a body, which rises before a wall that stays."""
    higher = cv2.warpAffine(cloth, np.array([[1.0, 0, 0], [0, 1.0, -rise_px]]), (320, 360), borderMode=cv2.BORDER_REFLECT)
    picture = np.ascontiguousarray(cloth[:, ::-1])
    top, bottom = round(60 - rise_px), round(310 - rise_px)
    picture[top:bottom, 130:190] = higher[top:bottom, 130:190]
    return picture


@pytest.mark.parametrize("name", ["pairs", *MOTIONS])
def test_a_body_that_rises_has_risen(cloth: np.ndarray, name: str) -> None:
    motion = {"pairs": BodyMotion, **MOTIONS}[name]()
    assert motion.seed(raised(cloth, 0.0), pose())
    told, at = [], 0.0
    for rise_px in RISES_PX:
        at += rise_px
        moved = motion.step(raised(cloth, at))
        assert moved is not None
        assert abs(moved.stride) < 0.5
        told.append(moved.heights)
    assert np.array(told).mean(axis=1) == pytest.approx(RISES_PX, abs=1.0)


@pytest.mark.parametrize("make", MOTIONS.values())
def test_without_a_pose_there_is_nothing_to_carry(cloth: np.ndarray, make: type[BodyMotion]) -> None:
    assert make().step(cloth) is None


def test_landmarks_alone_tell_what_the_poses_did_one_picture_late(cloth: np.ndarray) -> None:
    motion = LandmarksAlone()
    told = []
    for at in np.cumsum(RISES_PX):
        moved = motion.step(cloth)
        assert moved is not None
        told.append(moved.heights.mean())
        motion.seed(cloth, pose(float(at)))
    assert told == pytest.approx([0.0, 0.0, *RISES_PX[1:-1]], abs=1e-4)


class OneBody:
    """A pose engine to which everything is the same body; the second time it looks, nobody is there."""

    name = "one body"

    def __init__(self) -> None:
        self.poses = 0

    def detect(self, picture: np.ndarray) -> list[Region]:
        del picture
        return [Region(160, 172, 260)]

    def pose(self, picture: np.ndarray, region: Region) -> Pose | None:
        del picture, region
        self.poses += 1
        return None if self.poses == 2 else pose()

    def close(self) -> None:
        pass


def test_a_tracker_keeps_its_way_when_it_loses_somebody(cloth: np.ndarray) -> None:
    tracker = OtherMotionTracker(LandmarksAlone, OneBody(), pose_hz=1_000.0)
    seen = [tracker.track(n * 33_000_000, cloth).present for n in range(5)]
    assert seen == [True, False, True, True, True]
    assert isinstance(tracker._motion, LandmarksAlone)
