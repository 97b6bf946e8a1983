"""Skips of a pupil on a camera's square: the live count, and the official one from the whole attempt."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

import numpy as np

from edge.counting.bounces import find_bounces
from edge.counting.events import Bout, OfficialCount
from edge.counting.lookback import Lookback, Pace
from edge.counting.trips import TripFinder, find_trips, with_trips

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge.counting.events import Event
    from edge.counting.samples import BodySample

SPAN_NS: Final = 8_000_000_000
MOST_SAMPLES: Final = 8 * 60
"""Bound of the memory: eight seconds at 60 pictures a second."""
PACE: Final = Pace(every_ns=200_000_000, guard_ns=120_000_000, oldest_ns=2_500_000_000, apart=0.6)


class RopePoseCounter:
    """Counts skips as they come: the last eight seconds are looked at five times a second."""

    def __init__(self) -> None:
        self._recent: deque[BodySample] = deque(maxlen=MOST_SAMPLES)
        self._lookback = Lookback(PACE)
        self._trips = TripFinder()

    def feed(self, sample: BodySample, /) -> Sequence[Event]:
        """See `Counter`. A sample that is not later than the newest one is ignored."""
        if self._recent and sample.t_ns <= self._recent[-1].t_ns:
            return ()
        new = self._lookback.arrive(sample.t_ns, self._look)
        self._recent.append(sample)
        return with_trips(new, self._trips)

    def flush(self) -> Sequence[Event]:
        """See `Counter`."""
        return with_trips(self._lookback.finish(self._look), self._trips)

    def _look(self, now_ns: int) -> list[int]:
        seen = [s for s in self._recent if s.t_ns >= now_ns - SPAN_NS]
        return [t_ns for bout in find_bounces(seen) for t_ns in bout]


def count_official(samples: Sequence[BodySample]) -> OfficialCount:
    """Skips of a whole attempt, from all its pictures, both ways in time.

    The confidence falls with uneven intervals and with the share of pictures in which the body was not seen; it is not yet
    calibrated.
    """
    ordered = sorted({s.t_ns: s for s in samples}.values(), key=lambda s: s.t_ns)
    bouts = find_bounces(ordered)
    times = tuple(t_ns for bout in bouts for t_ns in bout)
    parts = tuple(Bout(bout[0], bout[-1], len(bout)) for bout in bouts)
    return OfficialCount(len(times), times, find_trips(times), parts, _confidence(ordered, bouts))


def _confidence(samples: Sequence[BodySample], bouts: list[list[int]]) -> float:
    if not bouts:
        return 1.0
    seen = float(np.mean([s.present for s in samples]))
    doubts = 0.5 * (len(bouts) - 1)
    for bout in bouts:
        gaps = np.diff(bout)
        doubts += float(np.sum(np.abs(np.diff(gaps)) > 0.35 * np.median(gaps))) / 2
    return max(0.0, min(1.0, 0.5 + 0.5 * seen - 0.05 * doubts))
