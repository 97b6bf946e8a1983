"""One camera and its squares at work: the newest picture is taken, and every square in which somebody counts is looked at."""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import cv2

from edge.capture.stations import StationTracker
from models.errors import ModelUnusable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from edge.capture.cameras import Camera, Frame
    from edge.capture.stations import Square
    from edge.counting.samples import BodySample
    from models.pose import PoseModel

log = logging.getLogger(__name__)


class CameraWatch:
    """Runs one camera.

    Args:
        squares: by station number.
        open_model: opens the pose engine; called once, on the worker's thread.
        wanted: the stations where somebody counts now; the others cost nothing.
        on_sample: gets the station and its sample; must not block.
    """

    def __init__(
        self,
        camera: Camera,
        squares: Mapping[int, Square],
        open_model: Callable[[], PoseModel],
        pose_hz: float,
        wanted: Callable[[], frozenset[int]],
        on_sample: Callable[[int, BodySample], None],
    ) -> None:
        self.camera, self.squares = camera, dict(squares)
        self._open_model, self._pose_hz = open_model, pose_hz
        self._wanted, self._on_sample = wanted, on_sample
        self._trackers: dict[int, StationTracker] = {}
        self.model_name = ""
        self.model_error = ""

    async def run(self) -> None:
        """Look until cancelled. Without a pose engine the camera is shown as an error, and everything else goes on."""
        worker = ThreadPoolExecutor(1, thread_name_prefix=f"station[{self.camera.name}]")
        loop = asyncio.get_running_loop()
        self.camera.start()
        try:
            model = await loop.run_in_executor(worker, self._start)
            if model is None:
                await asyncio.Event().wait()
            async for frame in self.camera.frames():
                stations = self._wanted() & self.squares.keys()
                if stations:
                    for station, sample in await loop.run_in_executor(worker, self._look, frame, stations):
                        self._on_sample(station, sample)
        finally:
            await self.camera.stop()
            worker.shutdown(wait=False)

    def _start(self) -> PoseModel | None:
        cv2.setNumThreads(1)
        try:
            model = self._open_model()
        except ModelUnusable as exc:
            self.model_error = str(exc)
            log.error("camera=%s pose_engine=none error=%r", self.camera.name, str(exc))  # noqa: TRY400 - the sentence is all
            return None
        self.model_name = model.name
        self._trackers = {station: StationTracker(model, square, self._pose_hz) for station, square in self.squares.items()}
        return model

    def _look(self, frame: Frame, stations: frozenset[int]) -> list[tuple[int, BodySample]]:
        return [(station, self._trackers[station].track(frame.t_ns, frame.picture)) for station in sorted(stations)]
