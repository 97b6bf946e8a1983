"""Bouts of skips of a body in view: by its bounce where it bounces, by its feet where they go up and down in turn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from edge.counting.body_gate import gated, leaves_the_ground
from edge.counting.body_stretch import levelled, stretches, usual_gap
from edge.counting.body_tops import RULES
from edge.counting.bounces import bounce_bouts
from edge.counting.double_hops import Turns, first_of_two
from edge.counting.lone_hops import TOGETHER, Likeness, hop_model, hops_like
from edge.counting.rope_arms import LEAST_KEYS, TURNING, ArmTurns, arm_turns
from edge.counting.side_steps import side_steps, step_model, steps_like
from edge.counting.slow_hops import with_slow
from edge.counting.strides import stride_bouts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge.counting.body_stretch import BodyStretch
    from edge.counting.samples import BodySample
    from edge.counting.strides import StrideBout

LEAST_AGAINST_BOUNCE: Final = 3.0
"""Feet that step move at least this many times as much as shoulders and hips."""
PURE_FEET: Final = 0.65
"""Where the body bounces too, feet are believed only when most of their movement is a clean stepping (0.8 to 0.9 on clips)."""
WIDE_ARMS: Final = 0.35
"""Torso lengths: hands that turn a rope go round in 0.05 to 0.15, those of jumping jacks in 0.8 to 1.0 (measured on clips)."""
TURNING_TWICE: Final = 0.12
"""The same for the second turn of a double under, whose hands go round half as far."""
LEAST_ARMS_TWICE: Final = 0.025
"""Torso lengths, of the second turn of a double under."""
UNLIKE_HOPS: Final = 0.75
"""Where the lower hops are below this share of the higher ones, the hands need to say less about a double bounce."""
IN_TURN_HOPS: Final = 0.65
"""And below this one, where they come in turn, nothing at all: hands are hidden from the side. Of 435 bouts of simulated pupils
those of a double bounce have 0.40 to 0.63, the others 0.67 and more."""
RUNNING_ARMS: Final = 0.10
"""Torso lengths: hands that go in turn with the feet, and so far, are those of somebody who runs (on the clip of a speed step they
sway in turn by 0.07, which is a tenth of their motion at most)."""
IN_TURN: Final = -0.5
ALIKE: Final = 0.25
LEAST_MODEL: Final = 5
"""Hops of a bout that shows how a pupil skips."""
LEAST_MODEL_STEPS: Final = 8
"""And steps: they are smaller."""
NO_ARMS: Final = ArmTurns(0.0, 0.0, 0.0, 0)
LIKE_A_SKIP: Final = Likeness(size=0.7, leap=0.65, last_leap=RULES.last_leap_share)
"""Of simulated pupils lone skips have 0.78 to 1.15 and 0.69 to 1.44 of the usual, what is none 0.59 and 0.63 at most."""
OVER_THE_ROPE: Final = Likeness(size=0.95, leap=1.05, last_leap=1.05, apart=1.5)
"""The same for the higher of two hops a turn, beside the mean of both: 1.12 and 1.16 at least, and 0.76 and 0.94 at most."""
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
        restarts_ns: skips within the bout before which a rope was caught: hops were seen there that are none over a rope.
    """

    skips_ns: list[int]
    by: Literal["bounce", "feet"]
    arms: ArmTurns
    twice: bool = False
    restarts_ns: tuple[int, ...] = ()

    @property
    def hands_looked_at(self) -> bool:
        """Whether there were enough key frames to tell what the hands do."""
        return self.arms.keys >= LEAST_KEYS

    @property
    def rope_seen(self) -> bool:
        """Whether the hands bear witness of a rope; where they are hidden or blurred they do not."""
        return self.twice or self.arms.turn_a_rope


def find_bouts(samples: Sequence[BodySample], *, afterwards: bool = False) -> list[BodyBout]:
    """Bouts of skips, oldest first.

    Args:
        afterwards: whether the whole attempt is seen: then short bouts between trips are found by their likeness to the others.
    """
    whole = list(stretches(samples))
    judged = [_judged(stretch, times, by) for stretch in whole for times, by in _bouts(stretch, live=not afterwards)]
    found = _with_one_rope(judged)
    if afterwards:
        found += [*_short_bouts(whole, judged, found), *_short_steps(whole, judged, found)]
    return sorted(found, key=lambda bout: bout.skips_ns[0])


def _short_bouts(whole: list[BodyStretch], judged: list[_Judged], found: list[BodyBout]) -> list[BodyBout]:
    """Bouts too short for a rhythm of their own, where a longer one of the same attempt shows how this pupil skips."""
    bouncing = [one for one in judged if one.hops.by == "bounce" and len(one.hops.skips_ns) >= LEAST_MODEL]
    if not bouncing or any(one.none or one.hops.by == "feet" for one in judged):
        return []
    longest = max(bouncing, key=lambda one: len(one.hops.skips_ns))
    model = hop_model(longest.stretch, longest.places)
    if model is None:
        return []
    turn_ns = longest.hop_ns * (2 if longest.halved else 1)
    groups: list[list[int]] = []
    for stretch in whole:
        hops = hops_like(stretch, model, OVER_THE_ROPE if longest.halved else LIKE_A_SKIP)
        own = {at for one in judged if one.stretch is stretch for at in one.places}
        may_be = set(gated(stretch, sorted({*own, *hops})))
        for t_ns in (stretch.t_ns(at) for at in hops if at in may_be):
            if any(bout.skips_ns[0] - turn_ns < t_ns < bout.skips_ns[-1] + turn_ns for bout in found):
                continue
            if groups and t_ns - groups[-1][-1] <= TOGETHER * turn_ns:
                groups[-1].append(t_ns)
            else:
                groups.append([t_ns])
    return [BodyBout(group, "bounce", NO_ARMS, longest.hops.twice) for group in groups]


def _short_steps(whole: list[BodyStretch], judged: list[_Judged], found: list[BodyBout]) -> list[BodyBout]:
    """The same of a pupil who steps: as the shoulders tell them."""
    stepping = [one for one in judged if one.hops.by == "feet" and not one.halved and len(one.hops.skips_ns) >= LEAST_MODEL_STEPS]
    longest = max(stepping, key=lambda one: len(one.hops.skips_ns), default=None)
    if longest is None or any(one.halved or (one.none and len(one.places) >= len(longest.places)) for one in judged):
        return []
    model = step_model(longest.stretch, longest.places)
    few = [(stretch, steps) for stretch in whole for steps in steps_like(stretch, model)]
    groups = [[stretch.t_ns(at) for at in gated(stretch, steps, steps=True)] for stretch, steps in few]
    apart_ns = TOGETHER * longest.hop_ns
    return [
        BodyBout(group, "feet", NO_ARMS)
        for group in groups
        if group and all(group[-1] < bout.skips_ns[0] - apart_ns or group[0] > bout.skips_ns[-1] + apart_ns for bout in found)
    ]


@dataclass(frozen=True, slots=True)
class _Judged:
    """A bout of hops, what the hands say about it, and the times of its turns if there is one every second hop."""

    hops: BodyBout
    stretch: BodyStretch
    turns: Turns | None
    none: bool
    halved: bool

    @property
    def hop_ns(self) -> float:
        return usual_gap(self.hops.skips_ns)

    @property
    def places(self) -> list[int]:
        """Of the hops on the grid of the stretch."""
        return [self.stretch.place(t_ns) for t_ns in self.hops.skips_ns]

    def with_turns(self) -> BodyBout:
        """The bout with a skip every second hop."""
        turns = self.turns or Turns(self.hops.skips_ns)
        arms = arm_turns(self.stretch.hands_t_ns, self.stretch.hands, turns.t_ns)
        return BodyBout(turns.t_ns, self.hops.by, arms, restarts_ns=turns.restarts_ns)


def _with_one_rope(judged: list[_Judged]) -> list[BodyBout]:
    """A pupil keeps to a style: where one bout is a double bounce, another of like hops, whose hands say nothing, is one too."""
    periods = [one.hop_ns for one in judged if one.halved]
    found = []
    for one in judged:
        if one.none:
            continue
        alike = any(abs(one.hop_ns - period) <= ALIKE * period for period in periods)
        if one.halved or (alike and one.turns is not None and one.hops.arms.explained < TURNING):
            found.append(one.with_turns())
        else:
            found.append(one.hops)
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


def _judged(stretch: BodyStretch, times: list[int], by: Literal["bounce", "feet"]) -> _Judged:
    """What the hands say: no rope at all (jumping jacks), a turn every second hop (double bounce), two turns a skip."""
    t_ns, hands = stretch.hands_t_ns, stretch.hands
    trunk = _trunk(stretch, times)
    turns, alike = first_of_two(stretch, times, by)
    each, second = arm_turns(t_ns, hands, times), arm_turns(t_ns, hands, turns.t_ns)
    wide = any(arms.explained >= TURNING and arms.size >= WIDE_ARMS for arms in (each, second))
    runs = second.explained >= TURNING and second.size >= RUNNING_ARMS and second.together < IN_TURN
    none = wide or (by == "feet" and runs) or not leaves_the_ground(stretch, [stretch.place(t_ns) for t_ns in times])
    double = arm_turns(t_ns, hands, times, 2.0)
    twice = by == "bounce" and trunk >= LEAST_TRUNK_TWICE and _goes_round_twice(double, each)
    halved = False
    if by == "bounce":
        enough = TURNING if alike > UNLIKE_HOPS else TURNING_TWICE
        halved = second.together > 0 and second.explained >= max(enough, 2 * each.explained)
        halved = halved and not (twice and double.explained > second.explained)
        halved = halved or (turns.in_turn and alike <= IN_TURN_HOPS and not (twice or each.turn_a_rope))
    elif second.turn_a_rope and second.explained >= 2 * each.explained:
        halved = True  # Who runs with a rope lands twice a turn.
    return _Judged(BodyBout(times, by, each, twice), stretch, turns if by == "bounce" or halved else None, none, halved)


def _goes_round_twice(double: ArmTurns, each: ArmTurns) -> bool:
    enough = double.size >= max(LEAST_ARMS_TWICE, 0.5 * each.size)
    return double.explained >= TURNING_TWICE and double.together > 0 and enough


def _trunk(stretch: BodyStretch, times: list[int]) -> float:
    """How much shoulders and hips go up and down."""
    first, last = stretch.place(times[0]), stretch.place(times[-1])
    level = levelled(stretch.heights[:2].mean(axis=0), stretch.rate_hz, RULES.smooth_s, RULES.trend_s)
    return float(np.std(level[first : last + 1]))


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
