"""Who steps into a square is noticed beside the pupil; who skips in it alone is not taken for somebody new."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from edge.capture.square_rim import SquareRim
from models.pose import Pose, Region

if TYPE_CHECKING:
    from numpy.typing import NDArray

SHAPE = (300, 240, 3)


def pose(x: float = 120) -> Pose:
    """A standing body, 60 px from hips to shoulders."""
    xy = np.full((33, 2), (x, 120), dtype=np.float32)
    for left, half, y in ((11, 16, 90), (13, 26, 115), (15, 30, 140), (23, 12, 150), (25, 12, 200), (27, 12, 250)):
        xy[left], xy[left + 1] = (x + half, y), (x - half, y)
    return Pose(xy, np.ones(33, dtype=np.float32), 1.0, Region(x, 150, 250))


def square(*bodies: int, up_px: int = 0, noise: int = 0, rope: int | None = None) -> NDArray[np.uint8]:
    """A textured wall, bodies at these places, the first one so high in the air."""
    draw = np.random.default_rng(1)
    out = cv2.GaussianBlur(draw.integers(60, 190, SHAPE, dtype=np.uint8), (0, 0), 5)
    for number, x in enumerate(bodies):
        up = up_px if number == 0 else 0
        cv2.rectangle(out, (x - 22, 60 - up), (x + 22, 260 - up), (40, 30, 90), -1)
    if rope is not None:
        cv2.ellipse(out, (120, 150), (rope, 140), 0, 0, 360, (20, 20, 20), 2)
    shaken = out.astype(np.int16) + np.random.default_rng(noise).normal(0, noise, SHAPE)
    return np.clip(shaken, 0, 255).astype(np.uint8)


def test_before_the_first_search_nothing_is_known() -> None:
    assert SquareRim().may_hold_another(square(120), pose())


def test_a_pupil_who_skips_alone_is_alone() -> None:
    rim = SquareRim()
    rim.searched(square(120), pose())
    assert not rim.may_hold_another(square(124, up_px=12, noise=8, rope=90), pose(124))


def test_somebody_who_steps_in_is_noticed_on_either_side() -> None:
    rim = SquareRim()
    rim.searched(square(120, noise=8), pose())
    assert rim.may_hold_another(square(120, 30, noise=8), pose())
    assert rim.may_hold_another(square(120, 215, noise=8), pose())


def test_where_the_pupil_fills_the_square_nothing_can_be_told() -> None:
    rim, narrow = SquareRim(), square(120)[:, 70:170]
    rim.searched(narrow, pose(50))
    assert rim.may_hold_another(narrow, pose(50))
