"""What a step looks like to a band: every constant of the step counter, each with where it comes from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class StepRules:
    """Thresholds of the search; times in seconds.

    Costs are in units of likeness (-1 to 1) unless said otherwise; the search adds them up over the seconds of a walk. Where no
    source is named, a value was chosen on recordings of six walkers; docs/counting-motion.md says how well it carries over.

    Attributes:
        smooth_s: width of the (Hann) smoothing that leaves one top a footfall: 3 Hz, as in Salvi, Velardo, Brynes and others 2018.
        drift_s: slower motion than this is posture.
        evened_s: a hard and a soft foot count alike after division by the loudness over this time.
        squash: how strongly loud motion is compressed, in multiples of that loudness.
        loud_s: half of the time over which the loudness of a walk is taken.
        least_mps2: band-passed root mean square below which nobody walks.
        least_top: tops below this (evened out, -1 to 1) are the other half of a swing.
        shape_s: half of the stretch around a top that is compared with other tops.
        shortest_s, longest_s: time of a step: 3.3 a second in a sprint, one in 1.8 s in the slowest walk measured.
        usual_s, loud_mps2, quicker, usual_low_s, usual_high_s: the usual time of a step is `usual_s` where the loudness is
            `loud_mps2`, and goes with the loudness to the power of -`quicker`, between two limits. Quick steps are loud: 0.5 s at
            1.2 to 2.8 m/s², 0.7 s at 0.6 to 0.9, 1.3 s and more below 0.5 (measured; acceleration goes with the square of the
            cadence). This alone tells a slow step from the stride of a wrist that swings. Those were adults; who is shorter steps
            quicker at the same accelerations, with the root of the length of the leg (dynamic similarity, Alexander and Jayes
            1983): 0.42 s where the leg is 0.7 times as long.
        own_share, own_s: how far the walker's own step time, of the steps that long around, takes the place of the usual one.
        short_cost, long_cost: of a step of half and of double the usual time.
        stride_share: weight of the likeness to the last step but one (the same foot, the same swing of the arm), against the last.
        rhythm_cost, rhythm_free: of a change of the step time by a factor of e, beyond a change that costs nothing.
        hidden_cost: of a step without a top of its own between two that have one. A wrist that swings hard shows only the stride.
        hidden_s: shortest and longest stride that may hide a step.
        height_share: weight of the height of a top.
        idle: a likeness that standing about also has.
        start_cost, stop_cost: of a walk, in likeness times seconds.
        least_end: the first and the last step of a walk rise at least this share of those beside them: at a clean edge a filter
            leaves half.
        weak_steps, least_weak: so many steps next to them rise at least that share: nobody starts or stops at once (33 first and
            last steps of walks with switches in the shoes: half below 0.44, one in ten below 0.21).
        pause: a step time that is so many times the usual one is a pause, near an end.
        least_steps: fewer are a gesture. Definitions of a bout of walking ask for 3 to 8 steps.
        least_likeness: a walk whose strides are on average less like each other is handling of things.
        longest_gap_s: a longer silence of the source ends every walk.
    """

    smooth_s: float = 0.28
    drift_s: float = 1.24
    evened_s: float = 1.0
    squash: float = 1.5
    loud_s: float = 1.0
    least_mps2: float = 0.3
    least_top: float = -0.3
    shape_s: float = 0.32
    shortest_s: float = 0.3
    longest_s: float = 1.8
    usual_s: float = 0.42
    loud_mps2: float = 1.2
    quicker: float = 0.5
    usual_low_s: float = 0.4
    usual_high_s: float = 1.2
    own_share: float = 0.7
    own_s: float = 30.0
    short_cost: float = 0.25
    long_cost: float = 0.6
    stride_share: float = 0.85
    rhythm_cost: float = 0.5
    rhythm_free: float = 0.2
    hidden_cost: float = 0.4
    hidden_s: tuple[float, float] = (0.66, 1.24)
    height_share: float = 0.2
    idle: float = 0.25
    start_cost: float = 0.5
    stop_cost: float = 0.3
    least_end: float = 0.5
    weak_steps: int = 2
    least_weak: float = 0.2
    pause: float = 1.5
    least_steps: int = 5
    least_likeness: float = 0.7
    longest_gap_s: float = 3.0


RULES: Final = StepRules()
LIVE_RULES: Final = StepRules(usual_s=0.55, own_share=0.5)
"""Live, the own pace is known from behind only: with the quicker steps of `RULES` a quiet minute has 8 false steps instead of 7."""
