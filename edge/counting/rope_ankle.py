"""What the landings of one ankle are worth: no skip, one, or two.

No rope is felt at an ankle, so what is told apart is how the feet go. Both feet together: each landing is a skip. Feet in turn: the
other foot lands between two landings of this one, so each is worth two. Feet apart and together (jumping jacks), strides and steps
are worth nothing. Running on the spot moves an ankle as alternate feet over a rope do; docs/counting-motion.md tells what follows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Reals = NDArray[np.floating]

NOTHING, BOTH_FEET, ONE_FOOT = 0, 1, 2
"""Skips for each turn of the motion."""


@dataclass(frozen=True, slots=True)
class FootRules:
    """Thresholds of the ankle. Both feet: 3 recordings of one adult and simulated pupils; all else: simulated pupils only.

    Attributes:
        most_reach_m: way of the ankle from one end to the other, as far as it goes once in a turn. Bounces stay within 0.33 m
            (recordings; simulated within 0.37 from 97 turns a minute on), nearly all alternate feet within 0.37; running goes
            0.43 and more, but for a slow jog.
        both_feet_s: up to this interval of landings both feet land together. One foot that lands so often would make more than
            230 skips a minute.
        one_foot_s: from this interval on one foot lands alone: the slowest single bounce of the open recordings is 92 a minute.
        both_feet_shock: in between, the share of motion quicker than 3.5 Hz tells: 0.72 and more where both feet land
            (recordings; simulated 0.70 and more), 0.54 to 0.67 in most simulated alternate feet, whose shank goes a longer way.
        two_landings: where what goes twice round in a turn is larger than what goes once by this factor, there are two landings
            in it: a double bounce (simulated 2.05 to 4.6; everything else 2.0 at most, recordings 1.7).
        slowest_s: a foot that lands less often than this walks; the slowest alternate feet make 130 skips a minute.
        fastest_s: nor does a foot land more often than this: 245 a minute is what the best pupils skip with both.
        keep: by how much a limit may be passed before a bout that goes on is judged otherwise.
        to_and_fro: in jumping jacks the ankle goes to one side with one landing and back with the next, across to the landing's
            own motion. Share of what goes once in two turns, in its own direction, to what goes once a turn there: jacks 0.52 to
            1.26, bounces 0.35 at most (recordings 0.23), double bounces taken for single ones 0.46. Of their two hops
            it is not asked where both are one turn.
        aside: the same of what goes once and twice in a turn, where a turn is a whole jack: 1.1 and more; slow skippers 0.8.
    """

    most_reach_m: float = 0.40
    both_feet_s: float = 0.50
    one_foot_s: float = 0.66
    both_feet_shock: float = 0.68
    two_landings: float = 2.05
    slowest_s: float = 0.95
    fastest_s: float = 0.24
    keep: float = 1.08
    to_and_fro: float = 0.50
    aside: float = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Footwork:
    """How an ankle goes; one value a band, or a moment.

    Attributes:
        period_s: of what is taken for a turn.
        once_mps2, twice_mps2: amplitude of what goes once and twice in it, all axes together.
        to_and_fro, aside: see `FootRules`.
        shock: share of the motion that is quicker than about 3.5 Hz, as it would be at 50 Hz.
    """

    period_s: Reals
    once_mps2: Reals
    twice_mps2: Reals
    to_and_fro: Reals
    aside: Reals
    shock: Reals

    @property
    def reach_m(self) -> Reals:
        """Way of the ankle from one end to the other, of an even swing with this amplitude of acceleration."""
        reach: Reals = 2 * self.once_mps2 * (self.period_s / np.float32(2 * np.pi)) ** 2
        return reach


def skips_a_turn(feet: Footwork, rules: FootRules, before: Reals) -> NDArray[np.int8]:
    """What a turn of the motion is worth: `NOTHING`, `BOTH_FEET` or `ONE_FOOT`.

    Args:
        before: what it was worth until now, for a bout that goes on; else `NOTHING`.
    """
    keep = np.where(before > NOTHING, np.float32(rules.keep), np.float32(1.0))
    both_shock = rules.both_feet_shock * np.where(before == BOTH_FEET, 1 / keep, keep)
    middling = feet.period_s > rules.both_feet_s
    slow = feet.period_s >= rules.one_foot_s
    alone = slow | (middling & (feet.shock < both_shock))
    aside = feet.aside >= keep * rules.aside
    double_bounce = middling & (feet.twice_mps2 >= rules.two_landings * feet.once_mps2) & ~aside
    jacks = (feet.to_and_fro >= keep * rules.to_and_fro) | (slow & aside)
    strides = (feet.reach_m > keep * rules.most_reach_m) | (feet.period_s > rules.slowest_s)
    worth = np.where(alone, ONE_FOOT, BOTH_FEET)
    worth = np.where(jacks | strides, NOTHING, worth)
    worth = np.where(double_bounce, BOTH_FEET, worth)
    result: NDArray[np.int8] = np.where(feet.period_s < rules.fastest_s, NOTHING, worth).astype(np.int8)
    return result


def is_doubtful(feet: Footwork, rules: FootRules) -> NDArray[np.bool_]:
    """Whether it may be otherwise than `skips_a_turn` says: at intervals where feet in turn and both feet are both usual."""
    result: NDArray[np.bool_] = feet.period_s > rules.both_feet_s
    return result


def share_along(motion: NDArray[np.complexfloating], other: NDArray[np.complexfloating]) -> tuple[Reals, Reals]:
    """Power of complex[n, 3], and of another motion in its direction: float[n] each."""
    power = np.einsum("nc,nc->n", motion, motion.conj()).real
    along = np.einsum("nc,nc->n", motion.conj(), other)
    return power, (along.real**2 + along.imag**2) / (power + np.float32(1e-6))


def ratio(power: Reals, other: Reals) -> Reals:
    """Ratio of two amplitudes from their powers."""
    result: Reals = np.sqrt(power / (other + np.float32(1e-6)))
    return result
