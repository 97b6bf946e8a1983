"""A field of runners with a gate, and the truth: who crossed when, and what cameras, receivers, bands and taps made of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from simulators.gate_radio import Air, Heard, hear
from simulators.running_course import EIGHT_HUNDRED, Course
from simulators.running_pace import Runs, run

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

CAMERA_S: Final = 0.012
"""Spread of the camera's time of a crossing: within 20 ms for nine of ten."""
BODY_M: Final = 0.4
"""Two torsos nearer to each other than this along the track overlap in a picture taken along the line."""
HIDDEN: Final = 0.5
"""How often the farther of two who overlap wholly is not seen; the camera stands above their heads' height."""
NEVER_SEEN: Final = 0.002
SEEN_TWICE: Final = 0.001


@dataclass(frozen=True, slots=True)
class Sighting:
    """One crossing as a camera tells it; `runner` is the truth, -1 for somebody who does not run."""

    t_ns: int
    along: float
    track: int
    runner: int
    confidence: float = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class StepTotals:
    """A band's running total of steps, as it was heard."""

    t_ns: NDArray[np.int64]
    total: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Tap:
    """A name tapped on the tablet."""

    t_ns: int
    runner: int


@dataclass(frozen=True, slots=True)
class Mishaps:
    """What goes wrong, as shares of the runners or counts a run.

    Attributes:
        silent_bands: share of bands that fall off or go empty within the run.
        giving_up: share of runners who stop.
        strangers: how often somebody who does not run goes over the line.
        bunched: share of runners who keep to another.
    """

    silent_bands: float = 0.02
    giving_up: float = 0.02
    strangers: int = 3
    bunched: float = 0.4


@dataclass(slots=True, eq=False)
class RunningField:
    """One run of a class, drawn from a seed.

    Attributes:
        laps_ns: by runner, when the line was crossed at the end of each lap that counts, ascending; 0 is the signal.
        starts_ns: by runner, when the line was crossed at the start, or `None`.
        bands_until_s: by runner, when the band falls silent; infinity for good bands.
    """

    course: Course
    runs: Runs
    laps_ns: list[list[int]]
    starts_ns: list[int | None]
    strangers_ns: list[int]
    bands_until_s: Floats
    seed: int
    _tracks: int = field(default=0)

    @classmethod
    def draw(
        cls, runners: int = 40, course: Course = EIGHT_HUNDRED, *, seed: int = 0, mishaps: Mishaps | None = None
    ) -> RunningField:
        """Let so many run; the same seed gives the same run."""
        draw, bad = np.random.default_rng([seed, 1]), mishaps or Mishaps()
        runs = run(course, runners, draw, bunched=bad.bunched, giving_up=bad.giving_up)
        laps, starts = [], []
        for way in runs.way_m:
            times = [_reached_s(runs.t_s, way, number * course.lap_m) for number in range(1, _most(course, way) + 1)]
            known = [t for t in times if t is not None and (course.seconds is None or t <= course.seconds)]
            laps.append([round(t * 1e9) for t in known])
            begun = _reached_s(runs.t_s, way, 0.0)
            starts.append(None if begun is None or (course.straight and not course.shuttle) else round(begun * 1e9))
        end_s = float(runs.t_s[-1])
        until = np.where(draw.random(runners) < bad.silent_bands, draw.uniform(0.0, end_s, runners), np.inf)
        strangers = sorted(round(float(t) * 1e9) for t in draw.uniform(5.0, end_s, bad.strangers))
        return cls(course, runs, laps, starts, strangers, until, seed)

    def sightings(self) -> list[Sighting]:
        """What the camera at the line saw, ascending: whoever is hidden behind another may be missing, a few are seen twice."""
        draw = np.random.default_rng([self.seed, 2])
        true = [(t, who) for who, times in enumerate(self.laps_ns) for t in times]
        true += [(t, who) for who, t in enumerate(self.starts_ns) if t is not None]
        true += [(t, -1) for t in self.strangers_ns]
        true.sort()
        near = [self._aside_m(who, t) if who >= 0 else float(draw.uniform(0.5, 4.0)) for t, who in true]
        speed = [self._speed_mps(who, t) if who >= 0 else 1.3 for t, who in true]
        seen: list[Sighting] = []
        for index, (t, who) in enumerate(true):
            clear = 1.0 - NEVER_SEEN
            for other in (*range(max(0, index - 6), index), *range(index + 1, min(len(true), index + 7))):
                apart_m = abs(true[other][0] - t) / 1e9 * speed[index]
                if apart_m < BODY_M and near[other] < near[index]:
                    clear *= 1.0 - HIDDEN * (1.0 - apart_m / BODY_M)
            for _ in range(1 + int(draw.random() < SEEN_TWICE)):
                at_ns = t + round(float(draw.normal(0.0, CAMERA_S)) * 1e9)
                if draw.random() < clear:
                    seen.append(Sighting(at_ns, near[index] / 4.5, len(seen), who))
        return sorted(seen, key=lambda one: one.t_ns)

    def heard(self, air: Air | None = None) -> list[Heard]:
        """What the gate's receivers heard, by runner."""
        air, runs = air or Air(), self.runs
        draws = np.random.default_rng([self.seed, 3]).spawn(len(self.laps_ns))
        return [
            hear(air, self.course, runs.t_s, way, aside, draw, float(until))
            for way, aside, draw, until in zip(runs.way_m, runs.aside_m, draws, self.bands_until_s, strict=True)
        ]

    def steps(self) -> list[StepTotals]:
        """What the bands counted, heard four to five times a second, by runner.

        Cadence by speed: 1.0 + 0.5 v steps a second while walking, 2.4 + 0.12 v while running; within 7 % from child to child,
        and a band miscounts by 1.5 % of them.
        """
        draw, runs = np.random.default_rng([self.seed, 4]), self.runs
        told = []
        for way, until in zip(runs.way_m, self.bands_until_s, strict=True):
            speed = np.gradient(way, runs.t_s)
            cadence = np.where(speed < 2.0, 1.0 + 0.5 * speed, 2.4 + 0.12 * speed) * (speed > 0.2)
            counted = np.cumsum(cadence) / (1.0 / (runs.t_s[1] - runs.t_s[0])) * draw.uniform(0.93, 1.07) * draw.normal(1.0, 0.015)
            at_s = np.cumsum(draw.uniform(0.2, 0.25, int((runs.t_s[-1] - runs.t_s[0]) / 0.2))) + runs.t_s[0]
            at_s = at_s[(at_s < min(until, runs.t_s[-1])) & (draw.random(len(at_s)) > 0.1)]
            total = (np.floor(np.interp(at_s, runs.t_s, counted)).astype(np.int64) + 65_500) % 65_536
            told.append(StepTotals(np.round(at_s * 1e9).astype(np.int64), total))
        return told

    def taps(self, *, lag_s: float = 0.6, between_s: float = 0.45, wrong: float = 0.01, forgotten: float = 0.02) -> list[Tap]:
        """Names tapped by a teacher who sees everybody but has two thumbs.

        Args:
            lag_s: from a crossing to its tap, with a spread of a third of it.
            between_s: between two taps; in a bunch they fall behind.
            wrong: share of taps on the neighbour's name.
            forgotten: share that is never tapped.
        """
        draw, free_s, made = np.random.default_rng([self.seed, 5]), -np.inf, []
        seen = sorted((t / 1e9 + draw.normal(0.0, 0.1), who) for who, times in enumerate(self.laps_ns) for t in times)
        for at_s, who in seen:
            if draw.random() < forgotten:
                continue
            free_s = max(at_s + max(0.15, draw.normal(lag_s, lag_s / 3)), free_s + max(0.25, draw.normal(between_s, 0.12)))
            named = who if draw.random() >= wrong else (who + 1) % len(self.laps_ns)
            made.append(Tap(round(free_s * 1e9), named))
        return made

    def _aside_m(self, who: int, t_ns: int) -> float:
        return float(np.interp(t_ns / 1e9, self.runs.t_s, self.runs.aside_m[who]))

    def _speed_mps(self, who: int, t_ns: int) -> float:
        ahead, back = (float(np.interp(t_ns / 1e9 + by, self.runs.t_s, self.runs.way_m[who])) for by in (0.2, -0.2))
        return max(0.5, (ahead - back) / 0.4)


def _most(course: Course, way_m: Floats) -> int:
    reached = max(0, int(way_m.max() / course.lap_m))
    return reached if course.laps is None else min(course.laps, reached)


def _reached_s(t_s: Floats, way_m: Floats, at_m: float) -> float | None:
    index = int(np.searchsorted(way_m, at_m))
    if index == 0 or index >= len(way_m):
        return None
    share = (at_m - way_m[index - 1]) / max(way_m[index] - way_m[index - 1], 1e-9)
    return float(t_s[index - 1] + share * (t_s[index] - t_s[index - 1]))
