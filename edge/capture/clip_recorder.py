"""Clips of heats, where the school allows them: the newest picture of a camera, some times a second, on a thread of its own.

It looks at what the camera has anyway and holds nothing up: a picture that comes while the one before is still being written is
dropped and counted.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

import cv2

from edge.capture.clip_file import ClipWriter

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge.capture.cameras import Frame
    from edge.capture.clip_shelf import ClipShelf
    from edge.capture.layout import Layout

log = logging.getLogger(__name__)

PICTURES_HZ: Final = 15.0
IDLE_S: Final = 0.2
"""Between two heats it is looked this often whether one has begun."""


@dataclass(frozen=True, slots=True)
class HeatGoing:
    """The heat that runs now: the name of its clip (see `ClipShelf`), and the squares that somebody skips on."""

    clip: str
    stations: frozenset[int]


class Watched(Protocol):
    """What is asked of a camera's watch."""

    layout: Layout

    @property
    def camera(self) -> _Face:
        """The camera itself."""
        ...


class _Face(Protocol):
    name: str

    @property
    def newest(self) -> Frame | None:
        """The newest picture."""
        ...


class ClipRecorder:
    """Writes the clips of one camera.

    Args:
        heat: the heat that runs now, or `None`; asked from the recorder's thread.
        file_name: of the camera within the folder of a heat.

    Attributes:
        frames_dropped: pictures that were due while the one before was being written.
    """

    def __init__(self, watch: Watched, heat: Callable[[], HeatGoing | None], shelf: ClipShelf, file_name: str) -> None:
        self._watch, self._heat, self._shelf, self._file_name = watch, heat, shelf, file_name
        self._stop = threading.Event()
        self.frames = self.frames_dropped = 0

    @property
    def name(self) -> str:
        """Of the camera."""
        return self._watch.camera.name

    async def run(self) -> None:
        """Record until cancelled; the clip of the moment is closed."""
        self._stop.clear()
        thread = threading.Thread(target=self._work, name=f"clip[{self.name}]", daemon=True)
        thread.start()
        try:
            await asyncio.Event().wait()
        finally:
            self._stop.set()
            await asyncio.to_thread(thread.join, 2.0)

    def _work(self) -> None:
        cv2.setNumThreads(1)
        while not self._stop.wait(IDLE_S):
            heat = self._heat()
            if heat is None:
                continue
            try:
                self._record(heat)
            except OSError as exc:
                log.error("camera=%s clip=%s broken_off: %s", self.name, heat.clip, exc)  # noqa: TRY400 - the sentence is all
                self._shelf.broken_off()
            while self._heat() == heat and not self._stop.wait(IDLE_S):
                pass

    def _record(self, heat: HeatGoing) -> None:
        """Until the heat ends, or the camera changes the size of its picture."""
        first = self._watch.camera.newest
        if first is None:
            return
        height, width = first.picture.shape[:2]
        squares = {n: s for n, s in self._watch.layout.on_picture(width, height).items() if n in heat.stations}
        folder = self._shelf.begin(heat.clip) if squares else None
        if folder is None:
            return
        with ClipWriter(folder / self._file_name, self.name, squares) as writer:
            written = -1
            due_s = time.monotonic()
            while self._heat() == heat and not self._stop.is_set():
                frame = self._watch.camera.newest
                if frame is not None and frame.picture.shape[:2] != (height, width):
                    return
                if frame is not None and frame.index != written:
                    writer.add(frame.t_ns, frame.picture)
                    written = frame.index
                    self.frames += 1
                due_s, missed = _next(due_s, time.monotonic())
                self.frames_dropped += missed
                self._stop.wait(max(0.0, due_s - time.monotonic()))


def _next(due_s: float, now_s: float) -> tuple[float, int]:
    """When the next picture is due, and how many were due already while the last one was written."""
    step_s = 1.0 / PICTURES_HZ
    missed = max(0, int((now_s - due_s) / step_s))
    return due_s + (missed + 1) * step_s, missed
