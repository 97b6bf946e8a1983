"""From steps to what a teacher reads: steps a minute, and whether somebody walks or runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from edge.counting.step_tops import magnitude

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge.counting.samples import MotionSamples

Gait = Literal["still", "walking", "running"]

OVER_S: Final = 6.0
PAUSE_S: Final = 2.0
"""Two steps farther apart are not of one walk."""
LEAST_STEPS: Final = 4
RUNNING_PER_MIN: Final = 140.0
"""Walking turns into running at 140 steps a minute in adults (Ducharme and others 2023, right for 91 % of bouts), at 136 to 161
between the ages of 6 and 20 (Ducharme and others 2021)."""
RUNNING_PEAK_MPS2: Final = 2 * 9.80665
"""Running has a flight phase, so the ground gives back more while a foot is down: the force under the foot grows from 1.2 times the
weight in a walk to 2.5 times in a run, and is half as much again in a slow jog (Keller and others 1996). A wrist adds its swing."""


@dataclass(frozen=True, slots=True)
class Cadence:
    """How quickly somebody steps.

    Attributes:
        per_min: steps a minute; 0 where there is no rhythm.
        steps: on how many it stands.
    """

    per_min: float
    steps: int


@dataclass(frozen=True, slots=True)
class Going:
    """How somebody moves.

    Attributes:
        peak_mps2: median over the steps of the largest acceleration from one to the next, gravity included; 0 without steps.
    """

    gait: Gait
    cadence: Cadence
    peak_mps2: float


def cadence(step_t_ns: Sequence[int], until_ns: int, over_s: float = OVER_S) -> Cadence:
    """Steps a minute over the last seconds: 60 s by the median time of a step.

    Args:
        step_t_ns: times of steps, ascending.
        until_ns: until when steps are known; a live counter tells of steps some seconds late.
        over_s: how far back to look.
    """
    times = np.asarray(step_t_ns, dtype=np.int64)
    times = times[np.searchsorted(times, until_ns - round(over_s * 1e9)) : np.searchsorted(times, until_ns, side="right")]
    if len(times) < LEAST_STEPS or until_ns - times[-1] > PAUSE_S * 1e9:
        return Cadence(0.0, len(times))
    apart_s = np.diff(times) / 1e9
    apart_s = apart_s[apart_s <= PAUSE_S]
    return Cadence(60.0 / float(np.median(apart_s)) if len(apart_s) else 0.0, len(times))


def going(samples: MotionSamples, step_t_ns: Sequence[int]) -> Going:
    """Walking or running, from a stretch of motion and its steps.

    Running is quick *and* hard: quick walkers reach 136 steps a minute, and a trouser pocket feels more than twice the weight in
    a walk, but neither does both. A wrist, hand or arm feels 1.2 to 1.8 times the weight in a walk. Children may run at a slower
    cadence than this takes for running.
    """
    times = np.asarray(step_t_ns, dtype=np.int64)
    if len(times) < LEAST_STEPS:
        return Going("still", Cadence(0.0, len(times)), 0.0)
    pace = cadence(step_t_ns, int(times[-1]), (int(times[-1]) - int(times[0])) / 1e9)
    t_ns, length = magnitude(samples)
    order = np.argsort(t_ns, kind="stable")
    t_ns, length = t_ns[order], length[order]
    edges = np.searchsorted(t_ns, times)
    apart = np.diff(times) <= PAUSE_S * 1e9
    peaks = [length[low:high].max() for low, high, near in zip(edges[:-1], edges[1:], apart, strict=True) if near and high > low]
    peak = float(np.median(peaks)) if peaks else 0.0
    running = pace.per_min >= RUNNING_PER_MIN and peak >= RUNNING_PEAK_MPS2
    return Going("running" if running else "walking", pace, peak)
