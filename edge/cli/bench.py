"""`touchline bench NAME`: measure what the project claims, side by side with others, in one run."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from edge.bench.figure import Figure

BENCHES = {"motion": "edge.bench.motion", "vision": "edge.bench.vision"}
"""Name of a bench to its module; each has `run(data) -> list[Figure]`, where data are the real recordings, if there are any."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("bench")(bench)


def bench(
    name: Annotated[str, typer.Argument(help=f"one of: {', '.join(BENCHES)}")],
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object a figure")] = False,
    data: Annotated[
        Path | None, typer.Option(help="folder with real recordings and their manifest.json", envvar="TOUCHLINE_DATA")
    ] = None,
) -> None:
    """Measure the figures of one room; a figure that falls short says so."""
    if name not in BENCHES:
        typer.echo(f"there is no bench '{name}'; choose one of: {', '.join(BENCHES)}", err=True)
        raise typer.Exit(2)
    if data is not None and not (data / "manifest.json").is_file():
        typer.echo(f"{data}: no manifest.json here; give the folder of the recordings, or leave --data out", err=True)
        raise typer.Exit(2)
    figures: list[Figure] = importlib.import_module(BENCHES[name]).run(data)
    if as_json:
        for one in figures:
            typer.echo(json.dumps(one.as_json(), ensure_ascii=False))
        return
    Console().print(_table(figures))


def _table(figures: list[Figure]) -> Table:
    table = Table(box=None, header_style="bold")
    for column in ("figure", "value", "unit", "goal", "holds", "runs", "spread", "beside"):
        table.add_column(column, justify="right" if column in {"value", "goal", "runs"} else "left")
    for one in figures:
        holds = "" if one.holds is None else "holds" if one.holds else "FALLS SHORT"
        spread = f"{one.spread[0]:.4g} to {one.spread[1]:.4g}" if one.spread else ""
        beside = ", ".join(f"{peer} {value:.4g}" for peer, value in one.beside.items())
        goal = "" if one.goal is None else f"{one.goal:.4g}"
        table.add_row(one.figure, f"{one.value:.4g}", one.unit, goal, holds, str(one.runs), spread, beside)
    return table
