"""Taps and crossings: by time where one comes by itself, by order in a bunch, and what is missing on either side shifts nothing."""

from __future__ import annotations

import numpy as np
import pytest

from edge.counting.lap_taps import tap_order


def partners(taps_s: list[float], crossings_s: list[float]) -> list[int]:
    """By tap, the crossing that fits best."""
    return [int(column) for column in np.argmax(tap_order(taps_s, crossings_s).density, axis=1)]


def test_one_tap_belongs_to_the_crossing_before_it() -> None:
    assert partners([10.6], [5.0, 10.0, 14.0]) == [1]


def test_in_a_bunch_the_order_counts_not_the_time() -> None:
    crossings = [0.2 * n for n in range(10)]
    taps = [0.6 + 0.5 * n for n in range(10)]
    assert partners(taps, crossings) == list(range(10))


def test_a_forgotten_name_does_not_shift_the_others() -> None:
    crossings = [0.0, 1.2, 2.4, 6.0]
    assert partners([0.6, 3.0, 6.6], crossings) == [0, 2, 3]


def test_a_tap_comes_after_its_crossing() -> None:
    assert tap_order([1.0], [2.0]).density.max() == 0.0


def test_whom_nobody_saw_crossed_between_the_neighbours() -> None:
    order = tap_order([0.6, 1.05, 1.5], [0.0, 0.4])
    assert order.crossed_s[1] == pytest.approx(0.25, abs=0.3)
    assert tap_order([1.0], []).crossed_s == pytest.approx([0.4])
    assert tap_order([], [1.0]).density.shape == (0, 1)
