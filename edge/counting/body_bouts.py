"""Bouts of skips of a body in view: by its bounce where it bounces, by its feet where they go up and down in turn."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from edge.counting.body_gate import gated
from edge.counting.body_stretch import levelled, stretches
from edge.counting.bounces import RULES, bounce_bouts
from edge.counting.rope_arms import arm_turns
from edge.counting.strides import stride_bouts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge.counting.body_stretch import BodyStretch
    from edge.counting.rope_arms import ArmTurns
    from edge.counting.samples import BodySample
    from edge.counting.strides import StrideBout

LEAST_AGAINST_BOUNCE: Final = 3.0
"""Feet that step move at least this many times as much as shoulders and hips."""
PURE_FEET: Final = 0.65
"""Where the body bounces too, feet are believed only when most of their movement is a clean stepping (0.8 to 0.9 on clips)."""
WIDE_ARMS: Final = 0.35
"""Torso lengths: hands that turn a rope go round in 0.05 to 0.15, those of jumping jacks in 0.8 to 1.0 (measured on clips)."""
TURNING: Final = 0.30
"""Least share of the hands' motion that is at a rhythm, to say that they turn a rope at it (0.39 to 0.79 on clips)."""
TURNING_TWICE: Final = 0.12
"""The same for the second turn of a double under, whose hands go round half as far."""
LEAST_ARMS: Final = 0.045
LEAST_ARMS_TWICE: Final = 0.025
"""Torso lengths: hands at the hips of a jumping body move by 0.03."""
LEAST_TRUNK: Final = 0.02
"""Standard deviation (torso lengths) of shoulders and hips in a bout: 0.04 and more in skips, 0.01 in marching on the spot."""
LEAST_TRUNK_TWICE: Final = 0.05
"""Two turns in one flight ask for a high one."""


@dataclass(frozen=True, slots=True)
class BodyBout:
    """Skips of a body between two pauses.

    Attributes:
        skips_ns: their times, ascending.
        by: what they were counted by.
        arms: what the hands did at the rhythm of the skips.
        twice: the hands went round twice a skip: double unders.
    """

    skips_ns: list[int]
    by: Literal["bounce", "feet"]
    arms: ArmTurns
    twice: bool = False

    @property
    def rope_seen(self) -> bool:
        """Whether the hands bear witness of a rope; where they are hidden or blurred they do not."""
        return self.twice or (self.arms.explained >= TURNING and self.arms.size >= LEAST_ARMS and self.arms.together > 0)


def find_bouts(samples: Sequence[BodySample]) -> list[BodyBout]:
    """Bouts of skips, oldest first."""
    return [bout for stretch in stretches(samples) for bout in _bouts(stretch)]


def _bouts(stretch: BodyStretch) -> list[BodyBout]:
    body = bounce_bouts(stretch)
    feet = [steps.steps for steps in stride_bouts(stretch) if not _bounces(stretch, steps, body)]
    both: list[tuple[list[int], Literal["bounce", "feet"]]] = [(steps, "feet") for steps in feet]
    both += [(rest, "bounce") for bout in body for rest in _outside(bout, feet)]
    found = []
    for places, by in sorted(both):
        kept = gated(stretch, places)
        if len(kept) >= RULES.shortest_bout:
            bout = _judged(stretch, [stretch.t_ns(at) for at in kept], by)
            if bout is not None:
                found.append(bout)
    return found


def _judged(stretch: BodyStretch, times: list[int], by: Literal["bounce", "feet"]) -> BodyBout | None:
    """What the hands say: no rope at all (jumping jacks), a turn every second hop (double bounce), two turns a skip."""
    t_ns, hands = stretch.hands_t_ns, stretch.hands
    trunk = _trunk(stretch, times)
    if by == "bounce" and trunk < LEAST_TRUNK:
        return None
    each, second = arm_turns(t_ns, hands, times), arm_turns(t_ns, hands, times, 0.5)
    for arms in (each, second):
        if arms.explained >= TURNING and arms.size >= WIDE_ARMS:
            return None
    if by == "bounce" and second.explained >= max(TURNING, 2 * each.explained) and second.together > 0:
        times = times[_first_of_two(stretch, times) :: 2]
        each = arm_turns(t_ns, hands, times)
    double = arm_turns(t_ns, hands, times, 2.0)
    twice = double.explained >= TURNING_TWICE and double.together > 0
    twice = twice and double.size >= max(LEAST_ARMS_TWICE, 0.5 * each.size) and trunk >= LEAST_TRUNK_TWICE
    return BodyBout(times, by, each, twice and by == "bounce")


def _trunk(stretch: BodyStretch, times: list[int]) -> float:
    """How much shoulders and hips go up and down."""
    first, last = (round((t_ns - stretch.start_ns) / 1e9 * stretch.rate_hz) for t_ns in (times[0], times[-1]))
    level = levelled(stretch.heights[:2].mean(axis=0), stretch.rate_hz, RULES.smooth_s, RULES.trend_s)
    return float(np.std(level[first : last + 1]))


def _first_of_two(stretch: BodyStretch, times: list[int]) -> int:
    """Of the two hops of a turn the higher one is over the rope: 0 when it comes first."""
    wave = stretch.heights.mean(axis=0)
    at = [round((t_ns - stretch.start_ns) / 1e9 * stretch.rate_hz) for t_ns in times]
    drops = [float(wave[a] - wave[a : b + 1].min()) for a, b in pairwise(at)]
    return 0 if np.mean(drops[::2]) >= np.mean(drops[1::2] or [0.0]) else 1


def _bounces(stretch: BodyStretch, feet: StrideBout, bounces: list[list[int]]) -> bool:
    """Whether the body bounces at least as often as the feet step, or moves nearly as much: then its bounce is the clock."""
    first, last = feet.steps[0], feet.steps[-1]
    inside = sum(first - 1 <= at <= last + 1 for bout in bounces for at in bout)
    level = levelled(stretch.heights[:2, first : last + 1], stretch.rate_hz, RULES.smooth_s, RULES.trend_s)
    bounce = float(np.std(level.mean(axis=0)))
    if 2 * inside >= len(feet.steps) and feet.pure < PURE_FEET:
        return True
    return feet.strength < LEAST_AGAINST_BOUNCE * bounce or inside >= len(feet.steps) - 1


def _outside(bout: list[int], others: list[list[int]]) -> list[list[int]]:
    """The parts of a bout that are in none of the others."""
    parts: list[list[int]] = [[]]
    period = float(np.median(np.diff(bout)))
    for at in bout:
        if any(other[0] - 0.5 * period <= at <= other[-1] + 0.5 * period for other in others):
            parts.append([])
        else:
            parts[-1].append(at)
    return [part for part in parts if len(part) >= RULES.shortest_bout]
