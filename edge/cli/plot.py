"""`touchline plot`: what was counted in a recording, and what accuracy costs, as pictures."""

from __future__ import annotations

import csv
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
from rich.console import Console

from edge.cli.count import MotionTask

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from matplotlib.figure import Figure

    from edge.counting.samples import BodySample, MotionSamples
    from edge.plots.sheet import Marks

plot_app = typer.Typer(no_args_is_help=True, help="Pictures of what was counted.")
PICTURES = {".png", ".svg"}
COLOURS = 256
INSTALL = "pictures need matplotlib, which is not installed: pip install 'touchline[plot]'"


def register(app: typer.Typer) -> None:
    """Add the command."""
    plot_app.callback()(_group)
    plot_app.command("imu")(imu)
    plot_app.command("video")(video)
    plot_app.command("curve")(curve)
    app.add_typer(plot_app, name="plot")


def _group() -> None:
    """Pictures of what was counted."""


def imu(
    files: Annotated[list[Path], typer.Argument(help="CSV or .npz recordings", show_default=False)],
    out: Annotated[
        Path | None, typer.Option(help="folder for the pictures, or (of one recording) a .png or .svg file; beside it if left out")
    ] = None,
    task: Annotated[MotionTask, typer.Option(help="what to count")] = MotionTask.ROPE,
    live: Annotated[bool, typer.Option("--live", help="also what the live counter found")] = False,
    truth: Annotated[
        Path | None, typer.Option(help="a CSV file with the true times of one recording: a column that ends in _s, or time_s")
    ] = None,
) -> None:
    """Draw the signal of a wrist or an ankle with the skips, trips and bouts that were found in it."""
    with _matplotlib():
        from edge.plots.motion import draw_motion
    from edge.recordings.motion_file import read_motion

    def one(file: Path) -> Figure:
        samples = read_motion(file)
        true_ns = None if truth is None else _truth(truth)
        return draw_motion(samples, _marks(samples, task, live=live, truth_ns=true_ns), file.name)

    _draw_all(files, out, truth, one)


def video(
    files: Annotated[list[Path], typer.Argument(help="video files", show_default=False)],
    out: Annotated[
        Path | None, typer.Option(help="folder for the pictures, or (of one recording) a .png or .svg file; beside it if left out")
    ] = None,
    live: Annotated[bool, typer.Option("--live", help="also what the live counter found")] = False,
    truth: Annotated[
        Path | None, typer.Option(help="a CSV file with the true times of one recording: a column that ends in _s, or time_s")
    ] = None,
    pose: Annotated[str, typer.Option(help="pose engine and model")] = "onnxruntime:lite",
) -> None:
    """Draw the bounce of the person in view with key frames, skips, trips and bouts, and whether the hands turned a rope."""
    with _matplotlib():
        from edge.plots.video import draw_video
    from edge.cli.count_video import body_samples
    from edge.recordings.errors import RecordingError
    from models.errors import ModelUnusable

    def one(file: Path) -> Figure:
        samples, _ = body_samples(file, pose)
        if len(samples) < 2:
            raise RecordingError("there is only one picture in it")
        true_ns = None if truth is None else _truth(truth)
        return draw_video(samples, _body_marks(samples, live=live, truth_ns=true_ns), file.name)

    try:
        _draw_all(files, out, truth, one)
    except ModelUnusable as exc:
        _refuse(str(exc))


def curve(
    file: Annotated[Path, typer.Argument(help="JSON file of 'touchline bench vision-curve --save'", show_default=False)],
    out: Annotated[Path | None, typer.Option(help="a .png or .svg file; beside it if left out")] = None,
) -> None:
    """Draw what accuracy costs: every pose engine at every rate of key frames."""
    with _matplotlib():
        from edge.plots.curve import draw_curve
    from edge.plots.curve_file import CurveUnreadable, read_curve
    from edge.recordings.errors import RecordingError

    def one(file: Path) -> Figure:
        try:
            return draw_curve(read_curve(file))
        except CurveUnreadable as exc:
            raise RecordingError(str(exc)) from exc

    _draw_all([file], out, None, one)


@contextmanager
def _matplotlib() -> Iterator[None]:
    """Around an import that needs it: says what to install."""
    try:
        yield
    except ModuleNotFoundError as exc:
        if (exc.name or "").split(".")[0] != "matplotlib":
            raise
        _refuse(INSTALL)


def _draw_all(files: list[Path], out: Path | None, truth: Path | None, draw: Callable[[Path], Figure]) -> NoReturn:
    """Draw and write a picture a file; what cannot be read or written is a line on stderr, and exit status 2."""
    from edge.recordings.errors import RecordingError

    if len(files) > 1 and (truth is not None or (out is not None and out.suffix in PICTURES)):
        _refuse("--truth and a single picture are for one recording; name a folder for the pictures of several")
    if out is not None and out.suffix and out.suffix not in PICTURES and not out.is_dir():
        _refuse(f"{out}: a picture ends in .png or .svg")
    errors = Console(stderr=True, soft_wrap=True, highlight=False)
    bad = False
    for file in files:
        picture = _place(file, out)
        try:
            figure = draw(file)
            picture.parent.mkdir(parents=True, exist_ok=True)
            _save(figure, picture, file.name)
        except RecordingError as exc:
            errors.print(f"{file}: {exc}", markup=False)
            bad = True
        except OSError as exc:
            errors.print(f"{picture}: cannot be written ({exc.strerror})", markup=False)
            bad = True
        else:
            typer.echo(str(picture))
    raise typer.Exit(2 if bad else 0)


def _place(file: Path, out: Path | None) -> Path:
    """Where the picture of a recording goes."""
    if out is None:
        return file.with_suffix(".png")
    return out if out.suffix in PICTURES else out / f"{file.stem}.png"


def _save(figure: Figure, picture: Path, name: str) -> None:
    """Write a picture; the same figure gives the same bytes. A PNG has a palette, which makes it a third as large."""
    from io import BytesIO

    from matplotlib import rc_context
    from PIL import Image

    if picture.suffix == ".svg":
        with rc_context({"svg.hashsalt": name}):
            figure.savefig(picture, metadata={"Date": None})
        return
    drawn = BytesIO()
    figure.savefig(drawn, format="png")
    colours = Image.open(drawn).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    colours.save(picture, optimize=True)


def _marks(samples: MotionSamples, task: MotionTask, *, live: bool, truth_ns: tuple[int, ...] | None) -> Marks:
    from edge.cli.count import motion_counter
    from edge.plots.sheet import Marks

    official = motion_counter(task, live=False)(samples)
    live_ns = motion_counter(task, live=True)(samples).event_t_ns if live else None
    return Marks(official, live_ns, truth_ns, "skips" if task is MotionTask.ROPE else "steps")


def _body_marks(samples: Sequence[BodySample], *, live: bool, truth_ns: tuple[int, ...] | None) -> Marks:
    from edge.counting.events import Skip
    from edge.counting.rope_pose import RopePoseCounter, count_official
    from edge.plots.sheet import Marks

    live_ns = None
    if live:
        counter = RopePoseCounter()
        events = [event for sample in samples for event in counter.feed(sample)]
        live_ns = tuple(event.t_ns for event in [*events, *counter.flush()] if isinstance(event, Skip))
    return Marks(count_official(samples), live_ns, truth_ns)


def _truth(file: Path) -> tuple[int, ...]:
    """Times in nanoseconds, ascending.

    Raises:
        RecordingError: missing, or without a column of times.
    """
    from edge.recordings.errors import RecordingError

    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            rows = list(csv.DictReader(lines))
    except OSError as exc:
        raise RecordingError(f"its truth {file.name} cannot be read ({exc.strerror})") from exc
    except (UnicodeDecodeError, csv.Error) as exc:
        raise RecordingError(f"its truth {file.name} is not a CSV file") from exc
    column = next((name for name in (rows[0] if rows else {}) if name and name.endswith("_s")), None)
    if column is None:
        raise RecordingError(f"its truth {file.name} has no column of seconds (time_s, or another that ends in _s)")
    try:
        return tuple(sorted(round(float(row[column]) * 1e9) for row in rows if row[column]))
    except (TypeError, ValueError) as exc:
        raise RecordingError(f"its truth {file.name} has a time that is not a number") from exc


def _refuse(told: str) -> NoReturn:
    typer.echo(told, err=True)
    raise typer.Exit(2)
