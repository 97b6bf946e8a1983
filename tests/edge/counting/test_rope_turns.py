"""Where a rope is turned and how long a turn is, whatever the tempo."""

from __future__ import annotations

import numpy as np
import pytest

from edge.counting.rope_turns import Turning, find_turning
from edge.counting.samples import MotionSamples
from simulators.band_motion import Everyday
from support.motion import everyday

RATE_HZ = 50
FIRST_S, LAST_S, END_S = 6.0, 18.0, 24.0


def circling(period_s: float) -> Turning:
    """A hand that rests, goes round evenly with a short shock in each turn, and rests again."""
    t_s = np.arange(0.0, END_S, 1 / RATE_HZ)
    turns = (t_s - FIRST_S) / period_s
    shock = np.exp(-(((turns % 1.0 - 0.5) * period_s / 0.03) ** 2))
    motion = np.column_stack([15 * np.cos(2 * np.pi * turns), 15 * np.sin(2 * np.pi * turns), 25 * shock])
    motion[(t_s < FIRST_S) | (t_s >= LAST_S)] = 0.0
    motion[:, 2] += 9.81
    turning = find_turning(MotionSamples(np.round(t_s * 1e9).astype(np.int64), motion.astype(np.float32)))
    assert turning is not None
    return turning


@pytest.mark.parametrize("samples", [17.5, 22.4, 31.6, 40.5])
def test_a_period_that_is_no_whole_number_of_samples_is_found(samples: float) -> None:
    turning = circling(samples / RATE_HZ)
    found = turning.period[turning.sure]
    assert float(np.abs(found - samples).max()) <= 0.25


def test_a_rope_is_sure_inside_the_bout_only() -> None:
    sure = np.flatnonzero(circling(0.5).sure) / RATE_HZ
    assert sure[0] == pytest.approx(FIRST_S, abs=0.8)
    assert sure[-1] == pytest.approx(LAST_S, abs=0.8)


@pytest.mark.parametrize("kind", [Everyday.STANDING, Everyday.WALKING, Everyday.CLAPPING])
def test_other_motion_is_none(kind: Everyday) -> None:
    assert find_turning(everyday(kind, 1)) is None
