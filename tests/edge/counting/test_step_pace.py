"""The pace of a walker, from steps that are believed."""

from __future__ import annotations

import numpy as np
import pytest

from edge.counting.step_pace import own_pace, own_pace_at
from edge.counting.step_rules import RULES


def test_half_of_the_time_is_walked_at_the_pace_or_quicker() -> None:
    assert own_pace(np.arange(20) * 0.5, RULES) == pytest.approx(0.5)
    few_strides_among_steps = np.cumsum([0.5] * 20 + [1.0] * 4)
    assert own_pace(few_strides_among_steps, RULES) == pytest.approx(0.5)


def test_a_pause_is_no_step() -> None:
    steps = np.arange(10) * 0.6
    assert own_pace(np.concatenate([steps, 60 + steps]), RULES) == pytest.approx(0.6)


def test_a_few_steps_are_no_pace() -> None:
    assert np.isnan(own_pace(np.arange(5) * 0.5, RULES))
    assert np.isnan(own_pace_at(np.arange(5) * 0.5, np.array([1.0]), RULES)).all()
    assert np.isnan(own_pace_at(np.zeros(0), np.array([1.0, 2.0]), RULES)).all()


def test_who_walks_and_then_runs_has_two_paces() -> None:
    steps = np.concatenate([np.arange(0, 100, 0.6), np.arange(100, 200, 0.35)])
    found = own_pace_at(steps, np.array([10.0, 190.0]), RULES)
    assert found == pytest.approx([0.6, 0.35], abs=0.01)
