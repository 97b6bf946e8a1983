"""A band on a pupil records every style, with its truth, the same for the same seed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from edge.recordings.motion_file import read_motion
from simulators.band_motion import (
    POOR,
    Ability,
    Everyday,
    Limb,
    MotionRecording,
    Sensor,
    Style,
    everyday_motion,
    pupil_of,
    record_attempt,
    skipping_motion,
    write_motion,
)
from simulators.pupil import attempt

if TYPE_CHECKING:
    from pathlib import Path

G = 9.81
OWN_AXES = Sensor(100.0, range_g=16.0, jitter=0.0, noise_mps2=0.0, gyro_noise_rads=0.0, turned=False, drift_rad_per_min=0.0)


def peaks_g(recording: MotionRecording, at_s: tuple[float, ...], within_s: float) -> list[float]:
    t_s = recording.t_ns / 1e9
    size = np.linalg.norm(recording.accel_mps2, axis=1) / G
    return [float(size[np.abs(t_s - at) < within_s].max()) for at in at_s]


@pytest.mark.parametrize("limb", Limb)
@pytest.mark.parametrize("what", [*Style, *Everyday])
def test_everything_can_be_recorded_on_every_limb(what: Style | Everyday, limb: Limb) -> None:
    first, second = (
        everyday_motion(what, limb=limb, seconds=12, seed=4)
        if isinstance(what, Everyday)
        else skipping_motion(what, limb=limb, seconds=12, seed=4)
        for _ in range(2)
    )
    assert first.gyro_rads is not None
    assert np.isfinite(first.accel_mps2).all()
    assert np.isfinite(first.gyro_rads).all()
    assert np.array_equal(first.t_ns, second.t_ns)
    assert np.array_equal(first.accel_mps2, second.accel_mps2)
    assert first.truth == second.truth


def test_turns_jumps_and_hops_go_together_as_the_style_has_it() -> None:
    single, double_bounce, double_under, run = (
        skipping_motion(style, seed=2).truth for style in (Style.SINGLE_BOUNCE, Style.DOUBLE_BOUNCE, Style.DOUBLE_UNDER, Style.RUN)
    )
    assert len(single.turns_s) == len(single.jumps_s) == len(single.hops_s) > 30
    assert len(double_bounce.hops_s) == 2 * len(double_bounce.turns_s) > 40
    assert len(double_under.turns_s) == 2 * len(double_under.jumps_s) > 60
    assert len(run.hops_s) == 2 * len(run.turns_s) > 40


def test_a_side_swing_and_what_has_no_rope_have_no_turns() -> None:
    side = skipping_motion(Style.SIDE_SWING, seed=2).truth
    assert (side.turns_s, side.jumps_s, side.bouts_s) == ((), (), ())
    assert len(side.swings_s) > 25
    for activity in Everyday:
        assert everyday_motion(activity, seed=2).truth.turns_s == ()
    assert len(everyday_motion(Everyday.WALKING, seed=2).truth.steps_s) > 35
    assert len(everyday_motion(Everyday.JUMPING_JACKS, seed=2).truth.hops_s) > 35


def test_a_caught_rope_is_a_burst_and_then_stillness_and_a_touched_one_is_no_stop() -> None:
    caught, after, touched = [], [], []
    for seed in range(12):
        recording = skipping_motion(Style.SINGLE_BOUNCE, ability=replace(POOR, cadence_per_min=120), seconds=40, seed=seed)
        caught += peaks_g(recording, recording.truth.trips_s, 0.15)
        after += peaks_g(recording, tuple(t + 0.75 for t in recording.truth.trips_s if _next(recording, t) > t + 1.5), 0.15)
        touched += [_next(recording, t) - t for t in recording.truth.stumbles_s if t not in recording.truth.jumps_s[-1:]]
    assert len(caught) > 15
    assert 3.0 < np.median(caught) < 7.0
    assert np.median(after) < 1.5
    assert np.median(touched) < 0.7


def _next(recording: MotionRecording, t_s: float) -> float:
    return min((t for t in recording.truth.jumps_s if t > t_s + 0.1), default=np.inf)


def test_before_and_after_the_attempt_the_arm_hangs_still() -> None:
    recording = skipping_motion(Style.SINGLE_BOUNCE, sensor=OWN_AXES, seed=5)
    t_s = recording.t_ns / 1e9
    for quiet in (t_s < 0.8, t_s > t_s[-1] - 0.8):
        size = np.linalg.norm(recording.accel_mps2[quiet], axis=1)
        assert size == pytest.approx(G, rel=0.15)
        assert recording.accel_mps2[quiet, 0].mean() < -0.8 * G


def test_left_and_right_are_mirror_images() -> None:
    wrists = (Limb.LEFT_WRIST, Limb.RIGHT_WRIST)
    left, right = (skipping_motion(Style.SINGLE_BOUNCE, limb=limb, sensor=OWN_AXES, seed=5) for limb in wrists)
    assert left.gyro_rads is not None
    assert right.gyro_rads is not None
    upright = np.linalg.norm(left.accel_mps2[:, [0, 2]] - right.accel_mps2[:, [0, 2]], axis=1)
    assert np.median(upright) < 0.5
    assert np.corrcoef(left.gyro_rads[:, 2], right.gyro_rads[:, 2])[0, 1] < -0.95


def test_backwards_the_circle_goes_the_other_way_round() -> None:
    ways = []
    for backward in (False, True):
        recording = skipping_motion(Style.SINGLE_BOUNCE, limb=Limb.LEFT_WRIST, sensor=OWN_AXES, seed=5, backward=backward)
        assert recording.gyro_rads is not None
        steady = slice(600, 2400)
        across, up = recording.gyro_rads[steady, 1], recording.gyro_rads[steady, 2]
        ways.append(float(np.mean(across[:-1] * np.diff(up) - up[:-1] * np.diff(across))))
    assert ways[0] * ways[1] < 0


def test_an_attempt_of_the_field_can_be_recorded() -> None:
    drawn = attempt(Ability(cadence_per_min=130), 20.0, 3)
    recording = record_attempt(drawn, Style.SINGLE_BOUNCE, seed=1)
    assert recording.truth.jumps_s == pytest.approx([t + 3.0 for t in drawn.landings_s])


def test_poor_pupils_trip_and_good_ones_do_not() -> None:
    assert sum(len(skipping_motion(Style.RUN, seed=s).truth.trips_s) for s in range(5)) == 0
    poor = [skipping_motion(Style.RUN, ability=pupil_of(Style.RUN, s, poor=True), seed=s).truth.trips_s for s in range(5)]
    assert sum(map(len, poor)) > 3


@pytest.mark.parametrize("gyro", [True, False])
def test_a_recording_on_disk_is_the_same(tmp_path: Path, *, gyro: bool) -> None:
    recording = skipping_motion(Style.SINGLE_BOUNCE, sensor=Sensor(gyro=gyro), seconds=10, seed=1)
    write_motion(tmp_path / "motion.csv", recording)
    again = read_motion(tmp_path / "motion.csv")
    assert again.t_ns == pytest.approx(recording.t_ns, abs=60_000)
    assert again.accel_mps2 == pytest.approx(recording.accel_mps2, abs=1e-4)
    assert (again.gyro_rads is None) == (not gyro)


def test_a_recording_is_neither_too_short_nor_too_long() -> None:
    with pytest.raises(ValueError, match="choose 5 to"):
        everyday_motion(Everyday.STANDING, seconds=2)
