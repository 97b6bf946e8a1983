"""Simulated motion as the counters take it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from edge.counting.band_site import BandSite
from edge.counting.events import Skip, Trip
from edge.counting.rope_motion import RopeMotionCounter
from edge.counting.samples import MotionSamples
from simulators.band_motion import Limb, Style, everyday_motion, pupil_of, skipping_motion
from simulators.motion_sensor import Sensor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge.counting.events import Event
    from simulators.band_motion import Everyday, MotionRecording

CLEAN = Sensor(rate_hz=50.0)


def samples_of(recording: MotionRecording) -> MotionSamples:
    return MotionSamples(recording.t_ns, recording.accel_mps2, recording.gyro_rads)


def skipped(
    style: Style, seed: int, *, seconds: float = 20.0, sensor: Sensor = CLEAN, poor: bool = False, **how: Any
) -> MotionRecording:
    """A pupil who skips in one style; the same seed gives the same pupil and motion."""
    how.setdefault("limb", Limb.RIGHT_WRIST)
    how.setdefault("ability", pupil_of(style, seed, poor=poor))
    return skipping_motion(style, seconds=seconds, sensor=sensor, seed=seed, **how)


def everyday(
    kind: Everyday, seed: int, *, seconds: float = 20.0, sensor: Sensor = CLEAN, limb: Limb = Limb.RIGHT_WRIST
) -> MotionSamples:
    return samples_of(everyday_motion(kind, limb=limb, seconds=seconds, sensor=sensor, seed=seed))


def live_events(samples: MotionSamples, block: int | None = None, site: BandSite = BandSite.WRIST) -> list[Event]:
    counter = RopeMotionCounter(site)
    step = block or len(samples.t_ns)
    events: list[Event] = []
    for at in range(0, len(samples.t_ns), step):
        events += counter.feed(part(samples, slice(at, at + step)))
    return [*events, *counter.flush()]


def skips(events: Sequence[Event]) -> list[int]:
    return [event.t_ns for event in events if isinstance(event, Skip)]


def trips(events: Sequence[Event]) -> list[int]:
    return [event.t_ns for event in events if isinstance(event, Trip)]


def part(samples: MotionSamples, which: slice | np.ndarray) -> MotionSamples:
    gyro = None if samples.gyro_rads is None else samples.gyro_rads[which]
    return MotionSamples(samples.t_ns[which], samples.accel_mps2[which], gyro)


def turned(samples: MotionSamples, seed: int, *, mirrored: bool = False) -> MotionSamples:
    """The same motion with the band sitting otherwise on the limb, or with the axes of a mirror."""
    axes, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(3, 3)))
    if (np.linalg.det(axes) < 0) != mirrored:
        axes[:, 0] *= -1
    gyro = None if samples.gyro_rads is None else (samples.gyro_rads @ axes.T).astype(np.float32)
    return replace(samples, accel_mps2=(samples.accel_mps2 @ axes.T).astype(np.float32), gyro_rads=gyro)


def stretched(samples: MotionSamples, by: float) -> MotionSamples:
    start_ns = samples.t_ns[0]
    return replace(samples, t_ns=start_ns + np.round((samples.t_ns - start_ns) * by).astype(np.int64))


def louder(samples: MotionSamples, by: float) -> MotionSamples:
    return replace(samples, accel_mps2=(samples.accel_mps2 * by).astype(np.float32))


def thinned(samples: MotionSamples, share: float, seed: int) -> MotionSamples:
    return part(samples, np.random.default_rng(seed).random(len(samples.t_ns)) >= share)
