"""Bodies over a line: pure, with bounded memory. Somebody who stands on the line does not cross it again and again."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from edge.counting.events import Crossing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge.counting.events import Direction, Event

FORGOTTEN_AFTER_NS: Final = 2_000_000_000
MOST_TRACKS: Final = 128
BEYOND_THE_ENDS: Final = 0.10
"""A crossing may lie this share of the line's length beyond its ends."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line in the picture, in pixels."""

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


@dataclass(frozen=True, slots=True)
class BodyPoint:
    """One body in one picture: its track, the point of the torso that counts, and its width in pixels."""

    track: int
    x: float
    y: float
    width: float


@dataclass(frozen=True, slots=True)
class LineSample:
    """All bodies of one picture."""

    t_ns: int
    bodies: tuple[BodyPoint, ...]


@dataclass(slots=True)
class _Seen:
    side: int
    away: float
    t_ns: int
    zero_ns: int
    x: float
    y: float


class LineCounter:
    """Counts bodies over one line, in both directions.

    Args:
        margin: share of a body's width that it must be past the line before it has crossed; so a body on the line may sway.
    """

    def __init__(self, line: Line, margin: float = 0.15) -> None:
        self._line, self._margin = line, margin
        self._seen: dict[int, _Seen] = {}

    def feed(self, sample: LineSample, /) -> Sequence[Event]:
        """See `Counter`."""
        events: list[Event] = []
        for body in sample.bodies:
            away, along = self._line.place(body.x, body.y)
            margin = max(2.0, self._margin * body.width)
            side = 0 if abs(away) < margin else (1 if away > 0 else -1)
            old = self._seen.get(body.track)
            if old is None:
                self._seen[body.track] = _Seen(side, away, sample.t_ns, sample.t_ns, body.x, body.y)
                continue
            if (old.away > 0) != (away > 0):
                share = old.away / (old.away - away) if old.away != away else 0.0
                old.zero_ns = old.t_ns + round(share * (sample.t_ns - old.t_ns))
            inside = -BEYOND_THE_ENDS <= along <= 1 + BEYOND_THE_ENDS
            if side and old.side and side != old.side and inside:
                events.append(Crossing(old.zero_ns, self._direction(body.x - old.x, body.y - old.y), body.track))
            if side:
                old.side, old.x, old.y = side, body.x, body.y
            old.away, old.t_ns = away, sample.t_ns
        self._forget(sample.t_ns)
        return events

    def flush(self) -> Sequence[Event]:
        """See `Counter`; nothing is held back."""
        return ()

    def _direction(self, dx: float, dy: float) -> Direction:
        """Travel in the picture: across a line that is more upright than level left or right, else up or down."""
        upright = abs(self._line.y2 - self._line.y1) >= abs(self._line.x2 - self._line.x1)
        if upright:
            return "left_to_right" if dx > 0 else "right_to_left"
        return "top_to_bottom" if dy > 0 else "bottom_to_top"

    def _forget(self, now_ns: int) -> None:
        old = [track for track, seen in self._seen.items() if now_ns - seen.t_ns > FORGOTTEN_AFTER_NS]
        surplus = sorted(self._seen, key=lambda track: self._seen[track].t_ns)[: max(0, len(self._seen) - MOST_TRACKS)]
        for track in {*old, *surplus}:
            del self._seen[track]
