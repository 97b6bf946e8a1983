"""What the hands say about a bout of hops: a rope turned once a hop, every second hop, twice a hop, or none at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from edge.counting.body_gate import leaves_the_ground
from edge.counting.body_stretch import levelled, usual_gap
from edge.counting.body_tops import RULES
from edge.counting.double_hops import Turns, first_of_two
from edge.counting.rope_arms import LEAST_KEYS, TURNING, ArmTurns, arm_turns

if TYPE_CHECKING:
    from edge.counting.body_stretch import BodyStretch

WIDE_ARMS: Final = 0.35
"""Torso lengths: hands that turn a rope go round in 0.05 to 0.15, those of jumping jacks in 0.8 to 1.0 (measured on clips)."""
TURNING_TWICE: Final = 0.12
"""The same for the second turn of a double under, whose hands go round half as far."""
AS_CLEAR: Final = 0.5
"""And as a share of what is at the rhythm of the hops: hands that go round once a hop, but not evenly, have 0.39 in the median
(simulated), double unders 0.69 and more on a clip. Without it 24 of 553 simulated
attempts of a single bounce were called double unders, with it 3 of 661."""
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


@dataclass(frozen=True, slots=True)
class JudgedBout:
    """A bout of hops and what the hands say about it.

    Attributes:
        hops: the bout, if every hop is a skip.
        stretch: where it was seen.
        turns: every second hop, where there may be one turn in two.
        none: no rope can go round there.
        halved: there is one turn in two hops.
        even: its hops are about as high as each other.
    """

    hops: BodyBout
    stretch: BodyStretch
    turns: Turns | None
    none: bool
    halved: bool
    even: bool

    @property
    def hop_ns(self) -> float:
        """The usual time between two hops."""
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


def judge(stretch: BodyStretch, times: list[int], by: Literal["bounce", "feet"]) -> JudgedBout:
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
    in_two = turns if by == "bounce" or halved else None
    return JudgedBout(BodyBout(times, by, each, twice), stretch, in_two, none, halved, even=alike > UNLIKE_HOPS)


def _goes_round_twice(double: ArmTurns, each: ArmTurns) -> bool:
    enough = double.size >= max(LEAST_ARMS_TWICE, 0.5 * each.size)
    clear = max(TURNING_TWICE, AS_CLEAR * each.explained)
    return double.explained >= clear and double.together > 0 and enough


def _trunk(stretch: BodyStretch, times: list[int]) -> float:
    """How much shoulders and hips go up and down."""
    first, last = stretch.place(times[0]), stretch.place(times[-1])
    level = levelled(stretch.heights[:2].mean(axis=0), stretch.rate_hz, RULES.smooth_s, RULES.trend_s)
    return float(np.std(level[first : last + 1]))
