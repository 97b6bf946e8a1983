"""A pose engine that many trackers of the bench share: what several of them look for in the same picture is looked for once."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from models.pose import Pose, PoseModel, Region


class SharedModel:
    """Remembers the bodies of a picture, piece by piece, until the next picture.

    Attributes:
        spared_s: CPU seconds that remembering has spared so far; who wants to know what a tracker would cost alone adds them.
    """

    def __init__(self, model: PoseModel) -> None:
        self._model = model
        self._found: dict[tuple[tuple[int, ...], bytes], tuple[list[Region], float]] = {}
        self.spared_s = 0.0

    def next_picture(self) -> None:
        """Forget."""
        self._found.clear()

    @property
    def name(self) -> str:
        """See `PoseModel`."""
        return self._model.name

    def detect(self, picture: NDArray[np.uint8]) -> list[Region]:
        """See `PoseModel`."""
        started = time.process_time()
        key = (picture.shape, picture.tobytes())
        known = self._found.get(key)
        if known is not None:
            self.spared_s += known[1] - (time.process_time() - started)
            return known[0]
        looked = time.process_time()
        found = self._model.detect(picture)
        took_s = time.process_time() - looked
        self.spared_s -= looked - started
        self._found[key] = (found, took_s)
        return found

    def pose(self, picture: NDArray[np.uint8], region: Region) -> Pose | None:
        """See `PoseModel`."""
        return self._model.pose(picture, region)

    def close(self) -> None:
        """See `PoseModel`."""
        self._model.close()
