"""Which tap of a name belongs to which crossing: taps come in the order of the crossings, late, and later still in a bunch.

A teacher taps some 0.6 s after a crossing, and needs half a second from one name to the next, so in a bunch the taps fall behind by
seconds and their times say little. Their order says much: it is that of the crossings, but for two that came together, for names
that were forgotten and for bodies that the camera did not see. All such ways of laying taps to crossings are summed. Pure numbers.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

AFTER_S: Final = 0.6
APART_S: Final = 0.45
SPREAD_S: Final = 0.3
"""From a crossing to its tap, from one tap to the next, and the spread of both: a choice of reaction and one of a few dozen names
on a screen (Hick 1952 has 0.15 s for each doubling); not measured with teachers."""
STRAY: Final = 0.05
STRAY_TIMES: Final = 3.0
ORDER_S: Final = 0.15
"""Spread of what an eye calls first of two."""
TAPS_ALONE_A_SECOND: Final = 0.1
CROSSINGS_ALONE: Final = 0.06
"""How often a tap has no crossing (a wrong name, a hidden body), and the share of crossings without a tap."""
MOST_A_SECOND: Final = 20.0
LEAST: Final = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class TapOrder:
    """What the taps say.

    Attributes:
        density: [tap, crossing] in 1/s: how much likelier it is that they belong together than that neither has a partner, in units
            of a density of a tap's time; for a tap and a crossing by themselves it is that density.
        crossed_s: by tap, when that body crossed, if the camera did not see it: as late before the tap as its neighbours were.
    """

    density: Floats
    crossed_s: Floats


def tap_order(taps_s: Sequence[float], crossings_s: Sequence[float]) -> TapOrder:
    """Weigh all ways of laying taps to crossings by their times alone; both ascending."""
    match = _densities(taps_s, crossings_s)
    taps, crossings = match.shape
    chance = _chances(match, crossings_s, np.full(taps, TAPS_ALONE_A_SECOND), np.full(crossings, CROSSINGS_ALONE))
    tap_alone = np.clip(1.0 - chance.sum(axis=1), LEAST, 1.0)
    crossing_alone = np.clip(1.0 - chance.sum(axis=0), LEAST, 1.0)
    neither = np.minimum(tap_alone[:, None], crossing_alone[None, :])
    density = np.minimum(chance / neither * TAPS_ALONE_A_SECOND * CROSSINGS_ALONE, MOST_A_SECOND)
    return TapOrder(density, _crossed_s(np.array(taps_s), chance, np.array(crossings_s)))


def tap_chances(
    taps_s: Sequence[float], crossings_s: Sequence[float], right: Floats, wrong: Floats, taps_alone: Floats, crossings_alone: Floats
) -> Floats:
    """How likely each tap names the body of each crossing, over all ways, with what is known of paces.

    `tap_order` has the same ways, but a pair of it, taken for itself, says too much: where all taps of a bunch may belong to the
    next crossing each, every pair of the other way looks likely, as if each were a witness of its own.

    Args:
        right: [tap, crossing], how likely the named pupil crosses there, in 1/s.
        wrong: the same of somebody else of whom the tap is a slip.
        taps_alone: by tap, how likely it is without a crossing, in 1/s.
        crossings_alone: by crossing, how likely it is without a tap, in 1/s.
    """
    match = _densities(taps_s, crossings_s) * (right + wrong)
    chance = _chances(match, crossings_s, taps_alone, crossings_alone)
    return chance * (right / np.maximum(right + wrong, LEAST))


def _densities(taps_s: Sequence[float], crossings_s: Sequence[float]) -> Floats:
    densities = [[_density(taps_s, one, at_s) for at_s in crossings_s] for one in range(len(taps_s))]
    return np.array(densities).reshape(len(taps_s), len(crossings_s))


def _chances(match: Floats, crossings_s: Sequence[float], taps_alone: Floats, crossings_alone: Floats) -> Floats:
    """How likely each tap and each crossing belong together, over all ways.

    A tap and a crossing that both stay alone count once in either order: a little too often, so that doubt is rather stated.
    """
    taps, crossings = match.shape
    swapped = [0.5 * math.erfc((b - a) / (2.0 * ORDER_S)) for a, b in pairwise(crossings_s)]
    # Plain numbers: taking one of an array costs as much as the sum it is for.
    matches, alone = match.tolist(), (taps_alone.tolist(), crossings_alone.tolist())
    steps = [
        (tap, crossing, _ways(matches, swapped, *alone, tap, crossing))
        for tap in range(taps + 1) for crossing in range(crossings + 1)
    ]  # fmt: skip
    onward, back = ([[0.0] * (crossings + 1) for _ in range(taps + 1)] for _ in range(2))
    onward[0][0] = back[taps][crossings] = 1.0
    for tap, crossing, ways in steps:
        for by, over, weight in ways:
            onward[tap + by][crossing + over] += onward[tap][crossing] * weight
    for tap, crossing, ways in reversed(steps):
        for by, over, weight in ways:
            back[tap][crossing] += weight * back[tap + by][crossing + over]
    whole = max(onward[taps][crossings], 1e-300)
    chance = np.zeros((taps, crossings))
    for tap, crossing, ways in steps:
        for by, over, weight in ways:
            share = onward[tap][crossing] * weight * back[tap + by][crossing + over] / whole
            if by == over == 1:
                chance[tap, crossing] += share
            elif by == over == 2:
                chance[tap, crossing + 1] += share
                chance[tap + 1, crossing] += share
    return chance


def _ways(
    match: Sequence[Sequence[float]], swapped: Sequence[float], taps_alone: Sequence[float], crossings_alone: Sequence[float],
    tap: int, crossing: int,
) -> list[tuple[int, int, float]]:  # fmt: skip
    """The next step from here: how many taps and crossings it lays down, and its weight."""
    taps, crossings = len(taps_alone), len(crossings_alone)
    ways: list[tuple[int, int, float]] = []
    if tap < taps:
        ways.append((1, 0, taps_alone[tap]))
    if crossing < crossings:
        ways.append((0, 1, crossings_alone[crossing]))
    if tap < taps and crossing < crossings:
        ways.append((1, 1, match[tap][crossing]))
    if tap + 1 < taps and crossing + 1 < crossings and swapped[crossing] > 1e-3:
        odds = swapped[crossing] / (1.0 - swapped[crossing])
        ways.append((2, 2, match[tap][crossing + 1] * match[tap + 1][crossing] * odds))
    return ways


def _density(taps_s: Sequence[float], tap: int, crossed_s: float) -> float:
    """Of a tap's time, by its crossing and the tap before it; those much too far away are none."""
    expected_s = crossed_s + AFTER_S
    if tap > 0:
        expected_s = max(expected_s, taps_s[tap - 1] + APART_S)
    off_s = taps_s[tap] - expected_s
    if taps_s[tap] < crossed_s - SPREAD_S:
        return 0.0
    close, wide = (
        math.exp(-0.5 * (off_s / spread_s) ** 2) / (spread_s * math.sqrt(2.0 * math.pi))
        for spread_s in (SPREAD_S, STRAY_TIMES * SPREAD_S)
    )
    return (1.0 - STRAY) * close + STRAY * wide


def _crossed_s(taps_s: Floats, chance: Floats, crossings_s: Floats) -> Floats:
    """By tap: as late before it as its neighbours in a row of taps, or as a tap by itself."""
    sure = chance.sum(axis=1)
    crossed_s = taps_s - AFTER_S
    lag_s = [float(t - chance[n] @ crossings_s / sure[n]) if sure[n] > LEAST else AFTER_S for n, t in enumerate(taps_s)]
    for n in range(len(taps_s)):
        if n == 0 or taps_s[n] - taps_s[n - 1] > APART_S + SPREAD_S:
            continue
        beside = [n - 1]
        if n + 1 < len(taps_s) and taps_s[n + 1] - taps_s[n] <= APART_S + SPREAD_S:
            beside.append(n + 1)
        weight = sum(float(sure[one]) for one in beside) + 0.1
        crossed_s[n] = taps_s[n] - (sum(float(sure[one]) * lag_s[one] for one in beside) + 0.1 * AFTER_S) / weight
    return crossed_s
