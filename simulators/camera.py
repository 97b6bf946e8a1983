"""A simulated camera: pupils who skip on their squares, as a clip on disk or as a stream that OpenCV reads like any IP camera."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from simulators.figure import LOOKS, draw_person
from simulators.pupil import Posture

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from simulators.pupil import Attempt

BOUNDARY: Final = b"touchline-frame"
STANDING: Final = Posture(0.0, 0.0, 0.0, skipping=False)
JPEG_QUALITY: Final = 82


@dataclass(slots=True)
class CameraFaults:
    """What a camera does wrong."""

    frozen: bool = False
    dark: bool = False
    drop: bool = False


class Scene:
    """A piece of sports field with numbered squares side by side, and a pupil on each.

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
        self._middles = [(i + 0.5) * step for i in range(stations)]
        self._torso_px = min(0.155 * height, 0.34 * step)
        self._ground_y = 0.86 * height
        self._background = self._field(step)

    def render(self, postures: Sequence[Posture | None]) -> NDArray[np.uint8]:
        """One picture; `None` for a square on which nobody stands."""
        picture = self._background.copy()
        for number, (x, posture) in enumerate(zip(self._middles, postures, strict=True)):
            if posture is not None:
                self._shadow(picture, x, posture)
                draw_person(picture, x, self._ground_y, self._torso_px, posture, LOOKS[number % len(LOOKS)])
        return picture

    def _shadow(self, picture: NDArray[np.uint8], x: float, posture: Posture) -> None:
        size = self._torso_px * (0.55 - 0.25 * min(1.0, posture.lift))
        cv2.ellipse(picture, (round(x), round(self._ground_y + 3)), (round(size), round(0.25 * size)), 0, 0, 360, (52, 74, 60), -1)

    def _field(self, step: float) -> NDArray[np.uint8]:
        width, height = self.size
        grain = np.random.default_rng(7)
        horizon = round(0.30 * height)
        picture = np.zeros((height, width, 3), dtype=np.float32)
        picture[:horizon] = np.linspace((235, 215, 190), (240, 232, 222), horizon)[:, None]
        picture[horizon:] = np.linspace((90, 120, 96), (70, 100, 78), height - horizon)[:, None]
        picture += grain.normal(0, 2.2, picture.shape).astype(np.float32)
        out = np.clip(picture, 0, 255).astype(np.uint8)
        cv2.rectangle(out, (0, horizon - round(0.05 * height)), (width, horizon), (120, 132, 140), -1)
        for number in range(len(self._middles)):
            left, right = round(number * step + 0.08 * step), round((number + 1) * step - 0.08 * step)
            top, bottom = round(self._ground_y - 0.10 * height), round(self._ground_y + 0.10 * height)
            corners = np.array([(left + 18, top), (right - 18, top), (right, bottom), (left, bottom)], dtype=np.int32)
            cv2.polylines(out, [corners], isClosed=True, color=(250, 250, 250), thickness=4, lineType=cv2.LINE_AA)
            place = (round(self._middles[number]) - 14, bottom - 12)
            cv2.putText(out, str(number + 1), place, cv2.FONT_HERSHEY_DUPLEX, 1.5, (250, 250, 250), 3, cv2.LINE_AA)
        return out


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
