"""The pace of this very walker, from steps that are already believed: it settles what is a step and what a stride."""

from __future__ import annotations

from itertools import pairwise
from math import nan
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from edge.counting.step_rules import StepRules

    Floats = NDArray[np.float64]

LEAST_STEPS: Final = 6
"""Step times that a pace stands on."""
EVERY_S: Final = 5.0


def own_pace(step_s: Sequence[float], rules: StepRules) -> float:
    """The step time in which half of the time was walked; not a number where there are too few steps.

    Args:
        step_s: times of steps in seconds, ascending; longer pauses than a step between them are left out.
    """
    apart = sorted(after - before for before, after in pairwise(step_s) if after - before <= rules.longest_s)
    if len(apart) < LEAST_STEPS:
        return nan
    left = sum(apart) / 2
    for step in apart:
        left -= step
        if left <= 0:
            break
    return step


def own_pace_at(step_s: Floats, at_s: Floats, rules: StepRules) -> Floats:
    """The pace around some times, looked at both ways; not a number where nothing is known."""
    if not len(step_s) or not len(at_s):
        return np.full(len(at_s), np.nan)
    centres = np.arange(step_s[0], step_s[-1] + EVERY_S, EVERY_S)
    low = np.searchsorted(step_s, centres - rules.own_s)
    high = np.searchsorted(step_s, centres + rules.own_s)
    times = step_s.tolist()
    paces = np.array([own_pace(times[a:b], rules) for a, b in zip(low, high, strict=True)])
    known = np.isfinite(paces)
    if not known.any():
        return np.full(len(at_s), np.nan)
    result: Floats = np.interp(at_s, centres[known], paces[known])
    return result
