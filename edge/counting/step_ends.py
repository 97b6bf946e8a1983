"""Where a walk begins and ends: its first and last steps are weak, and so is what hands do before and after it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from edge.counting.step_rules import StepRules

    Floats = NDArray[np.float64]

BESIDE: Final = 12
"""Steps beside an end, that it is compared with: six seconds of a usual walk."""
FEWEST: Final = 3
"""Of these at least must be left to compare with."""


def ends(t_s: Sequence[float], rise_mps2: Sequence[float], rules: StepRules) -> tuple[int, int]:
    """Number of the first step of a walk, and of the one after the last.

    Two things are no steps: tops beyond a pause, too few for a walk of their own; and those that rise less than a share of the
    steps beside them. Up to two of the weak ones that are next to the walk and in its rhythm are steps all the same: nobody starts
    or stops at once.

    Args:
        t_s: times of the tops that were taken for steps, seconds, ascending.
        rise_mps2: how high each is.
    """
    times, rises = np.asarray(t_s, dtype=np.float64), np.asarray(rise_mps2, dtype=np.float64)
    return _first(times, rises, rules), len(times) - _first(-times[::-1], rises[::-1], rules)


def _first(t_s: Floats, rise_mps2: Floats, rules: StepRules) -> int:
    """Number of the first step, from an end inwards."""
    outside = 0
    for at in range(min(rules.least_steps - 1, len(t_s) - BESIDE - 1)):
        if t_s[at + 1] - t_s[at] > rules.pause * _pace(t_s, at + 1):
            outside = at + 1
    first = outside
    while len(t_s) - first > FEWEST and rise_mps2[first] < rules.least_end * _usual(rise_mps2, first):
        first += 1
    for _ in range(rules.weak_steps):
        if first == outside or len(t_s) - first <= BESIDE:
            break
        apart, pace = t_s[first] - t_s[first - 1], _pace(t_s, first)
        if (
            rise_mps2[first - 1] < rules.least_weak * _usual(rise_mps2, first)
            or not pace / rules.pause <= apart <= rules.pause * pace
        ):
            break
        first -= 1
    return first


def _usual(rise_mps2: Floats, at: int) -> float:
    """Of the steps after one."""
    return float(np.median(rise_mps2[at + 1 : at + 1 + BESIDE]))


def _pace(t_s: Floats, at: int) -> float:
    """Usual step time from a step on, seconds."""
    return float(np.median(np.diff(t_s[at : at + 1 + BESIDE])))
