"""A simulated field of runners: the truth is consistent, the witnesses are what they claim, the same seed is the same run."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from simulators.gate_radio import Air
from simulators.running_course import EIGHT_HUNDRED, FIFTY, SHUTTLE, Course
from simulators.running_field import Mishaps, RunningField

GOOD = Mishaps(silent_bands=0.0, giving_up=0.0, strangers=0)


@pytest.fixture(scope="module")
def field() -> RunningField:
    return RunningField.draw(16, seed=3, mishaps=GOOD)


def test_the_same_seed_is_the_same_run(field: RunningField) -> None:
    again = RunningField.draw(16, seed=3, mishaps=GOOD)
    assert again.laps_ns == field.laps_ns
    assert again.sightings() == field.sightings()
    assert np.array_equal(again.heard()[5].rssi_dbm, field.heard()[5].rssi_dbm)
    assert RunningField.draw(16, seed=4, mishaps=GOOD).laps_ns != field.laps_ns


def test_everybody_runs_forward_and_every_lap_in_the_times_of_the_standard(field: RunningField) -> None:
    assert np.all(np.diff(field.runs.way_m, axis=1) >= 0)
    assert all(len(laps) == 4 for laps in field.laps_ns)
    totals = [laps[-1] / 1e9 for laps in field.laps_ns]
    assert 170 < min(totals) < max(totals) < 460


@pytest.mark.parametrize(("course", "laps", "fastest", "slowest"), [(FIFTY, 1, 7.0, 14.0), (SHUTTLE, 4, 80.0, 190.0)])
def test_lanes_are_run_too(course: Course, laps: int, fastest: float, slowest: float) -> None:
    run = RunningField.draw(6, course, seed=1, mishaps=GOOD)
    assert all(len(one) == laps and fastest < one[-1] / 1e9 < slowest for one in run.laps_ns)


def test_the_oval_is_closed_and_as_long_as_it_says() -> None:
    way = np.linspace(0.0, 200.0, 2001)
    x, y = EIGHT_HUNDRED.place_m(way, np.zeros_like(way))
    assert np.hypot(np.diff(x), np.diff(y)).sum() == pytest.approx(200.0, rel=0.01)
    assert (x[0], y[0]) == pytest.approx((x[-1], y[-1]), abs=0.2)


def test_the_camera_sees_nearly_all_at_the_right_time(field: RunningField) -> None:
    seen = [one for one in field.sightings() if one.runner >= 0]
    all_ns = {who: [*laps, field.starts_ns[who]] for who, laps in enumerate(field.laps_ns)}
    off = [min(abs(one.t_ns - t) for t in all_ns[one.runner] if t is not None) / 1e9 for one in seen]
    assert np.percentile(off, 95) < 0.03
    assert 0.85 < len(seen) / sum(len(times) for times in all_ns.values()) <= 1.05


def test_the_radio_is_strongest_at_the_line_and_loses_what_it_says(field: RunningField) -> None:
    heard = field.heard(Air((0.0,), loss=0.3))[0]
    near = np.abs(heard.t_ns - field.laps_ns[0][1]) < 1e9
    assert heard.rssi_dbm[near].mean() > heard.rssi_dbm[~near].mean() + 8
    assert near.sum() / 20 == pytest.approx(0.7, abs=0.25)


def test_steps_are_cumulative_and_plausible(field: RunningField) -> None:
    told = field.steps()[2]
    grown = int((told.total[-1] - told.total[0]) % 65_536)
    assert np.all(np.diff(told.t_ns) > 0)
    assert 0.6 < 800.0 / grown < 1.6


def test_mishaps_happen() -> None:
    run = RunningField.draw(40, seed=2, mishaps=Mishaps(silent_bands=0.5, giving_up=0.5, strangers=5))
    assert 5 < np.isfinite(run.bands_until_s).sum() < 35
    assert sum(len(laps) < 4 for laps in run.laps_ns) > 5
    assert sum(one.runner < 0 for one in run.sightings()) >= 4
    silent = int(np.flatnonzero(np.isfinite(run.bands_until_s))[0])
    assert run.heard()[silent].t_ns.max(initial=0) / 1e9 <= run.bands_until_s[silent] + 1.0


def test_taps_follow_the_crossings_one_by_one(field: RunningField) -> None:
    taps = field.taps(wrong=0.0, forgotten=0.0)
    assert len(taps) == sum(len(laps) for laps in field.laps_ns)
    assert min(b.t_ns - a.t_ns for a, b in itertools.pairwise(taps)) > 2e8
