"""Clips of heats: what is in them, what is never in them, how long they stay, and what they cost nobody."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest

from edge.capture import clip_shelf
from edge.capture.cameras import Frame
from edge.capture.clip_file import ClipWriter, open_clip
from edge.capture.clip_recorder import ClipRecorder, HeatGoing, _next
from edge.capture.clip_shelf import DAY_MS, ClipShelf
from edge.capture.layout import Layout
from edge.capture.stations import Square

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

BEGAN_MS = 1_800_000_000_000
RED, GREEN, BLUE = (0, 0, 255), (0, 255, 0), (255, 0, 0)
SQUARES = {1: Square(100, 100, 200, 400), 2: Square(400, 100, 200, 400)}


def picture() -> NDArray[np.uint8]:
    """Red in the first square, green in the second, blue everywhere else."""
    made = np.full((720, 1280, 3), BLUE, dtype=np.uint8)
    for square, colour in ((SQUARES[1], RED), (SQUARES[2], GREEN)):
        made[square.y : square.y + square.height, square.x : square.x + square.width] = colour
    return made


def shown(jpeg: bytes) -> NDArray[np.float64]:
    """The mean colour of each third of a picture, left to right."""
    seen = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert seen is not None
    return np.array([part.reshape(-1, 3).mean(axis=0) for part in np.array_split(seen, 3, axis=1)])


def test_a_station_is_shown_without_its_neighbour_and_nothing_else_was_written(tmp_path: Path) -> None:
    with ClipWriter(tmp_path / "camera0", "north", SQUARES) as writer:
        for index in range(30):
            writer.add(index * 100, picture())
    clip = open_clip(tmp_path, 2)
    assert clip is not None
    assert clip.about.width_px <= 640
    pictures = clip.pictures(500, 1_000)
    assert [t_ns for t_ns, _ in pictures] == [500, 600, 700, 800, 900]
    assert np.abs(shown(pictures[0][1]) - GREEN).max() < 12, "no red of the neighbour, no blue of the hall"
    data = (tmp_path / "camera0.mjpeg").read_bytes()
    whole = cv2.imdecode(np.frombuffer(data[: int(clip.stamps()["size"][0])], np.uint8), cv2.IMREAD_COLOR)
    assert whole is not None
    assert whole[..., 0].max() < 60, "what is outside of the squares was never copied"
    assert open_clip(tmp_path, 3) is None


def test_a_clip_that_was_cut_off_is_whole_up_to_its_last_picture(tmp_path: Path) -> None:
    with ClipWriter(tmp_path / "camera0", "north", SQUARES) as writer:
        for index in range(5):
            writer.add(index, picture())
    stamps, pictures = tmp_path / "camera0.stamps", tmp_path / "camera0.mjpeg"
    stamps.write_bytes(stamps.read_bytes()[:-7])
    pictures.write_bytes(pictures.read_bytes()[:-3_000])
    clip = open_clip(tmp_path, 1)
    assert clip is not None
    assert 2 <= len(clip.pictures(0, 10)) <= 4
    (tmp_path / "camera0.json").write_text("{")
    assert open_clip(tmp_path, 1) is None


def clip_on(shelf: ClipShelf, name: str, size: int = 1_000) -> None:
    folder = shelf.begin(name)
    assert folder is not None
    (folder / "camera0.mjpeg").write_bytes(bytes(size))


def test_clips_go_after_their_life_or_with_their_evidence_and_the_oldest_beyond_the_budget(tmp_path: Path) -> None:
    shelf = ClipShelf(tmp_path / "clips", life_days=7, max_bytes=2_500)
    names = [f"{BEGAN_MS + day * DAY_MS}-abc-{day}" for day in range(4)]
    for name in names:
        clip_on(shelf, name)
    assert (tmp_path / "clips").stat().st_mode & 0o777 == 0o700
    (tmp_path / "clips" / "notes").mkdir()

    shelf.tidy(BEGAN_MS + 4 * DAY_MS, frozenset(names[:3]))
    left = sorted(folder.name for folder in (tmp_path / "clips").iterdir())
    assert left == [names[1], names[2], "notes"], "the last one lost its evidence, the first one its room; what is not ours stays"
    shelf.tidy(BEGAN_MS + 8 * DAY_MS + 1, frozenset(names))
    assert sorted(folder.name for folder in (tmp_path / "clips").iterdir()) == [names[2], "notes"]
    assert (shelf.status.clips, shelf.status.bytes_used, shelf.status.removed) == (1, 1_000, 3)


def test_the_clip_of_a_heat_that_goes_on_is_not_taken_from_under_it(tmp_path: Path) -> None:
    shelf = ClipShelf(tmp_path / "clips", life_days=7, max_bytes=10)
    clip_on(shelf, f"{BEGAN_MS}-abc-1")
    shelf.tidy(BEGAN_MS + 60_000, frozenset())
    assert shelf.status.clips == 1


@pytest.mark.parametrize("name", ["../../etc", "1800000000000-abc/../x", "", "abc"])
def test_a_name_cannot_lead_out_of_the_folder(tmp_path: Path, name: str) -> None:
    assert ClipShelf(tmp_path, life_days=7, max_bytes=10).find(name, 1) is None


def test_without_room_on_the_disk_no_clip_is_begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clip_shelf, "LEAST_FREE_BYTES", 1 << 60)
    shelf = ClipShelf(tmp_path / "clips", life_days=7, max_bytes=10)
    assert shelf.begin(f"{BEGAN_MS}-abc-1") is None
    assert shelf.status.refused == 1


class Camera:
    """A camera whose newest picture is a new one each time it is looked at."""

    name = "north"

    def __init__(self) -> None:
        self.looks = 0
        self._picture = picture()

    @property
    def newest(self) -> Frame:
        self.looks += 1
        return Frame(self.looks, self.looks, self._picture)


class Watch:
    """What watches it, and its squares."""

    def __init__(self) -> None:
        self.layout = Layout(SQUARES)
        self.camera: Any = Camera()


class Heats:
    """The heat of the moment, and how often nobody was told of one."""

    def __init__(self) -> None:
        self.now: HeatGoing | None = None
        self.idle = 0

    def __call__(self) -> HeatGoing | None:
        self.idle += self.now is None
        return self.now


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not true():
            await asyncio.sleep(0.02)


async def test_only_a_heat_that_runs_is_recorded_and_only_its_squares(tmp_path: Path) -> None:
    heats, watch, shelf = Heats(), Watch(), ClipShelf(tmp_path / "clips", life_days=7, max_bytes=1 << 20)
    recorder = ClipRecorder(watch, heats, shelf, "camera0")
    task = asyncio.create_task(recorder.run())
    await until(lambda: heats.idle >= 2)
    assert watch.camera.looks == 0, "between heats no picture is even looked at"
    heats.now = HeatGoing(f"{BEGAN_MS}-abc-1", frozenset({2}))
    await until(lambda: recorder.frames >= 4)
    heats.now, heats.idle = None, 0
    await until(lambda: heats.idle >= 2)
    frames, looks = recorder.frames, watch.camera.looks
    await until(lambda: heats.idle >= 4)
    assert (recorder.frames, watch.camera.looks) == (frames, looks), "with the heat the clip ends"
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    clip = shelf.find(f"{BEGAN_MS}-abc-1", 2)
    assert clip is not None
    assert len(clip.stamps()) == frames
    assert shelf.find(f"{BEGAN_MS}-abc-1", 1) is None, "nobody skipped there"


async def test_a_disk_that_is_full_ends_the_clip_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(ClipWriter, "add", full)
    shelf = ClipShelf(tmp_path / "clips", life_days=7, max_bytes=1 << 20)
    recorder = ClipRecorder(Watch(), lambda: HeatGoing(f"{BEGAN_MS}-abc-1", frozenset({1})), shelf, "camera0")
    task = asyncio.create_task(recorder.run())
    await until(lambda: shelf.status.refused == 1)
    assert not task.done()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def test_pictures_that_were_due_while_one_was_written_are_counted() -> None:
    assert _next(10.0, 10.01) == (pytest.approx(10.0667, abs=1e-3), 0)
    due_s, missed = _next(10.0, 10.25)
    assert missed == 3
    assert due_s == pytest.approx(10.2667, abs=1e-3)
