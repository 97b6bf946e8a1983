"""The wrist of an attempt, on the clock of its start signal."""

from __future__ import annotations

import numpy as np
import pytest

from simulators.pupil import Ability, attempt
from simulators.wrist import wrist_motion

DRAWN = attempt(Ability(cadence_per_min=120, trips_per_min=0), 15.0, 2)


@pytest.mark.parametrize("hops", [1, 2])
def test_stamps_begin_at_the_signal_and_end_two_seconds_after_the_attempt(hops: int) -> None:
    t_ns, accel = wrist_motion(DRAWN, rate_hz=50, seed=1, hops_a_turn=hops)
    assert 0 <= t_ns[0] < 40_000_000
    assert t_ns[-1] == pytest.approx(17.0e9, abs=4e7)
    assert accel.shape == (len(t_ns), 3)


def test_it_moves_while_the_pupil_skips_and_rests_afterwards() -> None:
    t_ns, accel = wrist_motion(DRAWN, seed=1)
    size = np.linalg.norm(accel, axis=1)
    assert size[t_ns < 14e9].std() > 3.0
    assert size[t_ns > 16.7e9].std() < 2.5
