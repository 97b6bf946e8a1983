"""A simulated camera: pupils who skip on their squares, as a clip on disk or as a stream that OpenCV reads like any IP camera."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from simulators.backdrop import backdrop
from simulators.body import Build
from simulators.figure import LOOKS, draw_person, draw_shadow
from simulators.posed_body import posed
from simulators.pupil import Posture
from simulators.view import View

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from simulators.pupil import Attempt

BOUNDARY: Final = b"touchline-frame"
STANDING: Final = Posture(0.0, 0.0, 0.0, skipping=False)
JPEG_QUALITY: Final = 82
BUILD: Final = Build(1.5)
DISTANCE_M: Final = 8.0
WALL_M: Final = 9.0


@dataclass(slots=True)
class CameraFaults:
    """What a camera does wrong."""

    frozen: bool = False
    dark: bool = False
    drop: bool = False


class Scene:
    """A piece of sports field with numbered squares side by side, and a pupil on each who faces the camera.

    Args:
        size: width and height in pixels.
        stations: number of squares.
    """

    def __init__(self, stations: int = 4, size: tuple[int, int] = (1280, 720)) -> None:
        self.size = size
        width, height = size
        step = width / stations
        self.squares = [
            (round(i * step + 0.02 * step), round(0.06 * height), round(0.96 * step), round(0.92 * height)) for i in range(stations)
        ]
        px_per_m = min(0.155 * height, 0.34 * step) / BUILD.torso_m
        # The lens is 1 m above the floor, which the pupils stand on at 86 % of the picture's height.
        center_px = (width / 2.0, 0.86 * height - px_per_m)
        self._view = View(size, px_per_m * DISTANCE_M, height_m=1.0, distance_m=DISTANCE_M, center_px=center_px)
        self._middles = [np.array([((i + 0.5) * step - width / 2.0) / px_per_m, 0.0, 0.0]) for i in range(stations)]
        half_m = min(0.75, 0.42 * step / px_per_m)
        corners = [middle[:2] + half_m * np.array([[-1, -0.7], [1, -0.7], [1, 0.8], [-1, 0.8]]) for middle in self._middles]
        self._background = backdrop(self._view, corners, WALL_M, seed=4)

    def render(self, postures: Sequence[Posture | None]) -> NDArray[np.uint8]:
        """One picture; `None` for a square on which nobody stands."""
        picture = self._background.copy()
        for number, (middle, posture) in enumerate(zip(self._middles, postures, strict=True)):
            if posture is not None:
                points, rope = posed(posture, BUILD)
                draw_shadow(picture, self._view, points + middle, BUILD, cast=False)
                draw_person(picture, self._view, points + middle, BUILD, LOOKS[number % len(LOOKS)], rope + middle)
        return picture


def write_clip(path: Path, scene: Scene, attempts: Sequence[Attempt], duration_s: float, rate_hz: float = 30.0) -> None:
    """Render a clip of attempts that begin at its start (motion JPEG in AVI, which every OpenCV can write and read)."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), rate_hz, scene.size)
    try:
        for index in range(round(duration_s * rate_hz)):
            writer.write(scene.render([attempt.posture(index / rate_hz) for attempt in attempts]))
    finally:
        writer.release()


class VirtualCamera:
    """An IP camera on `127.0.0.1:port`: JPEG pictures over HTTP, in real time.

    Args:
        postures: asked for each picture: how each pupil stands now.
    """

    def __init__(self, scene: Scene, postures: Callable[[], Sequence[Posture | None]], *, port: int, rate_hz: float = 25.0) -> None:
        self._scene, self._postures, self.port, self._rate_hz = scene, postures, port, rate_hz
        self.faults = CameraFaults()
        # A real sensor never gives the same picture twice.
        grain = np.random.default_rng(3)
        self._noise = [grain.integers(0, 5, (scene.size[1], scene.size[0], 3), dtype=np.uint8) for _ in range(7)]
        self._shown = 0
        self._newest = b""
        self._fresh = asyncio.Condition()
        self._server: asyncio.Server | None = None
        self._renderer: asyncio.Task[None] | None = None
        self._viewers: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        """What a gateway is told."""
        return f"http://127.0.0.1:{self.port}/stream.mjpg"

    async def start(self) -> None:
        """Switch it on."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self._renderer = asyncio.create_task(self._render(), name="camera.render")

    async def stop(self) -> None:
        """Switch it off."""
        for task in (self._renderer, *self._viewers):
            if task is not None:
                task.cancel()
        if self._server is not None:
            self._server.close()

    async def _render(self) -> None:
        next_s = time.monotonic()
        while True:
            next_s = max(next_s + 1.0 / self._rate_hz, time.monotonic() - 1.0)
            await asyncio.sleep(max(0.0, next_s - time.monotonic()))
            if not self._viewers or self.faults.drop:
                continue
            if not (self.faults.frozen and self._newest):
                self._newest = await asyncio.to_thread(self._picture)
            async with self._fresh:
                self._fresh.notify_all()

    def _picture(self) -> bytes:
        picture = self._scene.render(self._postures())
        self._shown += 1
        cv2.add(picture, self._noise[self._shown % len(self._noise)], dst=picture)
        if self.faults.dark:
            picture //= 40
        _, jpeg = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
        return jpeg.tobytes()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._viewers.add(task)
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await reader.readuntil(b"\r\n\r\n")
            kind = b"multipart/x-mixed-replace; boundary=" + BOUNDARY
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: " + kind + b"\r\nCache-Control: no-store\r\n\r\n")
            while True:
                async with self._fresh:
                    await self._fresh.wait()
                head = b"--%s\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % (BOUNDARY, len(self._newest))
                writer.write(head + self._newest + b"\r\n")
                await writer.drain()
        self._viewers.discard(task)
        writer.close()
