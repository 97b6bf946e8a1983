"""Two hops a turn: the higher one is over the rope. Which one that is, and whether they come in turn at all."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean, median
from typing import TYPE_CHECKING, Final, Literal

from edge.counting.body_stretch import SHOULDERS, usual_gap
from edge.counting.body_tops import RULES

if TYPE_CHECKING:
    from edge.counting.body_stretch import BodyStretch

IN_TURN_MOSTLY: Final = 0.8
"""Share of the hops that are lower than both neighbours, or higher than both (a camera that sways: 0.85)."""
LEAST_IN_TURN: Final = 5
"""Falls in turn that chance does not make."""
PAUSE: Final = 1.25
"""Usual intervals between two hops: a longer one is a pause. Of the hops behind it the first or the second may be over the rope."""


@dataclass(frozen=True, slots=True)
class Turns:
    """Every second hop: times, those of them before which there was a pause, and whether high and low hops come in turn."""

    t_ns: list[int]
    restarts_ns: tuple[int, ...] = ()
    in_turn: bool = False


def first_of_two(stretch: BodyStretch, times: list[int], by: Literal["bounce", "feet"]) -> tuple[Turns, float]:
    """Of two hops a turn the higher one is over the rope: those, and the lower ones as a share of the higher.

    After a trip it may be the other one of two: each stretch without a pause is looked at by itself.
    """
    wave: list[float] = stretch.heights[SHOULDERS].tolist()
    at = [stretch.place(t_ns) for t_ns in times]
    drops = [wave[a] - min(wave[a : b + 1]) for a, b in pairwise(at)]
    pause_ns = PAUSE * usual_gap(times)
    edges = [0, *(place for place in range(1, len(times)) if times[place] - times[place - 1] > pause_ns), len(times)]
    turns: list[list[int]] = []
    over: list[float] = []
    between: list[float] = []
    for first, end in pairwise(edges):
        high, low = drops[first : end - 1 : 2], drops[first + 1 : end - 1 : 2]
        if not high:
            continue  # a hop between two pauses is the stumble of a caught rope
        later = bool(low) and fmean(low) > fmean(high)
        turns.append(list(range(first + later, end, 2)))
        over += low if later else high
        between += high if later else low
    least = RULES.edge_share * median(over or [0.0]) if by == "bounce" else 0.0
    for part in turns:
        while len(part) > 1 and drops[part[0]] < least:
            part.pop(0)  # whose rope was caught hops low, and stands, before the first turn
    found = Turns(
        [times[place] for part in turns for place in part],
        tuple(times[part[0]] for part in turns[1:]),
        len(over) + len(between) >= LEAST_IN_TURN and _take_turns([drops[first : end - 1] for first, end in pairwise(edges)]),
    )
    return found, fmean(between or [0.0]) / max(fmean(over or [0.0]), 1e-9)


def _take_turns(parts: list[list[float]]) -> bool:
    """Whether nearly every fall is smaller than both neighbours, or larger than both."""
    turns = [(b - a) * (c - b) < 0 for drops in parts for a, b, c in zip(drops, drops[1:], drops[2:], strict=False)]
    return sum(turns) >= IN_TURN_MOSTLY * len(turns)
