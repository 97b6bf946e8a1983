"""Who ran a lap: crossings of a camera, passings of bands, steps, bib numbers and a teacher's taps, matched over a sliding window.

Each way of explaining what was seen has a likelihood: this crossing was that pupil; the camera missed one whom the radio heard;
the radio invented one; somebody crossed who does not run. The likeliest explanation of the whole window is told, and how likely
each part of it is over all explanations. What is not sure is marked, and put to the teacher with all that is needed to ask. Pure,
live, bounded.
"""

from __future__ import annotations

import bisect
import math
from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, assert_never

import numpy as np

from edge.counting.lap_check import steps_fit
from edge.counting.lap_disputes import entangled
from edge.counting.lap_events import Dispute, LapSeen, Settled, Unclaimed
from edge.counting.lap_likelihood import (
    CAMERA_NS,
    LEAST_TAP,
    RADIO_NS,
    STRANGERS_A_SECOND,
    TAP_NS,
    TAPPED,
    Told,
    Waiting,
    alone,
    belated,
    by_bib,
    over,
    together,
)
from edge.counting.lap_marginals import NEVER, assign, marginals
from edge.counting.lap_pace import Pace
from edge.counting.lap_taps import tap_order

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from edge.counting.events import Crossing
    from edge.counting.gate import Passing
    from edge.counting.lap_events import LapDoubt, LapEvent, Witness
    from edge.counting.lap_rules import LapRules

    Floats = NDArray[np.float64]

SURE: Final = 0.95
"""A lap is told without a mark if it is this likely to be right: a log-likelihood ratio of 3.9 against all else. Of those told,
fewer than 2 % can then be wrong, and on average far fewer."""
ASKED_ABOVE: Final = 0.05
"""Who is less likely than this is not named in a question."""
TENTH_NS: Final = 100_000_000
"""Which of two crossings within a tenth of a second it was changes no result of a lap; long runs are timed in whole seconds."""
ROUGHLY_NS: Final = 500_000_000
ROUGHLY_SURE: Final = 0.9
"""Doubt between crossings within half a second is one of order; if more than a tenth of it lies farther off, it is one of who."""
MOST_WAITING: Final = 128
DISPUTES_KEPT: Final = 64
QUIET_NS: Final = 1_200_000_000
LONGEST_GROUP_NS: Final = 3_000_000_000
"""Those who cross together are settled together: a group ends with a pause, or is cut where it gets too long."""
LOOK_AHEAD_NS: Final = 1_500_000_000
"""Crossings so long after a group are weighed with it, as some of its passings may be theirs."""
TAPS_BEHIND_NS: Final = 8_000_000_000
"""Taps and crossings that are settled tell for so long how far the teacher was behind."""
OVERDUE: Final = 1.7
"""Whose lap has gone on for so many usual ones is looked for among the crossings that nobody claimed."""
NOBODY_KEPT: Final = 64
LOOKED_EVERY_NS: Final = 1_000_000_000
FEWEST_FIRSTS: Final = 6
MOST_OF_ALL: Final = 0.7
"""Before so many have run the first lap, those who have are the fast ones."""
UNSURE_OF_UNSEEN: Final = 10
"""The time of a lap that nobody saw is unsure by a tenth of it."""


@dataclass(slots=True)
class _Asked:
    """A dispute that may still be settled, with the laps told for now."""

    dispute: Dispute
    laps: tuple[LapSeen, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Window:
    """All that waits, and how it is best explained.

    Attributes:
        best: by pupil, the crossing, or -1.
        chance: [pupil, crossing].
        ran: by pupil, how likely a lap was run, with a crossing or without.
        ran_alone: the same, if no crossing was the pupil's.
    """

    told: tuple[Told, ...]
    crossings: tuple[Waiting, ...]
    best: tuple[int, ...]
    chance: Floats
    ran: Floats
    ran_alone: Floats


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
        self._passings: dict[str, Passing] = {}
        self._taps: list[tuple[int, str]] = []
        self._tapped: list[int] = []
        self._seen_ns: list[int] = []
        self._gone: set[str] = set()
        self._nobodys: list[Waiting] = []
        self._looked_ns = rules.start_ns
        self._disputes: OrderedDict[int, _Asked] = OrderedDict()
        self._numbers = 0
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
            self._paces[pupil].stand(ends_ns)

    def advance(self, now_ns: int) -> Sequence[LapEvent]:
        """It is `now_ns`: settle what is older than the hold, oldest first."""
        self._now_ns = max(self._now_ns, now_ns)
        horizon_ns = now_ns - round(self._rules.hold_s * 1e9)
        events = self._settle_until(horizon_ns)
        if horizon_ns - self._looked_ns >= LOOKED_EVERY_NS:
            self._looked_ns = horizon_ns
            events += self._overdue(horizon_ns)
        return events

    def flush(self) -> Sequence[LapEvent]:
        """The run is over: settle what waits."""
        ends = [one.t_ns for one in self._crossings] + [one.t_ns for one in self._passings.values()] + [t for t, _ in self._taps]
        return [*self._settle_until(max(ends, default=self._now_ns) + 1), *self._overdue(self._now_ns, ended=True)]

    def waiting(self) -> tuple[Crossing, ...]:
        """Crossings that are not settled, ascending: to show that somebody crossed before it is sure who."""
        return tuple(one.crossing for one in self._crossings)

    def guesses(self) -> tuple[tuple[Crossing, str | None, float], ...]:
        """Who the crossings that wait most likely are by now, and how likely: to be shown as such, never kept."""
        if not self._crossings:
            return ()
        window = self._window(self._crossings[-1].t_ns)
        by_column = {column: row for row, column in enumerate(window.best) if column >= 0}
        return tuple(
            (one.crossing, window.told[by_column[column]].pupil, float(window.chance[by_column[column], column]))
            if column in by_column else (one.crossing, None, float(max(0.0, 1.0 - window.chance[:, column].sum())))
            for column, one in enumerate(window.crossings)
        )  # fmt: skip

    def settle(self, number: int, order: Sequence[str | None]) -> Settled:
        """The teacher says who it was: a pupil (or `None` for nobody of them) for each crossing of the dispute, first to last.

        Raises:
            KeyError: no such dispute, or settled long ago.
            ValueError: not one name a crossing, a name twice, or somebody who does not run.
        """
        told = self._disputes[number]
        named = [pupil for pupil in order if pupil is not None]
        if len(order) != len(told.dispute.crossings) or len(set(named)) != len(named) or not self._paces.keys() >= set(named):
            raise ValueError("one name of the run, or none, for each crossing, and no name twice")
        del self._disputes[number]
        laps, withdrawn = [], []
        by_pupil = {lap.pupil: lap for lap in told.laps}
        for crossing, pupil in zip(told.dispute.crossings, order, strict=True):
            if pupil is None:
                continue
            old, pace = by_pupil.get(pupil), self._paces[pupil]
            number_of_lap = pace.laps + 1 if old is None else old.lap
            by: tuple[Witness, ...] = ("camera", "teacher")
            laps.append(LapSeen(pupil, number_of_lap, crossing.t_ns, max(crossing.unsure_ns, CAMERA_NS), by, 1.0))
            if old is None:
                pace.ended(crossing.t_ns)
            else:
                withdrawn.append(old)
                if pace.laps == old.lap:
                    pace.last_ns = crossing.t_ns
        for pupil, old in by_pupil.items():
            if pupil in named:
                continue
            if "radio" in old.by or "tap" in old.by:
                laps.append(replace(old, doubt=None, dispute=None, by=(*old.by, "teacher")))
            elif self._paces[pupil].laps == old.lap:
                self._paces[pupil].laps -= 1
            withdrawn.append(old)
        return Settled(number, tuple(laps), tuple(withdrawn))

    def _settle_until(self, horizon_ns: int) -> list[LapEvent]:
        events: list[LapEvent] = []
        settled_ns: int | None = None
        while True:
            waiting = (
                [one.t_ns for one in self._crossings] + [one.t_ns for one in self._passings.values()] + [t for t, _ in self._taps]
            )
            times = sorted(t for t in waiting if settled_ns is None or t > settled_ns)
            if not times or times[0] > horizon_ns:
                return events
            end_ns = self._end_of_group(times)
            if end_ns > horizon_ns and horizon_ns - times[0] < LONGEST_GROUP_NS:
                return events
            settled_ns = min(horizon_ns, end_ns)
            events += self._settle_group(settled_ns)

    def _end_of_group(self, times: Sequence[int]) -> int:
        """The last before a pause, or before the group gets too long."""
        end_ns = times[0]
        for t in times:
            if t > times[0] + LONGEST_GROUP_NS or t - end_ns > QUIET_NS:
                break
            end_ns = t
        return end_ns

    def _settle_group(self, end_ns: int) -> list[LapEvent]:
        window = self._window(end_ns)
        laps: dict[int, LapSeen] = {}
        waits: set[str] = set()
        for row, (told, column) in enumerate(zip(window.told, window.best, strict=True)):
            if column >= 0 and window.crossings[column].t_ns > end_ns:
                waits.add(told.pupil)
            elif column >= 0:
                laps[row] = self._by_camera(window, row, column)
            elif (
                told.t_ns is not None
                and _known_ns(told) <= end_ns
                and window.ran_alone[row] > (TAPPED if told.tap is not None else 0.5)
            ):
                laps[row] = self._without_camera(window, row)
        disputes = self._dispute(window, laps, end_ns)
        claimed = {column for column in window.best if column >= 0}
        events: list[LapEvent] = [
            Unclaimed(one.crossing, float(max(0.0, 1.0 - window.chance[:, column].sum())))
            for column, one in enumerate(window.crossings) if one.t_ns <= end_ns and column not in claimed
        ]  # fmt: skip
        for row, lap in sorted(laps.items(), key=lambda one: one[1].t_ns):
            events += self._count(lap, sure=bool(window.ran[row] >= SURE))
            self._passings.pop(lap.pupil, None)
        nobodys = [one for column, one in enumerate(window.crossings) if one.t_ns <= end_ns and column not in claimed]
        self._nobodys = [*self._nobodys, *nobodys][-NOBODY_KEPT:]
        counted = {lap.pupil for lap in laps.values()}
        self._seen_ns = [*self._seen_ns, *(one.t_ns for one in self._crossings if one.t_ns <= end_ns)][-MOST_WAITING:]
        self._crossings = [one for one in self._crossings if one.t_ns > end_ns]
        self._passings = {who: one for who, one in self._passings.items() if one.t_ns > end_ns or who in waits}
        self._taps = [(t, who) for t, who in self._taps if who not in counted and (t > end_ns or who in waits)]
        events.sort(key=_when)
        return [*events, *disputes]

    def _window(self, end_ns: int) -> _Window:
        crossings = tuple(one for one in self._crossings if one.t_ns <= end_ns + LOOK_AHEAD_NS)
        taps = self._lay_taps()
        told = tuple(
            Told(pupil, pace, self._passings.get(pupil), taps.get(pupil))
            for pupil, pace in self._paces.items() if pupil not in self._gone
        )  # fmt: skip
        left = [alone(self._rules, one, crossings) for one in told]
        pair = np.full((len(told), len(crossings)), NEVER)
        for row, mine in enumerate(told):
            for column, one in enumerate(crossings):
                cost = together(self._rules, mine, one, crossings, len(self._paces))
                if cost < NEVER:
                    pair[row, column] = cost - left[row][0] + np.log(STRANGERS_A_SECOND)
        chance, staying = marginals(pair)
        ran_alone = np.array([ran for _, ran in left])
        return _Window(told, crossings, tuple(assign(pair)), chance, chance.sum(axis=1) + staying * ran_alone, ran_alone)

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

    def _by_camera(self, window: _Window, row: int, column: int) -> LapSeen:
        told, one, chance = window.told[row], window.crossings[column], window.chance[row]
        by: list[Witness] = ["camera"]
        by += ["radio"] if told.passing is not None else []
        by += ["tap"] if told.tap is not None else []
        by += ["bib"] if one.bib is not None and one.bib[0] == told.pupil else []
        others_ns = np.array([other.t_ns - one.t_ns for other in window.crossings], dtype=np.float64)
        sure = float(chance[np.abs(others_ns) <= TENTH_NS].sum())
        roughly = float(chance[np.abs(others_ns) <= ROUGHLY_NS].sum())
        unsure_ns = float(
            np.hypot(max(one.crossing.unsure_ns, CAMERA_NS), np.sqrt(chance @ others_ns**2 / max(chance.sum(), 1e-9)))
        )
        doubt: LapDoubt | None = None if sure >= SURE else "order" if window.ran[row] >= SURE and roughly >= ROUGHLY_SURE else "who"
        return self._checked(LapSeen(told.pupil, told.pace.laps + 1, one.t_ns, round(unsure_ns), tuple(by), sure, doubt))

    def _without_camera(self, window: _Window, row: int) -> LapSeen:
        told, ran = window.told[row], float(window.ran[row])
        assert told.t_ns is not None
        by: list[Witness] = ["radio"] if told.passing is not None else []
        by += ["tap"] if told.tap is not None else []
        unsure_ns = max(told.passing.unsure_ns, RADIO_NS) if told.passing is not None else 2 * TAP_NS
        doubt: LapDoubt | None = None if ran >= SURE else "who"
        return self._checked(LapSeen(told.pupil, told.pace.laps + 1, told.t_ns, unsure_ns, tuple(by), ran, doubt))

    def _checked(self, lap: LapSeen) -> LapSeen:
        """With the steps as a witness, or marked where they are missing."""
        pace, lap_m = self._paces[lap.pupil], self._rules.lap_m
        steps = pace.steps_since(lap.t_ns)
        if steps is None or lap_m is None:
            return lap
        if steps_fit(lap_m, steps, usual_steps=pace.usual_steps):
            return replace(lap, by=(*lap.by, "steps"))
        return replace(lap, doubt=lap.doubt or "steps")

    def _count(self, lap: LapSeen, *, sure: bool) -> list[LapSeen]:
        """Take a lap into the runner's pace, and before it those that went by unseen, if there were any."""
        pace = self._paces[lap.pupil]
        unseen = pace.unseen_before(lap.t_ns)
        if self._rules.laps is not None:
            unseen = min(unseen, self._rules.laps - pace.laps - 1)
        before: list[LapSeen] = []
        for left in range(unseen, 0, -1):
            each_ns = (lap.t_ns - pace.last_ns) // (left + 1)
            before.append(self._unseen(lap, each_ns))
            pace.ended(before[-1].t_ns, sure=False)
        pace.ended(lap.t_ns, sure=sure and not before)
        if pace.laps == 1:
            self._learn_of_all()
        return [*before, replace(lap, lap=pace.laps)]

    def _unseen(self, lap: LapSeen, each_ns: int) -> LapSeen:
        """A lap before this one that nobody told of, if each took about so long; at a crossing that is nobody's, if one is near."""
        pace = self._paces[lap.pupil]
        t_ns = pace.last_ns + each_ns
        near = min(self._nobodys, key=lambda one: abs(one.t_ns - t_ns), default=None)
        by: list[Witness] = ["steps"] if pace.steps_since(lap.t_ns) is not None else []
        if near is not None and abs(near.t_ns - t_ns) < each_ns // UNSURE_OF_UNSEEN:
            self._nobodys.remove(near)
            t_ns, by = near.t_ns, ["camera", *by]
        return LapSeen(lap.pupil, pace.laps + 1, t_ns, each_ns // UNSURE_OF_UNSEEN, tuple(by), 0.5, "missed")

    def _learn_of_all(self) -> None:
        """Once most have run the first lap, it is known what the others take for theirs."""
        firsts = [pace.first_s for pace in self._paces.values() if pace.first_s is not None]
        if len(firsts) >= max(FEWEST_FIRSTS, MOST_OF_ALL * len(self._paces)):
            logs = np.log(firsts)
            for pace in self._paces.values():
                pace.expect(float(np.exp(np.median(logs))), float(np.std(logs)))

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
            events += self._count(self._checked(lap), sure=False)
        self._nobodys = [one for column, one in enumerate(self._nobodys) if column not in claimed]
        return events

    def _dispute(self, window: _Window, laps: dict[int, LapSeen], end_ns: int) -> list[Dispute]:
        """Questions about crossings that are settled now and not sure; the laps told for them get the question's number."""
        unsure = [
            column for column, one in enumerate(window.crossings)
            if one.t_ns <= end_ns and SURE > window.chance[:, column].max(initial=0.0) >= ASKED_ABOVE
        ]  # fmt: skip
        disputes = []
        for columns, rows in entangled(window.chance, unsure, ASKED_ABOVE):
            self._numbers += 1
            rows.sort(key=lambda row: (window.best[row] < 0, window.best[row], -float(window.chance[row].max())))
            for row in rows:
                if row in laps:
                    laps[row] = replace(laps[row], dispute=self._numbers)
            dispute = Dispute(
                self._numbers,
                tuple(window.crossings[column].crossing for column in columns),
                tuple(window.told[row].pupil for row in rows),
                tuple(tuple(float(window.chance[row, column]) for row in rows) for column in columns),
                any(window.told[row].pace.laps + 1 == self._rules.laps for row in rows),
            )
            self._disputes[self._numbers] = _Asked(dispute, tuple(laps[row] for row in rows if row in laps))
            while len(self._disputes) > DISPUTES_KEPT:
                self._disputes.popitem(last=False)
            disputes.append(dispute)
        return disputes


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
        case _:
            assert_never(event)
