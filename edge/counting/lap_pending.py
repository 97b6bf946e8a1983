"""What waits to be settled: crossings, passings and taps; and what was just before, as doubt does not end where a group does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from edge.counting.lap_likelihood import Told, Waiting
from edge.counting.lap_tapped import Tapped
from edge.counting.lap_window import BESIDE_NS, Past

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from edge.counting.events import Crossing
    from edge.counting.gate import Passing
    from edge.counting.lap_pace import Pace

MOST_WAITING: Final = 128


class Pending:
    """All of one run that is not settled, bounded.

    Attributes:
        crossings: those that wait, ascending.
        passings: the surest of each pupil that waits.
        taps: of the tablet.
        past: laps told within `BESIDE_NS` of the last that was settled.
    """

    def __init__(self) -> None:
        self.crossings: list[Waiting] = []
        self.passings: dict[str, Passing] = {}
        self.taps = Tapped()
        self.past: list[Past] = []
        self._settled: list[Waiting] = []

    def crossed(self, crossing: Crossing) -> None:
        """A body crossed."""
        self.crossings.append(Waiting(crossing))
        self.crossings.sort(key=lambda one: (one.t_ns, one.crossing.track))
        del self.crossings[:-MOST_WAITING]

    def passed(self, pupil: str, passing: Passing) -> None:
        """A band passed; of two that wait the surer one is kept."""
        before = self.passings.get(pupil)
        if before is None or before.confidence < passing.confidence:
            self.passings[pupil] = passing

    def read(self, track: int, pupil: str, confidence: float) -> None:
        """This pupil's bib was read at the crossing of a track; of two numbers the surer one is kept."""
        for one in self.crossings:
            if one.crossing.track == track and (one.bib is None or one.bib[1] < confidence):
                one.bib = (pupil, min(max(confidence, 0.01), 0.99))

    def times_ns(self) -> list[int]:
        """When something was seen or heard that waits."""
        crossed = [one.t_ns for one in self.crossings]
        return [*crossed, *(one.t_ns for one in self.passings.values()), *(t for t, _ in self.taps.waiting)]

    def in_sight(
        self, paces: Mapping[str, Pace], gone: Collection[str], end_ns: int, known_ns: int
    ) -> tuple[list[Told], tuple[Waiting, ...]]:
        """What is weighed together: who may have crossed, and the crossings up to some seconds after a group.

        Args:
            gone: who runs no more.
            end_ns: end of the group.
            known_ns: what was told until then is known.
        """
        waiting = (one for one in self.crossings if one.t_ns <= end_ns + BESIDE_NS)
        crossings = sorted((*self._settled, *waiting), key=lambda one: (one.t_ns, one.crossing.track))
        taps = self.taps.lay(self.crossings, paces)
        told = [
            Told(pupil, pace, self.passings.get(pupil), taps.get(pupil), known_ns)
            for pupil, pace in paces.items() if pupil not in gone
        ]  # fmt: skip
        return told, tuple(crossings)

    def take_back(self, pupil: str, t_ns: int) -> None:
        """The lap that was told of a pupil at this time was none: its crossing may be somebody else's."""
        self.past = [one for one in self.past if (one.told.pupil, one.t_ns) != (pupil, t_ns)]

    def settle(self, end_ns: int, told: Sequence[Past], waits: Collection[str]) -> None:
        """All until `end_ns` is settled.

        Args:
            told: the laps of it.
            waits: pupils whose laps ended later, as it seems: what was told of them waits on.
        """
        counted = {one.told.pupil for one in told}
        new = [one for one in self.crossings if one.t_ns <= end_ns]
        self.taps.settled(new)
        self.taps.forget(end_ns, counted, waits)
        self.crossings = [one for one in self.crossings if one.t_ns > end_ns]
        self._settled = [one for one in (*self._settled, *new) if one.t_ns > end_ns - BESIDE_NS]
        self.past = [one for one in (*self.past, *told) if one.t_ns > end_ns - BESIDE_NS]
        self.passings = {
            who: one for who, one in self.passings.items() if who not in counted and (one.t_ns > end_ns or who in waits)
        }  # fmt: skip
