"""Where pupils run: a school track with a gate in one straight, or a straight lane."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

LANE_M: Final = 50.0


@dataclass(frozen=True, slots=True)
class Course:
    """What is run.

    Attributes:
        lap_m: way between two passings of the gate; 200 m on most school tracks.
        laps: how many count; `None` where the clock ends the run.
        seconds: when the clock ends the run; `None` where the laps do.
        straight: a lane instead of an oval. With one lap the gate is its end; with more, a shuttle: it is turned round at both
            ends of the lane, a lap is there and back, and the gate is where the run began.
    """

    lap_m: float = 200.0
    laps: int | None = 4
    seconds: float | None = None
    straight: bool = False

    @property
    def total_m(self) -> float:
        """The whole way, or infinity where the clock ends it."""
        return math.inf if self.laps is None else self.laps * self.lap_m

    @property
    def shuttle(self) -> bool:
        """Whether there are turns at both ends."""
        return self.straight and self.laps != 1

    def place_m(self, way_m: Floats, aside_m: Floats) -> tuple[Floats, Floats]:
        """X along the gate's straight (0 at the line, growing with the run) and y away from the receivers' side, after a way."""
        if self.straight and not self.shuttle:
            return way_m - self.lap_m, aside_m
        if self.shuttle:
            half = self.lap_m / 2
            turned = np.abs(np.mod(way_m + half, self.lap_m) - half)
            return np.where(way_m < 0, way_m, turned), aside_m
        return _oval(way_m, aside_m, self.lap_m)


FIFTY: Final = Course(LANE_M, laps=1, straight=True)
SHUTTLE: Final = Course(2 * LANE_M, laps=4, straight=True)
EIGHT_HUNDRED: Final = Course()
THOUSAND: Final = Course(laps=5)
TWELVE_MINUTES: Final = Course(laps=None, seconds=720.0)


def _oval(way_m: Floats, aside_m: Floats, lap_m: float) -> tuple[Floats, Floats]:
    """Two straights of a quarter of the lap each, two half circles; the gate is the middle of one straight."""
    straight = lap_m / 4
    radius = lap_m / (4 * math.pi)
    bend = math.pi * radius
    along = np.mod(way_m + straight / 2, lap_m)
    first, second = along - straight, along - 2 * straight - bend
    out = radius - aside_m
    turn_1, turn_2 = np.clip(first / radius, 0.0, math.pi), np.clip(second / radius, 0.0, math.pi)
    x = np.select(
        [along < straight, first < bend, second < 0],
        [along - straight / 2, straight / 2 + out * np.sin(turn_1), straight / 2 - (first - bend)],
        -straight / 2 - out * np.sin(turn_2),
    )
    y = np.select(
        [along < straight, first < bend, second < 0],
        [aside_m, radius - out * np.cos(turn_1), radius + out],
        radius + out * np.cos(turn_2),
    )
    return x, y
