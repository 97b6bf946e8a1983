"""A pose engine whose CPU time is read, so that the cost of a pupil can be told apart."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from models.pose import Pose, PoseModel, Region


class TimedModel:
    """Stands before a pose engine. CPU time is that of the whole process: some engines have threads of their own.

    Attributes:
        pose_s, detect_s: CPU seconds so far.
        poses, detections: calls so far.
    """

    def __init__(self, model: PoseModel) -> None:
        self._model = model
        self.pose_s = self.detect_s = 0.0
        self.poses = self.detections = 0

    @property
    def name(self) -> str:
        """See `PoseModel`."""
        return self._model.name

    def detect(self, picture: NDArray[np.uint8]) -> list[Region]:
        """See `PoseModel`."""
        started = time.process_time()
        found = self._model.detect(picture)
        self.detect_s += time.process_time() - started
        self.detections += 1
        return found

    def pose(self, picture: NDArray[np.uint8], region: Region) -> Pose | None:
        """See `PoseModel`."""
        started = time.process_time()
        pose = self._model.pose(picture, region)
        self.pose_s += time.process_time() - started
        self.poses += 1
        return pose

    def close(self) -> None:
        """See `PoseModel`."""
        self._model.close()
