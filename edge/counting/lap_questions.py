"""Questions about crossings that cannot be told apart: asked with all that a teacher needs, and settled by the answer."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from edge.counting.lap_disputes import entangled
from edge.counting.lap_events import Dispute, LapSeen, Settled
from edge.counting.lap_likelihood import CAMERA_NS
from edge.counting.lap_telling import SURE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from edge.counting.lap_events import Witness
    from edge.counting.lap_pace import Pace
    from edge.counting.lap_window import Window

ASKED_ABOVE: Final = 0.05
"""Who is less likely than this is not named in a question."""
DISPUTES_KEPT: Final = 64


@dataclass(slots=True)
class _Asked:
    """A dispute that may still be settled, with the laps told for now."""

    dispute: Dispute
    laps: tuple[LapSeen, ...]


class Questions:
    """The questions of one run; the newest `DISPUTES_KEPT` may still be settled."""

    def __init__(self) -> None:
        self._asked: OrderedDict[int, _Asked] = OrderedDict()
        self._numbers = 0

    def ask(self, window: Window, laps: dict[int, LapSeen], new: Sequence[int], last_lap: int | None) -> list[Dispute]:
        """Questions about crossings that are settled now and not sure; the laps told for them get the question's number.

        Where no lap of a bunch is marked there is nothing to ask: two of them crossed within a tenth of a second.

        Args:
            laps: by row of the window.
            new: the columns that are settled now.
            last_lap: on whose end a result hangs; `None` where a run has no last one.
        """
        unsure = [
            column for column in new if SURE > window.chance[:, column].max(initial=0.0) >= ASKED_ABOVE
        ]  # fmt: skip
        disputes = []
        for columns, rows in entangled(window.chance, unsure, ASKED_ABOVE):
            if not any(laps[row].flagged for row in rows if row in laps):
                continue
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
                any(window.told[row].pace.laps + 1 == last_lap for row in rows),
            )
            self._asked[self._numbers] = _Asked(dispute, tuple(laps[row] for row in rows if row in laps))
            while len(self._asked) > DISPUTES_KEPT:
                self._asked.popitem(last=False)
            disputes.append(dispute)
        return disputes

    def settle(self, number: int, order: Sequence[str | None], paces: Mapping[str, Pace]) -> Settled:
        """See `LapIdentity.settle`; the paces learn of it."""
        told = self._asked[number]
        named = [pupil for pupil in order if pupil is not None]
        if len(order) != len(told.dispute.crossings) or len(set(named)) != len(named) or not paces.keys() >= set(named):
            raise ValueError("one name of the run, or none, for each crossing, and no name twice")
        del self._asked[number]
        laps, withdrawn = [], []
        by_pupil = {lap.pupil: lap for lap in told.laps}
        for crossing, pupil in zip(told.dispute.crossings, order, strict=True):
            if pupil is None:
                continue
            old, pace = by_pupil.get(pupil), paces[pupil]
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
            elif paces[pupil].laps == old.lap:
                paces[pupil].laps -= 1
            withdrawn.append(old)
        return Settled(number, tuple(laps), tuple(withdrawn))
