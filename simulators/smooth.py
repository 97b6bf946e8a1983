"""Smooth courses that can be asked for any moment: a body's own chance, and limbs that go from one posture to the next."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.interpolate import CubicSpline

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


class Wandering:
    """A random course of about unit spread, with a new direction about every `pace_s` seconds, from -5 s to `until_s`."""

    def __init__(self, draw: np.random.Generator, until_s: float, pace_s: float) -> None:
        knots = int((until_s + 10.0) / pace_s) + 4
        self._course = CubicSpline(-5.0 + pace_s * (np.arange(knots) - 1), draw.normal(size=knots))

    def at(self, t_s: Floats) -> Floats:
        """The course at each moment; it ends where its time ends."""
        course: Floats = self._course(np.clip(t_s, self._course.x[0], self._course.x[-1]))
        return course


def eased(t_s: Floats, at_s: Sequence[float], values: Sequence[float]) -> Floats:
    """Through points, slowly out of each and slowly into the next."""
    times, heights = np.array(at_s), np.array(values)
    index = np.clip(np.searchsorted(times, t_s, side="right") - 1, 0, len(times) - 2)
    share = np.clip((t_s - times[index]) / np.maximum(times[index + 1] - times[index], 1e-6), 0.0, 1.0)
    course: Floats = heights[index] + (heights[index + 1] - heights[index]) * share**2 * (3.0 - 2.0 * share)
    return course
