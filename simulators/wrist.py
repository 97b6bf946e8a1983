"""Motion of a wrist that turns a rope: the circle of the hand, the landing of the feet, noise, and the band's own clock.

A model for tests of behaviour, never the yardstick of accuracy: that is real recordings. The circle and the landing are of the size
measured on real wrists (peaks of 3.6 to 4.5 g, docs/counting.md).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulators.pupil import Attempt

GRAVITY_MPS2: Final = 9.81
CIRCLE_MPS2: Final = 14.0
LANDING_MPS2: Final = 22.0
LANDING_S: Final = 0.035
NOISE_MPS2: Final = 0.8


def wrist_motion(
    attempt: Attempt, *, rate_hz: float = 50.0, seed: int = 0, hops_a_turn: int = 1
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Stamps (ns, from the signal) and acceleration (m/s², with gravity) of a wrist through a whole attempt.

    Args:
        hops_a_turn: 2 for a double bounce: two landings to one turn of the rope.
    """
    draw = np.random.default_rng(seed)
    count = int((attempt.duration_s + 2.0) * rate_hz)
    t_s = np.arange(count) / rate_hz + draw.normal(0, 0.1 / rate_hz, count)
    angle = np.array([_angle(attempt, t) for t in t_s])
    turning = np.isfinite(angle)
    angle = np.where(turning, angle, 0.0)
    accel = np.zeros((count, 3))
    accel[:, 0] = CIRCLE_MPS2 * np.cos(angle) * turning
    accel[:, 1] = CIRCLE_MPS2 * np.sin(angle) * turning
    for landing_s in attempt.landings_s:
        period_s = 60.0 / attempt.ability.cadence_per_min
        for hop in range(hops_a_turn):
            accel[:, 2] += LANDING_MPS2 * np.exp(-(((t_s - landing_s + hop * period_s / hops_a_turn) / LANDING_S) ** 2))
    accel[:, 2] += GRAVITY_MPS2
    accel = accel @ _orientation(draw).T + draw.normal(0, NOISE_MPS2, accel.shape)
    return np.round(t_s * 1e9).astype(np.int64), accel.astype(np.float32)


def _angle(attempt: Attempt, t_s: float) -> float:
    posture = attempt.posture(t_s)
    return posture.rope_angle_rad if posture.skipping else math.nan


def _orientation(draw: np.random.Generator) -> NDArray[np.float64]:
    """A band sits on the arm in any way: a random rotation."""
    q, r = np.linalg.qr(draw.normal(size=(3, 3)))
    rotation: NDArray[np.float64] = q * np.sign(np.diag(r))
    return rotation
