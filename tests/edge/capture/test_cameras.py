"""A camera that streams, freezes, goes dark, breaks off and comes back; servers that misbehave; and a recording played as one."""

from __future__ import annotations

import asyncio
import itertools
import socket
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest

from edge.capture import cameras
from edge.capture.camera_wishes import CameraWishes
from edge.capture.cameras import Camera, CameraSpecError
from simulators.camera import STANDING, Scene, VirtualCamera, write_clip
from simulators.pupil import Ability, attempt
from support.rtsp import RtspCamera

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path


WITHIN_S = 3.0
"""What is promised: an error is on the page within this time."""


@pytest.fixture
async def source(request: pytest.FixtureRequest) -> AsyncIterator[VirtualCamera]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    rate_hz = getattr(request, "param", 30)
    camera = VirtualCamera(Scene(1, (320, 240)), lambda: [STANDING], port=port, rate_hz=rate_hz)
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
        assert (camera.status.clock, camera.status.clock_why) == ("arrival", "the source gives no stamps")

        await asyncio.sleep(0.5)
        await anext(frames)
        assert camera.status.frames_dropped > 3, "the newest wins, the others are counted"

        source.faults.drop = True
        await until(lambda: camera.status.state == "lost")
        assert camera.status.error
        assert camera.status.fps == 0
        source.faults.drop = False
        await until(lambda: camera.status.state == "live")
        assert camera.status.error == ""
    finally:
        await camera.stop()


@pytest.mark.parametrize("source", [10, 30], indirect=True)
async def test_a_frozen_or_covered_camera_is_an_error_in_time(source: VirtualCamera) -> None:
    camera = Camera("north", source.url)
    camera.start()
    try:
        await until(lambda: camera.status.state == "live" and camera.status.frames > 5)
        source.faults.frozen = True
        await until(lambda: camera.status.state == "frozen", WITHIN_S)
        assert "same picture" in camera.status.error
        source.faults.frozen = False
        await until(lambda: camera.status.state == "live")
        source.faults.dark = True
        await until(lambda: camera.status.state == "dark", WITHIN_S)
        assert "cover" in camera.status.error
        source.faults.dark = False
        await until(lambda: camera.status.state == "live")
        source.faults.drop = True
        await until(lambda: camera.status.state == "lost", WITHIN_S)
    finally:
        await camera.stop()


async def test_a_still_scene_is_alive_by_its_noise(source: VirtualCamera) -> None:
    camera = Camera("north", source.url)
    camera.start()
    states = set()
    try:
        await until(lambda: camera.status.frames > 5)
        for _ in range(35):
            await asyncio.sleep(0.1)
            states.add(camera.status.state)
    finally:
        await camera.stop()
    assert states == {"live"}


class Server:
    """An IP camera that sends what it is told, and can be switched off and on."""

    def __init__(self, pictures: Callable[[], list[bytes]]) -> None:
        self._pictures, self._server, self.port = pictures, None, 0
        self._visitors: set[asyncio.StreamWriter] = set()

    async def on(self) -> None:
        self._server: Any = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def off(self) -> None:
        self._server.close()
        for visitor in self._visitors:
            visitor.close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/stream.mjpg"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._visitors.add(writer)
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await reader.readuntil(b"\r\n\r\n")
            for index in itertools.count():
                pictures = self._pictures()
                if not pictures:
                    await asyncio.sleep(0.1)
                    continue
                if index == 0:
                    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=next\r\n\r\n")
                jpeg = pictures[index % len(pictures)]
                writer.write(b"--next\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n%s\r\n" % (len(jpeg), jpeg))
                await writer.drain()
                await asyncio.sleep(0.03)
        writer.close()


def jpegs(count: int) -> list[bytes]:
    noise = np.random.default_rng(1)
    pictures = [noise.integers(60, 200, (128, 160, 3), dtype=np.uint8) for _ in range(count)]
    how = [cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420]
    return [cv2.imencode(".jpg", picture, how)[1].tobytes() for picture in pictures]


async def test_a_server_that_accepts_and_sends_nothing_is_an_error_in_time_and_tried_again() -> None:
    sent: list[bytes] = []
    server = Server(lambda: sent)
    await server.on()
    camera = Camera("north", server.url)
    camera.start()
    try:
        await until(lambda: camera.status.state == "lost", WITHIN_S)
        assert "check the cable" in camera.status.error
        sent += jpegs(5)
        await until(lambda: camera.status.state == "live")
    finally:
        await camera.stop()
        await server.off()


async def test_a_stream_that_goes_and_comes_is_taken_up_again() -> None:
    pictures = jpegs(5)
    server = Server(lambda: pictures)
    await server.on()
    camera = Camera("north", server.url)
    camera.start()
    seen: list[int] = []
    try:
        for _ in range(3):
            await until(lambda: camera.status.state == "live")
            seen += [(await anext(camera.frames())).t_ns]
            await server.off()
            await until(lambda: camera.status.state == "lost")
            await server.on()
        await until(lambda: camera.status.state == "live")
        assert seen == sorted(set(seen))
    finally:
        await camera.stop()
        await server.off()


async def test_pictures_that_are_cut_off_stop_nothing() -> None:
    whole = jpegs(6)
    cut = [jpeg[: len(jpeg) // 3] if index % 2 else jpeg for index, jpeg in enumerate(whole)]
    server = Server(lambda: [*cut, b"", b"no picture at all"])
    await server.on()
    camera = Camera("north", server.url)
    camera.start()
    try:
        await until(lambda: camera.status.frames > 30)
        before = camera.status.frames
        await until(lambda: camera.status.state == "live" and camera.status.frames > before + 30)
    finally:
        await camera.stop()
        await server.off()


async def test_an_rtsp_camera_gives_its_own_stamps_and_is_taken_up_again() -> None:
    ticks, delay = itertools.count(), itertools.cycle([0.0, 0.03, 0.0, 0.045, 0.015])
    server = RtspCamera(jpegs(5), 20, lambda: 1e3 + next(ticks) / 20, lambda: next(delay))
    await server.on()
    camera = Camera("north", server.url)
    camera.start()
    taken: list[int] = []
    try:
        await until(lambda: camera.status.state == "live" and camera.status.frames > 60)
        assert (camera.status.clock, camera.status.clock_why) == ("source", "")
        async for frame in camera.frames():
            taken.append(frame.t_ns)
            if len(taken) > 40:
                break
        apart = [(later - sooner) / 50e6 for sooner, later in itertools.pairwise(taken[1:])]
        assert max(abs(pictures - round(pictures)) for pictures in apart) < 0.2, "arrivals are up to 45 ms late, stamps are not"

        await server.off()
        await until(lambda: camera.status.state == "lost")
        await server.on()
        await until(lambda: camera.status.state == "live")
        assert (await anext(camera.frames())).t_ns > taken[-1]
    finally:
        await camera.stop()
        await server.off()


async def test_an_rtsp_camera_whose_clock_stands_still_is_said_and_arrivals_count() -> None:
    server = RtspCamera(jpegs(5), 20, lambda: 7.0)
    await server.on()
    camera = Camera("north", server.url)
    camera.start()
    try:
        await until(lambda: camera.status.frames > 20)
        assert camera.status.clock == "arrival"
        assert "stand still" in camera.status.clock_why
    finally:
        await camera.stop()
        await server.off()


class Webcam:
    """What OpenCV makes of a V4L2 camera: stamps of the monotonic clock, 40 ms old; a JPEG that is cut off cannot be unpacked."""

    def __init__(self, *_where: object) -> None:
        self.count = 0

    def isOpened(self) -> bool:  # noqa: N802 - OpenCV's name
        return True

    def grab(self) -> bool:
        self.count += 1
        time.sleep(0.02)
        return True

    def retrieve(self) -> tuple[bool, object]:
        return (False, None) if self.count % 4 == 0 else (True, np.full((120, 160, 3), 60 + self.count % 100, dtype=np.uint8))

    def get(self, prop: int) -> float:
        return time.monotonic() * 1e3 - 40.0 if prop == cv2.CAP_PROP_POS_MSEC else 0.0

    def set(self, _prop: int, _value: float) -> bool:
        return False

    def release(self) -> None:
        pass


async def test_a_v4l2_camera_gives_its_own_stamps_says_what_it_refuses_and_survives_broken_pictures(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cameras.cv2, "VideoCapture", Webcam)
    camera = Camera("yard", "v4l2:0", CameraWishes(fps=60, rotate=90))
    camera.start()
    try:
        await until(lambda: camera.status.frames > 5)
        frame = await anext(camera.frames())
        assert time.monotonic_ns() - frame.t_ns >= 40_000_000
        assert frame.picture.shape == (160, 120, 3), "turned"
        status = camera.status
        assert (status.state, status.clock, status.clock_why) == ("live", "source", "")
        assert status.frames_broken > 0
        assert status.refused == ("fps 60 refused: it gives 0",)
        assert status.error == "", "a refusal is no error"
    finally:
        await camera.stop()


async def test_a_camera_that_is_not_there_is_said_and_tried_again() -> None:
    camera = Camera("south", "http://127.0.0.1:9/none.mjpg")
    camera.start()
    await until(lambda: camera.status.state == "lost")
    assert "does not answer" in camera.status.error
    await camera.stop()


async def test_a_camera_that_was_away_for_hours_is_still_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    tries = itertools.count()

    class Nobody:
        def __init__(self, *_where: object) -> None:
            self.number = next(tries)

        def isOpened(self) -> bool:  # noqa: N802 - OpenCV's name
            return False

    monkeypatch.setattr(cameras.cv2, "VideoCapture", Nobody)
    monkeypatch.setattr(cameras, "LONGEST_WAIT_S", 0.0)
    camera = Camera("north", "v4l2:0")
    camera.start()
    try:
        await until(lambda: next(tries) > 2_000)
    finally:
        await camera.stop()


async def test_a_recording_is_played_at_its_own_pace(tmp_path: Path) -> None:
    write_clip(tmp_path / "clip.avi", Scene(1, (160, 120)), [attempt(Ability(), 2.0, 1)], 1.5)
    camera = Camera("clip", f"file:{tmp_path / 'clip.avi'}")
    camera.start()
    await until(lambda: camera.status.state == "lost")
    assert camera.status.error == "the recording is over"
    assert camera.status.frames == 45
    assert camera.status.clock == "source"
    await camera.stop()


async def test_a_recording_without_a_pace_is_read_once_as_fast_as_it_goes(tmp_path: Path) -> None:
    write_clip(tmp_path / "clip.avi", Scene(1, (160, 120)), [attempt(Ability(), 2.0, 1)], 1.5)
    camera = Camera("clip", f"file:{tmp_path / 'clip.avi'}?pace=off")
    camera.start()
    await until(lambda: camera.status.error == "the recording is over")
    assert camera.status.frames == 45
    await camera.stop()


async def test_a_recording_that_begins_again_goes_on_in_time(tmp_path: Path) -> None:
    write_clip(tmp_path / "clip.avi", Scene(1, (160, 120)), [attempt(Ability(), 2.0, 1)], 0.5)
    camera = Camera("clip", f"file:{tmp_path / 'clip.avi'}?loop=1")
    camera.start()
    taken: list[int] = []
    async for frame in camera.frames():
        taken.append(frame.t_ns)
        if frame.index > 40:
            break
    await camera.stop()
    assert taken == sorted(set(taken))


async def test_a_recording_that_is_not_there_is_said(tmp_path: Path) -> None:
    camera = Camera("clip", f"file:{tmp_path / 'none.avi'}")
    camera.start()
    await until(lambda: camera.status.state == "lost")
    assert "cannot be opened" in camera.status.error
    await camera.stop()


@pytest.mark.parametrize("spec", ["", "v4l2:x", "v4l2:video0", "webcam", "rtsp:host", "file:"])
def test_a_spec_that_names_no_camera_says_what_to_write(spec: str) -> None:
    with pytest.raises(CameraSpecError, match="v4l2:0"):
        Camera("none", spec)
