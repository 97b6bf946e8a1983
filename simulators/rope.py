"""A rope in two hands: how far it has turned, and where it is in space."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

POINTS: Final = 27
"""Points that a rope is drawn through."""
LYING: Final = 0.045
"""Where a rope rests behind the heels, in turns; 0 is under the feet."""
CAUGHT: Final = -0.09
"""Where a rope is that has been caught by the toes."""


class RopeTurns:
    """How far a rope has turned: whole when it is under the feet.

    Args:
        runs_s: for each run of skips when the rope passes under the feet, ascending.
        trips_s: when it was caught.
        usual_s: usual time of a turn.
    """

    def __init__(self, runs_s: Sequence[Sequence[float]], trips_s: Sequence[float], usual_s: float) -> None:
        at_s, turns = [-1e3], [LYING]
        count = 0.0
        for passes_s in runs_s:
            begins_s = passes_s[0] - 0.95 * usual_s
            at_s += [max(at_s[-1] + 1e-3, begins_s), *passes_s]
            turns += [count + LYING, *(count + 1.0 + np.arange(len(passes_s))).tolist()]
            count += len(passes_s)
            trip_s = next((trip_s for trip_s in trips_s if 0 < trip_s - passes_s[-1] < 1.5 * usual_s + 0.1), None)
            if trip_s is None:
                # It swings over once more and slows down until it lies before the feet.
                at_s += [passes_s[-1] + 0.45 * usual_s, passes_s[-1] + 1.1 * usual_s]
                turns += [count + 0.45, count + 0.93]
                count += 1.0
            else:
                at_s += [max(trip_s, at_s[-1] + 0.05)]
                turns += [count + 1.0 + CAUGHT]
                count += 1.0
            at_s += [at_s[-1] + 0.5, at_s[-1] + 1.0]
            turns += [turns[-1], count + LYING]
        self._at_s, self._turns = np.array(at_s), np.array(turns)

    def at(self, t_s: Floats) -> Floats:
        """Turns at each moment."""
        turns: Floats = np.interp(t_s, self._at_s, self._turns)
        return turns


def rope_points(hands: Floats, turns: Floats, heading_rad: Floats, hangs_m: Floats) -> Floats:
    """float64[n, 27, 3]: the rope from the left hand to the right, thrown outwards by its turning.

    Args:
        hands: float64[n, 2, 3], in space.
        turns: 0 under the feet; it goes up behind the back and comes down before the face.
        hangs_m: how far its middle is from the hands.
    """
    angle = 2 * np.pi * turns
    ahead = np.stack([np.sin(heading_rad), -np.cos(heading_rad), np.zeros_like(heading_rad)], axis=-1)
    outwards = -np.sin(angle)[:, None] * ahead - np.cos(angle)[:, None] * np.array([0.0, 0.0, 1.0])
    along = np.linspace(0.0, np.pi, POINTS)
    across = np.sign(np.cos(along)) * np.abs(np.cos(along)) ** 0.75
    middle, half = hands.mean(axis=1), (hands[:, 0] - hands[:, 1]) / 2
    points: Floats = middle[:, None] + half[:, None] * across[:, None]
    points = points + outwards[:, None] * (hangs_m[:, None] * np.sin(along) ** 0.8)[..., None]
    points[..., 2] = np.maximum(points[..., 2], 0.008)
    return points
