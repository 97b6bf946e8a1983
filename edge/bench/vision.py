"""`touchline bench vision`: pupils on squares, ours beside others, what they cost and what they count, in one run."""

from __future__ import annotations

import statistics
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import cv2
import numpy as np

from edge.bench.body_motions import MOTIONS, LandmarksAlone
from edge.bench.clips import EVERY_PICTURE_HZ, Clips, Setting, follow
from edge.bench.figure import Place, figure
from edge.bench.heats import RATE_HZ, STATIONS, heat_of_four, squares_of, write_heat
from edge.bench.live_heat import live_heat
from edge.bench.progress import stages
from edge.bench.vision_cost import cpu_ms, mediapipe_video, tracked
from edge.capture.body_motion import BodyMotion
from edge.counting.rope_pose import count_official
from edge.recordings.video_file import VideoFile
from edge.settings import CameraSettings
from models.blazepose import BlazePose
from models.errors import ModelUnusable
from models.pose import Region

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from edge.bench.clips import Followed
    from edge.bench.figure import Better, Figure
    from edge.capture.stations import Square
    from edge.counting.samples import BodySample
    from models.pose import PoseModel
    from simulators.heat_film import HeatFilm

RUNS: Final = 3
PICTURES: Final = 300
"""Ten seconds, so that poses have time to become fewer; a heat lasts thirty."""
PEER_PICTURES: Final = 90
HEAT_S: Final = 12.0
LIVE_S: Final = 20.0
"""At 30 pictures a second and ten stations: six thousand samples, so that one in a hundred means something."""
PLACINGS: Final = 4
OTHERS_PLACINGS: Final = 2
"""Of the key frames, on real clips, for what only stands beside ours."""
OURS: Final = "touchline"
POSE_HZ: Final = float(CameraSettings.model_fields["pose_hz"].default)
COST_MS: Final = 1.0
TEN_SHARE: Final = 0.33
LATE_MS: Final = 100.0
RSS_MB: Final = 350.0
WITHIN: Final = {"official": 1.0, "live": 0.85}
WRONG: Final = {"official": 0.01, "live": 0.02}


@dataclass(frozen=True, slots=True)
class _Way:
    """A way to follow a body: engine, motion, key frames a second."""

    engine: str
    motion: Callable[[], BodyMotion]
    pose_hz: float


WAYS: Final = {
    OURS: _Way("onnxruntime:lite", BodyMotion, POSE_HZ),
    **{name: _Way("onnxruntime:lite", motion, POSE_HZ) for name, motion in MOTIONS.items()},
    "landmarks, lite": _Way("onnxruntime:lite", LandmarksAlone, EVERY_PICTURE_HZ),
    "landmarks, full": _Way("onnxruntime:full", LandmarksAlone, EVERY_PICTURE_HZ),
}
"""Ours first. `landmarks` are a pose in every picture and no image motion."""


def run(data: Path | None, notes: list[str] | None = None) -> list[Figure]:
    """What following costs, what it counts on real clips where they are given, and a heat of ten.

    Args:
        data: folder with real recordings; without it nothing is said of accuracy.
        notes: takes a line for each peer that could not be asked, and what a table cannot say.
    """
    told = [] if notes is None else notes
    cv2.setNumThreads(1)
    clips = None if data is None else Clips.of(data)
    models: dict[str, PoseModel] = {"onnxruntime:lite": BlazePose("lite"), "onnxruntime:full": BlazePose("full")}
    with stages(4 + (len(clips.all) if clips else 0)) as begin, tempfile.TemporaryDirectory() as folder:
        begin("cost")
        pictures, squares = heat_of_four(PICTURES)
        figures = [*_costs(models, pictures, squares, told), *_parts(models, pictures, squares)]
        begin("a heat of ten is drawn")
        clip = Path(folder) / "heat.avi"
        film = write_heat(clip, HEAT_S)
        begin("a heat of ten")
        figures += _ten(models["onnxruntime:lite"], clip, film)
        begin("a heat of ten, live")
        figures += _live(clip, squares_of(film), told)
        if clips is None:
            told.append("no real recordings: nothing is said of accuracy (give their folder with --data)")
        else:
            figures += _accuracy(clips, models, begin)
    return figures


def _costs(
    models: Mapping[str, PoseModel], pictures: Sequence[NDArray[np.uint8]], squares: Sequence[Square], notes: list[str]
) -> list[Figure]:
    table = f"CPU a pupil and picture, decode apart: {len(squares)} pupils in 1280x720, ms"
    figures = []
    costs = {
        name: [tracked(models[way.engine], pictures, squares, way.motion, way.pose_hz)[0] for _ in range(RUNS)]
        for name, way in WAYS.items()
    }
    video = _mediapipe(pictures[:PEER_PICTURES], squares, notes)
    for name, runs in costs.items():
        for row in ("all", "poses", "motion", "around", "live"):
            values = [float(getattr(cost, row)) for cost in runs]
            ours = row == "all" and name == OURS
            figures.append(
                figure(
                    f"CPU a pupil and picture, {row}, {name}", values, "ms", goal=COST_MS if ours else None,
                    beside=video if ours else None, place=Place(table, ROWS[row], name),
                )
            )  # fmt: skip
    return figures


ROWS: Final = {
    "all": "all", "poses": "poses", "motion": "motion between", "around": "looking around", "live": "live count",
}  # fmt: skip


def _mediapipe(
    pictures: Sequence[NDArray[np.uint8]], squares: Sequence[Square], notes: list[str]
) -> dict[str, list[float]]:  # fmt: skip
    """PoseLandmarker lite, VIDEO: one pupil in its square, and the whole picture with everybody."""
    asked: dict[str, tuple[Square | None, int]] = {
        "MediaPipe, one": (squares[0], 1),
        f"MediaPipe, {len(squares)}": (None, len(squares)),
    }
    beside: dict[str, list[float]] = {}
    for name, (square, poses) in asked.items():
        try:
            runs = [mediapipe_video(pictures, square, poses) for _ in range(RUNS)]
        except ModelUnusable as exc:
            notes.append(str(exc))
            continue
        beside[name] = [ms for ms, _ in runs]
        found = statistics.median(found for _, found in runs)
        if found < poses - 0.05:
            notes.append(f"{name}: asked for {poses} it found {found:.2g} in the mean of the pictures")
    return beside


def _parts(models: Mapping[str, PoseModel], pictures: Sequence[NDArray[np.uint8]], squares: Sequence[Square]) -> list[Figure]:
    """The dear parts, one call each."""
    lite, full = models["onnxruntime:lite"], models["onnxruntime:full"]
    square = squares[0]
    part = pictures[0][square.y : square.y + square.height, square.x : square.x + square.width]
    region = (lite.detect(part) or [Region(square.width / 2, square.height / 2, float(square.height))])[0]
    jpegs = [np.asarray(cv2.imencode(".jpg", p)[1], dtype=np.uint8) for p in (pictures[0], cv2.resize(pictures[0], (1920, 1080)))]
    motion = BodyMotion()
    pose = lite.pose(part, region)
    if pose is not None:
        motion.seed(part, pose)
    calls: dict[str, Callable[[], Any]] = {
        "landmarks lite, one body": lambda: lite.pose(part, region),
        "landmarks full, one body": lambda: full.pose(part, region),
        "detector, one square": lambda: lite.detect(part),
        "Lucas-Kanade alone, one body": lambda: motion.step(part),
        "decode of a JPEG picture, 1280x720": lambda: cv2.imdecode(jpegs[0], cv2.IMREAD_COLOR),
        "decode of a JPEG picture, 1920x1080": lambda: cv2.imdecode(jpegs[1], cv2.IMREAD_COLOR),
    }
    return [figure(name, [cpu_ms(call, 20) for _ in range(RUNS)], "ms") for name, call in calls.items()]


def _ten(model: PoseModel, clip: Path, film: HeatFilm) -> list[Figure]:
    """Ten stations on one thread; the pictures are unpacked outside of what is timed."""
    costs = []
    samples: list[list[BodySample]] = []
    for _ in range(RUNS):
        cost, samples = tracked(model, (frame.picture for frame in VideoFile(clip)), squares_of(film), BodyMotion, POSE_HZ)
        costs.append(cost)
    ten = f"{STATIONS} stations at {RATE_HZ:g} a second"
    wrong = sum(abs(count_official(own).count - truth.skips) for own, truth in zip(samples, film.truths, strict=True))
    return [
        figure(
            f"{ten}, share of one core, decode apart", [c.all * STATIONS * RATE_HZ / 1e3 for c in costs], "share", goal=TEN_SHARE
        ),
        figure(f"{ten}, CPU a pupil and picture", [c.all for c in costs], "ms", goal=COST_MS),
        figure(f"{ten}, poses a second and pupil", [c.poses_hz for c in costs], "1/s"),
        figure(f"{ten}, simulated skips wrong, official", [wrong / sum(t.skips for t in film.truths)], "share"),
    ]


def _live(clip: Path, squares: Sequence[Square], notes: list[str]) -> list[Figure]:
    """The same through a camera, at its pace, in a process of its own."""
    runs = [live_heat(clip, squares, LIVE_S) for _ in range(RUNS)]
    shed = [run.load for run in runs if run.load != "full"]
    if shed:
        notes.append(f"{STATIONS} stations live: this computer was too busy in {len(shed)} of {RUNS} runs ({', '.join(shed)})")
    live = f"{STATIONS} stations live"
    figures = [
        figure(f"{live}, picture to live count, half of the samples", [run.late_ms[0] for run in runs], "ms"),
        figure(f"{live}, picture to live count, 99 of 100 samples", [run.late_ms[1] for run in runs], "ms", goal=LATE_MS),
        figure(f"{live}, share of one core, decode and all", [run.share_of_core for run in runs], "share"),
        figure(f"{live}, pictures looked at a second", [run.pictures_hz for run in runs], "1/s", better="more"),
    ]
    rss = [run.rss_mb for run in runs if run.rss_mb is not None]
    return [*figures, figure(f"{live}, memory", rss, "MB", goal=RSS_MB)] if rss else figures


def _accuracy(clips: Clips, models: Mapping[str, PoseModel], begin: Callable[[str], None]) -> list[Figure]:
    """The same ways on real clips; median and spread of the placings of the key frames."""
    asked = [(name, number / _placings(name)) for name in WAYS for number in range(_placings(name))]
    settings = [Setting(WAYS[name].engine, WAYS[name].pose_hz, phase, WAYS[name].motion) for name, phase in asked]
    results = list(zip((name for name, _ in asked), follow(clips, settings, models, begin), strict=True))
    table = f"Skips on {len(clips.rope)} real clips with {clips.skips}, and false ones on {len(clips.quiet)} without a rope"
    figures: list[Figure] = []
    for name in WAYS:
        runs = [result for own, result in results if own == name]
        for kind in ("official", "live"):
            figures += _counted(clips, name, kind, runs, table)
        cost = [(one.track_s + one.live_s) / one.pictures * 1e3 for one in runs]
        figures.append(figure(f"CPU a picture, real clips, {name}", cost, "ms", place=Place(table, "CPU a picture, ms", name)))
    return figures


def _placings(name: str) -> int:
    if WAYS[name].pose_hz >= EVERY_PICTURE_HZ:
        return 1
    return PLACINGS if name == OURS else OTHERS_PLACINGS


def _counted(clips: Clips, name: str, kind: str, runs: Sequence[Followed], table: str) -> list[Figure]:
    counts: list[list[int]] = [getattr(one, kind) for one in runs]

    def one(row: str, values: Sequence[float], unit: str, goal: float | None, better: Better = "less") -> Figure:
        wanted = goal if name == OURS else None
        place = Place(table, f"{kind} {row}", name)
        return figure(f"{kind} {row}, real clips, {name}", values, unit, goal=wanted, better=better, place=place)

    return [
        one("within tolerance", [clips.within(count) for count in counts], "share", WITHIN[kind], "more"),
        one("skips wrong", [clips.wrong(count) for count in counts], "share", WRONG[kind]),
        one("false skips", [clips.false(count) for count in counts], "number", 0.0),
    ]
