"""Feet that hop throw the body up as much as it falls."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.feet import contacts, in_air, thrown
from simulators.limb_motion import GRAVITY_MPS2

T_S = np.arange(0, 12, 0.002)


@given(st.lists(st.floats(0.3, 0.7), min_size=1, max_size=12), st.floats(0.3, 0.7), st.floats(0.4, 1.0))
def test_what_is_thrown_up_comes_down(gaps_s: list[float], ground: float, small: float) -> None:
    feet = contacts((2.0 + np.cumsum(gaps_s)).tolist(), ground, usual_s=0.5, small_hop=small, group=2)
    assert thrown(feet, T_S).sum() * 0.002 == pytest.approx(0.0, abs=0.1)


def test_a_body_in_the_air_falls_freely_and_stands_between_runs() -> None:
    feet = contacts([2.0, 2.5, 3.0, 8.0, 8.5], 0.4, usual_s=0.5)
    up = thrown(feet, T_S)
    assert up[T_S.searchsorted(2.4)] == -GRAVITY_MPS2
    assert up[T_S.searchsorted(2.1)] > GRAVITY_MPS2
    assert not up[(T_S > 4.0) & (T_S < 7.0)].any()


def test_a_foot_is_in_the_air_from_one_contact_to_the_next() -> None:
    feet = contacts([2.0, 2.5, 3.0], 0.4, usual_s=0.5)
    air = in_air(feet.start_s, feet.length_s, T_S, 1.0)
    assert air[T_S.searchsorted(2.1)] == 0.0
    assert air[T_S.searchsorted(2.35)] == pytest.approx(0.5, abs=0.01)
    assert not in_air(feet.start_s, feet.length_s, T_S, 0.1).any()


def test_without_hops_nothing_moves() -> None:
    assert not thrown(contacts([], 0.4, usual_s=0.5), T_S).any()


def test_a_foot_stops_and_starts_again_in_a_contact() -> None:
    feet = contacts([2.0, 2.5, 3.0], 0.4, usual_s=0.5)
    up = thrown(feet, T_S, stands=True)
    assert up[T_S.searchsorted(2.6)] == pytest.approx(0.0, abs=1e-6)
    assert up[T_S.searchsorted(2.55)] > 2 * GRAVITY_MPS2
    assert up.sum() * 0.002 == pytest.approx(0.0, abs=0.1)
