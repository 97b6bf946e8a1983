"""Bodies over a line: pure, with bounded memory. Somebody who stands on the line does not cross it again and again."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from edge.counting.events import Crossing

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from edge.counting.events import Direction, Event

FORGOTTEN_AFTER_NS: Final = 2_000_000_000
MOST_TRACKS: Final = 128
BEYOND_THE_ENDS: Final = 0.05
"""A crossing may lie this share of the line's length beyond its ends."""
MARGIN: Final = 0.3
FIT_NS: Final = 170_000_000
"""The time is read off a straight line through the places in so long before and after the zero: about half a stride, in which a
torso moves evenly to a few per cent."""
LAST_PLACES: Final = 24
TORSO_OFF: Final = 0.08
FOOT_OFF: Final = 0.25
"""Shares of a body's width that the torso and the feet are off in all pictures alike, as they seemed on drawn bodies."""
UNSEEN: Final = 0.05
"""Between two places the body may have been faster or slower: this share of the time between them is unsure."""
AT_THE_END: Final = 0.4
"""At the end of a recording this share of the margin is enough."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line in the picture, in pixels: drawn on the ground, where feet cross it."""

    x1: float
    y1: float
    x2: float
    y2: float

    @property
    def length(self) -> float:
        """In pixels."""
        return math.hypot(self.x2 - self.x1, self.y2 - self.y1)

    def place(self, x: float, y: float) -> tuple[float, float]:
        """Distance from the line (its sign tells the side), and where along it, 0 to 1 between the ends."""
        dx, dy, length = self.x2 - self.x1, self.y2 - self.y1, self.length
        away = (dx * (y - self.y1) - dy * (x - self.x1)) / length
        along = (dx * (x - self.x1) + dy * (y - self.y1)) / length**2
        return away, along

    def direction(self, side: int) -> Direction:
        """Travel in the picture of who comes to `side` (1 or -1): across a line that is more upright than level left or right."""
        dx, dy = self.x2 - self.x1, self.y2 - self.y1
        if abs(dy) >= abs(dx):
            return "left_to_right" if -dy * side > 0 else "right_to_left"
        return "top_to_bottom" if dx * side > 0 else "bottom_to_top"


@dataclass(frozen=True, slots=True)
class BodyPoint:
    """One body in one picture.

    Attributes:
        track: its number for as long as it is in view.
        x: middle of the torso.
        y: where the point that counts is in the picture: on the ground below the torso, if the line is drawn on the ground.
        width: of the body in pixels.
        sure: 0 to 1; low while it is mostly hidden by others.
    """

    track: int
    x: float
    y: float
    width: float
    sure: float = 1.0


@dataclass(frozen=True, slots=True)
class LineSample:
    """All bodies of one picture."""

    t_ns: int
    bodies: tuple[BodyPoint, ...]


@dataclass(frozen=True, slots=True)
class _Place:
    t_ns: int
    away: float
    along: float
    sure: float


@dataclass(slots=True)
class _Seen:
    """One body: its newest places, the side that it was last well on, and when it last was on the line itself."""

    side: int = 0
    margin: float = 0.0
    zero_ns: int = 0
    places: deque[_Place] = field(default_factory=lambda: deque(maxlen=LAST_PLACES))


class LineCounter:
    """Counts bodies over one line, in both directions.

    A crossing is reported when the body is past the line by a margin, so a body that stands on the line may sway; its time is
    that of the line itself, from a straight line through the places around it.

    Args:
        margin: share of a body's width that it must be past the line before it has crossed. 0.3 of the width of a box (about
            0.5 m) is 15 cm: people who stand sway by 1 to 3 cm, those who shift their weight by 10.
    """

    def __init__(self, line: Line, margin: float = MARGIN) -> None:
        self._line, self._margin = line, margin
        self._seen: dict[int, _Seen] = {}

    def feed(self, sample: LineSample, /) -> Sequence[Event]:
        """See `Counter`."""
        events: list[Event] = []
        for body in sample.bodies:
            away, along = self._line.place(body.x, body.y)
            seen = self._seen.setdefault(body.track, _Seen())
            seen.margin = max(2.0, self._margin * body.width)
            if seen.places and sample.t_ns <= seen.places[-1].t_ns:
                continue
            if seen.places and (seen.places[-1].away > 0) != (away > 0):
                old = seen.places[-1]
                seen.zero_ns = old.t_ns + round(old.away / (old.away - away) * (sample.t_ns - old.t_ns))
            seen.places.append(_Place(sample.t_ns, away, along, body.sure))
            events.extend(self._crossed(body.track, seen, seen.margin))
        self._forget(sample.t_ns)
        return events

    def flush(self) -> Sequence[Event]:
        """See `Counter`; who is over the line, but not yet by the whole margin, has crossed it."""
        return [event for track, seen in self._seen.items() for event in self._crossed(track, seen, AT_THE_END * seen.margin)]

    def _crossed(self, track: int, seen: _Seen, margin: float) -> Iterable[Crossing]:
        newest = seen.places[-1]
        side = 0 if abs(newest.away) < margin else (1 if newest.away > 0 else -1)
        if not side or side == seen.side:
            return
        before, seen.side = seen.side, side
        if not before:
            return
        x_share, y_share = (
            abs(self._line.y2 - self._line.y1) / self._line.length,
            abs(self._line.x2 - self._line.x1) / self._line.length,
        )
        t_ns, unsure_ns, along, sure = _zero(seen, (TORSO_OFF * x_share + FOOT_OFF * y_share) * seen.margin / self._margin)
        if -BEYOND_THE_ENDS <= along <= 1 + BEYOND_THE_ENDS:
            yield Crossing(t_ns, self._line.direction(side), track, min(1.0, max(0.0, along)), sure, unsure_ns)

    def _forget(self, now_ns: int) -> None:
        old = [track for track, seen in self._seen.items() if now_ns - seen.places[-1].t_ns > FORGOTTEN_AFTER_NS]
        surplus = sorted(self._seen, key=lambda track: self._seen[track].places[-1].t_ns)[: max(0, len(self._seen) - MOST_TRACKS)]
        for track in {*old, *surplus}:
            del self._seen[track]


def _zero(seen: _Seen, off_px: float) -> tuple[int, int, float, float]:
    """When the body was on the line, how sure that is, where along it, and how well it was seen: a weighted straight line."""
    zero_ns = seen.zero_ns
    split = sum(1 for place in seen.places if place.t_ns <= zero_ns)
    places = list(seen.places)
    near = [p for n, p in enumerate(places) if abs(p.t_ns - zero_ns) <= FIT_NS or n in (split - 1, split)]
    t_s = [(p.t_ns - zero_ns) / 1e9 for p in near]
    weights = [max(p.sure, 0.05) ** 2 for p in near]
    total = sum(weights)

    def mean(values: Iterable[float]) -> float:
        return sum(w * v for w, v in zip(weights, values, strict=True)) / total

    mean_s, mean_away = mean(t_s), mean(p.away for p in near)
    square = mean((t - mean_s) ** 2 for t in t_s)
    speed = mean((t - mean_s) * (p.away - mean_away) for t, p in zip(t_s, near, strict=True)) / square if square else 0.0
    sure = mean(p.sure for p in near)
    gap_s = max((b - a for a, b in pairwise(t_s)), default=0.0)
    at_s = mean_s - mean_away / speed if speed else 0.0
    if not t_s[0] <= at_s <= t_s[-1]:
        at_s = 0.0
    along = near[-1].along
    for a, b in pairwise(near):
        if (a.away > 0) != (b.away > 0):
            along = a.along + a.away / (a.away - b.away) * (b.along - a.along)
    if not speed:
        return zero_ns, round(0.5 * gap_s * 1e9), along, sure
    off = mean((p.away - mean_away - speed * (t - mean_s)) ** 2 for t, p in zip(t_s, near, strict=True))
    spread_s = math.sqrt(off / max(1, len(near) - 2)) / abs(speed)
    return zero_ns + round(at_s * 1e9), round((math.hypot(spread_s, off_px / abs(speed)) + UNSEEN * gap_s) * 1e9), along, sure
