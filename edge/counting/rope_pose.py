"""Skips of a pupil on a camera's square: the live count, and the official one from the whole attempt."""

from __future__ import annotations

from collections import deque
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from edge.counting.blind_spans import hidden_spans, share_seen
from edge.counting.body_bouts import find_bouts, might_skip
from edge.counting.body_confidence import confidence
from edge.counting.events import Bout, OfficialCount
from edge.counting.lookback import Lookback, Pace
from edge.counting.trips import TripFinder, find_trips, with_trips

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge.counting.events import Event
    from edge.counting.judged_bout import BodyBout
    from edge.counting.samples import BodySample

SPAN_NS: Final = 6_000_000_000
MOST_SAMPLES: Final = 6 * 60
"""Bound of the memory: six seconds at 60 pictures a second."""
MOST_COUNTED: Final = 64
"""Times kept of what was counted: six seconds at ten skips a second."""
SAME_NS: Final = 60_000_000
LEAST_AGAIN: Final = 0.75
AROUND_NS: Final = 2_000_000_000
"""Whoever was out of view so shortly before the first skip or after the last may have skipped more."""
PACE: Final = Pace(every_ns=200_000_000, longest_ns=600_000_000, due=1.2, guard_ns=120_000_000, oldest_ns=2_500_000_000, apart=0.6)


class RopePoseCounter:
    """Counts skips as they come: the last six seconds are looked at once a skip, and up to five times a second.

    Args:
        phase: 0 to 1, when within a fifth of a second it looks: ten of them side by side take turns.
    """

    def __init__(self, phase: float = 0.0) -> None:
        self._recent: deque[BodySample] = deque(maxlen=MOST_SAMPLES)
        self._lookback = Lookback(PACE, round(phase * PACE.every_ns))
        self._trips = TripFinder()
        self._counted: deque[int] = deque(maxlen=MOST_COUNTED)

    def feed(self, sample: BodySample, /) -> Sequence[Event]:
        """See `Counter`. A sample that is not later than the newest one is ignored."""
        if self._recent and sample.t_ns <= self._recent[-1].t_ns:
            return ()
        new = self._lookback.arrive(sample.t_ns, self._look)
        self._recent.append(sample)
        self._counted.extend(t_ns for t_ns, _ in new)
        return with_trips(new, self._trips)

    def flush(self) -> Sequence[Event]:
        """See `Counter`."""
        return with_trips(self._lookback.finish(self._look), self._trips)

    def _look(self, now_ns: int) -> list[int]:
        seen = [s for s in self._recent if s.t_ns >= now_ns - SPAN_NS]
        return [t_ns for bout in find_bouts(seen) if self._agrees(bout) for t_ns in bout.skips_ns]

    def _agrees(self, bout: BodyBout) -> bool:
        """Whether a bout has the skips that were counted within it: at the end of a bout what is left of it can look slower."""
        last_ns = self._counted[-1] if self._counted else 0
        counted = sum(t_ns >= bout.skips_ns[0] - SAME_NS for t_ns in self._counted)
        again = sum(t_ns <= last_ns + SAME_NS for t_ns in bout.skips_ns)
        return again >= LEAST_AGAIN * counted


def count_official(samples: Sequence[BodySample]) -> OfficialCount:
    """Skips of a whole attempt, from all its pictures, both ways in time.

    `rope_seen` is true when the hands turned a rope in most of the skips, false where they could be looked at and did not.
    """
    ordered = sorted({s.t_ns: s for s in samples}.values(), key=lambda s: s.t_ns)
    bouts, blind = find_bouts(ordered, afterwards=True), hidden_spans(ordered)
    times = tuple(t_ns for bout in bouts for t_ns in bout.skips_ns)
    parts = tuple(Bout(part[0], part[-1], len(part)) for bout in bouts for part in _between_trips(bout))
    return OfficialCount(
        len(times),
        times,
        find_trips(times),
        parts,
        confidence(
            share_seen(ordered, blind),
            bouts,
            lost=bool(times) and any(not s.present for s in ordered if times[0] - AROUND_NS < s.t_ns < times[-1] + AROUND_NS),
            might_skip=not times and might_skip(ordered),
        ),
        double_unders=sum(len(bout.skips_ns) for bout in bouts if bout.twice),
        rope_seen=_rope_seen(bouts),
        blind=blind,
    )


def _between_trips(bout: BodyBout) -> list[list[int]]:
    starts = [0, *(bout.skips_ns.index(t_ns) for t_ns in bout.restarts_ns), len(bout.skips_ns)]
    return [bout.skips_ns[first:end] for first, end in pairwise(starts) if end > first]


def _rope_seen(bouts: Sequence[BodyBout]) -> bool | None:
    looked = [bout for bout in bouts if bout.hands_looked_at]
    if not looked:
        return None
    with_rope = sum(len(bout.skips_ns) for bout in looked if bout.rope_seen)
    return 2 * with_rope >= sum(len(bout.skips_ns) for bout in looked)
