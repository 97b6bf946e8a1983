"""Steps of walks that are made here: steady, slow, quick, with pauses, gaps and gestures; live and official."""

from __future__ import annotations

import json
import pickle
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge.counting.events import Step
from edge.counting.samples import MotionSamples
from edge.counting.steps import StepCounter, count_steps_official
from edge.recordings.motion_file import read_motion

if TYPE_CHECKING:
    from pathlib import Path

DOWN = np.array([0.3, -0.5, 0.81]) / np.linalg.norm([0.3, -0.5, 0.81])


def footfalls(seconds: float, per_min: float, *, start_s: float = 3.0, seed: int = 1) -> np.ndarray:
    """Times of steps that vary by 2 %, as a healthy walker's do."""
    number = int((seconds - start_s) * per_min / 60)
    apart = 60 / per_min * (1 + np.random.default_rng(seed).normal(0, 0.02, number))
    return start_s + np.cumsum(apart) - apart[0]


def motion(
    seconds: float, steps_s: np.ndarray, *, hard: float = 4.0, swing: float = 0.0, rate_hz: float = 50.0, one_axis: bool = False
) -> MotionSamples:
    """A band on somebody who puts a foot down at these times; every second one is felt less, and an arm may swing with the stride.

    A footfall lasts as long as a step, and not longer than 0.6 s however slow the walk is.
    """
    t_s = np.arange(0, seconds, 1 / rate_hz)
    up = np.random.default_rng(2).normal(0, 0.1, len(t_s))
    apart = np.gradient(steps_s) if len(steps_s) > 1 else np.ones(len(steps_s))
    for number, (at, long) in enumerate(zip(steps_s, apart, strict=True)):
        half = 0.6 * min(long, 0.6)
        near = np.abs(t_s - at) < half
        bump = np.cos(np.pi * (t_s[near] - at) / (2 * half)) ** 2 - 0.4
        up[near] += (hard if number % 2 else 0.75 * hard) * bump
        up[near] += swing * (1 if number % 2 else -1) * np.cos(np.pi * (t_s[near] - at) / (2 * half)) ** 2
    t_ns = np.round(t_s * 1e9).astype(np.int64)
    if one_axis:
        return MotionSamples(t_ns, (9.81 + up)[:, None].astype(np.float32))
    return MotionSamples(t_ns, ((9.81 + up)[:, None] * DOWN).astype(np.float32))


def official(samples: MotionSamples) -> int:
    return count_steps_official(samples).count


def live(samples: MotionSamples, block: int = 10) -> list[Step]:
    counter = StepCounter()
    events = []
    for start in range(0, len(samples.t_ns), block):
        part = slice(start, start + block)
        events += counter.feed(MotionSamples(samples.t_ns[part], samples.accel_mps2[part]))
    return [event for event in [*events, *counter.flush()] if isinstance(event, Step)]


def only(samples: MotionSamples, kept: np.ndarray) -> MotionSamples:
    return MotionSamples(samples.t_ns[kept], samples.accel_mps2[kept])


@pytest.mark.parametrize("per_min", [75, 90, 105, 120, 135, 160])
def test_a_steady_walk_is_counted_to_the_step(per_min: float) -> None:
    steps = footfalls(40, per_min)
    samples = motion(40, steps, hard=4 * (per_min / 100) ** 2)
    assert abs(official(samples) - len(steps)) <= 1
    assert abs(len(live(samples)) - len(steps)) <= 1


def test_the_times_are_those_of_the_feet() -> None:
    steps = footfalls(30, 110)
    found = np.array(count_steps_official(motion(30, steps)).event_t_ns) / 1e9
    late = found[:, None] - steps[None, :]
    assert np.abs(late).min(axis=1).max() < 0.06


def test_a_slow_walk_has_soft_steps_more_than_a_second_apart() -> None:
    steps = footfalls(60, 50)
    assert abs(official(motion(60, steps, hard=2.0)) - len(steps)) <= 1


@pytest.mark.parametrize("rate_hz", [12.5, 25, 50, 100, 200])
def test_any_rate_will_do(rate_hz: float) -> None:
    steps = footfalls(40, 112)
    assert abs(official(motion(40, steps, rate_hz=rate_hz)) - len(steps)) <= 1
    assert abs(len(live(motion(40, steps, rate_hz=rate_hz))) - len(steps)) <= 1


def test_the_magnitude_alone_is_enough() -> None:
    steps = footfalls(30, 100)
    assert official(motion(30, steps, one_axis=True)) == official(motion(30, steps))


def test_an_arm_that_swings_hard_still_gives_two_steps_a_stride() -> None:
    """The wrist then shows one high top a stride, at a pace at which nobody steps so hard."""
    steps = footfalls(40, 130)
    assert abs(official(motion(40, steps, hard=4.0, swing=3.0)) - len(steps)) <= 2


def test_pauses_end_a_walk_and_give_no_steps() -> None:
    first, second = footfalls(20, 110), 30 + footfalls(20, 110, seed=2)
    count = count_steps_official(motion(55, np.concatenate([first, second])))
    assert [abs(bout.count - want) <= 1 for bout, want in zip(count.bouts, (len(first), len(second)), strict=True)] == [True, True]
    assert not any(21 < t_ns / 1e9 < 32 for t_ns in count.event_t_ns)
    assert sum(bout.count for bout in count.bouts) == count.count


def test_standing_gives_nothing_and_neither_do_a_few_gestures() -> None:
    assert official(motion(60, np.zeros(0))) == 0
    assert official(motion(60, np.array([10.0, 10.9, 20.0, 34.0, 34.5, 50.0]), hard=9.0)) == 0
    assert live(motion(60, np.array([10.0, 10.9, 20.0, 34.0, 34.5, 50.0]), hard=9.0)) == []


def test_rummaging_has_no_rhythm() -> None:
    noise = np.random.default_rng(3).normal(0, 1, (60 * 50, 3))
    kernel = np.hanning(15) / np.hanning(15).sum()
    slow = np.stack([np.convolve(axis, kernel, "same") for axis in noise.T], axis=1)
    t_ns = np.arange(60 * 50, dtype=np.int64) * 20_000_000
    assert official(MotionSamples(t_ns, (9.81 * DOWN + 6 * slow).astype(np.float32))) <= 12


def test_four_steps_are_no_walk() -> None:
    assert official(motion(20, footfalls(20, 110)[:4])) == 0
    assert abs(official(motion(20, footfalls(20, 110)[:8])) - 8) <= 1


@pytest.mark.parametrize("per_min", [130, 140, 150])
def test_quick_soft_steps_of_somebody_small_are_not_taken_for_strides(per_min: float) -> None:
    steps = footfalls(60, per_min)
    assert official(motion(60, steps, hard=2.5)) == pytest.approx(len(steps), abs=1)


def test_a_gap_of_the_source_costs_its_own_steps_and_no_others() -> None:
    steps = footfalls(60, 110)
    whole = motion(60, steps)
    for gap_s in (0.4, 1.0, 10.0):
        kept = (whole.t_ns < 30e9) | (whole.t_ns > (30 + gap_s) * 1e9)
        lost = int(((steps > 30) & (steps < 30 + gap_s)).sum())
        assert -2 <= official(only(whole, kept)) - (len(steps) - lost) <= 2
        assert -2 <= len(live(only(whole, kept))) - (len(steps) - lost) <= 2


def test_doubled_late_and_missing_samples_change_little() -> None:
    steps = footfalls(40, 110)
    whole = motion(40, steps)
    rng = np.random.default_rng(5)
    doubled = only(whole, np.repeat(np.arange(len(whole.t_ns)), 2))
    late = only(whole, np.argsort(np.arange(len(whole.t_ns)) + rng.integers(0, 6, len(whole.t_ns)), kind="stable"))
    fewer = only(whole, np.flatnonzero(rng.random(len(whole.t_ns)) > 0.05))
    for spoilt in (doubled, late, fewer):
        assert abs(official(spoilt) - official(whole)) <= 1
        assert abs(len(live(spoilt)) - official(whole)) <= 2


def test_a_stamp_from_the_future_does_not_stop_the_live_count() -> None:
    whole = motion(40, footfalls(40, 110))
    stamps = whole.t_ns.copy()
    stamps[1000] += 3_600_000_000_000
    found = live(MotionSamples(stamps, whole.accel_mps2))
    assert abs(len(found) - official(whole)) <= 2
    assert [step.index for step in found] == list(range(1, len(found) + 1))


def test_values_that_are_not_numbers_are_left_out() -> None:
    whole = motion(30, footfalls(30, 110))
    broken = whole.accel_mps2.copy()
    broken[100:110] = np.nan
    assert abs(official(MotionSamples(whole.t_ns, broken)) - official(whole)) <= 1
    assert official(MotionSamples(whole.t_ns, np.full_like(broken, np.nan))) == 0


def test_nothing_and_next_to_nothing() -> None:
    for number in (0, 1, 2, 30):
        few = only(motion(10, footfalls(10, 100)), np.arange(number))
        assert official(few) == 0
        assert live(few) == []


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(stretch=st.floats(0.95, 1.05), turn=st.tuples(*[st.floats(-3, 3)] * 3), seed=st.integers(0, 50))
def test_neither_a_stretch_of_time_nor_a_turn_of_the_band_changes_the_count(
    stretch: float, turn: tuple[float, float, float], seed: int
) -> None:
    whole = motion(30, footfalls(26, 108, seed=seed), hard=4.5)
    x, y, z = turn
    about_x = np.array([[1, 0, 0], [0, np.cos(x), -np.sin(x)], [0, np.sin(x), np.cos(x)]])
    about_y = np.array([[np.cos(y), 0, np.sin(y)], [0, 1, 0], [-np.sin(y), 0, np.cos(y)]])
    about_z = np.array([[np.cos(z), -np.sin(z), 0], [np.sin(z), np.cos(z), 0], [0, 0, 1]])
    turned = (whole.accel_mps2 @ (about_x @ about_y @ about_z).T).astype(np.float32)
    assert official(MotionSamples(np.round(whole.t_ns * stretch).astype(np.int64), turned)) == official(whole)


def test_the_live_count_is_causal_and_a_few_seconds_late() -> None:
    samples = motion(40, footfalls(40, 110))
    counter = StepCounter()
    told: list[tuple[float, float]] = []
    for start in range(len(samples.t_ns)):
        part = slice(start, start + 1)
        now_ns = int(samples.t_ns[start])
        told += [(now_ns / 1e9, event.t_ns / 1e9) for event in counter.feed(only(samples, np.arange(len(samples.t_ns))[part]))]
    late = np.array([now_s - step_s for now_s, step_s in told if now_s > 12])
    assert late.min() >= 0
    assert late.max() <= 6.0


def test_the_state_of_a_band_is_small() -> None:
    counter = StepCounter()
    samples = motion(60, footfalls(60, 110))
    for start in range(0, len(samples.t_ns), 10):
        counter.feed(only(samples, np.arange(start, min(start + 10, len(samples.t_ns)))))
    assert len(pickle.dumps(counter)) <= 16_000


def cases(recordings: Path) -> list[dict[str, Any]]:
    manifest = json.loads((recordings / "manifest.json").read_text(encoding="utf-8"))
    return [case for case in manifest if case["file"].startswith("steps/")]


@pytest.mark.recordings
def test_real_walks_reach_the_floor(recordings: Path) -> None:
    """At least 80 % of the recordings within 3 %, and at most 2 % of the steps wrong; live and official."""
    walks = [case for case in cases(recordings) if case["true_count"]]
    steps = sum(int(case["true_count"]) for case in walks)
    for count in (official, lambda samples: len(live(samples))):
        off = [abs(count(read_motion(recordings / case["file"])) - int(case["true_count"])) for case in walks]
        good = sum(wrong <= 0.03 * case["true_count"] for wrong, case in zip(off, walks, strict=True))
        assert good >= 0.80 * len(walks), f"{good} of {len(walks)}"
        assert sum(off) <= 0.02 * steps, f"{sum(off)} of {steps}"


@pytest.mark.recordings
def test_desk_work_and_dressing_give_few_steps(recordings: Path) -> None:
    """Fewer than 10 in a recording of one to two minutes, on average."""
    quiet = [official(read_motion(recordings / case["file"])) for case in cases(recordings) if not case["true_count"]]
    assert sum(quiet) < 10 * len(quiet), quiet
