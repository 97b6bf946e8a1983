"""Courses that can be asked for any moment."""

from __future__ import annotations

import numpy as np

from simulators.smooth import Wandering, eased


def test_a_course_goes_through_its_points_slowly() -> None:
    assert eased(np.array([-1.0, 0.0, 0.5, 1.0, 9.0]), [0.0, 1.0], [2.0, 4.0]).tolist() == [2.0, 2.0, 3.0, 4.0, 4.0]


def test_wandering_is_smooth_of_about_unit_spread_and_its_own() -> None:
    t_s = np.linspace(0.0, 300.0, 3000)
    course = Wandering(np.random.default_rng(1), 300.0, 1.0).at(t_s)
    assert 0.6 < course.std() < 1.5
    assert np.abs(np.diff(course)).max() < 1.0
    assert not np.array_equal(course, Wandering(np.random.default_rng(2), 300.0, 1.0).at(t_s))
