"""Who leaves does so smoothly, and is gone."""

from __future__ import annotations

import numpy as np

from simulators.body import Joint
from simulators.exercising_body import Exercise, ExercisingBody
from simulators.leaving_body import LeavingBody


def test_first_as_before_then_away_without_a_jump() -> None:
    first = ExercisingBody(Exercise.STANDING, 12.0, 1)
    body = LeavingBody(first, 5.0, np.pi / 2, 1)
    t_s = np.arange(0.0, 10.0, 0.01)
    course = body.joints(t_s)
    np.testing.assert_allclose(course[:499], first.joints(t_s[:499]))
    assert np.abs(np.diff(course[:, Joint.HIP_L], axis=0)).max() / 0.01 < 3.0
    assert course[-1, Joint.HIP_L, 0] > 3.0
    assert body.rope(t_s) is None
