"""Ways to skip with a rope, and how rope, feet and arms go together in each.

The sizes are of populations, not of single files: chosen so that what a band feels lies among real recordings. Measured on 20
recordings of single bounce, 21 of double bounce, 3 of running forward, 5 of side swings and 4 of cross-overs at the wrist, and 3
of single bounce at the ankle (adults; a watch at 50 Hz, a logger at 100 Hz, both of 8 g): the lowest and highest of the
recordings' medians, then the median of simulated pupils at the same cadences.
`tests/simulators/test_motion_against_recordings.py` holds them together and says how each is measured.

| figure | single bounce | double bounce | run |
| --- | --- | --- | --- |
| rhythm (1/min) | 92 to 153, 108 | 58 to 73, 65 | 66 to 78, 76 |
| likeness with the next period | .62 to .92, .76 | .65 to .94, .80 | .84 to .91, .85 |
| spread of the period | .02 to .09, .03 | .02 to .08, .04 | .03 to .04, .04 |
| peak of a period (g) | 2.6 to 5.6, 4.2 | 3.0 to 8.2, 3.1 | 2.6 to 3.1, 2.6 |
| its 95 % (g) | 3.0 to 8.6, 4.9 | 3.1 to 9.7, 3.2 | 2.8 to 3.3, 2.8 |
| share of samples beyond 2 g | .09 to .45, .24 | .04 to .22, .21 | .03 to .10, .11 |
| share beyond 4 g | .00 to .06, .00 | .00 to .04, .00 | 0, 0 |
| peak of the angular rate (rad/s) | 7.4 to 10.0, 9.6 | 7.3 to 12.9, 9.0 | 7.8 to 8.2, 9.4 |
| vector once a period (m/s²) | 9.8 to 28.9, 18.1 | 6.1 to 14.5, 11.4 | 8.1 to 12.0, 10.8 |
| vector twice | 4.4 to 13.5, 10.0 | 5.4 to 12.3, 9.4 | 6.9 to 9.0, 8.4 |
| size once | 1.8 to 14.3, 7.9 | 4.5 to 10.8, 6.9 | 2.8 to 4.8, 4.0 |
| size twice | 1.7 to 8.1, 5.8 | 4.3 to 10.4, 7.8 | 5.6 to 8.4, 6.4 |
| angular rate once (rad/s) | 6.3 to 8.0, 7.4 | 5.5 to 7.1, 6.4 | 5.4 to 5.9, 6.6 |
| angular rate twice | 1.6 to 2.5, 2.1 | 2.2 to 4.7, 3.1 | 2.3 to 2.8, 2.8 |

| figure | side swing | cross-over | ankle |
| --- | --- | --- | --- |
| rhythm (1/min) | 33 to 39, 37 | 118 to 124, 121 | 124 to 127, 125 |
| likeness with the next period | .87 to .96, .86 | .66 to .89, .77 | .63 to .67, .60 |
| spread of the period | .02 to .03, .04 | .02 to .04, .03 | .03 to .05, .04 |
| peak of a period (g) | 2.0 to 2.9, 2.4 | 3.4 to 4.3, 3.4 | 9.9 to 11.5, 10.4 |
| its 95 % (g) | 2.1 to 3.1, 2.6 | 3.9 to 5.4, 3.9 | 11.2 to 12.7, 12.4 |
| share of samples beyond 2 g | .00 to .08, .02 | .15 to .27, .19 | .71 to .73, .71 |
| share beyond 4 g | 0, 0 | .00 to .02, .00 | .25 to .33, .22 |
| peak of the angular rate (rad/s) | 6.4 to 8.9, 7.2 |  |  |
| vector once a period (m/s²) | 8.2 to 13.1, 7.6 | 11.0 to 18.2, 13.3 | 24.4 to 27.5, 23.0 |
| vector twice | 6.3 to 10.7, 7.9 | 5.8 to 10.8, 8.4 | 26.6 to 42.3, 29.8 |
| size once | 0.4 to 1.4, 1.4 | 5.7 to 14.5, 8.9 | 8.3 to 9.1, 9.6 |
| size twice | 4.8 to 10.2, 6.4 | 5.1 to 8.0, 6.3 | 7.3 to 9.7, 6.9 |
| angular rate once (rad/s) | 3.8 to 5.5, 4.5 |  |  |
| angular rate twice | 3.3 to 4.1, 3.4 |  |  |

A side swing's rhythm is the hand's figure of eight: two swings of the rope. The recorded cross-overs show no alternation of open
and crossed turns, so none is simulated.

Double unders, alternate feet, the ankle in all but single bounce, and children have no public recordings: they are models of what
is known of the sport (two turns in one flight; one landing of either foot a turn), without data beside them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Style(StrEnum):
    """How a pupil skips."""

    SINGLE_BOUNCE = "single-bounce"
    DOUBLE_BOUNCE = "double-bounce"
    DOUBLE_UNDER = "double-under"
    ALTERNATE_FEET = "alternate-feet"
    RUN = "run"
    CROSS_OVER = "cross-over"
    SIDE_SWING = "side-swing"


@dataclass(frozen=True, slots=True)
class StyleShape:
    """The size of the parts of a style.

    Attributes:
        cadence_per_min: usual turns of the rope a minute, slowest and fastest.
        turns_a_jump: turns of the rope in one flight.
        hops_a_turn: landings of the feet in one turn; 2 for a double bounce and for two running steps a turn.
        feet_alternate: left and right foot land in turn.
        skips: the rope passes under the feet; false for a side swing.
        ground_share: share of a hop in which the trunk is thrown up again; a foot stands a little longer.
        small_hop: height of every second hop as a share of the first.
        cone_rad: half angle of the cone that the forearm goes along.
        roll_rad: turning of the forearm about itself, once a turn.
        elbow_m: radius of the circle that the elbow goes along; below 0 against the hand, for a turn from the wrist.
        lead_rad: how far the hand is ahead on its circle when the feet land.
        bounce_gain: share of the body's up and down that the wrist takes part in; arms give way.
        landing_mps2: shock of a landing at the wrist.
        uneven_rad: how much the hand hurries through one half of the circle.
        snap_rad: turning of the forearm about itself, twice a turn.
        sag_rad: how far the forearm gives way under one g of a landing.
        shake_rad: how far the forearm turns about itself under one g of a landing.
        sway_rad: slow wandering of the forearm.
        flutter_rad: quick wandering of the forearm, of a loose strap and of soft tissue.
        sideways_rad: swing of the arm from one side of the body to the other and back, once in two turns.
        sideways_m: the same, of the elbow.
        kick_rad: how far the shank swings back in flight.
        knee_m: how far the knee comes up and forwards while the foot is in the air.
        stamp_mps2: shock of a landing at the ankle.
    """

    cadence_per_min: tuple[float, float]
    turns_a_jump: int = 1
    hops_a_turn: int = 1
    feet_alternate: bool = False
    skips: bool = True
    ground_share: float = 0.35
    small_hop: float = 1.0
    cone_rad: float = 0.34
    roll_rad: float = 0.46
    elbow_m: float = 0.0075
    lead_rad: float = 1.15
    bounce_gain: float = 0.92
    landing_mps2: float = 9.0
    uneven_rad: float = 0.1
    snap_rad: float = 0.05
    sag_rad: float = 0.018
    shake_rad: float = 0.065
    sway_rad: float = 0.05
    flutter_rad: float = 0.025
    sideways_rad: float = 0.0
    sideways_m: float = 0.0
    kick_rad: float = 0.57
    knee_m: float = 0.08
    stamp_mps2: float = 180.0


SHAPES: Final = {
    Style.SINGLE_BOUNCE: StyleShape((95.0, 155.0)),
    Style.DOUBLE_BOUNCE: StyleShape(
        (58.0, 84.0), hops_a_turn=2, small_hop=0.78, cone_rad=0.65, roll_rad=0.4, elbow_m=0.02, lead_rad=1.75, bounce_gain=0.7,
        landing_mps2=9.0, uneven_rad=0.4, snap_rad=0.065, sag_rad=0.016, sway_rad=0.12, flutter_rad=0.003,
    ),
    Style.DOUBLE_UNDER: StyleShape((150.0, 230.0), turns_a_jump=2, ground_share=0.3, cone_rad=0.22, elbow_m=0.0),
    Style.ALTERNATE_FEET: StyleShape(
        (130.0, 230.0), feet_alternate=True, ground_share=0.6, cone_rad=0.25, bounce_gain=0.6, landing_mps2=6.0, kick_rad=0.8,
        knee_m=0.15,
    ),
    Style.RUN: StyleShape(
        (66.0, 90.0), hops_a_turn=2, feet_alternate=True, ground_share=0.51, small_hop=0.67, cone_rad=0.41, roll_rad=0.52,
        elbow_m=0.025, lead_rad=1.1, landing_mps2=11.0, uneven_rad=0.09, sag_rad=0.0025, shake_rad=0.14, sway_rad=0.02,
        flutter_rad=0.011, kick_rad=1.1, knee_m=0.2,
    ),
    Style.CROSS_OVER: StyleShape(
        (76.0, 125.0), cone_rad=0.11, roll_rad=0.21, elbow_m=-0.063, lead_rad=3.6, bounce_gain=0.5, landing_mps2=4.5,
        uneven_rad=0.04, snap_rad=0.02, sag_rad=0.027, shake_rad=0.077, sway_rad=0.035, flutter_rad=0.019,
    ),
    Style.SIDE_SWING: StyleShape(
        (62.0, 84.0), skips=False, ground_share=0.8, cone_rad=0.27, roll_rad=0.2, elbow_m=0.095, lead_rad=1.9, bounce_gain=0.28,
        landing_mps2=2.2, uneven_rad=0.16, snap_rad=0.03, sag_rad=0.017, shake_rad=0.04, sway_rad=0.008, flutter_rad=0.009,
        sideways_rad=0.95, sideways_m=0.04, kick_rad=0.1, knee_m=0.01, stamp_mps2=40.0,
    ),
}  # fmt: skip
