"""Where in a whole recording a rope is turned, and with which period: what the official count stands on.

The same measures as in the counting core (`rope_core`), but looked at both ways in time: the likeliest course of the period is
found when all of it is known, and what tells a rope from other motion is averaged around each moment.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.ndimage import convolve1d, uniform_filter1d

from edge.counting.rope_core import FIRST_LAG, LONGEST, RATE_HZ, RULES, SHOCK_TAPS, SHORTEST, shock_gain
from edge.counting.signal import best_path, even, returns, runs, sampling_rate_hz, self_likeness, without_drift

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge.counting.rope_core import CoreRules
    from edge.counting.samples import MotionSamples
    from edge.counting.signal import EvenSignal, Floats

    Flags = NDArray[np.bool_]

WINDOW_S: Final = 2.0
"""Stretch over which likeness is judged."""
JUDGED_S: Final = 8.0
"""Stretch of periodic motion over which a rope is told from other motion."""
NOW: Final = 0.8
"""Share of the least swing that must be there at any moment of it."""
FRAME: Final = 5
"""Samples between two looks at the period."""
DRIFT_S: Final = 1.8
"""Slower than twice this is how the arm is held, not how it moves. Anything from 1.4 to 2.2 counts alike."""
STEADY_S: Final = 1.0
"""A pupil's period is read between two lags and averaged over this, so that it does not hang on where the lags lie."""
GYRO_SHARE: Final = 0.5
"""Weight of the gyroscope in the likeness, where there is one."""
TWICE_S: Final = 0.75
"""Jumps with two turns are no further apart; double bounces of the open recordings are 0.72 s and more."""
TWICE: Final = 1.1
"""The hand that goes round twice in a jump moves more at that rate. In single bounces of the open recordings the landing makes at
most 0.95 of the circle. There is no public recording of double unders: this is set on simulated ones."""
TWICE_ROUND: Final = 0.4
"""And it moves in a circle; the shocks of an ankle do not (0.33 at most)."""
CARRIED_S: Final = 1.2
"""A gap of the source up to this long is filled with the turns beside it."""


@dataclass(frozen=True, slots=True, eq=False)
class Turning:
    """The motion of a recording, and where in it a rope is turned.

    Attributes:
        signal: the even grid that indices belong to.
        accel_mps2: float64[n, 1 or 3], without gravity.
        gyro: float64[n, 3] without drift, scaled to the same energy, or n by 0.
        period: float64[n], samples in a turn; between stretches it goes over from one to the next.
        sure: bool[n], the rope is being turned.
        likeness: float64[n], of each turn to the next.
        twice: bool[n], the limb goes round twice in what is counted as one turn: double unders.
    """

    signal: EvenSignal
    accel_mps2: Floats
    gyro: Floats
    period: Floats
    sure: Flags
    likeness: Floats
    twice: Flags


def find_turning(samples: MotionSamples, rules: CoreRules = RULES) -> Turning | None:
    """Look at a whole recording; `None` where no rope is turned anywhere in it."""
    parts = [samples.accel_mps2] if samples.gyro_rads is None else [samples.accel_mps2, samples.gyro_rads]
    signal = even(samples.t_ns, np.hstack(parts).astype(np.float64), RATE_HZ)
    if signal is None or len(signal.values) < 2 * LONGEST:
        return None
    axes = samples.accel_mps2.shape[1]
    moving = _moving(signal.values)
    moving[~signal.known] = 0.0
    accel, gyro = moving[:, :axes], moving[:, axes:]
    if gyro.shape[1]:
        gyro = gyro * np.sqrt(np.sum(accel**2) / (np.sum(gyro**2) + 1e-9))
    path, likeness = _periods(accel, gyro, rules)
    if not path.any():
        return None
    voiced = np.flatnonzero(path)
    everywhere = np.arange(len(accel))
    period = np.interp(everywhere, voiced * FRAME, path[voiced])
    near = np.minimum(everywhere // FRAME, len(path) - 1)
    for part in (accel, gyro):
        _fill_gaps(part, signal.known, period)
    once, twice = (_circle(accel, period, times) for times in (1, 2))
    gain = float(shock_gain(sampling_rate_hz(samples.t_ns)))
    sure = _is_rope(accel, once, twice, path[near] > 0, replace(rules, least_shock=gain * rules.least_shock))
    if not sure.any():
        return None
    return Turning(signal, accel, gyro, period, sure, likeness[near], _goes_twice(once, twice, period))


def hard_motion_s(samples: MotionSamples, rules: CoreRules = RULES) -> float:
    """How long the limb moved as hard as a skipper's, whatever it did, in seconds."""
    signal = even(samples.t_ns, samples.accel_mps2.astype(np.float64), RATE_HZ)
    if signal is None:
        return 0.0
    moving = _moving(signal.values)
    moving[~signal.known] = 0.0
    rms = np.sqrt(np.maximum(0.0, uniform_filter1d(np.sum(moving**2, axis=1), RATE_HZ)))
    return float(np.count_nonzero(rms >= rules.least_swing_mps2)) / RATE_HZ


def _moving(values: Floats) -> Floats:
    """Values without drift: less their running mean, taken twice.

    A plain running mean keeps a few hundredths of a turn, more or fewer as its width leaves a part of a turn over, and carries them
    beyond both ends of a bout. Whether a turn at an end is high enough then hangs on the tempo. In the mean of the mean nearly
    nothing is left of them.
    """
    width = int(DRIFT_S * RATE_HZ)
    once = without_drift(values, width)
    result: Floats = 2 * once - without_drift(once, width)
    return result


def _periods(accel: Floats, gyro: Floats, rules: CoreRules) -> tuple[Floats, Floats]:
    """Samples in a turn for each frame, 0 where nothing is periodic, and the likeness there."""
    motion = np.hstack([accel * np.sqrt(1 - GYRO_SHARE), gyro * np.sqrt(GYRO_SHARE)]) if gyro.shape[1] else accel
    lags = np.arange(FIRST_LAG, LONGEST + 1)
    likeness = returns(self_likeness(motion, lags, int(WINDOW_S * RATE_HZ))[:, ::FRAME])
    likeness, lags = likeness[SHORTEST - FIRST_LAG :], lags[SHORTEST - FIRST_LAG :]
    rms = np.sqrt(np.maximum(0.0, uniform_filter1d(np.sum(accel**2, axis=1), LONGEST, mode="reflect")))
    octaves = rules.octave_cost * np.log2(lags / SHORTEST)
    forbidden = (rms[::FRAME] < rules.least_motion_mps2)[None, :] | (likeness < rules.periodic)
    idle = np.full(likeness.shape[1], rules.periodic - octaves[-1])
    path = best_path(likeness - octaves[:, None] - 2.0 * forbidden, idle, np.log(lags), rules.change_cost, rules.switch_cost)
    chosen = np.maximum(path - 1, 0)
    of_path = likeness[chosen, np.arange(len(path))]
    return _steady(lags[chosen] + _beside(likeness, chosen), path > 0), np.where(path > 0, of_path, 0.0)


def _beside(likeness: Floats, chosen: NDArray[np.int64]) -> Floats:
    """How far beside the chosen lag the likeness is highest: the top of the parabola through it and its two neighbours."""
    inner = np.clip(chosen, 1, len(likeness) - 2)
    before, here, behind = (likeness[inner + step, np.arange(len(chosen))] for step in (-1, 0, 1))
    bend = before - 2 * here + behind
    beside = (before - behind) / np.minimum(2 * bend, -1e-9)
    return np.where((inner == chosen) & (bend < 0), np.clip(beside, -1.0, 1.0), 0.0)


def _steady(period: Floats, periodic: Flags) -> Floats:
    """The mean of the period around each frame, 0 where nothing is periodic."""
    return np.where(periodic, _mean_of(period, periodic, int(STEADY_S * RATE_HZ / FRAME)), 0.0)


def _fill_gaps(motion: Floats, known: Flags, period: Floats) -> None:
    """Where nothing was heard, the mean of the turn before and the turn behind: a bout goes on over a short gap."""
    for first, end in runs(~known):
        if end - first > CARRIED_S * RATE_HZ:
            continue
        at = np.arange(first, end)
        turns = np.ceil((end - first) / period[first])
        away = np.round(turns * period[first]).astype(int)
        before, behind = at - away, at + away
        if before[0] >= 0 and behind[-1] < len(motion):
            motion[at] = (motion[before] + motion[behind]) / 2


@dataclass(frozen=True, slots=True, eq=False)
class _Circle:
    """What goes round a number of times in a turn: float64[n], its power, and the part of it that is round."""

    power: Floats
    area: Floats


def _circle(accel: Floats, period: Floats, times: int) -> _Circle:
    turned = 2 * _mean_over(accel * np.exp(-2j * np.pi * times * np.cumsum(1 / period))[:, None], period)
    power = np.sum(np.abs(turned) ** 2, axis=1)
    return _Circle(power, np.sqrt(np.maximum(0.0, power**2 - np.abs(np.sum(turned**2, axis=1)) ** 2)))


def _goes_twice(once: _Circle, twice: _Circle, period: Floats) -> Flags:
    """A double under: a jump of one landing, with two circles of the hand that are larger than what the landing alone does."""
    width = int(WINDOW_S * RATE_HZ)
    first, second, area = (uniform_filter1d(part, width) for part in (once.power, twice.power, twice.area))
    result: Flags = (period <= TWICE_S * RATE_HZ) & (second >= TWICE**2 * first) & (area >= TWICE_ROUND * second)
    return result


def _is_rope(accel: Floats, once: _Circle, twice: _Circle, periodic: Flags, rules: CoreRules) -> Flags:
    """Where the periodic motion swings enough, is round enough, and is shaken by landings."""
    power, area = once.power + twice.power, once.area + twice.area
    shock = np.sum(convolve1d(accel, SHOCK_TAPS.astype(np.float64), axis=0) ** 2, axis=1)
    motion = np.sum(accel**2, axis=1)
    power_around, area_around, shock_around, motion_around = (
        _mean_of(part, periodic, int(JUDGED_S * RATE_HZ)) for part in (power, area, shock, motion)
    )
    swings = np.sqrt(power_around / 2) >= rules.least_swing_mps2
    swings_now = np.sqrt(_mean_of(power, periodic, int(WINDOW_S * RATE_HZ)) / 2) >= NOW * rules.least_swing_mps2
    is_round = area_around >= rules.least_round * power_around if accel.shape[1] == 3 else np.ones(len(accel), dtype=bool)
    shaken = shock_around >= rules.least_shock**2 * motion_around
    result: Flags = periodic & swings & swings_now & is_round & shaken
    return result


def _mean_of(values: Floats, where: Flags, width: int) -> Floats:
    """The mean around each moment of the values that lie where `where` holds."""
    share = uniform_filter1d(where.astype(np.float64), width, mode="constant")
    result: Floats = uniform_filter1d(values * where, width, mode="constant") / np.maximum(share, 1e-9)
    return np.maximum(0.0, result)


def _mean_over(values: NDArray[np.complex128], width: Floats) -> NDArray[np.complex128]:
    """The mean of complex128[n, channels] over a width of its own around each of the n."""
    summed = np.vstack([np.zeros((1, values.shape[1])), np.cumsum(values, axis=0)])
    at = np.arange(len(values)) + 0.5
    low, high = np.clip(at - width / 2, 0, len(values)), np.clip(at + width / 2, 0, len(values))
    result: NDArray[np.complex128] = (_between(summed, high) - _between(summed, low)) / width[:, None]
    return result


def _between(values: NDArray[np.complex128], at: Floats) -> NDArray[np.complex128]:
    left = np.minimum(at.astype(int), len(values) - 2)
    share = (at - left)[:, None]
    result: NDArray[np.complex128] = values[left] * (1 - share) + values[left + 1] * share
    return result
