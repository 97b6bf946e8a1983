"""Bouts too short for a rhythm of their own, found afterwards where a longer one of the same attempt shows how this pupil skips."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from edge.counting.body_gate import gated
from edge.counting.body_tops import RULES
from edge.counting.judged_bout import BodyBout
from edge.counting.lone_hops import Likeness, hop_model, hops_like
from edge.counting.rope_arms import ArmTurns

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge.counting.body_stretch import BodyStretch
    from edge.counting.judged_bout import JudgedBout

LIKE_A_SKIP: Final = Likeness(size=0.7, leap=0.65, last_leap=RULES.last_leap_share)
"""Of simulated pupils lone skips have 0.78 to 1.15 and 0.69 to 1.44 of the usual, what is none 0.59 and 0.63 at most."""
OVER_THE_ROPE: Final = Likeness(size=0.95, leap=1.05, last_leap=1.05, apart=1.5)
"""The same for the higher of two hops a turn, beside the mean of both: 1.12 and 1.16 at least, and 0.76 and 0.94 at most."""
LIKE_A_STEP: Final = Likeness(size=0.65, shoulders_alone=True)
"""All but two of 33 simulated lone steps have more; bending before them and coming to rest after them 0.61 at most."""
LEAST_HOPS: Final = 5
"""Of a bout that shows how a pupil skips."""
LEAST_STEPS: Final = 8
"""And steps: they are smaller."""
FEWEST_STEPS: Final = 2
"""Of a short bout: one small rise of the shoulders is no step yet."""
NO_ARMS: Final = ArmTurns(0.0, 0.0, 0.0, 0)
TOGETHER: Final = 1.6
"""Turns between two skips of one bout, at most."""


def short_bouts(whole: list[BodyStretch], judged: Sequence[JudgedBout], found: Sequence[BodyBout]) -> list[BodyBout]:
    """Skips before, between and after the bouts that were found.

    Args:
        judged: all bouts that have a rhythm of their own.
        found: those of them that are skips.
    """
    longest = _shows_how(judged)
    if longest is None:
        return []
    steps = longest.hops.by == "feet"
    like = LIKE_A_STEP if steps else OVER_THE_ROPE if longest.halved else LIKE_A_SKIP
    model = hop_model(longest.stretch, longest.places, shoulders_alone=steps)
    if model is None:
        return []
    least = FEWEST_STEPS if steps else 1
    turn_ns = longest.hop_ns * (2 if longest.halved else 1)
    groups: list[list[int]] = []
    for stretch in whole:
        hops = hops_like(stretch, model, like)
        own = set() if steps else {at for one in judged if one.stretch is stretch for at in one.places}
        may_be = set(gated(stretch, sorted({*own, *hops}), steps=steps))
        for t_ns in (stretch.t_ns(at) for at in hops if at in may_be):
            if any(bout.skips_ns[0] - turn_ns < t_ns < bout.skips_ns[-1] + turn_ns for bout in found):
                continue
            if groups and t_ns - groups[-1][-1] <= TOGETHER * turn_ns:
                groups[-1].append(t_ns)
            else:
                groups.append([t_ns])
    return [BodyBout(group, longest.hops.by, NO_ARMS, longest.hops.twice) for group in groups if len(group) >= least]


def _shows_how(judged: Sequence[JudgedBout]) -> JudgedBout | None:
    """The longest bout, where nothing as long tells that this is no skipping, or another kind of it."""
    steps = any(one.hops.by == "feet" for one in judged)
    own = [one for one in judged if (one.hops.by == "feet") == steps and not (steps and one.halved)]
    longest = max(own, key=lambda one: len(one.places), default=None)
    if longest is None or len(longest.places) < (LEAST_STEPS if steps else LEAST_HOPS):
        return None
    if any(one.none and len(one.places) >= len(longest.places) for one in judged) or (steps and any(one.halved for one in judged)):
        return None
    return longest
