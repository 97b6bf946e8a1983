"""How sure the camera's official count is.

Marks of 0.9 and more are for what is right to one in 98 of 100 attempts of simulated pupils: films from every side, of good and
poor ones, in wind, dim light and among others (docs/counting-camera.md has the figures). Everything else stays below.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge.counting.judged_bout import BodyBout

BY_FEET: Final = 0.8
"""A third of simulated attempts by feet are off by more than one: a short bout between two trips is lost, or one leg hides the
other."""
LOST: Final = 0.8
"""The body was out of view among the skips, or right before or after them."""
WITHOUT_HANDS: Final = 0.85
"""Too few skips to see what the hands do."""
UNEVEN: Final = 0.7
UNEVEN_SPREAD: Final = 0.15
"""Standard deviation of the intervals within bouts, as a share of their mean: hops that are none, or a beat that was missed."""
NOTHING: Final = 0.5
"""Nothing was counted of a body that left the ground in a rhythm: a person should look."""
A_PAUSE: Final = 0.06
"""Taken off for each pause or trip: two of them leave less than 0.9."""
UNLIKE: Final = 0.025
"""And for each interval that is unlike the one before."""
FEET_SHARE: Final = 0.1
"""Of the skips, from which on the count is by feet."""


def confidence(seen: float, bouts: Sequence[BodyBout], *, lost: bool, might_skip: bool) -> float:
    """How sure a count is, from 0 to 1.

    Args:
        seen: share of the time in which a skip could have been seen.
        bouts: that were counted.
        lost: whether the body was out of view among the skips, or near them.
        might_skip: whether it left the ground in a rhythm; asked where nothing was counted.
    """
    if not bouts:  # that nobody skipped is as sure as the looking was
        return min(seen, NOTHING) if might_skip else seen
    gaps = [np.diff(bout.skips_ns) for bout in bouts if len(bout.skips_ns) > 1]
    doubts = A_PAUSE * (len(bouts) - 1)
    doubts += UNLIKE * sum(float(np.sum(np.abs(np.diff(own)) > 0.35 * np.median(own))) for own in gaps)
    skips = sum(len(bout.skips_ns) for bout in bouts)
    by_feet = sum(len(bout.skips_ns) for bout in bouts if bout.by == "feet")
    within = np.concatenate(gaps) if gaps else np.ones(1)
    reasons = (
        (by_feet > FEET_SHARE * skips, BY_FEET),
        (lost, LOST),
        (not any(bout.hands_looked_at for bout in bouts), WITHOUT_HANDS),
        (float(np.std(within)) > UNEVEN_SPREAD * float(np.mean(within)), UNEVEN),
    )
    most = min([1.0, *(bound for holds, bound in reasons if holds)])
    return max(0.0, min(most, 0.5 + 0.5 * seen - doubts))
