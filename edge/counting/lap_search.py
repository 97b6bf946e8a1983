"""What was told of each pupil's laps, kept so that it can be looked at again when something later contradicts it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from edge.counting.lap_events import LapSeen
from edge.counting.lap_history import Course, End, Way, ended, likeliest, told_way
from edge.counting.lap_likelihood import CAMERA_NS, RADIO_NS, TOLD_RATHER, Found, ends_short, found, unseen
from edge.counting.lap_pace import NEXT_SPREAD

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge.counting.gate import Passing
    from edge.counting.lap_events import Witness
    from edge.counting.lap_likelihood import Waiting
    from edge.counting.lap_pace import Pace
    from edge.counting.lap_rules import LapRules

BETTER: Final = 3.0
"""A lap without a mark is only taken back for something twenty times likelier."""
LAPS_KEPT: Final = 24
UNSURE_OF_UNSEEN: Final = 10
"""The time of a lap that nobody saw is unsure by a tenth of it."""


@dataclass(frozen=True, slots=True, eq=False)
class Told:
    """One end as it is told, after `len(laps) - 1` laps that went by unseen."""

    end: Found
    laps: tuple[LapSeen, ...]


@dataclass(slots=True, eq=False)
class Record:
    """One pupil's run as it is told.

    Attributes:
        from_ns, from_laps: what was before is a teacher's word, or long ago, and stands.
        passings: all of them, also those that were too soon after a lap.
        doubtful: whether there is reason to look again.
        looked: what there was to see when it was looked at last, and `looked_ns`, when that was.
    """

    pupil: str
    from_ns: int
    from_laps: int = 0
    usual_s: float | None = None
    told: list[Told] = field(default_factory=list)
    passings: list[Passing] = field(default_factory=list)
    doubtful: bool = False
    looked: tuple[int, ...] = ()
    looked_ns: int = 0

    def stand(self, laps: int, last_ns: int, usual_s: float) -> None:
        """These laps are no longer looked at."""
        self.from_ns, self.from_laps, self.usual_s = last_ns, laps, usual_s if laps else None
        self.told, self.doubtful = [], False

    def add(self, end: Found, laps: Sequence[LapSeen]) -> None:
        """These laps were told: the last one by what was found, those before it by nothing."""
        self.told.append(Told(end, tuple(laps)))
        self.doubtful |= any(lap.doubt == "missed" or (lap.doubt == "who" and not {"camera", "radio"} <= {*lap.by}) for lap in laps)
        if len(self.told) > LAPS_KEPT:
            oldest = self.told.pop(0)
            self.from_ns, self.from_laps = oldest.end.t_ns, self.from_laps + len(oldest.laps)
            self.usual_s = (self.told[0].end.t_ns - oldest.end.t_ns) / 1e9 / len(self.told[0].laps)

    def last_two(self) -> tuple[int, int, int | None]:
        """How many laps stand, when the last one ended, and when the one before it."""
        ends = [lap.t_ns for one in self.told for lap in one.laps]
        before_ns = None if not ends else ends[-2] if len(ends) > 1 else self.from_ns
        return self.from_laps + len(ends), ends[-1] if ends else self.from_ns, before_ns

    def heard(self, passing: Passing) -> None:
        """The band passed the line, or came near."""
        self.passings = [*self.passings, passing][-2 * LAPS_KEPT :]


@dataclass(frozen=True, slots=True)
class Better:
    """What is likelier than what was told: `laps` come in the place of those `withdrawn`."""

    laps: tuple[LapSeen, ...]
    withdrawn: tuple[LapSeen, ...]
    claimed: tuple[Waiting, ...]
    freed: tuple[Waiting, ...]


def look_again(
    rules: LapRules, record: Record, pace: Pace, nobodys: Sequence[Waiting], first: tuple[float, float], runners: int,
    now_ns: int, *, over: bool,
) -> Better | None:  # fmt: skip
    """Whether a pupil's run was rather another one than is told; the record then has it, and the pace is to be told.

    Args:
        nobodys: crossings that nobody claimed.
        first: what a first lap takes in this class, and its spread as a logarithm.
        now_ns: everything before it is known.
        over: the run is over.
    """
    usual = first if record.usual_s is None else (record.usual_s, NEXT_SPREAD)
    left = None if rules.laps is None else rules.laps - record.from_laps
    least_s = rules.least_lap_s
    short = ends_short(stepped=pace.has_run_on(now_ns) or any(one.end.stepped for one in record.told))
    course = Course(record.from_ns, *usual, least_s, left, unseen(rules, pace, pace.last_ns), math.log(short))
    ends = _ends(rules, record, pace, nobodys, runners, now_ns)
    told_of = {id(end.lap): end for end in ends if end.lap is not None}
    now = told_way(course, [(told_of[id(one.laps[-1])], len(one.laps) - 1) for one in record.told])
    best = likeliest(course, ends, now_ns, over=over)
    before = (record.told, ended(course, now, now_ns, over=over))
    better = _changed(record, now, best)
    taken_back = better.withdrawn
    sure = any(lap.doubt not in {"who", "missed"} for lap in taken_back)
    least = BETTER if sure else math.log(TOLD_RATHER) * (1.0 if taken_back else -1.0)
    if not (better.laps or taken_back) or ended(course, best, now_ns, over=over) < before[1] + least:
        record.told = before[0]
        return None
    return better


def _ends(
    rules: LapRules, record: Record, pace: Pace, nobodys: Sequence[Waiting], runners: int, now_ns: int
) -> list[End]:  # fmt: skip
    """All ends that the pupil's laps may have had."""
    least_ns = round(rules.least_lap_s * 1e9)
    used = {id(one.end.passing) for one in record.told if one.end.passing is not None}
    free = [
        one for one in record.passings if id(one) not in used and record.from_ns + least_ns < one.t_ns <= now_ns
    ]  # fmt: skip
    maybe: list[tuple[Found, LapSeen | None]] = [(one.end, one.laps[-1]) for one in record.told]

    def deaf(t_ns: int) -> bool:
        return any(0 < t_ns - one.t_ns < least_ns for one in record.passings)

    maybe += [(Found(record.pupil, one.t_ns, None, one), None) for one in free]
    for crossing in nobodys:
        if record.from_ns + least_ns < crossing.t_ns <= now_ns:
            maybe.append((Found(record.pupil, crossing.t_ns, crossing, deaf=deaf(crossing.t_ns)), None))
            near = [one for one in free if abs(one.t_ns - crossing.t_ns) < 4 * math.hypot(one.unsure_ns, RADIO_NS)]
            maybe += [(Found(record.pupil, crossing.t_ns, crossing, one), None) for one in near]
    ends = [End(one, found(rules, pace, one, runners), lap) for one, lap in maybe]
    return sorted(ends, key=lambda one: one.t_ns)


def _changed(record: Record, now: Way, best: Way) -> Better:
    old = {(before and id(before), id(end), unseen): told for before, (end, unseen), told in _steps(now, record.told)}
    kept_ends = {id(end) for end, _ in best.ends}
    by_lap = {id(one.laps[-1]): one for one in record.told}
    told: list[Told] = []
    laps: list[LapSeen] = []
    number, from_ns = record.from_laps, record.from_ns
    before: End | None = None
    for end, unseen_laps in best.ends:
        step = old.get((before and id(before), id(end), unseen_laps))
        if step is not None:
            told.append(step)
        else:
            known = by_lap.get(id(end.lap))
            last = known.laps[-1] if known is not None else _lap(number + unseen_laps + 1, end.of)
            each_ns = (end.t_ns - from_ns) // (unseen_laps + 1)
            missed = [
                LapSeen(record.pupil, number + n, from_ns + n * each_ns, each_ns // UNSURE_OF_UNSEEN, (), 0.5, "missed")
                for n in range(1, unseen_laps + 1)
            ]  # fmt: skip
            laps += [*missed, *([] if known is not None else [last])]
            told.append(Told(end.of, (*missed, last)))
        number, from_ns, before = number + unseen_laps + 1, end.t_ns, end
    stays = {id(lap) for one in told for lap in one.laps}
    withdrawn = tuple(lap for one in record.told for lap in one.laps if id(lap) not in stays)
    freed = tuple(end.of.crossing for end, _ in now.ends if id(end) not in kept_ends and end.of.crossing is not None)
    claimed = tuple(end.of.crossing for end, _ in best.ends if end.lap is None and end.of.crossing is not None)
    record.told = told
    return Better(tuple(laps), withdrawn, claimed, freed)


def _steps(way: Way, told: Sequence[Told]) -> list[tuple[End | None, tuple[End, int], Told]]:
    befores = [None, *(end for end, _ in way.ends)]
    return list(zip(befores, way.ends, told, strict=False))


def _lap(number: int, end: Found) -> LapSeen:
    by: list[Witness] = ["camera"] if end.crossing is not None else []
    by += ["radio"] if end.passing is not None else []
    if end.crossing is not None:
        unsure_ns = max(CAMERA_NS, end.crossing.crossing.unsure_ns)
    else:
        unsure_ns = max(RADIO_NS, end.passing.unsure_ns if end.passing is not None else 0)
    return LapSeen(end.pupil, number, end.t_ns, unsure_ns, tuple(by), 0.5, "who")
