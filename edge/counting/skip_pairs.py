"""Which skips of two rows are of the same flight: two clocks, one of them later by an unknown part of a period."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Times = NDArray[np.float64]

NEAR: Final = 0.45
"""Two times are of one skip when they are nearer than this share of the period: beyond half of it they could be of two."""
LARGEST_OFFSET: Final = 0.65
"""A wrist and a body are at different points of the same skip: periods. It may be more than half of one, and then the number of
skips alike tells which of one belongs to which of the other."""
NEARER_PER_NS: Final = 1e-10
"""Of two offsets that fit alike the nearer one: a tenth of a pair for a second."""
LIKELY: Final = 0.5
"""Density of the second best offset, as a share of the best one's, from which the counterparts are counted."""
OFFSET_STEP_NS: Final = 10_000_000
BLUR_NS: Final = 30_000_000.0


def period_of_times(times: Times) -> float:
    """The median interval (ns); 0 for fewer than two times."""
    gaps = np.diff(times)
    return float(np.median(gaps)) if len(gaps) else 0.0


def offset_of(mine: Times, theirs: Times, period: float) -> float:
    """How much later the other source sees the same skip: where most differences gather (kernel density, the nearer on a tie).

    A rhythm is like itself a period later: of two such places the one at which more skips have a counterpart.
    """
    differences = (theirs[None, :] - mine[:, None]).ravel()
    most = LARGEST_OFFSET * period
    near = differences[np.abs(differences) <= most + 3 * BLUR_NS]
    if not len(near):
        return 0.0
    places = np.arange(-most, most + OFFSET_STEP_NS, OFFSET_STEP_NS)
    density = np.exp(-0.5 * ((near[None, :] - places[:, None]) / BLUR_NS) ** 2).sum(axis=1) - NEARER_PER_NS * np.abs(places)
    one = int(np.argmax(density))
    elsewhere = np.where(np.abs(places - places[one]) >= NEAR * period, density, -np.inf)
    two = int(np.argmax(elsewhere))
    if elsewhere[two] < LIKELY * density[one]:
        return float(places[one])
    best = max((one, two), key=lambda place: len(pairs_of(mine, theirs - places[place], NEAR * period)))
    return float(places[best])


def pairs_of(mine: Times, theirs: Times, reach: float) -> list[tuple[int, int]]:
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
