"""What moves, taken apart into bodies."""

from __future__ import annotations

import numpy as np
import pytest

from edge.capture.split_bodies import BodySizes, Portrait, Scene
from edge.capture.still_background import Moving
from edge.counting.body_tracks import BodyTracks, Box

HEIGHT = 100
RED, BLUE = (40, 40, 200), (200, 60, 30)


def picture_of(*bodies: tuple[int, tuple[int, int, int]]) -> Moving:
    """Bodies 100 px high, by the column of their middle, the later ones in front: a head, and a trunk with legs."""
    picture, mask = np.full((160, 320, 3), 120, dtype=np.uint8), np.zeros((160, 320), dtype=np.uint8)
    for middle, colour in bodies:
        for rows, half in ((slice(20, 36), 7), (slice(36, 120), 14)):
            picture[rows, middle - half : middle + half] = colour
            mask[rows, middle - half : middle + half] = 255
    return Moving(picture, mask, np.eye(2, 3), 1.0)


@pytest.fixture
def sizes() -> BodySizes:
    known = BodySizes()
    for _ in range(30):
        known.learn(120.0, float(HEIGHT))
    return known


def middles(boxes: list[Box]) -> list[float]:
    return sorted(box.middle_x for box in boxes)


def test_two_who_stand_apart_are_two(sizes: BodySizes) -> None:
    assert middles(Scene(picture_of((80, RED), (200, BLUE)), (), {}, sizes).bodies([])) == pytest.approx([80, 200], abs=1)


def test_two_whose_shoulders_touch_are_told_by_their_heads(sizes: BodySizes) -> None:
    boxes = Scene(picture_of((100, RED), (126, BLUE)), (), {}, sizes).bodies([])
    assert middles(boxes) == pytest.approx([100, 126], abs=5)


def test_nothing_is_known_of_sizes_until_enough_have_been_seen_alone() -> None:
    fresh = BodySizes()
    fresh.learn(120.0, 100.0)
    assert fresh.height(120.0) is None


def test_whoever_stands_nearer_is_higher() -> None:
    sizes = BodySizes()
    for _ in range(200):
        for foot_y in (100.0, 150.0, 200.0):
            sizes.learn(foot_y, 0.5 * foot_y)
    assert sizes.height(180.0) == pytest.approx(90, rel=0.05)


def test_one_who_walks_behind_another_is_found_again_by_the_look_of_the_upper_body(sizes: BodySizes) -> None:
    """Two are followed while they are apart, and then are one patch: the hidden one keeps its own place."""
    tracks, portraits = BodyTracks(), dict[int, Portrait]()
    apart = [(80 + 2 * step, 240 - 2 * step) for step in range(30)]
    for step, (left, right) in enumerate(apart):
        scene = Scene(picture_of((left, RED), (right, BLUE)), portraits, portraits, sizes)
        boxes = scene.bodies(tracks.expected(step * 33_000_000))
        for body in tracks.feed(step * 33_000_000, boxes):
            portrait = scene.portrait(body.box)
            if portrait is not None:
                portraits[body.track] = portrait
    together = Scene(picture_of((146, RED), (166, BLUE)), portraits, portraits, sizes)
    boxes = together.bodies(tracks.expected(len(apart) * 33_000_000))
    assert middles(boxes) == pytest.approx([146, 166], abs=8)
    assert {box.claims for box in boxes} == set(portraits)
