"""When pictures are an error: the same one again and again, or nothing to be seen; judged by time, at every rate."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from edge.capture.picture_health import PictureHealth
from simulators.camera import STANDING, Scene

S = 1_000_000_000
Picture = NDArray[np.uint8]
SCENE: Picture = Scene(2, (320, 180)).render([STANDING, None])
RATES = [5.0, 10.0, 12.0, 25.0, 30.0, 60.0]


def noisy(picture: Picture, seed: int, level: float = 2.0) -> Picture:
    noise = np.random.default_rng(seed).normal(0, level, picture.shape)
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


def as_jpeg(picture: Picture) -> Picture:
    """What an MJPEG camera makes of it: the same bytes unpack to the same bits."""
    _, jpeg = cv2.imencode(".jpg", picture)
    return np.asarray(cv2.imdecode(jpeg, cv2.IMREAD_COLOR), dtype=np.uint8)


@pytest.mark.parametrize("rate_hz", RATES)
def test_a_picture_that_stands_still_is_an_error_within_three_seconds_and_not_before_two(rate_hz: float) -> None:
    health, first = PictureHealth(), as_jpeg(noisy(SCENE, 1))
    health.look(0, as_jpeg(noisy(SCENE, 0)))
    looks = {index / rate_hz: health.look(S + round(index * S / rate_hz), first) for index in range(round(4 * rate_hz))}
    assert {after_s for after_s, state in looks.items() if state != "live"} == {s for s in looks if looks[s] == "frozen"}
    assert 2.0 < min(after_s for after_s, state in looks.items() if state == "frozen") < 2.8
    assert health.look(6 * S, as_jpeg(noisy(SCENE, 2))) == "live", "and it is well again with the first new picture"


def test_a_scene_in_which_only_the_noise_changes_is_alive() -> None:
    health = PictureHealth()
    states = {health.look(round(index * S / 10), as_jpeg(noisy(SCENE, index, level=1.0))) for index in range(60)}
    assert states == {"live"}


def test_one_new_picture_now_and_then_is_enough() -> None:
    health = PictureHealth()
    pictures = [as_jpeg(noisy(SCENE, seed)) for seed in range(6)]
    states = {health.look(round(index * S / 25), pictures[index // 50]) for index in range(300)}
    assert states == {"live"}


@pytest.mark.parametrize("rate_hz", RATES)
@pytest.mark.parametrize("gain", ["black", "grey with noise"])
def test_a_lens_cap_is_an_error_within_three_seconds(rate_hz: float, gain: str) -> None:
    health = PictureHealth()
    health.look(0, SCENE)
    black = np.zeros_like(SCENE)
    seen = []
    for index in range(round(3 * rate_hz)):
        covered = black if gain == "black" else noisy(black + 28, index, level=6.0)
        seen.append(health.look(S + round(index * S / rate_hz), covered))
    assert seen[0] == "live", "somebody who walks past is no lens cap"
    assert seen[-1] == "dark"


def test_an_evening_on_which_pupils_can_still_be_seen_is_not_dark() -> None:
    health = PictureHealth()
    dusk = (SCENE * 0.14).astype(np.uint8)
    assert dusk.mean() < 40
    assert {health.look(round(index * S / 10), noisy(dusk, index)) for index in range(50)} == {"live"}


def test_a_camera_that_changes_its_size_is_alive() -> None:
    health = PictureHealth()
    assert [health.look(index * S, SCENE[: 180 - 8 * index]) for index in range(5)] == ["live"] * 5
