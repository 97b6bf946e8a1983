"""A rope that was caught: a burst at the limb, and then near-stillness. A burst alone is no trip, and neither is a pause."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from edge.counting.rope_core import RATE_HZ

if TYPE_CHECKING:
    from numpy.typing import NDArray

BURST: Final = 1.25
"""A caught rope jerks the arm more than the turns before did (bursts of 4 to 5 g against peaks of 3.6 to 4.5 g). Lower values take
the last landing of a double bounce for a burst: 1.1 tells of 18 simulated trips that were none, 1.25 of 7."""
STILL: Final = 0.45
"""Share of the usual motion that is near-stillness."""
STILL_SAMPLES: Final = RATE_HZ * 2 // 5
"""For 0.4 s."""
WITHIN_S: Final = 1.6
"""The burst comes within a turn and a half of the last one, and the stillness within this time."""
KNOWN_AFTER_S: Final = WITHIN_S
"""When a trip can be told from a pause."""
LEAST_TURNS: Final = 3
"""Before there is a usual turn there is no trip."""


def find_trip(size_mps2: NDArray[np.floating], last: int, period: int) -> int | None:
    """Whether the bout that ended with a turn ended with a trip.

    Args:
        size_mps2: [n], the size of the motion without gravity, at 50 Hz; 0 where nothing was heard.
        last: index of the last turn.
        period: samples in a turn.

    Returns:
        Index of the burst, or `None`.
    """
    first = max(0, last - LEAST_TURNS * period)
    before = size_mps2[first : max(first, last - period // 4)]
    turns = len(before) // period
    if turns < 2:
        return None
    peaks = before[len(before) - turns * period :].reshape(turns, period).max(axis=1)
    usual = float(np.sqrt(np.mean(np.square(before))))
    low, high = max(0, last - period // 4), min(len(size_mps2), last + period * 3 // 2)
    if high - low < 2:
        return None
    burst = low + int(np.argmax(size_mps2[low:high]))
    if size_mps2[burst] < BURST * float(np.median(peaks)):
        return None
    after = size_mps2[burst : min(len(size_mps2), last + int(WITHIN_S * RATE_HZ) + STILL_SAMPLES)]
    if len(after) < STILL_SAMPLES:
        return None
    motion = np.sqrt(np.mean(np.square(sliding_window_view(after, STILL_SAMPLES)), axis=1))
    return burst if float(motion.min()) <= STILL * usual else None
