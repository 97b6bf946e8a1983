"""A band feels gravity at rest, the pull to the centre when its limb goes round, and turns as its gyroscope says."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from simulators.limb_motion import GRAVITY_MPS2, LimbTrack, feel

RATE_HZ = 200.0
N = 400
T_S = np.arange(N) / RATE_HZ
INSIDE = slice(5, -5)


Angle = np.ndarray | float


def track(yaw: Angle = 0.0, pitch: Angle = 0.0, roll: Angle = 0.0, lever_m: float = 0.3) -> LimbTrack:
    full = [np.zeros(N) + angle for angle in (yaw, pitch, roll)]
    return LimbTrack(RATE_HZ, *full, np.zeros((N, 3)), np.zeros((N, 3)), lever_m)


@pytest.mark.parametrize(
    ("pitch", "roll", "felt"),
    [(0.0, 0.0, (0, 0, 1)), (np.pi / 2, 0.0, (-1, 0, 0)), (0.0, np.pi / 2, (0, 1, 0)), (0.0, np.pi, (0, 0, -1))],
)
def test_a_limb_at_rest_feels_one_g_upwards(pitch: float, roll: float, felt: tuple[int, int, int]) -> None:
    force, turning = feel(track(pitch=pitch, roll=roll))
    assert force[INSIDE] == pytest.approx(np.tile(GRAVITY_MPS2 * np.array(felt), (N - 10, 1)), abs=1e-6)
    assert turning == pytest.approx(0.0)


def test_an_arm_that_goes_round_is_pulled_to_its_joint() -> None:
    force, turning = feel(track(yaw=8.0 * T_S))
    assert force[INSIDE, 0] == pytest.approx(-0.3 * 8.0**2, rel=0.01)
    assert force[INSIDE, 2] == pytest.approx(GRAVITY_MPS2)
    assert turning[INSIDE] == pytest.approx(np.tile([0.0, 0.0, 8.0], (N - 10, 1)))


def test_a_body_that_falls_feels_nothing() -> None:
    falling = track()
    falling.body_mps2[:, 2] = -GRAVITY_MPS2
    assert feel(falling)[0] == pytest.approx(0.0)


def test_gyroscope_and_accelerometer_belong_together() -> None:
    """Gravity, turned step by step by the angular rate alone, stays where the accelerometer shows it (without a lever)."""
    yaw, pitch, roll = 0.9 * np.sin(5 * T_S), 0.5 + 0.7 * np.cos(4 * T_S), 1.5 * np.sin(7 * T_S)
    force, turning = feel(track(yaw, pitch, roll, lever_m=0.0))
    held = force[0]
    for before, after in pairwise(turning):
        rate = (before + after) / 2
        angle = np.linalg.norm(rate) / RATE_HZ
        axis = rate / max(np.linalg.norm(rate), 1e-12)
        held = held * np.cos(angle) - np.cross(axis, held) * np.sin(angle) + axis * (axis @ held) * (1 - np.cos(angle))
    assert held == pytest.approx(force[-1], abs=0.1)
