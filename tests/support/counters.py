"""Every counter of the gateway, each with an attempt that it counts: the conformance suite runs over all of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from edge.counting.band_site import BandSite
from edge.counting.band_total import BandTotalCounter
from edge.counting.line import BodyPoint, Line, LineCounter, LineSample
from edge.counting.rope_motion import RopeMotionCounter
from edge.counting.rope_pose import RopePoseCounter
from edge.counting.samples import BodySample, MotionSamples, TotalSample
from edge.counting.steps import StepCounter
from simulators.band_motion import Limb, Style, record_attempt
from simulators.pupil import Ability, attempt
from simulators.wrist import wrist_motion

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge.counting.events import Event

ATTEMPT = attempt(Ability(cadence_per_min=130, trips_per_min=0), 15.0, seed=5)


@dataclass(frozen=True)
class Case:
    """A counter, samples that it counts, samples with nothing in them, and how to handle its samples.

    `samples` are single samples; `join` makes one sample of several where the counter takes blocks.
    """

    name: str
    make: Callable[[], Any]
    samples: list[Any]
    silence: list[Any]
    shift: Callable[[Any, int], Any]
    t_ns: Callable[[Any], int]
    expected: int
    join: Callable[[list[Any]], Any] | None = None


def count(case: Case, samples: list[Any], cuts: list[int] | None = None) -> list[Event]:
    counter = case.make()
    events: list[Event] = []
    if case.join is None:
        for sample in samples:
            events += counter.feed(sample)
    else:
        edges = [0, *sorted(cuts or []), len(samples)]
        for low, high in pairwise(edges):
            if high > low:
                events += counter.feed(case.join(samples[low:high]))
    return [*events, *counter.flush()]


def _motion(t_ns: np.ndarray, accel: np.ndarray) -> list[MotionSamples]:
    return [MotionSamples(t_ns[i : i + 1], accel[i : i + 1]) for i in range(len(t_ns))]


def _join(parts: list[MotionSamples]) -> MotionSamples:
    return MotionSamples(np.concatenate([p.t_ns for p in parts]), np.concatenate([p.accel_mps2 for p in parts]))


def _later(sample: Any, by_ns: int) -> Any:
    return replace(sample, t_ns=sample.t_ns + by_ns)


def _still(seconds: float) -> list[MotionSamples]:
    t_ns = np.arange(0, int(seconds * 50), dtype=np.int64) * 20_000_000
    noise = np.random.default_rng(1).normal(0, 0.05, (len(t_ns), 3))
    return _motion(t_ns, (noise + np.array([0, 0, 9.81])).astype(np.float32))


def _walk(seconds: float, steps_per_s: float = 1.8) -> list[MotionSamples]:
    t_ns = np.arange(0, int(seconds * 50), dtype=np.int64) * 20_000_000
    beat = 2.0 * np.sin(2 * np.pi * steps_per_s * t_ns / 1e9) + 0.8 * np.sin(np.pi * steps_per_s * t_ns / 1e9)
    accel = np.zeros((len(t_ns), 3))
    accel[:, 2] = 9.81 + beat
    return _motion(t_ns, accel.astype(np.float32))


def _body(seconds: float, *, skipping: bool) -> list[BodySample]:
    samples = []
    for index in range(int(seconds * 30)):
        t_s = index / 30
        lift = ATTEMPT.posture(t_s).lift if skipping else 0.0
        crouch = ATTEMPT.posture(t_s).crouch if skipping else 0.0
        samples.append(
            BodySample(
                round(t_s * 1e9), present=True, shoulders=lift - crouch, hips=lift - crouch, knees=lift, feet=lift, across=3.0,
                hands=0.1, knee=-0.8, torso_px=90.0, key=index % 6 == 0,
            )
        )  # fmt: skip
    return samples


def _crossings() -> list[LineSample]:
    """Three bodies over an upright line, one of them back again, one that only sways on it."""
    samples = []
    for index in range(240):
        t_ns = index * 33_000_000
        walker = BodyPoint(1, 20 + 4.0 * index if index < 120 else 500 - 4.0 * (index - 120), 100, 30)
        other = BodyPoint(2, 700 - 3.0 * index, 120, 30)
        sways = BodyPoint(3, 300 + 3 * np.sin(index / 4), 90, 40)
        samples.append(LineSample(t_ns, (walker, other, sways)))
    return samples


STAMPS, WRIST = wrist_motion(ATTEMPT, seed=3)
ANKLE = record_attempt(ATTEMPT, Style.SINGLE_BOUNCE, limb=Limb.ANKLE, seed=3)
TURNS = len(ATTEMPT.landings_s)
CASES = [
    Case(
        "rope_motion", RopeMotionCounter, _motion(STAMPS, WRIST), _still(12), _later, lambda s: int(s.t_ns[0]), TURNS, _join
    ),
    Case(
        "rope_motion_at_the_ankle",
        partial(RopeMotionCounter, BandSite.ANKLE),
        _motion(ANKLE.t_ns, ANKLE.accel_mps2),
        _still(12),
        _later,
        lambda s: int(s.t_ns[0]),
        TURNS,
        _join,
    ),
    Case("steps", StepCounter, _walk(14), _still(12), _later, lambda s: int(s.t_ns[0]), 25, _join),
    Case("rope_pose", RopePoseCounter, _body(17, skipping=True), _body(10, skipping=False), _later, lambda s: s.t_ns, TURNS),
    Case(
        "band_total",
        BandTotalCounter,
        [TotalSample(n * 220_000_000, (65_500 + ATTEMPT.skips_until(n * 0.22)) % 65_536) for n in range(75)],
        [TotalSample(n * 220_000_000, 4_711) for n in range(75)],
        _later,
        lambda s: s.t_ns,
        TURNS,
    ),
    Case(
        "line",
        lambda: LineCounter(Line(300, 0, 300, 200)),
        _crossings(),
        [LineSample(n * 33_000_000, ()) for n in range(100)],
        _later,
        lambda s: s.t_ns,
        3,
    ),
]  # fmt: skip
