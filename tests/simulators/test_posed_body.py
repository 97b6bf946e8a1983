"""A posture and its body agree."""

from __future__ import annotations

import pytest

from simulators.body import Build, Joint
from simulators.posed_body import posed
from simulators.pupil import Posture

BUILD = Build(1.5)


def test_a_body_in_the_air_has_its_feet_up_and_one_that_crouches_its_hips_down() -> None:
    stands, _ = posed(Posture(0.0, 0.0, 0.0, skipping=False), BUILD)
    flies, _ = posed(Posture(0.3, 0.0, 0.0, skipping=True), BUILD)
    crouches, rope = posed(Posture(0.0, 0.12, 3.14, skipping=True), BUILD)
    assert flies[Joint.TOE_L, 2] == pytest.approx(0.3 * BUILD.torso_m, abs=0.01)
    assert crouches[Joint.HIP_L, 2] < stands[Joint.HIP_L, 2] - 0.03
    assert crouches[Joint.TOE_L, 2] == pytest.approx(0.0, abs=1e-6)
    assert rope[:, 2].max() > crouches[Joint.HEAD, 2], "half a turn on, the rope is over the head"
