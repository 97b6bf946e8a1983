"""What following a pupil costs, part by part, in our ways and in MediaPipe's, on the same pictures."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from edge.bench.body_motions import OtherMotionTracker
from edge.bench.heats import RATE_HZ
from edge.bench.timed_model import TimedModel
from edge.counting.rope_pose import RopePoseCounter
from models.errors import ModelUnusable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    from edge.capture.body_motion import BodyMotion
    from edge.capture.stations import Square
    from edge.counting.samples import BodySample
    from models.pose import PoseModel

    Picture = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU milliseconds a pupil and picture of one run.

    Attributes:
        poses: key frames.
        motion: what carries the body between them, and all else of a tracker.
        around: whether there is one body or two, and looking for one that was lost.
        live: the live count.
        poses_hz: that were taken, a second and pupil.
    """

    poses: float
    motion: float
    around: float
    live: float
    poses_hz: float

    @property
    def all(self) -> float:
        """The whole."""
        return self.poses + self.motion + self.around + self.live


def tracked(
    model: PoseModel, pictures: Iterable[Picture], squares: Sequence[Square], motion: Callable[[], BodyMotion], pose_hz: float
) -> tuple[Cost, list[list[BodySample]]]:
    """Follow everybody, from the second picture on: finding them in the first one comes once.

    Args:
        pictures: at `RATE_HZ`; what it takes to make them is not counted.

    Returns:
        The cost, and the samples of each square.
    """
    timed = TimedModel(model)
    trackers = [OtherMotionTracker(motion, timed, square, pose_hz, n / len(squares)) for n, square in enumerate(squares)]
    counters = [RopePoseCounter() for _ in squares]
    samples: list[list[BodySample]] = [[] for _ in squares]
    track_s = live_s = 0.0
    before = (0.0, 0.0, 0)
    looked = 0
    for index, picture in enumerate(pictures):
        started = time.process_time()
        new = [tracker.track(round(index / RATE_HZ * 1e9), picture) for tracker in trackers]
        seen = time.process_time()
        for counter, sample, kept in zip(counters, new, samples, strict=True):
            counter.feed(sample)
            kept.append(sample)
        ended = time.process_time()
        if index:
            looked, track_s, live_s = looked + 1, track_s + seen - started, live_s + ended - seen
        else:
            before = (timed.pose_s, timed.detect_s, timed.poses)
    looks = max(1, looked) * len(squares)
    pose_s, detect_s = timed.pose_s - before[0], timed.detect_s - before[1]
    ms = 1e3 / looks
    poses_hz = (timed.poses - before[2]) / looks * RATE_HZ
    return Cost(pose_s * ms, (track_s - pose_s - detect_s) * ms, detect_s * ms, live_s * ms, poses_hz), samples


def mediapipe_video(pictures: Sequence[Picture], square: Square | None, poses: int) -> tuple[float, float]:
    """MediaPipe's own way, as its documentation does it: PoseLandmarker lite in VIDEO mode.

    Args:
        square: the part of the picture that it is given; `None` for the whole.
        poses: how many it is asked for.

    Returns:
        CPU milliseconds a pupil that was asked for and picture, and how many were found in the mean.

    Raises:
        ModelUnusable: the extra is not installed.
    """
    try:
        import mediapipe
        from mediapipe.tasks.python import BaseOptions, vision

        from models.mediapipe_pose import task_bundle
    except ImportError as exc:
        raise ModelUnusable(f"MediaPipe is not in the table: it cannot be loaded ({exc})") from exc
    options = vision.PoseLandmarkerOptions(
        base_options=BaseOptions(model_asset_buffer=task_bundle("lite")), running_mode=vision.RunningMode.VIDEO, num_poses=poses
    )
    part = (slice(square.y, square.y + square.height), slice(square.x, square.x + square.width)) if square else (slice(None),) * 2
    ready = [np.ascontiguousarray(picture[part][:, :, ::-1]) for picture in pictures]
    found = []
    started = 0.0
    with vision.PoseLandmarker.create_from_options(options) as landmarker:
        for index, rgb in enumerate(ready):
            if index == 1:
                started = time.process_time()
            image = mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=rgb)
            found.append(len(landmarker.detect_for_video(image, round(index / RATE_HZ * 1e3)).pose_landmarks))
        cpu_s = time.process_time() - started
    return cpu_s * 1e3 / (len(ready) - 1) / poses, float(np.mean(found[1:]))


def cpu_ms(call: Callable[[], Any], times: int) -> float:
    """CPU milliseconds a call, after a first one that is not counted."""
    call()
    started = time.process_time()
    for _ in range(times):
        call()
    return (time.process_time() - started) * 1e3 / times
