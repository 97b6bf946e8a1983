"""Who passes the line in the run that is going: crossings, strengths, steps and taps in, changes of the lesson out.

It knows which band belongs to which attempt, when the signal was, and how a course is run. Like the scorekeeper it has no clock and
no disk: the lesson room calls it and commits what it returns. Who it was is for `edge/counting/lap_identity.py` to say.
"""

from __future__ import annotations

import secrets
from collections import deque
from typing import TYPE_CHECKING, Final, assert_never

from edge.counting.early_start import EarlyStart
from edge.counting.gate import GateSample, PassingFinder
from edge.counting.lane_identity import by_lane
from edge.counting.lap_events import Dispute, LapSeen, Unclaimed, Withdrawn
from edge.counting.lap_identity import LapIdentity
from edge.counting.lap_rules import LapRules
from edge.lesson.changes import AttemptId, FalseStartSeen, LapCounted, LapRemoved, OrderAsked
from edge.lesson.run_commands import TAP_UNSURE_NS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from edge.counting.events import Crossing
    from edge.counting.gate_line import GateEnd
    from edge.counting.lap_events import LapEvent
    from edge.counting.lap_events import Witness as Seer
    from edge.counting.samples import MotionSamples
    from edge.lesson.activity import Activity
    from edge.lesson.changes import Change, HeatStarted, LapDoubt, Witness
    from edge.lesson.session import AttemptState

RADIO_HOLD_S: Final = 8.0
"""A passing is told up to 5.6 s after it was, and a bunch takes some seconds: so long a crossing waits for bands to name it."""
TAP_HOLD_S: Final = 10.0
"""In a bunch of forty a teacher's taps fall behind by so much; `touchline bench laps` holds crossings as long."""
LEAST_HOLD_S: Final = 4.0
"""On a short lap nobody may be held so long that the same runner comes again."""
LEAST_LAP_SHARE: Final = 0.5
MISSED_AFTER: Final = 1.7
"""A lap that takes so many times the last one may be two, as in `lap_identity`."""
FALSE_START_NS: Final = 1_500_000_000
"""Who crosses the line earlier than this before the signal walks to the start."""
USUAL_MPS: Final = 3.3
"""A pupil's first lap, as in `LapRules`."""
STRANGERS_KEPT: Final = 20
TAP_OWN_NS: Final = 3_000_000_000
"""A lap this near to a tap of the same runner is the lap that was tapped."""
WITNESSES: Final[Mapping[Seer, Witness]] = {
    "camera": "camera", "radio": "band", "steps": "band", "bib": "bib", "tap": "teacher", "teacher": "teacher",
}  # fmt: skip


def new_lap() -> str:
    """A random name for a pass, or for a question."""
    return secrets.token_hex(6)


class Lapkeeper:
    """Everything that names runners at the line in one heat; `begin` sets it up anew.

    Args:
        receivers_m: receivers at the line by name: where each stands along the track, metres after the line.
        name_lap: makes the random names.

    Attributes:
        strangers: the newest crossings of which nobody of the run can have been the body.
        unclaimed: how many there were, of all heats.
    """

    def __init__(self, receivers_m: Mapping[str, float] | None = None, name_lap: Callable[[], str] = new_lap) -> None:
        self._receivers = {name: (number, at_m) for number, (name, at_m) in enumerate((receivers_m or {}).items())}
        self._name_lap = name_lap
        self._activity: Activity | None = None
        self._started: HeatStarted | None = None
        self._heat = 0
        self._numbers: dict[int, AttemptId] = {}
        self._attempts: dict[AttemptId, int | None] = {}
        self._device_of: dict[str, AttemptId] = {}
        self._ends: frozenset[GateEnd] = frozenset()
        self._identities: dict[GateEnd, LapIdentity] = {}
        self._finders: dict[str, PassingFinder] = {}
        self._last_end: dict[AttemptId, GateEnd] = {}
        self._last_lap: dict[AttemptId, tuple[int, float]] = {}
        self._counted: dict[tuple[AttemptId, int], str] = {}
        self._tapped: dict[AttemptId, int] = {}
        self._dash: list[Crossing] = []
        self._starts: dict[AttemptId, EarlyStart] = {}
        self._likely: dict[Crossing, str | None] = {}
        self._news = False
        self.strangers: deque[int] = deque(maxlen=STRANGERS_KEPT)
        self.unclaimed = 0

    @property
    def waiting(self) -> tuple[tuple[int, str | None], ...]:
        """Times of crossings of which it is not yet sure whose they are, and the attempt that was likeliest at the last `guess`."""
        seen = [(one.t_ns, self._likely.get(one)) for identity in self._identities.values() for one in identity.waiting()]
        return tuple(sorted([*seen, *((one.t_ns, None) for one in self._dash)], key=lambda one: one[0]))

    def guess(self) -> bool:
        """Whose the crossings that wait most likely are by now; whether anything is said otherwise than before.

        Of forty in a bunch this takes some tens of milliseconds: a crossing is shown before, without a name.
        """
        if not self._news:
            return False
        before, self._news = self._likely, False
        self._likely = dict(guess for identity in self._identities.values() for guess in identity.guesses())
        return self._likely != before

    def begin(
        self,
        activity: Activity,
        attempts: Iterable[AttemptState],
        started: HeatStarted,
        heat: int = 0,
        ends: frozenset[GateEnd] = frozenset(),
        numbers: Mapping[int, AttemptId] | None = None,
    ) -> None:
        """Set up a heat; runners who have laps already (a restart) go on from there.

        Args:
            ends: where cameras see the line: at the finish, and at the far end of a shuttle.
            numbers: on the chests, where bibs are worn.

        Raises:
            ValueError: the activity is no run.
        """
        if activity.course is None:
            raise ValueError(f"{activity.id} has no course: it is no run")
        self.drop()
        going = list(attempts)
        self._activity, self._heat, self._started, self._numbers = activity, heat, started, dict(numbers or {})
        self._attempts = {one.place.attempt: one.place.station for one in going}
        self._device_of = {one.place.device: one.place.attempt for one in going if one.place.device is not None}
        self._ends = ends if activity.course.shuttle else ends & {"finish"}
        hears = bool(self._receivers) and bool(self._device_of)
        at_m = [at_m for _, at_m in self._receivers.values()]
        if hears:
            least_s = activity.rules.least_lap_s
            turns = activity.course.shuttle
            self._finders = {device: PassingFinder(at_m, max(5.0, least_s), turns=turns) for device in self._device_of}
        hearing: frozenset[GateEnd] = frozenset({"finish"}) if hears else frozenset()
        for end in sorted(hearing | self._ends):
            receivers = len(at_m) if hears and end == "finish" else 0
            self._identities[end] = self._identity(activity, end, receivers, camera=end in self._ends)
        if not started.rolling:
            signals = self._signals_ns(started)
            banded = self._device_of.values()
            self._starts = {
                one.place.attempt: EarlyStart(signals[one.place.attempt])
                for one in going
                if one.place.attempt in banded and not one.early_ms
            }
        for one in going:
            self.laps_stand(one)

    def drop(self) -> None:
        """Forget the heat, when its results are decided."""
        self._activity, self._started, self._heat, self._ends = None, None, 0, frozenset()
        self._attempts, self._device_of, self._identities, self._finders = {}, {}, {}, {}
        self._last_end, self._last_lap, self._counted, self._tapped, self._dash = {}, {}, {}, {}, []
        self._starts, self._likely, self._news = {}, {}, False
        self.strangers.clear()

    # --- what is seen and heard -------------------------------------------------------------------------------------------

    def crossed(self, end: GateEnd, crossing: Crossing) -> list[Change]:
        """A camera saw a body over the line of one end."""
        if self._activity is None or self._started is None or end not in self._ends:
            return []
        starts_ns, course = self._started.starts_mono_ns, self._activity.course
        self._news = True
        if crossing.t_ns < starts_ns:
            at_start = end == "finish" and course is not None and (course.shuttle or not course.lanes)
            early = at_start and not self._started.rolling and starts_ns - crossing.t_ns <= FALSE_START_NS
            return [FalseStartSeen(self._heat, None, max(1, (starts_ns - crossing.t_ns) // 1_000_000))] if early else []
        if self._in_lanes:
            self._dash.append(crossing)
        elif not self._identities[end].crossed(crossing):
            self._is_stranger(crossing.t_ns)
        return []

    def strength(self, device: str, radio: str, t_ns: int, rssi_dbm: int) -> None:
        """A receiver at the line heard a band."""
        attempt, receiver, finder = self._device_of.get(device), self._receivers.get(radio), self._finders.get(device)
        if attempt is None or receiver is None or finder is None or "finish" not in self._identities:
            return
        identity = self._identities["finish"]
        identity.heard(attempt, t_ns)
        for passing in finder.feed(GateSample(t_ns, receiver[0], float(rssi_dbm))):
            self._news = True
            identity.passed(attempt, passing)

    def bib(self, end: GateEnd, track: int, number: int, confidence: float) -> None:
        """The number on the chest of a body that crossed was read."""
        if end in self._identities:
            self._identities[end].read(track, number, confidence)
            self._news = True

    def steps(self, device: str, t_ns: int, total: int) -> None:
        """A band has told its running total of steps."""
        attempt = self._device_of.get(device)
        if attempt is not None:
            for identity in self._identities.values():
                identity.stepped(attempt, t_ns, total)
            if attempt in self._starts:
                self._starts[attempt].total(t_ns, total)

    def motion(self, device: str, samples: MotionSamples) -> None:
        """Raw motion of a band that streams it: looked at around the signal alone."""
        start = self._starts.get(self._device_of.get(device, AttemptId("")))
        if start is not None:
            start.motion(samples)

    def tapped(self, attempt: AttemptId, t_ns: int) -> list[Change]:
        """The teacher says that this runner is at the line: a lap at once, or a name for what the camera sees."""
        if self._identities and not self._in_lanes:
            self._identities.get("finish", next(iter(self._identities.values()))).tapped(attempt, t_ns)
            self._tapped[attempt], self._news = t_ns, True
            return []
        return [self._lap(attempt, "finish", t_ns, TAP_UNSURE_NS, ("teacher",), 1.0, None)]

    # --- what a teacher says ----------------------------------------------------------------------------------------------

    def laps_stand(self, attempt: AttemptState) -> None:
        """After a restart, or a correction by hand: these are the laps of a runner that stand."""
        for identity in self._identities.values():
            identity.stand(attempt.place.attempt, [lap.t_ns for lap in attempt.laps])

    def stopped(self, attempt: AttemptId, *, stopped: bool) -> None:
        """A runner has given up, or runs on."""
        for identity in self._identities.values():
            identity.stop(attempt, stopped=stopped)

    def start_is_said(self, attempt: AttemptId) -> None:
        """The teacher has said how this runner started: the band is not asked any more."""
        self._starts.pop(attempt, None)

    # --- what comes of it -------------------------------------------------------------------------------------------------

    def advance(self, now_ns: int) -> list[Change]:
        """It is `now_ns`: what is certain by now."""
        for device, finder in self._finders.items():
            finder.expect_mps = self._expected_mps(self._device_of[device], now_ns)
            finder.ends = self._identities["finish"].on_last_lap(self._device_of[device])
            for passing in finder.advance(now_ns):
                self._news = True
                self._identities["finish"].passed(self._device_of[device], passing)
        changes = [change for end, one in self._identities.items() for change in self._told(end, one.advance(now_ns))]
        return [*changes, *self._dash_done(over=False), *self._taps_alone(now_ns), *self._started_early(now_ns)]

    def flush(self) -> list[Change]:
        """The heat is over: what was still held back."""
        for device, finder in self._finders.items():
            for passing in finder.flush():
                self._identities["finish"].passed(self._device_of[device], passing)
        changes = [change for end, one in self._identities.items() for change in self._told(end, one.flush())]
        return [*changes, *self._dash_done(over=True), *self._taps_alone(None)]

    @property
    def _in_lanes(self) -> bool:
        """A dash: everybody passes once, each in the own lane, and the lane is the name."""
        course = None if self._activity is None else self._activity.course
        return course is not None and course.lanes and not course.shuttle and "finish" in self._ends

    def _identity(self, activity: Activity, end: GateEnd, receivers: int, *, camera: bool) -> LapIdentity:
        course, started = activity.course, self._started
        assert course is not None
        assert started is not None
        ways = self._ways_between
        lap_m, least_s, passes = course.lap_m * ways, activity.rules.least_lap_s * ways, course.passes
        first_m = course.lap_m if course.shuttle and end == "far" else course.first_lap_m * ways
        rules = LapRules(
            start_ns=started.starts_mono_ns,
            lap_m=lap_m,
            laps=None if passes is None else -(-passes // ways) + started.rolling,
            least_lap_s=least_s,
            first_lap_s=10.0 if started.rolling else first_m / USUAL_MPS,
            receivers=receivers,
            camera=camera,
            taps=camera and not receivers and not self._numbers,
            hold_s=RADIO_HOLD_S if receivers else min(TAP_HOLD_S, max(LEAST_HOLD_S, 0.4 * least_s)),
            end_ns=None if activity.duration_s is None else started.starts_mono_ns + activity.duration_s * 1_000_000_000,
        )
        sooner_s = least_s if started.rolling else least_s * (1.0 - first_m / lap_m)
        starts_ns: dict[str, int] = {who: at_ns - round(sooner_s * 1e9) for who, at_ns in self._signals_ns(started).items()}
        return LapIdentity(list(self._attempts), rules, bibs=dict(self._numbers), starts_ns=starts_ns)

    @property
    def _both_ends(self) -> bool:
        """A shuttle of which both ends are seen."""
        return self._ways_between == 2 and self._ends >= {"finish", "far"}

    def _signals_ns(self, started: HeatStarted) -> dict[AttemptId, int]:
        """By runner, the signal of the own wave."""
        wave_of = {attempt: at for at, wave in enumerate(started.waves) for attempt in wave}
        gap_ns = started.wave_gap_ms * 1_000_000
        return {attempt: started.starts_mono_ns + wave_of.get(attempt, 0) * gap_ns for attempt in self._attempts}

    def _started_early(self, now_ns: int) -> list[Change]:
        """Who was running before the signal, by the band."""
        over = {attempt: start for attempt, start in self._starts.items() if start.is_over(now_ns)}
        for attempt in over:
            del self._starts[attempt]
        early = {attempt: start.early_ns() // 1_000_000 for attempt, start in over.items()}
        return [FalseStartSeen(self._heat, attempt, early_ms) for attempt, early_ms in early.items() if early_ms]

    @property
    def _ways_between(self) -> int:
        """Laps (ways of a shuttle) between two passes of one end."""
        course = None if self._activity is None else self._activity.course
        return 2 if course is not None and course.shuttle else 1

    def _told(self, end: GateEnd, events: Sequence[LapEvent]) -> list[Change]:
        changes: list[Change] = []
        named: dict[tuple[int, int], str] = {}
        self._news |= bool(events)
        asked = {event.number for event in events if isinstance(event, Dispute) and event.last_lap}
        for event in events:
            match event:
                case LapSeen():
                    # Where both ends are seen, the next touch of the other end tells that one was missed: it is not counted twice.
                    if event.pupil not in self._attempts or (self._both_ends and event.doubt == "missed"):
                        continue
                    lap = self._seen(end, event, asked)
                    self._counted[lap.attempt, event.t_ns] = lap.lap
                    if event.dispute is not None:
                        named[event.dispute, event.t_ns] = lap.lap
                    changes.append(lap)
                case Dispute():
                    if event.last_lap:
                        changes.append(self._asked(event, named))
                case Withdrawn():
                    attempt = self._known(event.lap.pupil)
                    name = self._counted.pop((attempt, event.lap.t_ns), None)
                    changes += [] if name is None else [LapRemoved(attempt, name)]
                case Unclaimed():
                    self._is_stranger(event.crossing.t_ns)
                case _:
                    assert_never(event)
        return changes

    def _seen(self, end: GateEnd, event: LapSeen, asked: Collection[int]) -> LapCounted:
        attempt = self._known(event.pupil)
        if abs(self._tapped.get(attempt, event.t_ns) - event.t_ns) <= TAP_OWN_NS:
            self._tapped.pop(attempt, None)
        by = tuple(dict.fromkeys(WITNESSES[one] for one in event.by))
        # Which of two crossings in a bunch it was moves a lap's time by tenths, which `unsure_ns` says; that the lap was run is no
        # doubt. At the finish the teacher is asked.
        order_only = event.doubt == "order" and event.dispute not in asked
        doubt: LapDoubt | None = None if order_only else "no_steps" if event.doubt == "steps" else "unsure" if event.doubt else None
        return self._lap(attempt, end, event.t_ns, event.unsure_ns, by, event.confidence, doubt)

    def _expected_mps(self, attempt: AttemptId, now_ns: int) -> float | None:
        """About how fast a runner passes the line next, from the time since the last lap; `None` where nothing is known.

        Four seconds are taken off, as the curve of a passing is looked at some seconds after it.
        """
        last_ns, usual_s = self._last_lap.get(attempt, (0, 0.0))
        course = None if self._activity is None else self._activity.course
        since_s = (now_ns - last_ns) / 1e9 - 4.0
        if course is None or usual_s <= 0.0 or not LEAST_LAP_SHARE * usual_s < since_s < MISSED_AFTER * usual_s:
            return None
        return course.lap_m * self._ways_between / since_s

    def _lap(
        self,
        attempt: AttemptId,
        end: GateEnd,
        t_ns: int,
        unsure_ns: int,
        by: tuple[Witness, ...],
        confidence: float,
        doubt: LapDoubt | None,
    ) -> LapCounted:
        ways = self._ways_between
        if self._both_ends:
            # Both ends are seen: they alternate, the far one first. The same end twice is a touch that was missed.
            missed = self._last_end.get(attempt, "finish") == end
            ways, doubt = (2, "missed_touch") if missed else (1, doubt)
        self._last_end[attempt] = end
        self._note_lap(attempt, t_ns)
        return LapCounted(attempt, self._name_lap(), t_ns, unsure_ns, by, round(confidence, 3), ways, doubt)

    def _note_lap(self, attempt: AttemptId, t_ns: int) -> None:
        before_ns = self._last_lap[attempt][0] if attempt in self._last_lap else None
        started_ns = self._started.starts_mono_ns if self._started else t_ns
        self._last_lap[attempt] = (t_ns, (t_ns - (started_ns if before_ns is None else before_ns)) / 1e9)

    def _asked(self, dispute: Dispute, named: Mapping[tuple[int, int], str]) -> OrderAsked:
        question = self._name_lap()
        times = tuple(one.t_ns for one in dispute.crossings)
        laps = tuple(named.get((dispute.number, t_ns)) or self._name_lap() for t_ns in times)
        return OrderAsked(self._heat, question, times, laps, tuple(self._known(pupil) for pupil in dispute.pupils))

    def _taps_alone(self, now_ns: int | None) -> list[Change]:
        """Taps that nothing else has borne out: the teacher's word is enough."""
        late = [
            (attempt, t_ns)
            for attempt, t_ns in self._tapped.items()
            if now_ns is None or now_ns - t_ns > (RADIO_HOLD_S if self._finders else TAP_HOLD_S) * 1e9 + TAP_OWN_NS
        ]
        for attempt, _ in late:
            del self._tapped[attempt]
        return [self._lap(attempt, "finish", t_ns, TAP_UNSURE_NS, ("teacher",), 1.0, None) for attempt, t_ns in late]

    def _dash_done(self, *, over: bool) -> list[Change]:
        """A dash: named by lane when as many have crossed as run, or when it is over."""
        if not self._dash or (len(self._dash) < len(self._attempts) and not over):
            return []
        crossings, self._dash = sorted(self._dash, key=lambda one: one.t_ns), []
        lanes = {attempt: lane for attempt, lane in self._attempts.items() if lane is not None}
        named = by_lane(crossings, sorted(lanes.values()))
        of_lane = {lane: attempt for attempt, lane in lanes.items()}
        changes: list[Change] = []
        laps = []
        for crossing, lane in zip(crossings, named.lanes, strict=True):
            if lane is None:
                self._is_stranger(crossing.t_ns)
                laps.append(self._name_lap())
                continue
            doubt: LapDoubt | None = None if named.sure else "unsure"
            unsure_ns = crossing.unsure_ns or TAP_UNSURE_NS // 10
            lap = self._lap(of_lane[lane], "finish", crossing.t_ns, unsure_ns, ("camera",), 0.95 if named.sure else 0.6, doubt)
            changes.append(lap)
            laps.append(lap.lap)
        if not named.sure:
            times = tuple(one.t_ns for one in crossings)
            changes.append(OrderAsked(self._heat, self._name_lap(), times, tuple(laps), tuple(self._attempts)))
        return changes

    def _is_stranger(self, t_ns: int) -> None:
        self.strangers.append(t_ns)
        self.unclaimed += 1

    def _known(self, pupil: str) -> AttemptId:
        return next(attempt for attempt in self._attempts if attempt == pupil)
