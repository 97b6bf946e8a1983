"""What a band's sensor makes of motion: the faults of real ones, each as much as asked for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from simulators.limb_motion import GRAVITY_MPS2
from simulators.motion_sensor import Sensor, rotation_by_chance, sense, worn_watch

T_S = np.arange(0, 60, 0.005)
STILL = np.tile([0.0, 0.0, GRAVITY_MPS2], (len(T_S), 1))
PERFECT = Sensor(jitter=0.0, noise_mps2=0.0, gyro_noise_rads=0.0, drift_rad_per_min=0.0, turned=False)


def sensed(sensor: Sensor, force: np.ndarray = STILL, seed: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    return sense(sensor, T_S, force, np.zeros_like(force), np.random.default_rng(seed))


@pytest.mark.parametrize("rate_hz", [12.5, 25.0, 50.0, 104.0, 200.0])
def test_samples_come_at_their_rate(rate_hz: float) -> None:
    t_ns, accel, gyro = sensed(replace(PERFECT, rate_hz=rate_hz))
    assert np.diff(t_ns) == pytest.approx(1e9 / rate_hz, abs=2)
    assert accel.shape == (len(t_ns), 3)
    assert (t_ns.dtype, accel.dtype) == (np.int64, np.float32)
    assert gyro is not None


@pytest.mark.parametrize("range_g", [2.0, 4.0, 8.0, 16.0])
def test_beyond_its_range_it_clips(range_g: float) -> None:
    _, accel, _ = sensed(replace(PERFECT, range_g=range_g), 20.0 * STILL)
    assert accel[:, 2] == pytest.approx(range_g * GRAVITY_MPS2, rel=0.001)


def test_values_come_in_steps() -> None:
    _, accel, _ = sensed(replace(PERFECT, bits=8, noise_mps2=1.0))
    step = 8.0 * GRAVITY_MPS2 / 128
    assert accel / step == pytest.approx(np.round(accel / step), abs=1e-3)


def test_lost_samples_and_gaps_of_at_most_a_second() -> None:
    t_ns, _, _ = sensed(replace(PERFECT, dropped=0.1))
    assert len(t_ns) == pytest.approx(0.9 * 3000, rel=0.05)
    t_ns, _, _ = sensed(replace(PERFECT, gaps_per_min=5.0))
    widest_s = np.diff(t_ns).max() / 1e9
    assert 0.1 < widest_s < 2.0


def test_doubled_stamps_and_late_ones() -> None:
    t_ns, accel, _ = sensed(replace(PERFECT, doubled=0.1, late=0.1, noise_mps2=0.1))
    assert (np.diff(t_ns) < 0).mean() == pytest.approx(0.1, abs=0.03)
    stamps, first = np.unique(t_ns, return_index=True)
    assert len(t_ns) - len(stamps) == pytest.approx(300, rel=0.3)
    again = np.setdiff1d(np.arange(len(t_ns)), first)
    assert (accel[again] == accel[first[np.searchsorted(stamps, t_ns[again])]]).all()


def test_the_band_sits_on_the_limb_in_any_way() -> None:
    ways = [sensed(replace(PERFECT, turned=True), seed=seed)[1] for seed in range(5)]
    for accel in ways:
        assert np.linalg.norm(accel, axis=1) == pytest.approx(GRAVITY_MPS2, rel=0.001)
    assert np.std([accel[0] for accel in ways], axis=0).min() > 1.0
    rotation = rotation_by_chance(np.random.default_rng(3))
    assert rotation @ rotation.T == pytest.approx(np.eye(3))
    assert np.linalg.det(rotation) == pytest.approx(1.0)


def test_a_slip_turns_the_band_at_once_and_its_gyroscope_notices() -> None:
    _, accel, gyro = sensed(replace(PERFECT, slips_per_min=3.0, slip_rad=0.8))
    assert gyro is not None
    assert np.abs(np.diff(accel[:, 1])).max() > 0.5
    assert np.linalg.norm(accel, axis=1) == pytest.approx(GRAVITY_MPS2, rel=0.01)
    assert np.abs(gyro[:, 0]).max() > 1.0
    assert np.abs(gyro[:, 1:]).max() == 0.0


def test_drift_is_slow() -> None:
    _, accel, _ = sensed(replace(PERFECT, drift_rad_per_min=0.5))
    assert np.abs(accel[-1] - accel[0]).max() > 0.1
    assert np.abs(np.diff(accel, axis=0)).max() < 0.02


def test_without_a_gyroscope_there_is_none() -> None:
    assert sensed(worn_watch())[2] is None


@pytest.mark.parametrize("wrong", [{"rate_hz": 10.0}, {"rate_hz": 400.0}, {"range_g": 1.0}, {"dropped": 0.9}, {"late": -0.1}])
def test_what_is_not_simulated_is_said(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"simulated|between"):
        Sensor(**wrong)
