"""Tape, mats and cones of one colour on a rendered floor become boxes for pupils; shirts, grass and bare floors do not."""

from __future__ import annotations

from dataclasses import astuple
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest

from edge.capture.find_squares import find_squares
from edge.capture.layout import MOST_SHARED, shared
from simulators.camera import STANDING, Scene

if TYPE_CHECKING:
    from numpy.typing import NDArray

WIDTH, HEIGHT = 1280, 720
YELLOW, RED, BLUE, ORANGE = (40, 210, 250), (40, 30, 210), (210, 90, 20), (20, 120, 250)


def floor(color: tuple[int, int, int] = (96, 128, 104)) -> NDArray[np.uint8]:
    """Dull ground under a pale sky, with the grain of a sensor."""
    picture = np.zeros((HEIGHT, WIDTH, 3), dtype=np.float32)
    picture[:220] = (225, 215, 205)
    picture[220:] = np.linspace(0.9, 1.1, HEIGHT - 220)[:, None, None] * np.array(color)
    picture += np.random.default_rng(5).normal(0, 4, picture.shape)
    return np.clip(picture, 0, 255).astype(np.uint8)


def quads(count: int, left: int = 60, right: int = 1220, gap: float = 0.15) -> list[NDArray[np.int32]]:
    """Squares on the floor seen by a camera in front of them: nearer sides are longer."""
    step = (right - left) / count
    made = []
    for i in range(count):
        a, b = left + (i + gap / 2) * step, left + (i + 1 - gap / 2) * step
        far = [WIDTH / 2 + 0.85 * (x - WIDTH / 2) for x in (a, b)]
        made.append(np.array([(far[0], 470), (far[1], 470), (b, 560), (a, 560)], dtype=np.int32))
    return made


def taped(count: int, color: tuple[int, int, int], **where: Any) -> NDArray[np.uint8]:
    picture = floor()
    for quad in quads(count, **where):
        cv2.polylines(picture, [quad], isClosed=True, color=color, thickness=7, lineType=cv2.LINE_AA)
    return picture


def over_each(found: list[Any], marks: list[NDArray[np.int32]]) -> None:
    """One box a mark, in their order, standing on it, with room for a body above it."""
    assert len(found) == len(marks)
    for box, quad in zip(found, marks, strict=True):
        middle = quad[:, 0].mean()
        assert abs(box.x + box.width / 2 - middle) < 0.12 * np.ptp(quad[:, 0])
        assert abs(box.y + box.height - 560) < 12
        assert box.height > box.width
    for one, next_one in pairwise(found):
        assert shared(one, next_one) <= MOST_SHARED


@pytest.mark.parametrize("color", [YELLOW, RED, BLUE, ORANGE])
@pytest.mark.parametrize("count", [1, 4, 7])
def test_tape_of_any_vivid_colour(count: int, color: tuple[int, int, int]) -> None:
    where = {"left": 500, "right": 780} if count == 1 else {}
    over_each(find_squares(taped(count, color, **where)), quads(count, **where))


def test_neighbours_that_share_a_strip_of_tape() -> None:
    over_each(find_squares(taped(5, BLUE, gap=0.0)), quads(5, gap=0.0))


def test_mats_of_one_colour() -> None:
    picture = floor()
    for quad in quads(4):
        cv2.fillPoly(picture, [quad], BLUE)
    over_each(find_squares(picture), quads(4))


@pytest.mark.parametrize("gap", [0.0, 0.3])
def test_four_cones_a_square_shared_or_not(gap: float) -> None:
    picture, corners = floor(), {tuple(corner) for quad in quads(6, gap=gap) for corner in quad.tolist()}
    for x, y in corners:
        cv2.fillPoly(picture, [np.array([(x - 9, y), (x + 9, y), (x, y - 20)], dtype=np.int32)], ORANGE)
    over_each(find_squares(picture), quads(6, gap=gap))


def test_feet_on_the_tape_hide_no_square() -> None:
    picture = taped(4, YELLOW)
    for quad in quads(4):
        x = int(quad[:, 0].mean())
        cv2.rectangle(picture, (x - 22, 250), (x + 22, 530), (60, 50, 45), -1)  # a body, before the far strip of tape
    over_each(find_squares(picture), quads(4))


def test_no_marks_nothing_proposed() -> None:
    assert find_squares(floor()) == []
    assert find_squares(np.zeros((HEIGHT, WIDTH, 3), dtype=np.uint8)) == []
    assert find_squares(floor((40, 160, 50))) == [], "vivid grass is one area, not a square"
    assert find_squares(Scene(4).render([STANDING] * 4)) == [], "shirts are no mats, white lines no vivid colour"


def test_a_banner_high_on_a_wall_is_no_place_to_stand() -> None:
    picture = floor()
    cv2.rectangle(picture, (380, 90), (860, 190), BLUE, -1)
    assert find_squares(picture) == []


def test_boxes_stay_in_the_picture() -> None:
    picture = np.ascontiguousarray(taped(4, RED)[260:])
    found = find_squares(picture)
    assert len(found) == 4
    for box in found:
        x, y, width, height = astuple(box)
        assert x >= 0
        assert y >= 0
        assert x + width <= WIDTH
        assert y + height <= picture.shape[0]
