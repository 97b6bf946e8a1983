"""What a fixed camera sees when nobody is there, and what differs from it."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from edge.capture.still_background import LOST_PICTURES, STILL_S, StillBackground

Picture = NDArray[np.uint8]
WIDTH, HEIGHT = 480, 270
BODY = (slice(80, 200), slice(200, 240))


def ground(seed: int = 3) -> Picture:
    """A floor with coarse marks: something for image motion to hold on to."""
    coarse = np.random.default_rng(seed).integers(70, 190, (HEIGHT // 15, WIDTH // 15, 3), dtype=np.uint8)
    return np.asarray(cv2.resize(coarse, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC), dtype=np.uint8)


def with_body(picture: Picture) -> Picture:
    shown = picture.copy()
    shown[BODY] = (20, 20, 220)
    return shown


def learnt(picture: Picture) -> StillBackground:
    return StillBackground(WIDTH, [picture] * 5)


def at(index: int) -> int:
    return index * 100_000_000


def test_a_body_differs_and_the_ground_does_not() -> None:
    moving = learnt(ground()).moving(0, with_body(ground()))
    assert moving.mask[BODY].mean() > 0.95 * 255
    moving.mask[BODY] = 0
    assert not moving.mask.any()


def test_a_shadow_takes_light_away_and_leaves_the_colour() -> None:
    shown = ground()
    shown[150:200, 100:180] = (0.6 * shown[150:200, 100:180]).astype(np.uint8)
    assert np.count_nonzero(learnt(ground()).moving(0, shown).mask) < 0.02 * 50 * 80


@pytest.mark.parametrize("light", [0.7, 1.25])
def test_the_light_of_the_whole_picture_may_change(light: float) -> None:
    shown = np.clip(light * with_body(ground()), 0, 255).astype(np.uint8)
    mask = learnt(ground()).moving(0, shown).mask
    assert mask[BODY].mean() > 0.9 * 255
    assert np.count_nonzero(mask) < 1.1 * 120 * 40


def test_a_picture_that_sways_is_laid_onto_the_background() -> None:
    shifted = cv2.warpAffine(
        with_body(ground()), np.array([[1.0, 0, 3], [0, 1, -2]]), (WIDTH, HEIGHT), borderMode=cv2.BORDER_REPLICATE
    )
    moving = learnt(ground()).moving(0, np.asarray(shifted, dtype=np.uint8))
    assert moving.mask[BODY].mean() > 0.95 * 255
    assert moving.back @ [220.0, 140.0, 1.0] == pytest.approx([223.0, 138.0], abs=0.5)


def test_a_gust_after_a_calm_is_laid_onto_the_background_within_a_tenth_of_a_second() -> None:
    background, found = learnt(ground()), []
    for n in range(60):
        away = 1.2 * np.sin(2 * np.pi * 2.0 * max(0, n - 30) / 30)
        swayed = np.array([[1.0, 0, away], [0, 1, 0]])
        shown = cv2.warpAffine(ground(), swayed, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REPLICATE)
        back = background.moving(n * 33_333_333, np.asarray(shown, dtype=np.uint8)).back
        found.append(abs(float(back[0, 2]) - away))
    assert max(found[:30]) == 0.0, "a camera that stands still is left as it is"
    assert max(found[34:]) < 0.3, "pixels, while it sways by 1.2"


def test_what_stays_becomes_background_unless_somebody_is_known_to_stand_there() -> None:
    shown, pictures = with_body(ground()), int(2 * STILL_S * 10)
    forgets, keeps = learnt(ground()), learnt(ground())
    for index in range(pictures):
        left = forgets.moving(at(index), shown).mask
        kept = keeps.moving(at(index), shown).mask
        keeps.keep([(200, 80, 40, 120)])
    assert not left[BODY].any()
    assert kept[BODY].mean() > 0.95 * 255


def test_a_camera_that_was_turned_learns_anew() -> None:
    background, other = learnt(ground()), ground(8)
    assert background.moving(0, other).mask.mean() > 0.3 * 255
    for index in range(1, 4 * LOST_PICTURES):
        mask = background.moving(at(index), other).mask
    assert not mask.any()
