"""How a body moves from picture to picture: pyramidal Lucas-Kanade on left-right pairs of points from the shoulders to the feet.

Poses are dear, pictures are many: a pose tells where the points are, and image motion carries them to the next (Bouguet 2000).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from models.pose import Pose

TORSO_PX: Final = 36
"""The body is looked at in a small picture in which its torso is this long: large bodies then cost no more than small ones."""
WINDOW_PX: Final = (11, 11)
LEVELS: Final = 2
CRITERIA: Final = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 8, 0.05)
SHOULDERS, HIPS, KNEES, ANKLES = (11, 12), (23, 24), (25, 26), (27, 28)
LEAST_BOX_PX: Final = 16

_PAIRS_OF_CHANNEL: Final = ((0, 1), (2, 3), (4, 5), (6,))
"""Point pairs that make shoulders, hips, knees, feet."""


class BodyMotion:
    """Carries the points of one body. `seed` with a pose, then `step` with each following picture."""

    def __init__(self) -> None:
        self._points: NDArray[np.float32] | None = None
        self._box = (0, 0, 0, 0)
        self._size = (0, 0)
        self._scale = np.ones(2, dtype=np.float32)
        self._before: NDArray[np.uint8] = np.zeros((1, 1), dtype=np.uint8)

    def seed(self, picture: NDArray[np.uint8], pose: Pose) -> bool:
        """Take the points from a pose; `False` when the body is too small or outside the picture."""
        self._points = None
        box = _box(picture, pose)
        if box is None:
            return False
        self._box = box
        left, top, right, bottom = box
        scale = TORSO_PX / torso_px(pose)
        self._size = (max(16, round((right - left) * scale)), max(16, round((bottom - top) * scale)))
        self._scale = np.array([self._size[0] / (right - left), self._size[1] / (bottom - top)], dtype=np.float32)
        self._before = self._small(picture)
        self._points = ((_points(pose) - [left, top]) * self._scale).astype(np.float32)
        return True

    def step(self, picture: NDArray[np.uint8]) -> NDArray[np.float64] | None:
        """Motion upwards since the picture before, in pixels: shoulders, hips, knees, feet. `None` when the body was lost."""
        if self._points is None:
            return None
        now = self._small(picture)
        moved, found, _ = cv2.calcOpticalFlowPyrLK(
            self._before, now, self._points, None, winSize=WINDOW_PX, maxLevel=LEVELS, criteria=CRITERIA
        )  # type: ignore[call-overload]
        self._before = now
        by = moved - self._points
        good = (found.ravel() == 1) & (np.abs(by).max(axis=1) < 0.5 * TORSO_PX)
        if good.sum() < len(good) // 2:
            self._points = None
            return None
        by[~good] = np.median(by[good], axis=0)
        self._points = self._points + by
        up = -by[:, 1].reshape(-1, 2).mean(axis=1) / self._scale[1]
        return np.array([up[list(pairs)].mean() for pairs in _PAIRS_OF_CHANNEL])

    def _small(self, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        left, top, right, bottom = self._box
        part = cv2.resize(picture[top:bottom, left:right], self._size, interpolation=cv2.INTER_LINEAR)
        return np.asarray(cv2.cvtColor(part, cv2.COLOR_BGR2GRAY), dtype=np.uint8)


def torso_px(pose: Pose) -> float:
    """Length of the torso in pixels, never less than 4."""
    shoulders, hips = pose.xy_px[list(SHOULDERS)].mean(axis=0), pose.xy_px[list(HIPS)].mean(axis=0)
    return max(4.0, float(np.hypot(*(shoulders - hips))))


def _points(pose: Pose) -> NDArray[np.float32]:
    """Seven left-right pairs: two on the shoulders and chest, two on the hips, thighs and knees, ankles."""
    left_shoulder, right_shoulder = pose.xy_px[list(SHOULDERS)]
    left_hip, right_hip = pose.xy_px[list(HIPS)]
    left_knee, right_knee = pose.xy_px[list(KNEES)]

    def inside(across: float, down: float) -> NDArray[np.float32]:
        upper = left_shoulder * (1 - across) + right_shoulder * across
        lower = left_hip * (1 - across) + right_hip * across
        result: NDArray[np.float32] = upper * (1 - down) + lower * down
        return result

    torso = [inside(0.1, 0.05), inside(0.9, 0.05), inside(0.2, 0.35), inside(0.8, 0.35), inside(0.3, 0.75), inside(0.7, 0.75)]
    hips = [inside(0.05, 0.95), inside(0.95, 0.95)]
    legs = [(left_hip + left_knee) / 2, (right_hip + right_knee) / 2, left_knee, right_knee]
    return np.array([*torso[:4], *torso[4:], *hips, *legs, *pose.xy_px[list(ANKLES)]], dtype=np.float32)


def _box(picture: NDArray[np.uint8], pose: Pose) -> tuple[int, int, int, int] | None:
    """Left, top, right, bottom of the part that is looked at: the body with room to jump."""
    torso = torso_px(pose)
    trunk = pose.xy_px[[*SHOULDERS, *HIPS]]
    middle = float(trunk[:, 0].min() + trunk[:, 0].max()) / 2
    half = max(float(np.ptp(trunk[:, 0])) / 2, 0.22 * torso) + 0.35 * torso
    hip_y = float(pose.xy_px[list(HIPS), 1].mean())
    foot_y = min(float(pose.xy_px[list(ANKLES), 1].max()), hip_y + 2.2 * torso)
    shoulder_y = float(pose.xy_px[list(SHOULDERS), 1].mean())
    height, width = picture.shape[:2]
    left, right = max(0, int(middle - half)), min(width, int(middle + half) + 1)
    top, bottom = max(0, int(shoulder_y - 0.6 * torso)), min(height, int(foot_y + 0.5 * torso))
    return (left, top, right, bottom) if right - left >= LEAST_BOX_PX and bottom - top >= 2 * LEAST_BOX_PX else None
