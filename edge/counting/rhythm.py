"""How an attempt went, from the times of its skips: how fast, how even, and how tired it became."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

PAUSE: Final = 1.8
"""A gap of more usual periods than this is a pause, and no part of the rhythm (as in `rope_official`)."""
LEAST_PERIODS: Final = 8
"""Fewer tell of no spread."""
LEAST_TREND_S: Final = 15.0
"""Shorter attempts tell of no fatigue."""
MOST_PAIRS: Final = 200
"""Periods that the trend looks at; of more, every so many."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How an attempt went.

    Attributes:
        cadence_per_min: skips a minute while skipping: 60 over the median period.
        spread: of the periods, as a share of the usual one (1.48 times the median deviation, which a few bad ones do not move);
            0.03 is very even, 0.10 uneven. `None` for fewer than `LEAST_PERIODS`.
        trend_per_min: change of the cadence in a minute, as a share of it; -0.08 is a pupil who tires a little. `None` for less
            than 15 s. Theil-Sen slope (Theil 1950, Sen 1968): trips and pauses do not bend it.
        longest: most skips without a pause.
    """

    cadence_per_min: float
    spread: float | None
    trend_per_min: float | None
    longest: int


def rhythm_of(skips_ns: Sequence[int], *, timed: bool = True) -> Rhythm | None:
    """The rhythm of a whole attempt; `None` for fewer than three skips.

    Args:
        skips_ns: times of the skips, ascending.
        timed: whether they are the skips' own; times that were spread between two reports tell of no evenness.
    """
    if len(skips_ns) < 3:
        return None
    t_s = (np.asarray(skips_ns, dtype=np.int64) - skips_ns[0]) / 1e9
    gaps_s = np.diff(t_s)
    usual_s = float(np.median(gaps_s))
    if usual_s <= 0:
        return None
    in_rhythm = gaps_s <= PAUSE * usual_s
    periods_s, middle_s = gaps_s[in_rhythm], (t_s[:-1] + t_s[1:])[in_rhythm] / 2
    usual_s = float(np.median(periods_s))
    if usual_s <= 0:
        return None
    deviation = 1.4826 * float(np.median(np.abs(periods_s - usual_s))) / usual_s
    spread = deviation if timed and len(periods_s) >= LEAST_PERIODS else None
    return Rhythm(60.0 / usual_s, spread, _trend(middle_s, periods_s), _longest(in_rhythm.tolist()))


def _trend(middle_s: np.ndarray, periods_s: np.ndarray) -> float | None:
    if len(periods_s) < LEAST_PERIODS or middle_s[-1] - middle_s[0] < LEAST_TREND_S:
        return None
    every = -(-len(periods_s) // MOST_PAIRS)
    at_min, speed = middle_s[::every] / 60.0, 1.0 / periods_s[::every]
    one, other = np.triu_indices(len(at_min), k=1)
    slope = float(np.median((speed[other] - speed[one]) / (at_min[other] - at_min[one])))
    return slope / float(np.median(speed))


def _longest(in_rhythm: list[bool]) -> int:
    longest = run = 1
    for goes_on in in_rhythm:
        run = run + 1 if goes_on else 1
        longest = max(longest, run)
    return longest
