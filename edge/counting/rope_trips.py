"""A rope that was caught.

The limb stops within the attempt and soon goes on; after a jerk it may take a little longer. `find_stops` looks for it afterwards,
`LiveStops` while the attempt runs: a trip is known with the first turn after it. A jerk alone is none, and neither is a rest. What
happens at the end of an attempt is none either: a rope that is laid down jerks as well.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.ndimage import uniform_filter1d

from edge.counting.rope_core import RATE_HZ
from edge.counting.signal import runs

if TYPE_CHECKING:
    from numpy.typing import NDArray

JERK: Final = 1.25
"""A caught rope jerks the arm more than the turns before did (4 to 5 g against peaks of 3.6 to 4.5 g). Lower values take
the last landing of a double bounce for a jerk: 1.1 tells of 18 simulated trips that were none, 1.25 of 7."""
STILL_SAMPLES: Final = RATE_HZ * 2 // 5
"""Motion is looked at over 0.4 s."""
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
JERKED_SOON_S: Final = 3.5
"""After a jerk it may take this long."""
STILL_NS: Final = STILL_SAMPLES * 1_000_000_000 // RATE_HZ
MOST_STANDS: Final = 4
"""That are kept between two turns; who stands more often is at rest."""
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
        turn = int(period[int(turns[behind - 1])])
        low = int(turns[max(0, behind - LEAST_TURNS - 1)])
        stop = first + STILL_SAMPLES // 2
        jerked = _jerks(size_mps2[low:stop], min(stop, int(turns[behind - 1])) - low, turn)
        if _is_trip((end - first + STILL_SAMPLES) / RATE_HZ, turn / RATE_HZ, jerked=jerked):
            found.append(first)
    return found


def _is_trip(stood_s: float, period_s: float, *, jerked: bool) -> bool:
    """Whether a limb stood as long as one whose rope was caught."""
    return max(LEAST_STAND_S, LEAST_STAND * period_s) <= stood_s <= (JERKED_SOON_S if jerked else SOON_S)


def _standing(motion: NDArray[np.floating]) -> list[tuple[int, int]]:
    """Stretches of standing, as (first, one past the last); what does not move enough between two of them belongs to both."""
    joined: list[tuple[int, int]] = []
    for first, end in runs(motion <= STOPPED):
        if joined and float(motion[joined[-1][1] : first].max()) < MOVES:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((first, end))
    return joined


def _jerks(size_mps2: NDArray[np.floating], last: int, period: int) -> bool:
    """The last turn and a half before a stop jerk the limb more than the three turns before do.

    Args:
        size_mps2: from some turns before the stop to its beginning.
        last: index of the last turn.
        period: samples in a turn.
    """
    peaks = [float(size_mps2[at : at + period].max()) for at in range(0, last, max(1, period))]
    newest = size_mps2[max(0, len(size_mps2) - STILL_SAMPLES // 2 - period * 3 // 2) :]
    return bool(peaks) and float(newest.max()) >= JERK * float(np.median(peaks))


@dataclass(slots=True)
class _Stand:
    first_ns: int
    end_ns: int
    jerked: bool


class LiveStops:
    """The same rule for one band while the attempt runs: a trip is told with the first turn after it."""

    def __init__(self) -> None:
        self._stands: deque[_Stand] = deque(maxlen=MOST_STANDS)
        self.stood = False
        """Whether the limb has not moved enough since it stood: only then, and where it stands now, `moved` has something to do."""
        self._turns = 0
        self._last_ns = 0
        self._period_s = 0.0

    def moved(self, share: float, energy: NDArray[np.floating], end_ns: int) -> None:
        """The limb has moved so much over the newest `STILL_SAMPLES`.

        Args:
            share: of the usual motion.
            energy: [n], the square of the size of the newest motion, at 50 Hz; looked at where a stand begins.
            end_ns: time of its last sample.
        """
        middle_ns = end_ns - STILL_NS // 2
        self.stood &= share < MOVES
        if share > STOPPED:
            return
        if self._stands and self.stood:
            self._stands[-1].end_ns = middle_ns
        else:
            self._stands.append(_Stand(middle_ns, middle_ns, self._jerked(np.sqrt(energy), end_ns)))
        self.stood = True

    def turn(self, t_ns: int, period_s: float) -> int | None:
        """A turn has been counted; when the limb stopped before it, if that was a trip."""
        tripped_ns = None
        while self._stands and t_ns > (self._stands[0].first_ns + self._stands[0].end_ns) // 2:
            stand = self._stands.popleft()
            near = max(stand.first_ns - self._last_ns, t_ns - stand.end_ns) <= NEAR_S * 1e9
            stood_s = (stand.end_ns - stand.first_ns + STILL_NS) / 1e9
            if self._turns >= LEAST_TURNS and near and _is_trip(stood_s, self._period_s, jerked=stand.jerked):
                tripped_ns = stand.first_ns
        self._turns, self._last_ns, self._period_s = self._turns + 1, t_ns, period_s
        return tripped_ns

    def _jerked(self, size_mps2: NDArray[np.floating], end_ns: int) -> bool:
        period = max(1, round(self._period_s * RATE_HZ))
        last = len(size_mps2) - 1 - round((end_ns - self._last_ns) / 1e9 * RATE_HZ)
        low = max(0, last - LEAST_TURNS * period)
        return last - low >= 2 * period and _jerks(size_mps2[low:], last - low, period)
