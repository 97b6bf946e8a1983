"""`touchline count imu`: counts from motion recordings. What all kinds of recordings share stands here too."""

from __future__ import annotations

import json
from dataclasses import asdict
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from edge.counting.band_site import BandSite

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from edge.counting.events import OfficialCount
    from edge.counting.samples import MotionSamples

count_app = typer.Typer(no_args_is_help=True, help="Count from recordings.")
Answer = dict[str, Any]


class MotionTask(StrEnum):
    """What a motion recording is counted for."""

    ROPE = "rope"
    STEPS = "steps"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    count_app.command("imu")(imu)
    app.add_typer(count_app, name="count")


def imu(
    files: Annotated[list[Path], typer.Argument(help="CSV or .npz recordings", show_default=False)],
    task: Annotated[MotionTask, typer.Option(help="what to count")] = MotionTask.ROPE,
    live: Annotated[bool, typer.Option("--live", help="what the causal live counter ended at")] = False,
    site: Annotated[BandSite, typer.Option(help="where the band was worn (for the rope)")] = BandSite.WRIST,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object a file")] = False,
) -> None:
    """Count turns of the rope, or steps, from motion of a wrist or an ankle."""
    from edge.recordings.motion_file import read_motion

    count = motion_counter(task, live=live, site=site)

    def one(file: Path) -> Answer:
        samples = read_motion(file)
        counted = count(samples)
        return _motion_answer(counted) | (_gait(samples, counted) if task is MotionTask.STEPS else {})

    def row(answer: Answer) -> list[str]:
        spans = ", ".join(f"{b['count']} in {b['start_s']:.1f} to {b['end_s']:.1f} s" for b in answer["bouts"])
        pace = f"{answer['rhythm']['cadence_per_min']:.0f}/min" if answer["rhythm"] else ""
        pace = f"{answer['gait']} {pace}" if "gait" in answer else pace
        return [str(answer["count"]), pace, spans, str(len(answer["trips"])), f"{answer['confidence']:.2f}"]

    raise typer.Exit(run_files(files, one, ["count", "pace", "bouts", "trips", "confidence"], row, as_json=as_json))


def run_files(
    files: Sequence[Path],
    count_one: Callable[[Path], Answer],
    columns: Sequence[str],
    row: Callable[[Answer], list[str]],
    *,
    as_json: bool,
) -> int:
    """Count every file, in the order given; a file that cannot be read is one line on stderr, and the others are still counted.

    Args:
        count_one: the JSON object of one file; raises `RecordingError`.
        columns, row: what the readable table shows of it, beside the file.

    Returns:
        The exit status: 2 when a file could not be read, else 0.
    """
    from edge.recordings.errors import RecordingError

    errors = Console(stderr=True, soft_wrap=True, highlight=False)
    table = Table(box=None, header_style="bold")
    for column in ("file", *columns):
        table.add_column(column)
    bad = False
    bar = Progress(
        TextColumn("counting"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=errors, transient=True,
        disable=as_json or not errors.is_terminal,
    )  # fmt: skip
    with bar:
        work = bar.add_task("files", total=len(files))
        for file in files:
            try:
                answer = count_one(file)
            except RecordingError as exc:
                errors.print(f"{file}: {exc}", markup=False)
                bad = True
            else:
                if as_json:
                    typer.echo(json.dumps({"file": str(file)} | answer, ensure_ascii=False))
                table.add_row(str(file), *row(answer))
            bar.advance(work)
    if not as_json:
        Console().print(table)
    return 2 if bad else 0


def motion_counter(task: MotionTask, *, live: bool, site: BandSite = BandSite.WRIST) -> Callable[[MotionSamples], OfficialCount]:
    """What counts a whole recording for a task; a live count comes without bouts and confidence."""
    from edge.counting.rope_motion import RopeMotionCounter
    from edge.counting.rope_official import count_official
    from edge.counting.steps import StepCounter, count_steps_official

    if task is MotionTask.STEPS:
        return (lambda samples: _live_count(StepCounter(), samples)) if live else count_steps_official
    return (lambda samples: _live_count(RopeMotionCounter(site), samples)) if live else partial(count_official, site=site)


def _live_count(counter: Any, samples: MotionSamples) -> OfficialCount:
    from edge.counting.events import OfficialCount, Skip, Step, Trip

    events = [*counter.feed(samples), *counter.flush()]
    times = tuple(event.t_ns for event in events if isinstance(event, Skip | Step))
    return OfficialCount(len(times), times, tuple(event.t_ns for event in events if isinstance(event, Trip)))


def _motion_answer(count: OfficialCount) -> Answer:
    from edge.counting.rhythm import rhythm_of

    rhythm = rhythm_of(count.event_t_ns, timed=count.timed)
    return {
        "count": count.count,
        "events": [{"t_s": seconds(t_ns)} for t_ns in count.event_t_ns],
        "bouts": [{"start_s": seconds(b.start_ns), "end_s": seconds(b.end_ns), "count": b.count} for b in count.bouts],
        "trips": [{"t_s": seconds(t_ns)} for t_ns in count.trip_t_ns],
        "double_unders": count.double_unders,
        "rhythm": asdict(rhythm) if rhythm else None,
        "confidence": round(count.confidence, 3),
    }


def _gait(samples: MotionSamples, count: OfficialCount) -> Answer:
    from edge.counting.step_cadence import going

    how = going(samples, count.event_t_ns)
    return {"gait": how.gait, "steps_per_min": round(how.cadence.per_min, 1)}


def seconds(t_ns: int) -> float:
    """Seconds in a recording's own time, to the millisecond."""
    return round(t_ns / 1e9, 3)
