"""The running lesson: commands and samples in, state out, every change committed before anyone sees it.

One lock orders everything: a change is decided on the newest state, written to the journal, and only then applied. What the
pages show is therefore never more than what a restart would bring back.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections import deque
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Final, Protocol

import msgspec

from edge.counting.band_site import BandSite
from edge.counting.evidence import evidence_of, to_bytes
from edge.counting.fusion import fuse
from edge.counting.rhythm import rhythm_of
from edge.counting.samples import BodySample, MotionSamples, TotalSample
from edge.lapkeeper import Lapkeeper
from edge.lesson import changes as ch
from edge.lesson import run_commands, session
from edge.lesson.activity import activities as all_activities
from edge.lesson.run_result import progress_of, run_result
from edge.lesson.standard import score_rope, score_run
from edge.scorekeeper import Scorekeeper, sources_of
from edge.store.evidence import Kept
from edge.store.journal import Entry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from edge.clock import Clock
    from edge.counting.events import Crossing, OfficialCount
    from edge.counting.evidence import RawEvidence
    from edge.counting.fusion import Fused
    from edge.counting.gate_line import GateEnd
    from edge.counting.square_watch import SquareWatch
    from edge.lesson.activity import Activity
    from edge.lesson.roster import Pupil
    from edge.lesson.run_result import RunResult
    from edge.lesson.session import AttemptState, LessonState
    from edge.store.journal import Journal, Row

log = logging.getLogger(__name__)

NAME_EVERY_S: Final = 0.25
SAMPLES_WAITING: Final = 4_096
"""About two seconds of a class on bands and ten stations at 60 pictures a second; then the oldest are dropped and counted."""


@dataclass(frozen=True, slots=True)
class Heard:
    """News of a band: its running totals of skips and steps where it keeps them, and how the pupil is."""

    device: str
    t_ns: int
    total: int | None = None
    heart_rate_bpm: int | None = None
    battery_percent: int | None = None
    steps: int | None = None


@dataclass(frozen=True, slots=True)
class Moved:
    """Raw motion of a band that streams it."""

    device: str
    samples: MotionSamples


@dataclass(frozen=True, slots=True)
class Seen:
    """A camera's look at one square."""

    station: int
    sample: BodySample


@dataclass(frozen=True, slots=True)
class Crossed:
    """A camera saw a body over the line of one end."""

    end: GateEnd
    crossing: Crossing


@dataclass(frozen=True, slots=True)
class Strong:
    """How strongly a receiver heard a band."""

    device: str
    radio: str
    t_ns: int
    rssi_dbm: int


@dataclass(frozen=True, slots=True)
class BibSeen:
    """The number on the chest of a body that crossed."""

    end: GateEnd
    track: int
    number: int
    confidence: float


News = Heard | Moved | Seen | Crossed | Strong | BibSeen


@dataclass(frozen=True, slots=True)
class Signs:
    """How a band was last heard; not part of the record."""

    heard_ns: int
    heart_rate_bpm: int | None
    battery_percent: int | None


class Rosters(Protocol):
    """What the room asks of the class lists."""

    async def pupils(self, roster: str) -> Sequence[Pupil]:
        """The pupils of a class, in the order of their numbers; empty when there is no such class."""
        ...


class Records(Protocol):
    """What the room asks of, and tells to, the table of personal bests."""

    async def bests(self, roster: str, activity: str, *, lowest: bool = False) -> dict[str, int]:
        """Best official number of each pupil of a class that has one; with `lowest` they are times."""
        ...

    async def note(self, attempt: str, pupil: str, roster: str, activity: str, lesson: str, count: int) -> None:
        """An attempt is worth `count` now (again after a correction)."""
        ...


class EvidenceKeeper(Protocol):
    """What the room asks of, and tells to, the place where evidence is kept."""

    async def keep(self, many: Sequence[Kept], now_utc_ms: int) -> frozenset[str]:
        """Keep evidence; returns the attempts for which there was room."""
        ...

    async def of_lesson(self, lesson: str) -> frozenset[str]:
        """The attempts of a lesson that there is evidence of."""
        ...

    async def doubt(self, attempt: str, *, in_doubt: bool) -> None:
        """A result has been settled, or opened again."""
        ...


class LessonRoom:
    """The lesson that is open, if any. `restore` first, then `run` beside the commands.

    Args:
        evidence: where the signals of attempts are kept for a later look; without it none are.
        picture_px: width and height of the picture that a square is in, where known.
        receivers_m: receivers at the line of a run by name: where they stand along the track, metres after the line.
        gate_ends: where cameras see the line now.
        bibs: pupils wear their number in the class on the chest.

    Attributes:
        per_heat: most pupils in one heat, where the activity does not say it itself.
        replays: attempts of the lesson whose evidence was kept.
    """

    def __init__(
        self,
        journal: Journal,
        rosters: Rosters,
        records: Records,
        clock: Clock,
        *,
        per_heat: int = 12,
        settle_s: float = 1.5,
        band_site: BandSite = BandSite.WRIST,
        activities: dict[str, Activity] | None = None,
        evidence: EvidenceKeeper | None = None,
        picture_px: Callable[[int], tuple[int, int] | None] = lambda _: None,
        receivers_m: Mapping[str, float] | None = None,
        gate_ends: Callable[[], frozenset[GateEnd]] = frozenset,
        bibs: bool = False,
    ) -> None:
        self._bibs = bibs
        self._journal, self._rosters, self._records, self._clock = journal, rosters, records, clock
        self.per_heat, self._settle_ns = per_heat, round(settle_s * 1e9)
        self.activities = activities if activities is not None else all_activities()
        self.state: LessonState | None = None
        self.pupils: dict[str, Pupil] = {}
        self.bests: dict[str, int] = {}
        self.signs: dict[str, Signs] = {}
        self.replays: frozenset[str] = frozenset()
        self._evidence, self._picture_px = evidence, picture_px
        self.samples_dropped = 0
        self.shape = 0
        """Grows with every change that alters more than a number on a tile."""
        self.pulse = 0
        """Grows with every change."""
        self.urgent = asyncio.Event()
        """Set when somebody is over the line of a run: that is shown at once."""
        self._keeper = Scorekeeper(band_site)
        self._laps, self._gate_ends = Lapkeeper(receivers_m), gate_ends
        self._lock = asyncio.Lock()
        self._news: deque[News] = deque(maxlen=SAMPLES_WAITING)
        self._news_there = asyncio.Event()
        self._wake = asyncio.Event()

    # --- what the pages ask for -----------------------------------------------------------------------------------------

    async def open_lesson(self, roster: str, activity: str) -> None:
        """Choose a class and an activity; draws up the heats.

        Raises:
            Refused: there is no such class or activity, the class is empty, or a heat is under way.
        """
        if activity not in self.activities:
            raise session.Refused("no_such_activity", "没有这个项目", "There is no such activity")
        pupils = await self._rosters.pupils(roster)
        if not pupils:
            raise session.Refused("roster_empty", "名单是空的，请先导入名单", "This class has no pupils: import a roster first")
        chosen = self.activities[activity]
        places = [ch.Place(_new_attempt(), ch.PupilId(p.id), p.station, p.device) for p in pupils]
        lesson = ch.LessonId(secrets.token_hex(8))
        heats = session.draw_heats(places, chosen.per_heat or self.per_heat)
        if chosen.course is not None and not chosen.course.lanes:
            heats = tuple(tuple(msgspec.structs.replace(place, station=None) for place in heat) for heat in heats)
        opened = ch.LessonOpened(lesson, roster, activity, heats)
        async with self._lock:
            first: list[ch.Change] = []
            if self.state is not None and not self.state.closed:
                first.append(session.close_lesson(self.state))
            await self._commit(first)
            self.pupils = {p.id: p for p in pupils}
            self.bests = await self._records.bests(roster, activity, lowest=chosen.unit == "ms")
            self.replays = frozenset()
            await self._commit([opened])

    async def start_heat(self, countdown_s: float, *, waves: int = 1, wave_gap_s: int = 30, rolling: bool = False) -> None:
        """Begin the countdown of the heat on the page; when that has ended, of the next one.

        Args:
            waves, wave_gap_s, rolling: how a run starts; see `session.start_heat`.

        Raises:
            Refused: see `session.start_heat`.
        """
        async with self._lock:
            state = self._lesson()
            if state.heat.phase == "ended":
                await self._commit([session.show_next(state)])
                state = self._lesson()
            activity = self.activities[state.activity]
            after_ns = round(countdown_s * 1e9)
            started = session.start_heat(
                state,
                starts_mono_ns=self._clock.monotonic_ns() + after_ns,
                starts_utc_ms=self._clock.utc_ms() + after_ns // 1_000_000,
                duration_s=activity.duration_s,
                waves=waves if activity.course is not None else 1,
                wave_gap_ms=wave_gap_s * 1_000,
                rolling=rolling and activity.course is not None,
            )
            await self._commit([started])
            self._begin(started.starts_mono_ns)

    async def stop_heat(self) -> None:
        """End the heat by hand; what was counted becomes the result.

        Raises:
            Refused: no heat is running.
        """
        async with self._lock:
            await self._end_heat(session.stop_heat(self._lesson(), now_mono_ns=self._clock.monotonic_ns()))

    async def show_next(self) -> None:
        """Turn the page to the next heat. Raises `Refused` when there is none."""
        await self._command(session.show_next)

    async def repeat_heat(self) -> None:
        """Let the heat on the page go again. Raises `Refused` while it is not over."""
        await self._command(lambda state: session.repeat_heat(state, [_new_attempt() for _ in state.heat.places]))

    async def set_presence(self, pupil: str, *, present: bool) -> None:
        """Mark a pupil here or absent. Raises `Refused` while the pupil's heat is under way."""
        await self._command(lambda state: session.set_presence(state, ch.PupilId(pupil), present=present))

    async def close_lesson(self) -> None:
        """End the lesson. Raises `Refused` while a heat is under way."""
        await self._command(session.close_lesson)

    async def correct(self, attempt: str, count: int, reason: ch.CorrectionReason) -> None:
        """Set another count, with a reason. Raises `Refused` when there is no result yet or the count cannot be."""
        async with self._lock:
            unit = self.activities[self._lesson().activity].unit
            found = session.check_correction(self._lesson(), ch.AttemptId(attempt), count, reason, unit)
            score, bonus, mark = self._score(found.place.pupil, count)
            await self._commit([ch.Corrected(found.place.attempt, count, reason, score, bonus, mark)])
            await self._note(found.place.attempt)
            await self._tell_doubt(found.place.attempt)

    async def undo(self, attempt: str) -> None:
        """Take the newest correction back. Raises `Refused` when there is none."""
        async with self._lock:
            before = session.undo_target(self._lesson(), ch.AttemptId(attempt))
            undone = ch.Undone(ch.AttemptId(attempt), before.count, before.score, before.bonus, before.mark)
            await self._commit([undone])
            await self._note(undone.attempt)
            await self._tell_doubt(undone.attempt)

    # --- what the pages ask for in a run --------------------------------------------------------------------------------

    async def give_lap(self, attempt: str, at_ms: int | None = None) -> None:
        """A runner is at the line now, or was at `at_ms` after the signal.

        Raises:
            Refused: this is no run, none is going, or the pupil is not in it.
        """
        async with self._lock:
            state, now_ns = self._run(), self._clock.monotonic_ns()
            started = state.heat.started
            t_ns = now_ns if at_ms is None or started is None else started.starts_mono_ns + at_ms * 1_000_000
            run_commands.check_lap(state, ch.AttemptId(attempt), t_ns, now_ns)
            await self._commit_run(self._laps.tapped(ch.AttemptId(attempt), t_ns))
            self.pulse += 1

    async def remove_lap(self, attempt: str, lap: str) -> None:
        """Take a pass of the line away. Raises `Refused` when there is none of that name."""
        async with self._lock:
            await self._commit_run([run_commands.remove_lap(self._run(), ch.AttemptId(attempt), lap)])
            self._laps.laps_stand(self._lesson().attempts[ch.AttemptId(attempt)])

    async def stop_runner(self, attempt: str, *, stopped: bool) -> None:
        """A runner gives up, or runs on. Raises `Refused` when the run is not going."""
        async with self._lock:
            await self._commit_run([run_commands.stop_runner(self._run(), ch.AttemptId(attempt), stopped=stopped)])
            self._laps.stopped(ch.AttemptId(attempt), stopped=stopped)

    async def false_start(self, attempt: str, early_ms: int) -> None:
        """Who was over the line before the signal. Raises `Refused` when the run is not going."""
        async with self._lock:
            await self._commit_run([run_commands.false_start(self._run(), ch.AttemptId(attempt), early_ms)])

    async def answer_order(self, dispute: str, attempts: Sequence[str | None]) -> None:
        """Who crossed when. Raises `Refused` when nobody asked that, or the answer does not fit."""
        async with self._lock:
            said = [None if attempt is None else ch.AttemptId(attempt) for attempt in attempts]
            await self._commit_run(run_commands.settle_order(self._run(), dispute, said))
            for place in self._lesson().heat.places:
                self._laps.laps_stand(self._lesson().attempts[place.attempt])

    def _run(self) -> LessonState:
        state = self._lesson()
        if self.activities[state.activity].course is None:
            raise session.Refused("no_run", "这不是跑步项目", "This is no run")
        return state

    async def _commit_run(self, changes: Sequence[ch.Change]) -> None:
        """Commit, and what follows from it: a decided run is worth something else, or everybody is at the finish."""
        await self._commit(changes)
        touched = {attempt for change in changes if (attempt := ch.attempt_of(change)) is not None}
        if any(isinstance(change, ch.OrderSettled) for change in changes):
            touched |= {place.attempt for place in self._lesson().heat.places}
        await self._decide_again(touched)
        await self._end_when_all_are_home()

    async def _decide_again(self, touched: Iterable[ch.AttemptId]) -> None:
        for attempt in sorted(touched):
            found = self._lesson().attempts[attempt]
            repeated = all(found.place not in heat.places for heat in self._lesson().heats)
            if found.standing is None or found.decided is None or repeated:
                continue
            result = self._run_result(found)
            # Also when the number stays: what waited for the teacher's answer waits no longer.
            asked, open_still = (one is not None and one.reason == "order_open" for one in (found.decided.review, result.review))
            answered = asked and not open_still and found.standing.kind == "decided"
            if answered or result.official != found.standing.count:
                score, bonus, mark = self._score(found.place.pupil, result.official)
                await self._commit([ch.Corrected(attempt, result.official, "watched", score, bonus, mark)])
                await self._note(attempt)

    async def _end_when_all_are_home(self) -> None:
        state = self._lesson()
        course = self.activities[state.activity].course
        heat = state.heat
        if course is None or course.passes is None or heat.phase != "running" or heat.started is None:
            return
        going = state.going()
        if going and all(one.stopped or progress_of(course, heat.started, one).finished for one in going):
            await self._end_heat(ch.HeatEnded(state.shown, "finished", self._clock.monotonic_ns()))

    def _run_result(self, attempt: AttemptState) -> RunResult:
        state = self._lesson()
        heat = next(heat for heat in state.heats if attempt.place in heat.places)
        started = heat.started or ch.HeatStarted(state.shown, 0, 0, None)
        ends_ns = heat.ended.ends_mono_ns if heat.ended else self._clock.monotonic_ns()
        asked = {lap for order in heat.open_orders for lap in order.laps}
        return run_result(self.activities[state.activity], attempt, started=started, ends_ns=ends_ns, in_question=asked)

    # --- what the field tells -------------------------------------------------------------------------------------------

    def offer(self, news: News) -> None:
        """Take news of a source; never waits. When nobody has looked for two seconds the oldest are dropped and counted."""
        if len(self._news) == SAMPLES_WAITING:
            self.samples_dropped += 1
        self._news.append(news)
        self._news_there.set()

    @property
    def stations_wanted(self) -> frozenset[int]:
        """The squares that a camera should look at now: those of the heat that is counting."""
        going = self.state is not None and self.state.heat.phase in {"countdown", "running"}
        return self._keeper.stations if going else frozenset()

    @property
    def run_wanted(self) -> bool:
        """Whether a run is going, from the countdown to its results: cameras look at their lines then."""
        state = self.state
        if state is None or not state.running():
            return False
        activity = self.activities.get(state.activity)
        return activity is not None and activity.course is not None

    @property
    def crossings_unclaimed(self) -> int:
        """How many crossings were nobody of the run, since the start."""
        return self._laps.unclaimed

    @property
    def bib_numbers(self) -> frozenset[int]:
        """The numbers that somebody of the run wears, if they wear any."""
        return frozenset(self._numbers()) if self.run_wanted else frozenset()

    @property
    def crossings_waiting(self) -> tuple[tuple[int, str | None], ...]:
        """Times (ns) of crossings of which it is not yet sure whose they are, and the attempt that is likeliest by now."""
        return self._laps.waiting

    @property
    def strangers(self) -> tuple[int, ...]:
        """Times (ns) of the newest crossings that were nobody of the run."""
        return tuple(self._laps.strangers)

    @property
    def squares(self) -> Mapping[int, SquareWatch]:
        """Who is in the squares that a camera looks at now, by station; empty before the countdown and after the signal."""
        return self._keeper.squares if self.stations_wanted else {}

    # --- life -----------------------------------------------------------------------------------------------------------

    async def restore(self) -> None:
        """Come back into the lesson, and into the heat, that the journal holds."""
        lesson = await self._journal.newest_lesson()
        if lesson is None:
            return
        rows = await self._journal.lesson(lesson)
        self.state = session.fold([(self._on_this_clock(row), row.entry.t_utc_ms) for row in rows])
        if self.state is None:
            return
        self.pupils = {p.id: p for p in await self._rosters.pupils(self.state.roster)}
        activity = self.activities.get(self.state.activity)
        lowest = activity is not None and activity.unit == "ms"
        self.bests = await self._records.bests(self.state.roster, self.state.activity, lowest=lowest)
        if self._evidence is not None:
            self.replays = await self._evidence.of_lesson(lesson)
        heat = self.state.heat
        if self.state.running() and heat.started is not None:
            self._begin(heat.started.starts_mono_ns)
            if heat.ended is not None:
                self._keeper.end(heat.ended.ends_mono_ns)
            log.warning("lesson=%s heat=%d restored_in=%s", lesson, self.state.shown, heat.phase)
        self.shape += 1

    @property
    def samples_late(self) -> int:
        """Samples of raw motion that came too late for the live count."""
        return self._keeper.samples_late

    async def run(self) -> None:
        """Count and keep time until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._take_news(), name="lesson.news")
            tasks.create_task(self._keep_time(), name="lesson.time")
            tasks.create_task(self._name_runners(), name="lesson.laps")

    async def _take_news(self) -> None:
        while True:
            await self._news_there.wait()
            self._news_there.clear()
            async with self._lock:
                counted: list[ch.Change] = []
                moved: list[tuple[str, MotionSamples]] = []
                while self._news:
                    news = self._news.popleft()
                    match news:
                        case Moved():
                            moved.append((news.device, news.samples))
                        case Heard() | Seen():
                            counted.extend(self._count(news))
                        case Crossed():
                            counted.extend(self._laps.crossed(news.end, news.crossing))
                            self.pulse += 1
                            self.urgent.set()
                        case Strong():
                            self._laps.strength(news.device, news.radio, news.t_ns, news.rssi_dbm)
                        case BibSeen():
                            self._laps.bib(news.end, news.track, news.number, news.confidence)
                if moved:
                    counted.extend(self._keeper.motion(moved))
                await self._commit(counted)

    async def _name_runners(self) -> None:
        """While a run is going: tell the keeper of laps that time goes on, and commit what is certain by now."""
        while True:
            await asyncio.sleep(NAME_EVERY_S)
            if not self.run_wanted:
                continue
            async with self._lock:
                changes = self._laps.advance(self._clock.monotonic_ns())
                if changes:
                    await self._commit_run(changes)

    def _count(self, news: Heard | Seen) -> Sequence[ch.Change]:
        match news:
            case Heard():
                self._remember(news)
                if news.steps is not None:
                    self._laps.steps(news.device, news.t_ns, news.steps)
                if news.total is None:
                    return ()
                return self._keeper.total(news.device, TotalSample(news.t_ns, news.total))
            case Seen():
                return self._look(news)

    def _look(self, news: Seen) -> Sequence[ch.Change]:
        watch = self._keeper.squares.get(news.station)
        before = watch.state if watch is not None else None
        counted = self._keeper.body(news.station, news.sample)
        if watch is not None and watch.state != before:
            self.pulse += 1
        return counted

    def _remember(self, news: Heard) -> None:
        old = self.signs.get(news.device, Signs(news.t_ns, None, None))
        self.signs[news.device] = Signs(
            max(old.heard_ns, news.t_ns),
            old.heart_rate_bpm if news.heart_rate_bpm is None else news.heart_rate_bpm,
            old.battery_percent if news.battery_percent is None else news.battery_percent,
        )
        self.pulse += 1

    async def _keep_time(self) -> None:
        while True:
            self._wake.clear()
            due_ns = self._next_due_ns()
            wait_s = None if due_ns is None else max(0.0, (due_ns - self._clock.monotonic_ns()) / 1e9)
            try:
                async with asyncio.timeout(wait_s):
                    await self._wake.wait()
            except TimeoutError:
                async with self._lock:
                    await self._on_time()

    def _next_due_ns(self) -> int | None:
        if self.state is None:
            return None
        heat = self.state.heat
        match heat.phase:
            case "countdown":
                return None if heat.started is None else heat.started.starts_mono_ns
            case "running":
                return heat.ends_mono_ns
            case "settling":
                return None if heat.ended is None else heat.ended.ends_mono_ns + self._settle_ns
            case _:
                return None

    async def _on_time(self) -> None:
        due_ns = self._next_due_ns()
        if self.state is None or due_ns is None or self._clock.monotonic_ns() < due_ns:
            return
        match self.state.heat.phase:
            case "countdown":
                await self._commit([ch.SignalGiven(self.state.shown, self._keeper.give_signal())])
            case "running":
                await self._end_heat(ch.HeatEnded(self.state.shown, "time", due_ns))
            case "settling":
                await self._decide_heat()

    async def _end_heat(self, ended: ch.HeatEnded) -> None:
        await self._commit([ended])
        if self._lesson().heat.phase == "settling":
            self._keeper.end(ended.ends_mono_ns)
        else:
            self._keeper.drop()
            self._laps.drop()

    def _begin(self, starts_ns: int) -> None:
        """Set up what counts in the heat on the page."""
        state = self._lesson()
        activity = self.activities[state.activity]
        if activity.course is None:
            self._keeper.begin(state.going(), starts_ns)
        else:
            started = state.heat.started
            assert started is not None
            self._laps.begin(
                activity, state.going(), started, state.shown, self._gate_ends(), self._numbers() if self._bibs else None
            )

    def _numbers(self) -> dict[int, ch.AttemptId]:
        """Who wears which number: the one in the class."""
        going = self._lesson().going()
        return {self.pupils[a.place.pupil].number: a.place.attempt for a in going if a.place.pupil in self.pupils}

    async def _decide_heat(self) -> None:
        if self.activities[self._lesson().activity].course is not None:
            await self._decide_run()
            return
        await self._commit(self._keeper.settle())
        state = self._lesson()
        undecided = [attempt for attempt in state.going() if attempt.standing is None]
        official = {a.place.attempt: self._official(a.place.attempt) for a in undecided}
        raw = {a.place.attempt: self._raw_evidence(a) for a in undecided} if self._evidence is not None else {}
        heat = self.heat_name
        await self._commit([await self._result(attempt, official[attempt.place.attempt]) for attempt in undecided])
        self._keeper.drop()
        for attempt in undecided:
            await self._note(attempt.place.attempt)
        await self._keep_evidence(heat, raw, official)

    async def _decide_run(self) -> None:
        await self._commit(self._laps.flush())
        undecided = [attempt for attempt in self._lesson().going() if attempt.standing is None]
        await self._commit([await self._decided_run(attempt) for attempt in undecided])
        self._laps.drop()
        for attempt in undecided:
            await self._note(attempt.place.attempt)

    def _official(self, attempt: ch.AttemptId) -> dict[ch.Source, OfficialCount]:
        rules = self.activities[self._lesson().activity].rules
        return {
            source: replace(count, count=rules.worth(count.count, count.double_unders))
            for source, count in self._keeper.official(attempt).items()
        }

    async def _decided_run(self, attempt: AttemptState) -> ch.ResultDecided:
        result = self._run_result(attempt)
        events, head = await self._journal.attempt_chain(attempt.place.attempt)
        score, bonus, mark = self._score(attempt.place.pupil, result.official)
        activity = self.activities[self._lesson().activity]
        return ch.ResultDecided(
            attempt=attempt.place.attempt,
            pupil=attempt.place.pupil,
            activity=activity.id,
            official=result.official,
            live=result.official,
            confidence=round(result.confidence, 3),
            source=result.source,
            counts={},
            events=events,
            chain_head=head.hex(),
            score=score,
            bonus=bonus,
            mark=mark,
            review=result.review,
            unit=activity.unit,
            laps_ms=result.laps_ms,
        )

    async def _result(self, attempt: AttemptState, counts: Mapping[ch.Source, OfficialCount]) -> ch.ResultDecided:
        rules = self.activities[self._lesson().activity].rules
        fused = fuse(
            counts,
            attempt.count,
            allowed=rules.allowed_difference,
            least_confidence=rules.least_confidence,
            needs_rope=rules.needs_rope,
        )
        events, head = await self._journal.attempt_chain(attempt.place.attempt)
        score, bonus, mark = self._score(attempt.place.pupil, fused.count)
        return ch.ResultDecided(
            attempt=attempt.place.attempt,
            pupil=attempt.place.pupil,
            activity=self._lesson().activity,
            official=fused.count,
            live=attempt.count,
            confidence=round(fused.confidence, 3),
            source=fused.source,
            counts=sources_of(counts),
            events=events,
            chain_head=head.hex(),
            score=score,
            bonus=bonus,
            mark=mark,
            review=_review(fused),
            rhythm=_rhythm(counts, fused),
        )

    def _score(self, pupil: str, count: int) -> tuple[int | None, int, ch.Mark | None]:
        known, activity = self.pupils.get(pupil), self.activities[self._lesson().activity]
        if known is None or not activity.rules.national_standard or (activity.unit == "ms" and not count):
            return None, 0, None
        if activity.course is None:
            scored = score_rope(known.sex, known.grade, count)
        else:
            scored = score_run(activity.id, known.sex, known.grade, count)
        return (None, 0, None) if scored is None else (scored.score, scored.bonus, scored.mark)

    async def _note(self, attempt: ch.AttemptId) -> None:
        state = self._lesson()
        standing = state.attempts[attempt].standing
        if standing is not None:
            pupil = state.attempts[attempt].place.pupil
            await self._records.note(attempt, pupil, state.roster, state.activity, state.lesson, standing.count)

    # --- evidence -------------------------------------------------------------------------------------------------------

    @property
    def heat_name(self) -> str | None:
        """A name of the heat that has had its signal, which begins with its time; `None` before it and after the results."""
        state = self.state
        if state is None or state.heat.started is None or state.heat.phase not in {"running", "settling"}:
            return None
        return f"{state.heat.started.starts_utc_ms:013d}-{state.lesson}-{state.shown + 1}"

    def _raw_evidence(self, attempt: AttemptState) -> RawEvidence:
        raw = self._keeper.raw_evidence(attempt.place.attempt)
        station = attempt.place.station
        return raw if station is None else replace(raw, picture_px=self._picture_px(station))

    async def _keep_evidence(
        self,
        heat: str | None,
        raw: Mapping[ch.AttemptId, RawEvidence],
        official: Mapping[ch.AttemptId, Mapping[ch.Source, OfficialCount]],
    ) -> None:
        """After the results, which do not depend on it. The caller holds the lock."""
        if self._evidence is None or not raw:
            return
        packed = await asyncio.to_thread(_pack, raw, official)
        state = self._lesson()
        kept = []
        for attempt, body in packed.items():
            of = state.attempts[attempt]
            kept.append(Kept(attempt, state.lesson, _in_doubt(of), raw[attempt].starts_ns, of.place.station, heat, body))
        self.replays |= await self._evidence.keep(kept, self._clock.utc_ms())
        self.shape += 1

    async def _tell_doubt(self, attempt: ch.AttemptId) -> None:
        if self._evidence is not None:
            await self._evidence.doubt(attempt, in_doubt=_in_doubt(self._lesson().attempts[attempt]))

    # --- committing -----------------------------------------------------------------------------------------------------

    def _lesson(self) -> LessonState:
        if self.state is None:
            raise session.Refused("no_lesson", "还没有开始上课，请先选班级", "No lesson is open: choose a class first")
        return self.state

    async def _command(self, decide: Callable[[LessonState], ch.Change]) -> None:
        async with self._lock:
            await self._commit([decide(self._lesson())])

    async def _commit(self, changes: Sequence[ch.Change]) -> None:
        """Write changes to the journal, then apply them. The caller holds the lock."""
        if not changes:
            return
        now_ns, now_ms = self._clock.monotonic_ns(), self._clock.utc_ms()
        await self._journal.append([self._entry(change, now_ns, now_ms) for change in changes])
        for change in changes:
            self.state = session.apply(self.state, change, now_ms)
        self.pulse += 1
        if any(not isinstance(change, ch.SkipsCounted | ch.TripSeen | ch.LapCounted | ch.LapRemoved) for change in changes):
            self.shape += 1
            self._wake.set()

    def _entry(self, change: ch.Change, now_ns: int, now_ms: int) -> Entry:
        lesson = change.lesson if isinstance(change, ch.LessonOpened) else self._lesson().lesson
        return Entry(ch.kind_of(change), lesson, ch.attempt_of(change), now_ms, now_ns, ch.encode(change))

    def _on_this_clock(self, row: Row) -> ch.Change:
        """A change whose monotonic times were of an earlier start of the machine, moved to this one by the wall clock."""
        change = ch.decode(row.entry.body)
        if row.boot == self._clock.boot:
            return change
        shift_ns = (self._clock.monotonic_ns() - row.entry.t_mono_ns) - (self._clock.utc_ms() - row.entry.t_utc_ms) * 1_000_000
        match change:
            case ch.HeatStarted():
                return msgspec.structs.replace(change, starts_mono_ns=change.starts_mono_ns + shift_ns)
            case ch.HeatEnded():
                return msgspec.structs.replace(change, ends_mono_ns=change.ends_mono_ns + shift_ns)
            case ch.LapCounted():
                return msgspec.structs.replace(change, t_ns=change.t_ns + shift_ns)
            case ch.OrderAsked():
                return msgspec.structs.replace(change, crossings_ns=tuple(t_ns + shift_ns for t_ns in change.crossings_ns))
            case ch.SkipsCounted():
                return msgspec.structs.replace(change, new_t_ns=tuple(t_ns + shift_ns for t_ns in change.new_t_ns))
            case _:
                return change


def _pack(
    raw: Mapping[ch.AttemptId, RawEvidence], official: Mapping[ch.AttemptId, Mapping[ch.Source, OfficialCount]]
) -> dict[ch.AttemptId, bytes]:
    made = {attempt: evidence_of(one, official[attempt]) for attempt, one in raw.items()}
    return {attempt: to_bytes(evidence) for attempt, evidence in made.items() if evidence is not None}


def _in_doubt(attempt: AttemptState) -> bool:
    """Whether a person has yet to look at the result."""
    review = attempt.decided is not None and attempt.decided.review is not None
    return review and (attempt.standing is None or attempt.standing.kind != "corrected")


def _new_attempt() -> ch.AttemptId:
    return ch.AttemptId(secrets.token_hex(8))


def _rhythm(counts: Mapping[ch.Source, OfficialCount], fused: Fused) -> ch.Rhythm | None:
    """The rhythm of the source that gave the number; of the surer one where both did."""
    of_source = {source: count for source, count in counts.items() if fused.source in {source, "both"}}
    if not of_source:
        return None
    surest = max(of_source.values(), key=lambda count: (count.timed, count.confidence))
    rhythm = rhythm_of(surest.event_t_ns, timed=surest.timed)
    return ch.Rhythm(**asdict(rhythm)) if rhythm else None


def _review(fused: Fused) -> ch.Review | None:
    doubt = fused.doubt
    return None if doubt is None else ch.Review(doubt.reason, doubt.first, doubt.second, doubt.allowed)
