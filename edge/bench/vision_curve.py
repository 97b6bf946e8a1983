"""`touchline bench vision-curve`: accuracy on real clips beside its cost, for every pose engine and rate. Takes long."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING, Final

import cv2

from edge.bench.clips import EVERY_PICTURE_HZ, Clips, Setting, follow
from edge.bench.figure import Place, figure
from edge.bench.progress import stages
from edge.plots.curve_file import Curve, CurvePoint, write_curve
from models.errors import ModelUnusable
from models.open import open_pose_model

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from edge.bench.clips import Followed
    from edge.bench.figure import Better, Figure
    from models.pose import PoseModel

RATES_HZ: Final = (2.0, 3.0, 4.0, 5.0, 7.5, 10.0, 15.0, EVERY_PICTURE_HZ)
PLACINGS: Final = 4
ENGINES: Final[dict[str, tuple[float, ...]]] = {
    "onnxruntime:lite": RATES_HZ,
    "onnxruntime:full": RATES_HZ,
    "mediapipe:lite": (2.0, 3.0, 5.0, 10.0, EVERY_PICTURE_HZ),
}
"""Rates that are tried; MediaPipe costs five times as much, so fewer."""


def run(data: Path | None, notes: list[str] | None = None, save: Path | None = None) -> list[Figure]:
    """Accuracy beside cost.

    Args:
        data: folder with real recordings; without it there is nothing to measure.
        notes: takes a line for each engine that could not be asked.
        save: a JSON file for the curve.
    """
    told = [] if notes is None else notes
    if data is None:
        told.append("vision-curve needs real clips: give their folder with --data")
        return []
    cv2.setNumThreads(1)
    clips = Clips.of(data)
    models = _open(told)
    try:
        with stages(len(clips.all)) as begin:
            curve = measure(clips, {name: ENGINES[name] for name in models}, models, begin)
    finally:
        for model in models.values():
            model.close()
    if save is not None:
        write_curve(save, curve)
    return _figures(curve)


def measure(
    clips: Clips, rates_hz: Mapping[str, Sequence[float]], models: Mapping[str, PoseModel], begin: Callable[[str], None]
) -> Curve:
    """Every engine at every rate of its own, with `PLACINGS` placings of the key frames."""
    asked = [(engine, rate) for engine, rates in rates_hz.items() for rate in rates]
    settings = [Setting(engine, rate, number / PLACINGS) for engine, rate in asked for number in range(_placings(rate))]
    results = dict(zip(settings, follow(clips, settings, models, begin), strict=True))
    points = []
    for engine, rate in asked:
        runs = [results[setting] for setting in settings if (setting.engine, setting.pose_hz) == (engine, rate)]
        points.append(_point(clips, engine, rate, runs))
    return Curve(len(clips.rope), clips.skips, len(clips.quiet), tuple(points))


def _placings(rate_hz: float) -> int:
    """Where every picture has a pose there is nothing to place."""
    return 1 if rate_hz >= EVERY_PICTURE_HZ else PLACINGS


def _point(clips: Clips, engine: str, rate_hz: float, runs: Sequence[Followed]) -> CurvePoint:
    return CurvePoint(
        engine,
        None if rate_hz >= EVERY_PICTURE_HZ else rate_hz,
        tuple(run.poses / run.seconds for run in runs),
        tuple((run.track_s + run.live_s) / run.pictures * 1e3 for run in runs),
        tuple(clips.within(run.official) for run in runs),
        tuple(clips.wrong(run.official) for run in runs),
        tuple(float(clips.false(run.official)) for run in runs),
        tuple(clips.within(run.live) for run in runs),
        tuple(clips.wrong(run.live) for run in runs),
        tuple(float(clips.false(run.live)) for run in runs),
    )


def _open(notes: list[str]) -> dict[str, PoseModel]:
    models: dict[str, PoseModel] = {}
    for name in ENGINES:
        try:
            models[name] = open_pose_model(name)
        except ModelUnusable as exc:
            notes.append(f"{name} is not in the table: {exc}")
    return models


def _figures(curve: Curve) -> list[Figure]:
    """A table an engine, a line a rate; medians of the placings, and the worst placing where that says more."""
    figures = []
    for point in curve.points:
        rate = "every picture" if point.pose_hz is None else f"{point.pose_hz:g}/s"
        table = f"{point.engine}, {curve.clips} clips with {curve.skips} skips, {curve.quiet_clips} without a rope"

        def one(
            column: str, runs: Sequence[float], unit: str, better: Better = "less",
            *, engine: str = point.engine, rate: str = rate, table: str = table,
        ) -> Figure:  # fmt: skip
            return figure(f"{column}, {engine} {rate}", runs, unit, better=better, place=Place(table, rate, column))

        figures += [
            one("CPU, ms", point.cost_ms, "ms"),
            one("poses a second", point.poses_hz, "1/s"),
            one("official within", point.official_within, "share", "more"),
            one("official wrong", point.official_wrong, "share"),
            one("worst placing", [max(point.official_wrong)], "share"),
            one("live within", point.live_within, "share", "more"),
            one("live wrong", point.live_wrong, "share"),
            one("false, official", [statistics.fmean(point.official_false)], "number"),
            one("false, live", [statistics.fmean(point.live_false)], "number"),
        ]
    return figures
