"""The live count from motion: the last seconds are looked at again and again, and a turn that is out is never taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from edge.counting.events import Skip
from edge.counting.lookback import Pace
from edge.counting.motion_lookback import MotionLookback
from edge.counting.rope_turns import find_turns

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

    def feed(self, sample: MotionSamples, /) -> Sequence[Event]:
        """See `Counter`."""
        return [Skip(t_ns, number) for t_ns, number in self._window.feed(sample)]

    def flush(self) -> Sequence[Event]:
        """See `Counter`."""
        return [Skip(t_ns, number) for t_ns, number in self._window.flush()]


def _turns(samples: MotionSamples, last_ns: int | None) -> list[int]:
    return [int(t_ns) for bout in find_turns(samples, last_ns) for t_ns in bout.t_ns]
