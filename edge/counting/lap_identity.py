"""Who ran a lap: crossings of a camera, passings of bands, steps, bib numbers and a teacher's taps, matched over a sliding window.

Each way of explaining what was seen has a likelihood: this crossing was that pupil; the camera missed one whom the radio heard;
the radio invented one; somebody crossed who does not run. The likeliest explanation of the whole window is told, and how likely
each part of it is over all explanations. What is not sure is marked, and put to the teacher with all that is needed to ask. Pure,
live, bounded.
"""

from __future__ import annotations

from copy import copy
from dataclasses import replace
from typing import TYPE_CHECKING, Final, assert_never

from edge.counting.lap_afterwards import again, overdue
from edge.counting.lap_events import Dispute, LapSeen, Unclaimed, Withdrawn
from edge.counting.lap_ledger import Ledger
from edge.counting.lap_likelihood import EVERYTHING, TAPPED, TOLD_RATHER, Found, Told, over
from edge.counting.lap_pending import Pending
from edge.counting.lap_questions import Questions
from edge.counting.lap_telling import SURE, by_camera, without_camera
from edge.counting.lap_window import LONGEST_GROUP_NS, Past, Window, end_of_group, likeliest, weigh

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from edge.counting.events import Crossing
    from edge.counting.gate import Passing
    from edge.counting.lap_events import LapEvent, Settled
    from edge.counting.lap_rules import LapRules

LOOKED_EVERY_NS: Final = 1_000_000_000
LOOKED_AT_END: Final = 3
"""A crossing that is freed when a lap is taken back may be another pupil's last one."""


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
        self._ledger = Ledger(pupils, rules, starts_ns or {})
        self._paces = self._ledger.paces
        self._pending = Pending()
        self._questions = Questions()
        self._gone: set[str] = set()
        self._looked_ns = self._now_ns = rules.start_ns

    def crossed(self, crossing: Crossing) -> bool:
        """The camera saw a body over the line, in the direction of the run; false if it can be nobody's, as all are too early."""
        if all(over(self._rules, pace, crossing.t_ns) for pace in self._paces.values()):
            return False
        self._pending.crossed(crossing)
        return True

    def read(self, track: int, number: int, confidence: float) -> None:
        """A bib was read at the crossing of this track; a number that nobody wears is no witness."""
        pupil = self._bibs.get(number)
        if pupil in self._paces:
            self._pending.read(track, pupil, confidence)

    def passed(self, pupil: str, passing: Passing) -> None:
        """The band of a pupil passed the line."""
        pace = self._paces.get(pupil)
        if pace is None:
            return
        pace.heard(passing.t_ns)
        record = self._ledger.records[pupil]
        record.heard(passing)
        too_soon = over(self._rules, pace, passing.t_ns)
        record.doubtful |= pace.laps > 0 and too_soon and passing.confidence >= SURE
        if not too_soon:
            self._pending.passed(pupil, passing)

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
        self._pending.taps.add(pupil, t_ns, can_be=pace is not None and not over(self._rules, pace, t_ns))

    def stop(self, pupil: str, *, stopped: bool = True) -> None:
        """The teacher says that a pupil has stopped for good, or runs on."""
        if stopped:
            self._gone.add(pupil)
        else:
            self._gone.discard(pupil)

    def stand(self, pupil: str, ends_ns: Sequence[int]) -> None:
        """After a restart, or a word of the teacher: the laps of a pupil that stand, by the ascending times of their ends."""
        if pupil in self._paces:
            self._ledger.stand(pupil, ends_ns)

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
            events += self._afterwards(horizon_ns, horizon_ns - LONGEST_GROUP_NS)
        return events

    def flush(self) -> Sequence[LapEvent]:
        """The run is over: settle what waits."""
        events = self._settle_until(max(self._pending.times_ns(), default=self._now_ns) + 1, EVERYTHING)
        for _ in range(LOOKED_AT_END):
            found = self._afterwards(self._now_ns, self._now_ns, ended=True)
            events += found
            if not found:
                break
        return events

    def waiting(self) -> tuple[Crossing, ...]:
        """Crossings that are not settled, ascending: to show that somebody crossed before it is sure who."""
        return tuple(one.crossing for one in self._pending.crossings)

    def guesses(self) -> tuple[tuple[Crossing, str | None], ...]:
        """Who the crossings that wait most likely are by now: to be shown as such, never kept."""
        wait = self._pending.crossings
        if not wait:
            return ()
        told, crossings = self._pending.in_sight(self._paces, self._gone, wait[-1].t_ns, self._now_ns)
        best = likeliest(self._rules, told, self._pending.past, crossings, len(self._paces))
        named = {column: mine.pupil for mine, column in zip(told, best, strict=True)}
        return tuple((one.crossing, named.get(column)) for column, one in enumerate(crossings) if one in wait)

    def settle(self, number: int, order: Sequence[str | None]) -> Settled:
        """The teacher says who it was: a pupil (or `None` for nobody of them) for each crossing of the dispute, first to last.

        Raises:
            KeyError: no such dispute, or settled long ago.
            ValueError: not one name a crossing, a name twice, or somebody who does not run.
        """
        before = {pupil: self._ledger.mark(pupil) for pupil in self._paces}
        settled = self._questions.settle(number, order, self._paces)
        for pupil in {lap.pupil for lap in (*settled.laps, *settled.withdrawn)}:
            self._ledger.stands(pupil, before[pupil])
        return settled

    def _settle_until(self, horizon_ns: int, known_ns: int) -> list[LapEvent]:
        events: list[LapEvent] = []
        settled_ns: int | None = None
        while True:
            times = sorted(t for t in self._pending.times_ns() if settled_ns is None or t > settled_ns)
            if not times or times[0] > horizon_ns:
                return events
            end_ns = end_of_group(times)
            if end_ns > horizon_ns and horizon_ns - times[0] < LONGEST_GROUP_NS:
                return events
            settled_ns = min(horizon_ns, end_ns)
            events += self._settle_group(settled_ns, known_ns)

    def _settle_group(self, end_ns: int, known_ns: int) -> list[LapEvent]:
        told, crossings = self._pending.in_sight(self._paces, self._gone, end_ns, known_ns)
        window = weigh(self._rules, told, self._pending.past, crossings, len(self._paces))
        laps, waits = self._laps_of(window, end_ns)
        new = [one for one in self._pending.crossings if one.t_ns <= end_ns]
        columns = [column for column, one in enumerate(window.crossings) if one in new]
        disputes = self._questions.ask(window, laps, columns, self._rules.laps)
        claimed = {id(window.crossings[column]) for column in window.best if column >= 0}
        events: list[LapEvent] = [
            Unclaimed(window.crossings[column].crossing, window.nobody(column))
            for column in columns if id(window.crossings[column]) not in claimed
        ]  # fmt: skip
        past: list[Past] = []
        for row, lap in sorted(laps.items(), key=lambda one: one[1].t_ns):
            column = window.best[row]
            before = replace(window.told[row], pace=copy(window.told[row].pace))
            crossing = window.crossings[column] if column >= 0 else None
            past.append(Past(before, crossing, lap.t_ns))
            end = Found(lap.pupil, lap.t_ns, crossing, before.passing, before.tap is not None)
            events += self._ledger.count(end, lap, sure=bool(window.ran[row] >= SURE))
        self._ledger.unclaimed(new, claimed)
        self._pending.settle(end_ns, past, waits)
        events.sort(key=_when)
        return [*events, *disputes]

    def _laps_of(self, window: Window, end_ns: int) -> tuple[dict[int, LapSeen], set[str]]:
        """The laps that end in a group, by row of the window, and the pupils whose laps, as it seems, end after it."""
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
        return laps, waits

    def _afterwards(self, settled_ns: int, known_ns: int, *, ended: bool = False) -> list[LapEvent]:
        late = overdue(self._rules, self._ledger, {*self._gone, *self._pending.passings}, settled_ns, ended=ended)
        changed = again(self._rules, self._ledger, self._gone, known_ns, ended=ended)
        for one in changed:
            if isinstance(one, Withdrawn):
                self._pending.take_back(one.lap.pupil, one.lap.t_ns)
        return [*late, *changed]


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
