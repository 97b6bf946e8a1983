"""Who belongs to what: the best assignment of a window, and how likely each pair is over all assignments. Pure numbers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
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
LEAST: Final = 1e-12


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
    last = np.where(kept.any(axis=1), columns - 1 - np.argmax(kept[:, ::-1], axis=1), -1) if columns else np.zeros(rows)
    ways, steps = _Ways.none_taken(rows), []
    for column in range(columns):
        wanted = np.flatnonzero(kept[:, column])
        step, ways = _onwards(ways, wanted, weight[wanted, column], last == column, by_column[column])
        steps.append(step)
    chance = np.zeros((rows, columns))
    onward = np.ones(len(ways.likely))
    for column, step in zip(reversed(range(columns)), reversed(steps), strict=True):
        share = step.weight * np.append(onward, 0.0)[step.after]
        before = share.sum(axis=1)
        whole = float(step.likely @ before)
        chance[step.wanted, column] = (step.likely @ share[:, 1:]) / (whole if whole > 0 else 1.0)
        onward = before / (before.max() or 1.0)
    return chance, np.clip(1.0 - chance.sum(axis=1), 0.0, 1.0)


@dataclass(frozen=True, slots=True, eq=False)
class _Ways:
    """States before a column.

    Attributes:
        likely: [state], of all ways that come to it.
        taken: [state, row], whether a row is taken that a later column may want.
        name: [state], the same as one number: equal for equal states.
    """

    likely: Floats
    taken: NDArray[np.bool_]
    name: NDArray[np.uint64]

    @classmethod
    def none_taken(cls, rows: int) -> _Ways:
        return cls(np.ones(1), np.zeros((1, rows), dtype=np.bool_), np.zeros(1, dtype=np.uint64))


@dataclass(frozen=True, slots=True, eq=False)
class _Step:
    """What a column does to the states before it.

    Attributes:
        likely: [state].
        wanted: rows that want the column.
        weight: [state, way on]: nobody of them, or each that wants it; 0 where it is taken.
        after: [state, way on], the state after it; -1 where that was left out.
    """

    likely: Floats
    wanted: NDArray[np.intp]
    weight: Floats
    after: NDArray[np.intp]


def _onwards(
    ways: _Ways, wanted: NDArray[np.intp], weight: Floats, over: NDArray[np.bool_], by_column: float
) -> tuple[_Step, _Ways]:
    """Lay a column to nobody or to one of the rows that want it, and leave out the least likely states.

    Args:
        weight: of each wanted row.
        over: by row, whether no later column wants it.
        by_column: what all weights are divided by.
    """
    names = _names(len(over))
    free = ways.taken & ~over
    name = ways.name ^ np.bitwise_xor.reduce(np.where(ways.taken & over, names, np.uint64(0)), axis=1)
    can = np.hstack([np.ones((len(name), 1), dtype=np.bool_), ~ways.taken[:, wanted]])
    on = np.where(can, np.append(1.0, weight) / by_column, 0.0)
    # Where a row is taken already, laying it once more leads to where nobody leads, with no weight.
    to = name[:, None] ^ np.where(can, np.append(np.uint64(0), np.where(over[wanted], np.uint64(0), names[wanted])), np.uint64(0))
    found, first, which = np.unique(to, return_index=True, return_inverse=True)
    which = which.reshape(to.shape)
    likely = np.bincount(which.ravel(), (on * ways.likely[:, None]).ravel(), len(found))
    best = np.argsort(-likely, kind="stable")[:MOST_STATES]
    top = likely[best[0]] or 1.0
    best = best[likely[best] > LEAST * top]
    after = np.full(len(found), -1)
    after[best] = np.arange(len(best))
    state, way = np.divmod(first[best], to.shape[1])
    taken = free[state]
    laid = np.flatnonzero(way)
    row = wanted[way[laid] - 1]
    taken[laid, row] = ~over[row]
    return _Step(ways.likely, wanted, on, after[which]), _Ways(likely[best] / top, taken, found[best])


@cache
def _names(rows: int) -> NDArray[np.uint64]:
    """A number for each row: a set of rows is named by all of theirs, and two sets have the same name once in 2^64."""
    return np.random.default_rng(rows).integers(0, 2**64, rows, dtype=np.uint64)
