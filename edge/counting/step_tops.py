"""From raw motion to tops: the moments at which a foot may have come down, each with its shape and how loud it was around it.

Works on a stream and on a whole recording alike, with equal results.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge.counting.samples import MotionSamples
    from edge.counting.step_rules import StepRules

    Floats = NDArray[np.float64]

RATE_HZ: Final = 25.0
GRID_NS: Final = 40_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Tops:
    """Tops of the smoothed magnitude, oldest first.

    Attributes:
        t_s: float64[n], seconds after the first sample.
        shape: float64[n, width], the evened-out motion around each.
        height: float64[n], evened out, -1 to 1.
        rise_mps2: float64[n], above the posture, not evened out.
        loud_mps2: float64[n], of the second before and after.
    """

    t_s: Floats
    shape: Floats
    height: Floats
    rise_mps2: Floats
    loud_mps2: Floats


def magnitude(samples: MotionSamples) -> tuple[NDArray[np.int64], Floats]:
    """Stamps and the length of the acceleration, m/s², of the samples that are whole."""
    accel = samples.accel_mps2.astype(np.float64)
    length = accel[:, 0] if accel.shape[1] == 1 else np.sqrt(np.einsum("ij,ij->i", accel, accel))
    good = np.isfinite(length)
    return (samples.t_ns, length) if good.all() else (samples.t_ns[good], length[good])


class TopFinder:
    """Finds tops in one stretch of motion without long gaps.

    Args:
        start_ns: time of the first sample; the grid begins there.
    """

    def __init__(self, rules: StepRules, start_ns: int) -> None:
        self._rules = rules
        self.start_ns = start_ns
        self._t_s: Floats = np.zeros(0)
        self._raw: Floats = np.zeros(0)
        smooth, drift = _hann(rules.smooth_s), _hann(rules.drift_s)
        self._band = -drift
        middle, half = len(drift) // 2, len(smooth) // 2
        self._band[middle - half : middle + half + 1] += smooth
        self._even = _hann(rules.evened_s)
        self._around = round(rules.loud_s * RATE_HZ)
        self._side = round(rules.shape_s * RATE_HZ)
        self._reach = middle + max(self._around, self._side + len(self._even) // 2) + 1
        self._grid: Floats = np.zeros(0)
        self._first = 0
        """Number of the first value in `_grid`."""
        self._looked = 0
        """Values before this one have been searched for tops."""

    @property
    def width(self) -> int:
        """Values in the shape of a top."""
        return 2 * self._side + 1

    @property
    def known_s(self) -> float:
        """Until when all tops are known, in seconds after the first sample."""
        return self._looked / RATE_HZ

    def take(self, t_ns: NDArray[np.int64], length: Floats) -> None:
        """Take in samples; they may be late and doubled."""
        self._t_s = np.concatenate([self._t_s, (t_ns - self.start_ns) / 1e9])
        self._raw = np.concatenate([self._raw, length])

    def find(self, until_s: float) -> Tops:
        """The new tops that no sample after `until_s` can change."""
        self._sample(until_s)
        return self._search()

    def finish(self) -> Tops:
        """The last tops: the signal is taken to stay where it was."""
        if len(self._t_s):
            self._sample(float(self._t_s.max()) + 0.5 / RATE_HZ)
        if len(self._grid):
            self._grid = np.concatenate([self._grid, np.full(self._reach + 1, self._grid[-1])])
        return self._search()

    def _sample(self, until_s: float) -> None:
        """Put samples on the grid: each value is the mean of the linear interpolation over one step of the grid."""
        number = self._first + len(self._grid)
        count = int(np.floor(until_s * RATE_HZ - 0.5)) + 1 - number
        if count <= 0 or not len(self._t_s):
            return
        if (self._t_s[1:] < self._t_s[:-1]).any():
            order = np.argsort(self._t_s, kind="stable")
            self._t_s, self._raw = self._t_s[order], self._raw[order]
        edges: Floats = (number - 0.5 + np.arange(count + 1, dtype=np.float64)) / RATE_HZ
        area = _area(self._t_s, self._raw, edges)
        values = (area[1:] - area[:-1]) * RATE_HZ
        if not number:
            values = np.concatenate([np.full(self._reach + 1, values[0]), values])
            self._first = -self._reach - 1
        self._grid = np.concatenate([self._grid, values])
        kept = max(0, int(np.searchsorted(self._t_s, edges[-1])) - 1)
        self._t_s, self._raw = self._t_s[kept:], self._raw[kept:]

    def _search(self) -> Tops:
        rules, grid, reach = self._rules, self._grid, self._reach
        low, high = self._looked - self._first, len(grid) - reach
        if high <= low or low < reach:
            return Tops(np.zeros(0), np.zeros((0, self.width)), np.zeros(0), np.zeros(0), np.zeros(0))
        skip = low - reach
        band = np.convolve(grid[skip:], self._band, "valid")
        lost = len(self._band) // 2
        rms = np.sqrt(np.convolve(band * band, self._even, "valid"))
        off = len(self._even) // 2
        even = np.tanh(band[off:-off] / (rules.squash * np.maximum(rms, 0.7 * rules.least_mps2)))
        at = np.arange(low, high) - skip - lost
        middle = band[at]
        top = (middle > band[at - 1]) & (middle >= band[at + 1]) & (rms[at - off] > rules.least_mps2)
        at = at[top & (even[at - off] > rules.least_top)]
        before, middle, after = band[at - 1], band[at], band[at + 1]
        bend = before - 2 * middle + after
        exact = at + 0.5 * (before - after) / np.minimum(bend, -1e-12)
        total = np.zeros(len(band) + 1)
        np.cumsum(np.abs(band), out=total[1:])
        loud = (total[at + self._around + 1] - total[at - self._around]) / (2 * self._around + 1)
        shape = even[(at - off)[:, None] + np.arange(-self._side, self._side + 1)]
        t_s = (exact + lost + skip + self._first) / RATE_HZ
        self._looked = self._first + high
        self._grid, self._first = grid[high - reach :], self._first + high - reach
        return Tops(t_s, shape, even[at - off], middle, loud * (np.pi / np.sqrt(8)))


def _hann(width_s: float) -> Floats:
    size = max(3, round(width_s * RATE_HZ) | 1)
    weights = np.hanning(size + 2)[1:-1]
    result: Floats = weights / weights.sum()
    return result


def _area(t_s: Floats, values: Floats, until_s: Floats) -> Floats:
    """Integral of the piecewise linear signal up to some times; before and after its ends it stays as it was there."""
    points = np.concatenate([t_s, until_s])
    order = np.argsort(points, kind="stable")
    points = points[order]
    heights = np.concatenate([values, np.interp(until_s, t_s, values)])[order]
    total = np.zeros(len(points))
    np.cumsum((heights[1:] + heights[:-1]) / 2 * (points[1:] - points[:-1]), out=total[1:])
    result: Floats = total[order >= len(t_s)]
    return result
