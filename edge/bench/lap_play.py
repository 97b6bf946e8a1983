"""One simulated run played to gate and identity as it would happen, and scored against its truth."""

from __future__ import annotations

import heapq
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from edge.counting.events import Crossing
from edge.counting.gate import GateSample, PassingFinder
from edge.counting.lap_events import Dispute, LapSeen, Unclaimed, Withdrawn
from edge.counting.lap_identity import LapIdentity
from edge.counting.lap_rules import LapRules
from simulators.gate_radio import Air

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Sequence

    from edge.counting.gate import Passing
    from edge.counting.lap_events import LapEvent
    from simulators.running_course import Course
    from simulators.running_field import RunningField

RECEIVERS_M: Final[dict[int, tuple[float, ...]]] = {1: (0.0,), 2: (-2.0, 2.0), 3: (-3.0, 0.0, 3.0)}
LOSS: Final = (0.16, 0.31)
EXPONENT: Final = (1.4, 2.0)
LEAST_LAP_S: Final = 25.0
LEAST_SHUTTLE_S: Final = 14.0
"""Nobody runs 200 m, or 50 m there and back, faster."""
TOLD_AFTER_S: Final = 4.0
"""How long after it a passing is told, about; the lap itself was so much shorter."""
ALIVE_FOR_S: Final = 3.0
"""A band that falls silent sooner after the line has a curve with no end, in which nobody could find the passing."""
LOOKED_EVERY_NS: Final = 250_000_000
SAME_NS: Final = 100_000_000
"""Whoever crosses within a tenth of a second of one's own time is no harm to be taken for: no result of a lap is finer."""
SWAPPED_NS: Final = 500_000_000
"""Half a second is promised of laps by radio alone; in the middle of a run two names in a bunch may be swapped by so much without a
question, and the lap's own `unsure_ns` says so."""
SAME_LAP_NS: Final = 5_000_000_000
THRESHOLD_DBM: Final = -72.0
"""What the mean strength of BANDS' model has at 4 m, the far edge of the track."""
ABOVE_DB: Final = 6.0
NEWEST: Final = 0.3


@dataclass(frozen=True, slots=True)
class Setting:
    """Who is there to see the laps."""

    name: str
    receivers: int
    camera: bool
    taps: bool = False
    threshold: bool = False


@dataclass(slots=True)
class Scored:
    """Counts over one or more runs, and errors of times in seconds (of laps that are not marked).

    Attributes:
        by_camera_s: of laps without a doubt.
        unordered_s: of laps in a bunch in the middle of a run, of which the order is doubtful and not asked about.
        by_radio_s: of laps that the camera did not see.
    """

    counts: Counter[str] = field(default_factory=Counter)
    by_camera_s: list[float] = field(default_factory=list)
    unordered_s: list[float] = field(default_factory=list)
    by_radio_s: list[float] = field(default_factory=list)

    def add(self, other: Scored) -> None:
        """Take another run in."""
        self.counts += other.counts
        self.by_camera_s += other.by_camera_s
        self.unordered_s += other.unordered_s
        self.by_radio_s += other.by_radio_s

    def share(self, name: str) -> float:
        """Of the laps that were run."""
        return self.counts[name] / max(1, self.counts["run"])

    @property
    def share_alive(self) -> float:
        """Laps that were counted, of those whose band was alive."""
        return self.counts["counted, band alive"] / max(1, self.counts["run, band alive"])


def hear_passings(run: RunningField, receivers: int) -> list[tuple[int, str, Passing]]:
    """What the gate finds of all bands: (told at, pupil, passing), ascending."""
    at_m, draw = RECEIVERS_M[receivers], np.random.default_rng([run.seed, 9])
    air = Air(at_m, float(draw.uniform(*LOSS)), exponent=float(draw.uniform(*EXPONENT)))
    told: list[tuple[int, str, Passing]] = []
    least_s = least_lap_s(run.course)
    for number, heard in enumerate(run.heard(air)):
        finder, t, before_ns, laps = PassingFinder(at_m, least_s, turns=run.course.shuttle), 0, 0, 0
        for t, receiver, rssi in zip(heard.t_ns.tolist(), heard.receiver.tolist(), heard.rssi_dbm.tolist(), strict=True):
            if t - before_ns > least_s * 1e9:
                finder.expect_mps = run.course.lap_m / ((t - before_ns) / 1e9 - TOLD_AFTER_S)
            for one in finder.feed(GateSample(t, receiver, rssi)):
                told.append((t, _name(number), one))
                if one.t_ns - before_ns > least_s * 1e9:
                    before_ns, laps = one.t_ns, laps + 1
                    finder.ends = laps + 1 == run.course.laps
        told += [(t + SAME_LAP_NS, _name(number), one) for one in finder.flush()]
    return sorted(told, key=lambda one: one[0])


def play(run: RunningField, setting: Setting, passings: Sequence[tuple[int, str, Passing]]) -> list[LapEvent]:
    """Everything in the order in which it becomes known."""
    course = run.course
    rules = LapRules(
        0, course.lap_m, course.laps, least_lap_s(course), receivers=setting.receivers, camera=setting.camera, taps=setting.taps,
        hold_s=10.0 if setting.taps else 8.0, end_ns=None if course.seconds is None else round(course.seconds * 1e9),
    )  # fmt: skip
    identity = LapIdentity([_name(number) for number in range(len(run.laps_ns))], rules)
    told: list[LapEvent] = []
    looked_ns = 0
    for t_ns, feed in heapq.merge(*_streams(run, setting, passings, identity), key=lambda one: one[0]):
        if t_ns >= looked_ns:
            told += identity.advance(t_ns)
            looked_ns = t_ns + LOOKED_EVERY_NS
        feed()
    return [*told, *identity.flush()]


def least_lap_s(course: Course) -> float:
    """No lap of this course is faster."""
    return LEAST_SHUTTLE_S if course.shuttle else LEAST_LAP_S


def by_threshold(run: RunningField) -> list[LapEvent]:
    """The usual way: the peak of the smoothed strength at one receiver, above a threshold, and a dead time."""
    draw = np.random.default_rng([run.seed, 9])
    air = Air(RECEIVERS_M[1], float(draw.uniform(*LOSS)), exponent=float(draw.uniform(*EXPONENT)))
    laps: list[LapEvent] = []
    for number, heard in enumerate(run.heard(air)):
        times = threshold_peaks(heard.t_ns.tolist(), heard.rssi_dbm.tolist(), round(least_lap_s(run.course) * 1e9))
        good = [t for t in times if t > least_lap_s(run.course) * 1e9][: run.course.laps]
        laps += [LapSeen(_name(number), lap, t, 0, ("radio",), 1.0) for lap, t in enumerate(good, 1)]
    return laps


def threshold_peaks(
    t_ns: Sequence[int], rssi_dbm: Sequence[float], dead_ns: int, threshold_dbm: float = THRESHOLD_DBM
) -> list[int]:
    """Peaks of the exponentially smoothed strength above a threshold, one each time it is passed, none in the dead time."""
    found: list[int] = []
    level, peak, at_ns, ready = float(rssi_dbm[0]) if len(rssi_dbm) else 0.0, -200.0, 0, True
    for t, rssi in zip(t_ns, rssi_dbm, strict=True):
        level += NEWEST * (rssi - level)
        if level > threshold_dbm and ready and level > peak:
            peak, at_ns = level, t
        if level < threshold_dbm - ABOVE_DB or level < peak - ABOVE_DB:
            if peak > threshold_dbm and (not found or at_ns - found[-1] >= dead_ns):
                found.append(at_ns)
            peak, ready = -200.0, level < threshold_dbm - ABOVE_DB or ready
    return found


def score(run: RunningField, events: Iterable[LapEvent]) -> Scored:
    """Each true lap with the nearest told lap of the same pupil; what is left over was never run.

    A lap is marked if it may be somebody else's, lacks its steps or was seen by nobody, or if its order is doubtful and a last lap
    hangs on it. Not marked and wrong is one that was never run; one without a doubt that has another body's time, by more than a
    tenth of a second; and one of doubtful order that is off by more than half a second. `strictly wrong` counts those without any
    doubt, and `swapped` those of doubtful order, not asked about, that are off by more than a tenth.
    """
    told = list(events)
    laps = standing(told)
    disputes = [one for one in told if isinstance(one, Dispute)]
    asked = {one.number for one in disputes if one.last_lap}
    scored = Scored()
    count = scored.counts
    for number, true in enumerate(run.laps_ns):
        mine = {lap.t_ns: lap for lap in laps if lap.pupil == _name(number)}
        for t in true:
            alive = t / 1e9 + ALIVE_FOR_S < run.bands_until_s[number]
            count["run"] += 1
            count["run, band alive"] += alive
            near = min(mine.values(), key=lambda lap: abs(lap.t_ns - t), default=None)
            if near is None or abs(near.t_ns - t) > _reach_ns(near):
                continue
            del mine[near.t_ns]
            count["counted"] += 1
            count["counted, band alive"] += alive
            _score_lap(scored, near, near.t_ns - t, asked)
        count["invented"] += len(mine)
        count["wrong"] += sum(not _marked(lap, asked) for lap in mine.values())
        count["strictly wrong"] += sum(not lap.flagged for lap in mine.values())
    count["questions"] += len(asked)
    count["bunches not asked about"] += len(disputes) - len(asked)
    count["unclaimed"] += sum(isinstance(one, Unclaimed) for one in told)
    count["runs"] += 1
    return scored


def standing(events: Iterable[LapEvent]) -> list[LapSeen]:
    """The laps that stand at the end: those that were told and not taken back."""
    laps: list[LapSeen] = []
    for event in events:
        if isinstance(event, LapSeen):
            laps.append(event)
        elif isinstance(event, Withdrawn):
            laps = [one for one in laps if one.pupil != event.lap.pupil or one.t_ns != event.lap.t_ns]
    return laps


def _score_lap(scored: Scored, lap: LapSeen, off_ns: int, asked: Container[int]) -> None:
    count, camera = scored.counts, "camera" in lap.by
    marked = _marked(lap, asked)
    count["marked"] += marked
    count["of doubtful order, not asked about"] += lap.flagged and not marked
    if not camera:
        scored.by_radio_s.append(off_ns / 1e9)
        return
    if not marked:
        (scored.unordered_s if lap.flagged else scored.by_camera_s).append(off_ns / 1e9)
        count["wrong"] += abs(off_ns) > (SWAPPED_NS if lap.flagged else SAME_NS)
        count["strictly wrong"] += not lap.flagged and abs(off_ns) > SAME_NS
        count["swapped"] += lap.flagged and abs(off_ns) > SAME_NS


def _marked(lap: LapSeen, asked: Container[int]) -> bool:
    """Whether a teacher sees a mark: order alone is none, unless a last lap hangs on it."""
    return lap.flagged and (lap.doubt != "order" or lap.dispute in asked)


def _reach_ns(lap: LapSeen) -> int:
    """How far from the true one a told lap may be and still be it; where nobody saw it, its time is only the middle of two."""
    return max(SAME_LAP_NS, 2 * lap.unsure_ns) if lap.doubt == "missed" else SAME_LAP_NS


def _name(number: int) -> str:
    return f"pupil-{number:02d}"


def _streams(
    run: RunningField, setting: Setting, passings: Sequence[tuple[int, str, Passing]], identity: LapIdentity
) -> list[list[tuple[int, _Feed]]]:
    streams: list[list[tuple[int, _Feed]]] = [[]]
    if setting.receivers:
        streams.append([(t, _Feed(identity.passed, (pupil, passing))) for t, pupil, passing in passings])
        for number, steps in enumerate(run.steps()):
            pairs = zip(steps.t_ns.tolist(), steps.total.tolist(), strict=True)
            streams.append([(t, _Feed(identity.stepped, (_name(number), t, total))) for t, total in pairs])
    if setting.camera:
        seen = [(one.t_ns, Crossing(one.t_ns, "left_to_right", one.track, one.along)) for one in run.sightings()]
        streams.append([(t, _Feed(identity.crossed, (crossing,))) for t, crossing in seen])
    if setting.taps:
        streams.append([(tap.t_ns, _Feed(identity.tapped, (_name(tap.runner), tap.t_ns))) for tap in run.taps()])
    return streams


@dataclass(frozen=True, slots=True)
class _Feed:
    call: object
    values: tuple[object, ...]

    def __call__(self) -> None:
        assert callable(self.call)
        self.call(*self.values)
