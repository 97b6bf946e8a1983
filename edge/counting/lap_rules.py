"""What is run, and by which witnesses laps are told."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LapRules:
    """What is run, and by which witnesses.

    Attributes:
        start_ns: the signal.
        lap_m: way of a lap; `None` where nobody measured it.
        laps: who has so many is done; `None` for no end.
        least_lap_s: nobody is faster. For a school track 25 s, for 50 m there and back 14 s.
        first_lap_s: what a first lap is thought to take; else from `lap_m` at 3.3 m/s.
        receivers: how many the gate has; 0 without radio.
        camera: whether a camera sees the line.
        taps: whether the teacher taps names.
        hold_s: a crossing is settled so long after it. It must be longer than the radio needs to tell of a passing (6 s), or than
            taps fall behind in a bunch; with neither, a blink is enough.
        end_ns: crossings after it do not count, where a clock ends the run.
    """

    start_ns: int
    lap_m: float | None = 200.0
    laps: int | None = None
    least_lap_s: float = 25.0
    first_lap_s: float | None = None
    receivers: int = 2
    camera: bool = True
    taps: bool = False
    hold_s: float = 8.0
    end_ns: int | None = None

    @property
    def usual_s(self) -> float:
        """The length of a first lap, until somebody has run one."""
        return self.first_lap_s or (self.lap_m / 3.3 if self.lap_m else 2.5 * self.least_lap_s)
