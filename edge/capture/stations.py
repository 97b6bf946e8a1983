"""The door of the cameras: what happens in one square on the floor becomes samples of the pupil who stands there.

Poses are key frames; image motion carries the heights between them. Key frames are not quite evenly spaced, so that arms or knees
that move in step with them cannot hide.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from statistics import median
from typing import TYPE_CHECKING, Final

import numpy as np

from edge.capture.body_motion import ANKLES, HIPS, KNEES, SHOULDERS, BodyMotion, torso_px
from edge.capture.find_bodies import find_bodies
from edge.capture.pose_pace import PosePace
from edge.capture.square_rim import SquareRim
from edge.counting.samples import BodySample

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from models.pose import Pose, PoseModel, Region

LOOK_AGAIN_NS: Final = 500_000_000
"""An empty square is looked at twice a second."""
LOOK_AROUND_NS: Final = 3_000_000_000
"""Whether one body or two are in a square is looked at so often; squares take turns (see `phase`)."""
SMALL_BODIES: Final = 1 / 3
"""A whole picture is searched for bodies down to about a tenth of its height; a square is drawn around its pupil."""
CANDIDATES: Final = 6
SURE: Final = 0.8
"""Presence times visibility of hips, knees and ankles: real bodies 0.8 to 1, other things 0.4 to 0.7 (measured on clips)."""
PATIENCE: Final = 4
"""So often in a row a whole picture is searched thoroughly each time."""
FIRST_LOOK_NS: Final = 200_000_000
"""Squares of one camera are not all looked at for the first time in the same picture, but within so long, by their phase."""
LOOKS_KEPT: Final = 3
"""The median of so many looks counts: the detector misses one of two bodies now and then, and sees one twice."""
MOST_SPARED: Final = 4
"""So often in a row a square in which nothing has changed beside the pupil is not searched for a second body."""
GOLDEN: Final = 0.618
LEAST_TORSO_PX: Final = 8.0
SCALES: Final = 15
"""The scale is the median of this many key frames: a single pose that is off moves nothing."""
REGIONS: Final = 7
"""The size of the region to look in is the median of this many key frames."""
WRISTS: Final = (15, 16)
LEFT_KNEE, RIGHT_KNEE = 25, 26
_HEIGHTS: Final = np.array([*WRISTS, *HIPS, *KNEES])
_TRUNK: Final = np.array([*SHOULDERS, *HIPS])
_MIDDLE: Final = np.array([*SHOULDERS, *HIPS, *ANKLES])


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
        pose_hz: key frames a second; may be changed at any time.
        phase: 0 to 1, when it looks first, and where the uneven spacing of the key frames begins: squares side by side take turns.
            Counts must not depend on it.
    """

    def __init__(self, model: PoseModel, square: Square | None = None, pose_hz: float = 4.0, phase: float = 0.0) -> None:
        self._model, self._square = model, square
        self.pose_hz = pose_hz
        self._motion = BodyMotion()
        self._region: Region | None = None
        self._heights = np.zeros(4)
        self._stride = self._key_stride = 0.0
        self._trunk_px = self._key_risen = 0.0
        self._pace = PosePace()
        self._across = 0.0
        self._scale = 1.0
        self._scales: deque[float] = deque(maxlen=SCALES)
        self._sizes: deque[float] = deque(maxlen=REGIONS)
        self._bodies: deque[int] = deque(maxlen=LOOKS_KEPT)
        self._misses = 0
        self._rim, self._spared = SquareRim(), 0
        self._next_pose_ns: float | None = None
        self._next_around_ns = 0
        self._turn = phase
        self._key: Pose | None = None
        self._hands_px = self._knee_px = 0.0
        corner = (square.x, square.y) if square is not None else (0, 0)
        self._corner = np.array(corner, dtype=np.float32)

    def track(self, t_ns: int, picture: NDArray[np.uint8]) -> BodySample:
        """Look at one picture."""
        if self._next_pose_ns is None:
            self._next_pose_ns = t_ns + self._turn * FIRST_LOOK_NS
        part = self._part(picture)
        moved = self._motion.step(part) if self._region is not None else None
        due = t_ns >= self._next_pose_ns or (self._region is not None and moved is None)
        if moved is not None:
            self._heights = self._heights + moved.heights / self._scale
            self._stride += moved.stride / self._scale
            due = self._pace.stirs(self._stride - self._key_stride) or due
        keyed = self._key_frame(t_ns, part) if due else False
        if self._region is None or self._key is None:
            return BodySample(t_ns, present=False)
        return self._sample(t_ns, self._key, keyed=keyed)

    def _part(self, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        if self._square is None:
            return picture
        s = self._square
        return picture[s.y : s.y + s.height, s.x : s.x + s.width]

    def _key_frame(self, t_ns: int, part: NDArray[np.uint8]) -> bool:
        if self._region is None:
            self._forget()
            self._region = self._find(t_ns, part)
        elif t_ns >= self._next_around_ns and self._square is not None and self._key is not None:
            self._look_around(t_ns, part, self._key)
        pose = self._model.pose(part, self._region) if self._region is not None else None
        if pose is not None:
            pose = self._motion.same_sides(pose)
        if pose is None or torso_px(pose) < LEAST_TORSO_PX or not self._motion.seed(part, pose):
            self._lose(t_ns)
            return False
        self._sizes.append(pose.region.size_px)
        self._scales.append(torso_px(pose))
        self._scale = median(self._scales)
        if self._key is not None:
            self._across += (_middle_px(pose) - _middle_px(self._key)) / self._scale
        stride = float(pose.xy_px[RIGHT_KNEE, 1] - pose.xy_px[LEFT_KNEE, 1]) / self._scale
        trunk_px, risen = _trunk_px(pose), float(self._heights[:2].mean())
        bounce = risen - self._key_risen
        trunk = (trunk_px - self._trunk_px) / self._scale - bounce if self._key is not None else 0.0
        self._trunk_px, self._key_risen = trunk_px, risen
        self._pace.posed(t_ns, abs(stride - self._stride), abs(trunk), abs(bounce))
        self._stride = self._key_stride = stride
        self._region, self._key = replace(pose.region, size_px=median(self._sizes)), pose
        self._hands_px, self._knee_px = _above_hips_px(pose)
        self._turn = (self._turn + GOLDEN) % 1.0
        self._next_pose_ns = t_ns + 1e9 / self._pace.rate_hz(self.pose_hz) * (0.7 + 0.6 * self._turn)
        return True

    def _forget(self) -> None:
        self._motion = BodyMotion()
        self._heights, self._stride, self._across = np.zeros(4), 0.0, 0.0
        self._pace = PosePace()
        self._scales.clear()
        self._sizes.clear()

    def _lose(self, t_ns: int) -> None:
        # A body that was there a moment ago is looked for at once in the next picture, an empty square twice a second.
        self._next_pose_ns = t_ns + (0 if self._key is not None else LOOK_AGAIN_NS)
        self._region = self._key = None

    def _look_around(self, t_ns: int, part: NDArray[np.uint8], key: Pose) -> None:
        self._next_around_ns = t_ns + LOOK_AROUND_NS
        sure = len(self._bodies) == LOOKS_KEPT and len(set(self._bodies)) == 1 and self._spared < MOST_SPARED
        if sure and not self._rim.may_hold_another(part, key):
            self._spared += 1
            return
        self._spared = 0
        self._bodies.append(max(1, len(self._model.detect(part))))
        self._rim.searched(part, key)

    def _find(self, t_ns: int, part: NDArray[np.uint8]) -> Region | None:
        thorough = self._square is None and (self._misses < PATIENCE or t_ns >= self._next_around_ns)
        found = find_bodies(self._model, part, SMALL_BODIES if thorough else 1.0)
        self._misses = 0 if found else self._misses + 1
        if thorough or found:
            self._next_around_ns = t_ns + round(LOOK_AROUND_NS * (0.5 + 0.5 * self._turn))
        self._bodies.append(max(1, len(found)) if self._square is not None else 1)
        return self._surest(part, found)

    def _surest(self, part: NDArray[np.uint8], found: list[Region]) -> Region | None:
        """The largest body that the pose model is sure of, legs and all: what only looks like a body is large now and then."""
        largest = sorted(found, key=lambda region: -region.size_px)[:CANDIDATES]
        if len(largest) < 2:
            return largest[0] if largest else None
        sure = [_sureness(self._model.pose(part, region)) for region in largest]
        return next((region for region, one in zip(largest, sure, strict=True) if one >= SURE), largest[int(np.argmax(sure))])

    def _sample(self, t_ns: int, key: Pose, *, keyed: bool) -> BodySample:
        scale = self._scale
        shoulders, hips, knees, feet = self._heights.tolist()
        return BodySample(
            t_ns, present=True, shoulders=shoulders, hips=hips, knees=knees, feet=feet, stride=self._stride, across=self._across,
            hands=self._hands_px / scale, knee=self._knee_px / scale, torso_px=scale, key=keyed,
            bodies=sorted(self._bodies)[len(self._bodies) // 2],
            pose_px=(key.xy_px + self._corner) if keyed else None,
        )  # fmt: skip


def _sureness(pose: Pose | None) -> float:
    return 0.0 if pose is None else pose.presence * float(pose.visibility[[*HIPS, *KNEES, *ANKLES]].mean())


def _above_hips_px(pose: Pose) -> tuple[float, float]:
    """Heights of the hands, in the mean, and of the higher knee."""
    a, b, left_hip, right_hip, left, right = pose.xy_px[_HEIGHTS, 1].tolist()
    hip = (left_hip + right_hip) / 2
    return hip - (a + b) / 2, hip - min(left, right)


def _trunk_px(pose: Pose) -> float:
    """The height of the trunk in the picture, upwards."""
    return -float(pose.xy_px[_TRUNK, 1].mean())


def _middle_px(pose: Pose) -> float:
    """Where the body is across the picture."""
    return float(pose.xy_px[_MIDDLE, 0].mean())
