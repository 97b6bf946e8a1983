"""A run as the pages see it: how far everybody is, in which order, and what the teacher is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from edge.lesson.run import Rank, field_order
from edge.lesson.run_result import counted_laps, progress_of
from edge.web.views.run import LapView, OrderView, RunnerView, RunView

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from edge.lesson.activity import Activity
    from edge.lesson.changes import HeatStarted
    from edge.lesson.course import Course
    from edge.lesson.run import Progress
    from edge.lesson.session import AttemptState, LessonState


def run_view(
    state: LessonState,
    activity: Activity,
    gates: Sequence[Literal["camera", "radio"]],
    *,
    photo: bool,
    waiting: Sequence[tuple[int, str | None]] = (),
    strangers_ns: Sequence[int] = (),
) -> RunView | None:
    """The run of the heat on the page; `None` where the activity is no run.

    Args:
        waiting: crossings (ns) of which it is not yet sure whose they are, with the likeliest attempt.
        strangers_ns: the newest ones that were nobody of the run.
    """
    course, heat = activity.course, state.heat
    if course is None:
        return None
    started = heat.started
    starts_ns = started.starts_mono_ns if started else 0
    attempts = [state.attempts[place.attempt] for place in heat.places]
    here = [attempt for attempt in attempts if attempt.place.pupil not in state.absent]
    runs = {attempt.place.attempt: progress_of(course, started, attempt) for attempt in attempts}
    ranked = [a.place.attempt for a in here if not a.stopped or runs[a.place.attempt].finished]
    ranks = field_order(course, {attempt: runs[attempt] for attempt in ranked})
    asked = {lap for order in heat.open_orders for lap in order.laps}
    return RunView(
        lap_m=round(course.lap_m),
        distance_m=None if course.distance_m is None else round(course.distance_m),
        shuttle=course.shuttle,
        passes=course.passes,
        least_lap_s=round(activity.rules.least_lap_s, 1),
        runners=[_runner(a, runs[a.place.attempt], ranks.get(a.place.attempt), course, started, asked) for a in attempts],
        orders=[
            OrderView(
                dispute=order.dispute,
                crossings_ms=[_ms(t_ns - starts_ns) for t_ns in order.crossings_ns],
                attempts=list(order.attempts),
            )
            for order in heat.open_orders
        ],
        early_ms=list(heat.early_ms),
        waiting_ms=[_ms(t_ns - starts_ns) for t_ns, _ in waiting],
        waiting_for=[attempt for _, attempt in waiting],
        strangers_ms=[_ms(t_ns - starts_ns) for t_ns in strangers_ns],
        gates=list(gates),
        photo=photo,
    )


def _runner(
    attempt: AttemptState, run: Progress, rank: Rank | None, course: Course, started: HeatStarted | None, asked: Collection[str]
) -> RunnerView:
    return RunnerView(
        attempt=attempt.place.attempt,
        passes=run.passes,
        left=run.left,
        at_m=round(run.at_m),
        elapsed_ms=run.elapsed_ms,
        laps=_laps(attempt, run, course, started, asked),
        pace_s_per_km=run.pace_s_per_km,
        finish_ms=run.finish_ms,
        finished=run.finished,
        place=rank.place if rank else None,
        gap_ms=rank.gap_ms if rank else None,
        laps_behind=rank.laps_behind if rank else 0,
        stopped=attempt.stopped,
        early_ms=attempt.early_ms,
    )


def _laps(
    attempt: AttemptState, run: Progress, course: Course, started: HeatStarted | None, asked: Collection[str]
) -> list[LapView]:
    if started is None:
        return []
    views, done = [], 0
    for lap, ms in zip(counted_laps(started, attempt), run.lap_ms, strict=False):
        done += lap.ways
        at_m = course.at_m(done if course.passes is None else min(done, course.passes))
        views.append(
            LapView(
                lap=lap.lap,
                ms=ms,
                at_ms=_ms(lap.t_ns - started.starts_mono_ns),
                at_m=round(at_m),
                by=list(lap.by),
                doubt=lap.doubt,
                in_question=lap.lap in asked,
            )
        )
    return views


def _ms(span_ns: int) -> int:
    return round(span_ns / 1e6)
