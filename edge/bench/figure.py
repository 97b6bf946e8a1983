"""One measured figure: what was claimed, what was measured, and what others reach in the same run."""

from __future__ import annotations

import statistics
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Better = Literal["less", "more"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a figure stands in a table that compares: figures of the same table and row share a line, one a column."""

    table: str
    row: str
    column: str


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure as `touchline bench … --json` prints it.

    Attributes:
        goal: the value that is claimed, or `None` for a figure that is only shown.
        holds: whether the goal was reached; `None` without a goal.
        runs: how many runs stand behind the median.
        spread: smallest and largest run.
        beside: the same figure of other programs, measured in the same run, by name.
        place: where it is printed, if not on a line of its own; no part of the JSON object.
        better: whether less or more of it is better; no part of the JSON object.
    """

    figure: str
    value: float
    unit: str
    goal: float | None = None
    holds: bool | None = None
    runs: int = 1
    spread: tuple[float, float] | None = None
    beside: dict[str, float] = field(default_factory=dict)
    place: Place | None = None
    better: Better = "less"

    def as_json(self) -> dict[str, Any]:
        """The figure as the plain values of its JSON object."""
        return {name: value for name, value in asdict(self).items() if name not in {"place", "better"}}


def figure(
    name: str,
    values: Sequence[float],
    unit: str,
    *,
    goal: float | None = None,
    better: Better = "less",
    beside: Mapping[str, Sequence[float]] | None = None,
    place: Place | None = None,
) -> Figure:
    """Make a figure of the values of several runs: the median counts, the spread is told.

    Args:
        values: one value a run; at least one.
        better: whether a value at most (`less`) or at least (`more`) the goal holds it.
        beside: the runs of the peers, by name.
        place: where in a comparing table it stands.
    """
    value = statistics.median(values)
    holds = None if goal is None else (value <= goal if better == "less" else value >= goal)
    peers = {peer: statistics.median(runs) for peer, runs in (beside or {}).items() if runs}
    return Figure(name, value, unit, goal, holds, len(values), (min(values), max(values)), peers, place, better)
