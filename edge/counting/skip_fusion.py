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

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from edge.counting.blind_spans import Spans

    Times = NDArray[np.float64]

NEAR: Final = 0.45
"""Two times are of one skip when they are nearer than this share of the period: beyond half of it they could be of two."""
FILLS: Final = 1.6
"""A gap of so many periods has room for a skip that was missed."""
MISSED_EVEN: Final = 0.10
"""And what is missing makes it a whole number of periods, to this share of one: pupils are uneven by 0.03 to 0.08 (simulated). A
gap of one and two thirds is a trip and a new start."""
MOST_MISSED: Final = 4
"""More than so many in a row were not missed by a source that could see: the pupil did something else."""
LARGEST_OFFSET: Final = 0.65
"""A wrist and a body are at different points of the same skip: periods. It may be more than half of one, and then the number of
skips alike tells which of one belongs to which of the other."""
LEAST_MATCHED: Final = 0.8
"""Share of the skips that both could see; with fewer of them alike the two saw different things, and are not put together."""
TWICE: Final = 0.7
"""Of two turns of a wrist nearer than this share of a period one is no skip: a double under has two, half a period apart."""
SHORT_BOUT: Final = 2.5
"""Fewer than three skips are no bout: so many periods beside a blind span are as good as blind."""
NEARER_PER_NS: Final = 1e-10
"""Of two offsets that fit alike the nearer one: a tenth of a pair for a second."""
OFFSET_STEP_NS: Final = 10_000_000
BLUR_NS: Final = 30_000_000.0


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
    mine = np.array(sure.skips_ns, dtype=np.float64)
    theirs = np.array(other.skips_ns, dtype=np.float64)
    period = _period(mine) or _period(theirs)
    theirs = theirs - _offset(mine, theirs, period)
    pairs = _pairs(mine, theirs, NEAR * period)
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
        if not _was_caught(group, kept, sure) and _fills(group, kept, period):
            kept.update(group)
    return tuple(round(t) for t in sorted(kept))


def cover(sure: Seen, other: Seen) -> tuple[int, ...]:
    """The skips of the first, and of the other one only those at which the first could not see: what to do where they differ."""
    if not sure.skips_ns or not other.skips_ns:
        return _one_sided(sure, other)
    mine = np.array(sure.skips_ns, dtype=np.float64)
    theirs = np.array(other.skips_ns, dtype=np.float64)
    period = _period(mine) or _period(theirs)
    theirs = theirs - _offset(mine, theirs, period)
    blind = _widened(sure, period)
    hidden = [float(t) for t in theirs if inside(t, blind) and float(np.abs(mine - t).min()) >= NEAR * period]
    return tuple(round(t) for t in sorted([*mine.tolist(), *hidden]))


def one_a_skip(wrist: Seen, sure: Seen) -> tuple[int, ...]:
    """The skips of a wrist that may have counted both turns of double unders, held against one that saw each flight.

    Returns:
        Those that both saw, and of the others those that are no second turn: most of a period away from any that is kept.
    """
    theirs = np.array(wrist.skips_ns, dtype=np.float64)
    mine = np.array(sure.skips_ns, dtype=np.float64)
    period = _period(mine)
    if not len(theirs) or not period:
        return tuple(wrist.skips_ns)
    alike = {j for _, j in _pairs(mine, theirs - _offset(mine, theirs, period), NEAR * period)}
    kept = sorted(alike)
    for j, t in enumerate(theirs):
        if all(abs(t - theirs[k]) >= TWICE * period for k in kept):
            kept.append(j)
    return tuple(wrist.skips_ns[j] for j in sorted(kept))


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


def _period(times: Times) -> float:
    gaps = np.diff(times)
    return float(np.median(gaps)) if len(gaps) else 0.0


def _offset(mine: Times, theirs: Times, period: float) -> float:
    """How much later the other source sees the same skip: where most differences gather (kernel density, the nearer on a tie)."""
    differences = (theirs[None, :] - mine[:, None]).ravel()
    most = LARGEST_OFFSET * period
    near = differences[np.abs(differences) <= most + 3 * BLUR_NS]
    if not len(near):
        return 0.0
    places = np.arange(-most, most + OFFSET_STEP_NS, OFFSET_STEP_NS)
    density = np.exp(-0.5 * ((near[None, :] - places[:, None]) / BLUR_NS) ** 2).sum(axis=1)
    return float(places[int(np.argmax(density - NEARER_PER_NS * np.abs(places)))])


def _pairs(mine: Times, theirs: Times, reach: float) -> list[tuple[int, int]]:
    """Nearest first, each time once."""
    candidates = []
    for i, t in enumerate(mine):
        first, last = np.searchsorted(theirs, [t - reach, t + reach])
        candidates += [(abs(float(theirs[j] - t)), i, int(j)) for j in range(first, last)]
    taken_mine: set[int] = set()
    taken_theirs: set[int] = set()
    pairs = []
    for _, i, j in sorted(candidates):
        if i not in taken_mine and j not in taken_theirs:
            pairs.append((i, j))
            taken_mine.add(i)
            taken_theirs.add(j)
    return pairs


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


def _was_caught(group: list[float], kept: set[float], sure: Seen) -> bool:
    """Whether the surer source began a new bout after a gap of two: it did not miss a skip there, it saw a pupil start again.

    A wrist swings once more when the rope is caught, and may do so in time.
    """
    _, after = _neighbours(group[0], kept)
    return len(group) == 1 and after is not None and round(after) in sure.starts_ns


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
