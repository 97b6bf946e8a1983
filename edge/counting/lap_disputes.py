"""Which crossings cannot be told apart: those that share pupils who may have been at either."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy as np
    from numpy.typing import NDArray


def entangled(chance: NDArray[np.float64], unsure: Iterable[int], least: float) -> list[tuple[list[int], list[int]]]:
    """Groups of columns (crossings) and rows (pupils) that hang together.

    Args:
        chance: [row, column], how likely each pair is.
        unsure: the columns to be grouped.
        least: pairs less likely than this join nothing.

    Returns:
        columns ascending and rows of each group; a column with no likely row is in none.
    """
    groups: list[tuple[list[int], list[int]]] = []
    for column in sorted(unsure):
        columns, rows = [column], [row for row in range(len(chance)) if chance[row, column] >= least]
        apart = []
        for group in groups:
            if set(group[1]) & set(rows):
                columns, rows = group[0] + columns, group[1] + rows
            else:
                apart.append(group)
        groups = [*apart, (sorted(columns), _once(rows))] if rows else apart
    return groups


def _once(rows: Sequence[int]) -> list[int]:
    return list(dict.fromkeys(rows))
