"""What the motion of a limb is like, in figures that a recording and a simulation can be compared by."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.signal import butter, hilbert, sosfiltfilt

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

G_MPS2 = 9.81
GRID_HZ = 50.0
HARMONICS = 4


def features(
    t_s: Floats, accel: Floats, gyro: Floats | None, band_hz: tuple[float, float], *, window_s: float, least_mps2: float
) -> dict[str, float]:
    """Medians over the windows in which something goes round in a rhythm; empty where there are none.

    cadence (1/min), spread of the period, likeness with the next period; per period the peak of |a| (g; its median and p95) and of
    the angular rate (rad/s); share of samples beyond 2 and 4 g on an axis; p5 of |a|; size of the mean vector (g); amplitudes of
    the first four harmonics of the vector (m/s²), of |a| (m/s²) and of the angular rate (rad/s).
    """
    grid, vector = _even(t_s, accel)
    turning = None if gyro is None else _even(t_s, gyro)[1]
    length = int(window_s * GRID_HZ)
    rows: list[dict[str, float]] = []
    for first in range(0, len(vector) - length + 1, length // 2):
        part = vector[first : first + length]
        period_s, likeness = _period(part, *band_hz)
        if part.std(axis=0).max() < least_mps2 or likeness < 0.45:
            continue
        inside = (t_s >= grid[first]) & (t_s < grid[first] + window_s)
        turn = ((t_s[inside] - grid[first]) / period_s).astype(int)
        size, widest = np.linalg.norm(accel[inside], axis=1) / G_MPS2, np.abs(accel[inside]).max(axis=1) / G_MPS2
        peaks = _peaks(turn, size)
        row = {
            "cadence": 60.0 / period_s,
            "likeness": likeness,
            "period spread": _spread(part, 1.0 / period_s),
            "peak g": float(np.median(peaks)),
            "peak g p95": float(np.percentile(peaks, 95)),
            "low g": float(np.percentile(size, 5)),
            "beyond 2 g": float((widest > 2.0).mean()),
            "beyond 4 g": float((widest > 4.0).mean()),
            "mean g": float(np.linalg.norm(part.mean(axis=0)) / G_MPS2),
        }
        signals = {"vector": part, "size": np.linalg.norm(part, axis=1, keepdims=True)}
        if gyro is not None and turning is not None:
            row["peak rads"] = float(np.median(_peaks(turn, np.linalg.norm(gyro[inside], axis=1))))
            signals["rads"] = turning[first : first + length]
        for name, signal in signals.items():
            row |= {f"{name} {k + 1}f": amplitude for k, amplitude in enumerate(_harmonics(signal, 1.0 / period_s))}
        rows.append(row)
    return {name: float(np.nanmedian([row[name] for row in rows])) for name in rows[0]} if rows else {}


def restlessness(t_s: Floats, magnitude: Floats) -> dict[str, float]:
    """Of |a| where there is no rhythm: its spread (g) in usual and in busy stretches of four seconds."""
    _, even = _even(t_s, magnitude[:, None])
    stretch = int(4 * GRID_HZ)
    spreads = [even[i : i + stretch, 0].std() / G_MPS2 for i in range(0, len(even) - stretch, stretch)]
    return {"usual spread g": float(np.median(spreads)), "busy spread g": float(np.percentile(spreads, 90))}


def _even(t_s: Floats, values: Floats) -> tuple[Floats, Floats]:
    stamps, first = np.unique(t_s, return_index=True)
    grid = np.arange(stamps[0], stamps[-1], 1.0 / GRID_HZ)
    return grid, np.column_stack([np.interp(grid, stamps, axis[first]) for axis in values.T])


def _period(part: Floats, low_hz: float, high_hz: float) -> tuple[float, float]:
    """The first high peak of the vector's autocorrelation."""
    centred, count = part - part.mean(axis=0), len(part)
    spectrum = (np.abs(np.fft.rfft(centred, 2 * count, axis=0)) ** 2).sum(axis=1)
    likeness = np.fft.irfft(spectrum)[:count]
    likeness = likeness / max(likeness[0], 1e-9) * count / (count - np.arange(count))
    lags = np.arange(int(GRID_HZ / high_hz), min(int(GRID_HZ / low_hz) + 1, count - 2))
    peaks = [lag for lag in lags if likeness[lag] >= max(likeness[lag - 1], likeness[lag + 1])]
    best = max((likeness[lag] for lag in peaks), default=0.0)
    if best <= 0:
        return 1.0, 0.0
    lag = next(lag for lag in peaks if likeness[lag] >= 0.9 * best)
    before, here, after = likeness[lag - 1 : lag + 2]
    bend = before - 2 * here + after
    return float((lag + (0.5 * (before - after) / bend if bend else 0.0)) / GRID_HZ), float(here)


def _spread(part: Floats, rate_hz: float) -> float:
    """Spread of the periods of the part that goes once round, as a share of them."""
    sos = butter(2, (0.6 * rate_hz, 1.5 * rate_hz), "bandpass", fs=GRID_HZ, output="sos")
    once = sosfiltfilt(sos, part - part.mean(axis=0), axis=0)
    main = once @ np.linalg.svd(once, full_matrices=False)[2][0]
    phase = np.maximum.accumulate(np.unwrap(np.angle(hilbert(main)))[15:-15])
    turns = np.arange(int((phase[-1] - phase[0]) / (2 * np.pi)) + 1) * 2 * np.pi + phase[0]
    periods = np.diff(np.interp(turns, phase, np.arange(len(phase))))
    return float(periods.std() / periods.mean()) if len(periods) > 1 else float("nan")


def _peaks(turn: NDArray[np.int_], size: Floats) -> Floats:
    """The highest value in each whole turn."""
    return np.array([size[turn == number].max() for number in np.unique(turn)[:-1]] or [size.max()])


def _harmonics(signal: Floats, rate_hz: float) -> list[float]:
    window = np.hanning(len(signal))[:, None]
    power = (np.abs(np.fft.rfft((signal - signal.mean(axis=0)) * window, axis=0)) ** 2).sum(axis=1)
    power *= 4.0 / (window**2).sum() / len(signal)
    at_hz = np.fft.rfftfreq(len(signal), 1.0 / GRID_HZ)
    return [float(np.sqrt(power[np.abs(at_hz - k * rate_hz) <= 0.25 * rate_hz].sum())) for k in range(1, HARMONICS + 1)]
