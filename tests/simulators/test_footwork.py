"""Feet that stand when they have landed, and bodies that fly as high as their time in the air allows."""

from __future__ import annotations

import numpy as np
import pytest

from simulators.footwork import GRAVITY_MPS2, Footwork

HOPS = [1.0, 1.5, 2.0, 2.5, 6.0, 6.5]
FEET = Footwork(HOPS, [0.3, 0.3, 0.2, 0.3, 0.3, 0.3], 0.5)


@pytest.mark.parametrize(("landing_s", "flight_s"), [(1.5, 0.3), (2.0, 0.2), (6.0, 0.3)])
def test_a_flight_is_as_high_as_it_is_long(landing_s: float, flight_s: float) -> None:
    top_m, ends_m = FEET.lift_m(np.array([landing_s - flight_s / 2, landing_s]))
    assert top_m == pytest.approx(GRAVITY_MPS2 * flight_s**2 / 8)
    assert ends_m == pytest.approx(0.0, abs=1e-9)


def test_speed_never_jumps_but_for_a_landing_and_a_body_rests_in_pauses() -> None:
    t_s = np.arange(0.0, 8.0, 1e-3)
    speed_mps = np.diff(FEET.lift_m(t_s)) / 1e-3
    assert np.abs(np.diff(speed_mps)).max() < 0.1
    assert FEET.lift_m(np.array([0.0, 4.0, 7.5])) == pytest.approx(0.0)


def test_feet_alternate() -> None:
    steps = Footwork(HOPS, [0.1] * 6, 0.5, first_left=True)
    assert steps.landed_by(0).tolist() == [1.0, 2.0, 6.0]
    assert steps.landed_by(1).tolist() == [1.5, 2.5, 6.5]
    t_s = np.array([1.75])
    assert steps.swung(t_s, 0) > 0, "the left foot is on its way to its landing at 2.0"
    assert steps.swung(t_s, 1) == 0
    rests = np.array([0.2, 4.0, 7.5])
    assert not steps.swung(rests, 0).any()
    assert not steps.swung(rests, 1).any()


def test_a_foot_that_stands_is_carried_back_under_a_body_that_travels() -> None:
    steps = Footwork(np.arange(1.0, 4.0, 0.5).tolist(), [0.1] * 6, 0.5)
    lands, leaves = steps.carried(np.array([2.0 + 1e-6, 2.4 - 1e-6]), 0)
    assert lands == pytest.approx(1.0, abs=1e-3)
    assert leaves == pytest.approx(-1.0, abs=1e-3)
    course = steps.carried(np.arange(0.0, 6.0, 1e-3), 0)
    assert np.abs(np.diff(course)).max() < 0.02, "and never jumps"
