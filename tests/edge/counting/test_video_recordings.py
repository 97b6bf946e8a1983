"""The camera counters on real clips: the floors that a release is held to, and what must not matter."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from edge.bench.recordings import rope_on_video, without_rope_on_video
from edge.capture.stations import Square, StationTracker
from edge.counting.events import Skip
from edge.counting.rope_pose import RopePoseCounter, count_official
from edge.recordings.video_file import VideoFile
from models.blazepose import BlazePose

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from edge.bench.recordings import Recording
    from edge.counting.samples import BodySample

    Picture = NDArray[np.uint8]

pytestmark = [pytest.mark.recordings, pytest.mark.timeout(600)]


@functools.cache
def model() -> BlazePose:
    cv2.setNumThreads(1)
    return BlazePose("lite")


def followed(pictures: Iterable[tuple[int, Picture]], square: Square | None = None, phase: float = 0.0) -> list[BodySample]:
    tracker = StationTracker(model(), square, phase=phase)
    return [tracker.track(*one) for one in pictures]


def pictures_of(file: Path, seconds: float = 1e9) -> Iterable[tuple[int, Picture]]:
    for frame in VideoFile(file):
        if frame.t_ns > seconds * 1e9:
            return
        yield frame.t_ns, frame.picture


@functools.cache
def clips(data: Path) -> list[tuple[Recording, list[BodySample]]]:
    return [(one, followed(pictures_of(one.file))) for one in rope_on_video(data)]


def live(samples: Sequence[BodySample]) -> int:
    counter = RopePoseCounter()
    events = [event for sample in samples for event in counter.feed(sample)]
    return sum(isinstance(event, Skip) for event in [*events, *counter.flush()])


def test_every_clip_is_within_its_range_officially(recordings: Path) -> None:
    counts = {one.file.name: (count_official(samples).count, one.low, one.high) for one, samples in clips(recordings)}
    assert [name for name, (count, low, high) in counts.items() if not low <= count <= high] == []
    wrong = sum(abs(count_official(samples).count - one.truth) for one, samples in clips(recordings))
    assert wrong <= 0.01 * sum(one.truth for one, _ in clips(recordings))


def test_the_live_count_ends_near_the_truth(recordings: Path) -> None:
    found = [(one, live(samples)) for one, samples in clips(recordings)]
    assert sum(one.low <= count <= one.high for one, count in found) >= 0.85 * len(found)
    assert sum(abs(count - one.truth) for one, count in found) <= 0.02 * sum(one.truth for one, _ in found)


def test_jacks_knees_and_visitors_give_nothing(recordings: Path) -> None:
    for one in without_rope_on_video(recordings):
        assert count_official(followed(pictures_of(one.file))).count == 0, one.file.name


@pytest.mark.parametrize("phase", [0.35])
def test_where_the_key_frames_fall_does_not_matter(recordings: Path, phase: float) -> None:
    for one in rope_on_video(recordings):
        if one.file.stat().st_size < 1_000_000:
            count = count_official(followed(pictures_of(one.file), phase=phase)).count
            assert one.low <= count <= one.high, one.file.name


def test_half_the_pictures_are_enough(recordings: Path) -> None:
    """12 to 15 pictures a second, for skips of up to 7 a second."""
    for one in rope_on_video(recordings):
        if one.file.stat().st_size < 1_000_000:
            count = count_official(followed(list(pictures_of(one.file))[::2])).count
            assert one.low <= count <= one.high, one.file.name


def test_ten_in_one_picture_are_counted_as_each_alone(recordings: Path) -> None:
    """Real clips side by side in one picture, each in its square; nothing of it is kept."""
    chosen = [*rope_on_video(recordings), *without_rope_on_video(recordings)][:10]
    columns, wide, high, seconds = 5, 400, 500, 6.0
    tiles = [_tiles(one.file, wide, high, seconds) for one in chosen]
    squares = [Square(n % columns * wide, n // columns * high, wide, high) for n in range(len(tiles))]
    together = [StationTracker(model(), square) for square in squares]
    alone = [StationTracker(model(), Square(0, 0, wide, high)) for _ in squares]
    seen: list[list[BodySample]] = [[] for _ in squares]
    single: list[list[BodySample]] = [[] for _ in squares]
    mosaic = np.zeros((2 * high, columns * wide, 3), dtype=np.uint8)
    for index in range(int(seconds * 30)):
        t_ns = round(index / 30 * 1e9)
        for square, tile in zip(squares, tiles, strict=True):
            mosaic[square.y : square.y + high, square.x : square.x + wide] = tile[min(index, len(tile) - 1)]
        for n, tile in enumerate(tiles):
            seen[n].append(together[n].track(t_ns, mosaic))
            single[n].append(alone[n].track(t_ns, tile[min(index, len(tile) - 1)]))
    counts = [count_official(one).count for one in seen]
    assert counts == [count_official(one).count for one in single]
    assert sum(counts) > 30


def _tiles(file: Path, wide: int, high: int, seconds: float) -> list[Picture]:
    """The pictures of a clip at 30 a second, fitted into a tile."""
    tiles: list[Picture] = []
    for t_ns, picture in pictures_of(file, seconds):
        scale = min(wide / picture.shape[1], high / picture.shape[0])
        small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        tile = np.zeros((high, wide, 3), dtype=np.uint8)
        tile[: small.shape[0], : small.shape[1]] = small
        while len(tiles) <= t_ns / 1e9 * 30:
            tiles.append(tile)
    return tiles
