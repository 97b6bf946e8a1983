"""Taps and crossings: by time where one comes by itself, by order in a bunch, and what is missing on either side shifts nothing."""

from __future__ import annotations

import numpy as np
import pytest

from edge.counting.lap_taps import tap_chances, tap_order


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


def test_of_two_crossings_a_tap_means_the_one_that_time_and_pace_make_likelier() -> None:
    right, wrong = np.array([[0.2, 0.05]]), np.array([[0.01, 0.02]])
    never, nobody, one = np.full(1, 1e-12), np.array([0.1, 0.2]), np.ones((1, 1))
    chance = tap_chances([10.6], [10.0, 10.1], right, wrong, never, nobody)
    fit = np.array([tap_chances([10.6], [t], one, 0.0 * one, np.ones(1), np.ones(1))[0, 0] for t in (10.0, 10.1)])
    weight = fit / (1.0 - fit) * np.array([0.21, 0.07]) * nobody[::-1]
    assert chance[0] == pytest.approx(weight / weight.sum() * np.array([0.2 / 0.21, 0.05 / 0.07]))


def test_a_pace_that_fits_neither_leaves_a_tap_alone() -> None:
    nothing = np.zeros((1, 2))
    assert tap_chances([10.6], [10.0, 10.1], nothing, nothing, np.ones(1), np.ones(2)).max() == 0.0
