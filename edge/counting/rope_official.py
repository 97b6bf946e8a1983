"""The official count from motion: the whole attempt at once, both ways in time."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

from edge.counting.events import Bout, OfficialCount
from edge.counting.rope_turns import find_turns
from edge.counting.trips import find_trips

if TYPE_CHECKING:
    from edge.counting.rope_turns import TurnBout
    from edge.counting.samples import MotionSamples

UNEVEN: Final = 0.25
"""A gap between two turns that differs by more from its neighbours is a turn that may have been missed or doubled."""


def count_official(samples: MotionSamples) -> OfficialCount:
    """Turns of the rope in a whole recording of a wrist or an ankle.

    The confidence falls with every place where a turn may be missing or doubled, with every pause, and where the motion is less
    like itself; it is not yet calibrated.
    """
    bouts = find_turns(samples)
    events = tuple(int(t_ns) for bout in bouts for t_ns in bout.t_ns)
    parts = tuple(Bout(int(b.t_ns[0]), int(b.t_ns[-1]), len(b.t_ns)) for b in bouts)
    return OfficialCount(len(events), events, find_trips(events), parts, _confidence(bouts))


def _confidence(bouts: list[TurnBout]) -> float:
    if not bouts:
        return 1.0
    doubts = sum(_uneven(bout) for bout in bouts) + 0.5 * (len(bouts) - 1)
    turns = sum(len(bout.t_ns) for bout in bouts)
    alike = sum(bout.likeness * len(bout.t_ns) for bout in bouts) / turns
    return float(max(0.0, min(1.0, alike + 0.3) - 0.1 * doubts))


def _uneven(bout: TurnBout) -> int:
    gaps = [b - a for a, b in pairwise(bout.t_ns)]
    return sum(abs(b - a) > UNEVEN * max(a, b) for a, b in pairwise(gaps))
