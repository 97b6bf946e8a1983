"""The laps of a run as they stand: what each pupil's are like, what they were told by, and which crossings nobody claimed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from edge.counting.lap_events import LapSeen
from edge.counting.lap_likelihood import Found
from edge.counting.lap_pace import FIRST_SPREAD, LEAST_CLASS_SPREAD, Pace
from edge.counting.lap_search import UNSURE_OF_UNSEEN, Record

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping, Sequence

    from edge.counting.lap_events import Witness
    from edge.counting.lap_likelihood import Waiting
    from edge.counting.lap_rules import LapRules

NOBODYS_KEPT: Final = 64
FEWEST_FIRSTS: Final = 6
MOST_OF_ALL: Final = 0.7
"""Before so many have run the first lap, those who have are the fast ones."""


class Ledger:
    """The laps that are counted.

    Args:
        pupils: who runs, by id.
        starts_ns: start of a pupil who did not start with the signal.

    Attributes:
        paces: by pupil.
        records: by pupil.
        nobodys: crossings that nobody claimed, the newest.
        first: what a first lap takes in this class, in seconds, and its spread as a logarithm.
    """

    def __init__(self, pupils: Sequence[str], rules: LapRules, starts_ns: Mapping[str, int]) -> None:
        self._rules = rules
        self.paces = {pupil: Pace(starts_ns.get(pupil, rules.start_ns), rules.usual_s, rules.least_lap_s) for pupil in pupils}
        self.records = {pupil: Record(pupil, pace.began_ns) for pupil, pace in self.paces.items()}
        self.nobodys: list[Waiting] = []
        self.first = (rules.usual_s, FIRST_SPREAD)

    def count(self, end: Found, lap: LapSeen, *, sure: bool) -> list[LapSeen]:
        """Take a lap into the runner's pace, and before it those that went by unseen, if there were any.

        Args:
            end: what tells of it.
            sure: whether the pace may learn from it.

        Returns:
            The lap with its number, after those that went by unseen.
        """
        pace = self.paces[lap.pupil]
        unseen = pace.unseen_before(lap.t_ns)
        if self._rules.laps is not None:
            unseen = min(unseen, self._rules.laps - pace.laps - 1)
        record = self.records[lap.pupil]
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

    def unclaimed(self, crossings: Iterable[Waiting], claimed: Container[int]) -> None:
        """Crossings that are settled; those that nobody claimed are kept.

        Args:
            claimed: by `id`; also of earlier ones.
        """
        nobodys = [one for one in (*self.nobodys, *crossings) if id(one) not in claimed]
        self.nobodys = nobodys[-NOBODYS_KEPT:]

    def exchange(self, claimed: Container[Waiting], freed: Iterable[Waiting]) -> None:
        """Somebody claimed some after all, and others are nobody's now."""
        nobodys = [one for one in self.nobodys if one not in claimed]
        self.nobodys = sorted([*nobodys, *freed], key=lambda one: one.t_ns)[-NOBODYS_KEPT:]

    def stand(self, pupil: str, ends_ns: Sequence[int]) -> None:
        """These laps stand by somebody's word, by the ascending times of their ends."""
        before = self.mark(pupil)
        self.paces[pupil].stand(ends_ns)
        self.stands(pupil, before)

    def mark(self, pupil: str) -> tuple[int, int]:
        """How many laps a pupil has, and when the last one ended."""
        return self.paces[pupil].laps, self.paces[pupil].last_ns

    def stands(self, pupil: str, before: tuple[int, int]) -> None:
        """What has changed since `before` was marked is a teacher's word, and not looked at again."""
        pace = self.paces[pupil]
        if before != self.mark(pupil):
            self.records[pupil].stand(pace.laps, pace.last_ns, pace.usual_s)

    def _unseen(self, lap: LapSeen, each_ns: int) -> tuple[LapSeen, Waiting | None]:
        """A lap before this one that nobody told of, if each took about so long; at a crossing that is nobody's, if one is near."""
        pace = self.paces[lap.pupil]
        t_ns = pace.last_ns + each_ns
        near = min(self.nobodys, key=lambda one: abs(one.t_ns - t_ns), default=None)
        by: list[Witness] = ["steps"] if pace.steps_since(lap.t_ns) is not None else []
        if near is not None and abs(near.t_ns - t_ns) < each_ns // UNSURE_OF_UNSEEN:
            self.nobodys.remove(near)
            t_ns, by = near.t_ns, ["camera", *by]
        else:
            near = None
        return LapSeen(lap.pupil, pace.laps + 1, t_ns, each_ns // UNSURE_OF_UNSEEN, tuple(by), 0.5, "missed"), near

    def _learn_of_all(self) -> None:
        """Once most have run the first lap, it is known what the others take for theirs."""
        firsts = [pace.first_s for pace in self.paces.values() if pace.first_s is not None]
        if len(firsts) >= max(FEWEST_FIRSTS, MOST_OF_ALL * len(self.paces)):
            logs = np.log(firsts)
            self.first = (float(np.exp(np.median(logs))), max(float(np.std(logs)), LEAST_CLASS_SPREAD))
            for pace in self.paces.values():
                pace.expect(*self.first)
