"""Bodies in one still become squares: small ones too, each once, with room for a jump; nobody is invented."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from edge.capture.find_pupils import find_pupils
from edge.capture.layout import MOST_SHARED, shared
from models.open import open_pose_model
from models.pose import LANDMARKS, Pose, Region
from simulators.camera import STANDING, Scene

if TYPE_CHECKING:
    from collections.abc import Iterator

    from models.pose import PoseModel

WIDTH, HEIGHT = 1280, 720


@pytest.fixture(scope="module")
def model() -> Iterator[PoseModel]:
    opened = open_pose_model("onnxruntime:lite")
    yield opened
    opened.close()


@pytest.mark.parametrize("stations", [1, 4, 10])
def test_each_pupil_once_on_the_own_station(model: PoseModel, stations: int) -> None:
    scene = Scene(stations)
    found = find_pupils(model, scene.render([STANDING] * stations))
    assert len(found) == stations
    for (x, _, width, _), one in zip(scene.squares, found, strict=True):
        assert x <= one.x + one.width / 2 <= x + width
        assert one.x >= 0
        assert one.y >= 0
        assert one.x + one.width <= WIDTH
        assert one.y + one.height <= HEIGHT
    for one, next_one in pairwise(found):
        assert shared(one, next_one) <= MOST_SHARED


def test_an_empty_field_has_nobody(model: PoseModel) -> None:
    assert find_pupils(model, Scene(4).render([None] * 4)) == []


class Told:
    """A pose engine that sees upright bodies (middle, head, feet) in every piece of the picture that holds them."""

    name = "told"

    def __init__(self, *bodies: tuple[float, float, float]) -> None:
        self._bodies = bodies

    def detect(self, picture: Any) -> list[Region]:
        # Only the whole picture is looked at: the pieces of a still are smaller.
        if picture.shape[:2] != (HEIGHT, WIDTH):
            return []
        return [Region(x, (head + feet) / 2, feet - head) for x, head, feet in self._bodies for _ in range(2)]

    def pose(self, _picture: Any, region: Region) -> Pose:
        x, head, feet = next(b for b in self._bodies if b[0] == region.center_x and (b[1] + b[2]) / 2 == region.center_y)
        xy = np.full((len(LANDMARKS), 2), (x, (head + feet) / 2), dtype=np.float32)
        xy[0], xy[27:] = (x, head), (x, feet)
        return Pose(xy, np.ones(len(LANDMARKS), dtype=np.float32), 0.9, region)

    def close(self) -> None: ...


def squares(*bodies: tuple[float, float, float]) -> list[tuple[int, int]]:
    return [(s.x, s.height) for s in find_pupils(Told(*bodies), np.zeros((HEIGHT, WIDTH, 3), dtype=np.uint8))]


def test_a_body_seen_twice_is_one_and_spectators_far_away_are_none() -> None:
    assert squares((400, 300, 500)) == [(304, 280)]
    assert len(squares((400, 300, 500), (404, 302, 503))) == 1
    assert len(squares((400, 300, 500), (700, 300, 500), (900, 100, 130))) == 2


def test_above_the_head_is_room_for_the_jump() -> None:
    (only,) = find_pupils(Told((400, 300, 500)), np.zeros((HEIGHT, WIDTH, 3), dtype=np.uint8))
    assert only.y <= 300 - 0.3 * 200
    assert only.y + only.height > 500
