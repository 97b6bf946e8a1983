"""What a band on a limb feels: specific force and angular rate in the limb's own frame, from how the limb goes.

A limb is a rod that turns about a joint (forearm about the elbow, shank about the knee); the joint moves with the body. Position is
differentiated twice, gravity is added and turned into the limb's frame; the angular rate comes from the same angles, so both belong
together. The formulas are those of a strapdown inertial sensor with yaw-pitch-roll angles (Titterton and Weston, Strapdown Inertial
Navigation Technology, 2nd ed., 2004, chapter 3).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

GRAVITY_MPS2: Final = 9.81


@dataclass(frozen=True, slots=True, eq=False)
class LimbTrack:
    """How a limb goes through the world, on an even grid; x forwards, y to the left, z up.

    Attributes:
        rate_hz: points a second.
        yaw_rad, pitch_rad, roll_rad: float64[n]; the rod points forwards at 0, to the left with positive yaw, down with positive
            pitch, and rolls about itself.
        joint_m: float64[n, 3]; where the joint is, seen from the body.
        body_mps2: float64[n, 3]; acceleration of the body, with shocks.
        lever_m: from the joint to the band.
    """

    rate_hz: float
    yaw_rad: Floats
    pitch_rad: Floats
    roll_rad: Floats
    joint_m: Floats
    body_mps2: Floats
    lever_m: float


def feel(track: LimbTrack) -> tuple[Floats, Floats]:
    """Specific force (m/s², with gravity) and angular rate (rad/s), both float64[n, 3] in the limb's frame: x along the limb."""
    cy, sy = np.cos(track.yaw_rad), np.sin(track.yaw_rad)
    cp, sp = np.cos(track.pitch_rad), np.sin(track.pitch_rad)
    cr, sr = np.cos(track.roll_rad), np.sin(track.roll_rad)
    along = np.column_stack([cy * cp, sy * cp, -sp])
    place = track.joint_m + track.lever_m * along
    force = _rate(_rate(place, track.rate_hz), track.rate_hz) + track.body_mps2
    force[:, 2] += GRAVITY_MPS2
    fx, fy, fz = force.T
    level = cy * fx + sy * fy
    x = cp * level - sp * fz
    down = sp * level + cp * fz
    across = cy * fy - sy * fx
    felt = np.column_stack([x, cr * across + sr * down, cr * down - sr * across])
    yaw, pitch, roll = (_rate(angle, track.rate_hz) for angle in (track.yaw_rad, track.pitch_rad, track.roll_rad))
    turning = np.column_stack([roll - yaw * sp, pitch * cr + yaw * sr * cp, yaw * cr * cp - pitch * sr])
    return felt, turning


def _rate(values: Floats, rate_hz: float) -> Floats:
    change: Floats = np.gradient(values, 1.0 / rate_hz, axis=0)
    return change
