"""A body in view without a break, on an even grid: heights and stride as waves, key frames beside them."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.ndimage import correlate1d, uniform_filter1d

from edge.counting.rope_arms import hands_of
from edge.counting.signal import runs

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from edge.counting.samples import BodySample
    from edge.counting.signal import Floats

CHANNELS: Final = ("shoulders", "hips", "knees", "feet")
SHOULDERS: Final = 0
HIPS: Final = 1
FEET: Final = 3
RATES_HZ: Final = (10.0, 60.0)
"""The grid follows the camera between these; a camera that drops pictures at random keeps its usual interval (median)."""
LEAST_STRETCH_S: Final = 0.5
POWER_STEPS: Final = 6
"""Of the power iteration for the first principal part: four channels that mostly agree settle in three."""


class BodyStretch:
    """The heights of one body between two moments at which it was not in view.

    Attributes:
        start_ns: time of the first picture.
        rate_hz: values a second of the grid.
        heights: float64[4, n]: `CHANNELS`.
        stride: float64[n], left knee above right knee.
        keys, key_at: the key frames, and their places on the grid.
        hands, hands_t_ns: the hands of the key frames that have a pose, and their times.
    """

    def __init__(self, seen: Sequence[BodySample]) -> None:
        t_s = np.array([s.t_ns - seen[0].t_ns for s in seen]) / 1e9
        usual_s = median(np.diff(t_s).tolist())
        self.rate_hz = float(np.clip(1.0 / max(usual_s, 1e-3), *RATES_HZ))
        self.start_ns = seen[0].t_ns
        grid_s = np.arange(0.0, t_s[-1] + 0.5 / self.rate_hz, 1.0 / self.rate_hz)
        rows = np.array([(s.shoulders, s.hips, s.knees, s.feet, s.stride) for s in seen]).T
        even = np.array([np.interp(grid_s, t_s, row) for row in rows])
        self.heights: Floats = even[:-1]
        self.stride: Floats = even[-1]
        self.keys = [s for s in seen if s.key]
        posed = [s for s in self.keys if s.pose_px is not None and s.torso_px > 0]
        self.hands = hands_of(posed)
        self.hands_t_ns = np.array([s.t_ns for s in posed], dtype=np.int64)
        self.key_at: Floats = np.array([s.t_ns - self.start_ns for s in self.keys]) / 1e9 * self.rate_hz

    def t_ns(self, at: float) -> int:
        """Time of a place on the grid."""
        return self.start_ns + round(at / self.rate_hz * 1e9)

    def place(self, t_ns: int) -> int:
        """The place on the grid that is nearest to a time."""
        return round((t_ns - self.start_ns) / 1e9 * self.rate_hz)


def usual_gap(times: Sequence[int]) -> float:
    """The median interval between times or places, two at least."""
    return float(median(b - a for a, b in pairwise(times)))


def stretches(samples: Sequence[BodySample]) -> Iterator[BodyStretch]:
    """The parts of an attempt in which the body was in view, at least half a second long, oldest first."""
    present = np.array([s.present for s in samples], dtype=bool)
    for first, end in runs(present):
        seen = samples[first:end]
        if (seen[-1].t_ns - seen[0].t_ns) / 1e9 >= LEAST_STRETCH_S and len(seen) > 4:
            yield BodyStretch(seen)


def levelled(values: Floats, rate_hz: float, smooth_s: float, trend_s: float) -> Floats:
    """Values without what is faster than `smooth_s` and slower than `trend_s` (sigmas of two Gaussians), along the last axis."""
    smooth = smoothed(values, rate_hz, smooth_s)
    result: Floats = smooth - correlate1d(smooth, _bell(trend_s * rate_hz), axis=-1, output=np.float64, mode="nearest")
    return result


def smoothed(values: Floats, rate_hz: float, smooth_s: float) -> Floats:
    """Values through a Gaussian of this sigma, along the last axis."""
    result: Floats = correlate1d(values, _bell(max(smooth_s * rate_hz, 0.3)), axis=-1, output=np.float64, mode="nearest")
    return result


@lru_cache(maxsize=64)
def _bell(sigma: float) -> Floats:
    """A Gaussian to four sigmas, of area 1."""
    reach = int(4 * sigma + 0.5)
    bell = np.exp(-0.5 / (sigma * sigma) * np.arange(-reach, reach + 1) ** 2)
    result: Floats = bell / bell.sum()
    return result


def weights_together(level: Floats, own_weight: float, width: int | None = None) -> Floats:
    """How much each of several waves counts: as much as it moves with the others (first principal part, none below zero).

    Args:
        level: float64[channels, n].
        own_weight: how much the strength of a channel itself counts, against its agreement with the others.
        width: the weights follow the signal over so many values; `None` for one set of weights.

    Returns:
        float64[channels, n], or float64[channels, 1] for one set; each column sums to 1.
    """
    products = level[:, None] * level[None, :]
    if width is None:
        shared = products.mean(axis=2, keepdims=True)
    else:
        once = uniform_filter1d(products, width, axis=2, output=np.float64, mode="nearest")
        shared = uniform_filter1d(once, width, axis=2, output=np.float64, mode="nearest")
    diagonal = np.arange(len(level))
    shared[diagonal, diagonal] *= own_weight
    weights: Floats = np.ones((len(level), shared.shape[2]))
    for _ in range(POWER_STEPS):
        weights = np.maximum(np.einsum("ijt,jt->it", shared, weights), 0.0)
        weights /= weights.sum(axis=0) + 1e-12
    return weights


def turning_points(wave: Floats, need: Floats) -> list[tuple[int, bool]]:
    """Highest (`True`) and lowest points, in turn, that differ by at least `need` at their place."""
    found: list[tuple[int, bool]] = []
    high = low = 0
    way = 0
    values, needs = wave.tolist(), need.tolist()
    for at in range(1, len(values)):
        value = values[at]
        if value > values[high]:
            high = at
        if value < values[low]:
            low = at
        if way >= 0 and values[high] - value >= needs[at]:
            found.append((high, True))
            way, low, high = -1, at, at
        elif way <= 0 and value - values[low] >= needs[at]:
            found.append((low, False))
            way, low, high = 1, at, at
    return found
