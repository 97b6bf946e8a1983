"""What a pose says of a box."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from edge.capture.upright import foot_y, has_legs, is_body_of, standing_height
from edge.counting.body_tracks import Box
from models.pose import Pose, Region


def standing(nose_y: float = 109.0, soles_y: float = 200.0, middle_x: float = 50.0) -> Pose:
    """A body of 100 px: shoulders at 0.18, hips at 0.47 from the top."""
    xy = np.full((33, 2), (middle_x, nose_y), dtype=np.float32)
    xy[[11, 12], 1], xy[[23, 24], 1], xy[27:, 1] = 118.2, 147.0, soles_y
    return Pose(xy, np.ones(33, dtype=np.float32), 1.0, Region(middle_x, 150.0, 120.0))


def test_a_box_around_the_whole_body_is_its_box() -> None:
    assert is_body_of(Box(35, 100, 30, 100), standing())


def test_a_box_around_the_legs_or_beside_the_body_is_not() -> None:
    assert not is_body_of(Box(35, 160, 30, 40), standing())
    assert not is_body_of(Box(90, 100, 30, 100), standing())


def test_a_box_with_a_long_shadow_is_not() -> None:
    assert not is_body_of(Box(35, 100, 30, 260), standing())


def test_a_box_that_is_wider_than_high_is_a_dogs() -> None:
    assert is_body_of(Box(5, 100, 90, 100), standing())
    assert not is_body_of(Box(-25, 100, 150, 100), standing())


def test_a_body_whose_legs_are_only_imagined_has_none() -> None:
    seen = np.ones(33, dtype=np.float32)
    assert has_legs(replace(standing(), visibility=seen))
    seen[23:] = 0.4
    assert not has_legs(replace(standing(), visibility=seen))


def test_the_torso_tells_the_height_also_of_a_body_that_bends_its_knees() -> None:
    assert standing_height(standing(soles_y=170.0)) == pytest.approx(100, rel=0.01)
    assert foot_y(standing()) == 200.0
