"""`touchline count video`: skips and crossings from video recordings."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from edge.cli.count import Answer, count_app, run_files, seconds

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import numpy as np
    from numpy.typing import NDArray

    from edge.counting.samples import BodySample
    from edge.recordings.video_file import VideoFrame


class VideoTask(StrEnum):
    """What a video is counted for."""

    ROPE = "rope"
    LAPS = "laps"


def register(_app: typer.Typer) -> None:
    """Add the command to `count`."""
    count_app.command("video")(video)


def video(
    files: Annotated[list[Path], typer.Argument(help="video files", show_default=False)],
    task: Annotated[VideoTask, typer.Option(help="what to count")] = VideoTask.ROPE,
    live: Annotated[bool, typer.Option("--live", help="what the causal live counter ended at")] = False,
    line: Annotated[str | None, typer.Option(help="the line, for laps: x1,y1,x2,y2 in pixels")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object a file")] = False,
    pose: Annotated[str, typer.Option(help="pose engine and model")] = "onnxruntime:lite",
) -> None:
    """Count skips of the person in view, or crossings of a line."""
    from models.errors import ModelUnusable

    try:
        if task is VideoTask.ROPE:
            status = _rope(files, pose, live=live, as_json=as_json)
        else:
            status = _laps(files, pose, _line(line), as_json=as_json)
    except ModelUnusable as exc:
        typer.echo(str(exc), err=True)
        status = 2
    raise typer.Exit(status)


def _rope(files: list[Path], pose: str, *, live: bool, as_json: bool) -> int:
    from edge.counting.events import OfficialCount, Skip
    from edge.counting.rope_pose import RopePoseCounter, count_official

    def one(file: Path) -> Answer:
        samples, rate_hz = body_samples(file, pose)
        if live:
            counter = RopePoseCounter()
            events = [event for sample in samples for event in counter.feed(sample)]
            times = tuple(e.t_ns for e in [*events, *counter.flush()] if isinstance(e, Skip))
            count = OfficialCount(len(times), times)
        else:
            count = count_official(samples)
        person = {
            "count": count.count,
            "events": [{"t_s": seconds(t_ns)} for t_ns in count.event_t_ns],
            "trips": [{"t_s": seconds(t_ns)} for t_ns in count.trip_t_ns],
            "confidence": round(count.confidence, 3),
        }
        people = [person] if any(sample.present for sample in samples) else []
        return {"people": people, "fps": round(rate_hz, 3), "frames": len(samples)}

    def row(answer: Answer) -> list[str]:
        counts = ", ".join(f"{p['count']} ({p['confidence']:.2f})" for p in answer["people"]) or "nobody"
        return [counts, str(answer["frames"]), f"{answer['fps']:.1f}"]

    return run_files(files, one, ["skips (confidence)", "pictures", "a second"], row, as_json=as_json)


def body_samples(file: Path, pose: str) -> tuple[list[BodySample], float]:
    """What is seen of the person in view, picture by picture, and how many pictures a second there are.

    Raises:
        RecordingError: not a video.
        ModelUnusable: `pose` cannot be opened.
    """
    import cv2

    from edge.capture.stations import StationTracker
    from edge.recordings.video_file import VideoFile
    from models.open import open_pose_model

    cv2.setNumThreads(1)
    recording = VideoFile(file)
    model = open_pose_model(pose)
    try:
        tracker = StationTracker(model)
        return [tracker.track(frame.t_ns, frame.picture) for frame in recording], recording.rate_hz
    finally:
        model.close()


def _laps(files: list[Path], pose: str, line: tuple[float, float, float, float], *, as_json: bool) -> int:
    from edge.capture.finish_line import find_crossings
    from edge.recordings.video_file import VideoFile
    from models.open import open_pose_model

    def one(file: Path) -> Answer:
        model = open_pose_model(pose)
        try:
            crossings = find_crossings(from_the_first(VideoFile(file)), line, model)
        finally:
            model.close()
        told = [
            {
                "t_s": seconds(c.t_ns), "direction": c.direction, "track": c.track, "along": round(c.along, 3),
                "confidence": round(c.confidence, 3), "unsure_s": seconds(c.unsure_ns),
            }
            for c in crossings
        ]  # fmt: skip
        return {"crossings": told}

    def row(answer: Answer) -> list[str]:
        return [", ".join(f"{c['t_s']:.2f} s {c['direction']}" for c in answer["crossings"]) or "none"]

    return run_files(files, one, ["crossings"], row, as_json=as_json)


def from_the_first(recording: Iterable[VideoFrame]) -> Iterator[tuple[int, NDArray[np.uint8]]]:
    """Pictures with their times from the first picture on: some containers begin later than at 0."""
    first_ns: int | None = None
    for frame in recording:
        first_ns = frame.t_ns if first_ns is None else first_ns
        yield frame.t_ns - first_ns, frame.picture


def _line(told: str | None) -> tuple[float, float, float, float]:
    try:
        values: list[Any] = [float(part) for part in (told or "").split(",")]
        x1, y1, x2, y2 = values
    except ValueError:
        typer.echo("--task laps needs the line: --line x1,y1,x2,y2 in pixels of the picture", err=True)
        raise typer.Exit(2) from None
    if (x1, y1) == (x2, y2):
        typer.echo("--line: the two ends are the same point", err=True)
        raise typer.Exit(2)
    return x1, y1, x2, y2
