"""The gate of a camera: what moves is followed, confirmed to be a person by the pose model, and counted over the line.

Motion comes from background subtraction (Zivkovic 2004), so the camera must stand still; tracks from constant-velocity prediction
and assignment by distance. A first version: people who walk close together may still be taken for one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import cv2
import numpy as np
from scipy.optimize import linear_sum_assignment

from edge.counting.events import Crossing
from edge.counting.line import BodyPoint, Line, LineCounter, LineSample
from models.pose import Region

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from models.pose import PoseModel

WORK_WIDTH_PX: Final = 480
LEAST_HEIGHT: Final = 0.06
"""A person is at least this share of the picture high."""
LEAST_SLENDER: Final = 1.1
"""A standing or running person is higher than wide by this."""
TORSO_DOWN: Final = 0.35
"""The torso's middle, from the top of the body."""
LOST_AFTER: Final = 12
LOOKS_TO_CONFIRM: Final = 6
"""Pictures in which the pose model is asked before a track is taken for no person."""
FAR: Final = 1.2
"""A body is not the same one when it has moved further than this share of its height."""


@dataclass(slots=True)
class _Track:
    number: int
    box: NDArray[np.float64]
    speed: NDArray[np.float64] = field(default_factory=lambda: np.zeros(2))
    missed: int = 0
    looks: int = 0
    person: bool = False
    crossings: list[Crossing] = field(default_factory=list)


class FinishLine:
    """Follows everybody in the picture and counts over one line.

    Args:
        line: x1, y1, x2, y2 in pixels.
    """

    def __init__(self, line: tuple[float, float, float, float], model: PoseModel) -> None:
        self._model = model
        self._counter = LineCounter(Line(*line))
        self._background: Any = cv2.createBackgroundSubtractorMOG2(history=300, varThreshold=24, detectShadows=True)
        self._tracks: list[_Track] = []
        self._next = 1

    def look(self, t_ns: int, picture: NDArray[np.uint8]) -> list[Crossing]:
        """Take one picture; crossings of tracks that are known to be people."""
        self._follow(self._moving(picture))
        bodies = []
        for track in self._tracks:
            if track.missed:
                continue
            self._confirm(track, picture)
            x, y, width, height = track.box
            bodies.append(BodyPoint(track.number, float(x + width / 2), float(y + TORSO_DOWN * height), float(width)))
        by_number = {track.number: track for track in self._tracks}
        for event in self._counter.feed(LineSample(t_ns, tuple(bodies))):
            if isinstance(event, Crossing):
                by_number[event.track].crossings.append(event)
        return self._sure()

    def _sure(self) -> list[Crossing]:
        found = [crossing for track in self._tracks if track.person for crossing in track.crossings]
        for track in self._tracks:
            if track.person:
                track.crossings.clear()
        return sorted(found, key=lambda crossing: crossing.t_ns)

    def _moving(self, picture: NDArray[np.uint8]) -> list[NDArray[np.float64]]:
        """Boxes (x, y, width, height) of what moves and could be a person."""
        height, width = picture.shape[:2]
        scale = min(1.0, WORK_WIDTH_PX / width)
        small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        mask = (self._background.apply(small) == 255).astype(np.uint8)
        mask = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
        mask = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((15, 7), np.uint8))
        contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
        boxes = [np.array(cv2.boundingRect(contour), dtype=np.float64) / scale for contour in contours]
        return [box for box in boxes if box[3] >= LEAST_HEIGHT * height and box[3] >= LEAST_SLENDER * box[2]]

    def _follow(self, boxes: list[NDArray[np.float64]]) -> None:
        cost = np.array([[_distance(track, box) for box in boxes] for track in self._tracks]).reshape(len(self._tracks), len(boxes))
        taken: set[int] = set()
        matched: set[int] = set()
        for row, column in zip(*linear_sum_assignment(cost), strict=True):
            if cost[row, column] <= FAR:
                track, box = self._tracks[row], boxes[column]
                moved = box[:2] + box[2:] / 2 - track.box[:2] - track.box[2:] / 2
                track.speed = 0.6 * track.speed + 0.4 * moved
                track.box, track.missed = box, 0
                taken.add(int(column))
                matched.add(int(row))
        for row, track in enumerate(self._tracks):
            if row not in matched:
                track.missed += 1
                track.box[:2] += track.speed
        self._tracks = [track for track in self._tracks if track.missed <= LOST_AFTER]
        for column, box in enumerate(boxes):
            if column not in taken:
                self._tracks.append(_Track(self._next, box))
                self._next += 1

    def _confirm(self, track: _Track, picture: NDArray[np.uint8]) -> None:
        near = track.looks < LOOKS_TO_CONFIRM and not track.person
        if not near:
            return
        track.looks += 1
        x, y, width, height = (float(value) for value in track.box)
        region = Region(x + width / 2, y + height / 2, 1.3 * max(width, height))
        track.person = self._model.pose(picture, region) is not None


def find_crossings(
    frames: Iterable[tuple[int, NDArray[np.uint8]]], line: tuple[float, float, float, float], model: PoseModel
) -> list[Crossing]:
    """All crossings in pictures with their times (ns), in order of time."""
    gate = FinishLine(line, model)
    found = [crossing for t_ns, picture in frames for crossing in gate.look(t_ns, picture)]
    return sorted(found, key=lambda crossing: crossing.t_ns)


def _distance(track: _Track, box: NDArray[np.float64]) -> float:
    """How far a box is from where the track should be, in body heights; sizes that differ count as distance."""
    expected = track.box[:2] + track.box[2:] / 2 + track.speed
    apart = np.hypot(*(box[:2] + box[2:] / 2 - expected)) / max(track.box[3], 1.0)
    return float(apart + 0.5 * abs(np.log(max(box[3], 1.0) / max(track.box[3], 1.0))))
