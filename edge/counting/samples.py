"""Samples of one pupil: what capture hands to a counter. The gateway's own words, free of any device or picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class MotionSamples:
    """A run of raw motion of one wrist or ankle.

    Attributes:
        t_ns: int64[n]; may be irregular, late or doubled, as the band delivers them.
        accel_mps2: float32[n, 3] with gravity, or float32[n, 1] where only the magnitude is known.
        gyro_rads: float32[n, 3] or `None`.
    """

    t_ns: NDArray[np.int64]
    accel_mps2: NDArray[np.float32]
    gyro_rads: NDArray[np.float32] | None = None


@dataclass(frozen=True, slots=True)
class TotalSample:
    """A band's own running total of skips, as it was heard.

    Attributes:
        total: since the band was switched on, modulo `modulus`.
        modulus: where the band's counter wraps.
    """

    t_ns: int
    total: int
    modulus: int = 65_536


@dataclass(frozen=True, slots=True)
class BodySample:
    """One picture's look at one pupil, scaled by the body so that the distance to the camera does not matter.

    All lengths are in torso lengths (middle of the hips to middle of the shoulders), upwards and to the right. Heights are measured
    from an origin that drifts slowly and is a new one whenever the body was lost: only their change within a second or two means
    something. Left and right are taken together, so that alternate feet give one wave a step.

    Attributes:
        t_ns: time of the picture.
        present: a body was seen; when false all other fields are to be ignored.
        shoulders, hips, knees, feet: heights.
        stride: height of the left knee above the right one, not drifting: key frames set it, image motion carries it between them.
        across: way of the body across the picture since it came into view, set at key frames.
        hands: height of the hands above the hips, of the newest key frame.
        knee: height of the higher knee above the hips, of the newest key frame; below 0 while standing.
        torso_px: the scale, for evidence.
        key: whether a pose was taken from this very picture.
        bodies: seen in the square when it was last looked at as a whole.
        pose_px: float32[33, 2] in pixels of the picture, at key frames only: evidence, and the witness of a rope (see `rope_arms`).
    """

    t_ns: int
    present: bool
    shoulders: float = 0.0
    hips: float = 0.0
    knees: float = 0.0
    feet: float = 0.0
    stride: float = 0.0
    across: float = 0.0
    hands: float = 0.0
    knee: float = -1.0
    torso_px: float = 0.0
    key: bool = False
    bodies: int = 1
    pose_px: NDArray[np.float32] | None = None
