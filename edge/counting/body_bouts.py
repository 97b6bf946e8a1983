"""Bouts of skips of a body in view: by its bounce where it bounces, by its feet where they go up and down in turn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from edge.counting.body_gate import gated, leaves_the_ground
from edge.counting.body_stretch import levelled, stretches, usual_gap
from edge.counting.body_tops import RULES
from edge.counting.bounces import bounce_bouts
from edge.counting.judged_bout import judge
from edge.counting.rope_arms import TURNING
from edge.counting.short_bouts import short_bouts
from edge.counting.side_steps import side_steps
from edge.counting.slow_hops import with_slow
from edge.counting.strides import stride_bouts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge.counting.body_stretch import BodyStretch
    from edge.counting.judged_bout import BodyBout, JudgedBout
    from edge.counting.samples import BodySample
    from edge.counting.strides import StrideBout

LEAST_AGAINST_BOUNCE: Final = 3.0
"""Feet that step move at least this many times as much as shoulders and hips."""
PURE_FEET: Final = 0.65
"""Where the body bounces too, feet are believed only when most of their movement is a clean stepping (0.8 to 0.9 on clips)."""
ALIKE: Final = 0.25
"""Hops at like intervals differ from each other by this share of them at most."""
MOSTLY: Final = 3.0
"""So many times as many hops tell more than the bout itself does (2 and 5 count alike)."""


def find_bouts(samples: Sequence[BodySample], *, afterwards: bool = False) -> list[BodyBout]:
    """Bouts of skips, oldest first.

    Args:
        afterwards: whether the whole attempt is seen: then short bouts between trips are found by their likeness to the others.
    """
    whole = list(stretches(samples))
    judged = [judge(stretch, times, by) for stretch in whole for times, by in _bouts(stretch, live=not afterwards)]
    found = _with_one_rope(judged)
    if afterwards:
        found += short_bouts(whole, judged, found)
    return sorted(found, key=lambda bout: bout.skips_ns[0])


def _with_one_rope(judged: list[JudgedBout]) -> list[BodyBout]:
    """A pupil keeps to a style: of bouts of like hops the longer ones tell whether the others are a double bounce, too."""
    found = []
    for one in judged:
        if one.none:
            continue
        alike = [other for other in judged if abs(other.hop_ns - one.hop_ns) <= ALIKE * one.hop_ns]
        double = sum(len(other.places) for other in alike if other.halved)
        single = sum(len(other.places) for other in alike if other.even and not other.halved)
        undecided = one.turns is not None and one.hops.arms.explained < TURNING
        in_two = single < MOSTLY * double if one.halved else undecided and len(one.places) < MOSTLY * double
        found.append(one.with_turns() if in_two else one.hops)
    return found


def might_skip(samples: Sequence[BodySample]) -> bool:
    """Whether a body left the ground in a rhythm at all, whatever else tells that it did not skip."""
    return any(leaves_the_ground(stretch, places) for stretch in stretches(samples) for places, _ in _candidates(stretch))


def _bouts(stretch: BodyStretch, *, live: bool) -> list[tuple[list[int], Literal["bounce", "feet"]]]:
    kept = [(gated(stretch, places, steps=by == "feet", live=live), by) for places, by in _candidates(stretch)]
    return [([stretch.t_ns(at) for at in places], by) for places, by in kept if len(places) >= RULES.shortest_bout]


def _candidates(stretch: BodyStretch) -> list[tuple[list[int], Literal["bounce", "feet"]]]:
    """All that has the rhythm of skips, as places and by what, oldest first."""
    body = with_slow(bounce_bouts(stretch), stretch)
    feet = [steps.steps for steps in stride_bouts(stretch) if not _bounces(stretch, steps, body)]
    feet += [rest for steps in side_steps(stretch, body) for rest in _outside(steps, feet)]
    both: list[tuple[list[int], Literal["bounce", "feet"]]] = [(steps, "feet") for steps in feet]
    both += [(rest, "bounce") for bout in body for rest in _outside(bout, feet)]
    return sorted(both)


def _bounces(stretch: BodyStretch, feet: StrideBout, bounces: list[list[int]]) -> bool:
    """Whether the body bounces with feet that are no clean stepping, or moves nearly as much: then its bounce is the clock."""
    first, last = feet.steps[0], feet.steps[-1]
    inside = sum(first - 1 <= at <= last + 1 for bout in bounces for at in bout)
    level = levelled(stretch.heights[:2, first : last + 1], stretch.rate_hz, RULES.smooth_s, RULES.trend_s)
    bounce = float(np.std(level.mean(axis=0)))
    if 2 * inside >= len(feet.steps) and feet.pure < PURE_FEET:
        return True
    return feet.strength < LEAST_AGAINST_BOUNCE * bounce


def _outside(bout: list[int], others: list[list[int]]) -> list[list[int]]:
    """The parts of a bout that are in none of the others."""
    parts: list[list[int]] = [[]]
    period = usual_gap(bout)
    for at in bout:
        if any(other[0] - 0.5 * period <= at <= other[-1] + 0.5 * period for other in others):
            parts.append([])
        else:
            parts[-1].append(at)
    return [part for part in parts if len(part) >= RULES.shortest_bout]
