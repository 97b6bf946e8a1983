"""The live count from motion: the last seconds are looked at again and again, and a turn that is out is never taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from edge.counting.lookback import Pace
from edge.counting.motion_lookback import MotionLookback
from edge.counting.rope_turns import find_turns
from edge.counting.trips import TripFinder, with_trips

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge.counting.events import Event
    from edge.counting.samples import MotionSamples

SPAN_NS: Final = 6_000_000_000
"""Four of the longest turns."""
PACE: Final = Pace(every_ns=200_000_000, guard_ns=150_000_000, oldest_ns=2_500_000_000, apart=0.6)
MOST_SAMPLES: Final = 6 * 250
"""Six seconds at 250 Hz."""


class RopeMotionCounter:
    """Counts turns of the rope as they come; causal, bounded (about 50 kB)."""

    def __init__(self) -> None:
        self._window = MotionLookback(_turns, PACE, span_ns=SPAN_NS, most_samples=MOST_SAMPLES)
        self._trips = TripFinder()

    def feed(self, sample: MotionSamples, /) -> Sequence[Event]:
        """See `Counter`."""
        return with_trips(self._window.feed(sample), self._trips)

    def flush(self) -> Sequence[Event]:
        """See `Counter`."""
        return with_trips(self._window.flush(), self._trips)


def _turns(samples: MotionSamples, last_ns: int | None) -> list[int]:
    return [int(t_ns) for bout in find_turns(samples, last_ns) for t_ns in bout.t_ns]
