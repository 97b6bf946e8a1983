"""`touchline bench vision-changes`: real clips changed as another camera would show them, and what is counted then. Takes long."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import cv2

from edge.bench.clips import Clips, Setting, follow
from edge.bench.figure import Place, figure
from edge.bench.picture_changes import CHANGES
from edge.bench.progress import stages
from edge.bench.vision import POSE_HZ
from models.blazepose import BlazePose

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from edge.bench.clips import Followed
    from edge.bench.figure import Better, Figure

PLACINGS: Final = 2
LITE: Final = "onnxruntime:lite"


def run(data: Path | None, notes: list[str] | None = None) -> list[Figure]:
    """What is counted on each change.

    Args:
        data: folder with real recordings; without it there is nothing to measure.
        notes: takes a line when there are none.
    """
    if data is None:
        if notes is not None:
            notes.append("vision-changes needs real clips: give their folder with --data")
        return []
    cv2.setNumThreads(1)
    clips, engines = Clips.of(data), {LITE: BlazePose("lite")}
    settings = [Setting(LITE, POSE_HZ, number / PLACINGS) for number in range(PLACINGS)]
    figures = []
    with stages(len(CHANGES) * len(clips.all)) as begin:
        for name, change in CHANGES.items():
            figures += _figures(clips, name, follow(clips, settings, engines, begin, change))
    return figures


def _figures(clips: Clips, name: str, runs: Sequence[Followed]) -> list[Figure]:
    """A line a change; medians of the placings."""
    table = f"{len(clips.rope)} clips with {clips.skips} skips, {len(clips.quiet)} without a rope"

    def one(column: str, values: Sequence[float], unit: str, better: Better = "less") -> Figure:
        return figure(f"{column}, {name}", values, unit, better=better, place=Place(table, name, column))

    return [
        one("official within", [clips.within(run.official) for run in runs], "share", "more"),
        one("official wrong", [clips.wrong(run.official) for run in runs], "share"),
        one("false, official", [float(clips.false(run.official)) for run in runs], "number"),
        one("live within", [clips.within(run.live) for run in runs], "share", "more"),
        one("live wrong", [clips.wrong(run.live) for run in runs], "share"),
        one("false, live", [float(clips.false(run.live)) for run in runs], "number"),
    ]
