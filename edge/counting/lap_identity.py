"""Who ran a lap: crossings of a camera, passings of bands, steps, bib numbers and a teacher's taps, matched over a sliding window.

Each way of explaining what was seen has a likelihood: this crossing was that pupil; the camera missed one whom the radio heard;
the radio invented one; somebody crossed who does not run. The likeliest explanation of the whole window is told, and how likely
each part of it is over all explanations. What is not sure is marked, and put to the teacher with all that is needed to ask. Pure,
live, bounded.
"""

from __future__ import annotations

import bisect
import math
from copy import copy
from dataclasses import replace
from typing import TYPE_CHECKING, Final, assert_never

import numpy as np

from edge.counting.lap_events import Dispute, LapSeen, Unclaimed, Withdrawn
from edge.counting.lap_likelihood import (
    CAMERA_NS,
    EVERYTHING,
    LEAST_TAP,
    TAPPED,
    TOLD_RATHER,
    Found,
    Told,
    Waiting,
    belated,
    by_bib,
    over,
)
from edge.counting.lap_marginals import assign, marginals
from edge.counting.lap_pace import FIRST_SPREAD, LEAST_CLASS_SPREAD, Pace
from edge.counting.lap_questions import Questions
from edge.counting.lap_search import UNSURE_OF_UNSEEN, Record, look_again
from edge.counting.lap_taps import tap_order
from edge.counting.lap_telling import SURE, by_camera, by_steps, without_camera
from edge.counting.lap_window import BESIDE_NS, LONGEST_GROUP_NS, Past, Window, end_of_group, likeliest, weigh

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from edge.counting.events import Crossing
    from edge.counting.gate import Passing
    from edge.counting.lap_events import LapEvent, Settled, Witness
    from edge.counting.lap_rules import LapRules

MOST_WAITING: Final = 128
TAPS_BEHIND_NS: Final = 8_000_000_000
"""Taps and crossings that are settled tell for so long how far the teacher was behind."""
OVERDUE: Final = 1.7
"""Whose lap has gone on for so many usual ones is looked for among the crossings that nobody claimed."""
NOBODY_KEPT: Final = 64
LOOKED_EVERY_NS: Final = 1_000_000_000
FEWEST_FIRSTS: Final = 6
MOST_OF_ALL: Final = 0.7
"""Before so many have run the first lap, those who have are the fast ones."""


class LapIdentity:
    """Says who ran each lap. Feed what the witnesses tell in any order, then call `advance`.

    Args:
        pupils: who runs, by id.
        bibs: number on the chest to pupil, where bibs are worn.
        starts_ns: start of a pupil who did not start with the signal (waves, a rolling start).
    """

    def __init__(
        self,
        pupils: Sequence[str],
        rules: LapRules,
        *,
        bibs: Mapping[int, str] | None = None,
        starts_ns: Mapping[str, int] | None = None,
    ) -> None:
        self._rules, self._bibs = rules, dict(bibs or {})
        self._paces = {
            pupil: Pace((starts_ns or {}).get(pupil, rules.start_ns), rules.usual_s, rules.least_lap_s) for pupil in pupils
        }
        self._crossings: list[Waiting] = []
        self._settled: list[Waiting] = []
        self._past: list[Past] = []
        self._records = {pupil: Record(pupil, pace.began_ns) for pupil, pace in self._paces.items()}
        self._first = (rules.usual_s, FIRST_SPREAD)
        self._passings: dict[str, Passing] = {}
        self._taps: list[tuple[int, str]] = []
        self._tapped: list[int] = []
        self._seen_ns: list[int] = []
        self._gone: set[str] = set()
        self._nobodys: list[Waiting] = []
        self._looked_ns = rules.start_ns
        self._questions = Questions()
        self._now_ns = rules.start_ns

    def crossed(self, crossing: Crossing) -> bool:
        """The camera saw a body over the line, in the direction of the run; false if it can be nobody's, as all are too early."""
        if all(over(self._rules, pace, crossing.t_ns) for pace in self._paces.values()):
            return False
        self._crossings.append(Waiting(crossing))
        self._crossings.sort(key=lambda one: (one.t_ns, one.crossing.track))
        del self._crossings[:-MOST_WAITING]
        return True

    def read(self, track: int, number: int, confidence: float) -> None:
        """A bib was read at the crossing of this track; a number that nobody wears is no witness."""
        pupil = self._bibs.get(number)
        for one in self._crossings:
            if one.crossing.track == track and pupil in self._paces and (one.bib is None or one.bib[1] < confidence):
                one.bib = (pupil, min(max(confidence, 0.01), 0.99))

    def passed(self, pupil: str, passing: Passing) -> None:
        """The band of a pupil passed the line."""
        pace = self._paces.get(pupil)
        if pace is None:
            return
        pace.heard(passing.t_ns)
        record = self._records[pupil]
        record.heard(passing)
        record.doubtful |= pace.laps > 0 and over(self._rules, pace, passing.t_ns) and passing.confidence >= SURE
        before = self._passings.get(pupil)
        if not over(self._rules, pace, passing.t_ns) and (before is None or before.confidence < passing.confidence):
            self._passings[pupil] = passing

    def stepped(self, pupil: str, t_ns: int, total: int) -> None:
        """A band's running total of steps (modulo 65,536) was heard."""
        if pupil in self._paces:
            self._paces[pupil].step(t_ns, total)

    def heard(self, pupil: str, t_ns: int) -> None:
        """A band was heard: it is alive, and its silence at the gate would mean something."""
        if pupil in self._paces:
            self._paces[pupil].heard(t_ns)

    def tapped(self, pupil: str, t_ns: int) -> None:
        """The teacher tapped a name as the pupil crossed, or soon after."""
        pace = self._paces.get(pupil)
        if pace is not None and not over(self._rules, pace, t_ns):
            bisect.insort(self._taps, (t_ns, pupil))
            del self._taps[:-MOST_WAITING]
        bisect.insort(self._tapped, t_ns)
        del self._tapped[:-MOST_WAITING]

    def stop(self, pupil: str, *, stopped: bool = True) -> None:
        """The teacher says that a pupil has stopped for good, or runs on."""
        if stopped:
            self._gone.add(pupil)
        else:
            self._gone.discard(pupil)

    def stand(self, pupil: str, ends_ns: Sequence[int]) -> None:
        """After a restart, or a word of the teacher: the laps of a pupil that stand, by the ascending times of their ends."""
        if pupil in self._paces:
            before = (self._paces[pupil].laps, self._paces[pupil].last_ns)
            self._paces[pupil].stand(ends_ns)
            self._stands(pupil, before)

    def _stands(self, pupil: str, before: tuple[int, int]) -> None:
        """What a teacher has said is not looked at again."""
        pace = self._paces[pupil]
        if before != (pace.laps, pace.last_ns):
            self._records[pupil].stand(pace.laps, pace.last_ns, pace.usual_s)

    def on_last_lap(self, pupil: str) -> bool:
        """Whether the next lap of a pupil ends the run."""
        return pupil in self._paces and self._paces[pupil].laps + 1 == self._rules.laps

    def advance(self, now_ns: int) -> Sequence[LapEvent]:
        """It is `now_ns`: settle what is older than the hold, oldest first."""
        self._now_ns = max(self._now_ns, now_ns)
        horizon_ns = now_ns - round(self._rules.hold_s * 1e9)
        events = self._settle_until(horizon_ns, self._now_ns)
        if horizon_ns - self._looked_ns >= LOOKED_EVERY_NS:
            self._looked_ns = horizon_ns
            events += [*self._overdue(horizon_ns), *self._again(horizon_ns - LONGEST_GROUP_NS)]
        return events

    def flush(self) -> Sequence[LapEvent]:
        """The run is over: settle what waits."""
        ends = [one.t_ns for one in self._crossings] + [one.t_ns for one in self._passings.values()] + [t for t, _ in self._taps]
        events = self._settle_until(max(ends, default=self._now_ns) + 1, EVERYTHING)
        events += self._overdue(self._now_ns, ended=True)
        return [*events, *self._again(self._now_ns, ended=True)]

    def waiting(self) -> tuple[Crossing, ...]:
        """Crossings that are not settled, ascending: to show that somebody crossed before it is sure who."""
        return tuple(one.crossing for one in self._crossings)

    def guesses(self) -> tuple[tuple[Crossing, str | None], ...]:
        """Who the crossings that wait most likely are by now: to be shown as such, never kept."""
        if not self._crossings:
            return ()
        told, crossings = self._in_sight(self._crossings[-1].t_ns, self._now_ns)
        best = likeliest(self._rules, told, self._past, crossings, len(self._paces))
        named = {column: mine.pupil for mine, column in zip(told, best, strict=True)}
        return tuple((one.crossing, named.get(column)) for column, one in enumerate(crossings) if one in self._crossings)

    def settle(self, number: int, order: Sequence[str | None]) -> Settled:
        """The teacher says who it was: a pupil (or `None` for nobody of them) for each crossing of the dispute, first to last.

        Raises:
            KeyError: no such dispute, or settled long ago.
            ValueError: not one name a crossing, a name twice, or somebody who does not run.
        """
        before = {pupil: (pace.laps, pace.last_ns) for pupil, pace in self._paces.items()}
        settled = self._questions.settle(number, order, self._paces)
        for pupil in {lap.pupil for lap in (*settled.laps, *settled.withdrawn)}:
            self._stands(pupil, before[pupil])
        return settled

    def _settle_until(self, horizon_ns: int, known_ns: int) -> list[LapEvent]:
        events: list[LapEvent] = []
        settled_ns: int | None = None
        while True:
            waiting = (
                [one.t_ns for one in self._crossings] + [one.t_ns for one in self._passings.values()] + [t for t, _ in self._taps]
            )
            times = sorted(t for t in waiting if settled_ns is None or t > settled_ns)
            if not times or times[0] > horizon_ns:
                return events
            end_ns = end_of_group(times)
            if end_ns > horizon_ns and horizon_ns - times[0] < LONGEST_GROUP_NS:
                return events
            settled_ns = min(horizon_ns, end_ns)
            events += self._settle_group(settled_ns, known_ns)

    def _settle_group(self, end_ns: int, known_ns: int) -> list[LapEvent]:
        window = self._window(end_ns, known_ns)
        laps: dict[int, LapSeen] = {}
        waits: set[str] = set()
        for row, (told, column) in enumerate(zip(window.told[: window.waiting], window.best, strict=False)):
            if column >= 0 and window.crossings[column].t_ns > end_ns:
                waits.add(told.pupil)
            elif column >= 0:
                laps[row] = by_camera(self._rules, window, row, column)
            elif (
                told.t_ns is not None
                and _known_ns(told) <= end_ns
                and window.alone[row].ran > (TAPPED if told.tap is not None else 1.0 / (1.0 + TOLD_RATHER))
            ):
                laps[row] = without_camera(self._rules, window, row)
        new = [one for one in self._crossings if one.t_ns <= end_ns]
        columns = [column for column, one in enumerate(window.crossings) if one in new]
        disputes = self._questions.ask(window, laps, columns, self._rules.laps)
        claimed = {id(window.crossings[column]) for column in window.best if column >= 0}
        events: list[LapEvent] = [
            Unclaimed(window.crossings[column].crossing, window.nobody(column))
            for column in columns if id(window.crossings[column]) not in claimed
        ]  # fmt: skip
        for row, lap in sorted(laps.items(), key=lambda one: one[1].t_ns):
            column = window.best[row]
            before = replace(window.told[row], pace=copy(window.told[row].pace))
            crossing = window.crossings[column] if column >= 0 else None
            self._past.append(Past(before, crossing, lap.t_ns))
            end = Found(lap.pupil, lap.t_ns, crossing, before.passing, before.tap is not None)
            events += self._count(end, lap, sure=bool(window.ran[row] >= SURE))
            self._passings.pop(lap.pupil, None)
        self._keep(new, claimed, end_ns)
        counted = {lap.pupil for lap in laps.values()}
        self._passings = {who: one for who, one in self._passings.items() if one.t_ns > end_ns or who in waits}
        self._taps = [(t, who) for t, who in self._taps if who not in counted and (t > end_ns or who in waits)]
        events.sort(key=_when)
        return [*events, *disputes]

    def _keep(self, new: list[Waiting], claimed: set[int], end_ns: int) -> None:
        """The crossings of a group are settled: what of them is still needed."""
        nobodys = [one for one in (*self._nobodys, *new) if id(one) not in claimed]
        self._nobodys = nobodys[-NOBODY_KEPT:]
        self._seen_ns = [*self._seen_ns, *(one.t_ns for one in new)][-MOST_WAITING:]
        self._crossings = [one for one in self._crossings if one.t_ns > end_ns]
        self._settled = [one for one in (*self._settled, *new) if one.t_ns > end_ns - BESIDE_NS]
        self._past = [one for one in self._past if one.t_ns > end_ns - BESIDE_NS]

    def _window(self, end_ns: int, known_ns: int) -> Window:
        told, crossings = self._in_sight(end_ns, known_ns)
        return weigh(self._rules, told, self._past, crossings, len(self._paces))

    def _in_sight(self, end_ns: int, known_ns: int) -> tuple[list[Told], tuple[Waiting, ...]]:
        """What is weighed together: who may have crossed, and the crossings up to some seconds after a group."""
        waiting = (one for one in self._crossings if one.t_ns <= end_ns + BESIDE_NS)
        crossings = sorted((*self._settled, *waiting), key=lambda one: (one.t_ns, one.crossing.track))
        taps = self._lay_taps()
        told = [
            Told(pupil, pace, self._passings.get(pupil), taps.get(pupil), known_ns)
            for pupil, pace in self._paces.items() if pupil not in self._gone
        ]  # fmt: skip
        return told, tuple(crossings)

    def _lay_taps(self) -> dict[str, tuple[int, int]]:
        """By pupil, a tap that waits and when its body crossed; each waiting crossing learns which names fit it.

        Of two taps of one name, one is on the wrong name: the one that fits less.
        """
        if not self._taps:
            return {}
        since_ns = min([self._taps[0][0], *(one.t_ns for one in self._crossings)]) - TAPS_BEHIND_NS
        taps_ns = [t for t in self._tapped if t >= since_ns]
        settled_ns = [t for t in self._seen_ns if t >= since_ns]
        order = tap_order(
            [(t - since_ns) / 1e9 for t in taps_ns],
            [(t - since_ns) / 1e9 for t in (*settled_ns, *(one.t_ns for one in self._crossings))],
        )
        for one in self._crossings:
            one.taps = {}
        told: dict[str, tuple[int, int]] = {}
        best: dict[str, float] = {}
        for t_ns, pupil in self._taps:
            row = taps_ns.index(t_ns)
            crossed_ns = since_ns + round(float(order.crossed_s[row]) * 1e9)
            fits = order.density[row, len(settled_ns) :]
            likely = self._paces[pupil].hazard_per_s(crossed_ns) * max(LEAST_TAP, float(fits.max(initial=0.0)))
            if pupil in told and likely <= best[pupil]:
                continue
            told[pupil], best[pupil] = (t_ns, crossed_ns), likely
            for one, fit in zip(self._crossings, fits, strict=True):
                one.taps[pupil] = float(fit)
        return told

    def _count(self, end: Found, lap: LapSeen, *, sure: bool) -> list[LapSeen]:
        """Take a lap into the runner's pace, and before it those that went by unseen, if there were any."""
        pace = self._paces[lap.pupil]
        unseen = pace.unseen_before(lap.t_ns)
        if self._rules.laps is not None:
            unseen = min(unseen, self._rules.laps - pace.laps - 1)
        record = self._records[lap.pupil]
        laps: list[LapSeen] = []
        untold: list[LapSeen] = []
        for left in range(unseen, 0, -1):
            missed, crossing = self._unseen(lap, (lap.t_ns - pace.last_ns) // (left + 1))
            untold.append(missed)
            pace.ended(missed.t_ns, sure=False)
            if crossing is not None:
                record.add(Found(lap.pupil, missed.t_ns, crossing), untold)
                laps, untold = [*laps, *untold], []
        pace.ended(lap.t_ns, sure=sure and unseen <= 0)
        if pace.laps == 1:
            self._learn_of_all()
        untold.append(replace(lap, lap=pace.laps))
        record.add(end, untold)
        return [*laps, *untold]

    def _unseen(self, lap: LapSeen, each_ns: int) -> tuple[LapSeen, Waiting | None]:
        """A lap before this one that nobody told of, if each took about so long; at a crossing that is nobody's, if one is near."""
        pace = self._paces[lap.pupil]
        t_ns = pace.last_ns + each_ns
        near = min(self._nobodys, key=lambda one: abs(one.t_ns - t_ns), default=None)
        by: list[Witness] = ["steps"] if pace.steps_since(lap.t_ns) is not None else []
        if near is not None and abs(near.t_ns - t_ns) < each_ns // UNSURE_OF_UNSEEN:
            self._nobodys.remove(near)
            t_ns, by = near.t_ns, ["camera", *by]
        else:
            near = None
        return LapSeen(lap.pupil, pace.laps + 1, t_ns, each_ns // UNSURE_OF_UNSEEN, tuple(by), 0.5, "missed"), near

    def _learn_of_all(self) -> None:
        """Once most have run the first lap, it is known what the others take for theirs."""
        firsts = [pace.first_s for pace in self._paces.values() if pace.first_s is not None]
        if len(firsts) >= max(FEWEST_FIRSTS, MOST_OF_ALL * len(self._paces)):
            logs = np.log(firsts)
            self._first = (float(np.exp(np.median(logs))), max(float(np.std(logs)), LEAST_CLASS_SPREAD))
            for pace in self._paces.values():
                pace.expect(*self._first)

    def _again(self, known_ns: int, *, ended: bool = False) -> list[LapEvent]:
        """Runs in which something does not fit, looked at once more."""
        events: list[LapEvent] = []
        for pupil, record in self._records.items():
            pace = self._paces[pupil]
            short = ended and self._rules.laps is not None and pace.laps < self._rules.laps and pupil not in self._gone
            times = [t for t in (*(p.t_ns for p in record.passings), *(n.t_ns for n in self._nobodys)) if t <= known_ns]
            looked = (len(record.told), ended, *times)
            if not (record.doubtful or short) or record.looked == looked:
                continue
            record.looked = looked
            better = look_again(
                self._rules, record, pace, self._nobodys, self._first, len(self._paces), known_ns, over=ended
            )  # fmt: skip
            if better is None:
                continue
            pace.resume(*record.last_two())
            self._nobodys = [one for one in self._nobodys if one not in better.claimed]
            self._nobodys = sorted([*self._nobodys, *better.freed], key=lambda one: one.t_ns)[-NOBODY_KEPT:]
            events += [*(Withdrawn(lap) for lap in better.withdrawn), *better.laps]
        return events

    def _overdue(self, now_ns: int, *, ended: bool = False) -> list[LapEvent]:
        """Laps that go on much too long: whether they ended with a crossing that nobody claimed."""
        late = [
            (pupil, pace) for pupil, pace in self._paces.items()
            if pupil not in self._gone and pupil not in self._passings and not over(self._rules, pace, now_ns)
            and (ended or now_ns - pace.last_ns > OVERDUE * pace.usual_s * 1e9)
        ]  # fmt: skip
        if not late or not self._nobodys:
            return []
        runners = len(self._paces)
        pair = np.array([
            [belated(self._rules, pace, one, now_ns, ended=ended) - math.log(by_bib(one, pupil, runners)) for one in self._nobodys]
            for pupil, pace in late
        ])  # fmt: skip
        chance, _ = marginals(pair)
        events: list[LapEvent] = []
        claimed: set[int] = set()
        for (pupil, pace), column, likely in zip(late, assign(pair), chance, strict=True):
            if column < 0:
                continue
            claimed.add(column)
            one = self._nobodys[column]
            unsure_ns = max(one.crossing.unsure_ns, CAMERA_NS)
            lap = LapSeen(pupil, pace.laps + 1, one.t_ns, unsure_ns, ("camera",), float(likely[column]), "who")
            events += self._count(Found(pupil, one.t_ns, one), by_steps(self._rules, pace, lap), sure=False)
        self._nobodys = [one for column, one in enumerate(self._nobodys) if column not in claimed]
        return events


def _known_ns(told: Told) -> int:
    """When the last that is told of a pupil was told."""
    return told.t_ns or 0 if told.tap is None else told.tap[0]


def _when(event: LapEvent) -> int:
    match event:
        case LapSeen():
            return event.t_ns
        case Unclaimed():
            return event.crossing.t_ns
        case Dispute():
            return event.crossings[0].t_ns
        case Withdrawn():
            return event.lap.t_ns
        case _:
            assert_never(event)
