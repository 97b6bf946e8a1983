"""`touchline config check|show`: the settings, before they are used."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from edge.cli.run import read_settings

config_app = typer.Typer(no_args_is_help=True, help="Check and show the settings.")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    config_app.command("check")(check)
    config_app.command("show")(show)
    app.add_typer(config_app, name="config")


def check(config: Annotated[Path | None, typer.Option(help="settings file (TOML)")] = None) -> None:
    """Tell every fault of the settings at once; exit status 2 when there is one."""
    read_settings(config)
    typer.echo("the settings are good")


def show(config: Annotated[Path | None, typer.Option(help="settings file (TOML)")] = None) -> None:
    """What the gateway would run with, secrets hidden."""
    typer.echo(read_settings(config).model_dump_json(indent=2))
