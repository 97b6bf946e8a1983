"""The run that is going: what the teacher says of it, who passes the line, and what follows from both.

Every word of the teacher is decided on the newest state and committed; a result that was decided already is decided again. A run
ends when everybody is at the finish.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from edge.lapkeeper import Lapkeeper
from edge.lesson import changes as ch
from edge.lesson import run_commands, session
from edge.lesson.run_result import progress_of, run_result
from edge.verdict import of_run, score_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from edge.clock import Clock
    from edge.counting.gate_line import GateEnd
    from edge.counting.samples import MotionSamples
    from edge.lesson.activity import Activity
    from edge.lesson.run_result import RunResult
    from edge.lesson.session import AttemptState, LessonState
    from edge.lesson_class import LessonClass
    from edge.lesson_log import LessonLog
    from edge.lesson_news import BibSeen, Crossed, Strong

NAME_EVERY_S: Final = 0.25


class RunRoom:
    """Runs of the lesson. `run` names runners while one is going.

    Args:
        end_heat: ends the heat on the page; the caller holds the lock of `log`.
        receivers_m: receivers at the line by name: where they stand along the track, metres after the line.
        gate_ends: where cameras see the line now.
        bibs: pupils wear their number in the class on the chest.

    Attributes:
        urgent: set when somebody is over the line: that is shown at once.
    """

    def __init__(
        self,
        log: LessonLog,
        people: LessonClass,
        clock: Clock,
        activities: Mapping[str, Activity],
        end_heat: Callable[[ch.HeatEnded], Awaitable[None]],
        *,
        receivers_m: Mapping[str, float] | None = None,
        gate_ends: Callable[[], frozenset[GateEnd]] = frozenset,
        bibs: bool = False,
    ) -> None:
        self._log, self._people, self._clock, self._activities = log, people, clock, activities
        self._end_heat, self._gate_ends, self._bibs = end_heat, gate_ends, bibs
        self._laps = Lapkeeper(receivers_m)
        self.urgent = asyncio.Event()

    # --- what the pages ask for -----------------------------------------------------------------------------------------

    async def give_lap(self, attempt: str, at_ms: int | None = None) -> None:
        """A runner is at the line now, or was at `at_ms` after the signal.

        Raises:
            Refused: this is no run, none is going, or the pupil is not in it.
        """
        async with self._log.lock:
            state, now_ns = self._run(), self._clock.monotonic_ns()
            started = state.heat.started
            t_ns = now_ns if at_ms is None or started is None else started.starts_mono_ns + at_ms * 1_000_000
            run_commands.check_lap(state, ch.AttemptId(attempt), t_ns, now_ns)
            await self._commit(self._laps.tapped(ch.AttemptId(attempt), t_ns))
            self._log.pulse += 1

    async def remove_lap(self, attempt: str, lap: str) -> None:
        """Take a pass of the line away. Raises `Refused` when there is none of that name."""
        async with self._log.lock:
            await self._commit([run_commands.remove_lap(self._run(), ch.AttemptId(attempt), lap)])
            self._laps.laps_stand(self._log.lesson().attempts[ch.AttemptId(attempt)])

    async def stop_runner(self, attempt: str, *, stopped: bool) -> None:
        """A runner gives up, or runs on. Raises `Refused` when the run is not going."""
        async with self._log.lock:
            await self._commit([run_commands.stop_runner(self._run(), ch.AttemptId(attempt), stopped=stopped)])
            self._laps.stopped(ch.AttemptId(attempt), stopped=stopped)

    async def false_start(self, attempt: str, early_ms: int) -> None:
        """Who was over the line before the signal. Raises `Refused` when the run is not going."""
        async with self._log.lock:
            await self._commit([run_commands.false_start(self._run(), ch.AttemptId(attempt), early_ms)])
            self._laps.start_is_said(ch.AttemptId(attempt))

    async def answer_order(self, dispute: str, attempts: Sequence[str | None]) -> None:
        """Who crossed when. Raises `Refused` when nobody asked that, or the answer does not fit."""
        async with self._log.lock:
            said = [None if attempt is None else ch.AttemptId(attempt) for attempt in attempts]
            await self._commit(run_commands.settle_order(self._run(), dispute, said))
            for place in self._log.lesson().heat.places:
                self._laps.laps_stand(self._log.lesson().attempts[place.attempt])

    # --- what the pages show --------------------------------------------------------------------------------------------

    @property
    def wanted(self) -> bool:
        """Whether a run is going, from the countdown to its results: cameras look at their lines then."""
        state = self._log.state
        if state is None or not state.running():
            return False
        activity = self._activities.get(state.activity)
        return activity is not None and activity.course is not None

    @property
    def bib_numbers(self) -> frozenset[int]:
        """The numbers that somebody of the run wears, if they wear any."""
        return frozenset(self._numbers()) if self.wanted else frozenset()

    @property
    def crossings_unclaimed(self) -> int:
        """How many crossings were nobody of the run, since the start."""
        return self._laps.unclaimed

    @property
    def crossings_waiting(self) -> tuple[tuple[int, str | None], ...]:
        """Times (ns) of crossings of which it is not yet sure whose they are, and the attempt that is likeliest by now."""
        return self._laps.waiting

    @property
    def strangers(self) -> tuple[int, ...]:
        """Times (ns) of the newest crossings that were nobody of the run."""
        return tuple(self._laps.strangers)

    # --- what the field tells -------------------------------------------------------------------------------------------

    def crossed(self, news: Crossed) -> Sequence[ch.Change]:
        """A body over the line. Returns what is to be committed."""
        changes = self._laps.crossed(news.end, news.crossing)
        self._log.pulse += 1
        self.urgent.set()
        return changes

    def strength(self, news: Strong) -> None:
        """A receiver at the line has heard a band."""
        self._laps.strength(news.device, news.radio, news.t_ns, news.rssi_dbm)

    def bib(self, news: BibSeen) -> None:
        """A number was read on a chest."""
        self._laps.bib(news.end, news.track, news.number, news.confidence)

    def steps(self, device: str, t_ns: int, steps: int) -> None:
        """How many steps a band has counted."""
        self._laps.steps(device, t_ns, steps)

    def motion(self, device: str, samples: MotionSamples) -> None:
        """Raw motion of a band that streams it."""
        self._laps.motion(device, samples)

    # --- life of a heat -------------------------------------------------------------------------------------------------

    def begin(self, activity: Activity) -> None:
        """Set up the run on the page, which has been started."""
        state = self._log.lesson()
        started = state.heat.started
        assert started is not None
        self._laps.begin(activity, state.going(), started, state.shown, self._gate_ends(), self._numbers() if self._bibs else None)

    def drop(self) -> None:
        """The heat was stopped before its signal."""
        self._laps.drop()

    async def decide(self) -> None:
        """Decide the run that is over. The caller holds the lock."""
        await self._log.commit(self._laps.flush())
        state = self._log.lesson()
        activity = self._activities[state.activity]
        undecided = [attempt for attempt in state.going() if attempt.standing is None]
        results = []
        for attempt in undecided:
            chain, pupil = await self._log.chain(attempt.place.attempt), self._people.pupils.get(attempt.place.pupil)
            results.append(of_run(attempt, activity, pupil, self._result(attempt), chain))
        await self._log.commit(results)
        self._laps.drop()
        for attempt in undecided:
            await self._note(attempt.place.attempt)

    async def run(self) -> None:
        """While a run is going: `go_on` again and again."""
        while True:
            await asyncio.sleep(NAME_EVERY_S)
            if self.wanted:
                await self.go_on()

    async def go_on(self) -> None:
        """Tell the keeper of laps that time goes on, commit what is certain by now, and show whom it takes the others for."""
        async with self._log.lock:
            changes = self._laps.advance(self._clock.monotonic_ns())
            if changes:
                await self._commit(changes)
            self._log.pulse += self._laps.guess()

    # --- what follows ---------------------------------------------------------------------------------------------------

    async def _commit(self, changes: Sequence[ch.Change]) -> None:
        """Commit, and what follows from it: a decided run is worth something else, or everybody is at the finish."""
        touched = {attempt for change in changes if (attempt := ch.attempt_of(change)) is not None}
        if any(isinstance(change, ch.OrderSettled) for change in changes):
            touched |= {place.attempt for place in self._log.lesson().heat.places}
        before = {attempt: self._result(found).official for attempt in sorted(touched) if (found := self._decided(attempt))}
        await self._log.commit(changes)
        await self._decide_again(before)
        await self._end_when_all_are_home()

    def _decided(self, attempt: ch.AttemptId) -> AttemptState | None:
        """The attempt, if it has a result that counts: one of a heat that was not repeated."""
        state = self._log.lesson()
        found = state.attempts[attempt]
        counts = found.standing and found.decided and any(found.place in heat.places for heat in state.heats)
        return found if counts else None

    async def _decide_again(self, before: Mapping[ch.AttemptId, int]) -> None:
        """Correct what the laps now say otherwise than before. A number that was set by hand stands, on top of the new one."""
        for attempt, by_laps in before.items():
            found = self._decided(attempt)
            if found is None or found.standing is None or found.decided is None:
                continue
            standing, result = found.standing, self._result(found)
            # Also when the number stays: what waited for the teacher's answer waits no longer.
            asked, open_still = (one is not None and one.reason == "order_open" for one in (found.decided.review, result.review))
            answered = asked and not open_still and standing.kind == "decided"
            by_hand = standing.kind == "corrected" and standing.count != by_laps
            if answered or result.official != (by_laps if by_hand else standing.count):
                await self._correct(found, result.official, "watched")
                if by_hand and standing.reason:
                    await self._correct(found, standing.count, standing.reason)
                await self._note(attempt)

    async def _correct(self, attempt: AttemptState, count: int, reason: ch.CorrectionReason) -> None:
        state = self._log.lesson()
        pupil = self._people.pupils.get(attempt.place.pupil)
        score, bonus, mark = score_of(self._activities[state.activity], pupil, count)
        await self._log.commit([ch.Corrected(attempt.place.attempt, count, reason, score, bonus, mark)])

    async def _end_when_all_are_home(self) -> None:
        state = self._log.lesson()
        course = self._activities[state.activity].course
        heat = state.heat
        if course is None or course.passes is None or heat.phase != "running" or heat.started is None:
            return
        going = state.going()
        if going and all(one.stopped or progress_of(course, heat.started, one).finished for one in going):
            await self._end_heat(ch.HeatEnded(state.shown, "finished", self._clock.monotonic_ns()))

    def _result(self, attempt: AttemptState) -> RunResult:
        state = self._log.lesson()
        heat = next(heat for heat in state.heats if attempt.place in heat.places)
        started = heat.started or ch.HeatStarted(state.shown, 0, 0, None)
        ends_ns = heat.ended.ends_mono_ns if heat.ended else self._clock.monotonic_ns()
        asked = {lap for order in heat.open_orders for lap in order.laps}
        return run_result(self._activities[state.activity], attempt, started=started, ends_ns=ends_ns, in_question=asked)

    def _run(self) -> LessonState:
        state = self._log.lesson()
        if self._activities[state.activity].course is None:
            raise session.Refused("no_run", "这不是跑步项目", "This is no run")
        return state

    def _numbers(self) -> dict[int, ch.AttemptId]:
        """Who wears which number: the one in the class."""
        pupils = self._people.pupils
        going = self._log.lesson().going()
        return {pupils[a.place.pupil].number: a.place.attempt for a in going if a.place.pupil in pupils}

    async def _note(self, attempt: ch.AttemptId) -> None:
        state = self._log.lesson()
        await self._people.note(state, state.attempts[attempt])
