"""One row of skips from two that saw the same pupil: what both saw is one skip, what one missed is filled in by the other.

A band that fell off or a square that was hidden is a blind span: there the other source stands alone. Where both could see, a skip
of one source alone is believed when it fills a gap in the rhythm, and not when it falls between two skips one period apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

from edge.counting.blind_spans import inside
from edge.counting.skip_pairs import NEAR, offset_of, pairs_of, period_of_times

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from edge.counting.blind_spans import Spans
    from edge.counting.skip_pairs import Times

FILLS: Final = 1.6
"""A gap of so many periods has room for a skip that was missed."""
MISSED_EVEN: Final = 0.10
"""And what is missing makes it a whole number of periods, to this share of one: pupils are uneven by 0.03 to 0.08 (simulated). A
gap of one and two thirds is a trip and a new start."""
EVEN: Final = 0.3
"""Where nobody saw a trip, intervals that differ from the usual one by so much are of one rhythm (as at the edges of a bout)."""
MOST_MISSED: Final = 4
"""More than so many in a row were not missed by a source that could see: the pupil did something else."""
LEAST_MATCHED: Final = 0.8
"""Share of the skips that both could see; with fewer of them alike the two saw different things, and are not put together."""
TWICE: Final = 0.7
"""Of two turns of a wrist nearer than this share of a period one is no skip: a double under has two, half a period apart."""
SHORT_BOUT: Final = 2.5
"""Fewer than three skips are no bout, and of a jump both rise and fall are needed: so many periods beside a blind span are as good
as blind."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What one source saw.

    Attributes:
        skips_ns: times of the skips, ascending.
        blind: spans (ns) in which it could not see.
        starts_ns: of the skips those that begin a bout.
    """

    skips_ns: Sequence[int]
    blind: Spans = ()
    starts_ns: frozenset[int] = frozenset()


def merge(sure: Seen, other: Seen) -> tuple[int, ...] | None:
    """The skips of both, in the clock of the first, which is believed at the ends of a bout.

    Returns:
        `None` when too few skips are alike: then there is nothing to put together.
    """
    if not sure.skips_ns or not other.skips_ns:
        return _one_sided(sure, other)
    mine, theirs, period = _laid_over(sure, other)
    pairs = pairs_of(mine, theirs, NEAR * period)
    both_saw = max(sum(not inside(t, other.blind) for t in mine), sum(not inside(t, sure.blind) for t in theirs))
    if len(pairs) < LEAST_MATCHED * both_saw:
        return None
    kept = {float(mine[i]) for i, _ in pairs}
    alone_mine = [float(t) for i, t in enumerate(mine) if i not in {i for i, _ in pairs}]
    alone_theirs = [float(t) for j, t in enumerate(theirs) if j not in {j for _, j in pairs}]
    # The surer source's own skips first: it is asked only where the other one could see and saw a rhythm without them.
    for t in alone_mine:
        if inside(t, other.blind) or not _crowded(t, kept, period):
            kept.add(t)
    kept.update(t for t in alone_theirs if inside(t, sure.blind))
    for group in _in_one_gap([t for t in alone_theirs if t not in kept], kept):
        if not _was_caught(group, kept, sure, period) and (_fills(group, kept, period) or _goes_on(group, kept, sure, period)):
            kept.update(group)
    return tuple(round(t) for t in sorted(kept))


def cover(sure: Seen, other: Seen) -> tuple[int, ...]:
    """The skips of the first, and of the other one only those at which the first could not see: what to do where they differ."""
    if not sure.skips_ns or not other.skips_ns:
        return _one_sided(sure, other)
    mine, theirs, period = _laid_over(sure, other)
    blind = _widened(sure, period)
    hidden = [float(t) for t in theirs if inside(t, blind) and float(np.abs(mine - t).min()) >= NEAR * period]
    return tuple(round(t) for t in sorted([*mine.tolist(), *hidden]))


def one_a_skip(wrist: Seen, sure: Seen) -> tuple[int, ...]:
    """The skips of a wrist that may have counted both turns of double unders, held against one that saw each flight.

    Returns:
        Those that both saw, and of the others those that are no second turn: most of a period away from any that is kept. Where
        flights were hidden the wrist may change from one turn to the other: then they are as evenly spaced as those around them.
    """
    theirs = np.array(wrist.skips_ns, dtype=np.float64)
    mine = np.array(sure.skips_ns, dtype=np.float64)
    period = period_of_times(mine)
    if not len(theirs) or not period:
        return tuple(wrist.skips_ns)
    offset = offset_of(mine, theirs, period)
    alike = {j for _, j in pairs_of(mine, theirs - offset, NEAR * period)}
    kept = sorted(alike)
    for j, t in enumerate(theirs):
        if all(abs(t - theirs[k]) >= TWICE * period for k in kept):
            kept.append(j)
    times = {float(theirs[j]) for j in kept}
    for start_ns, end_ns in sure.blind:
        before, after = _neighbours(start_ns, mine.tolist())[0], _neighbours(end_ns, mine.tolist())[1]
        if before is not None and after is not None:
            times = _evened((before + offset, after + offset), times, theirs.tolist(), period)
    return tuple(round(t) for t in sorted(times))


def _evened(gap: tuple[float, float], times: set[float], swings: Sequence[float], period: float) -> set[float]:
    """With evenly spaced skips between two that are sure, if the wrist never rested there and its skips are not even themselves."""
    first, last = gap
    within = sorted(t for t in times if first + NEAR * period < t < last - NEAR * period)
    local = _local(first, last, times, period)
    even = all(abs(b - a - local) <= EVEN * local for a, b in pairwise([first, *within, last]))
    whole = [first, *(t for t in swings if first < t < last), last]
    if even or any(b - a > FILLS * local for a, b in pairwise(whole)):
        return times
    spaced = np.linspace(first, last, round((last - first) / local) + 1)[1:-1].tolist()
    return {*(times - set(within)), *spaced}


def _laid_over(sure: Seen, other: Seen) -> tuple[Times, Times, float]:
    """The skips of both in the clock of the first, and the usual period (ns)."""
    mine, theirs = (np.array(one.skips_ns, dtype=np.float64) for one in (sure, other))
    period = period_of_times(mine) or period_of_times(theirs)
    return mine, theirs - offset_of(mine, theirs, period), period


def _widened(seen: Seen, period: float) -> Spans:
    """Its blind spans, and beside each the time in which a bout is too short to be one, where it counted nothing then."""
    beside = SHORT_BOUT * period
    spans = []
    for start_ns, end_ns in seen.blind:
        after = any(end_ns < t <= end_ns + beside for t in seen.skips_ns)
        before = any(start_ns - beside <= t < start_ns for t in seen.skips_ns)
        spans.append((start_ns if before else round(start_ns - beside), end_ns if after else round(end_ns + beside)))
    return tuple(spans)


def _one_sided(sure: Seen, other: Seen) -> tuple[int, ...]:
    if sure.skips_ns:
        return tuple(sure.skips_ns)
    return tuple(t for t in other.skips_ns if inside(t, sure.blind))


def _neighbours(t: float, kept: Iterable[float]) -> tuple[float | None, float | None]:
    before = max((k for k in kept if k < t), default=None)
    after = min((k for k in kept if k > t), default=None)
    return before, after


def _crowded(t: float, kept: set[float], period: float) -> bool:
    """Whether the skips that both saw leave no room for one at `t`."""
    before, after = _neighbours(t, kept)
    return before is not None and after is not None and after - before < FILLS * _local(before, after, kept, period)


def _in_one_gap(times: list[float], kept: set[float]) -> list[list[float]]:
    """Times between the same two skips, together."""
    groups: dict[tuple[float | None, float | None], list[float]] = {}
    for t in times:
        groups.setdefault(_neighbours(t, kept), []).append(t)
    return list(groups.values())


def _was_caught(group: list[float], kept: set[float], sure: Seen, period: float) -> bool:
    """Whether the surer source began a new bout after a gap of two: it did not miss a skip there, it saw a pupil start again.

    A wrist swings once more when the rope is caught, and may do so in time. Right behind a blind span every bout seems to begin.
    """
    _, after = _neighbours(group[0], kept)
    if len(group) > 1 or after is None or round(after) not in sure.starts_ns:
        return False
    return not any(end_ns <= after <= end_ns + SHORT_BOUT * period for _, end_ns in sure.blind)


def _goes_on(group: list[float], kept: set[float], sure: Seen, period: float) -> bool:
    """Whether a rhythm out of a blind span goes on to the few skips beside it, which were half hidden from the surer source."""
    before, after = _neighbours(group[0], kept)
    for start_ns, end_ns in sure.blind:
        if before is not None and start_ns <= before <= end_ns and group[-1] <= end_ns + SHORT_BOUT * period:
            rhythm = [before, *group]
        elif after is not None and start_ns <= after <= end_ns and group[0] >= start_ns - SHORT_BOUT * period:
            rhythm = [*group, after]
        else:
            continue
        local = _local(rhythm[0], rhythm[-1], kept, period)
        if all(abs(b - a - local) <= EVEN * local for a, b in pairwise(rhythm)):
            return True
    return False


def _fills(group: list[float], kept: set[float], period: float) -> bool:
    """Whether a few skips fill a gap so that the rhythm goes on through it: they were missed there."""
    before, after = _neighbours(group[0], kept)
    if before is None or after is None or len(group) > MOST_MISSED:
        return False
    local = _local(before, after, kept, period)
    if abs((after - before) / (len(group) + 1) - local) > MISSED_EVEN * local:
        return False
    return all((1 - NEAR) * local <= b - a <= (1 + NEAR) * local for a, b in pairwise([before, *group, after]))


def _local(before: float, after: float, kept: set[float], period: float) -> float:
    """The usual interval around a gap."""
    near = sorted(k for k in kept if before - 6 * period <= k <= after + 6 * period)
    gaps = [b - a for a, b in pairwise(near) if (a, b) != (before, after)]
    return float(np.median(gaps)) if gaps else period
