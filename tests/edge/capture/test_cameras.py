"""A camera that streams, freezes, goes dark, breaks off and comes back; and a recording played as one."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING

import pytest

from edge.capture.cameras import Camera, CameraSpecError
from simulators.camera import STANDING, Scene, VirtualCamera, write_clip
from simulators.pupil import Ability, attempt

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path


@pytest.fixture
async def source() -> AsyncIterator[VirtualCamera]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    camera = VirtualCamera(Scene(1, (320, 240)), lambda: [STANDING], port=port, rate_hz=30)
    await camera.start()
    yield camera
    await camera.stop()


async def until(true: Callable[[], bool], within_s: float = 20.0) -> None:
    async with asyncio.timeout(within_s):
        while not true():
            await asyncio.sleep(0.05)


async def test_a_stream_and_everything_that_can_go_wrong_with_it(source: VirtualCamera) -> None:
    camera = Camera("north", source.url)
    camera.start()
    try:
        await until(lambda: camera.status.state == "live" and camera.status.frames > 5)
        frames = camera.frames()
        first = await anext(frames)
        second = await anext(frames)
        assert second.t_ns > first.t_ns
        assert second.picture.shape == (240, 320, 3)

        await asyncio.sleep(0.5)
        await anext(frames)
        assert camera.status.frames_dropped > 3, "the newest wins, the others are counted"

        source.faults.frozen = True
        await until(lambda: camera.status.state == "frozen")
        source.faults.frozen = False
        source.faults.dark = True
        await until(lambda: camera.status.state == "dark")
        source.faults.dark = False
        await until(lambda: camera.status.state == "live")
        assert camera.status.error == ""

        source.faults.drop = True
        await until(lambda: camera.status.state == "lost")
        assert "3 seconds" in camera.status.error
        source.faults.drop = False
        await until(lambda: camera.status.state == "live")
    finally:
        await camera.stop()


async def test_a_camera_that_is_not_there_is_said_and_tried_again() -> None:
    camera = Camera("south", "http://127.0.0.1:9/none.mjpg")
    camera.start()
    await until(lambda: camera.status.state == "lost")
    assert "does not answer" in camera.status.error
    await camera.stop()


async def test_a_recording_is_played_at_its_own_pace(tmp_path: Path) -> None:
    write_clip(tmp_path / "clip.avi", Scene(1, (160, 120)), [attempt(Ability(), 2.0, 1)], 1.5)
    camera = Camera("clip", f"file:{tmp_path / 'clip.avi'}")
    camera.start()
    await until(lambda: camera.status.state == "lost")
    assert camera.status.error == "the recording is over"
    assert camera.status.frames == 45
    await camera.stop()


@pytest.mark.parametrize("spec", ["", "v4l2:x", "webcam", "rtsp:host", "file:"])
def test_a_spec_that_names_no_camera_says_what_to_write(spec: str) -> None:
    with pytest.raises(CameraSpecError, match="v4l2:0"):
        Camera("none", spec)
