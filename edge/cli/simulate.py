"""`touchline simulate field|clip|motion`: hardware that is not there."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from edge.cli.process import run_until_stopped

simulate_app = typer.Typer(no_args_is_help=True, help="Simulated hardware, for technicians and tests.")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    simulate_app.command("field")(field)
    simulate_app.command("clip")(clip)
    simulate_app.command("motion")(motion)
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


def motion(
    out: Annotated[Path, typer.Argument(help="the CSV file to write")],
    style: Annotated[
        str, typer.Option(help="a style of skipping, or what is no skipping; a wrong word lists them")
    ] = "single-bounce",
    limb: Annotated[str, typer.Option(help="left-wrist, right-wrist or ankle")] = "right-wrist",
    seconds: Annotated[float, typer.Option(help="length of the attempt, or of what is no skipping", min=5, max=600)] = 30.0,
    rate: Annotated[float, typer.Option(help="samples a second", min=12.5, max=200)] = 50.0,
    range_g: Annotated[float, typer.Option(help="what the accelerometer shows before it clips, in g", min=2, max=16)] = 8.0,
    cadence: Annotated[float | None, typer.Option(help="turns of the rope a minute; usual for the style", min=40, max=300)] = None,
    backward: Annotated[bool, typer.Option("--backward", help="the rope turns the other way round")] = False,
    poor: Annotated[bool, typer.Option("--poor", help="a pupil who is uneven, trips and rests")] = False,
    faults: Annotated[bool, typer.Option("--faults", help="uneven, doubled and late stamps, gaps, a strap that slips")] = False,
    gyro: Annotated[bool, typer.Option(help="with a gyroscope")] = True,
    seed: Annotated[int, typer.Option(help="the same seed gives the same recording", min=0)] = 1,
) -> None:
    """Write a recording of a band on a pupil; prints what happened in it, as JSON. `touchline count imu` reads it."""
    import json
    from dataclasses import asdict, replace

    from simulators import band_motion as simulated
    from simulators.motion_sensor import Sensor, worn_watch

    where = _one_of("--limb", limb, list(simulated.Limb))
    styles, everyday = list(simulated.Style), list(simulated.Everyday)
    chosen = _one_of("--style", style, [*styles, *everyday])
    sensor = replace(worn_watch(rate, gyro=gyro) if faults else Sensor(rate, gyro=gyro), range_g=range_g)
    if chosen in everyday:
        if cadence is not None or backward or poor:
            _refuse(f"--cadence, --backward and --poor tell of a rope; there is none in {chosen}")
        recording = simulated.everyday_motion(
            simulated.Everyday(chosen), limb=simulated.Limb(where), seconds=seconds, sensor=sensor, seed=seed
        )
    else:
        ability = simulated.pupil_of(simulated.Style(chosen), seed, poor=poor)
        recording = simulated.skipping_motion(
            simulated.Style(chosen),
            limb=simulated.Limb(where),
            ability=ability if cadence is None else replace(ability, cadence_per_min=cadence),
            seconds=seconds,
            backward=backward,
            sensor=sensor,
            seed=seed,
        )
    try:
        simulated.write_motion(out, recording)
    except OSError as exc:
        _refuse(f"{out}: cannot be written ({exc.strerror})")
    truth = recording.truth
    counts = {name: len(getattr(truth, f"{name}_s")) for name in ("turns", "jumps", "hops", "swings", "steps", "bouts")}
    told = {name: times if name == "bouts_s" else [round(t, 3) for t in times] for name, times in asdict(truth).items()}
    typer.echo(json.dumps({"file": str(out), "style": chosen, "limb": where, **counts, **told}))


def _one_of(option: str, word: str, words: list[str]) -> str:
    if word not in words:
        _refuse(f"{option}: there is no '{word}'; choose one of: {', '.join(words)}")
    return str(word)


def _refuse(told: str) -> NoReturn:
    typer.echo(told, err=True)
    raise typer.Exit(2)
