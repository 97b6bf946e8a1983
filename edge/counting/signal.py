"""Tools on sampled motion: an even grid from uneven stamps, how periodic it is, with which period, and the phase of that period."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import uniform_filter1d

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class EvenSignal:
    """Motion on an even grid.

    Attributes:
        start_ns: time of the first value.
        rate_hz: values a second.
        values: float64[n, channels].
        known: bool[n]; false inside gaps of the source.
    """

    start_ns: int
    rate_hz: float
    values: Floats
    known: NDArray[np.bool_]

    def t_ns(self, index: float) -> int:
        """The time of a (fractional) index."""
        return self.start_ns + round(index / self.rate_hz * 1e9)


def even(t_ns: NDArray[np.int64], values: Floats, rate_hz: float, longest_gap_s: float = 0.5) -> EvenSignal | None:
    """Put samples on an even grid: each value is the mean of the linear interpolation over one grid step.

    That deals with jitter, doubled stamps (averaged), late ones (sorted) and aliasing at once. Values that are not finite are left
    out.

    Returns:
        `None` when fewer than two different stamps remain.
    """
    good = np.isfinite(values).all(axis=1)
    t_ns, values = t_ns[good], values[good]
    if t_ns.size < 2:
        return None
    start_ns, end_ns = int(t_ns.min()), int(t_ns.max())
    if start_ns == end_ns:
        return None
    step_ns = 1e9 / rate_hz
    grid_ns = np.arange(0.0, end_ns - start_ns, step_ns)
    averaged = mean_around(t_ns - start_ns, values, grid_ns, step_ns)
    stamps_s = np.unique(t_ns - start_ns) / 1e9
    grid_s = grid_ns / 1e9
    known = np.ones(grid_s.size, dtype=bool)
    for gap in np.flatnonzero(np.diff(stamps_s) > longest_gap_s):
        known[(grid_s > stamps_s[gap]) & (grid_s < stamps_s[gap + 1])] = False
    return EvenSignal(start_ns, rate_hz, averaged, known)


def sampling_rate_hz(t_ns: NDArray[np.int64]) -> float:
    """The usual rate of a stream, whatever is missing of it or doubled; 0 for fewer than two different stamps."""
    gaps = np.diff(np.unique(t_ns))
    return 1e9 / float(np.median(gaps)) if len(gaps) else 0.0


def mean_around(t_ns: NDArray[np.int64], values: Floats, at_ns: NDArray[np.generic], width_ns: float) -> Floats:
    """The mean of the linear interpolation over `width_ns` around each moment; at the ends over what there is.

    Args:
        t_ns: int64[n], in any order; equal ones are averaged. At least one.
        values: float64[n, channels].
        at_ns: moments; beyond the samples the nearest one is taken.
    """
    stamps, which = np.unique(t_ns, return_inverse=True)
    if len(stamps) < len(t_ns):
        sums = np.zeros((len(stamps), values.shape[1]))
        np.add.at(sums, which, values)
        values = sums / np.bincount(which)[:, None]
    else:
        values = values[np.argsort(t_ns, kind="stable")]
    if len(stamps) == 1:
        return np.repeat(values, len(at_ns), axis=0)
    t_s = (stamps - stamps[0]) / 1e9
    centre_s = (at_ns - stamps[0]) / 1e9
    low = np.clip(centre_s - width_ns / 2e9, 0.0, t_s[-1])
    high = np.clip(centre_s + width_ns / 2e9, 0.0, t_s[-1])
    width_s = high - low
    inside = width_s > 0
    means = (_area(t_s, values, high) - _area(t_s, values, low)) / np.where(inside, width_s, 1.0)[:, None]
    means[~inside] = values[np.where(centre_s[~inside] > 0, -1, 0)]
    return means


def _area(t_s: Floats, values: Floats, until_s: Floats) -> Floats:
    """Integral of the piecewise linear signal from its start, exactly."""
    steps = np.diff(t_s)[:, None]
    whole = np.vstack([np.zeros(values.shape[1]), np.cumsum((values[1:] + values[:-1]) / 2 * steps, axis=0)])
    left = np.clip(np.searchsorted(t_s, until_s, side="right") - 1, 0, t_s.size - 2)
    past = (until_s - t_s[left])[:, None]
    slope = (values[left + 1] - values[left]) / steps[left]
    result: Floats = whole[left] + values[left] * past + slope * past * past / 2
    return result


def without_drift(values: Floats, width: int) -> Floats:
    """Values less their running mean over `width` of them: gravity and slow turning of the limb are gone."""
    result: Floats = values - uniform_filter1d(values, max(3, width | 1), axis=0, mode="nearest")
    return result


def self_likeness(values: Floats, lags: NDArray[np.int64], window: int) -> Floats:
    """How like itself a vector signal is, some lags later.

    The scalar product over all channels makes it the same for any orientation of the band.

    Args:
        values: float64[n, channels], without drift.
        lags: int64[k], ascending.
        window: values over which likeness is averaged; lengthened by the lag itself.

    Returns:
        float64[k, n] in -1 to 1, centred between the two stretches compared; 0 where there is no room.
    """
    n = len(values)
    likeness = np.zeros((len(lags), n))
    energy = np.einsum("ij,ij->i", values, values)
    for row, lag in enumerate(lags):
        room = n - int(lag)
        if room <= 4:
            continue
        width = min(window + int(lag), room)
        product = np.einsum("ij,ij->i", values[:-lag], values[lag:])
        above = uniform_filter1d(product, width, mode="constant")
        below = uniform_filter1d(energy[:-lag] + energy[lag:], width, mode="constant") / 2
        likeness[row, lag // 2 : lag // 2 + room] = above / (below + 1e-6)
    return likeness


def returns(likeness: Floats) -> Floats:
    """Likeness after a departure: what a signal still resembles because it has not yet moved away is no period."""
    result: Floats = likeness - np.maximum(0.0, np.minimum.accumulate(likeness, axis=0))
    return result


def best_path(score: Floats, idle: Floats, log_lag: Floats, change: float, switch: float) -> NDArray[np.int64]:
    """The likeliest course of the period (Viterbi 1967): 0 where nothing is periodic, else 1 + the index of the lag.

    Args:
        score: float64[lags, frames], the gain of each lag in each frame.
        idle: float64[frames], the gain of no period.
        change: cost of changing the lag by a factor of e from one frame to the next.
        switch: cost of starting or stopping.
    """
    lags, frames = score.shape
    cost = np.zeros((lags + 1, lags + 1))
    cost[1:, 1:] = np.minimum(change * np.abs(log_lag[:, None] - log_lag[None, :]), 2 * switch)
    cost[0, 1:] = cost[1:, 0] = switch
    gain = np.vstack([idle, score])
    back = np.zeros((frames, lags + 1), dtype=np.int64)
    total = gain[:, 0]
    states = np.arange(lags + 1)
    for frame in range(1, frames):
        reached = total[None, :] - cost
        back[frame] = reached.argmax(axis=1)
        total = reached[states, back[frame]] + gain[:, frame]
    path = np.zeros(frames, dtype=np.int64)
    path[-1] = total.argmax()
    for frame in range(frames - 1, 0, -1):
        path[frame - 1] = back[frame, path[frame]]
    return path


def fundamental(values: Floats, period: Floats) -> tuple[NDArray[np.complex128], Floats]:
    """The part of a signal that goes once round in each period.

    Args:
        values: float64[n, channels].
        period: float64[n], the period at each value, in values.

    Returns:
        complex128[n, channels], the slowly changing amplitude, and float64[n], the phase of the carrier in radians.
    """
    carrier = 2 * np.pi * np.cumsum(1.0 / period)
    turned = values * np.exp(-1j * carrier)[:, None]
    width = max(3, int(np.median(period)) | 1)
    for _ in range(2):
        real = uniform_filter1d(turned.real, width, axis=0, mode="nearest")
        imaginary = uniform_filter1d(turned.imag, width, axis=0, mode="nearest")
        turned = real + 1j * imaginary
    return turned, carrier


def runs(mask: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Stretches of `True`, as (first, one past the last)."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], mask.astype(np.int8), [0]])))
    return [(int(first), int(end)) for first, end in edges.reshape(-1, 2)]
