"""`touchline bench vision`: what a pupil on a square costs, beside MediaPipe and beside a landmark in every picture, in one run."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from edge.bench.figure import figure
from edge.bench.recordings import rope_on_video
from edge.capture.stations import Square, StationTracker
from edge.counting.rope_pose import RopePoseCounter, count_official
from edge.recordings.video_file import VideoFile
from models.blazepose import BlazePose
from models.errors import ModelUnusable
from models.pose import Region

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from edge.bench.figure import Figure

RUNS = 3
PICTURES = 60
RATE_HZ = 30.0
STATIONS = 4


def run(data: Path | None, notes: list[str] | None = None) -> list[Figure]:
    """CPU time on one thread, and counts on real clips where they are given."""
    del notes
    cv2.setNumThreads(1)
    pictures, squares, jpeg = _pictures()
    lite, full = BlazePose("lite"), BlazePose("full")
    region = Region(squares[0].x + squares[0].width / 2, squares[0].y + squares[0].height / 2, float(squares[0].height))
    nets: dict[str, Callable[[], Any]] = {
        "lite": lambda: lite.pose(pictures[0], region),
        "full": lambda: full.pose(pictures[0], region),
        "detector": lambda: lite.detect(pictures[0]),
        "decode": lambda: cv2.imdecode(jpeg, cv2.IMREAD_COLOR),
    }
    once = {name: [_ms(call, 20) for _ in range(RUNS)] for name, call in nets.items()}
    ours: list[float] = []
    every: list[float] = []
    mediapipe: list[float] = []
    for _ in range(RUNS):
        ours.append(_tracked(lite, pictures, squares, pose_hz=5.0))
        every.append(_tracked(lite, pictures, squares, pose_hz=1_000.0))
        mediapipe += _mediapipe(pictures, squares)
    beside = {"a landmark in every picture, ours": every, "MediaPipe PoseLandmarker VIDEO lite, one pose": mediapipe}
    figures = [
        figure("CPU a pupil and picture, decode apart", ours, "ms", goal=1.0, beside=beside),
        figure("landmarks lite, one body", once["lite"], "ms", goal=4.0, beside={"full": once["full"]}),
        figure("detector, one picture", once["detector"], "ms"),
        figure("JPEG decode 1280x720", once["decode"], "ms"),
        figure(
            "ten stations at 30 a second, share of one core", [value * 10 * RATE_HZ / 1e3 for value in ours], "share", goal=0.33
        ),
    ]
    return figures + (_accuracy(data, lite) if data else [])


def _accuracy(data: Path, model: BlazePose) -> list[Figure]:
    right = {"official": 0, "live": 0}
    wrong = {"official": 0, "live": 0}
    recordings = rope_on_video(data)
    for recording in recordings:
        tracker, counter = StationTracker(model), RopePoseCounter()
        samples = [tracker.track(frame.t_ns, frame.picture) for frame in VideoFile(recording.file)]
        live = sum(len(counter.feed(sample)) for sample in samples) + len(counter.flush())
        for name, got in (("official", count_official(samples).count), ("live", live)):
            right[name] += recording.low <= got <= recording.high
            wrong[name] += abs(got - recording.truth)
    total = sum(recording.truth for recording in recordings)
    figures = []
    for name, share, off in (("official", 1.0, 0.01), ("live", 0.85, 0.02)):
        within = figure(f"{name} within tolerance, real clips", [right[name] / len(recordings)], "share", goal=share, better="more")
        figures += [within, figure(f"{name} skips wrong, real clips", [wrong[name] / total], "share", goal=off)]
    return figures


def _pictures() -> tuple[list[NDArray[np.uint8]], list[Square], NDArray[np.uint8]]:
    from simulators.camera import Scene
    from simulators.pupil import Ability, attempt

    scene = Scene(STATIONS)
    attempts = [attempt(Ability(cadence_per_min=110 + 20 * n), 10.0, n) for n in range(STATIONS)]
    pictures = [scene.render([a.posture(2.0 + i / RATE_HZ) for a in attempts]) for i in range(PICTURES)]
    jpeg = np.asarray(cv2.imencode(".jpg", pictures[0])[1], dtype=np.uint8)
    return pictures, [Square(*square) for square in scene.squares], jpeg


def _tracked(model: BlazePose, pictures: list[NDArray[np.uint8]], squares: list[Square], *, pose_hz: float) -> float:
    trackers = [StationTracker(model, square, pose_hz) for square in squares]
    for tracker in trackers:
        tracker.track(0, pictures[0])
    started = time.process_time()
    for index, picture in enumerate(pictures[1:], 1):
        for tracker in trackers:
            tracker.track(round(index / RATE_HZ * 1e9), picture)
    return (time.process_time() - started) * 1e3 / (len(pictures) - 1) / len(squares)


def _mediapipe(pictures: list[NDArray[np.uint8]], squares: list[Square]) -> list[float]:
    """One pupil in one square, as its own documentation does it; nothing where the extra is not installed."""
    try:
        import mediapipe
        from mediapipe.tasks.python import BaseOptions, vision

        from models.mediapipe_pose import task_bundle

        options = vision.PoseLandmarkerOptions(
            base_options=BaseOptions(model_asset_buffer=task_bundle("lite")), running_mode=vision.RunningMode.VIDEO, num_poses=1
        )
    except (ImportError, ModelUnusable):
        return []
    square = squares[0]
    with vision.PoseLandmarker.create_from_options(options) as landmarker:
        parts = [np.ascontiguousarray(p[:, square.x : square.x + square.width, ::-1]) for p in pictures]
        started = 0.0
        for index, part in enumerate(parts):
            if index == 1:
                started = time.process_time()
            image = mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=part)
            landmarker.detect_for_video(image, round(index / RATE_HZ * 1e3))
        return [(time.process_time() - started) * 1e3 / (len(parts) - 1)]


def _ms(call: Callable[[], Any], times: int) -> float:
    call()
    started = time.process_time()
    for _ in range(times):
        call()
    return (time.process_time() - started) * 1e3 / times
