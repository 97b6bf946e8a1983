"""Other ways to carry a body from picture to picture, each as cheap to write as it is to run, to stand beside `BodyMotion`.

All of them give heights only, the same for every part of the body: none sees one knee against the other, so alternate feet are
counted by their bounce alone.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from edge.capture.body_motion import (
    ANKLES,
    CRITERIA,
    HIPS,
    KNEES,
    LEVELS,
    SHOULDERS,
    TORSO_PX,
    WINDOW_PX,
    BodyMotion,
    Moved,
)
from edge.capture.stations import StationTracker

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from edge.capture.stations import Square
    from models.pose import Pose, PoseModel

    Floats = NDArray[np.float64]

CHANNELS: Final = 4
TRUNK_POINTS: Final = 8
"""The first four left-right pairs of `BodyMotion`: shoulders, chest and hips."""
MOST_SHIFT: Final = 10
"""Rows of the small picture, whose torso (0.5 m) is 36 of them: at 2.5 m/s a body goes 6 rows in a thirtieth of a second."""
LANDMARKS: Final = (SHOULDERS, HIPS, KNEES, ANKLES)
ROW_CHANNELS: Final = 2
LEAST_VARIANCE: Final = 1e-6


class OtherMotionTracker(StationTracker):
    """A `StationTracker` with another way to carry a body. Arguments as there, and what makes it."""

    def __init__(
        self, motion: Callable[[], BodyMotion], model: PoseModel, square: Square | None = None, pose_hz: float = 5.0,
        phase: float = 0.0,
    ) -> None:  # fmt: skip
        super().__init__(model, square, pose_hz, phase)
        self._make = motion
        self._motion = motion()

    def _forget(self) -> None:
        super()._forget()
        self._motion = self._make()


class TrunkPoints(BodyMotion):
    """Lucas-Kanade on points of the trunk alone, the median of their rises."""

    def __init__(self) -> None:
        super().__init__()
        self._trunk: NDArray[np.float32] | None = None

    def seed(self, picture: NDArray[np.uint8], pose: Pose) -> bool:
        """See `BodyMotion`."""
        there = super().seed(picture, pose) and self._points is not None
        self._trunk = self._points[:TRUNK_POINTS] if there and self._points is not None else None
        return there

    def same_sides(self, pose: Pose) -> Pose:
        """No legs, no sides."""
        return pose

    def step(self, picture: NDArray[np.uint8]) -> Moved | None:
        """See `BodyMotion`."""
        if self._trunk is None:
            return None
        now = self._small(picture)
        moved, found, _ = cv2.calcOpticalFlowPyrLK(
            self._before, now, self._trunk, None, winSize=WINDOW_PX, maxLevel=LEVELS, criteria=CRITERIA
        )  # type: ignore[call-overload]
        self._before = now
        good = found.ravel() == 1
        if good.sum() < TRUNK_POINTS // 2:
            self._trunk = None
            return None
        by = np.median((moved - self._trunk)[good], axis=0)
        self._trunk = self._trunk + by.astype(np.float32)
        return Moved(np.full(CHANNELS, -float(by[1]) / float(self._scale[1])), 0.0)


class _WholeTrunk(BodyMotion, ABC):
    """The trunk as one piece of the small picture, with room around it."""

    def seed(self, picture: NDArray[np.uint8], pose: Pose) -> bool:
        """See `BodyMotion`."""
        if not super().seed(picture, pose) or self._points is None:
            return False
        trunk = self._points[:TRUNK_POINTS]
        (left, top), (right, bottom) = trunk.min(axis=0), trunk.max(axis=0)
        room = TORSO_PX / 4
        width, height = self._size
        self._trunk = (
            max(0, int(left - room)), max(0, int(top - room)), min(width, int(right + room)), min(height, int(bottom + room)),
        )  # fmt: skip
        return self._trunk[2] - self._trunk[0] > room and self._trunk[3] - self._trunk[1] > room

    def same_sides(self, pose: Pose) -> Pose:
        """No legs, no sides."""
        return pose

    def step(self, picture: NDArray[np.uint8]) -> Moved | None:
        """See `BodyMotion`."""
        if self._points is None:
            return None
        now = self._small(picture)
        down = self._shift(self._before, now)
        self._before = now
        return Moved(np.full(CHANNELS, -down / float(self._scale[1])), 0.0)

    @abstractmethod
    def _shift(self, before: NDArray[np.uint8], now: NDArray[np.uint8]) -> float:
        """Rows that the trunk has gone down."""


class RowProjections(_WholeTrunk):
    """Mean brightness of each row of the trunk, shifted until it fits the next picture best, to parts of a row (parabola)."""

    def _shift(self, before: NDArray[np.uint8], now: NDArray[np.uint8]) -> float:
        left, top, right, bottom = self._trunk
        old, new = (picture[:, left:right].mean(axis=1, dtype=np.float64) for picture in (before, now))
        height = len(old)
        errors = np.full(2 * MOST_SHIFT + 1, np.inf)
        for place, shift in enumerate(range(-MOST_SHIFT, MOST_SHIFT + 1)):
            first, end = max(top, -shift), min(bottom, height - shift)
            if end - first > ROW_CHANNELS * MOST_SHIFT:
                errors[place] = float(np.var(new[first + shift : end + shift] - old[first:end]))
        best = int(np.argmin(errors))
        part = 0.0
        if 0 < best < len(errors) - 1 and np.isfinite(errors[best - 1 : best + 2]).all():
            a, b, c = errors[best - 1 : best + 2]
            part = float(0.5 * (a - c) / max(a - 2 * b + c, LEAST_VARIANCE))
        return best - MOST_SHIFT + part


class PhaseCorrelation(_WholeTrunk):
    """The peak of the phase correlation of the trunk in two pictures (Kuglin and Hines 1975), as OpenCV finds it."""

    def _shift(self, before: NDArray[np.uint8], now: NDArray[np.uint8]) -> float:
        left, top, right, bottom = self._trunk
        old, new = (picture[top:bottom, left:right].astype(np.float32) for picture in (before, now))
        window = cv2.createHanningWindow((right - left, bottom - top), cv2.CV_32F)
        (_, down), _ = cv2.phaseCorrelate(old, new, window)
        return float(np.clip(down, -MOST_SHIFT, MOST_SHIFT))


class LandmarksAlone(BodyMotion):
    """No image motion at all: heights of landmarks from pose to pose, one picture late. For a pose in every picture."""

    def __init__(self) -> None:
        super().__init__()
        self._heights: deque[Floats] = deque(maxlen=2)
        self._strides: deque[float] = deque(maxlen=2)

    def seed(self, picture: NDArray[np.uint8], pose: Pose) -> bool:
        """See `BodyMotion`."""
        del picture
        self._heights.append(np.array([-pose.xy_px[list(pair), 1].mean(dtype=np.float64) for pair in LANDMARKS]))
        left, right = pose.xy_px[list(KNEES), 1]
        self._strides.append(float(right - left))
        return True

    def same_sides(self, pose: Pose) -> Pose:
        """As the pose has them."""
        return pose

    def step(self, picture: NDArray[np.uint8]) -> Moved | None:
        """See `BodyMotion`."""
        del picture
        if len(self._heights) < 2:
            return Moved(np.zeros(CHANNELS), 0.0)
        return Moved(self._heights[1] - self._heights[0], self._strides[1] - self._strides[0])


MOTIONS: Final[dict[str, Callable[[], BodyMotion]]] = {
    "Lucas-Kanade, trunk": TrunkPoints,
    "row projections": RowProjections,
    "phase correlation": PhaseCorrelation,
}
"""Between key frames, by name."""
