"""The running lesson as a fold: `apply(state, change)` gives the next state, and the commands say which change is allowed.

Nothing here knows a clock, a disk or a page. After a restart the same changes, read from the journal, give the same state.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, assert_never

from edge.lesson.changes import (
    AttemptId,
    Change,
    Corrected,
    CorrectionReason,
    FalseStartSeen,
    HeatEnded,
    HeatRepeated,
    HeatShown,
    HeatStarted,
    LapCounted,
    LapRemoved,
    LessonClosed,
    LessonId,
    LessonOpened,
    Mark,
    OrderAsked,
    OrderSettled,
    Place,
    PresenceSet,
    PupilId,
    ResultDecided,
    RunnerStopped,
    SignalGiven,
    SkipsCounted,
    Source,
    TripSeen,
    Undone,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from edge.lesson.activity import Unit

HeatPhase = Literal["ready", "countdown", "running", "settling", "ended"]


class Refused(Exception):
    """A command that does not fit the state of the lesson. Says what to do, in both languages.

    Attributes:
        code: for programs.
        message_zh, message_en: for the teacher.
    """

    def __init__(self, code: str, message_zh: str, message_en: str) -> None:
        super().__init__(message_en)
        self.code, self.message_zh, self.message_en = code, message_zh, message_en


@dataclass(frozen=True, slots=True)
class Standing:
    """What an attempt is worth now, and how it came to it; the newest entry counts."""

    kind: Literal["decided", "corrected", "undone"]
    at_utc_ms: int
    count: int
    reason: CorrectionReason | Literal[""]
    score: int | None
    bonus: int
    mark: Mark | None


@dataclass(frozen=True, slots=True)
class AttemptState:
    """One pupil, one heat.

    Attributes:
        live: live count by source.
        last_t_ns: times of the newest skips (at most 16), whichever source is shown; for the cadence on the page.
        band_baseline: the band's total at the signal, once known.
        band_total: the newest total that was counted.
        laps: a runner's passes of the line that stand, by time.
        stopped: a runner who has given up.
        early_ms: how long before the signal a runner was over the line; 0 for a good start.
        audit: decided, corrected, undone; empty until the result is there.
    """

    place: Place
    live: dict[Source, int] = field(default_factory=dict)
    last_t_ns: tuple[int, ...] = ()
    trips: int = 0
    band_baseline: int | None = None
    band_total: int | None = None
    laps: tuple[LapCounted, ...] = ()
    stopped: bool = False
    early_ms: int = 0
    decided: ResultDecided | None = None
    audit: tuple[Standing, ...] = ()

    @property
    def count(self) -> int:
        """The live count that is shown: the band's where there is one, else the camera's."""
        return self.live.get("band", self.live.get("camera", 0))

    @property
    def standing(self) -> Standing | None:
        """What counts now, or `None` before the result."""
        return self.audit[-1] if self.audit else None


@dataclass(frozen=True, slots=True)
class HeatState:
    """Those who go at once. `phase` follows from the changes alone; `settling` ends when the last result is decided.

    Attributes:
        open_orders: what the teacher was asked and has not answered, the oldest first.
        early_ms: bodies over the line before the signal, of whom nobody has said who they were.
    """

    places: tuple[Place, ...]
    phase: HeatPhase = "ready"
    started: HeatStarted | None = None
    ended: HeatEnded | None = None
    open_orders: tuple[OrderAsked, ...] = ()
    early_ms: tuple[int, ...] = ()

    @property
    def ends_mono_ns(self) -> int | None:
        """The final signal: past, planned, or `None` for free practice that goes on."""
        if self.ended is not None:
            return self.ended.ends_mono_ns
        if self.started is None or self.started.duration_s is None:
            return None
        return self.started.starts_mono_ns + self.started.duration_s * 1_000_000_000


@dataclass(frozen=True, slots=True)
class LessonState:
    """One class, one field, one hour."""

    lesson: LessonId
    roster: str
    activity: str
    heats: tuple[HeatState, ...]
    attempts: dict[AttemptId, AttemptState]
    shown: int = 0
    absent: frozenset[PupilId] = frozenset()
    closed: bool = False

    @property
    def heat(self) -> HeatState:
        """The heat on the page."""
        return self.heats[self.shown]

    def running(self) -> bool:
        """Whether a heat is under way, from the countdown to the last result."""
        return self.heat.phase in {"countdown", "running", "settling"}

    def going(self) -> tuple[AttemptState, ...]:
        """The attempts of the heat on the page whose pupils are here."""
        return tuple(self.attempts[p.attempt] for p in self.heat.places if p.pupil not in self.absent)


# --- folding ---------------------------------------------------------------------------------------------------------------


def fold(changes: Iterable[tuple[Change, int]]) -> LessonState | None:
    """The state after changes with their wall-clock times (ms), oldest first; `None` when there are none."""
    state: LessonState | None = None
    for change, at_utc_ms in changes:
        state = apply(state, change, at_utc_ms)
    return state


def apply(state: LessonState | None, change: Change, at_utc_ms: int) -> LessonState:  # noqa: C901, PLR0912 - one arm a change
    """The next state.

    Args:
        state: before the change; only `LessonOpened` may meet `None`.
        at_utc_ms: when the change was committed, for the audit trail.

    Raises:
        ValueError: the change does not belong to this lesson.
    """
    if isinstance(change, LessonOpened):
        return _opened(change)
    if state is None:
        raise ValueError(f"a lesson begins with lesson_opened, not with {type(change).__name__}")
    match change:
        case PresenceSet():
            changed = state.absent - {change.pupil} if change.present else state.absent | {change.pupil}
            return replace(state, absent=frozenset(changed))
        case HeatShown():
            return replace(state, shown=change.heat)
        case HeatRepeated():
            fresh = {place.attempt: AttemptState(place) for place in change.places}
            heats = _with(state.heats, change.heat, HeatState(change.places))
            return replace(state, attempts=state.attempts | fresh, heats=heats, shown=change.heat)
        case HeatStarted():
            return _heat(state, change.heat, lambda heat: replace(heat, phase="countdown", started=change))
        case SignalGiven():
            state = _heat(state, change.heat, lambda heat: replace(heat, phase="running"))
            for attempt, total in change.band_totals.items():
                state = _attempt(state, attempt, lambda a, total=total: replace(a, band_baseline=total, band_total=total))  # type: ignore[misc]
            return state
        case SkipsCounted():
            return _attempt(state, change.attempt, lambda attempt: _counted(attempt, change))
        case TripSeen():
            return _attempt(state, change.attempt, lambda attempt: replace(attempt, trips=attempt.trips + 1))
        case LapCounted() | LapRemoved():
            return _attempt(state, change.attempt, lambda attempt: _lapped(attempt, change))
        case OrderAsked():
            return _heat(state, change.heat, lambda heat: replace(heat, open_orders=(*heat.open_orders, change)))
        case OrderSettled():
            return _heat(state, change.heat, lambda heat: replace(heat, open_orders=_without(heat.open_orders, change.dispute)))
        case RunnerStopped():
            return _attempt(state, change.attempt, lambda attempt: replace(attempt, stopped=change.stopped))
        case FalseStartSeen():
            return _started_early(state, change)
        case HeatEnded():
            return _heat(state, change.heat, lambda heat: _ended(heat, change))
        case ResultDecided():
            state = _attempt(state, change.attempt, lambda attempt: _decided(attempt, change, at_utc_ms))
            return _close_settled_heats(state)
        case Corrected() | Undone():
            return _attempt(state, change.attempt, lambda attempt: _restood(attempt, change, at_utc_ms))
        case LessonClosed():
            return replace(state, closed=True)
        case _:
            assert_never(change)


def _opened(change: LessonOpened) -> LessonState:
    heats = tuple(HeatState(places) for places in change.heats)
    attempts = {place.attempt: AttemptState(place) for heat in heats for place in heat.places}
    return LessonState(change.lesson, change.roster, change.activity, heats, attempts)


def _with(heats: tuple[HeatState, ...], index: int, heat: HeatState) -> tuple[HeatState, ...]:
    return (*heats[:index], heat, *heats[index + 1 :])


def _heat(state: LessonState, index: int, change: Callable[[HeatState], HeatState]) -> LessonState:
    return replace(state, heats=_with(state.heats, index, change(state.heats[index])))


def _attempt(state: LessonState, attempt: AttemptId, change: Callable[[AttemptState], AttemptState]) -> LessonState:
    if attempt not in state.attempts:
        raise ValueError(f"attempt {attempt} is not of lesson {state.lesson}")
    return replace(state, attempts=state.attempts | {attempt: change(state.attempts[attempt])})


def _counted(attempt: AttemptState, change: SkipsCounted) -> AttemptState:
    live = attempt.live | {change.source: change.total}
    shown = change.source == "band" or "band" not in live
    times = (*attempt.last_t_ns, *change.new_t_ns)[-16:] if shown else attempt.last_t_ns
    total = attempt.band_total if change.band_total is None else change.band_total
    return replace(attempt, live=live, last_t_ns=times, band_total=total)


def _lapped(attempt: AttemptState, change: LapCounted | LapRemoved) -> AttemptState:
    others = [lap for lap in attempt.laps if lap.lap != change.lap]
    laps = [*others, change] if isinstance(change, LapCounted) else others
    return replace(attempt, laps=tuple(sorted(laps, key=lambda lap: lap.t_ns)))


def _started_early(state: LessonState, change: FalseStartSeen) -> LessonState:
    if change.attempt is None:
        return _heat(state, change.heat, lambda heat: replace(heat, early_ms=(*heat.early_ms, change.early_ms)))
    rest = [early_ms for early_ms in state.heats[change.heat].early_ms if early_ms != change.early_ms]
    state = _heat(state, change.heat, lambda heat: replace(heat, early_ms=tuple(rest)))
    return _attempt(state, change.attempt, lambda attempt: replace(attempt, early_ms=change.early_ms))


def _without(orders: tuple[OrderAsked, ...], dispute: str) -> tuple[OrderAsked, ...]:
    return tuple(order for order in orders if order.dispute != dispute)


def _decided(attempt: AttemptState, change: ResultDecided, at_utc_ms: int) -> AttemptState:
    standing = Standing("decided", at_utc_ms, change.official, "", change.score, change.bonus, change.mark)
    return replace(attempt, decided=change, audit=(standing,))


def _restood(attempt: AttemptState, change: Corrected | Undone, at_utc_ms: int) -> AttemptState:
    kind: Literal["corrected", "undone"] = "corrected" if isinstance(change, Corrected) else "undone"
    reason: CorrectionReason | Literal[""] = change.reason if isinstance(change, Corrected) else ""
    standing = Standing(kind, at_utc_ms, change.count, reason, change.score, change.bonus, change.mark)
    return replace(attempt, audit=(*attempt.audit, standing))


def _ended(heat: HeatState, change: HeatEnded) -> HeatState:
    if heat.phase == "countdown":
        return HeatState(heat.places)
    return replace(heat, phase="settling", ended=change)


def _close_settled_heats(state: LessonState) -> LessonState:
    for index, heat in enumerate(state.heats):
        open_attempts = [p for p in heat.places if p.pupil not in state.absent and not state.attempts[p.attempt].audit]
        if heat.phase == "settling" and not open_attempts:
            state = _heat(state, index, lambda heat: replace(heat, phase="ended"))
    return state


# --- commands --------------------------------------------------------------------------------------------------------------


def even_heats(pupils: int, per_heat: int) -> list[int]:
    """Sizes of the heats: as few heats as possible, and all of nearly one size (41 by 12 is 11, 10, 10, 10)."""
    heats = -(-pupils // per_heat)
    return [pupils // heats + (index < pupils % heats) for index in range(heats)] if pupils else []


def draw_heats(places: Sequence[Place], per_heat: int) -> tuple[tuple[Place, ...], ...]:
    """Put pupils into heats in the order given.

    Within a heat a station is taken once: a pupil whose station is taken already, or who has none, gets the first free number.
    """
    heats: list[tuple[Place, ...]] = []
    start = 0
    for size in even_heats(len(places), per_heat):
        group = places[start : start + size]
        start += size
        wanted = {p.station for p in group}
        free = (number for number in range(1, per_heat + 1) if number not in wanted)
        taken: set[int] = set()
        heat: list[Place] = []
        for place in group:
            keeps = place.station is not None and place.station not in taken and place.station <= per_heat
            number = place.station if keeps else next(free, None)
            if number is not None:
                taken.add(number)
            heat.append(Place(place.attempt, place.pupil, number, place.device))
        heats.append(tuple(sorted(heat, key=lambda p: (p.station is None, p.station or 0))))
    return tuple(heats)


def start_heat(
    state: LessonState,
    *,
    starts_mono_ns: int,
    starts_utc_ms: int,
    duration_s: int | None,
    waves: int = 1,
    wave_gap_ms: int = 0,
    rolling: bool = False,
) -> HeatStarted:
    """Begin the countdown of the heat on the page.

    Args:
        waves: in how many a run starts, `wave_gap_ms` one after the other, in the order of the places.
        rolling: everybody's time begins with the own first pass of the line.

    Raises:
        Refused: a heat is under way, this one is over, or nobody is here.
    """
    _open(state)
    if state.running():
        raise Refused("heat_running", "这一组正在进行", "This heat is already under way")
    if state.heat.phase == "ended":
        raise Refused("heat_over", "这一组已经结束，请选下一组或重来", "This heat is over: go to the next one, or repeat it")
    if not state.going():
        raise Refused("nobody_here", "这一组没有人到，请先点名", "Nobody of this heat is here: check the roll call")
    going = [attempt.place.attempt for attempt in state.going()]
    groups: list[tuple[AttemptId, ...]] = []
    if waves > 1 and not rolling:
        for size in even_heats(len(going), -(-len(going) // waves)):
            groups.append(tuple(going[:size]))
            going = going[size:]
    return HeatStarted(state.shown, starts_mono_ns, starts_utc_ms, duration_s, tuple(groups), wave_gap_ms if groups else 0, rolling)


def stop_heat(state: LessonState, *, now_mono_ns: int) -> HeatEnded:
    """End the heat by hand; before the signal it is called off, and ready again.

    Raises:
        Refused: no heat is running.
    """
    if state.heat.phase not in {"countdown", "running"}:
        raise Refused("heat_not_running", "现在没有在进行的组", "No heat is running")
    return HeatEnded(state.shown, "stopped", now_mono_ns)


def show_next(state: LessonState) -> HeatShown:
    """Turn the page to the next heat that has not been.

    Raises:
        Refused: a heat is under way, or all have been.
    """
    _open(state)
    if state.running():
        raise Refused("heat_running", "这一组正在进行", "This heat is already under way")
    for index in [*range(state.shown + 1, len(state.heats)), *range(state.shown)]:
        if state.heats[index].phase == "ready":
            return HeatShown(index)
    raise Refused("no_heat_left", "所有组都跳完了", "All heats have been")


def repeat_heat(state: LessonState, attempt_ids: Sequence[AttemptId]) -> HeatRepeated:
    """Let the heat on the page go again; `attempt_ids` are new, one for each place.

    Raises:
        Refused: it has not ended.
    """
    _open(state)
    if state.heat.phase != "ended":
        raise Refused("heat_not_over", "这一组还没结束", "This heat is not over yet")
    places = tuple(
        Place(attempt, place.pupil, place.station, place.device)
        for attempt, place in zip(attempt_ids, state.heat.places, strict=True)
    )
    return HeatRepeated(state.shown, places)


def set_presence(state: LessonState, pupil: PupilId, *, present: bool) -> PresenceSet:
    """Mark a pupil here or absent.

    Raises:
        Refused: the pupil is not of this lesson, or is in a heat that is under way.
    """
    _open(state)
    if not any(place.pupil == pupil for heat in state.heats for place in heat.places):
        raise Refused("no_such_pupil", "名单里没有这名学生", "This pupil is not on the list")
    if state.running() and any(place.pupil == pupil for place in state.heat.places):
        raise Refused("heat_running", "这一组正在进行，结束后再改", "This heat is under way: change it afterwards")
    return PresenceSet(pupil, present)


def check_correction(
    state: LessonState, attempt: AttemptId, count: int, reason: CorrectionReason, unit: Unit = "skips"
) -> AttemptState:
    """The attempt that a correction may be written for.

    Args:
        unit: what `count` is.

    Raises:
        Refused: there is no result yet, or the count cannot be.
    """
    found = state.attempts.get(attempt)
    if found is None or found.standing is None:
        raise Refused("no_result", "还没有成绩，不能更正", "There is no result to correct yet")
    most = MOST_OF[unit]
    if not 0 <= count <= most:
        raise Refused("count_range", f"数字要在 0 到 {most} 之间", f"The number must be 0 to {most}")
    if not reason:
        raise Refused("reason_missing", "请选一个理由", "Choose a reason")
    return found


def undo_target(state: LessonState, attempt: AttemptId) -> Standing:
    """What stands again when the newest correction is taken back.

    Raises:
        Refused: nothing has been corrected.
    """
    found = state.attempts.get(attempt)
    stack: list[Standing] = []
    for standing in found.audit if found else ():
        if standing.kind == "undone":
            stack.pop()
        else:
            stack.append(standing)
    if len(stack) < 2:
        raise Refused("nothing_to_undo", "没有可撤销的更正", "There is no correction to undo")
    return stack[-2]


def close_lesson(state: LessonState) -> LessonClosed:
    """End the lesson.

    Raises:
        Refused: a heat is under way.
    """
    _open(state)
    if state.running():
        raise Refused("heat_running", "这一组正在进行，请先结束", "A heat is under way: end it first")
    return LessonClosed(state.lesson)


MOST_SKIPS = 2_000
"""More than anyone can skip in the longest timed activity (records are below 10 skips/s; 180 s)."""
MOST_OF: Mapping[Unit, int] = {"skips": MOST_SKIPS, "ms": 7_200_000, "m": 50_000, "laps": 1_000}
"""By unit, more than anyone can do in a lesson: a run of two hours, 50 km, 1,000 laps."""


def _open(state: LessonState) -> None:
    if state.closed:
        raise Refused("lesson_closed", "这节课已经结束", "This lesson is over")
