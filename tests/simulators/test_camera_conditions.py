"""Each condition does what it says, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from simulators.camera_conditions import CameraConditions, Lens, stamps_s

SIZE = (160, 120)
GREY = np.full((120, 160, 3), 100, dtype=np.uint8)
QUIET = CameraConditions(noise=0.0)


def taken(t_s: float = 5.0, **conditions: object) -> np.ndarray:
    lens = Lens(CameraConditions(**{"noise": 0.0, **conditions}), SIZE, 10.0, 1)  # type: ignore[arg-type]
    return lens.take(t_s, GREY.copy())


@pytest.mark.parametrize("rate_hz", [12.0, 25.0, 30.0, 60.0])
def test_even_stamps(rate_hz: float) -> None:
    assert stamps_s(CameraConditions(rate_hz=rate_hz), 4.0, 1) == pytest.approx(np.arange(round(4 * rate_hz)) / rate_hz)


def test_uneven_and_lost_pictures() -> None:
    gaps = np.diff(stamps_s(CameraConditions(uneven=0.25), 60.0, 1))
    assert gaps.min() > 0
    assert gaps.std() / gaps.mean() == pytest.approx(0.25, abs=0.05)
    assert 0.85 < len(stamps_s(CameraConditions(dropped=0.1), 60.0, 1)) / 1800 < 0.95
    assert np.array_equal(stamps_s(CameraConditions(uneven=0.2), 9.0, 5), stamps_s(CameraConditions(uneven=0.2), 9.0, 5))


def test_a_clear_picture_is_as_it_was() -> None:
    assert np.array_equal(taken(), GREY)


def test_little_light_is_dark_and_noise_is_noisy() -> None:
    assert taken(light=0.25).mean() == pytest.approx(25, abs=1)
    noisy = taken(noise=9.0).astype(float)
    assert noisy.std() == pytest.approx(9.0, abs=1.0)


def test_a_clip_fades_in_and_out() -> None:
    assert [round(float(taken(t_s, fade_s=1.0).mean())) for t_s in (0.0, 0.5, 5.0, 9.5)] == [0, 50, 100, 50]


def test_a_cut_shows_a_card() -> None:
    lens = Lens(CameraConditions(noise=0.0, cut_s=(3.0, 4.0)), SIZE, 10.0, 1)
    assert [lens.shows_field(t_s) for t_s in (2.9, 3.0, 3.9, 4.0)] == [True, False, False, True]
    assert np.abs(lens.take(3.5, GREY.copy()).astype(int) - 100).mean() > 20


def test_a_tripod_sways_as_far_as_was_asked_and_picture_and_truth_go_together() -> None:
    lens = Lens(CameraConditions(noise=0.0, sway_px=4.0), SIZE, 60.0, 2)
    shifts = np.array([lens.swayed(t_s)[:, :2] @ [80, 60] + lens.swayed(t_s)[:, 2] - [80, 60] for t_s in np.arange(0, 60, 0.1)])
    assert 2.0 < shifts[:, 0].std() < 7.0
    assert np.abs(shifts.mean(axis=0)).max() < 1.5, "about where it was put"
    dot = GREY.copy()
    dot[58:63, 78:83] = 255
    rows, columns = np.nonzero(lens.take(7.0, dot)[..., 0] > 180)
    expected = lens.swayed(7.0)[:, :2] @ [80, 60] + lens.swayed(7.0)[:, 2]
    assert [columns.mean(), rows.mean()] == pytest.approx(expected, abs=0.7)
    assert np.array_equal(Lens(QUIET, SIZE, 60.0, 2).swayed(7.0), np.eye(2, 3))
