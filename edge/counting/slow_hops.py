"""Slow skips: a beginner swings, jumps, stands, and swings again, less than once in a second.

There is no wave then: most of the time nothing moves, and the body comes up twice in a turn, once off the ground and once from the
landing. What tells a jump is that feet and trunk go up together for a moment, and come down again.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.ndimage import median_filter
from scipy.signal import find_peaks

from edge.counting.body_stretch import FEET, HIPS, SHOULDERS, smoothed, usual_gap

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge.counting.body_stretch import BodyStretch
    from edge.counting.signal import Floats


@dataclass(frozen=True, slots=True)
class SlowRules:
    """Thresholds; heights in torso lengths, times in seconds.

    Attributes:
        shortest_s, longest_s: between two skips; faster ones have a wave (`bounces`), and the slowest turn of a double bounce,
            whose lower hop may not be seen as a flight, takes 1.03 s (open recordings).
        ground_s: a median over so long is where the feet stand: they are in the air for less than half of it.
        least: feet rise at least so far: 4 cm.
        trunk_share: the trunk rises by this share of the feet's rise; of somebody who marches it does not.
        longest_flight_s: above half of the rise; a flight of half a second is a jump of 30 cm (g T²/8).
        least_share: of the usual rise in the bout.
        uneven: an interval differs from the usual one by at most this share.
        shortest_bout: skips.
        smooth_s: width (sigma) of the smoothing.
    """

    shortest_s: float = 1.15
    longest_s: float = 2.6
    ground_s: float = 3.0
    least: float = 0.08
    trunk_share: float = 0.5
    longest_flight_s: float = 0.6
    least_share: float = 0.4
    uneven: float = 0.45
    shortest_bout: int = 3
    smooth_s: float = 0.04


RULES: Final = SlowRules()
COVERED: Final = 0.8
"""Of a bout: in faster skips some flights are not found, and what is found is not even for so long."""
LEAST_COVERING: Final = 5
"""Skips of a slow bout that covers another."""
SAME_TOP_S: Final = 0.15
"""A flight and a top of the wave within so long are one."""
FLOWN: Final = (0.35, 0.7)
FLIES: Final = 0.4
"""How far feet rise at tops that are no flights, as a share of the rise at those that are: standing up 0.14 at most in 98 of 100
looks at 33 simulated films of slow skips, flights that were not found 0.77 and more (of a body that is hardly on the ground)."""
IN_TURN_SHARE: Final = 0.8
"""Share of the tops that are flights, where every second one is, and of those the share that follow on the last but one."""


@dataclass(frozen=True, slots=True)
class Flight:
    """A moment off the ground: where on the stretch's grid it is highest, and how far the feet rise."""

    at: int
    rise: float


def with_slow(bounces: list[list[int]], stretch: BodyStretch) -> list[list[int]]:
    """Bouts of a stretch with its slow skips, instead of bounces of which every second one only stands up from a landing.

    Args:
        bounces: bouts that were found by their wave, as places on the stretch's grid, oldest first.
    """
    if not _may_be_slow(bounces, stretch):
        return bounces
    rate_hz, flights = stretch.rate_hz, find_flights(stretch)
    slow = slow_bouts(flights, rate_hz)
    kept = [
        bout for bout in bounces
        if not (_stands_up(bout, flights, rate_hz) or any(_covers(one, bout) for one in slow))
        or _flies(bout, flights, stretch)
    ]  # fmt: skip
    beside = [bout for bout in slow if not any(one[0] <= bout[-1] and one[-1] >= bout[0] for one in kept)]
    return sorted([*kept, *beside])


def slow_bouts(flights: Sequence[Flight], rate_hz: float, rules: SlowRules = RULES) -> list[list[int]]:
    """Bouts of slow skips, as places of their highest points on the stretch's grid, oldest first."""
    return [bout for bout in _in_rhythm(flights, rate_hz, rules) if len(bout) >= rules.shortest_bout]


def find_flights(stretch: BodyStretch, rules: SlowRules = RULES) -> list[Flight]:
    """All moments at which feet and trunk go up together and come down again, oldest first."""
    rate = stretch.rate_hz
    feet = _above_ground(stretch.heights[FEET], rate, rules)
    trunk = _above_ground(stretch.heights[[SHOULDERS, HIPS]].mean(axis=0), rate, rules)
    tops, told = find_peaks(feet, height=rules.least, prominence=rules.least, width=1, rel_height=0.5)
    return [
        Flight(int(at), float(rise))
        for at, rise, width in zip(tops, told["prominences"], told["widths"], strict=True)
        if width <= rules.longest_flight_s * rate and trunk[at] >= rules.trunk_share * rise
    ]


def _above_ground(height: Floats, rate: float, rules: SlowRules) -> Floats:
    smooth = smoothed(height, rate, rules.smooth_s)
    result: Floats = smooth - median_filter(smooth, int(rules.ground_s * rate) | 1, mode="nearest")
    return result


def _in_rhythm(flights: Sequence[Flight], rate: float, rules: SlowRules) -> list[list[int]]:
    parts: list[list[Flight]] = [[]]
    for flight in flights:
        if parts[-1] and flight.at - parts[-1][-1].at > rules.longest_s * rate:
            parts.append([])
        parts[-1].append(flight)
    return [bout for part in parts for bout in _even(part, rate, rules)]


def _even(part: Sequence[Flight], rate: float, rules: SlowRules) -> list[list[int]]:
    """Flights of like height, parted where an interval is unlike the usual one."""
    least = rules.least_share * median([flight.rise for flight in part] or [0.0])
    kept = [flight.at for flight in part if flight.rise >= least]
    usual = median([b - a for a, b in pairwise(kept)] or [0.0])
    if usual < rules.shortest_s * rate:
        return []
    bouts = [kept[:1]]
    for before, at in pairwise(kept):
        if abs(at - before - usual) > rules.uneven * usual:
            bouts.append([])
        bouts[-1].append(at)
    return bouts


def _may_be_slow(bounces: list[list[int]], stretch: BodyStretch) -> bool:
    """Whether there is room beside the bounces for three slow skips, or some could be slow skips with standing in between."""
    least = RULES.shortest_s * stretch.rate_hz
    ends = [0, *(at for bout in bounces for at in (bout[0], bout[-1])), stretch.heights.shape[1]]
    room = any(end - begin >= 2 * least for begin, end in zip(ends[::2], ends[1::2], strict=True))
    return room or any(2 * usual_gap(bout) >= least for bout in bounces)


def _flies(bout: list[int], flights: list[Flight], stretch: BodyStretch) -> bool:
    """Whether the feet go as high at those tops of a bout that were not found to be flights: then it is no standing up."""
    feet = smoothed(stretch.heights[FEET], stretch.rate_hz, RULES.smooth_s)
    reach = max(1, round(0.5 * usual_gap(bout)))
    rises: dict[bool, list[float]] = {True: [], False: []}
    for at, flown in zip(bout, _flown(bout, flights, stretch.rate_hz), strict=True):
        rises[flown].append(float(np.ptp(feet[max(0, at - reach) : at + reach + 1])))
    return not rises[False] or (bool(rises[True]) and median(rises[False]) >= FLIES * median(rises[True]))


def _flown(bout: list[int], flights: list[Flight], rate_hz: float) -> list[bool]:
    """Which tops of a bout are flights."""
    near = SAME_TOP_S * rate_hz
    return [any(abs(flight.at - at) <= near for flight in flights) for at in bout]


def _covers(slow: list[int], bout: list[int]) -> bool:
    """Whether slow skips go on evenly nearly all through a bout: its other tops are none."""
    inside = min(slow[-1], bout[-1]) - max(slow[0], bout[0])
    return len(slow) >= LEAST_COVERING and inside >= COVERED * (bout[-1] - bout[0])


def _stands_up(bout: list[int], flights: list[Flight], rate_hz: float) -> bool:
    """Whether every second top of a slow bout is a flight, and those between are none."""
    flown = [number for number, flies in enumerate(_flown(bout, flights, rate_hz)) if flies]
    if len(flown) < 2 or not FLOWN[0] <= len(flown) / len(bout) <= FLOWN[1]:
        return False
    steps = [b - a for a, b in pairwise(flown)]
    every_second = steps.count(2) >= IN_TURN_SHARE * len(steps)
    return every_second and usual_gap([bout[number] for number in flown]) >= RULES.shortest_s * rate_hz
