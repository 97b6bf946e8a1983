"""`touchline`: the command line, one module a command."""

from __future__ import annotations

import importlib.util

import typer

app = typer.Typer(name="touchline", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)

for _name in (
    "count",
    "count_video",
    "plot",
    "bench",
    "models",
    "broker",
    "platform",
    "simulate",
    "config",
    "outbox",
    "run",
    "demo",
):
    if importlib.util.find_spec(f"edge.cli.{_name}"):
        importlib.import_module(f"edge.cli.{_name}").register(app)


def main() -> None:
    """Entry point of the `touchline` command."""
    app()
