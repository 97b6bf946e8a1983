"""`touchline simulate field|clip`: hardware that is not there."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from edge.cli.process import run_until_stopped

simulate_app = typer.Typer(no_args_is_help=True, help="Simulated hardware, for technicians and tests.")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    simulate_app.command("field")(field)
    simulate_app.command("clip")(clip)
    app.add_typer(simulate_app, name="simulate")


def field(
    gateway: Annotated[str, typer.Option(help="the gateway whose heats the pupils follow")] = "http://127.0.0.1:8480",
    pupils: Annotated[int, typer.Option(help="pupils with bands", min=1, max=200)] = 12,
    stations: Annotated[int, typer.Option(help="squares in the camera's view; 0 for no camera", min=0, max=6)] = 4,
    radio_port: Annotated[int, typer.Option(help="port of the simulated radio")] = 7801,
    camera_port: Annotated[int, typer.Option(help="port of the simulated camera")] = 7802,
    master_key: Annotated[str, typer.Option(help="hexadecimal key of the bands", envvar="TOUCHLINE_BANDS__MASTER_KEY")] = "00" * 16,
    seed: Annotated[int, typer.Option(help="the same seed gives the same pupils")] = 1,
) -> None:
    """Run a field: pupils with bands on a simulated radio, and a camera that sees some of them."""
    from cloud_sync.serving import check_port
    from firmware_bridge.keys import KeyRing
    from simulators.field import SimulatedField

    async def main(stop: asyncio.Event) -> None:
        check_port("127.0.0.1", radio_port, "the simulated radio", "Stop the other program, or choose --radio-port.")
        check_port("127.0.0.1", camera_port, "the simulated camera", "Stop the other program, or choose --camera-port.")
        keys = KeyRing(bytes.fromhex(master_key))
        simulated = SimulatedField(
            pupils=pupils,
            stations=stations,
            radio_port=radio_port,
            camera_port=camera_port,
            key_of=keys.key,
            gateway=gateway,
            seed=seed,
        )
        await simulated.run(stop)

    run_until_stopped(main, "warning")


def clip(
    out: Annotated[Path, typer.Argument(help="the AVI file to write")],
    seconds: Annotated[float, typer.Option(help="length", min=1, max=600)] = 20.0,
    cadence: Annotated[float, typer.Option(help="skips a minute", min=40, max=300)] = 130.0,
    stations: Annotated[int, typer.Option(help="pupils side by side", min=1, max=6)] = 1,
    seed: Annotated[int, typer.Option(help="the same seed gives the same clip")] = 1,
) -> None:
    """Write a clip of pupils who skip; prints how often each has, as JSON."""
    import json

    from simulators.camera import Scene, write_clip
    from simulators.pupil import Ability, attempt

    attempts = [attempt(Ability(cadence_per_min=cadence), seconds, seed + number) for number in range(stations)]
    write_clip(out, Scene(stations), attempts, seconds)
    typer.echo(json.dumps({"file": str(out), "skips": [len(a.landings_s) for a in attempts]}))
