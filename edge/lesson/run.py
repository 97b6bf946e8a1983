"""What a runner's passes of the line say: laps, pace, the time at the finish, the order of the field. Pure, from times alone."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from edge.lesson.course import Course

RECENT_LAPS: Final = 3
"""The time at the finish is projected with the pace of this many laps: one slow lap behind a bunch shall not decide it."""


@dataclass(frozen=True, slots=True)
class Pass:
    """A runner at the line.

    Attributes:
        ways: how many laps (ways of a shuttle) end with it; two where one end of a shuttle has no gate, or a touch was missed.
    """

    t_ns: int
    ways: int = 1


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a runner is.

    Attributes:
        passes: laps run, ways in a shuttle.
        at_m: the distance at the newest pass.
        elapsed_ms: from the signal to the newest pass.
        lap_ms: of each stretch between two passes.
        lap_m: the length of each of these.
        left: laps to go, `None` without a finish.
        pace_s_per_km: of the newest stretch.
        finish_ms: from the signal to the finish: as it was, or as it will be at this pace; `None` where nothing can be said yet.
        finished: whether the finish has been passed.
    """

    passes: int
    at_m: float
    elapsed_ms: int
    lap_ms: tuple[int, ...]
    lap_m: tuple[float, ...]
    left: int | None
    pace_s_per_km: int | None
    finish_ms: int | None
    finished: bool


def progress(course: Course, passes: Sequence[Pass], starts_ns: int) -> Progress:
    """Work out how far a runner is from the passes since the signal, in the order of time."""
    times, marks, done = [starts_ns], [0.0], 0
    most = course.passes
    for one in passes:
        if most is not None and done >= most:
            break
        done = done + one.ways if most is None else min(most, done + one.ways)
        times.append(one.t_ns)
        marks.append(course.at_m(done))
    lap_ms = tuple(round((b - a) / 1e6) for a, b in pairwise(times))
    lap_m = tuple(b - a for a, b in pairwise(marks))
    finished = most is not None and done >= most
    elapsed_ms = round((times[-1] - starts_ns) / 1e6)
    paces = [ms / m for ms, m in zip(lap_ms, lap_m, strict=True) if m > 0]
    finish_ms: int | None = None
    if finished:
        finish_ms = elapsed_ms
    elif course.distance_m is not None and paces:
        finish_ms = round(elapsed_ms + median(paces[-RECENT_LAPS:]) * (course.distance_m - marks[-1]))
    return Progress(
        done, marks[-1], elapsed_ms, lap_ms, lap_m, course.left(done), round(paces[-1]) if paces else None, finish_ms, finished
    )  # ms a metre are s a kilometre


def covered_m(course: Course, run: Progress, ended_ms: int) -> int:
    """The distance of a run against time: the laps, and of the last one the part that the pace of the laps before it tells.

    The part is never a whole lap, because the line was not passed. Without a single pass nothing is known: 0.
    """
    paces = [ms / m for ms, m in zip(run.lap_ms, run.lap_m, strict=True) if m > 0]
    if not paces:
        return 0
    part_m = max(0.0, ended_ms - run.elapsed_ms) / median(paces[-RECENT_LAPS:])
    return int(run.at_m + min(part_m, 0.95 * course.lap_m))


@dataclass(frozen=True, slots=True)
class Rank:
    """A runner's place in the field.

    Attributes:
        place: from 1; those who are equally far at the same time share it.
        gap_ms: behind the first one at the same distance; `None` for the first, and for who is laps behind.
        laps_behind: whole laps behind the first.
    """

    place: int
    gap_ms: int | None
    laps_behind: int


def field_order(course: Course, runs: Mapping[str, Progress]) -> dict[str, Rank]:
    """The order of the field: who is further is ahead, of those equally far who was there first. Who has no lap has no place."""
    going = {key: run for key, run in runs.items() if run.passes}
    if not going:
        return {}
    ordered = sorted(going, key=lambda key: (-going[key].at_m, going[key].elapsed_ms))
    first = going[ordered[0]]
    at_first = dict(zip(_marks(first), _times(first), strict=True))
    ranks: dict[str, Rank] = {}
    for index, key in enumerate(ordered):
        run = going[key]
        before = ordered[index - 1] if index else None
        level = before is not None and (going[before].at_m, going[before].elapsed_ms) == (run.at_m, run.elapsed_ms)
        place = ranks[before].place if level and before is not None else index + 1
        passed_ms = at_first.get(run.at_m)
        gap_ms = None if index == 0 or passed_ms is None else run.elapsed_ms - passed_ms
        ranks[key] = Rank(place, gap_ms, int((first.at_m - run.at_m) // course.lap_m))
    return ranks


def _marks(run: Progress) -> list[float]:
    marks, at_m = [], 0.0
    for lap_m in run.lap_m:
        at_m += lap_m
        marks.append(at_m)
    return marks


def _times(run: Progress) -> list[int]:
    times, at_ms = [], 0
    for lap_ms in run.lap_ms:
        at_ms += lap_ms
        times.append(at_ms)
    return times


def rounded_up_ms(time_ms: int, step_ms: int) -> int:
    """An official time: the next step that is not less, so 8.21 s is 8.3 s where tenths are kept (非零进一)."""
    return -(-time_ms // step_ms) * step_ms
