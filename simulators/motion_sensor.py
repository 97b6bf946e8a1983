"""The motion sensor of a band: what becomes of true motion on its way into samples, with all the faults of real ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from simulators.limb_motion import GRAVITY_MPS2

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

LONGEST_GAP_S: Final = 1.0
SLIP_TAKES_S: Final = 0.15


@dataclass(frozen=True, slots=True)
class Sensor:
    """A band's motion sensor and how it sits on the limb. The defaults are those of a good band; `worn_watch` is a poor one.

    Attributes:
        rate_hz: samples a second, 12.5 to 200.
        range_g: what the accelerometer can show before it clips, per axis.
        bits: of the accelerometer over twice its range.
        noise_mps2: standard deviation of its noise.
        gyro: whether there is a gyroscope.
        gyro_range_rads, gyro_noise_rads: the same for the gyroscope (2,000 degrees a second).
        jitter: standard deviation of a stamp, as a share of the interval.
        doubled: share of samples that are sent twice with the same stamp.
        late: share of samples that come after their successor.
        dropped: share of samples that are lost singly.
        gaps_per_min: how often samples are lost in a row, for 0.1 to 1 s.
        turned: the band sits on the limb in any way; false leaves the limb's own axes (x along the limb).
        drift_rad_per_min: how far the band turns about the limb, slowly.
        slips_per_min: how often it slips, by up to `slip_rad`, within 0.15 s.
        slip_rad: the largest slip about the limb.
    """

    rate_hz: float = 50.0
    range_g: float = 8.0
    bits: int = 14
    noise_mps2: float = 0.04
    gyro: bool = True
    gyro_range_rads: float = 34.9
    gyro_noise_rads: float = 0.01
    jitter: float = 0.02
    doubled: float = 0.0
    late: float = 0.0
    dropped: float = 0.0
    gaps_per_min: float = 0.0
    turned: bool = True
    drift_rad_per_min: float = 0.05
    slips_per_min: float = 0.0
    slip_rad: float = 0.6

    def __post_init__(self) -> None:
        if not 12.5 <= self.rate_hz <= 200.0:
            raise ValueError(f"a rate of {self.rate_hz:g} Hz is not simulated; choose 12.5 to 200")
        if not 2.0 <= self.range_g <= 16.0:
            raise ValueError(f"a range of {self.range_g:g} g is not simulated; choose 2 to 16")
        if max(self.doubled, self.late, self.dropped) > 0.5 or min(self.doubled, self.late, self.dropped) < 0.0:
            raise ValueError("shares of doubled, late and dropped samples lie between 0 and 0.5")


def worn_watch(rate_hz: float = 50.0, *, gyro: bool = False) -> Sensor:
    """A watch as the real recordings know it: irregular, doubled and late stamps, gaps, a strap that is not tight."""
    return Sensor(
        rate_hz, noise_mps2=0.08, gyro=gyro, jitter=0.15, doubled=0.02, late=0.01, dropped=0.02, gaps_per_min=1.0,
        drift_rad_per_min=0.3, slips_per_min=0.5,
    )  # fmt: skip


def sense(
    sensor: Sensor, t_s: Floats, force_mps2: Floats, turning_rads: Floats, draw: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.float32], NDArray[np.float32] | None]:
    """Stamps in ns, acceleration float32[n, 3] and angular rate float32[n, 3] (or `None`), as they come out of the band.

    Each sample is the mean over its interval, as the low-pass of a real sensor makes it.

    Args:
        t_s: even and finer than the sensor's own rate; the first sample comes half an interval after its beginning.
        force_mps2, turning_rads: float64[n, 3] in the limb's frame.
    """
    interval_s = 1.0 / sensor.rate_hz
    count = int((t_s[-1] - t_s[0]) * sensor.rate_hz) - 1
    at_s = t_s[0] + interval_s * (np.arange(count) + 0.5)
    at_s += sensor.jitter * interval_s * np.clip(draw.normal(size=count), -3.0, 3.0)
    seat = _seat(sensor, t_s, draw)
    force, turning = _about_limb(force_mps2, seat), _about_limb(turning_rads, seat)
    turning[:, 0] += np.gradient(seat, t_s[1] - t_s[0])
    rotation = rotation_by_chance(draw) if sensor.turned else np.eye(3)
    accel = _mean(t_s, force, at_s, interval_s) @ rotation.T + draw.normal(0, sensor.noise_mps2, (count, 3))
    accel = _shown(accel, sensor.range_g * GRAVITY_MPS2, sensor.bits)
    gyro = _mean(t_s, turning, at_s, interval_s) @ rotation.T + draw.normal(0, sensor.gyro_noise_rads, (count, 3))
    gyro = _shown(gyro, sensor.gyro_range_rads, 16)
    order = _arrival(sensor, at_s, draw)
    t_ns = np.round(at_s[order] * 1e9).astype(np.int64)
    return t_ns, accel[order].astype(np.float32), gyro[order].astype(np.float32) if sensor.gyro else None


def rotation_by_chance(draw: np.random.Generator) -> Floats:
    """Any rotation of three axes, none likelier than another (QR of a normal matrix; Mezzadri, Notices of the AMS 54, 2007)."""
    q, r = np.linalg.qr(draw.normal(size=(3, 3)))
    rotation: Floats = q * np.sign(np.diag(r))
    return rotation if np.linalg.det(rotation) > 0 else -rotation


def _seat(sensor: Sensor, t_s: Floats, draw: np.random.Generator) -> Floats:
    """How far the band has turned about the limb."""
    minutes = (t_s - t_s[0]) / 60.0
    seat: Floats = sensor.drift_rad_per_min * draw.normal() * minutes
    for slip_s in draw.uniform(t_s[0], t_s[-1], draw.poisson(sensor.slips_per_min * minutes[-1])):
        share = np.clip((t_s - slip_s) / SLIP_TAKES_S, 0.0, 1.0)
        seat = seat + draw.uniform(-1, 1) * sensor.slip_rad * share**2 * (3.0 - 2.0 * share)
    return seat


def _about_limb(vectors: Floats, angle: Floats) -> Floats:
    """Vectors of the limb seen from a band that is turned about the limb's x axis."""
    c, s = np.cos(angle), np.sin(angle)
    return np.column_stack([vectors[:, 0], c * vectors[:, 1] + s * vectors[:, 2], c * vectors[:, 2] - s * vectors[:, 1]])


def _mean(t_s: Floats, values: Floats, at_s: Floats, width_s: float) -> Floats:
    step_s = t_s[1] - t_s[0]
    total = np.vstack([np.zeros(3), np.cumsum((values[1:] + values[:-1]) * (0.5 * step_s), axis=0)])
    low, high = np.clip(at_s - width_s / 2, t_s[0], t_s[-1]), np.clip(at_s + width_s / 2, t_s[0], t_s[-1])
    areas = [np.interp(high, t_s, axis) - np.interp(low, t_s, axis) for axis in total.T]
    return np.column_stack(areas) / (high - low)[:, None]


def _shown(values: Floats, limit: float, bits: int) -> Floats:
    step = limit / 2 ** (bits - 1)
    shown: Floats = np.clip(np.round(values / step), -(2 ** (bits - 1)), 2 ** (bits - 1) - 1) * step
    return shown


def _arrival(sensor: Sensor, at_s: Floats, draw: np.random.Generator) -> NDArray[np.intp]:
    """Which samples come, in which order."""
    count = len(at_s)
    kept = draw.random(count) >= sensor.dropped
    for begin_s in draw.uniform(at_s[0], at_s[-1], draw.poisson(sensor.gaps_per_min * (at_s[-1] - at_s[0]) / 60.0)):
        kept &= (at_s < begin_s) | (at_s > begin_s + draw.uniform(0.1, LONGEST_GAP_S))
    place = np.arange(count) + np.where(draw.random(count) < sensor.late, 1.5, 0.0)
    again = np.flatnonzero(kept & (draw.random(count) < sensor.doubled))
    which = np.concatenate([np.flatnonzero(kept), again])
    order: NDArray[np.intp] = which[np.argsort(np.concatenate([place[kept], place[again] + 0.1]), kind="stable")]
    return order
