"""`touchline platform`: the reference platform."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from edge.cli.process import run_until_stopped


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("platform")(platform)


def platform(
    port: Annotated[int, typer.Option(help="port of its page")] = 8490,
    host: Annotated[str, typer.Option(help="address to listen on")] = "127.0.0.1",
    mqtt: Annotated[str, typer.Option(help="the broker")] = "mqtt://127.0.0.1:1883",
    data: Annotated[Path, typer.Option(help="folder of its database")] = Path("var/platform"),
) -> None:
    """Run the reference platform on SQLite: takes what gateways send, and shows it."""
    from cloud_sync.link import parse_broker
    from cloud_sync.platform.server import run_platform
    from cloud_sync.serving import check_port

    async def main(stop: asyncio.Event) -> None:
        check_port(host, port, "the platform", "Stop the other program, or choose another one with --port.")
        await run_platform(parse_broker(mqtt), data, host, port, stop)

    run_until_stopped(main)
