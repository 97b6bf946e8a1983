"""What cameras do to a picture, done to a clip: another place, another light, fewer pictures."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from numpy.typing import NDArray

    from edge.recordings.video_file import VideoFrame

    Picture = NDArray[np.uint8]
    Change = Callable[[Iterable[VideoFrame]], Iterator[VideoFrame]]

SEED: Final = 1
LOST: Final = 0.15
DARKER: Final = 0.25
NOISE: Final = 6.0
"""Standard deviation, of 255 levels."""
TILT_DEG: Final = 12.0
SMALL_PX: Final = 240
"""Height of the whole clip within a larger picture."""
LARGE: Final = (720, 1280)
GREY: Final = (96, 110, 120)
SWAY: Final = 0.012
"""Of the picture's height, to each side."""
SWAY_HZ: Final = (0.53, 0.76)
"""Across, and up and down."""
CEILING: Final = ((0.0, 0.15), (1.0, 0.05), (0.8, 0.85), (0.2, 0.8))
"""Where the corners of the picture come to lie, as shares of it: what is low is far away."""


def every_second(frames: Iterable[VideoFrame]) -> Iterator[VideoFrame]:
    """Half the pictures."""
    return (frame for number, frame in enumerate(frames) if number % 2 == 0)


def some_lost(frames: Iterable[VideoFrame]) -> Iterator[VideoFrame]:
    """Pictures that are dropped at random."""
    draw = np.random.default_rng(SEED)
    return (frame for frame in frames if draw.random() >= LOST)


def dark(frames: Iterable[VideoFrame]) -> Iterator[VideoFrame]:
    """A quarter of the light, and noise."""
    draw = np.random.default_rng(SEED)
    for frame in frames:
        noise = draw.normal(0.0, NOISE, frame.picture.shape)
        yield replace(frame, picture=np.clip(DARKER * frame.picture + noise, 0, 255).astype(np.uint8))


def tilted(frames: Iterable[VideoFrame]) -> Iterator[VideoFrame]:
    """A camera that does not hang straight."""
    for frame in frames:
        height, width = frame.picture.shape[:2]
        turned = cv2.getRotationMatrix2D((width / 2, height / 2), TILT_DEG, 1.0)
        yield replace(frame, picture=_moved(frame.picture, np.asarray(turned, dtype=np.float64)))


def swaying(frames: Iterable[VideoFrame]) -> Iterator[VideoFrame]:
    """A camera on a pole in the wind."""
    for frame in frames:
        across, up = SWAY * frame.picture.shape[0] * np.sin(2 * np.pi * np.array(SWAY_HZ) * frame.t_ns / 1e9 + [0.0, 1.0])
        yield replace(frame, picture=_moved(frame.picture, np.array([[1.0, 0.0, across], [0.0, 1.0, up]])))


def from_the_ceiling(frames: Iterable[VideoFrame]) -> Iterator[VideoFrame]:
    """From the corner of a ceiling: legs are further away than heads."""
    for frame in frames:
        height, width = frame.picture.shape[:2]
        size = np.array([width, height], dtype=np.float32)
        corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], dtype=np.float32) * size
        bent = cv2.getPerspectiveTransform(corners, np.array(CEILING, dtype=np.float32) * size)
        picture = cv2.warpPerspective(frame.picture, bent, (width, height), borderMode=cv2.BORDER_REPLICATE)
        yield replace(frame, picture=np.asarray(picture, dtype=np.uint8))


def small(frames: Iterable[VideoFrame]) -> Iterator[VideoFrame]:
    """Far away: the whole clip in the middle of a larger picture."""
    for frame in frames:
        scale = SMALL_PX / frame.picture.shape[0]
        little = cv2.resize(frame.picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        top, left = (LARGE[0] - little.shape[0]) // 2, (LARGE[1] - little.shape[1]) // 2
        picture = np.full((*LARGE, 3), GREY, dtype=np.uint8)
        picture[top : top + little.shape[0], left : left + little.shape[1]] = little
        yield replace(frame, picture=picture)


def mirrored(frames: Iterable[VideoFrame]) -> Iterator[VideoFrame]:
    """Left is right."""
    return (replace(frame, picture=np.ascontiguousarray(frame.picture[:, ::-1])) for frame in frames)


def unchanged(frames: Iterable[VideoFrame]) -> Iterator[VideoFrame]:
    """As it is."""
    return iter(frames)


CHANGES: Final[dict[str, Change]] = {
    "as it is": unchanged,
    "mirrored": mirrored,
    "half the pictures": every_second,
    "15 % of the pictures lost": some_lost,
    "from the corner of a ceiling": from_the_ceiling,
    "tilted by 12°": tilted,
    "a quarter of the light": dark,
    "small: 240 px in 720": small,
    "swaying camera": swaying,
}


def _moved(picture: Picture, way: NDArray[np.float64]) -> Picture:
    height, width = picture.shape[:2]
    return np.asarray(cv2.warpAffine(picture, way, (width, height), borderMode=cv2.BORDER_REPLICATE), dtype=np.uint8)
