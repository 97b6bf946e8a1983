"""`touchline broker`: an MQTT broker for a demo or a single machine."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from edge.cli.process import run_until_stopped


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("broker")(broker)


def broker(
    port: Annotated[int, typer.Option(help="port to listen on")] = 1883,
    host: Annotated[str, typer.Option(help="address to listen on")] = "127.0.0.1",
) -> None:
    """Run the embedded MQTT broker (MQTT 3.1.1; keeps nothing over a restart)."""
    from cloud_sync.broker import run_broker
    from cloud_sync.serving import check_port

    async def main(stop: asyncio.Event) -> None:
        check_port(host, port, "the broker", "Stop the other program, or choose another one with --port.")
        await run_broker(host, port, stop)

    run_until_stopped(main, "warning")
