"""Drawn films of a gate through the whole way: background, bodies, tracks, pose model, line."""

from typing import Any

import cv2
import numpy as np
import pytest

from edge.capture.finish_line import CATCH_UP, FinishLine, find_crossings
from edge.capture.still_background import StillBackground
from models.blazepose import BlazePose
from simulators.camera_conditions import CameraConditions
from simulators.gate_film import GateFilm, Runner, Thing

SIZE, RATE_HZ = (640, 360), 20.0
EARLY_S, LATE_S = 0.8, 1.2


@pytest.fixture(scope="module")
def model() -> Any:
    cv2.setNumThreads(1)
    return BlazePose("lite")


class NoModel:
    """Sees nobody, anywhere."""

    name = "none"

    def detect(self, _picture: Any) -> Any:
        return []

    def pose(self, _picture: Any, _region: Any) -> None:
        return None

    def close(self) -> None:
        pass


def film(runners: Any, things: Any = (), *, seconds: Any = 2.0, conditions: Any = None, **more: Any) -> Any:
    return GateFilm(
        runners, things, seconds=seconds, size=SIZE, conditions=conditions or CameraConditions(rate_hz=RATE_HZ), **more
    )  # fmt: skip


def frames(of: Any) -> Any:
    return [(round(t_s * 1e9), picture) for t_s, picture in of.shots()]


def check(of: Any, model: Any, *, within_s: Any = 0.06) -> Any:
    """Every true crossing found once, with its direction, and nothing else."""
    found = find_crossings(frames(of), of.line_px, model)
    told = [(c.direction, round(c.t_ns / 1e9, 2)) for c in found]
    assert len(found) == len(of.passings), told
    left = list(found)
    for passing in of.passings:
        way = "left_to_right" if passing.side > 0 else "right_to_left"
        near = [c for c in left if c.direction == way and abs(c.t_ns / 1e9 - passing.t_s) <= within_s]
        assert near, (passing, told)
        left.remove(near[0])
    return found


@pytest.mark.parametrize(
    "runner",
    [Runner(4.5, EARLY_S), Runner(3.0, LATE_S, to_right=False, lane_m=1.0, height_m=1.2), Runner(1.6, LATE_S, height_m=1.8)],
    ids=["runner", "child", "walker"],
)
def test_one_body_is_counted_from_the_first_pictures_on(model: Any, runner: Any) -> None:
    (crossing,) = check(film([runner]), model)
    assert 0 < crossing.confidence <= 1
    assert abs(crossing.along - film([runner]).passings[0].along) < 0.25


def test_who_comes_into_view_right_before_the_line_has_crossed_it(model: Any) -> None:
    """Seen well on this side of it in two pictures: the film begins with a runner half a metre before it."""
    check(film([Runner(4.0, 0.12)]), model, within_s=0.1)


def test_two_who_overlap_and_go_both_ways_with_shadows(model: Any) -> None:
    sunny = CameraConditions(rate_hz=RATE_HZ, cast_shadows=True)
    check(film([Runner(4, 1.2, lane_m=-0.2), Runner(4, 1.3, to_right=False, lane_m=1.2)], conditions=sunny), model, within_s=0.1)


def test_a_camera_that_sways_and_a_cloud_count_nobody_twice(model: Any) -> None:
    windy = CameraConditions(rate_hz=RATE_HZ, cast_shadows=True, sway_px=2.0)
    check(film([Runner(4, LATE_S)], conditions=windy, dims_s=0.8), model)


def test_somebody_who_stands_on_the_line_and_sways_is_not_counted(model: Any) -> None:
    check(film([Runner(0, 0, lane_m=1.6, sway_m=0.08), Runner(4, LATE_S, lane_m=-0.6)], seconds=2.2), model, within_s=0.1)
    check(film([Runner(0, 0, lane_m=0.2, sway_m=0.08)], seconds=3.0, seed=5), model)


def test_a_ball_and_a_dog_are_nobody(model: Any) -> None:
    check(film([Runner(4, 1.7)], [Thing("ball", 3, 0.5), Thing("dog", 3.5, 0.7, lane_m=0.8)], seconds=2.2), model)


@pytest.mark.parametrize(("lane_m", "pace_mps", "seed"), [(1.35, 2.83, 526), (1.93, 2.08, 547)])
def test_the_fore_half_of_a_dog_is_nobody(model: Any, lane_m: float, pace_mps: float, seed: int) -> None:
    """The pose model takes it for somebody on two legs, but does not see the legs of the body it imagines."""
    check(film([], [Thing("dog", pace_mps, 2.2, lane_m=lane_m)], seconds=3.5, seed=seed), model)


def test_what_the_pose_model_does_not_know_for_a_person_is_not_counted() -> None:
    of = film([Runner(4, LATE_S)])
    assert not find_crossings(frames(of), of.line_px, NoModel())


def test_once_the_background_is_known_a_crossing_is_told_at_once(model: Any) -> None:
    of = film([Runner(4, 3.4)], seconds=3.8)
    gate, told = FinishLine(of.line_px, model), []
    for t_ns, picture in frames(of):
        told += [(t_ns, crossing) for crossing in gate.look(t_ns, picture)]
    ((t_ns, crossing),) = told
    assert t_ns - crossing.t_ns <= 300_000_000


def test_while_the_first_seconds_are_caught_up_no_picture_waits_long(model: Any, monkeypatch: Any) -> None:
    """The background is known after 2 s; from then on every picture has three of those looked at that were kept, until none is."""
    of, looked_at, count = film([Runner(4, 0.8)], seconds=3.4), [], StillBackground.moving
    monkeypatch.setattr(StillBackground, "moving", lambda self, t_ns, picture: looked_at.append(t_ns) or count(self, t_ns, picture))
    gate, each = FinishLine(of.line_px, model), []
    for t_ns, picture in frames(of):
        before = len(looked_at)
        gate.look(t_ns, picture)
        each.append(len(looked_at) - before)
    assert max(each) == CATCH_UP
    assert each[-3:] == [1, 1, 1]
    assert looked_at == [t_ns for t_ns, _ in frames(of)], "each of them once, in their order"


def test_pictures_of_another_size_begin_anew(model: Any) -> None:
    gate = FinishLine((160, 100, 160, 200), model)
    for n in range(70):
        side = 240 if n < 50 else 120
        gate.look(n * 50_000_000, np.full((side, 2 * side, 3), 100, dtype=np.uint8))
    assert gate.flush() == []
