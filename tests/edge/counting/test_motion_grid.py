"""Even frames out of any stream: cut anywhere, at any rate, with late, doubled and missing samples."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.counting.motion_grid import FRAME_NS, MotionGrid, even_out
from edge.counting.samples import MotionSamples


def wave(t_ns: np.ndarray) -> MotionSamples:
    t_s = t_ns / 1e9
    return MotionSamples(
        t_ns, np.stack([np.sin(2 * np.pi * t_s), np.cos(2 * np.pi * t_s), np.full(len(t_s), 9.81)], 1).astype(np.float32)
    )


def stamps(rate_hz: float, seconds: float) -> np.ndarray:
    return np.round(np.arange(int(seconds * rate_hz)) / rate_hz * 1e9).astype(np.int64)


@dataclass(frozen=True)
class Frame:
    end_ns: int
    accel_mps2: np.ndarray
    heard: bool
    afresh: bool
    rate_hz: float


def all_frames(samples: MotionSamples, cuts: list[int] | None = None, grid: MotionGrid | None = None) -> list[Frame]:
    grid, edges = grid or MotionGrid(), [0, *sorted(cuts or []), len(samples.t_ns)]
    found = []
    for low, high in pairwise(edges):
        found += list(grid.feed(MotionSamples(samples.t_ns[low:high], samples.accel_mps2[low:high])))
    found += list(grid.flush())
    accel, heard = even_out(found)
    return [Frame(f.end_ns, a, bool(h), f.afresh, f.rate_hz) for f, a, h in zip(found, accel, heard, strict=True)]


@pytest.mark.parametrize("rate_hz", [12.5, 25, 50, 100, 200])
def test_any_rate_becomes_the_same_even_motion(rate_hz: float) -> None:
    frames = all_frames(wave(stamps(rate_hz, 3)))
    assert len(frames) >= 28
    for frame in frames[2:-2]:
        at_s = (frame.end_ns - 20_000_000 * np.arange(5)[::-1]) / 1e9
        assert frame.accel_mps2[:, 0] == pytest.approx(np.sin(2 * np.pi * at_s), abs=0.05)
        assert frame.heard
    assert frames[-3].rate_hz == pytest.approx(rate_hz, rel=0.15)


def test_no_frames_are_no_trouble() -> None:
    accel, heard = even_out([])
    assert len(accel) == len(heard) == 0


@given(st.lists(st.integers(0, 150), max_size=8))
def test_any_cutting_gives_the_same_frames(cuts: list[int]) -> None:
    samples = wave(stamps(50, 3))
    here, there = all_frames(samples), all_frames(samples, cuts)
    assert [f.end_ns for f in here] == [f.end_ns for f in there]
    assert all(np.array_equal(a.accel_mps2, b.accel_mps2) for a, b in zip(here, there, strict=True))


def test_samples_out_of_order_are_put_in_order_and_those_too_late_are_counted() -> None:
    samples = wave(stamps(50, 3))
    order = np.arange(150)
    order[[44, 45]] = order[[45, 44]]
    swapped = MotionSamples(samples.t_ns[order], samples.accel_mps2[order])
    grid = MotionGrid()
    frames = all_frames(swapped, grid=grid)
    assert grid.late == 0
    assert all(np.array_equal(a.accel_mps2, b.accel_mps2) for a, b in zip(frames, all_frames(samples), strict=True))
    order = np.concatenate([np.delete(np.arange(150), 40)[:80], [40], np.arange(81, 150)])
    grid = MotionGrid()
    list(grid.feed(MotionSamples(samples.t_ns[order], samples.accel_mps2[order])))
    assert grid.late == 1


def test_a_gap_is_told_and_nothing_is_made_up_behind_a_long_silence() -> None:
    t_ns = stamps(50, 10)
    short = all_frames(wave(np.delete(t_ns, slice(100, 150))))
    unheard = [frame.end_ns / 1e9 for frame in short if not frame.heard]
    assert 0.5 <= len(unheard) * 0.1 <= 1.2
    assert all(1.9 <= t_s <= 3.2 for t_s in unheard)
    long = all_frames(wave(np.delete(t_ns, slice(100, 400))))
    assert [frame.afresh for frame in long].count(True) == 2
    assert len(long) < 60


def test_a_magnitude_becomes_one_axis_and_what_is_no_number_is_left_out() -> None:
    t_ns = stamps(50, 2)
    level = np.full((len(t_ns), 1), 9.81, np.float32)
    level[30] = np.nan
    frames = all_frames(MotionSamples(t_ns, level))
    assert all(np.isfinite(frame.accel_mps2).all() for frame in frames)
    assert np.all(frames[5].accel_mps2[:, 1:] == 0)


def test_doubled_stamps_are_averaged_and_frames_follow_one_another() -> None:
    samples = wave(np.repeat(stamps(50, 2), 2))
    ends = [frame.end_ns for frame in all_frames(samples)]
    assert set(np.diff(ends)) == {FRAME_NS}
