"""A camera, read through OpenCV on a thread of its own: the newest picture wins, dropped ones are counted, it comes back by itself.

Specs: `v4l2:0` or `v4l2:/dev/v4l/by-id/…`, `rtsp://…`, `http://…` (a stream of JPEG pictures), `file:clip.mp4` (at the pace of its
own stamps; `?loop=1` begins again at its end, `?pace=off` reads as fast as pictures are taken).

Stamps: OpenCV tells V4L2's buffer stamp (the kernel's CLOCK_MONOTONIC, which is Python's monotonic clock too) and the presentation
time of RTSP and of files. For a stream of JPEG pictures, which has none, ffmpeg makes up 25 a second; these are not taken.
"""

from __future__ import annotations

import asyncio
import logging
import math
import os
import random
import threading
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Literal

import cv2
import numpy as np

from edge.capture.camera_wishes import CameraWishes, ask, turned
from edge.capture.picture_health import PictureHealth
from edge.capture.source_clock import SourceClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from numpy.typing import NDArray

    from edge.capture.picture_health import Health
    from edge.capture.source_clock import Clock

log = logging.getLogger(__name__)

State = Literal["opening", "live", "frozen", "dark", "lost"]

SILENT_AFTER_S: Final = 2.2
"""Without a new picture for this long a camera is an error: on the page within three seconds."""
LONGEST_WAIT_S: Final = 10.0
TIMEOUT_MS: Final = 5_000
"""A network camera that answers nothing for this long is tried anew (ffmpeg alone would wait for half a minute)."""
V4L2_BUFFERS: Final = 2
"""One is filled while the other is unpacked; each more would make pictures older when the computer is slow."""
MOST_BROKEN: Final = 100
"""Pictures in a row that cannot be unpacked before the camera is opened anew."""


ERRORS: Final[dict[Health, str]] = {
    "live": "",
    "frozen": "the camera shows the same picture again and again; switch it off and on",
    "dark": "the picture is dark; take the cover off, or switch on the light",
}

NO_RECORDING: Final = "the recording cannot be opened; check its path"
NO_ANSWER: Final = "the camera does not answer; check the cable, the power and its address"
NO_PICTURE: Final = "no picture comes; check the cable, the power and its address"


class CameraSpecError(ValueError):
    """The spec names no camera; says what to write."""


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One picture: uint8[height, width, 3], BGR; `t_ns` of the gateway's monotonic clock, when it was taken."""

    t_ns: int
    index: int
    picture: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class CameraStatus:
    """For the technician; `error` is a sentence, empty while all is well.

    Attributes:
        frames_broken: pictures that could not be unpacked, such as a JPEG that was cut off.
        refused: what the camera was asked for and would not do.
        clock: whose stamps the pictures have; `arrival` when the source has none that can be used.
        clock_why: why it is not the source's.
    """

    state: State = "opening"
    fps: float = 0.0
    frames: int = 0
    frames_dropped: int = 0
    frames_broken: int = 0
    error: str = ""
    refused: tuple[str, ...] = ()
    clock: Clock = "arrival"
    clock_why: str = ""


@dataclass(frozen=True, slots=True)
class _Source:
    where: str | int
    backend: int
    file: bool = False
    paced: bool = False
    loop: bool = False


class Camera:
    """One camera. `start`, then iterate over `frames`, then `stop`.

    Args:
        wishes: asked of the camera each time it is opened; what it refuses is said in the status and no error.

    Raises:
        CameraSpecError: on making, when the spec names no camera.
    """

    def __init__(self, name: str, spec: str, wishes: CameraWishes | None = None) -> None:
        self.name = name
        self._wishes = wishes or CameraWishes()
        self._source = _parse(spec)
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._newest: Frame | None = None
        self._there = asyncio.Event()
        self._lock = threading.Lock()
        self._taken = True
        self._status = CameraStatus()
        self._last_ns = time.monotonic_ns()
        self._given_ns = 0

    @property
    def status(self) -> CameraStatus:
        """How it is now; a camera that gives nothing is lost, whatever its thread, which waits for it, believes."""
        status = self._status
        if status.state == "lost" or time.monotonic_ns() - self._last_ns <= SILENT_AFTER_S * 1e9:
            return status
        return replace(status, state="lost", fps=0.0, error=NO_PICTURE)

    @property
    def newest(self) -> Frame | None:
        """The newest picture, for a still; it stays the newest for `frames`."""
        with self._lock:
            return self._newest

    def start(self) -> None:
        """Begin to read, on a thread."""
        self._loop = asyncio.get_running_loop()
        self._last_ns = time.monotonic_ns()
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
            there = False
            try:
                capture = self._open()
                there = capture is not None and self._read(capture)
            except cv2.error as exc:
                log.warning("camera=%s error=%r", self.name, str(exc))
            if self._source.file and not self._source.loop and self._status.frames:
                self._set(state="lost", fps=0.0, error="the recording is over")
                return
            attempt = 1 if there else min(attempt + 1, 10)
            again_at_once = there and self._source.loop
            self._stop.wait(0.0 if again_at_once else draw.uniform(0, min(LONGEST_WAIT_S, 0.3 * 2**attempt)))

    def _open(self) -> Any:
        os.environ.setdefault("OPENCV_FFMPEG_CAPTURE_OPTIONS", "rtsp_transport;tcp|stimeout;5000000|timeout;5000000")
        network = isinstance(self._source.where, str) and not self._source.file and not self._v4l2
        limits = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, TIMEOUT_MS, cv2.CAP_PROP_READ_TIMEOUT_MSEC, TIMEOUT_MS] if network else []
        capture = cv2.VideoCapture(self._source.where, self._source.backend, limits)
        if not capture.isOpened():
            self._set(state="lost", fps=0.0, error=NO_RECORDING if self._source.file else NO_ANSWER)
            return None
        if self._v4l2:
            capture.set(cv2.CAP_PROP_BUFFERSIZE, V4L2_BUFFERS)
        refused = ask(capture, self._wishes, v4l2=self._v4l2)
        if refused != self._status.refused:
            for sentence in refused:
                log.warning("camera=%s %s", self.name, sentence)
            self._set(refused=refused)
        return capture

    @property
    def _v4l2(self) -> bool:
        return self._source.backend == cv2.CAP_V4L2

    def _has_stamps(self, capture: Any) -> bool:
        if self._source.file:
            return self._source.paced
        jpegs = int(capture.get(cv2.CAP_PROP_FOURCC)) == cv2.VideoWriter.fourcc(*"MJPG")
        return self._v4l2 or not (jpegs and str(self._source.where).startswith("http"))

    def _read(self, capture: Any) -> bool:
        """Read until the source ends or goes; whether there was a picture at all."""
        pace = _Pace() if self._source.paced else None
        clock = SourceClock(same_clock=self._v4l2, after_ns=self._given_ns)
        health, stamped = PictureHealth(), self._has_stamps(capture)
        count, broken, shown, window_s = 0, 0, 0, time.monotonic()
        try:
            while not self._stop.is_set() and broken < MOST_BROKEN:
                if not capture.grab():
                    break
                there, raw = capture.retrieve()
                if not there:
                    broken += 1
                    self._set(frames_broken=self._status.frames_broken + 1)
                    continue
                stamp_ms = capture.get(cv2.CAP_PROP_POS_MSEC) if stamped else math.nan
                if pace is not None:
                    self._stop.wait(pace.wait_s(stamp_ms))
                broken, count = 0, count + 1
                picture = turned(np.asarray(raw, dtype=np.uint8), self._wishes.rotate)
                arrival_ns = time.monotonic_ns()
                self._give(clock.capture_ns(arrival_ns, stamp_ms), picture, arrival_ns)
                self._judge(health.look(arrival_ns, picture), clock)
                if (now_s := time.monotonic()) - window_s >= 1.0:
                    self._set(fps=(count - shown) / (now_s - window_s))
                    shown, window_s = count, now_s
            if not self._source.file and not self._stop.is_set():
                self._set(state="lost", fps=0.0, error="the camera has gone; trying again")
        finally:
            capture.release()
        return count > 0

    def _give(self, taken_ns: int, picture: NDArray[np.uint8], arrival_ns: int) -> None:
        self._last_ns, self._given_ns = arrival_ns, taken_ns
        with self._lock:
            dropped = 0 if self._taken else 1
            self._newest, self._taken = Frame(taken_ns, self._status.frames, picture), False
        self._set(frames=self._status.frames + 1, frames_dropped=self._status.frames_dropped + dropped)
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._there.set)

    def _judge(self, health: Health, clock: SourceClock) -> None:
        self._set(state=health, error=ERRORS[health])
        if clock.clock != self._status.clock:
            log.info("camera=%s clock=%s why=%r", self.name, clock.clock, clock.why)
        self._set(clock=clock.clock, clock_why=clock.why)

    def _set(self, **fields: Any) -> None:
        new = replace(self._status, **fields)
        if new.state != self._status.state:
            log.info("camera=%s state=%s error=%r", self.name, new.state, new.error)
        self._status = new


class _Pace:
    """How long to wait until a picture of a recording is due."""

    def __init__(self) -> None:
        self._started_s = time.monotonic()
        self._first_ms: float | None = None

    def wait_s(self, stamp_ms: float) -> float:
        """From now to the picture with this stamp."""
        self._first_ms = stamp_ms if self._first_ms is None else self._first_ms
        return max(0.0, self._started_s + (stamp_ms - self._first_ms) / 1e3 - time.monotonic())


def _parse(spec: str) -> _Source:
    kind, _, rest = spec.partition(":")
    if kind == "v4l2" and (rest.isdigit() or rest.startswith("/dev/")):
        return _Source(int(rest) if rest.isdigit() else rest, cv2.CAP_V4L2)
    if kind in {"rtsp", "http", "https"} and rest.startswith("//"):
        return _Source(spec, cv2.CAP_FFMPEG)
    if kind == "file" and rest:
        path, _, options = rest.partition("?")
        told = dict(option.partition("=")[::2] for option in options.split("&") if option)
        return _Source(path, cv2.CAP_FFMPEG, file=True, paced=told.get("pace") != "off", loop=told.get("loop") == "1")
    raise CameraSpecError(f"'{spec}' names no camera; write v4l2:0, rtsp://…, http://… or file:clip.mp4")
