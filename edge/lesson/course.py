"""Where a run goes, and how far a runner is when the line has been passed so many times."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

SHORTEST_LAP_M: Final = 20.0
LONGEST_LAP_M: Final = 1_000.0


@dataclass(frozen=True, slots=True)
class Course:
    """A track with one line that is passed again and again, or a lane that is run to and fro.

    Attributes:
        distance_m: from the start to the finish; `None` where one runs until time is up, or until the teacher ends it.
        lap_m: between two passes of the line; in a shuttle one way, from end to end.
        shuttle: run to and fro between two ends, the far one first.
        lanes: each runner has a lane of his own.
    """

    distance_m: float | None
    lap_m: float
    shuttle: bool = False
    lanes: bool = False

    @property
    def passes(self) -> int | None:
        """How many times the line is passed, the finish included; in a shuttle how many ways. `None` without a finish."""
        return None if self.distance_m is None else math.ceil(self.distance_m / self.lap_m)

    @property
    def first_lap_m(self) -> float:
        """From the start to the first pass: shorter where the distance is no multiple of the lap (1000 m on a track of 400 m)."""
        if self.distance_m is None or self.passes is None:
            return self.lap_m
        return self.distance_m - (self.passes - 1) * self.lap_m

    def at_m(self, passes: int) -> float:
        """How far one is after so many passes."""
        return 0.0 if passes == 0 else self.first_lap_m + (passes - 1) * self.lap_m

    def left(self, passes: int) -> int | None:
        """How many passes are left after so many; `None` without a finish."""
        return None if self.passes is None else max(0, self.passes - passes)
