"""Motion of a wrist through an attempt that is already drawn, on the clock of its start signal: what the field's tests need."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulators.band_motion import LEAD_S, record_attempt
from simulators.motion_sensor import Sensor
from simulators.skipping_style import Style

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from simulators.pupil import Attempt


def wrist_motion(
    attempt: Attempt, *, rate_hz: float = 50.0, seed: int = 0, hops_a_turn: int = 1
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Stamps (ns, from the signal) and acceleration (m/s², with gravity) of a wrist, from the signal to two seconds after the end.

    Args:
        hops_a_turn: 2 for a double bounce: two landings to one turn of the rope.
    """
    style = Style.SINGLE_BOUNCE if hops_a_turn == 1 else Style.DOUBLE_BOUNCE
    recording = record_attempt(attempt.with_hops(hops_a_turn), style, sensor=Sensor(rate_hz, gyro=False), seed=seed)
    t_ns = recording.t_ns - round(LEAD_S * 1e9)
    inside = (t_ns >= 0) & (t_ns < (attempt.duration_s + 2.0) * 1e9)
    return t_ns[inside], recording.accel_mps2[inside]
