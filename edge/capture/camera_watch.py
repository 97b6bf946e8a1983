"""One camera and its squares at work: the newest picture is taken, and every square in which somebody counts is looked at.

When the computer cannot keep up, poses become fewer, then pictures; what is shed is said (`shedding.load`).
"""

from __future__ import annotations

import asyncio
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import cv2

from edge.capture.find_pupils import find_pupils
from edge.capture.load_shedding import LoadShedding
from edge.capture.stations import StationTracker
from models.errors import ModelUnusable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy as np
    from numpy.typing import NDArray

    from edge.capture.cameras import Camera, Frame
    from edge.capture.gate_watch import GateWatch
    from edge.capture.layout import Layout
    from edge.capture.stations import Square
    from edge.counting.samples import BodySample
    from models.pose import PoseModel

log = logging.getLogger(__name__)


class CameraWatch:
    """Runs one camera.

    Args:
        layout: the squares; another one may be set at any time, and is used from the next picture on.
        open_model: opens the pose engine; called once, on the worker's thread.
        wanted: the stations where somebody counts now; the others cost nothing.
        on_sample: gets the station and its sample; must not block.
        gate: the line that this camera looks at, for runs.
        shedding: decides how much of the work is done; one that begins at `pose_hz` if not given.

    Attributes:
        notes: what else the technician should know of the pose engine, a sentence each.
    """

    def __init__(
        self,
        camera: Camera,
        layout: Layout,
        open_model: Callable[[], PoseModel],
        pose_hz: float,
        wanted: Callable[[], frozenset[int]],
        on_sample: Callable[[int, BodySample], None],
        shedding: LoadShedding | None = None,
        gate: GateWatch | None = None,
    ) -> None:
        self.camera, self.layout = camera, layout
        self._gate = gate
        self._open_model = open_model
        self.shedding = shedding or LoadShedding(pose_hz)
        self._wanted, self._on_sample = wanted, on_sample
        self._trackers: dict[int, StationTracker] = {}
        self._tracked: tuple[Layout, tuple[int, int]] | None = None
        self._worker: ThreadPoolExecutor | None = None
        self._model: PoseModel | None = None
        self.model_name = ""
        self.model_error = ""
        self.notes: tuple[str, ...] = ()

    def tell(self, sentence: str) -> None:
        """Note something of the pose engine for the technician."""
        self.notes = (*self.notes, sentence)
        log.warning("camera=%s pose_engine: %s", self.camera.name, sentence)

    @property
    def squares(self) -> Mapping[int, Square]:
        """By station number, in pixels of the picture that they were drawn on."""
        return self.layout.squares

    @property
    def pictures_left_out(self) -> int:
        """Pictures that were not looked at, because the computer cannot keep up."""
        return self.shedding.pictures_left_out + (self._gate.pictures_left_out if self._gate is not None else 0)

    async def find_pupils(self, picture: NDArray[np.uint8]) -> list[Square]:
        """Squares around the bodies in a still, found on the worker's thread.

        Raises:
            ModelUnusable: there is no pose engine, or it is not open yet.
        """
        if self._worker is None or self._model is None:
            raise ModelUnusable(self.model_error or "the pose engine is still being opened")
        return await asyncio.get_running_loop().run_in_executor(self._worker, find_pupils, self._model, picture)

    async def run(self) -> None:
        """Look until cancelled. Without a pose engine the camera is shown as an error, and everything else goes on."""
        self._worker = worker = ThreadPoolExecutor(1, thread_name_prefix=f"station[{self.camera.name}]")
        loop = asyncio.get_running_loop()
        self.camera.start()
        try:
            model = await loop.run_in_executor(worker, self._start)
            if model is None:
                await asyncio.Event().wait()
            dropped = self.camera.status.frames_dropped
            async for frame in self.camera.frames():
                dropped, before = self.camera.status.frames_dropped, dropped
                stations = self._wanted() & self.squares.keys()
                if model is not None and self._gate is not None:
                    if self._gate.wanted:
                        self._gate.tell(await loop.run_in_executor(worker, self._gate.look, frame, model))
                    else:
                        self._gate.forget()
                if stations and self.shedding.wants():
                    began_ns = time.monotonic_ns()
                    for station, sample in await loop.run_in_executor(worker, self._look, frame, stations):
                        self._on_sample(station, sample)
                    self._account(began_ns, began_ns - frame.t_ns, dropped - before)
        finally:
            self._worker = None
            await self.camera.stop()
            worker.shutdown(wait=False)

    def _account(self, began_ns: int, age_ns: int, dropped: int) -> None:
        before = self.shedding.load
        self.shedding.worked(began_ns, time.monotonic_ns() - began_ns, age_ns, dropped)
        if self.shedding.load != before:
            log.warning("camera=%s load=%s pose_hz=%.1f", self.camera.name, self.shedding.load, self.shedding.pose_hz)

    def _start(self) -> PoseModel | None:
        cv2.setNumThreads(1)
        try:
            model = self._open_model()
        except ModelUnusable as exc:
            self.model_error = str(exc)
            log.error("camera=%s pose_engine=none error=%r", self.camera.name, str(exc))  # noqa: TRY400 - the sentence is all
            return None
        self.model_name, self._model = model.name, model
        return model

    def _look(self, frame: Frame, stations: frozenset[int]) -> list[tuple[int, BodySample]]:
        trackers = self._trackers_for(frame)
        for tracker in trackers.values():
            tracker.pose_hz = self.shedding.pose_hz
        return [(station, trackers[station].track(frame.t_ns, frame.picture)) for station in sorted(stations & trackers.keys())]

    def _trackers_for(self, frame: Frame) -> dict[int, StationTracker]:
        height, width = frame.picture.shape[:2]
        wanted = (self.layout, (width, height))
        if wanted != self._tracked and self._model is not None:
            squares = self.layout.on_picture(width, height)
            self._trackers = {
                station: StationTracker(self._model, square, phase=number / len(squares))
                for number, (station, square) in enumerate(sorted(squares.items()))
            }
            self._tracked = wanted
        return self._trackers
