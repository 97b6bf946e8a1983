"""Who it was in a dash: each in a lane of the own, so the place on the line is the name. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge.counting.events import Crossing

APART: Final = 0.4
"""Neighbours on the line must be at least this share of a lane apart; nearer ones may have changed places within their lanes."""


@dataclass(frozen=True, slots=True)
class Lanes:
    """The lane of each crossing, `None` where there are more bodies than lanes.

    Attributes:
        sure: one body for each lane, and no two too near to each other.
    """

    lanes: tuple[int | None, ...]
    sure: bool


def by_lane(crossings: Sequence[Crossing], lanes: Sequence[int]) -> Lanes:
    """Give each crossing a lane.

    The camera looks along the line, so lanes are not evenly wide in its picture, but their order on the line is the order of the
    bodies. With as many bodies as lanes the order alone names everybody. With fewer, each takes the lane nearest to its share of
    the line, in order, and nothing is sure.

    Args:
        lanes: those in which somebody runs, ascending; the first one is at the first end of the line.
    """
    order = sorted(range(len(crossings)), key=lambda index: crossings[index].along)
    places = [crossings[index].along for index in order]
    width = 1.0 / max(1, max(lanes, default=1))
    if len(crossings) == len(lanes):
        near = any(b - a < APART * width for a, b in pairwise(places))
        named = dict(zip(order, lanes, strict=True))
        return Lanes(tuple(named[index] for index in range(len(crossings))), not near)
    found: dict[int, int] = {}
    free = list(lanes)
    for index in order:
        if not free:
            break
        rest = len(order) - len(found)
        reach = free[: max(1, len(free) - rest + 1)] if len(free) >= rest else free
        best = min(reach, key=lambda lane: abs((lane - 0.5) * width - crossings[index].along))
        found[index] = best
        free = free[free.index(best) + 1 :]
    return Lanes(tuple(found.get(index) for index in range(len(crossings))), sure=False)
