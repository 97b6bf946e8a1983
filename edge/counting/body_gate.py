"""What is no rope skipping: hands or knees that go up (jumping jacks, high knees), a body that travels or stays on the ground."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from edge.counting.body_stretch import SHOULDERS, usual_gap
from edge.counting.body_tops import RULES as BOUNCE
from edge.counting.body_tops import free_flight, levelled_by
from edge.counting.rope_arms import arm_turns

if TYPE_CHECKING:
    from edge.counting.body_stretch import BodyStretch
    from edge.counting.signal import Floats


@dataclass(frozen=True, slots=True)
class GateRules:
    """Thresholds; lengths in torso lengths, times in seconds.

    Attributes:
        high_knees: standard deviation of the stride at which thighs come up to the horizontal, step by step: a thigh has 0.85 of a
            torso (Winter 2009, table 4.1: 0.245 and 0.288 of the body's height), and a sine of that amplitude has this deviation.
        hands_up, knee_up: heights above the hips that belong to jumping jacks and high knees, not to skipping.
        gate_share: share of the time with hands or knees up that closes the gate; of knees only where the hands turn no rope at the
            rhythm of the feet: alternate feet at a quiet pace bring the thighs nearly up, and arms that run with high knees go in
            turn.
        knee_level, level_share: the same of thighs at the horizontal where the hands turn a rope, or the feet go in turn: high
            knees that are seen badly have 0.17.
        young: skips of a bout that has just begun, in which hands up once close the gate: the first jumping jacks show them at one
            key frame.
        gate_s: around a skip, within its bout.
        travel_per_s: across the picture: walking or running.
        travel_s: over which travel is measured, before and after a skip.
    """

    high_knees: float = 0.60
    hands_up: float = 0.95
    knee_up: float = -0.20
    knee_level: float = 0.0
    gate_share: float = 0.25
    level_share: float = 0.15
    young: int = 5
    gate_s: float = 1.5
    travel_per_s: float = 1.1
    travel_s: float = 1.3


RULES: Final = GateRules()
SMALLEST_SPREAD: Final = 1e-6
LONGEST_KEY_S: Final = 0.4
"""A key frame stands for the time until the next one, up to this: poses come oftener where a pose is in doubt."""


LEAST_RISE: Final = 0.022
"""Amplitude (torso lengths) of the shoulders at the rhythm of the skips: 0.028 and more in all but one of 60 bouts of simulated
alternate feet, 0.04 and more in bounces, 0.014 at most in marching and high knees. Hips tell less: from the side a pose takes them
along with a thigh, by up to 0.2."""
RISE_SHARE: Final = 0.06
"""And for quicker skips as a share of a free flight of a whole period (g T²/8): 0.078 and more in those bouts, 0.5 in the speed
step."""
JUMP_S: Final = 0.4
"""A jump and its landing last no longer: who skips more slowly stands in between, and rises in multiples of the rhythm, too."""


def leaves_the_ground(stretch: BodyStretch, bout: list[int]) -> bool:
    """Whether the shoulders rise with every skip: who marches or lifts the knees moves legs alone."""
    period_s = usual_gap(bout) / stretch.rate_hz
    whole = levelled_by(stretch.heights[SHOULDERS], stretch.rate_hz, BOUNCE, usual_gap(bout))
    level = whole[bout[0] : bout[-1] + 1]
    turn = 2j * np.pi * np.interp(np.arange(bout[0], bout[-1] + 1), bout, np.arange(len(bout)))
    multiples = np.arange(1, max(2, int(period_s / JUMP_S) + 1))
    parts = 2 * np.abs(np.exp(-np.outer(multiples, turn)) @ (level - level.mean())) / len(level)
    return float(np.sqrt(np.sum(parts**2))) >= min(LEAST_RISE, RISE_SHARE * free_flight(period_s))


def gated(stretch: BodyStretch, bout: list[int], rules: GateRules = RULES, *, steps: bool = False, live: bool = False) -> list[int]:
    """The skips of a bout that may be skips.

    Args:
        steps: the bout is counted by the feet.
        live: the bout may have just begun.
    """
    if len(bout) < 2:
        return []
    rate, at = stretch.rate_hz, stretch.key_at
    rope = arm_turns(stretch.hands_t_ns, stretch.hands, [stretch.t_ns(place) for place in bout]).turn_a_rope
    height = np.array([key.knee for key in stretch.keys])
    # As shares of what closes the gate, so that hands and knees together count as either.
    knees = np.zeros(len(height)) if rope else np.where(height > rules.knee_up, 1 / rules.gate_share, 0.0)
    if rope or steps:
        knees = np.maximum(knees, np.where(height > rules.knee_level, 1 / rules.level_share, 0.0))
    hands = np.array([key.hands > rules.hands_up for key in stretch.keys], dtype=bool)
    across = np.array([key.across for key in stretch.keys])
    period = usual_gap(bout)
    lasts = np.clip(np.diff(at, append=at[-1:]), 0.0, LONGEST_KEY_S * rate) + 1e-6
    mine = (at >= bout[0] - period) & (at <= bout[-1] + period)
    step = stretch.stride[max(0, int(bout[0] - period)) : int(bout[-1] + period) + 1]
    if float(np.std(step)) >= rules.high_knees:
        return []
    if live and len(bout) < rules.young and (hands & mine).any():
        return []
    up = np.maximum(knees, hands / rules.gate_share)
    if mine.any() and float((lasts * up)[mine].sum() / lasts[mine].sum()) >= 1.0:
        return []
    places = np.array(bout, dtype=np.float64)
    raised, whole = _sums(at, lasts * np.array([up * mine, mine]), places, rules.gate_s * rate)
    travels = np.abs(_slopes(at / rate, across, places / rate, rules.travel_s)) > rules.travel_per_s
    shut = (raised >= whole) & (whole > 0)
    return [place for place, no in zip(bout, shut | travels, strict=True) if not no]


def _sums(at: Floats, values: Floats, places: Floats, reach: float) -> Floats:
    """Of the values (float64[rows, n]) within reach of each place."""
    added = np.zeros((len(values), len(at) + 1))
    np.cumsum(values, axis=1, out=added[:, 1:])
    result: Floats = added[:, np.searchsorted(at, places + reach, "right")] - added[:, np.searchsorted(at, places - reach, "left")]
    return result


def _slopes(t_s: Floats, values: Floats, places_s: Floats, reach_s: float) -> Floats:
    """Of the straight line through the values within reach of each place; 0 for fewer than three of them."""
    rows = np.array([np.ones_like(t_s), t_s, values, t_s * t_s, t_s * values])
    count, t, v, tt, tv = _sums(t_s, rows, places_s, reach_s)
    spread = count * tt - t * t
    enough = (count > 2) & (spread > SMALLEST_SPREAD)
    slopes: Floats = np.where(enough, (count * tv - t * v) / np.where(enough, spread, 1.0), 0.0)
    return slopes
