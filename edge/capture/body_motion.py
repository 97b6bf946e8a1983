"""How a body moves from picture to picture: pyramidal Lucas-Kanade on left-right pairs of points from the shoulders to the feet.

Poses are dear, pictures are many: a pose tells where the points are, and image motion carries them to the next (Bouguet 2000).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import hypot
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

_LEFT_KNEE, _RIGHT_KNEE = 10, 11
_TRUNK: Final = np.array([*SHOULDERS, *HIPS])
_ANKLES: Final = np.array(ANKLES)
_JOINTS: Final = np.array([*SHOULDERS, *HIPS, *KNEES, *ANKLES])
_ON_TRUNK: Final = (
    (0.1, 0.05), (0.9, 0.05), (0.2, 0.35), (0.8, 0.35), (0.3, 0.75), (0.7, 0.75), (0.05, 0.95), (0.95, 0.95),
)  # fmt: skip
"""Shares from left to right, and from the shoulders down to the hips."""
_ON_LEGS: Final = ((2, 4), (3, 5), (4, 4), (5, 5), (6, 6), (7, 7))
"""Each in the middle of two of the joints: thighs, knees, ankles."""


def _points_of_joints() -> NDArray[np.float32]:
    rows = [
        [(1 - across) * (1 - down), across * (1 - down), (1 - across) * down, across * down, 0, 0, 0, 0]
        for across, down in _ON_TRUNK
    ]
    rows += [[0.5 * ((joint == one) + (joint == other)) for joint in range(len(_JOINTS))] for one, other in _ON_LEGS]
    return np.array(rows, dtype=np.float32)


_POINTS_OF_JOINTS: Final = _points_of_joints()
"""float32[14, 8]: how much of each joint is in each point."""
_CHANNELS_OF_POINTS: Final = np.repeat(np.eye(4), [4, 4, 4, 2], axis=1) / np.array([[4], [4], [4], [2]])
"""float64[4, 14]: shoulders, hips, knees, feet are the means of four, four, four and two points."""
_OTHER_SIDE: Final = np.array(
    [0, 4, 5, 6, 1, 2, 3, 8, 7, 10, 9, *(joint + 1 if joint % 2 else joint - 1 for joint in range(11, 33))]
)
"""Of each landmark the one on the other side of the body."""
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
        self._points = (_points(pose) - np.array([left, top], dtype=np.float32)) * self._scale
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
        new = (_points(pose) - np.array([left, top], dtype=np.float32)) * self._scale
        kept = np.abs(new - self._points).sum()
        swapped = np.abs(new.reshape(-1, 2, 2)[:, ::-1].reshape(-1, 2) - self._points).sum()
        if swapped >= kept:
            return pose
        return replace(pose, xy_px=pose.xy_px[_OTHER_SIDE], visibility=pose.visibility[_OTHER_SIDE])

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
        good = (found.ravel() == 1) & (np.abs(by) < 0.5 * TORSO_PX).all(axis=1)
        kept = np.count_nonzero(good)
        if kept < len(good) // 2:
            self._points = None
            return None
        if kept < len(good):
            by[~good] = np.median(by[good], axis=0)
        self._points = self._points + by
        rise = (-by[:, 1].astype(np.float64) - camera_up_px) / self._scale[1]
        return Moved(_CHANNELS_OF_POINTS @ rise, float(rise[_LEFT_KNEE] - rise[_RIGHT_KNEE]))

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
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = pose.xy_px[_TRUNK].tolist()
    return max(4.0, 0.5 * hypot(ax + bx - cx - dx, ay + by - cy - dy))


def _points(pose: Pose) -> NDArray[np.float32]:
    """Seven left-right pairs: two on the shoulders and chest, two on the hips, thighs and knees, ankles."""
    points: NDArray[np.float32] = _POINTS_OF_JOINTS @ pose.xy_px[_JOINTS]
    return points


def _box(picture: NDArray[np.uint8], pose: Pose) -> tuple[int, int, int, int] | None:
    """Left, top, right, bottom of the part that is looked at: the body with room to jump."""
    torso = torso_px(pose)
    trunk, ankles = pose.xy_px[_TRUNK].tolist(), pose.xy_px[_ANKLES].tolist()
    across = [x for x, _ in trunk]
    middle = (min(across) + max(across)) / 2
    half = max((max(across) - min(across)) / 2, 0.22 * torso) + 0.55 * torso
    shoulder_y, hip_y = (trunk[0][1] + trunk[1][1]) / 2, (trunk[2][1] + trunk[3][1]) / 2
    foot_y = min(max(y for _, y in ankles), hip_y + 2.2 * torso)
    height, width = picture.shape[:2]
    left, right = max(0, int(middle - half)), min(width, int(middle + half) + 1)
    top, bottom = max(0, int(shoulder_y - 0.6 * torso)), min(height, int(foot_y + 0.5 * torso))
    return (left, top, right, bottom) if right - left >= LEAST_BOX_PX and bottom - top >= 2 * LEAST_BOX_PX else None
