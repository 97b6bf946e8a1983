"""Feet that land, stand and fly, and what that does to the hips: thrown up in each contact, falling freely in between."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

GRAVITY_MPS2: Final = 9.80665
SETTLE_S: Final = 0.3
"""A body needs this long to come to rest after a hop, or to push before one; with more time than both take it stands in between."""
PAUSE: Final = 1.7
"""Hops further apart than this many usual intervals have a pause between them."""


class Footwork:
    """Hops of one body.

    Args:
        hops_s: landings, ascending.
        flights_s: how long nothing touched the ground before each landing; 0 where one foot takes over from the other, below 0 for
            how long both stand in a walk.
        usual_s: usual interval of two landings.
        first_left: with which foot each run of hops begins, where feet alternate.
    """

    def __init__(self, hops_s: Sequence[float], flights_s: Sequence[float], usual_s: float, *, first_left: bool = True) -> None:
        self.hops_s, self.flights_s = np.array(hops_s, dtype=np.float64), np.array(flights_s, dtype=np.float64)
        self._usual_s = usual_s
        fly_s = [max(0.0, flight_s) for flight_s in flights_s]
        rows: list[tuple[float, float, float, float]] = []
        self._runs: list[tuple[int, int]] = []
        for index, (hop_s, flight_s) in enumerate(zip(hops_s, fly_s, strict=True)):
            if not index or hop_s - hops_s[index - 1] > PAUSE * usual_s:
                self._runs.append((index, index))
                rows.append((hop_s - flight_s - SETTLE_S, SETTLE_S, 0.0, flight_s))
            last = index + 1 == len(hops_s) or hops_s[index + 1] - hop_s > PAUSE * usual_s
            after_s = 0.0 if last else fly_s[index + 1]
            leaves_s = hop_s if last else hops_s[index + 1] - after_s
            if last or leaves_s - hop_s > 2 * SETTLE_S:
                rows.append((hop_s, SETTLE_S, flight_s, 0.0))
                if not last:
                    rows.append((leaves_s - SETTLE_S, SETTLE_S, 0.0, after_s))
            else:
                rows.append((hop_s, leaves_s - hop_s, flight_s, after_s))
            self._runs[-1] = (self._runs[-1][0], index + 1)
        table = np.array(rows or [(-1e9, 1.0, 0.0, 0.0)])
        self._start_s, self._length_s, self._before_s, self._after_s = table.T
        self._swings = self._swung(first_left=first_left)

    def lift_m(self, t_s: Floats) -> Floats:
        """How far the hips are above their height at ease: in flight up to g·t²/8, on the ground below 0 as the knees give way."""
        index = np.maximum(np.searchsorted(self._start_s, t_s, side="right") - 1, 0)
        since_s = t_s - self._start_s[index]
        length_s, after_s = self._length_s[index], self._after_s[index]
        share = np.clip(since_s / length_s, 0.0, 1.0)
        # The curve that comes in with the speed of one flight and goes out with that of the next.
        falls, rises = (0.5 * GRAVITY_MPS2 * flight_s for flight_s in (self._before_s[index], after_s))
        sunk = length_s * (falls * share * (1.0 - share) ** 2 + rises * share**2 * (1.0 - share))
        flown_s = np.clip(since_s - length_s, 0.0, after_s)
        lift: Floats = 0.5 * GRAVITY_MPS2 * flown_s * (after_s - flown_s) - np.where(since_s >= 0, sunk, 0.0)
        return lift

    def flown(self, t_s: Floats) -> Floats:
        """How far through a flight of the whole body: 0 to 1, 0 on the ground."""
        index = np.maximum(np.searchsorted(self._start_s, t_s, side="right") - 1, 0)
        flown_s = t_s - self._start_s[index] - self._length_s[index]
        after_s = self._after_s[index]
        return np.where((flown_s > 0) & (flown_s < after_s), flown_s / np.maximum(after_s, 1e-9), 0.0)

    def swung(self, t_s: Floats, side: int) -> Floats:
        """Where feet alternate: how far through the air the left (0) or right (1) foot is, 0 to 1; 0 on the ground."""
        leaves_s, lands_s = self._swings[side]
        if not len(leaves_s):
            return np.zeros_like(t_s)
        index = np.maximum(np.searchsorted(leaves_s, t_s, side="right") - 1, 0)
        share = (t_s - leaves_s[index]) / np.maximum(lands_s[index] - leaves_s[index], 1e-3)
        return np.where((share > 0) & (share < 1), share, 0.0)

    def carried(self, t_s: Floats, side: int) -> Floats:
        """Where feet alternate: where the left (0) or right (1) foot is under a body that travels: 1 as it lands, then to -1."""
        leaves_s, lands_s = self._swings[side]
        if not len(leaves_s):
            return np.zeros_like(t_s)
        index = np.searchsorted(lands_s, t_s, side="right")
        landed_s = np.concatenate([[leaves_s[0] - SETTLE_S], lands_s])[index]
        until_s = np.concatenate([leaves_s, [lands_s[-1] + SETTLE_S]])[index]
        first, last = index == 0, index == len(lands_s)
        stood = np.clip((t_s - landed_s) / np.maximum(until_s - landed_s, 1e-3), 0.0, 1.0)
        along = np.where(first, -stood, np.where(last, 1.0 - stood, 1.0 - 2.0 * stood))
        share = self.swung(t_s, side)
        place: Floats = np.where(share > 0, -np.cos(np.pi * share), along)
        return place

    def landed_by(self, side: int) -> Floats:
        """Landings of one foot, where feet alternate."""
        return self.hops_s[np.isin(self.hops_s, self._swings[side][1])]

    def _swung(self, *, first_left: bool) -> tuple[tuple[Floats, Floats], tuple[Floats, Floats]]:
        """When each foot leaves the ground and when it lands again."""
        spans: tuple[list[tuple[float, float]], list[tuple[float, float]]] = ([], [])
        for begin, end in self._runs:
            # Both stand before a run and after it; the foot that lands first leaves first.
            stands_until_s = [self.hops_s[begin] - max(self.flights_s[begin], 0.8 * self._usual_s)] * 2
            stands_until_s[1] = self.hops_s[begin] - self.flights_s[begin]
            for index in range(begin, end):
                number = index - begin
                foot = (number + (not first_left)) % 2
                spans[foot].append((stands_until_s[number % 2], self.hops_s[index]))
                leaves_s = self.hops_s[index + 1] - self.flights_s[index + 1] if index + 1 < end else np.inf
                stands_until_s[number % 2] = leaves_s
            other = (end - begin) % 2
            if np.isfinite(stands_until_s[other]):
                joins_s = self.hops_s[end - 1] + min(SETTLE_S, self._usual_s)
                spans[(other + (not first_left)) % 2].append((stands_until_s[other], joins_s))
        left, right = (np.array(span).reshape(-1, 2) for span in spans)
        return (left[:, 0], left[:, 1]), (right[:, 0], right[:, 1])
