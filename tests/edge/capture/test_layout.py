"""Squares on pictures of another size, and what can be wrong with them."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.capture.layout import MOST_SHARED, Fault, Layout, faults_of, part_neighbours, shared
from edge.capture.stations import Square

LEFT, RIGHT = Square(100, 200, 300, 400), Square(420, 200, 300, 400)


def test_a_camera_that_gives_half_the_size_has_the_same_places_on_the_floor() -> None:
    layout = Layout({1: LEFT, 2: RIGHT}, (1280, 720))
    assert layout.on_picture(1280, 720) == {1: LEFT, 2: RIGHT}
    assert layout.on_picture(640, 360) == {1: Square(50, 100, 150, 200), 2: Square(210, 100, 150, 200)}
    assert layout.on_picture(640, 720)[1] == Square(50, 200, 150, 400), "squeezed, as such a picture is"
    assert layout.on_picture(1920, 1080)[1] == Square(150, 300, 450, 600)


def test_squares_of_the_settings_are_of_whatever_size_the_camera_gives() -> None:
    layout = Layout({1: LEFT, 2: Square(900, 100, 300, 300)})
    assert layout.on_picture(640, 480) == {1: Square(100, 200, 300, 280)}, "cut at the border; what lies outside is left out"
    assert layout.on_picture(1920, 1080) == {1: LEFT, 2: Square(900, 100, 300, 300)}


@pytest.mark.parametrize(
    ("squares", "faults"),
    [
        ({1: LEFT, 2: RIGHT}, []),
        ({1: LEFT, 2: Square(395, 200, 300, 400)}, []),  # a hand's breadth in common
        ({1: LEFT, 2: Square(300, 200, 300, 400)}, [Fault("shared", (1, 2))]),
        ({4: LEFT, 2: Square(150, 250, 100, 100)}, [Fault("shared", (2, 4))]),
        ({1: Square(10, 10, 100, 59)}, [Fault("small", (1,))]),
        ({1: Square(10, 10, 39, 100)}, [Fault("small", (1,))]),
        ({1: Square(10, 10, 40, 60)}, []),
        ({1: Square(-1, 10, 100, 100)}, [Fault("outside", (1,))]),
        ({1: Square(1200, 10, 81, 100)}, [Fault("outside", (1,))]),
        ({1: Square(10, 660, 100, 61)}, [Fault("outside", (1,))]),
        ({}, []),
    ],
)
def test_what_is_wrong_is_found(squares: dict[int, Square], faults: list[Fault]) -> None:
    assert faults_of(Layout(squares, (1280, 720))) == faults


boxes = st.builds(Square, st.integers(0, 1000), st.integers(0, 600), st.integers(40, 280), st.integers(60, 120))


@given(boxes, boxes)
def test_what_two_have_in_common_is_a_share_and_the_same_for_both(a: Square, b: Square) -> None:
    assert 0 <= shared(a, b) <= 1
    assert shared(a, b) == shared(b, a)
    assert shared(a, a) == 1


@given(st.lists(st.integers(20, 70), min_size=2, max_size=10))
def test_neighbours_in_a_row_are_parted_in_the_middle(steps: list[int]) -> None:
    row, x = [], 0
    for step in steps:
        row.append(Square(x, 300, 100, 200))
        x += 60 + step
    parted = part_neighbours(reversed(row))
    assert len(parted) == len(row)
    for a, b in pairwise(parted):
        assert shared(a, b) <= MOST_SHARED
        assert a.x < b.x
