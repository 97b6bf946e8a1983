"""A camera, read through OpenCV on a thread of its own: the newest picture wins, dropped ones are counted, it comes back by itself.

Specs: `v4l2:0`, `rtsp://…`, `http://…` (a stream of JPEG pictures), `file:clip.mp4` (at the pace of its own stamps; `?loop=1`
begins again at its end, `?pace=off` reads as fast as pictures are taken).
"""

from __future__ import annotations

import asyncio
import logging
import os
import random
import threading
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Literal

import cv2
import numpy as np

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from numpy.typing import NDArray

log = logging.getLogger(__name__)

State = Literal["opening", "live", "frozen", "dark", "lost"]

SILENT_AFTER_S: Final = 3.0
"""Without a new picture for this long a camera is an error on the page."""
DARK_LEVEL: Final = 8.0
"""Mean brightness of 255 below which nothing can be seen."""
LONGEST_WAIT_S: Final = 10.0
LOOK_EVERY: Final = 15
"""Pictures between two looks at whether they are frozen or dark."""


class CameraSpecError(ValueError):
    """The spec names no camera; says what to write."""


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One picture: uint8[height, width, 3], BGR; `t_ns` of the gateway's monotonic clock, when it was read."""

    t_ns: int
    index: int
    picture: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class CameraStatus:
    """For the technician; `error` is a sentence, empty while all is well."""

    state: State = "opening"
    fps: float = 0.0
    frames: int = 0
    frames_dropped: int = 0
    error: str = ""


@dataclass(frozen=True, slots=True)
class _Source:
    where: str | int
    backend: int
    paced: bool = False
    loop: bool = False


class Camera:
    """One camera. `start`, then iterate over `frames`, then `stop`.

    Raises:
        CameraSpecError: on making, when the spec names no camera.
    """

    def __init__(self, name: str, spec: str) -> None:
        self.name = name
        self._source = _parse(spec)
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._newest: Frame | None = None
        self._there = asyncio.Event()
        self._lock = threading.Lock()
        self._taken = True
        self._status = CameraStatus()
        self._last_ns = 0

    @property
    def status(self) -> CameraStatus:
        """How it is now; a camera that has given nothing for three seconds is lost, whatever its thread believes."""
        status = self._status
        silent = status.state == "live" and time.monotonic_ns() - self._last_ns > SILENT_AFTER_S * 1e9
        return replace(status, state="lost", error="no picture for 3 seconds; check the cable and the power") if silent else status

    def start(self) -> None:
        """Begin to read, on a thread."""
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._read_for_ever, name=f"camera[{self.name}]", daemon=True)
        self._thread.start()

    async def stop(self) -> None:
        """End the thread; returns when it has ended, or after a second at the latest."""
        self._stop.set()
        if self._thread is not None:
            await asyncio.to_thread(self._thread.join, 1.0)

    async def frames(self) -> AsyncIterator[Frame]:
        """The newest picture each time; those that came meanwhile are dropped and counted."""
        while not self._stop.is_set():
            await self._there.wait()
            self._there.clear()
            with self._lock:
                frame, self._taken = self._newest, True
            if frame is not None:
                yield frame

    # --- on the thread --------------------------------------------------------------------------------------------------

    def _read_for_ever(self) -> None:
        attempt = 0
        draw = random.Random()  # noqa: S311 - jitter is no secret
        while not self._stop.is_set():
            capture = self._open()
            if capture is not None and self._read(capture):
                attempt = 0
            if self._source.paced and not self._source.loop and self._status.frames:
                self._set(state="lost", error="the recording is over")
                return
            attempt += 1
            wait_s = 0.0 if self._source.loop and self._status.frames else draw.uniform(0, min(LONGEST_WAIT_S, 0.3 * 2**attempt))
            self._stop.wait(wait_s)

    def _open(self) -> Any:
        os.environ.setdefault("OPENCV_FFMPEG_CAPTURE_OPTIONS", "rtsp_transport;tcp|stimeout;5000000|timeout;5000000")
        capture = cv2.VideoCapture(self._source.where, self._source.backend)
        if not capture.isOpened():
            self._set(state="lost", error="the camera does not answer; check the cable, the power and its address")
            return None
        capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
        return capture

    def _read(self, capture: Any) -> bool:
        """Read until the source ends or goes; whether there was a picture at all."""
        started_s = time.monotonic()
        first_ms: float | None = None
        count, shown, window_s = 0, None, time.monotonic()
        try:
            while not self._stop.is_set():
                there, picture = capture.read()
                if not there:
                    if not self._source.paced:
                        self._set(state="lost", error="the camera has gone; trying again")
                    return count > 0
                if self._source.paced:
                    stamp_ms = capture.get(cv2.CAP_PROP_POS_MSEC)
                    first_ms = stamp_ms if first_ms is None else first_ms
                    self._stop.wait(max(0.0, started_s + (stamp_ms - first_ms) / 1e3 - time.monotonic()))
                self._give(np.asarray(picture, dtype=np.uint8))
                count += 1
                if count % LOOK_EVERY == 0:
                    shown = self._judge(picture, shown)
                    now_s = time.monotonic()
                    self._set(fps=LOOK_EVERY / max(now_s - window_s, 1e-6))
                    window_s = now_s
        finally:
            capture.release()
        return count > 0

    def _give(self, picture: NDArray[np.uint8]) -> None:
        self._last_ns = time.monotonic_ns()
        with self._lock:
            dropped = 0 if self._taken else 1
            self._newest, self._taken = Frame(self._last_ns, self._status.frames, picture), False
        opening = self._status.state in {"opening", "lost"}
        self._set(
            frames=self._status.frames + 1,
            frames_dropped=self._status.frames_dropped + dropped,
            **({"state": "live", "error": ""} if opening else {}),
        )
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._there.set)

    def _judge(self, picture: NDArray[Any], before: NDArray[Any] | None) -> NDArray[Any]:
        small = picture[::16, ::16].copy()
        if before is not None and before.shape == small.shape and np.array_equal(before, small):
            self._set(state="frozen", error="the camera shows the same picture again and again; switch it off and on")
        elif float(small.mean()) < DARK_LEVEL:
            self._set(state="dark", error="the picture is dark; take the cover off, or switch on the light")
        else:
            self._set(state="live", error="")
        return small

    def _set(self, **fields: Any) -> None:
        new = replace(self._status, **fields)
        if new.state != self._status.state:
            log.info("camera=%s state=%s error=%r", self.name, new.state, new.error)
        self._status = new


def _parse(spec: str) -> _Source:
    kind, _, rest = spec.partition(":")
    if kind == "v4l2" and rest.isdigit():
        return _Source(int(rest), cv2.CAP_V4L2)
    if kind in {"rtsp", "http", "https"} and rest.startswith("//"):
        return _Source(spec, cv2.CAP_FFMPEG)
    if kind == "file" and rest:
        path, _, options = rest.partition("?")
        told = dict(option.partition("=")[::2] for option in options.split("&") if option)
        return _Source(path, cv2.CAP_FFMPEG, paced=told.get("pace") != "off", loop=told.get("loop") == "1")
    raise CameraSpecError(f"'{spec}' names no camera; write v4l2:0, rtsp://…, http://… or file:clip.mp4")
