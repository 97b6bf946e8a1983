"""A rope that was caught.

While it runs (`find_trip`): a burst at the limb, and then near-stillness. A burst alone is no trip, and neither is a pause.
Afterwards (`find_stops`): the limb stops within the attempt and soon goes on, with or without a burst. What happens at the end of
an attempt is no trip then: a rope that is laid down bursts as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy.ndimage import uniform_filter1d

from edge.counting.rope_core import RATE_HZ
from edge.counting.signal import runs

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

STOPPED: Final = 0.4
"""Share of the attempt's usual motion at which the limb stands. In double bounces of the open recordings the stillest
0.4 s go down to 0.41 to 0.66, but for two that stop near their beginning."""
MOVES: Final = 0.5
"""Share of it at which the limb goes on. Less is arms that are lowered, or a rope that is put in order."""
LEAST_STAND_S: Final = 0.5
LEAST_STAND: Final = 0.6
"""Share of a turn: a shorter stand is the still part of a slow turn (side swings)."""
SOON_S: Final = 2.0
"""Whoever was caught goes on sooner; whoever rests takes longer. Time in which the limb stands: a first landing is a turn later. No
recording has rests marked, so this is a choice; simulated rests last 2 s and more, too."""
BURST_SOON_S: Final = 3.5
"""After a burst it may take this long."""
NEAR_S: Final = 6.0
"""A stop lies within the attempt when turns are counted so soon before and after it; between two trips one or two are often not."""


def find_stops(
    size_mps2: NDArray[np.floating], turns: NDArray[np.floating], period: NDArray[np.floating], sure: NDArray[np.bool_]
) -> list[int]:
    """Trips in a whole attempt: where the limb has stopped, and soon goes on.

    Args:
        size_mps2: [n], the size of the motion without gravity, at 50 Hz; 0 where nothing was heard.
        turns: indices of the turns, ascending.
        period: [n], samples in a turn.
        sure: [n], the rope is being turned; this is where the usual motion is taken from.

    Returns:
        For each trip the index at which the limb stopped.
    """
    if len(turns) <= LEAST_TURNS or not sure.any():
        return []
    power = np.square(size_mps2)
    usual = float(np.sqrt(np.median(np.maximum(0.0, uniform_filter1d(power, 2 * RATE_HZ))[sure])))
    motion = np.sqrt(np.maximum(0.0, uniform_filter1d(power, STILL_SAMPLES))) / max(usual, 1e-9)
    found: list[int] = []
    for first, end in _standing(motion):
        behind = int(np.searchsorted(turns, (first + end) / 2))
        if not LEAST_TURNS <= behind < len(turns):
            continue
        if max(first - turns[behind - 1], turns[behind] - end) > NEAR_S * RATE_HZ:
            continue
        lasted = end - first + STILL_SAMPLES
        if lasted < max(LEAST_STAND_S * RATE_HZ, LEAST_STAND * period[int(turns[behind - 1])]):
            continue
        if lasted <= SOON_S * RATE_HZ or (
            lasted <= BURST_SOON_S * RATE_HZ and _bursts(size_mps2, turns[:behind], int(period[int(turns[behind - 1])]), first)
        ):
            found.append(first)
    return found


def _standing(motion: NDArray[np.floating]) -> list[tuple[int, int]]:
    """Stretches of standing, as (first, one past the last); what does not move enough between two of them belongs to both."""
    joined: list[tuple[int, int]] = []
    for first, end in runs(motion <= STOPPED):
        if joined and float(motion[joined[-1][1] : first].max()) < MOVES:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((first, end))
    return joined


def _bursts(size_mps2: NDArray[np.floating], turns: NDArray[np.floating], period: int, stop: int) -> bool:
    """The last turn and a half before a stop jerk the limb more than the three turns before do."""
    low, high = int(turns[max(0, len(turns) - LEAST_TURNS - 1)]), int(turns[-1])
    peaks = [float(size_mps2[at : at + period].max()) for at in range(low, high, max(1, period))]
    last = size_mps2[max(0, stop - period * 3 // 2) : stop + STILL_SAMPLES // 2]
    return bool(peaks) and float(last.max()) >= BURST * float(np.median(peaks))


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
