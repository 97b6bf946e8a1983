"""Who belongs to what: the best assignment of a window, and how likely each pair is over all assignments. Pure numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.optimize import linear_sum_assignment

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

NEVER: Final = 1e6
"""A cost that no assignment takes."""
SMALL: Final = 1e-3
MOST_STATES: Final = 300


def assign(pair: Floats) -> list[int]:
    """The column of each row in the likeliest assignment, or -1.

    Args:
        pair: [row, column] cost (minus log-likelihood) of a pair less the costs of leaving both alone; below 0 where it gains.
    """
    rows, columns = pair.shape
    whole = np.zeros((rows, columns + rows))
    whole[:, :columns] = np.minimum(pair, NEVER)
    chosen = linear_sum_assignment(whole)[1]
    return [int(column) if column < columns and pair[row, column] < 0 else -1 for row, column in enumerate(chosen)]


def marginals(pair: Floats) -> tuple[Floats, Floats]:
    """How likely each pair is, and how likely each row stays alone, over all assignments by their likelihood.

    Column after column, with the rows that are taken and may still be wanted as the state: exact, but for pairs hundreds of times
    less likely than others of theirs, and for the least of more than `MOST_STATES` states. (Belief propagation is quicker, and of
    two rows and two columns is always sure of one of the two ways.)

    Args:
        pair: as in `assign`; columns in an order in which rows are wanted by neighbours.
    """
    rows, columns = pair.shape
    weight = np.exp(np.clip(-pair, -60.0, 60.0)) * (pair < NEVER)
    by_column, by_row = weight.max(axis=0, initial=1.0), weight.max(axis=1, initial=0.0)
    kept = (weight >= SMALL * by_column) | (weight >= 10 * SMALL * by_row[:, None]) & (weight > 0.01 * SMALL)
    wanted = [np.flatnonzero(kept[:, column]).tolist() for column in range(columns)]
    last = {row: column for column in range(columns) for row in wanted[column]}
    ways: list[dict[int, float]] = [{0: 1.0}]
    for column in range(columns):
        ways.append(
            _thinned(
                _onwards(ways[-1], column, wanted[column], last, weight[:, column] / by_column[column], 1.0 / by_column[column])
            )
        )
    chance = np.zeros((rows, columns))
    onward: dict[int, float] = dict.fromkeys(ways[-1], 1.0)
    for column in reversed(range(columns)):
        over = _over_after(column, last)
        before: dict[int, float] = {}
        for state, likely in ways[column].items():
            total = onward.get(state & ~over, 0.0) / by_column[column]
            for row in wanted[column]:
                if not state >> row & 1:
                    share = weight[row, column] / by_column[column] * onward.get((state | 1 << row) & ~over, 0.0)
                    total += share
                    chance[row, column] += likely * share
            before[state] = total
        whole = sum(likely * before[state] for state, likely in ways[column].items())
        chance[:, column] /= whole if whole > 0 else 1.0
        top = max(before.values(), default=1.0) or 1.0
        onward = {state: total / top for state, total in before.items()}
    return chance, np.clip(1.0 - chance.sum(axis=1), 0.0, 1.0)


def _onwards(
    ways: dict[int, float], column: int, wanted: list[int], last: dict[int, int], weight: Floats, nobody: float
) -> dict[int, float]:
    over = _over_after(column, last)
    after: dict[int, float] = {}
    for state, likely in ways.items():
        free = state & ~over
        after[free] = after.get(free, 0.0) + likely * nobody
        for row in wanted:
            if not state >> row & 1:
                taken = (state | 1 << row) & ~over
                after[taken] = after.get(taken, 0.0) + likely * float(weight[row])
    return after


def _over_after(column: int, last: dict[int, int]) -> int:
    """The rows, as bits, that no later column wants."""
    return sum(1 << row for row, end in last.items() if end == column)


def _thinned(ways: dict[int, float]) -> dict[int, float]:
    """Scaled, and without the least likely."""
    best = sorted(ways.items(), key=lambda one: -one[1])[:MOST_STATES]
    top = best[0][1] or 1.0
    return {state: likely / top for state, likely in best if likely > 1e-12 * top}
