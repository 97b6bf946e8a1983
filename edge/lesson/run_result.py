"""The official number of a run from its laps, how sure it is, and why somebody should look at it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

from edge.lesson.changes import Review
from edge.lesson.run import Pass, Progress, covered_m, progress, rounded_up_ms

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from edge.lesson.activity import Activity
    from edge.lesson.changes import HeatStarted, LapCounted, ReviewReason
    from edge.lesson.course import Course
    from edge.lesson.session import AttemptState

DID_NOT_FINISH: Final = 0
"""The official time of a runner who is not at the finish: no time, and never a best one."""


@dataclass(frozen=True, slots=True)
class RunResult:
    """What a run is worth.

    Attributes:
        official: in the unit of the activity.
        laps_ms: the time of each lap.
    """

    official: int
    confidence: float
    source: Literal["band", "camera", "both", "teacher", "none"]
    review: Review | None
    laps_ms: tuple[int, ...]


def own_start_ns(started: HeatStarted, attempt: AttemptState) -> int:
    """When a runner's time begins: with the signal, with that of the own wave, or with the own first pass of the line."""
    if started.rolling:
        return attempt.laps[0].t_ns if attempt.laps else started.starts_mono_ns
    wave = next((at for at, wave in enumerate(started.waves) if attempt.place.attempt in wave), 0)
    return started.starts_mono_ns + wave * started.wave_gap_ms * 1_000_000


def counted_laps(started: HeatStarted, attempt: AttemptState) -> tuple[LapCounted, ...]:
    """The passes that end a lap: all of them, but with a rolling start not the first one."""
    return attempt.laps[1:] if started.rolling else attempt.laps


def progress_of(course: Course, started: HeatStarted | None, attempt: AttemptState) -> Progress:
    """How far a runner is, from the laps that stand."""
    if started is None:
        return progress(course, (), 0)
    passes = [Pass(lap.t_ns, lap.ways) for lap in counted_laps(started, attempt)]
    return progress(course, passes, own_start_ns(started, attempt))


def run_result(
    activity: Activity, attempt: AttemptState, *, started: HeatStarted, ends_ns: int, in_question: Collection[str] = ()
) -> RunResult:
    """Decide a run.

    Args:
        ends_ns: the final signal, where there is one; else when the heat ended.
        in_question: names of laps that the teacher has been asked about and has not answered.

    Raises:
        ValueError: the activity is no run.
    """
    if activity.course is None:
        raise ValueError(f"{activity.id} has no course: it is no run")
    in_time = replace(attempt, laps=tuple(lap for lap in attempt.laps if lap.t_ns <= ends_ns))
    run, laps = progress_of(activity.course, started, in_time), in_time.laps
    starts_ns = own_start_ns(started, in_time)
    match activity.unit:
        case "ms":
            official = rounded_up_ms(run.elapsed_ms, activity.rules.time_step_ms) if run.finished else DID_NOT_FINISH
        case "m":
            stands_still = attempt.stopped
            official = int(run.at_m) if stands_still else covered_m(activity.course, run, round((ends_ns - starts_ns) / 1e6))
        case _:
            official = run.passes
    reason = _reason(attempt, laps, run, in_question, needs_finish=activity.unit == "ms")
    review = None if reason is None else Review(reason, None, None, 0)
    confidence = min((lap.confidence for lap in laps), default=0.0)
    return RunResult(official, confidence, _source(laps), review, run.lap_ms)


def _reason(
    attempt: AttemptState, laps: Sequence[LapCounted], run: Progress, in_question: Collection[str], *, needs_finish: bool
) -> ReviewReason | None:
    """The gravest thing first."""
    doubts = {lap.doubt for lap in laps}
    if any(lap.lap in in_question for lap in laps):
        return "order_open"
    if attempt.early_ms:
        return "false_start"
    if needs_finish and not run.finished:
        return "did_not_finish"
    if not laps:
        return "no_signal"
    if "missed_touch" in doubts:
        return "missed_touch"
    if "no_steps" in doubts:
        return "no_steps"
    return "lap_unsure" if "unsure" in doubts else None


def _source(laps: Sequence[LapCounted]) -> Literal["band", "camera", "both", "teacher", "none"]:
    by = {witness for lap in laps for witness in lap.by}
    if "camera" in by or "bib" in by:
        return "both" if "band" in by else "camera"
    if "band" in by:
        return "band"
    return "teacher" if "teacher" in by else "none"
