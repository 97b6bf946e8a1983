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
    """One video frame's look at one pupil, scaled by the body so that distance to the camera does not matter.

    All lengths are in torso lengths (hip centre to shoulder centre); y grows downwards as in the picture, and is measured from an
    arbitrary origin that may drift slowly: only its change within a second or two means something.

    Attributes:
        t_ns: capture time of the frame.
        present: a body was seen, in key frame or by motion; when false all other fields are to be ignored.
        hip_y: height of the body's core.
        left_foot_y, right_foot_y: height of each foot; `nan` where not seen.
        left_hand_y, right_hand_y, left_hand_x, right_hand_x: hands, relative to the hip centre; `nan` where not seen.
        torso_px: the scale used, for evidence only.
        key: true when a pose was taken from this very frame.
    """

    t_ns: int
    present: bool
    hip_y: float
    left_foot_y: float
    right_foot_y: float
    left_hand_y: float
    right_hand_y: float
    left_hand_x: float
    right_hand_x: float
    torso_px: float
    key: bool
