"""What a band on a pupil records: motion with its truth, of every style of skipping and of what is no skipping at all.

A model for tests of behaviour and for technicians, never the yardstick of accuracy: that is real recordings.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from simulators.everyday_limb import Everyday, everyday_limb
from simulators.limb_motion import feel
from simulators.motion_sensor import Sensor, sense
from simulators.pupil import Ability, attempt
from simulators.rope_limb import Limb, of_one_pupil, skipping_limb
from simulators.skipping_style import SHAPES, Style

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from simulators.limb_motion import LimbTrack
    from simulators.pupil import Attempt

__all__ = [
    "GOOD", "LEAD_S", "POOR", "Ability", "Everyday", "Limb", "MotionRecording", "MotionTruth", "Sensor", "Style",
    "everyday_motion", "pupil_of", "record_attempt", "skipping_motion", "write_motion",
]  # fmt: skip

LEAD_S: Final = 3.0
TAIL_S: Final = 3.0
LONGEST_S: Final = 3_600.0
GOOD: Final = Ability(unevenness=0.025, trips_per_min=0.0, fatigue_per_min=0.03)
POOR: Final = Ability(unevenness=0.08, trips_per_min=5.0, fatigue_per_min=0.15, rests_per_min=2.0, stumbles_per_min=3.0)


@dataclass(frozen=True, slots=True)
class MotionTruth:
    """What happened in a recording, in seconds on its own clock, ascending. Without a rope all but hops and steps are empty.

    Attributes:
        turns_s: turns of the rope that count: it has passed under the feet.
        jumps_s: landings after a jump over the rope; fewer than turns in a double under.
        hops_s: landings of the feet; more than turns in a double bounce.
        trips_s: the rope was caught.
        stumbles_s: the rope was touched, without a stop.
        bouts_s: first and last jump of each run.
        swings_s: passes of the rope beside the body; none of them counts.
        steps_s: steps of walking and running.
    """

    turns_s: tuple[float, ...] = ()
    jumps_s: tuple[float, ...] = ()
    hops_s: tuple[float, ...] = ()
    trips_s: tuple[float, ...] = ()
    stumbles_s: tuple[float, ...] = ()
    bouts_s: tuple[tuple[float, float], ...] = ()
    swings_s: tuple[float, ...] = ()
    steps_s: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class MotionRecording:
    """Samples as a band gives them, and the truth.

    Attributes:
        t_ns: int64[n], from the beginning of the recording; irregular, doubled and late as the sensor has it.
        accel_mps2: float32[n, 3], with gravity.
        gyro_rads: float32[n, 3], or `None` without a gyroscope.
    """

    t_ns: NDArray[np.int64]
    accel_mps2: NDArray[np.float32]
    gyro_rads: NDArray[np.float32] | None
    truth: MotionTruth


def pupil_of(style: Style, seed: int, *, poor: bool = False) -> Ability:
    """A pupil who does this style at a usual cadence, as good or as poor ones do."""
    slowest, fastest = SHAPES[style].cadence_per_min
    return replace(POOR if poor else GOOD, cadence_per_min=float(np.random.default_rng(seed).uniform(slowest, fastest)))


def skipping_motion(
    style: Style,
    *,
    limb: Limb = Limb.RIGHT_WRIST,
    ability: Ability | None = None,
    seconds: float = 30.0,
    backward: bool = False,
    sensor: Sensor | None = None,
    seed: int = 0,
) -> MotionRecording:
    """Record one attempt: three seconds with the arms down, the attempt, three seconds after it.

    The same seed gives the same arrays.

    Args:
        ability: of the pupil; by default a good one (`pupil_of`).
        seconds: length of the attempt itself.
        backward: the rope turns the other way round.
    """
    shape = SHAPES[style]
    ability = pupil_of(style, seed) if ability is None else ability
    drawn = attempt(ability, seconds, seed, turns_a_jump=shape.turns_a_jump, hops_a_turn=shape.hops_a_turn)
    return record_attempt(drawn, style, limb=limb, backward=backward, sensor=sensor, seed=seed)


def record_attempt(
    drawn: Attempt,
    style: Style,
    *,
    limb: Limb = Limb.RIGHT_WRIST,
    backward: bool = False,
    sensor: Sensor | None = None,
    seed: int = 0,
) -> MotionRecording:
    """Record an attempt that is already drawn; its signal comes three seconds after the beginning of the recording."""
    sensor = sensor or Sensor()
    draw = np.random.default_rng(seed)
    shape = of_one_pupil(SHAPES[style], draw)
    t_s = _times(drawn.duration_s + LEAD_S + TAIL_S, sensor) - LEAD_S
    track = skipping_limb(drawn, shape, limb, t_s, draw, backward=backward)
    turns_s, jumps_s, hops_s, trips_s, stumbles_s = (
        tuple(t + LEAD_S for t in times)
        for times in (drawn.turns_s, drawn.landings_s, drawn.hops_s, drawn.trips_s, drawn.stumbles_s)
    )
    if shape.skips:
        bouts_s = tuple((first_s + LEAD_S, last_s + LEAD_S) for first_s, last_s in drawn.bouts_s)
        truth = MotionTruth(turns_s, jumps_s, hops_s, trips_s, stumbles_s, bouts_s)
    else:
        truth = MotionTruth(swings_s=turns_s, trips_s=trips_s, stumbles_s=stumbles_s)
    return _recorded(track, t_s + LEAD_S, sensor, draw, truth)


def everyday_motion(
    activity: Everyday,
    *,
    limb: Limb = Limb.RIGHT_WRIST,
    seconds: float = 30.0,
    pace: float = 1.0,
    sensor: Sensor | None = None,
    seed: int = 0,
) -> MotionRecording:
    """Record something that is no skipping. The same seed gives the same arrays.

    Args:
        pace: 1 for usual, 0.7 for slow, 1.4 for hurried.
    """
    sensor = sensor or Sensor()
    draw = np.random.default_rng(seed)
    t_s = _times(seconds, sensor)
    made = everyday_limb(activity, limb, t_s, draw, pace=pace)
    return _recorded(made.track, t_s, sensor, draw, MotionTruth(hops_s=made.hops_s, steps_s=made.steps_s))


def write_motion(file: Path, recording: MotionRecording) -> None:
    """Write a recording as CSV: time_s, ax_mps2 to az_mps2, and gx_rads to gz_rads where there is a gyroscope."""
    names = "time_s,ax_mps2,ay_mps2,az_mps2"
    table = np.column_stack([recording.t_ns / 1e9, recording.accel_mps2])
    if recording.gyro_rads is not None:
        names += ",gx_rads,gy_rads,gz_rads"
        table = np.column_stack([table, recording.gyro_rads])
    np.savetxt(file, table, delimiter=",", header=names, comments="", fmt="%.4f")


def _times(seconds: float, sensor: Sensor) -> NDArray[np.float64]:
    if not 5.0 <= seconds <= LONGEST_S:
        raise ValueError(f"a recording of {seconds:g} s is not simulated; choose 5 to {LONGEST_S:g}")
    fine_hz = 200.0 if sensor.rate_hz <= 100.0 else 400.0
    return np.arange(int(seconds * fine_hz)) / fine_hz


def _recorded(
    track: LimbTrack, t_s: NDArray[np.float64], sensor: Sensor, draw: np.random.Generator, truth: MotionTruth
) -> MotionRecording:
    force, turning = feel(track)
    return MotionRecording(*sense(sensor, t_s, force, turning, draw), truth)
