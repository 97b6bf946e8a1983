"""Taps on the tablet that wait for their crossings, laid to them by order and by each pupil's pace."""

from __future__ import annotations

import bisect
from typing import TYPE_CHECKING, Final

import numpy as np

from edge.counting.lap_likelihood import LEAST_TAP, STRANGERS_A_SECOND, TAPS_FORGOTTEN, UNSEEN_IN_A_CROWD, WRONG_TAPS_A_SECOND
from edge.counting.lap_taps import AFTER_S, tap_chances, tap_order

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from numpy.typing import NDArray

    from edge.counting.lap_likelihood import Waiting
    from edge.counting.lap_pace import Pace

    Floats = NDArray[np.float64]

AFTER_NS: Final = round(AFTER_S * 1e9)
WRONG_TAPS: Final = 0.01
"""Share of taps on somebody else's name; not measured with teachers."""
MOST_TAPS: Final = 128
TAPS_BEHIND_NS: Final = 8_000_000_000
"""Taps and crossings that are settled tell for so long how far the teacher was behind."""


class Tapped:
    """The taps of one run; the newest `MOST_TAPS` are kept.

    Attributes:
        waiting: when and whom, ascending: those that no lap has taken.
    """

    def __init__(self) -> None:
        self.waiting: list[tuple[int, str]] = []
        self._taps_ns: list[int] = []
        self._settled_ns: list[int] = []

    def add(self, pupil: str, t_ns: int, *, can_be: bool) -> None:
        """A name was tapped; where it can be no lap of the pupil (`can_be`), it still has its place in the order of the taps."""
        if can_be:
            bisect.insort(self.waiting, (t_ns, pupil))
            del self.waiting[:-MOST_TAPS]
        bisect.insort(self._taps_ns, t_ns)
        del self._taps_ns[:-MOST_TAPS]

    def settled(self, crossings: Sequence[Waiting]) -> None:
        """These crossings wait no longer."""
        self._settled_ns = [*self._settled_ns, *(one.t_ns for one in crossings)][-MOST_TAPS:]

    def forget(self, end_ns: int, counted: Collection[str], waits: Collection[str]) -> None:
        """All until `end_ns` is settled: no tap is kept of whose lap is told, and of the others until then those of who waits."""
        self.waiting = [(t, who) for t, who in self.waiting if who not in counted and (t > end_ns or who in waits)]

    def lay(self, crossings: Sequence[Waiting], paces: Mapping[str, Pace]) -> dict[str, tuple[int, int]]:
        """By pupil, a tap that waits and when its body crossed; each of the crossings learns which names fit it.

        Of two taps of one name, one is on the wrong name: the one that fits less.

        Args:
            crossings: those that wait, ascending.
        """
        if not self.waiting:
            return {}
        since_ns = min([self.waiting[0][0], *(one.t_ns for one in crossings)]) - TAPS_BEHIND_NS
        taps_ns = [t for t in self._taps_ns if t >= since_ns]
        times_ns = [*(t for t in self._settled_ns if t >= since_ns), *(one.t_ns for one in crossings)]
        taps_s, times_s = ([(t - since_ns) / 1e9 for t in some] for some in (taps_ns, times_ns))
        order = tap_order(taps_s, times_s)
        chances = tap_chances(taps_s, times_s, *self._weights(taps_ns, times_ns, paces))
        settled = len(times_ns) - len(crossings)
        for one in crossings:
            one.taps, one.named = {}, {}
        told: dict[str, tuple[int, int]] = {}
        best: dict[str, float] = {}
        for t_ns, pupil in self.waiting:
            row = taps_ns.index(t_ns)
            crossed_ns = since_ns + round(float(order.crossed_s[row]) * 1e9)
            fits = order.density[row, settled:]
            likely = paces[pupil].hazard_per_s(crossed_ns) * max(LEAST_TAP, float(fits.max(initial=0.0)))
            if pupil in told and likely <= best[pupil]:
                continue
            told[pupil], best[pupil] = (t_ns, crossed_ns), likely
            for one, fit, chance in zip(crossings, fits, chances[row, settled:], strict=True):
                one.taps[pupil], one.named[pupil] = float(fit), float(chance)
        return told

    def _weights(
        self, taps_ns: Sequence[int], times_ns: Sequence[int], paces: Mapping[str, Pace]
    ) -> tuple[Floats, Floats, Floats, Floats]:
        """For `tap_chances`. Of a tap whose lap is told the pace says nothing any more: all crossings are the same to it."""
        due = {pupil: np.array([pace.hazard_per_s(t) for t in times_ns]) for pupil, pace in paces.items()}
        anybody = sum(due.values(), np.zeros(len(times_ns)))
        whose = dict(self.waiting)
        right, wrong = np.ones((len(taps_ns), len(times_ns))), np.zeros((len(taps_ns), len(times_ns)))
        alone = np.full(len(taps_ns), UNSEEN_IN_A_CROWD)
        for row, t_ns in enumerate(taps_ns):
            pupil = whose.get(t_ns)
            if pupil is not None:
                right[row] = due[pupil]
                wrong[row] = WRONG_TAPS * (anybody - due[pupil]) / len(paces)
                alone[row] = UNSEEN_IN_A_CROWD * paces[pupil].hazard_per_s(t_ns - AFTER_NS) + WRONG_TAPS_A_SECOND
        return right, wrong, alone, STRANGERS_A_SECOND + TAPS_FORGOTTEN * anybody
