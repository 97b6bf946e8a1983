"""Bodies followed from picture to picture by their boxes alone: pure, with bounded memory.

A body moves evenly (a Kalman filter for each axis); boxes go to tracks so that the sum of their distances is least (Kuhn 1955).
Everything is measured in heights of the body, so near and far bodies, and pictures of any size, are treated alike.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.optimize import linear_sum_assignment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

MOST_TRACKS: Final = 96
SPEED_HEIGHTS_PER_S: Final = 3.0
"""Standard deviation of the speed of a body that has just been seen: a pupil runs 5 to 7 m/s, 3 to 5 heights a second."""
ACCEL_HEIGHTS_PER_S2: Final = 2.0
"""How much a body may change its speed: 3 m/s² is a strong start or stop."""
PLACE_HEIGHTS: Final = 0.04
FOOT_HEIGHTS: Final = 0.1
"""How well a box tells where the torso and the feet are: feet swing, leave the ground, and have shadows."""
DOWN: Final = 0.3
"""Up and down in the picture, bodies are slower and change their speed less by this: a camera at a gate looks along the ground."""
REACH_HEIGHTS: Final = 0.4
"""A box this far from where the body must be is still its own, beside what the filter allows."""
FARTHEST_HEIGHTS: Final = 1.2
RIPE_AFTER: Final = 3
"""Boxes after which a track is no chance find."""
COASTS_S: Final = 0.9
"""A body that is hidden by others is followed blindly for so long; one that was hardly seen for `UNRIPE_COASTS_S`."""
UNRIPE_COASTS_S: Final = 0.25
LOOK_WEIGHT: Final = 0.5
SIZE_WEIGHT: Final = 0.4
SIZE_S: Final = 0.5
"""Sizes and looks are averaged over so long."""


@dataclass(frozen=True, slots=True)
class Box:
    """One body in one picture, in pixels.

    Attributes:
        x: left edge.
        y: upper edge.
        torso_x: middle of the torso; of the box, if it is not told.
        look: colours, any vector with parts of 0 to 1; empty if they are not known.
        claims: the track that this box was looked for, 0 for none.
        sure: 0 to 1; low for a body that is mostly hidden.
    """

    x: float
    y: float
    width: float
    height: float
    torso_x: float | None = None
    look: tuple[float, ...] = ()
    claims: int = 0
    sure: float = 1.0

    def moved_to(self, x: float, y: float, torso_x: float, look: tuple[float, ...]) -> Box:
        """The same box elsewhere; `dataclasses.replace` takes twice as long, and there are dozens in a picture."""
        return Box(x, y, self.width, self.height, torso_x, look, self.claims, self.sure)

    @property
    def middle_x(self) -> float:
        """Middle of the torso."""
        return self.x + 0.5 * self.width if self.torso_x is None else self.torso_x

    @property
    def foot_y(self) -> float:
        """Lower edge: where the body stands."""
        return self.y + self.height


@dataclass(frozen=True, slots=True)
class Followed:
    """One body that is followed.

    Attributes:
        track: its number, from 1 on, never used again.
        box: where it is; where it should be while it is not seen.
        speed_px_s: to the right and downwards.
        seen: whether it has a box in this picture.
        boxes: how many it has had.
        born_ns: when it was first seen.
        travelled: how far it has been from there, in heights of the body.
    """

    track: int
    box: Box
    speed_px_s: tuple[float, float]
    seen: bool
    boxes: int
    born_ns: int
    travelled: float = 0.0

    @property
    def ripe(self) -> bool:
        """No chance find."""
        return self.boxes >= RIPE_AFTER


@dataclass(slots=True)
class _Axis:
    """Place and speed along one axis, with their covariance."""

    place: float
    var: float
    speed_var: float
    speed: float = 0.0
    mixed: float = 0.0

    def ahead(self, dt: float, accel: float) -> None:
        self.place += dt * self.speed
        self.var += dt * (2 * self.mixed + dt * self.speed_var) + accel**2 * dt**4 / 4
        self.mixed += dt * self.speed_var + accel**2 * dt**3 / 2
        self.speed_var += accel**2 * dt**2

    def correct(self, place: float, var: float) -> None:
        total = self.var + var
        gain, speed_gain = self.var / total, self.mixed / total
        off = place - self.place
        self.place += gain * off
        self.speed += speed_gain * off
        self.speed_var -= speed_gain * self.mixed
        self.mixed *= 1 - gain
        self.var *= 1 - gain


@dataclass(slots=True)
class _Track:
    number: int
    x: _Axis
    y: _Axis
    box: Box
    born_ns: int
    t_ns: int
    seen_ns: int
    born_at: tuple[float, float]
    farthest: float = 0.0
    boxes: int = 1
    seen: bool = True
    look: tuple[float, ...] = field(default=())

    def at(self) -> Box:
        """The box where the filter has the body."""
        offset = self.box.middle_x - self.box.x
        left, top = self.x.place - offset, self.y.place - self.box.height
        return self.box.moved_to(left, top, self.x.place, self.look)


class BodyTracks:
    """Follows all bodies of a camera.

    Args:
        coasts_s: how long a body that is hidden is followed blindly.
    """

    def __init__(self, coasts_s: float = COASTS_S) -> None:
        self._coasts_s = coasts_s
        self._tracks: list[_Track] = []
        self._next = 1

    def expected(self, t_ns: int) -> list[Followed]:
        """Where everybody should be at a time that is not before the last boxes."""
        found = []
        for track in self._tracks:
            dt = (t_ns - track.t_ns) / 1e9
            box = track.at()
            across, down = dt * track.x.speed, dt * track.y.speed
            moved = box.moved_to(box.x + across, box.y + down, box.middle_x + across, box.look)
            found.append(self._told(track, moved))
        return found

    def feed(self, t_ns: int, boxes: Sequence[Box]) -> list[Followed]:
        """Take the boxes of one picture; everybody who is followed now, in order of their numbers."""
        for track in self._tracks:
            dt = max(0.0, (t_ns - track.t_ns) / 1e9)
            accel = ACCEL_HEIGHTS_PER_S2 * track.box.height
            track.x.ahead(dt, accel)
            track.y.ahead(dt, DOWN * accel)
            track.t_ns, track.seen = t_ns, False
        free = list(range(len(boxes)))
        # Who was seen just now comes first: a track that is blind must not take the box of one that sees.
        ripe = [t for t in self._tracks if t.boxes >= RIPE_AFTER]
        for tracks in (ripe, [t for t in self._tracks if t.boxes < RIPE_AFTER]):
            for track, number in self._assigned(t_ns, tracks, boxes, free):
                self._take(track, boxes[number], t_ns)
                free.remove(number)
        for number in free:
            self._begin(boxes[number], t_ns)
        self._forget(t_ns)
        return [self._told(track, track.at()) for track in self._tracks]

    def drop(self, track: int) -> None:
        """Follow somebody no longer: a double of another track."""
        self._tracks = [t for t in self._tracks if t.number != track]

    def _told(self, track: _Track, box: Box) -> Followed:
        return Followed(track.number, box, (track.x.speed, track.y.speed), track.seen, track.boxes, track.born_ns, track.farthest)

    def _assigned(self, t_ns: int, tracks: list[_Track], boxes: Sequence[Box], free: list[int]) -> list[tuple[_Track, int]]:
        if not tracks or not free:
            return []
        cost = np.array([[_distance(track, boxes[number], t_ns) for number in free] for track in tracks])
        # One that is out of reach costs more than all others together, so it is taken only where nothing is within reach.
        rows, columns = linear_sum_assignment(np.minimum(cost, 1e3))
        return [(tracks[r], free[c]) for r, c in zip(rows, columns, strict=True) if cost[r, c] < 1e3]

    def _take(self, track: _Track, box: Box, t_ns: int) -> None:
        unit = track.box.height / max(0.2, box.sure)
        track.x.correct(box.middle_x, (PLACE_HEIGHTS * unit) ** 2)
        track.y.correct(box.foot_y, (FOOT_HEIGHTS * unit) ** 2)
        share = box.sure * min(1.0, max(1.0 / (track.boxes + 1), (t_ns - track.seen_ns) / 1e9 / SIZE_S))
        old = track.box
        offset = (1 - share) * (old.middle_x - old.x) + share * (box.middle_x - box.x)
        width, height = old.width + share * (box.width - old.width), old.height + share * (box.height - old.height)
        track.box = Box(box.middle_x - offset, box.y, width, height, box.middle_x, box.look, box.claims, box.sure)
        if box.look and len(box.look) == len(track.look):
            track.look = tuple(a + share * (b - a) for a, b in zip(track.look, box.look, strict=True))
        elif box.look:
            track.look = box.look
        gone = math.hypot(track.x.place - track.born_at[0], track.y.place - track.born_at[1])
        track.farthest = max(track.farthest, gone / max(1.0, track.box.height))
        track.seen, track.seen_ns, track.boxes = True, t_ns, track.boxes + 1

    def _begin(self, box: Box, t_ns: int) -> None:
        height = max(box.height, 1.0)
        speed = SPEED_HEIGHTS_PER_S * height
        across = _Axis(box.middle_x, (PLACE_HEIGHTS * height) ** 2, speed**2)
        down = _Axis(box.foot_y, (FOOT_HEIGHTS * height) ** 2, (DOWN * speed) ** 2)
        track = _Track(self._next, across, down, box, t_ns, t_ns, t_ns, (box.middle_x, box.foot_y), look=box.look)
        self._tracks.append(track)
        self._next += 1

    def _forget(self, t_ns: int) -> None:
        self._tracks = [t for t in self._tracks if (t_ns - t.seen_ns) / 1e9 <= self._patience_s(t)]
        if len(self._tracks) > MOST_TRACKS:
            newest = sorted(self._tracks, key=lambda t: (t.seen_ns, t.boxes))[-MOST_TRACKS:]
            self._tracks = sorted(newest, key=lambda t: t.number)

    def _patience_s(self, track: _Track) -> float:
        return self._coasts_s if track.boxes >= RIPE_AFTER else UNRIPE_COASTS_S


def _distance(track: _Track, box: Box, t_ns: int) -> float:
    """Between a track and a box, in body heights; sizes and looks that differ count as distance."""
    height = max(track.box.height, 1.0)
    across = (box.middle_x - track.x.place) / height
    if abs(across) > FARTHEST_HEIGHTS:
        return math.inf
    down = (box.foot_y - track.y.place) / height
    apart = math.hypot(across, down)
    allowed = min(FARTHEST_HEIGHTS, REACH_HEIGHTS + 2.5 * math.sqrt(track.x.var) / height)
    if apart > allowed or (box.claims and box.claims != track.number and track.boxes >= RIPE_AFTER):
        return math.inf
    cost = apart + SIZE_WEIGHT * abs(math.log(max(box.height, 1.0) / height)) + 0.3 * (t_ns - track.seen_ns) / 1e9
    if box.claims == track.number:
        return 0.3 * cost
    return cost + LOOK_WEIGHT * unlike(track.look, box.look)


def unlike(look: Sequence[float] | NDArray[np.float64], other: Sequence[float] | NDArray[np.float64]) -> float:
    """0 for the same colours, about 1 for black and white; 0 where they are not known."""
    if not len(look) or len(look) != len(other):
        return 0.0
    return math.dist(look, other) / math.sqrt(len(look))


def overlap(one: Box, other: Box) -> float:
    """What two boxes share, as a share of both together."""
    wide = min(one.x + one.width, other.x + other.width) - max(one.x, other.x)
    high = min(one.foot_y, other.foot_y) - max(one.y, other.y)
    if wide <= 0 or high <= 0:
        return 0.0
    return wide * high / (one.width * one.height + other.width * other.height - wide * high)
