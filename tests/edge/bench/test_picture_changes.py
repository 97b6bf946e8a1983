"""What cameras do to a picture, done to a clip."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from edge.bench.picture_changes import CHANGES, LARGE, SMALL_PX
from edge.recordings.video_file import VideoFrame

if TYPE_CHECKING:
    from numpy.typing import NDArray

PICTURES = 60


def clip() -> list[VideoFrame]:
    """A bright square in the upper left of a dark picture, thirty times a second."""
    picture = np.full((120, 160, 3), 20, dtype=np.uint8)
    picture[20:60, 30:70] = 220
    return [VideoFrame(round(n / 30 * 1e9), picture.copy()) for n in range(PICTURES)]


def changed(name: str) -> list[VideoFrame]:
    return list(CHANGES[name](clip()))


def bright(picture: NDArray[np.uint8]) -> tuple[float, float]:
    """Where the middle of the bright square is: right, down."""
    down, right = np.nonzero(picture[:, :, 0] > picture.max() // 2)
    return float(right.mean()), float(down.mean())


@pytest.mark.parametrize("name", CHANGES)
def test_stamps_stay_and_the_clip_itself_is_not_touched(name: str) -> None:
    before = clip()
    stamps = [frame.t_ns for frame in CHANGES[name](before)]
    assert set(stamps) <= {frame.t_ns for frame in before}
    assert stamps == sorted(stamps)
    assert all((frame.picture == same.picture).all() for frame, same in zip(before, clip(), strict=True))


def test_pictures_become_fewer() -> None:
    assert len(changed("half the pictures")) == PICTURES // 2
    assert 0.75 * PICTURES < len(changed("15 % of the pictures lost")) < 0.95 * PICTURES


def test_the_picture_moves_as_its_name_says() -> None:
    right, down = bright(clip()[0].picture)
    assert bright(changed("mirrored")[0].picture) == pytest.approx((159 - right, down), abs=0.5)
    tilted = bright(changed("tilted by 12°")[0].picture)
    assert np.hypot(tilted[0] - right, tilted[1] - down) > 3
    assert bright(changed("from the corner of a ceiling")[0].picture)[1] > down, "heads come down, feet go up"


def test_a_camera_in_the_wind_comes_and_goes() -> None:
    places = np.array([bright(frame.picture) for frame in changed("swaying camera")])
    assert (np.ptp(places, axis=0) > 1.5).all()
    assert places.mean(axis=0) == pytest.approx(bright(clip()[0].picture), abs=1.5)


def test_the_light_goes_and_noise_comes() -> None:
    dark = changed("a quarter of the light")[0].picture
    assert dark[30:50, 40:60].mean() == pytest.approx(55, abs=2)
    assert dark[30:50, 40:60].std() > 3


def test_a_body_far_away_is_small_in_a_large_picture() -> None:
    small = changed("small: 240 px in 720")[0].picture
    assert small.shape == (*LARGE, 3)
    assert np.ptp(np.nonzero(small[:, :, 0] > 200)[0]) == pytest.approx(40 * SMALL_PX / 120, abs=3)
