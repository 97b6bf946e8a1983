"""`touchline run`: the gateway."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edge.cli.process import run_until_stopped

if TYPE_CHECKING:
    from edge.settings import Settings


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("run")(run)


def run(config: Annotated[Path | None, typer.Option(help="settings file (TOML)")] = None) -> None:
    """Run the gateway: read bands and cameras, count, keep, show, deliver."""
    from edge.agent import run_gateway

    settings = read_settings(config)

    async def main(stop: asyncio.Event) -> None:
        await run_gateway(settings, stop)

    run_until_stopped(main, settings.log.level)


def read_settings(config: Path | None) -> Settings:
    """The settings, or every fault of them on stderr and exit status 2."""
    from edge.settings import SettingsError, load_settings

    try:
        return load_settings(config)
    except SettingsError as exc:
        for fault in exc.faults:
            typer.echo(fault, err=True)
        raise typer.Exit(2) from None
