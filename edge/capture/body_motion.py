"""How a body moves from picture to picture: pyramidal Lucas-Kanade on left-right pairs of points from the shoulders to the feet.

Poses are dear, pictures are many: a pose tells where the points are, and image motion carries them to the next (Bouguet 2000).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
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
_LEFT_KNEE, _RIGHT_KNEE = 10, 11
AGREED_PX: Final = 0.35
"""A hundredth of a torso in the small picture."""
LEAST_TEXTURE: Final = 1e-3
"""Of a window that is followed (smaller eigenvalue of its gradients, as OpenCV scales it); ten times what OpenCV asks for."""
CORNER_PX: Final = 6
"""From the border of the small picture: half a window."""


@dataclass(frozen=True, slots=True, eq=False)
class Moved:
    """Motion upwards since the picture before, in pixels.

    Attributes:
        heights: float64[4]: shoulders, hips, knees, feet, left and right together.
        stride: of the left knee against the right one.
    """

    heights: NDArray[np.float64]
    stride: float


class BodyMotion:
    """Carries the points of one body. `seed` with a pose, then `step` with each following picture."""

    def __init__(self) -> None:
        self._points: NDArray[np.float32] | None = None
        self._box = (0, 0, 0, 0)
        self._size = (0, 0)
        self._scale = np.ones(2, dtype=np.float32)
        self._before: NDArray[np.uint8] = np.zeros((1, 1), dtype=np.uint8)
        self._corners = np.zeros((4, 2), dtype=np.float32)

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
        # Four points beside head and shins, on what stands behind the pupil; they stay where they are in the picture.
        (width, height), edge = self._size, CORNER_PX
        beside = [[x, y] for x in (edge, width - edge) for y in (0.12 * height, 0.80 * height)]
        self._corners = np.array(beside, dtype=np.float32)
        return True

    def same_sides(self, pose: Pose) -> Pose:
        """The pose with left and right as they were: a pose model takes a back for a front now and then.

        Its points are held against where image motion has carried those of the one before: trunk and legs together, since legs
        alone change places in a fast step.
        """
        if self._points is None:
            return pose
        left, top, _, _ = self._box
        new = (_points(pose) - [left, top]) * self._scale
        kept = np.abs(new - self._points).sum()
        swapped = np.abs(new.reshape(-1, 2, 2)[:, ::-1].reshape(-1, 2) - self._points).sum()
        if swapped >= kept:
            return pose
        order = np.concatenate([[0], [4, 5, 6, 1, 2, 3, 8, 7, 10, 9], np.arange(11, 33) + np.where(np.arange(11, 33) % 2, 1, -1)])
        return replace(pose, xy_px=pose.xy_px[order], visibility=pose.visibility[order])

    def step(self, picture: NDArray[np.uint8]) -> Moved | None:
        """Carry the points into the next picture. `None` when the body was lost."""
        if self._points is None:
            return None
        now = self._small(picture)
        moved, found, _ = cv2.calcOpticalFlowPyrLK(
            self._before, now, self._points, None, winSize=WINDOW_PX, maxLevel=LEVELS, criteria=CRITERIA
        )  # type: ignore[call-overload]
        camera_up_px = self._camera_up_px(now)
        self._before = now
        by = moved - self._points
        good = (found.ravel() == 1) & (np.abs(by).max(axis=1) < 0.5 * TORSO_PX)
        if good.sum() < len(good) // 2:
            self._points = None
            return None
        if not good.all():
            by[~good] = np.median(by[good], axis=0)
        self._points = self._points + by
        rise = (-by[:, 1].astype(np.float64) - camera_up_px) / self._scale[1]
        pairs = rise.reshape(-1, 2).mean(axis=1)
        heights = np.array([pairs[list(of_channel)].mean() for of_channel in _PAIRS_OF_CHANNEL])
        return Moved(heights, float(rise[_LEFT_KNEE] - rise[_RIGHT_KNEE]))

    def _camera_up_px(self, now: NDArray[np.uint8]) -> float:
        """What all corners do alike, in the small picture; 0 where they do not, or show nothing that could be followed.

        They are followed in the full picture only: in the coarser ones of a pyramid their windows reach over to the body.
        """
        moved, found, _ = cv2.calcOpticalFlowPyrLK(
            self._before, now, self._corners, None, winSize=WINDOW_PX, maxLevel=0, criteria=CRITERIA, minEigThreshold=LEAST_TEXTURE
        )  # type: ignore[call-overload]
        if not found.all():
            return 0.0
        up = sorted((self._corners - moved)[:, 1].tolist())
        middle = 0.5 * (up[1] + up[2])
        return middle if up[-1] - middle <= AGREED_PX and middle - up[0] <= AGREED_PX else 0.0

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
    half = max(float(np.ptp(trunk[:, 0])) / 2, 0.22 * torso) + 0.55 * torso
    hip_y = float(pose.xy_px[list(HIPS), 1].mean())
    foot_y = min(float(pose.xy_px[list(ANKLES), 1].max()), hip_y + 2.2 * torso)
    shoulder_y = float(pose.xy_px[list(SHOULDERS), 1].mean())
    height, width = picture.shape[:2]
    left, right = max(0, int(middle - half)), min(width, int(middle + half) + 1)
    top, bottom = max(0, int(shoulder_y - 0.6 * torso)), min(height, int(foot_y + 0.5 * torso))
    return (left, top, right, bottom) if right - left >= LEAST_BOX_PX and bottom - top >= 2 * LEAST_BOX_PX else None
