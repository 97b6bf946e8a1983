"""Cadence, evenness, fatigue and the longest run, whatever trips and pauses lie between."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.counting.rhythm import rhythm_of


def times(periods_s: list[float]) -> list[int]:
    return [0, *np.round(np.cumsum(periods_s) * 1e9).astype(np.int64).tolist()]


def test_an_even_pupil_is_even_and_does_not_tire() -> None:
    rhythm = rhythm_of(times([0.5] * 60))
    assert rhythm is not None
    assert rhythm.cadence_per_min == pytest.approx(120)
    assert rhythm.spread == pytest.approx(0, abs=1e-6)
    assert rhythm.trend_per_min == pytest.approx(0, abs=1e-6)
    assert rhythm.longest == 61


def test_trips_and_pauses_change_neither_cadence_nor_trend_but_the_longest_run() -> None:
    rhythm = rhythm_of(times([0.5] * 20 + [3.0] + [0.5] * 40 + [1.5] + [0.5] * 10))
    assert rhythm is not None
    assert rhythm.cadence_per_min == pytest.approx(120)
    assert rhythm.trend_per_min == pytest.approx(0, abs=1e-6)
    assert rhythm.longest == 41


def test_a_pupil_who_tires_slows_down_by_so_much_a_minute() -> None:
    periods, t_s = [], 0.0
    while t_s < 60:
        periods.append(0.5 / (1 - 0.2 * t_s / 60))
        t_s += periods[-1]
    rhythm = rhythm_of(times(periods))
    assert rhythm is not None
    assert rhythm.trend_per_min == pytest.approx(-0.2 / 0.9, rel=0.1)


def test_an_uneven_pupil_is_told_from_an_even_one() -> None:
    draw = np.random.default_rng(1)
    uneven = rhythm_of(times((0.5 * draw.normal(1, 0.08, 200)).tolist()))
    assert uneven is not None
    assert uneven.spread == pytest.approx(0.08, rel=0.2)


def test_times_spread_between_reports_tell_of_no_evenness() -> None:
    rhythm = rhythm_of(times([0.5] * 30), timed=False)
    assert rhythm is not None
    assert rhythm.spread is None


@pytest.mark.parametrize("count", [0, 1, 2])
def test_too_few_skips_have_no_rhythm(count: int) -> None:
    assert rhythm_of(times([0.5] * 5)[:count]) is None


@given(st.lists(st.integers(0, 3_000_000_000), min_size=0, max_size=60))
def test_any_times_give_a_rhythm_or_none(gaps_ns: list[int]) -> None:
    rhythm = rhythm_of(np.cumsum([0, *gaps_ns]).tolist())
    if rhythm is not None:
        assert rhythm.cadence_per_min > 0
        assert 1 <= rhythm.longest <= len(gaps_ns) + 1
