"""A heat on film: truth and picture agree, squares hold their pupils, and each condition is seen."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest

from simulators.body import Joint
from simulators.camera_conditions import CameraConditions
from simulators.exercising_body import Exercise
from simulators.heat_film import HeatFilm
from simulators.skipping_style import Style

if TYPE_CHECKING:
    from pathlib import Path

TEN = [*Style, Exercise.JUMPING_JACKS, Exercise.SQUATS, None]


def small(**others: Any) -> HeatFilm:
    return HeatFilm.of_one(Style.SINGLE_BOUNCE, **{"size": (120, 150), "body_px": 90.0, "seconds": 6.0, **others})


def shown(film: HeatFilm, at_s: float) -> np.ndarray:
    return next(shot.picture for shot in film.shots() if shot.t_s >= at_s)


@pytest.mark.parametrize("heading_rad", [0.0, 0.8, 1.57, 3.14])
def test_ten_squares_hold_their_pupils(heading_rad: float) -> None:
    film = HeatFilm(TEN, seconds=6, seed=2, heading_rad=heading_rad, size=(960, 540), conditions=CameraConditions(rate_hz=5))
    assert [truth.doing for truth in film.truths] == [*Style, "jumping-jacks", "squats", ""]
    assert [bool(truth.skips) for truth in film.truths] == [True] * 6 + [False] * 4
    trunk = [Joint.SHOULDER_L, Joint.SHOULDER_R, Joint.HIP_L, Joint.HIP_R, Joint.ANKLE_L, Joint.ANKLE_R]
    for shot in film.shots():
        assert shot.picture.shape == (540, 960, 3)
        assert np.isnan(shot.joints_px[9]).all()
        for number, (x, y, width, height) in enumerate(film.squares[:9]):
            middle = shot.joints_px[number, trunk].mean(axis=0)
            far = 0.3 if film.doing[number] is Style.RUN else 0.0
            assert x - far * width - 60 * far < middle[0] < x + width + far * width + 60 * far
            assert y < shot.joints_px[number, Joint.HEAD, 1] < shot.joints_px[number, Joint.ANKLE_L, 1] < y + height


def test_two_rows_stand_behind_each_other() -> None:
    film = HeatFilm([Style.SINGLE_BOUNCE] * 10, rows=2, camera_height_m=2.6)
    assert len(film.squares) == 10
    near, far = film.squares[0], film.squares[5]
    assert near[1] + near[3] > far[1] + far[3]
    assert near[2] > far[2]


def test_the_picture_goes_up_and_down_with_the_truth() -> None:
    film = small(conditions=CameraConditions(rate_hz=60, noise=0.0))
    empty = HeatFilm([None], view=film.view, seed=film.seed, conditions=CameraConditions(noise=0.0))
    background = next(empty.shots()).picture.astype(int)
    seen, true = [], []
    for shot in film.shots():
        rows, _ = np.nonzero(np.abs(shot.picture[:, 45:75].astype(int) - background[:, 45:75]).sum(axis=2) > 60)
        seen.append(np.median(rows))
        true.append(shot.joints_px[0, [Joint.HIP_L, Joint.HIP_R], 1].mean())
    assert np.corrcoef(seen, true)[0, 1] > 0.6


def test_the_same_seed_gives_the_same_film_and_another_another() -> None:
    a, b, c = (shown(small(seed=seed), 2.0) for seed in (4, 4, 5))
    assert np.array_equal(a, b)
    assert not np.array_equal(a, c)


def test_truth_tells_who_skipped_how_often_and_not_after_the_end() -> None:
    film = HeatFilm([Style.DOUBLE_UNDER, Style.SIDE_SWING], seconds=20)
    double, swing = film.truths
    assert double.skips == len(double.landings_s) == len(double.turns_s) / 2 > 10
    assert swing.skips == 0 < len(swing.hops_s)
    assert max(double.landings_s) < 18.0
    assert film.attempts[0] is not None
    assert film.attempts[0].landings_s == double.landings_s, "a band is simulated from the same truth"


def test_people_behind_passers_and_companions_are_in_the_picture_and_no_pupils() -> None:
    alone = HeatFilm([None, None], seconds=10, size=(320, 180), seed=3, conditions=CameraConditions(noise=0.0, rate_hz=4))
    for condition in ({"behind": 3}, {"passers": 1}):
        film = HeatFilm(
            [None, None], seconds=10, size=(320, 180), seed=3, conditions=CameraConditions(noise=0.0, rate_hz=4, **condition)
        )
        changed = [not np.array_equal(a.picture, b.picture) for a, b in zip(alone.shots(), film.shots(), strict=True)]
        assert any(changed)
        assert [truth.skips for truth in film.truths] == [0, 0]
    pair = HeatFilm([Style.SINGLE_BOUNCE] * 2, seconds=10, size=(320, 180), conditions=CameraConditions(companions=1))
    assert sum(truth.companion for truth in pair.truths) == 1


def test_truth_tells_when_somebody_walks_through_each_square() -> None:
    quiet = CameraConditions(noise=0.0, rate_hz=5)
    film = HeatFilm([None] * 3, seconds=10, size=(320, 180), seed=3, conditions=replace(quiet, passers=1))
    empty = shown(HeatFilm([None] * 3, seconds=10, size=(320, 180), seed=3, conditions=quiet), 0.0)
    shots = list(film.shots())
    for (x, y, width, height), truth in zip(film.squares, film.truths, strict=True):
        (passed_s,) = truth.passed_s
        middle = (slice(y, y + height), slice(x + width // 3, x + 2 * width // 3))
        seen = [np.abs(shot.picture[middle].astype(int) - empty[middle]).mean() for shot in shots]
        there = np.average([shot.t_s for shot in shots], weights=seen)
        assert there == pytest.approx(passed_s, abs=0.4)


def test_who_leaves_is_out_of_the_square_and_has_no_skips_any_more() -> None:
    film = HeatFilm([Style.SINGLE_BOUNCE] * 2, seconds=12, size=(320, 180), conditions=CameraConditions(leavers=1, rate_hz=5))
    (gone,) = (n for n, truth in enumerate(film.truths) if truth.leaves_s is not None)
    last = list(film.shots())[-1]
    x, _, width, _ = film.squares[gone]
    assert not x < last.joints_px[gone, Joint.HIP_L, 0] < x + width
    assert max(film.truths[gone].landings_s) < (film.truths[gone].leaves_s or 0)


def test_an_open_shutter_blurs_what_moves_and_leaves_the_field_sharp() -> None:
    films = [
        HeatFilm.of_one(
            Style.DOUBLE_UNDER,
            size=(160, 200),
            body_px=120,
            seconds=6,
            conditions=CameraConditions(noise=0.0, exposure_s=exposure_s),
        )
        for exposure_s in (0.0, 0.03)
    ]
    at_s = films[0].truths[0].landings_s[2] - 0.08
    sharp, blurred = (shown(film, at_s) for film in films)
    detail = [cv2.Laplacian(picture[:, 60:100], cv2.CV_64F).std() for picture in (sharp, blurred)]
    assert detail[1] < 0.95 * detail[0]
    assert np.array_equal(sharp[:, :20], blurred[:, :20])


def test_a_crowded_row_has_arms_and_ropes_in_the_next_square() -> None:
    film = HeatFilm([Style.SINGLE_BOUNCE] * 3, seconds=6, gap_m=-0.4, height_m=1.7, conditions=CameraConditions(rate_hz=5))
    x, _, width, _ = film.squares[1]
    reach = [shot.joints_px[0, :, 0].max() for shot in film.shots()]
    assert max(reach) > x
    assert x < film.squares[0][0] + film.squares[0][2] < x + width


def test_clip_and_truth_are_written_side_by_side(tmp_path: Path) -> None:
    film = small(conditions=CameraConditions(uneven=0.2, dropped=0.1, rate_hz=12))
    film.write(tmp_path / "heat.avi")
    told = json.loads((tmp_path / "heat.json").read_text())
    clip = cv2.VideoCapture(str(tmp_path / "heat.avi"))
    assert int(clip.get(cv2.CAP_PROP_FRAME_COUNT)) == len(told["frames_s"])
    assert clip.get(cv2.CAP_PROP_FPS) == pytest.approx(12)
    (pupil,) = told["pupils"]
    assert pupil["doing"] == "single-bounce"
    assert pupil["skips"] == len(pupil["landings_s"]) == film.truths[0].skips
    assert pupil["square_px"] == list(film.squares[0])
    assert told["conditions"]["uneven"] == 0.2
    with pytest.raises(OSError, match="cannot be written"):
        film.write(tmp_path / "no" / "such" / "folder.avi")
