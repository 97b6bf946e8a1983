"""The door of the cameras: what happens in one square on the floor becomes samples of the pupil who stands there.

Poses are key frames; image motion carries the heights between them. Key frames are not quite evenly spaced, so that arms or knees
that move in step with them cannot hide.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from edge.capture.body_motion import ANKLES, HIPS, KNEES, SHOULDERS, BodyMotion, torso_px
from edge.counting.samples import BodySample

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from models.pose import Pose, PoseModel, Region

LOOK_AGAIN_NS: Final = 500_000_000
"""An empty square is looked at twice a second."""
GOLDEN: Final = 0.618
LEAST_TORSO_PX: Final = 8.0
SCALES: Final = 15
"""The scale is the median of this many key frames: a single pose that is off moves nothing."""
WRISTS: Final = (15, 16)


@dataclass(frozen=True, slots=True)
class Square:
    """Where a station is in the picture, in pixels."""

    x: int
    y: int
    width: int
    height: int


class StationTracker:
    """Follows the one pupil of a square (or the largest body of a whole picture, without a square).

    Args:
        model: used by one thread at a time.
        pose_hz: key frames a second.
    """

    def __init__(self, model: PoseModel, square: Square | None = None, pose_hz: float = 5.0) -> None:
        self._model, self._square, self._pose_every_ns = model, square, 1e9 / pose_hz
        self._motion = BodyMotion()
        self._region: Region | None = None
        self._heights = np.zeros(4)
        self._scales: list[float] = []
        self._next_pose_ns = 0.0
        self._turn = 0.0
        self._key: Pose | None = None

    def track(self, t_ns: int, picture: NDArray[np.uint8]) -> BodySample:
        """Look at one picture."""
        part = self._part(picture)
        moved = self._motion.step(part) if self._region is not None else None
        due = t_ns >= self._next_pose_ns or (self._region is not None and moved is None)
        keyed = self._key_frame(t_ns, part) if due else False
        if self._region is None or self._key is None:
            return BodySample(t_ns, present=False)
        scale = float(np.median(self._scales))
        if moved is not None:
            self._heights = self._heights + moved / scale
        return self._sample(t_ns, scale, keyed=keyed)

    def _part(self, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        if self._square is None:
            return picture
        s = self._square
        return picture[s.y : s.y + s.height, s.x : s.x + s.width]

    def _key_frame(self, t_ns: int, part: NDArray[np.uint8]) -> bool:
        region = self._region or self._find(part)
        pose = self._model.pose(part, region) if region is not None else None
        if pose is None or torso_px(pose) < LEAST_TORSO_PX or not self._motion.seed(part, pose):
            self._lose(t_ns)
            return False
        if self._region is None:
            self._heights = np.zeros(4)
            self._scales = []
        self._region, self._key = pose.region, pose
        self._scales = [*self._scales[-(SCALES - 1) :], torso_px(pose)]
        self._turn = (self._turn + GOLDEN) % 1.0
        self._next_pose_ns = t_ns + self._pose_every_ns * (0.7 + 0.6 * self._turn)
        return True

    def _lose(self, t_ns: int) -> None:
        # A body that was there a moment ago is looked for at once in the next picture, an empty square twice a second.
        self._next_pose_ns = t_ns + (0 if self._region is not None else LOOK_AGAIN_NS)
        self._region = self._key = None

    def _find(self, part: NDArray[np.uint8]) -> Region | None:
        found = self._model.detect(part)
        if not found:
            found = self._find_in_parts(part)
        return max(found, key=lambda region: region.size_px, default=None)

    def _find_in_parts(self, part: NDArray[np.uint8]) -> list[Region]:
        """Small bodies in a picture much longer than high, or the other way round: look in three overlapping squares."""
        height, width = part.shape[:2]
        side = min(height, width)
        if max(height, width) <= 1.2 * side:
            return []
        found = []
        for offset in np.linspace(0, max(height, width) - side, 3).astype(int):
            wide = width > height
            piece = part[:, offset : offset + side] if wide else part[offset : offset + side]
            for region in self._model.detect(piece):
                x, y = (region.center_x + offset, region.center_y) if wide else (region.center_x, region.center_y + offset)
                found.append(type(region)(float(x), float(y), region.size_px, region.angle_rad))
        return found

    def _sample(self, t_ns: int, scale: float, *, keyed: bool) -> BodySample:
        assert self._key is not None
        xy = self._key.xy_px
        hip = xy[list(HIPS)].mean(axis=0)
        hands = float(hip[1] - xy[list(WRISTS), 1].mean()) / scale
        knee = float(hip[1] - xy[list(KNEES), 1].min()) / scale
        across = float(xy[[*SHOULDERS, *HIPS, *ANKLES], 0].mean()) / scale
        shoulders, hips, knees, feet = (float(height) for height in self._heights)
        return BodySample(
            t_ns, present=True, shoulders=shoulders, hips=hips, knees=knees, feet=feet, across=across, hands=hands, knee=knee,
            torso_px=scale, key=keyed,
        )  # fmt: skip
