"""Smooth chance: what a body does that nobody asked of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.interpolate import CubicSpline
from scipy.ndimage import gaussian_filter1d

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


def wander(draw: np.random.Generator, t_s: Floats, pace_s: float) -> Floats:
    """A smooth random course of about unit spread over even times `t_s`, with a new direction about every `pace_s` seconds."""
    knots = int((t_s[-1] - t_s[0]) / pace_s) + 4
    course: Floats = CubicSpline(t_s[0] + pace_s * (np.arange(knots) - 1), draw.normal(size=knots))(t_s)
    return course


def polyline(t_s: Floats, at_s: list[float], values: list[float], soft_s: float) -> Floats:
    """Straight lines through points, with corners rounded over about `soft_s` seconds; `t_s` is even."""
    course: Floats = gaussian_filter1d(np.interp(t_s, at_s, values), soft_s / (t_s[1] - t_s[0]), mode="nearest", truncate=3.0)
    return course


def ring(t_s: Floats, at_s: Floats, sizes: Floats, ring_hz: float, fade_s: float) -> Floats:
    """After each moment of `at_s` (ascending) a damped swing of its size; a new one ends the one before."""
    if not len(at_s):
        return np.zeros_like(t_s)
    index = np.searchsorted(at_s, t_s, side="right") - 1
    newest = np.maximum(index, 0)
    since_s = np.maximum(t_s - at_s[newest], 0.0)
    rung: Floats = sizes[newest] * np.exp(-since_s / fade_s) * np.sin(2 * np.pi * ring_hz * since_s)
    return np.where(index >= 0, rung, 0.0)
