"""Steps a minute, and walking or running, from steps whose times are known."""

from __future__ import annotations

import numpy as np
import pytest

from edge.counting.samples import MotionSamples
from edge.counting.step_cadence import Cadence, cadence, going


def steps_ns(per_min: float, seconds: float, *, start_s: float = 0.0) -> list[int]:
    return [round((start_s + number * 60 / per_min) * 1e9) for number in range(int(seconds * per_min / 60))]


def felt(step_t_ns: list[int], peak_g: float) -> MotionSamples:
    """A band that feels one weight, and at each step a blow of 60 ms."""
    t_ns = np.arange(0, step_t_ns[-1] + 1_000_000_000, 20_000_000, dtype=np.int64)
    near = np.abs(t_ns[:, None] - np.array(step_t_ns)[None, :]).min(axis=1) < 30_000_000
    return MotionSamples(t_ns, np.where(near, peak_g, 1.0)[:, None].astype(np.float32) * np.float32(9.80665))


@pytest.mark.parametrize("per_min", [60, 100, 180])
def test_steps_a_minute_come_from_the_last_seconds(per_min: float) -> None:
    steps = steps_ns(per_min, 30)
    found = cadence(steps, steps[-1])
    assert found.per_min == pytest.approx(per_min, rel=1e-6)
    assert found.steps == pytest.approx(per_min / 10, abs=1)


def test_a_new_pace_is_seen_and_one_missed_step_is_not() -> None:
    steps = steps_ns(100, 20) + steps_ns(160, 10, start_s=20)
    assert cadence(steps, steps[-1]).per_min == pytest.approx(160, rel=1e-6)
    del steps[-5]
    assert cadence(steps, steps[-1]).per_min == pytest.approx(160, rel=1e-6)


def test_somebody_who_stands_has_no_cadence() -> None:
    steps = steps_ns(100, 20)
    assert cadence(steps, steps[-1] + 2_500_000_000).per_min == 0
    assert cadence(steps[:3], steps[2]) == Cadence(0.0, 3)
    assert cadence([], 5_000_000_000) == Cadence(0.0, 0)


@pytest.mark.parametrize(
    ("per_min", "peak_g", "gait"),
    [(110, 1.5, "walking"), (136, 1.6, "walking"), (110, 3.9, "walking"), (150, 1.5, "walking"), (160, 2.6, "running")],
)
def test_running_is_quick_and_hard(per_min: float, peak_g: float, gait: str) -> None:
    steps = steps_ns(per_min, 20)
    found = going(felt(steps, peak_g), steps)
    assert found.gait == gait
    assert found.cadence.per_min == pytest.approx(per_min, rel=1e-6)
    assert found.peak_mps2 == pytest.approx(peak_g * 9.80665, rel=1e-3)


def test_nobody_goes_anywhere_without_steps() -> None:
    motion = felt(steps_ns(100, 10), 1.2)
    assert going(motion, []).gait == "still"
    assert going(motion, steps_ns(100, 10)[:2]).peak_mps2 == 0
