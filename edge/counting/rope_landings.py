"""The landings of one ankle in a whole recording: where they are skips, and how many each is worth.

The same measures as in the counting core, but averaged around each moment, and over whole bouts where a bout is known.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.ndimage import convolve1d, uniform_filter1d

from edge.counting.rope_ankle import BOTH_FEET, NOTHING, ONE_FOOT, Footwork, is_doubtful, ratio, share_along, skips_a_turn
from edge.counting.rope_core import RATE_HZ, SHOCK_TAPS, SOME_PERIODS, shock_gain

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge.counting.rope_ankle import FootRules
    from edge.counting.rope_turns import Turning
    from edge.counting.signal import Floats

    Complexes = NDArray[np.complex128]
    Flags = NDArray[np.bool_]

JUDGED_S: Final = 6.0
"""Stretch over which landings are judged: about a dozen of them."""


@dataclass(frozen=True, slots=True, eq=False)
class Landings:
    """What landings are worth along a recording, one value a sample of its even grid.

    Attributes:
        worth: int8[n], skips for each landing; `NOTHING` where the limb does not move like a skipper's.
        doubtful: bool[n], it may be otherwise.
    """

    worth: NDArray[np.int8]
    doubtful: Flags

    def of_bout(self, first: float, last: float) -> int:
        """What most landings between two samples are worth, if they are worth anything."""
        inside = self.worth[int(first) : int(last) + 1]
        return ONE_FOOT if np.count_nonzero(inside == ONE_FOOT) > np.count_nonzero(inside == BOTH_FEET) else BOTH_FEET


def judge_landings(turning: Turning, rate_hz: float, rules: FootRules) -> Landings:
    """Judge the landings of a recording, where a limb moves like a skipper's.

    Args:
        rate_hz: at which the source was sampled.
    """
    phase, accel = np.cumsum(1 / turning.period), turning.accel_mps2
    once, twice = (_circle(accel, phase, turning.period, times, 1) for times in (1, 2))
    half, whole = (_circle(accel, phase, turning.period, times, SOME_PERIODS) for times in (0.5, 1))
    power_once, along_once = share_along(once, twice)
    power_half, along_half = share_along(half, whole)
    power_twice = np.sum(np.abs(twice) ** 2, axis=1)
    shock = np.sum(convolve1d(accel, SHOCK_TAPS.astype(np.float64), axis=0) ** 2, axis=1)
    motion = np.sum(accel**2, axis=1)
    parts = (power_once, along_once, power_half, along_half, power_twice, shock, motion)
    once_around, along_around, half_around, whole_around, twice_around, shock_around, motion_around = (
        _mean_of(part, turning.sure) for part in parts
    )
    feet = Footwork(
        period_s=turning.period / RATE_HZ,
        once_mps2=np.sqrt(once_around),
        twice_mps2=np.sqrt(twice_around),
        to_and_fro=ratio(half_around, whole_around),
        aside=ratio(once_around, along_around),
        shock=ratio(shock_around, motion_around) / float(shock_gain(rate_hz)),
    )
    worth = skips_a_turn(feet, rules, np.zeros(len(accel)))
    return Landings(np.where(turning.sure, worth, NOTHING).astype(np.int8), is_doubtful(feet, rules))


def _circle(accel: Floats, phase: Floats, period: Floats, times: float, periods: int) -> Complexes:
    """complex128[n, 3]: what goes round `times` in a turn, over some turns around each moment."""
    turned = 2 * accel * np.exp(-2j * np.pi * times * phase)[:, None]
    summed = np.vstack([np.zeros((1, accel.shape[1])), np.cumsum(turned, axis=0)])
    at = np.arange(len(accel)) + 0.5
    width = periods * period
    low, high = (np.clip(np.round(at + side * width / 2).astype(int), 0, len(accel)) for side in (-1, 1))
    result: Complexes = (summed[high] - summed[low]) / width[:, None]
    return result


def _mean_of(values: NDArray[np.floating], where: Flags) -> Floats:
    """The mean around each moment of the values where `where` holds."""
    width = int(JUDGED_S * RATE_HZ)
    share = uniform_filter1d(where.astype(np.float64), width, mode="constant")
    result: Floats = uniform_filter1d(values * where, width, mode="constant") / np.maximum(share, 1e-9)
    return np.maximum(0.0, result)
