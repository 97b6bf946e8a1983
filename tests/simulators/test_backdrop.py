"""A field without anybody: nothing is one flat colour, and the squares are where they are said to be."""

from __future__ import annotations

import numpy as np

from simulators.backdrop import backdrop
from simulators.view import View

SQUARE = 0.75 * np.array([[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]])
VIEW = View.onto(SQUARE, (480, 360), height_m=2.0)


def test_floor_and_wall_have_a_grain() -> None:
    picture = backdrop(VIEW, [SQUARE], 6.0, 1)
    floor = picture[-40:, 20:120].astype(float)
    assert floor.std(axis=(0, 1)).max() > 2.0
    assert np.array_equal(picture, backdrop(VIEW, [SQUARE], 6.0, 1))
    assert not np.array_equal(picture, backdrop(VIEW, [SQUARE], 6.0, 2))


def test_tape_is_on_the_edges_of_a_square() -> None:
    bare, taped = (backdrop(VIEW, squares, 6.0, 1).astype(int) for squares in ([], [SQUARE]))
    edges = np.array([[0.0, -0.75, 0.0], [0.75, 0.0, 0.0], [0.0, 0.75, 0.0]])
    for x, y in np.round(VIEW.project(edges)[0]).astype(int):
        assert taped[y, x].min() > 200
        assert taped[y, x].sum() > bare[y, x].sum()
