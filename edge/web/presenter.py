"""From the room to the page: the views of one moment, worked out from the lesson's state."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal

from edge.lesson.load import heart_zone
from edge.web.run_presenter import run_view
from edge.web.views.lesson import (
    ActivityView,
    AuditView,
    FootView,
    HeatSummary,
    HeatView,
    LessonView,
    ResultView,
    ReviewView,
    RhythmView,
    TileView,
)
from edge.web.views.run import RunView

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from edge.counting.square_watch import SquareWatch
    from edge.lesson import changes as ch
    from edge.lesson.activity import Activity
    from edge.lesson.roster import Pupil
    from edge.lesson.session import AttemptState, HeatState, LessonState
    from edge.lesson_news import Signs

CADENCE_WINDOW_NS: Final = 5_000_000_000
"""The cadence on a tile is of the last five seconds."""
SQUARE_KNOWN_NS: Final = 2_000_000_000
"""Of a square that was not looked at for longer, by a camera that is lost or dark, nothing is said."""
SURE_WITHIN: Final = 2
"""A live difference between band and camera up to here is the delay of the two; beyond it the tile says how unsure it is."""


class Presenter:
    """Everything about a lesson that a page sees, at one moment.

    Args:
        now_ns, now_ms: that moment on the two clocks.
        camera_stations: the squares that a camera looks at.
        silent_after_s: a band unheard for longer is shown as silent.
        replays: attempts whose evidence was kept.
        squares: who is in the squares, by station, while a camera looks at them for a heat.
        activity: what is done in the lesson.
        at_line: crossings (ns) of which it is not yet sure whose they are, with the likeliest attempt, and those of nobody.
        gates, photo: what sees the line of a run, and whether there is a photo finish of it.
    """

    def __init__(
        self,
        state: LessonState,
        pupils: Mapping[str, Pupil],
        bests: Mapping[str, int],
        signs: Mapping[str, Signs],
        *,
        now_ns: int,
        now_ms: int,
        camera_stations: frozenset[int],
        silent_after_s: float,
        replays: AbstractSet[str] = frozenset(),
        squares: Mapping[int, SquareWatch] = MappingProxyType({}),
        activity: Activity | None = None,
        gates: Sequence[Literal["camera", "radio"]] = (),
        photo: bool = False,
        at_line: tuple[Sequence[tuple[int, str | None]], Sequence[int]] = ((), ()),
    ) -> None:
        self._at_line = at_line
        self._activity, self._gates, self._photo = activity, gates, photo
        self._replays, self._squares = replays, squares
        self._state, self._pupils, self._bests, self._signs = state, pupils, bests, signs
        self._now_ns, self._now_ms = now_ns, now_ms
        self._camera_stations, self._silent_after_s = camera_stations, silent_after_s

    def lesson(self, class_name: str, activity: Activity, per_heat: int) -> LessonView:
        """The lesson with the heat on the page."""
        heats = [
            HeatSummary(number=index + 1, state=heat.phase, pupils=len(heat.places)) for index, heat in enumerate(self._state.heats)
        ]
        return LessonView(
            id=self._state.lesson, class_name=class_name, activity=activity_view(activity, per_heat), heats=heats, heat=self.heat()
        )

    def heat(self) -> HeatView:
        """The heat on the page."""
        heat = self._state.heat
        starts_ns = heat.started.starts_mono_ns if heat.started else None
        return HeatView(
            id=f"{self._state.lesson}-{self._state.shown + 1}",
            number=self._state.shown + 1,
            state=heat.phase,
            starts_at_ms=self._wall_ms(starts_ns),
            ends_at_ms=self._wall_ms(heat.ends_mono_ns),
            tiles=self.tiles(),
            run=self.run(),
        )

    def run(self) -> RunView | None:
        """The run of the heat on the page; `None` for everything that is done on the spot."""
        if self._activity is None:
            return None
        waiting, strangers = self._at_line
        return run_view(self._state, self._activity, self._gates, photo=self._photo, waiting=waiting, strangers_ns=strangers)

    def tiles(self) -> list[TileView]:
        """The tiles of the heat, by station."""
        heat = self._state.heat
        attempts = [self._state.attempts[place.attempt] for place in heat.places]
        places = self._places(attempts)
        return [self._tile(attempt, heat, places.get(attempt.place.attempt)) for attempt in attempts]

    @property
    def _runs(self) -> bool:
        return self._activity is not None and self._activity.course is not None

    def _better(self, count: int, best: int | None) -> bool:
        if best is None:
            return False
        lowest = self._activity is not None and self._activity.unit == "ms"
        return 0 < count < best if lowest else count > best

    def _tile(self, attempt: AttemptState, heat: HeatState, place: int | None) -> TileView:
        pupil = self._pupils.get(attempt.place.pupil)
        present = attempt.place.pupil not in self._state.absent
        sign = self._signs.get(attempt.place.device or "")
        silent_s = self._silent_s(attempt)
        best = self._bests.get(attempt.place.pupil)
        live = len(attempt.laps) if self._runs else attempt.count
        count = attempt.standing.count if attempt.standing else live
        fresh = sign if sign is not None and silent_s is None else None
        heart_rate = fresh.heart_rate_bpm if fresh else None
        return TileView(
            attempt=attempt.place.attempt,
            pupil=attempt.place.pupil,
            name=pupil.name if pupil else "",
            number=pupil.number if pupil else 0,
            station=attempt.place.station,
            present=present,
            count=count,
            plus_minus=_plus_minus(attempt),
            cadence_per_min=self._cadence(attempt, heat),
            heart_rate_bpm=heart_rate,
            heart_zone=heart_zone(heart_rate, pupil.grade) if pupil and heart_rate else 0,
            place=place,
            trips=attempt.trips,
            silent_s=silent_s,
            source=self._source(attempt),
            best=best,
            foot=self._foot(attempt, present=present, silent_s=silent_s, best=best, count=count),
            result=self._result(attempt, best),
        )

    def _foot(self, attempt: AttemptState, *, present: bool, silent_s: int | None, best: int | None, count: int) -> FootView:
        if not present:
            return FootView(kind="none", code="absent")
        if self._source(attempt) == "none" and not self._gates:
            return FootView(kind="need", code="no_source")
        square = self._square(attempt)
        if square is not None:
            return square
        if silent_s is not None and attempt.decided is None:
            return FootView(kind="need", code="band_silent", value=silent_s)
        if attempt.trips and attempt.decided is None:
            return FootView(kind="info", code="trips", value=attempt.trips)
        if best is None or self._runs:
            return FootView(kind="none", code="none")
        if count > best:
            return FootView(kind="best", code="best_beaten", value=best)
        if count == best:
            return FootView(kind="best", code="best_equalled", value=best)
        return FootView(kind="best", code="best_ahead", value=best)

    def _square(self, attempt: AttemptState) -> FootView | None:
        """What to say of the pupil's square; `None` while the pupil is alone in it, and where no camera looks."""
        station = attempt.place.station
        watch = None if station is None else self._squares.get(station)
        if station is None or watch is None or watch.seen_ns is None or self._now_ns - watch.seen_ns > SQUARE_KNOWN_NS:
            return None
        match watch.state:
            case "nobody":
                return FootView(kind="need", code="out_of_station", value=station)
            case "crowded":
                return FootView(kind="need", code="two_in_station", value=station)
            case "fine":
                return None

    def _result(self, attempt: AttemptState, best: int | None) -> ResultView | None:
        decided, standing = attempt.decided, attempt.standing
        if decided is None or standing is None:
            return None
        by_hand = standing.kind == "corrected"
        review = None
        if decided.review is not None and not by_hand:
            told = decided.review
            review = ReviewView(reason=told.reason, first=told.first, second=told.second, allowed=told.allowed)
        return ResultView(
            official=standing.count,
            live=decided.live,
            confidence=1.0 if by_hand else decided.confidence,
            source="teacher" if by_hand else decided.source,
            score=standing.score,
            bonus=standing.bonus,
            mark=standing.mark,
            personal_best=self._better(standing.count, best),
            review=review,
            rhythm=_rhythm(decided.rhythm),
            audit=[AuditView(at_ms=s.at_utc_ms, kind=s.kind, count=s.count, reason=s.reason) for s in attempt.audit],
            replay=attempt.place.attempt in self._replays,
        )

    def _places(self, attempts: list[AttemptState]) -> dict[str, int]:
        if self._runs:
            return {}
        going = [a for a in attempts if a.place.pupil not in self._state.absent]
        counts = {a.place.attempt: a.standing.count if a.standing else a.count for a in going}
        if not any(counts.values()):
            return {}
        return {attempt: 1 + sum(other > count for other in counts.values()) for attempt, count in counts.items()}

    def _source(self, attempt: AttemptState) -> Literal["band", "camera", "both", "none"]:
        band = attempt.place.device is not None
        camera = attempt.place.station in self._camera_stations
        if band and camera:
            return "both"
        return "band" if band else "camera" if camera else "none"

    def _silent_s(self, attempt: AttemptState) -> int | None:
        if attempt.place.device is None:
            return None
        sign = self._signs.get(attempt.place.device)
        if sign is None:
            started = self._state.heat.started
            since_ns = started.starts_mono_ns if started else self._now_ns
        else:
            since_ns = sign.heard_ns
        silent_s = (self._now_ns - since_ns) / 1e9
        return int(silent_s) if silent_s > self._silent_after_s else None

    def _cadence(self, attempt: AttemptState, heat: HeatState) -> int | None:
        if heat.phase != "running" or heat.started is None:
            return None
        window_ns = min(CADENCE_WINDOW_NS, self._now_ns - heat.started.starts_mono_ns)
        if window_ns < CADENCE_WINDOW_NS // 2:
            return None
        recent = [t_ns for t_ns in attempt.last_t_ns if self._now_ns - t_ns <= window_ns]
        if len(recent) < 2:
            return 0
        return round((len(recent) - 1) * 60e9 / (recent[-1] - recent[0])) if recent[-1] > recent[0] else 0

    def _wall_ms(self, t_ns: int | None) -> int | None:
        return None if t_ns is None else self._now_ms + (t_ns - self._now_ns) // 1_000_000


def _rhythm(rhythm: ch.Rhythm | None) -> RhythmView | None:
    if rhythm is None:
        return None
    return RhythmView(
        cadence_per_min=round(rhythm.cadence_per_min),
        spread=rhythm.spread,
        trend_per_min=rhythm.trend_per_min,
        longest=rhythm.longest,
    )


def activity_view(activity: Activity, per_heat: int) -> ActivityView:
    """An activity as a page shows it; `per_heat` is how many go at once where the activity does not say it itself."""
    return ActivityView(
        id=activity.id,
        duration_s=activity.duration_s,
        name_zh=activity.name_zh,
        name_en=activity.name_en,
        note_zh=activity.note_zh,
        note_en=activity.note_en,
        unit=activity.unit,
        distance_m=None if activity.course is None or activity.course.distance_m is None else round(activity.course.distance_m),
        lap_m=None if activity.course is None else round(activity.course.lap_m),
        per_heat=activity.per_heat or per_heat,
    )


def _plus_minus(attempt: AttemptState) -> int:
    band, camera = attempt.live.get("band"), attempt.live.get("camera")
    if attempt.decided is not None or band is None or camera is None:
        return 0
    apart = abs(band - camera)
    return apart if apart > SURE_WITHIN else 0
