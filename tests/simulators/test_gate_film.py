"""A drawn gate: who is over the line when it is said so, and who only stands there is over it never."""

import numpy as np

from simulators.camera_conditions import CameraConditions
from simulators.gate_film import GateFilm, Runner

SMALL = {"size": (320, 180), "conditions": CameraConditions(rate_hz=10.0, noise=0.0)}


def test_a_runner_is_in_the_middle_of_the_picture_at_the_told_time() -> None:
    film = GateFilm([Runner(4.0, 1.0)], seconds=1.5, **SMALL)
    (passing,) = film.passings
    shots = list(film.shots())
    empty = np.median([picture for _, picture in shots], axis=0)
    over = min(shots, key=lambda shot: abs(shot[0] - passing.t_s))[1]
    columns = np.flatnonzero((np.abs(over - empty).max(axis=2) > 40).sum(axis=0) > 8)
    assert abs(columns.mean() - film.line_px[0]) < 12
    assert passing.side == 1


def test_who_stands_on_the_line_does_not_pass_and_who_goes_left_is_told_so() -> None:
    film = GateFilm([Runner(0.0, 0.0, sway_m=0.1), Runner(2.0, 1.0, to_right=False)], seconds=2.0, **SMALL)
    assert [(passing.runner, passing.side) for passing in film.passings] == [(1, -1)]


def test_the_same_seed_gives_the_same_film() -> None:
    one, other = (next(iter(GateFilm([Runner()], seconds=0.2, seed=4, **SMALL).shots()))[1] for _ in range(2))
    assert np.array_equal(one, other)
