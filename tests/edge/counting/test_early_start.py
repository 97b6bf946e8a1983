"""A band whose pupil runs before the signal tells so; one who fidgets, walks to the line, or starts well is left alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from edge.counting.early_start import EarlyStart
from edge.counting.samples import MotionSamples
from simulators.band_motion import Everyday
from support.motion import everyday, part

if TYPE_CHECKING:
    from collections.abc import Sequence

S = 1_000_000_000
START_NS = 100 * S


def heard(steps_s: Sequence[float], every_s: float = 0.1, *, first_total: int = 65_530) -> EarlyStart:
    """A band that reports its total so often, and steps at these times after the signal."""
    band = EarlyStart(START_NS)
    for at_s in np.arange(-6.0, 5.0, every_s):
        band.total(START_NS + round(at_s * S), (first_total + sum(step <= at_s for step in steps_s)) % 65_536)
    return band


def running(from_s: float, per_min: float = 185.0) -> list[float]:
    return [*np.arange(from_s, 5.0, 60.0 / per_min)]


def felt(*parts: tuple[float, Everyday], seed: int) -> EarlyStart:
    """A band with raw motion: from each time after the signal on, the pupil does that."""
    band = EarlyStart(START_NS)
    ends = [*(at_s for at_s, _ in parts[1:]), 5.0]
    for (from_s, kind), until_s in zip(parts, ends, strict=True):
        made = everyday(kind, seed, seconds=until_s - from_s + 3.0)
        t_s = (made.t_ns - made.t_ns[0]) / 1e9 - 1.5
        kept = part(made, (t_s >= 0) & (t_s < until_s - from_s))
        t_ns = START_NS + np.round((from_s * S) + (kept.t_ns - kept.t_ns[0])).astype(np.int64)
        band.motion(MotionSamples(t_ns, kept.accel_mps2))
    return band


@pytest.mark.parametrize("from_s", [-0.8, -1.5, -2.5])
def test_who_runs_before_the_signal_is_told_with_the_time(from_s: float) -> None:
    early_s = heard(running(from_s)).early_ns() / S
    assert -from_s - 0.35 <= early_s <= -from_s, "never earlier than it was"


@pytest.mark.parametrize(
    "steps_s",
    [
        running(0.3),
        running(0.05),
        [-2.0, -1.2, *running(0.3)],
        [*np.arange(-5.0, -0.8, 0.52), *running(0.3)],
        [*np.arange(-5.0, 0.0, 0.52), *running(0.3)],
        [*np.arange(-2.5, -1.0, 0.3), *running(0.3)],
        [*np.arange(-2.5, 0.0, 0.3)],
        [-0.2, *running(0.25)],
        [],
    ],
    ids=[
        "reacts",
        "guesses",
        "shifts feet",
        "walks to the line",
        "walks over it",
        "jogs to it",
        "stops at it",
        "one foot",
        "still",
    ],
)
def test_who_does_not_run_through_the_signal_is_none(steps_s: list[float]) -> None:
    assert heard(steps_s).early_ns() == 0


def test_reports_that_come_seldom_miss_a_short_one_but_invent_none() -> None:
    assert heard(running(-2.5), every_s=0.25).early_ns() > 1.5 * S
    assert heard(running(-0.5), every_s=0.25).early_ns() == 0
    assert heard([*np.arange(-5.0, 0.0, 0.46), *running(0.2)], every_s=0.25).early_ns() == 0


def test_a_band_that_was_switched_on_anew_has_not_run() -> None:
    band = heard([])
    band.total(START_NS - 5 * S, 400)
    band.total(START_NS - S, 3)
    band.total(START_NS + 2 * S, 9)
    assert band.early_ns() == 0


@pytest.mark.parametrize("seed", range(4))
def test_raw_motion_tells_a_run_from_a_walk_and_from_gestures(seed: int) -> None:
    early = felt((-4.0, Everyday.STANDING), (-1.5, Everyday.RUNNING), seed=seed)
    assert 0.5 <= early.early_ns() / S <= 1.6
    for before in (Everyday.STANDING, Everyday.WALKING, Everyday.GESTURES):
        assert felt((-4.0, before), (0.4, Everyday.RUNNING), seed=seed).early_ns() == 0, before


def test_it_waits_some_seconds_and_keeps_little() -> None:
    band = felt((-60.0, Everyday.RUNNING), seed=1)
    assert sum(len(one.t_ns) for one in band._motion) < 500
    assert not band.is_over(START_NS + 3 * S)
    assert band.is_over(START_NS + 5 * S)
