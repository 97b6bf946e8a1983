"""A posture of a pupil as a whole body with a rope in its hands: what a live camera shows without knowing what comes next."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from simulators.body import at_ease, joints
from simulators.rope import LYING, rope_points
from simulators.skipping_body import hands

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulators.body import Build
    from simulators.pupil import Posture

    Floats = NDArray[np.float64]

READY: Final = (0.11, 0.09, -0.235)
LOW: Final = (0.085, 0.06, -0.275)
CIRCLE: Final = 0.028
LEAD_RAD: Final = 0.9


def posed(posture: Posture, build: Build) -> tuple[Floats, Floats]:
    """Joints float64[18, 3] and rope float64[n, 3] of somebody at the origin who faces the camera."""
    stance = at_ease(build, 1)
    torso_m = build.torso_m
    lift_m, sunk_m = posture.lift * torso_m, posture.crouch * torso_m
    stance.lift_m[:] = lift_m - sunk_m
    stance.lean_rad[:] = 0.05 + 0.5 * posture.crouch
    stance.toes_m[:, :, 2] = lift_m
    stance.heels_rad[:] = 0.25 * posture.skipping + min(0.4, 1.5 * posture.lift)
    turns = posture.rope_angle_rad / (2 * math.pi) if posture.skipping else LYING
    if posture.skipping:
        angle = posture.rope_angle_rad + LEAD_RAD
        stance.hands[:] = np.array(READY) - CIRCLE * np.array([0.0, math.sin(angle), math.cos(angle)])
    else:
        stance.hands[:] = LOW
    points = joints(build, stance)
    held = hands(points)
    rope = rope_points(held, np.array([turns]), stance.heading_rad, np.maximum(held[:, :, 2].mean(axis=1) + 0.03, 0.4))
    return points[0], rope[0]
