"""One square in a picture becomes samples of one pupil."""

from __future__ import annotations

import functools

import cv2
import numpy as np
import pytest

from edge.bench.timed_model import TimedModel
from edge.capture.find_bodies import find_bodies
from edge.capture.stations import Square, StationTracker
from edge.counting.rope_pose import count_official
from models.blazepose import BlazePose
from simulators.camera import Scene
from simulators.pupil import Ability, attempt

pytestmark = pytest.mark.timeout(240)
STEADY = Ability(cadence_per_min=130, trips_per_min=0, fatigue_per_min=0)


@functools.cache
def model() -> BlazePose:
    cv2.setNumThreads(1)
    return BlazePose("lite")


def film(scene: Scene, duration_s: float, *, present: float = 1e9, rate_hz: float = 30.0):  # type: ignore[no-untyped-def] # noqa: ANN201
    skips = attempt(STEADY, duration_s - 1.0, 5)
    for index in range(int(duration_s * rate_hz)):
        t_s = index / rate_hz
        yield round(t_s * 1e9), scene.render([skips.posture(t_s) if t_s < present else None])


def test_a_pupil_in_a_square_is_counted_whatever_the_placing_of_the_key_frames() -> None:
    scene = Scene(1, (480, 480))
    pictures = list(film(scene, 9.0))
    truth = attempt(STEADY, 8.0, 5).skips_until(9.0)
    for phase in (0.0, 0.35, 0.7):
        tracker = StationTracker(model(), Square(*scene.squares[0]), phase=phase)
        assert count_official([tracker.track(*one) for one in pictures]).count == pytest.approx(truth, abs=1)


def test_key_frames_carry_the_pose_in_pixels_of_the_whole_picture() -> None:
    scene = Scene(2, (960, 480))
    square = Square(*scene.squares[1])
    tracker = StationTracker(model(), square)
    sample = tracker.track(0, scene.render([None, attempt(STEADY, 5.0, 1).posture(0.0)]))
    assert sample.key
    assert sample.pose_px is not None
    assert square.x < sample.pose_px[:, 0].mean() < square.x + square.width


def test_who_leaves_the_square_is_noticed() -> None:
    scene = Scene(1, (480, 480))
    tracker = StationTracker(model(), Square(*scene.squares[0]))
    samples = [tracker.track(*one) for one in film(scene, 6.0, present=3.0)]
    assert all(sample.present for sample in samples[15:85])
    assert not any(sample.present for sample in samples[130:])


def test_two_bodies_in_one_square_are_said() -> None:
    scene = Scene(2, (720, 480))
    whole = Square(0, 0, 720, 480)
    tracker = StationTracker(model(), whole)
    pupil = attempt(STEADY, 8.0, 5)
    said = [tracker.track(round(i / 30 * 1e9), scene.render([pupil.posture(i / 30)] * 2)).bodies for i in range(90)]
    assert said[-1] == 2


def test_a_square_in_which_nothing_changes_is_searched_seldom_until_somebody_comes() -> None:
    scene, engine = Scene(2, (720, 480)), TimedModel(model())
    tracker = StationTracker(engine, Square(0, 0, 720, 480))
    standing = attempt(STEADY, 8.0, 5).posture(0.0)
    alone, both = scene.render([standing, None]), scene.render([standing, standing])
    said = [tracker.track(third * 333_000_000, alone).bodies for third in range(54)]
    assert set(said) == {1}
    assert engine.detections < 5
    said = [tracker.track(third * 333_000_000, both).bodies for third in range(54, 84)]
    assert said[-1] == 2


def test_a_small_body_in_a_large_picture_is_found() -> None:
    small = cv2.resize(next(film(Scene(1, (480, 480)), 1.0))[1], (170, 170), interpolation=cv2.INTER_AREA)
    picture = np.full((720, 1280, 3), 120, dtype=np.uint8)
    picture[400:570, 900:1070] = small
    assert model().detect(picture) == []
    found = find_bodies(model(), picture)
    assert found
    assert abs(found[0].center_x - 985) < 60


def test_the_pose_rate_can_be_changed_while_it_runs() -> None:
    scene = Scene(1, (480, 480))
    pictures = list(film(scene, 8.0))
    tracker = StationTracker(model(), Square(*scene.squares[0]), pose_hz=5.0)
    first = sum(tracker.track(*one).key for one in pictures[:120])
    tracker.pose_hz = 1.5
    second = sum(tracker.track(*one).key for one in pictures[120:])
    assert second < 0.5 * first
