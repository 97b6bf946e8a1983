"""What a teacher may say while a run goes: this one is at the line, that was nobody, who was first, who has given up.

Each command gives the changes that follow from it, or refuses in both languages; `session` folds them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from edge.lesson.changes import AttemptId, Change, FalseStartSeen, LapCounted, LapRemoved, OrderAsked, OrderSettled, RunnerStopped
from edge.lesson.session import Refused

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge.lesson.session import AttemptState, LessonState

TAP_UNSURE_NS: Final = 200_000_000
"""A teacher's tap: hand timing is late by 0.1 to 0.3 s and spreads as much (hand times in athletics are 0.24 s short)."""


def check_lap(state: LessonState, attempt: AttemptId, t_ns: int, now_ns: int) -> None:
    """Whether the teacher may say that a runner was at the line at `t_ns`.

    Raises:
        Refused: no run is going, or the pupil is not in it.
    """
    _runner(state, attempt)
    started = state.heat.started
    if started is not None and t_ns < started.starts_mono_ns:
        raise Refused("before_signal", "发令之前不能计圈", "No lap can be before the signal")
    if t_ns > now_ns:
        raise Refused("in_future", "这个时间还没有到", "This time has not come yet")


def remove_lap(state: LessonState, attempt: AttemptId, lap: str) -> LapRemoved:
    """Take a pass away.

    Raises:
        Refused: there is no such pass.
    """
    found = state.attempts.get(attempt)
    if found is None or all(one.lap != lap for one in found.laps):
        raise Refused("no_such_lap", "没有这一圈，可能已经去掉了", "There is no such lap: it may have been removed already")
    return LapRemoved(attempt, lap)


def settle_order(state: LessonState, dispute: str, attempts: Sequence[AttemptId | None]) -> list[Change]:
    """The teacher has said who crossed when: the question is closed, and each crossing is the pass of whom it was.

    Args:
        attempts: by crossing, in the order of the question; `None` where it was nobody of these.

    Raises:
        Refused: there is no such question, or the answer does not fit it.
    """
    heat, asked = _open_order(state, dispute)
    if len(attempts) != len(asked.crossings_ns):
        raise Refused("order_length", "每一次过线都要说是谁", "Say for every crossing who it was")
    named = [attempt for attempt in attempts if attempt is not None]
    if len(set(named)) != len(named):
        raise Refused("order_twice", "同一个人不能同时过线两次", "Nobody can cross twice at once")
    of_heat = {place.attempt for place in state.heats[heat].places}
    if not of_heat.issuperset(named):
        raise Refused("no_such_runner", "这名学生不在这一组", "This pupil is not in this heat")
    changes: list[Change] = [OrderSettled(heat, dispute, tuple(attempts))]
    for lap, t_ns, attempt in zip(asked.laps, asked.crossings_ns, attempts, strict=True):
        holder = next((a for a in state.attempts.values() if any(one.lap == lap for one in a.laps)), None)
        before = next((one for one in holder.laps if one.lap == lap), None) if holder else None
        if holder is not None and holder.place.attempt != attempt:
            changes.append(LapRemoved(holder.place.attempt, lap))
        if attempt is not None:
            ways, unsure_ns = (before.ways, before.unsure_ns) if before else (1, TAP_UNSURE_NS)
            changes.append(LapCounted(attempt, lap, t_ns, unsure_ns, ("camera", "teacher"), 1.0, ways))
    return changes


def false_start(state: LessonState, attempt: AttemptId, early_ms: int) -> FalseStartSeen:
    """The teacher says who was over the line before the signal; with 0 ms that it was a good start after all.

    Raises:
        Refused: the heat is not going, or the pupil is not in it.
    """
    _runner(state, attempt)
    return FalseStartSeen(state.shown, attempt, early_ms)


def stop_runner(state: LessonState, attempt: AttemptId, *, stopped: bool) -> RunnerStopped:
    """A runner gives up, or runs on.

    Raises:
        Refused: the heat is not going, or the pupil is not in it.
    """
    _runner(state, attempt)
    return RunnerStopped(attempt, stopped)


def _open_order(state: LessonState, dispute: str) -> tuple[int, OrderAsked]:
    for index, heat in enumerate(state.heats):
        for asked in heat.open_orders:
            if asked.dispute == dispute:
                return index, asked
    raise Refused("no_such_order", "这个问题已经回答过了", "This question has been answered already")


def _runner(state: LessonState, attempt: AttemptId) -> AttemptState:
    if state.heat.phase not in {"running", "settling"}:
        raise Refused("heat_not_running", "现在没有在进行的组", "No heat is running")
    if all(place.attempt != attempt for place in state.heat.places):
        raise Refused("no_such_runner", "这名学生不在这一组", "This pupil is not in this heat")
    return state.attempts[attempt]
