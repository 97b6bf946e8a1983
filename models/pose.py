"""`Pose`, and the port that every pose engine stands behind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LANDMARKS = (
    "nose", "left_eye_inner", "left_eye", "left_eye_outer", "right_eye_inner", "right_eye", "right_eye_outer", "left_ear",
    "right_ear", "mouth_left", "mouth_right", "left_shoulder", "right_shoulder", "left_elbow", "right_elbow", "left_wrist",
    "right_wrist", "left_pinky", "right_pinky", "left_index", "right_index", "left_thumb", "right_thumb", "left_hip", "right_hip",
    "left_knee", "right_knee", "left_ankle", "right_ankle", "left_heel", "right_heel", "left_foot_index", "right_foot_index",
)  # fmt: skip
"""The 33 landmarks of BlazePose, in their order."""


@dataclass(frozen=True, slots=True)
class Region:
    """Where in the picture to look for one body: a rotated square, in pixels.

    Attributes:
        angle_rad: how far the body leans from upright, clockwise.
    """

    center_x: float
    center_y: float
    size_px: float
    angle_rad: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Pose:
    """One body in one picture.

    Attributes:
        xy_px: float32[33, 2], landmarks in pixels of the picture, in the order of `LANDMARKS`.
        visibility: float32[33], 0 to 1.
        presence: 0 to 1, how sure it is that there is a body at all.
        region: where to look for the same body in the next picture.
    """

    xy_px: NDArray[np.float32]
    visibility: NDArray[np.float32]
    presence: float
    region: Region


class PoseModel(Protocol):
    """A pose engine. One instance is used by one thread at a time.

    Pictures are uint8[height, width, 3] in BGR order, as OpenCV delivers them.
    """

    @property
    def name(self) -> str:
        """Engine, model and provider in use, such as `onnxruntime/lite/CPUExecutionProvider`; shown to the technician."""
        ...

    def detect(self, picture: NDArray[np.uint8]) -> list[Region]:
        """Bodies in a picture that nothing is known of, most certain first."""
        ...

    def pose(self, picture: NDArray[np.uint8], region: Region) -> Pose | None:
        """The body in `region`, or `None` when there is none (presence below 0.5)."""
        ...

    def close(self) -> None:
        """Give back what the engine holds; it cannot be used afterwards."""
        ...
