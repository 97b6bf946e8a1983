"""A pose model finds drawn bodies where they are: from every side, large and small."""

from __future__ import annotations

import numpy as np
import pytest

from models.blazepose import BlazePose
from models.pose import Region
from simulators.body import Joint
from simulators.camera_conditions import CameraConditions
from simulators.exercising_body import Exercise
from simulators.heat_film import HeatFilm
from simulators.skipping_style import Style

MODEL = BlazePose("lite")
PAIRS = (((11, 12), (Joint.SHOULDER_L, Joint.SHOULDER_R)), ((23, 24), (Joint.HIP_L, Joint.HIP_R)))


@pytest.mark.parametrize("body_px", [90, 200])
@pytest.mark.parametrize("heading_rad", [0.0, 0.8, 1.57])
@pytest.mark.parametrize("what", [Style.SINGLE_BOUNCE, Style.ALTERNATE_FEET, Exercise.SQUATS])
def test_the_torso_is_found_within_a_tenth_of_its_length(what: Style | Exercise, heading_rad: float, body_px: int) -> None:
    film = HeatFilm.of_one(
        what, size=(round(1.3 * body_px), round(1.6 * body_px)), body_px=body_px, heading_rad=heading_rad, seconds=6, seed=2,
        conditions=CameraConditions(rate_hz=6),
    )  # fmt: skip
    found, off = 0, []
    shots = list(film.shots())
    for shot in shots:
        joints = shot.joints_px[0]
        hip = joints[[Joint.HIP_L, Joint.HIP_R]].mean(axis=0)
        torso_px = np.hypot(*(joints[[Joint.SHOULDER_L, Joint.SHOULDER_R]].mean(axis=0) - hip))
        pose = MODEL.pose(shot.picture, Region(hip[0], hip[1], 1.25 * body_px))
        if pose is not None:
            found += 1
            off += [np.hypot(*(pose.xy_px[list(a)].mean(axis=0) - joints[list(b)].mean(axis=0))) / torso_px for a, b in PAIRS]
    assert found >= 0.95 * len(shots)
    assert np.median(off) < 0.1
