"""The lesson that is open: commands of the teacher and news of the field in, results out.

One lock orders everything (`edge/lesson_log.py`): a change is decided on the newest state, committed, and only then applied.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections import deque
from typing import TYPE_CHECKING, Final

import msgspec

from edge.counting.band_site import BandSite
from edge.counting.samples import MotionSamples, TotalSample
from edge.heat_evidence import HeatEvidence
from edge.lesson import changes as ch
from edge.lesson import session
from edge.lesson.activity import activities as all_activities
from edge.lesson_class import LessonClass
from edge.lesson_log import LessonLog
from edge.lesson_news import BibSeen, Crossed, Heard, Moved, Seen, Signs, Strong
from edge.run_room import RunRoom
from edge.scorekeeper import Scorekeeper
from edge.verdict import by_rules, of_counts, score_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from edge.clock import Clock
    from edge.counting.gate_line import GateEnd
    from edge.counting.square_watch import SquareWatch
    from edge.heat_evidence import EvidenceKeeper
    from edge.lesson.activity import Activity
    from edge.lesson.roster import Pupil
    from edge.lesson.session import LessonState
    from edge.lesson_class import Records, Rosters
    from edge.lesson_news import News
    from edge.store.journal import Journal

log = logging.getLogger(__name__)

SAMPLES_WAITING: Final = 4_096
"""About two seconds of a class on bands and ten stations at 60 pictures a second; then the oldest are dropped and counted."""


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
        settle_s: wait for late reports after the final signal.
        activities: what can be chosen, by id.
        runs: what belongs to runs alone.
        signs: how bands were last heard, by device.
        samples_dropped: news of the field dropped because nobody had looked for two seconds.
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
        self._clock = clock
        self.per_heat, self.settle_s = per_heat, settle_s
        self.activities = activities if activities is not None else all_activities()
        self._log = LessonLog(journal, clock)
        self._people = LessonClass(rosters, records)
        self._evidence = HeatEvidence(evidence, picture_px)
        self._keeper = Scorekeeper(band_site)
        self.runs = RunRoom(
            self._log, self._people, clock, self.activities, self._end_heat,
            receivers_m=receivers_m, gate_ends=gate_ends, bibs=bibs,
        )  # fmt: skip
        self.signs: dict[str, Signs] = {}
        self.samples_dropped = 0
        self._news: deque[News] = deque(maxlen=SAMPLES_WAITING)
        self._news_there = asyncio.Event()

    # --- what the pages show --------------------------------------------------------------------------------------------

    @property
    def state(self) -> LessonState | None:
        """The lesson as committed, or `None` before the first."""
        return self._log.state

    @property
    def pulse(self) -> int:
        """Grows with everything that the pages show."""
        return self._log.pulse

    @property
    def shape(self) -> int:
        """Grows with every change that alters more than a number on a tile."""
        return self._log.shape

    def redraw(self) -> None:
        """Pages shall be told the whole again: what surrounds the lesson has changed."""
        self._log.shape += 1

    @property
    def pupils(self) -> Mapping[str, Pupil]:
        """The class of the lesson, by id."""
        return self._people.pupils

    @property
    def bests(self) -> Mapping[str, int]:
        """Best number of each pupil that has one, from before the lesson."""
        return self._people.bests

    @property
    def replays(self) -> frozenset[str]:
        """Attempts of the lesson whose evidence was kept."""
        return self._evidence.kept

    # --- what the pages ask for -----------------------------------------------------------------------------------------

    async def open_lesson(self, roster: str, activity: str) -> None:
        """Choose a class and an activity; draws up the heats.

        Raises:
            Refused: there is no such class or activity, the class is empty, or a heat is under way.
        """
        if activity not in self.activities:
            raise session.Refused("no_such_activity", "没有这个项目", "There is no such activity")
        pupils = await self._people.of_roster(roster)
        if not pupils:
            raise session.Refused("roster_empty", "名单是空的，请先导入名单", "This class has no pupils: import a roster first")
        chosen = self.activities[activity]
        places = [ch.Place(_new_attempt(), ch.PupilId(p.id), p.station, p.device) for p in pupils]
        lesson = ch.LessonId(secrets.token_hex(8))
        heats = session.draw_heats(places, chosen.per_heat or self.per_heat)
        if chosen.course is not None and not chosen.course.lanes:
            heats = tuple(tuple(msgspec.structs.replace(place, station=None) for place in heat) for heat in heats)
        opened = ch.LessonOpened(lesson, roster, activity, heats)
        async with self._log.lock:
            first: list[ch.Change] = []
            if self.state is not None and not self.state.closed:
                first.append(session.close_lesson(self.state))
            await self._log.commit(first)
            await self._people.take(pupils, roster, activity, chosen)
            await self._evidence.restore(None)
            await self._log.commit([opened])

    async def start_heat(self, countdown_s: float, *, waves: int = 1, wave_gap_s: int = 30, rolling: bool = False) -> None:
        """Begin the countdown of the heat on the page; when that has ended, of the next one.

        Args:
            waves, wave_gap_s, rolling: how a run starts; see `session.start_heat`.

        Raises:
            Refused: see `session.start_heat`.
        """
        async with self._log.lock:
            state = self._log.lesson()
            if state.heat.phase == "ended":
                await self._log.commit([session.show_next(state)])
                state = self._log.lesson()
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
            await self._log.commit([started])
            self._begin(started.starts_mono_ns)

    async def stop_heat(self) -> None:
        """End the heat by hand; what was counted becomes the result.

        Raises:
            Refused: no heat is running.
        """
        async with self._log.lock:
            await self._end_heat(session.stop_heat(self._log.lesson(), now_mono_ns=self._clock.monotonic_ns()))

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
        async with self._log.lock:
            activity = self.activities[self._log.lesson().activity]
            found = session.check_correction(self._log.lesson(), ch.AttemptId(attempt), count, reason, activity.unit)
            score, bonus, mark = score_of(activity, self.pupils.get(found.place.pupil), count)
            await self._log.commit([ch.Corrected(found.place.attempt, count, reason, score, bonus, mark)])
            await self._note(found.place.attempt)
            await self._evidence.tell_doubt(self._log.lesson().attempts[found.place.attempt])

    async def undo(self, attempt: str) -> None:
        """Take the newest correction back. Raises `Refused` when there is none."""
        async with self._log.lock:
            before = session.undo_target(self._log.lesson(), ch.AttemptId(attempt))
            undone = ch.Undone(ch.AttemptId(attempt), before.count, before.score, before.bonus, before.mark)
            await self._log.commit([undone])
            await self._note(undone.attempt)
            await self._evidence.tell_doubt(self._log.lesson().attempts[undone.attempt])

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
    def squares(self) -> Mapping[int, SquareWatch]:
        """Who is in the squares that a camera looks at now, by station; empty before the countdown and after the signal."""
        return self._keeper.squares if self.stations_wanted else {}

    @property
    def heat_name(self) -> str | None:
        """A name of the heat that has had its signal, which begins with its time; `None` before it and after the results."""
        state = self.state
        if state is None or state.heat.started is None or state.heat.phase not in {"running", "settling"}:
            return None
        return f"{state.heat.started.starts_utc_ms:013d}-{state.lesson}-{state.shown + 1}"

    @property
    def samples_late(self) -> int:
        """Samples of raw motion that came too late for the live count."""
        return self._keeper.samples_late

    # --- life -----------------------------------------------------------------------------------------------------------

    async def restore(self) -> None:
        """Come back into the lesson, and into the heat, that the journal holds."""
        await self._log.restore()
        state = self.state
        if state is None:
            return
        pupils = await self._people.of_roster(state.roster)
        await self._people.take(pupils, state.roster, state.activity, self.activities.get(state.activity))
        await self._evidence.restore(state.lesson)
        heat = state.heat
        if state.running() and heat.started is not None:
            self._begin(heat.started.starts_mono_ns)
            if heat.ended is not None:
                self._keeper.end(heat.ended.ends_mono_ns)
            log.warning("lesson=%s heat=%d restored_in=%s", state.lesson, state.shown, heat.phase)
        self._log.shape += 1

    async def run(self) -> None:
        """Count and keep time until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._take_news(), name="lesson.news")
            tasks.create_task(self._keep_time(), name="lesson.time")
            tasks.create_task(self.runs.run(), name="lesson.laps")

    async def _take_news(self) -> None:
        while True:
            await self._news_there.wait()
            self._news_there.clear()
            async with self._log.lock:
                counted: list[ch.Change] = []
                moved: list[tuple[str, MotionSamples]] = []
                while self._news:
                    news = self._news.popleft()
                    match news:
                        case Moved():
                            moved.append((news.device, news.samples))
                            self.runs.motion(news.device, news.samples)
                        case Heard():
                            counted.extend(self._hear(news))
                        case Seen():
                            counted.extend(self._look(news))
                        case Crossed():
                            counted.extend(self.runs.crossed(news))
                        case Strong():
                            self.runs.strength(news)
                        case BibSeen():
                            self.runs.bib(news)
                if moved:
                    counted.extend(self._keeper.motion(moved))
                await self._log.commit(counted)

    def _hear(self, news: Heard) -> Sequence[ch.Change]:
        self.signs[news.device] = Signs.after(self.signs.get(news.device), news)
        self._log.pulse += 1
        if news.steps is not None:
            self.runs.steps(news.device, news.t_ns, news.steps)
        if news.total is None:
            return ()
        return self._keeper.total(news.device, TotalSample(news.t_ns, news.total))

    def _look(self, news: Seen) -> Sequence[ch.Change]:
        watch = self._keeper.squares.get(news.station)
        before = watch.state if watch is not None else None
        counted = self._keeper.body(news.station, news.sample)
        if watch is not None and watch.state != before:
            self._log.pulse += 1
        return counted

    # --- time -----------------------------------------------------------------------------------------------------------

    async def _keep_time(self) -> None:
        while True:
            self._log.turned.clear()
            due_ns = self._next_due_ns()
            wait_s = None if due_ns is None else max(0.0, (due_ns - self._clock.monotonic_ns()) / 1e9)
            try:
                async with asyncio.timeout(wait_s):
                    await self._log.turned.wait()
            except TimeoutError:
                async with self._log.lock:
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
                return None if heat.ended is None else heat.ended.ends_mono_ns + round(self.settle_s * 1e9)
            case _:
                return None

    async def _on_time(self) -> None:
        due_ns = self._next_due_ns()
        if self.state is None or due_ns is None or self._clock.monotonic_ns() < due_ns:
            return
        match self.state.heat.phase:
            case "countdown":
                await self._log.commit([ch.SignalGiven(self.state.shown, self._keeper.give_signal())])
            case "running":
                await self._end_heat(ch.HeatEnded(self.state.shown, "time", due_ns))
            case "settling":
                await self._decide_heat()

    # --- a heat ---------------------------------------------------------------------------------------------------------

    def _begin(self, starts_ns: int) -> None:
        """Set up what counts in the heat on the page."""
        state = self._log.lesson()
        activity = self.activities[state.activity]
        if activity.course is None:
            self._keeper.begin(state.going(), starts_ns)
        else:
            self.runs.begin(activity)

    async def _end_heat(self, ended: ch.HeatEnded) -> None:
        await self._log.commit([ended])
        if self._log.lesson().heat.phase == "settling":
            self._keeper.end(ended.ends_mono_ns)
        else:
            self._keeper.drop()
            self.runs.drop()

    async def _decide_heat(self) -> None:
        activity = self.activities[self._log.lesson().activity]
        if activity.course is None:
            await self._decide_counts(activity)
        else:
            await self.runs.decide()

    async def _decide_counts(self, activity: Activity) -> None:
        await self._log.commit(self._keeper.settle())
        undecided = [attempt for attempt in self._log.lesson().going() if attempt.standing is None]
        official = {a.place.attempt: by_rules(activity, self._keeper.official(a.place.attempt)) for a in undecided}
        raw, heat = self._evidence.gather(undecided, self._keeper), self.heat_name
        results = []
        for attempt in undecided:
            place = attempt.place
            chain, pupil = await self._log.chain(place.attempt), self.pupils.get(place.pupil)
            results.append(of_counts(attempt, activity, pupil, official[place.attempt], chain))
        await self._log.commit(results)
        self._keeper.drop()
        for attempt in undecided:
            await self._note(attempt.place.attempt)
        await self._evidence.keep(raw, official, self._log.lesson(), heat, self._clock.utc_ms())
        self._log.shape += 1

    async def _note(self, attempt: ch.AttemptId) -> None:
        state = self._log.lesson()
        await self._people.note(state, state.attempts[attempt])

    async def _command(self, decide: Callable[[LessonState], ch.Change]) -> None:
        async with self._log.lock:
            await self._log.commit([decide(self._log.lesson())])


def _new_attempt() -> ch.AttemptId:
    return ch.AttemptId(secrets.token_hex(8))
