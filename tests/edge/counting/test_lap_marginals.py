"""How likely each pair of a window is, over all assignments, and which assignment is the best."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from edge.counting.lap_marginals import MOST_STATES, NEVER, assign, marginals


def by_hand(pair: np.ndarray) -> np.ndarray:
    """[row, column]: every assignment written down."""
    rows, columns = pair.shape
    weight, chance, whole = np.exp(-pair) * (pair < NEVER), np.zeros((rows, columns)), 0.0
    for way in product(range(-1, rows), repeat=columns):
        taken = [row for row in way if row >= 0]
        if len(taken) != len(set(taken)):
            continue
        likely = float(np.prod([weight[row, column] for column, row in enumerate(way) if row >= 0]))
        whole += likely
        for column, row in enumerate(way):
            if row >= 0:
                chance[row, column] += likely
    return chance / whole


@given(
    st.tuples(st.integers(1, 4), st.integers(1, 4)).flatmap(
        lambda shape: arrays(np.float64, shape, elements=st.one_of(st.floats(-3.0, 3.0), st.just(NEVER)))
    )
)
def test_marginals_are_those_of_all_assignments(pair: np.ndarray) -> None:
    chance, alone = marginals(pair)
    assert chance == pytest.approx(by_hand(pair), abs=1e-9)
    assert alone == pytest.approx(1.0 - chance.sum(axis=1))


def test_two_equal_runners_are_one_in_two() -> None:
    chance, _ = marginals(np.full((2, 2), -9.0))
    assert chance == pytest.approx(np.full((2, 2), 0.5), abs=0.01)


def test_more_ways_than_are_followed_leave_out_the_least_likely() -> None:
    """Twelve bodies in a row whom each of twelve may be, and each most likely the own one."""
    order = np.arange(12)
    pair = -6.0 + 0.5 * np.abs(order[:, None] - order)
    assert 2 ** len(order) > MOST_STATES
    chance, alone = marginals(pair)
    assert np.argmax(chance, axis=1).tolist() == order.tolist()
    assert np.all(chance.sum(axis=0) <= 1.0 + 1e-9)
    assert np.all((alone >= 0.0) & (alone < 0.05))


@pytest.mark.parametrize("shape", [(0, 0), (3, 0), (0, 3)])
def test_nobody_or_nothing_to_lay(shape: tuple[int, int]) -> None:
    chance, alone = marginals(np.zeros(shape))
    assert chance.shape == shape
    assert alone == pytest.approx(np.ones(shape[0]))


def test_the_best_assignment_leaves_alone_what_costs_more_together() -> None:
    assert assign(np.array([[-1.0, -2.0], [-0.5, -3.0], [0.3, -1.0]])) == [0, 1, -1]
