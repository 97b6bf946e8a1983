"""A pinhole puts points where they are seen."""

from __future__ import annotations

import numpy as np
import pytest

from simulators.view import TALL_M, View


def test_what_is_twice_as_far_is_half_as_large_and_up_is_up() -> None:
    view = View((640, 480), 500.0, height_m=1.0, distance_m=2.0)
    at, depth_m = view.project(np.array([[0.0, 0.0, 1.0], [0.2, 0.0, 1.0], [0.2, 2.0, 1.0], [0.0, 0.0, 1.5]]))
    assert at[0] == pytest.approx([319.5, 239.5])
    assert at[1, 0] - 319.5 == pytest.approx(50.0)
    assert at[2, 0] - 319.5 == pytest.approx(25.0)
    assert at[3, 1] < at[0, 1]
    assert depth_m == pytest.approx([2.0, 2.0, 4.0, 2.0])


@pytest.mark.parametrize("body_px", [90.0, 200.0, 400.0])
@pytest.mark.parametrize("height_m", [0.5, 1.0, 3.0])
def test_one_body_is_as_large_as_it_was_asked_for(body_px: float, height_m: float) -> None:
    view = View.of_one((480, 640), body_px, height_m=height_m, distance_m=4.0)
    (feet, head), _ = view.project(np.array([[0.0, 0.0, 0.0], [0.0, 0.0, 1.5]]))
    assert feet[1] - head[1] == pytest.approx(body_px, rel=0.05)


@pytest.mark.parametrize(
    ("size", "height_m", "yaw_rad"), [((1280, 720), 1.2, 0.0), ((720, 1280), 0.5, 0.0), ((1280, 720), 3.0, 0.8)]
)
def test_everything_that_must_be_seen_is_seen(size: tuple[int, int], height_m: float, yaw_rad: float) -> None:
    corners = np.array([[-4.0, -1.0], [4.0, -1.0], [4.0, 1.0], [-4.0, 1.0]])
    view = View.onto(corners, size, height_m=height_m, yaw_rad=yaw_rad)
    for z_m in (0.0, TALL_M):
        at, _ = view.project(np.column_stack([corners, np.full(4, z_m)]))
        assert (at >= 0).all()
        assert (at < np.array(size)).all()


def test_a_ray_goes_back_to_the_point_it_came_from() -> None:
    view = View((64, 48), 60.0, height_m=2.0, distance_m=3.0, pitch_rad=0.5, yaw_rad=0.4)
    rays = view.rays()
    point = view.place_m + 2.0 * rays[10, 20]
    at, _ = view.project(point[None])
    assert at[0] == pytest.approx([20.0, 10.0])
