"""`touchline bench NAME`: measure what the project claims, side by side with others, in one run."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge.bench.figure import Figure

BENCHES = {
    "fusion": "edge.bench.fusion",
    "journal": "edge.bench.journal",
    "laps": "edge.bench.laps",
    "motion": "edge.bench.motion",
    "sync": "edge.bench.sync",
    "vision": "edge.bench.vision",
    "vision-changes": "edge.bench.vision_changes",
    "vision-curve": "edge.bench.vision_curve",
}
"""Name of a bench to its module; each has `run(data, notes) -> list[Figure]`, where data are the real recordings, if there are any,
and notes takes what the figures cannot say."""
SAVES = {"vision-curve"}
"""Benches whose `run` also takes a file to keep, as `save`."""
SCALES = {"sync"}
"""Benches that can be run smaller, by `scale`."""
FILE_COLUMNS = 240


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("bench")(bench)


def bench(
    name: Annotated[str, typer.Argument(help=f"one of: {', '.join(BENCHES)}")],
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object a figure")] = False,
    data: Annotated[
        Path | None, typer.Option(help="folder with real recordings and their manifest.json", envvar="TOUCHLINE_DATA")
    ] = None,
    save: Annotated[Path | None, typer.Option(help="of vision-curve: a JSON file for 'touchline plot curve'")] = None,
    scale: Annotated[
        float, typer.Option(min=0.0001, max=1.0, help="of sync: 0.01 is a quick look, a hundredth of all events")
    ] = 1.0,
) -> None:
    """Measure the figures of one room; a figure that falls short says so."""
    if name not in BENCHES:
        typer.echo(f"there is no bench '{name}'; choose one of: {', '.join(BENCHES)}", err=True)
        raise typer.Exit(2)
    if data is not None and not (data / "manifest.json").is_file():
        typer.echo(f"{data}: no manifest.json here; give the folder of the recordings, or leave --data out", err=True)
        raise typer.Exit(2)
    if save is not None and name not in SAVES:
        typer.echo(f"bench {name} keeps no file: leave --save out", err=True)
        raise typer.Exit(2)
    if scale != 1.0 and name not in SCALES:
        typer.echo(f"bench {name} has one size: leave --scale out", err=True)
        raise typer.Exit(2)
    more: dict[str, object] = {"save": save} if name in SAVES else {"scale": scale} if name in SCALES else {}
    notes: list[str] = []
    module = importlib.import_module(BENCHES[name])
    figures: list[Figure] = module.run(data, notes, **more)
    for note in notes:
        typer.echo(note, err=True)
    if as_json:
        for one in figures:
            typer.echo(json.dumps(one.as_json(), ensure_ascii=False))
        return
    console = console_for(sys.stdout)
    for table in tables(figures):
        console.print(table)
        console.print()


def console_for(out: IO[str]) -> Console:
    """As wide as the terminal; what goes to a file or a pipe is never cut."""
    return Console(file=out, width=None if out.isatty() else FILE_COLUMNS)


def tables(figures: Sequence[Figure]) -> list[Table]:
    """Figures as tables to read: those that compare, each with a column a program or person, and then all others."""
    by_table: dict[str, list[Figure]] = {}
    for one in figures:
        if one.place is not None:
            by_table.setdefault(one.place.table, []).append(one)
    alone = [one for one in figures if one.place is None]
    return [*(_comparing(name, of_it) for name, of_it in by_table.items()), *([_plain(alone)] if alone else [])]


def _comparing(title: str, figures: Sequence[Figure]) -> Table:
    columns: dict[str, None] = {}
    rows: dict[str, dict[str, str]] = {}
    goals: dict[str, list[str]] = {}
    signs: dict[str, str] = {}
    for one in figures:
        place = one.place
        assert place is not None
        columns[place.column] = None
        cells = rows.setdefault(place.row, {})
        cells[place.column] = f"{_short(one.value)}{'' if one.holds is None else ' ✓' if one.holds else ' ✗'}"
        for peer, value in one.beside.items():
            cells[peer] = _short(value)
        if one.goal is not None:
            goals.setdefault(place.row, []).append(_short(one.goal))
            signs[place.row] = "≤" if one.better == "less" else "≥"
    for one in figures:
        columns |= dict.fromkeys(one.beside)
    caption = "✓ reaches its goal, ✗ FALLS SHORT" if goals else None
    table = Table(title=title, caption=caption, box=None, header_style="bold", title_style="bold")
    table.title_justify = table.caption_justify = "left"
    table.add_column("", no_wrap=True)
    for column in columns:
        table.add_column(column, justify="right")
    if goals:
        table.add_column("goal", no_wrap=True)
    for row, cells in rows.items():
        told = f"{signs[row]} {' / '.join(dict.fromkeys(goals[row]))}" if row in goals else ""
        table.add_row(row, *(cells.get(column, "") for column in columns), *([told] if goals else []))
    return table


def _plain(figures: Sequence[Figure]) -> Table:
    parts = {
        "figure": True, "value": True, "unit": True,
        "goal": any(one.goal is not None for one in figures), "holds": any(one.holds is not None for one in figures),
        "runs": any(one.runs > 1 for one in figures), "spread": any(one.runs > 1 for one in figures),
        "beside": any(one.beside for one in figures),
    }  # fmt: skip
    table = Table(box=None, header_style="bold")
    for column in filter(parts.get, parts):
        table.add_column(column, justify="right" if column in {"value", "goal", "runs"} else "left")
    for one in figures:
        cells = {
            "figure": one.figure,
            "value": _short(one.value),
            "unit": one.unit,
            "goal": "" if one.goal is None else f"{'≤' if one.better == 'less' else '≥'} {_short(one.goal)}",
            "holds": "" if one.holds is None else "holds" if one.holds else "FALLS SHORT",
            "runs": str(one.runs),
            "spread": f"{_short(one.spread[0])} to {_short(one.spread[1])}" if one.spread and one.runs > 1 else "",
            "beside": ", ".join(f"{peer} {_short(value)}" for peer, value in one.beside.items()),
        }
        table.add_row(*(cells[column] for column in filter(parts.get, parts)))
    return table


def _short(value: float) -> str:
    """Three digits that mean something, and whole numbers whole."""
    return f"{value:,.0f}" if abs(value) >= 1000 or float(value).is_integer() else f"{value:.3g}"
