"""Whether somebody may have come into a square: does it look as it did, left and right of the pupil, when it was last searched?

To search a square for bodies takes as long as two poses. Whoever steps into it changes what is seen beside the pupil, over much of
a body's height; where nothing has changed there is nobody new.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from edge.capture.body_motion import torso_px

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from models.pose import Pose

CELLS: Final = 16
"""The square is looked at in so many columns and rows: a rope that passes is thinner than a cell, a body is wider."""
BESIDE: Final = 0.25
"""Torso lengths left and right of the outermost joints that are still the pupil: hands, and clothes that swing."""
LEAST_COLUMNS: Final = 3
"""Beside the pupil on either look; where he fills his square nothing can be told."""
OTHER: Final = 24
"""Of 255, the mean of a cell in any colour: a black rope of 3 px before a grey wall changes a cell of 15 px by as much."""
LEAST_CELLS: Final = 5
"""That look otherwise: a body as high as half of the square has more, a hand or a shadow fewer."""


class SquareRim:
    """Remembers one square as it was when it was searched."""

    def __init__(self) -> None:
        self._cells: NDArray[np.int16] | None = None
        self._beside: NDArray[np.bool_] = np.zeros(CELLS, dtype=bool)

    def searched(self, picture: NDArray[np.uint8], pose: Pose) -> None:
        """Remember the square as it is now."""
        self._cells, self._beside = _cells(picture), _beside(picture, pose)

    def may_hold_another(self, picture: NDArray[np.uint8], pose: Pose) -> bool:
        """Whether it has changed beside the pupil since it was searched; true where that cannot be told."""
        beside = self._beside & _beside(picture, pose)
        if self._cells is None or np.count_nonzero(beside) < LEAST_COLUMNS:
            return True
        other = np.abs(_cells(picture) - self._cells)[:, beside].max(axis=2) > OTHER
        return int(np.count_nonzero(other)) >= LEAST_CELLS


def _cells(picture: NDArray[np.uint8]) -> NDArray[np.int16]:
    return np.asarray(cv2.resize(picture, (CELLS, CELLS), interpolation=cv2.INTER_AREA), dtype=np.int16)


def _beside(picture: NDArray[np.uint8], pose: Pose) -> NDArray[np.bool_]:
    """The columns in which there is nothing of the pupil."""
    across, room = pose.xy_px[:, 0], BESIDE * torso_px(pose)
    edges = np.arange(CELLS + 1) * (picture.shape[1] / CELLS)
    result: NDArray[np.bool_] = (edges[1:] <= across.min() - room) | (edges[:-1] >= across.max() + room)
    return result
