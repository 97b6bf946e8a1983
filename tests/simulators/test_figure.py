"""A drawn person is where their joints are, has a front and a back, and something for image motion to hold on to."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from simulators.body import Build, Joint, at_ease, joints
from simulators.clothes import LOOKS, look_of
from simulators.figure import draw_person, draw_shadow
from simulators.view import View

BUILD = Build(1.5)
VIEW = View.of_one((320, 480), 330.0)


def drawn(heading_rad: float = 0.0, *, view: View = VIEW, look: int = 1, shift_m: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    stance = at_ease(BUILD, 1)
    stance.heading_rad[:] = heading_rad
    (points,) = joints(BUILD, stance)
    points[:, 0] += shift_m
    picture = np.full((view.size[1], view.size[0], 3), 128, dtype=np.uint8)
    draw_person(picture, view, points, BUILD, LOOKS[look])
    return picture, view.project(points)[0]


@pytest.mark.parametrize("heading_rad", [0.0, 0.8, 1.57, 3.14])
def test_every_joint_is_painted_over_and_nothing_far_from_them(heading_rad: float) -> None:
    picture, pixels = drawn(heading_rad)
    painted = (picture != 128).any(axis=2)
    for joint in Joint:
        if joint not in (Joint.HEEL_L, Joint.HEEL_R, Joint.TOE_L, Joint.TOE_R):
            x, y = np.round(pixels[joint]).astype(int)
            assert painted[y, x], joint.name
    rows, columns = np.nonzero(painted)
    assert rows.min() > pixels[:, 1].min() - 40
    assert rows.max() < pixels[:, 1].max() + 12
    assert columns.min() > pixels[:, 0].min() - 30
    assert columns.max() < pixels[:, 0].max() + 30


def test_front_side_and_back_differ() -> None:
    front, side, back = (drawn(heading)[0].astype(int) for heading in (0.0, 1.57, 3.14))
    for a, b in ((front, side), (front, back), (side, back)):
        assert np.abs(a - b).mean() > 1.0


def test_a_head_turns_with_its_body() -> None:
    heads = []
    for heading_rad in (0.0, 1.57, 3.14):
        picture, pixels = drawn(heading_rad)
        x, y = np.round(pixels[Joint.HEAD]).astype(int)
        heads.append(picture[y - 12 : y + 13, x - 9 : x + 10].astype(int))
    for a, b in ((0, 1), (0, 2), (1, 2)):
        assert np.abs(heads[a] - heads[b]).mean() > 15.0


@pytest.mark.parametrize("look", range(len(LOOKS)))
def test_image_motion_finds_corners_on_every_shirt_and_follows_them(look: int) -> None:
    view = View.of_one((160, 160), 90.0)
    before, pixels = drawn(view=view, look=look)
    after, moved = drawn(view=view, look=look, shift_m=0.02)
    greys = [cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY) for picture in (before, after)]
    mask = np.zeros(greys[0].shape, dtype=np.uint8)
    trunk = pixels[[Joint.SHOULDER_L, Joint.SHOULDER_R, Joint.HIP_R, Joint.HIP_L]]
    cv2.fillConvexPoly(mask, np.round(trunk).astype(np.int32), 255)
    corners = cv2.goodFeaturesToTrack(greys[0], 20, 0.02, 3, mask=mask)
    assert corners is not None
    assert len(corners) >= 4
    found, ok, _ = cv2.calcOpticalFlowPyrLK(greys[0], greys[1], corners, None, winSize=(9, 9), maxLevel=2)
    shift = np.median((found - corners).reshape(-1, 2)[ok.ravel() > 0], axis=0)
    assert shift == pytest.approx(moved[Joint.NECK] - pixels[Joint.NECK], abs=0.25)


def test_a_person_half_outside_the_picture_or_behind_its_edge_is_no_error() -> None:
    for shift_m in (-0.7, 0.7, 5.0):
        drawn(shift_m=shift_m)


def test_a_shadow_darkens_the_floor_where_the_person_stands() -> None:
    (points,) = joints(BUILD, at_ease(BUILD, 1))
    for cast in (False, True):
        picture = np.full((480, 320, 3), 128, dtype=np.uint8)
        draw_shadow(picture, VIEW, points, BUILD, cast=cast)
        rows, _ = np.nonzero(picture[..., 0] < 120)
        assert picture.max() == 128
        assert rows.min() > VIEW.project(points)[0][Joint.KNEE_L, 1]


def test_looks_are_many_and_the_same_for_the_same_seed() -> None:
    assert look_of(3) == look_of(3)
    assert len({look_of(seed) for seed in range(20)}) > 15
