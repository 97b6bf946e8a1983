"""`touchline simulate field|clip|camera|motion|run|network`: hardware that is not there, and a network that is bad."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from edge.cli.process import run_until_stopped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simulators.network import Conditions, Network

simulate_app = typer.Typer(no_args_is_help=True, help="Simulated hardware, for technicians and tests.")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    simulate_app.command("field")(field)
    simulate_app.command("clip")(clip)
    simulate_app.command("camera")(camera)
    simulate_app.command("motion")(motion)
    simulate_app.command("run")(run)
    simulate_app.command("network")(network)
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


def camera(
    out: Annotated[Path, typer.Argument(help="the AVI file to write; the truth goes beside it, as JSON")],
    style: Annotated[
        list[str] | None, typer.Option(help="what goes on, once for each square; a wrong word lists what there is, 'empty' is one")
    ] = None,
    stations: Annotated[
        int | None, typer.Option(help="squares; the styles are repeated until they are full", min=1, max=20)
    ] = None,
    view: Annotated[str, typer.Option(help="to where the pupils look: front, oblique, side or back")] = "front",
    seconds: Annotated[float, typer.Option(help="length of the clip", min=6, max=600)] = 20.0,
    size: Annotated[str, typer.Option(help="of the picture, WIDTHxHEIGHT; upright is allowed")] = "1280x720",
    rows: Annotated[int, typer.Option(help="rows that the squares stand in", min=1, max=4)] = 1,
    camera_height: Annotated[float, typer.Option(help="of the lens above the floor in metres", min=0.5, max=4)] = 1.2,
    camera_yaw: Annotated[float, typer.Option(help="how far the camera stands to the side, in degrees", min=-60, max=60)] = 0.0,
    body_px: Annotated[float | None, typer.Option(help="one pupil of 1.5 m, so many pixels high", min=40, max=1500)] = None,
    conditions: Annotated[str, typer.Option(help="what the camera has to bear; a wrong word lists them")] = "clear",
    rate: Annotated[
        float | None, typer.Option(help="pictures a second; 30 unless the conditions say otherwise", min=5, max=120)
    ] = None,
    cadence: Annotated[float | None, typer.Option(help="turns of the rope a minute; usual for the style", min=40, max=500)] = None,
    crowded: Annotated[bool, typer.Option("--crowded", help="squares so close that ropes swing into the next")] = False,
    poor: Annotated[bool, typer.Option("--poor", help="pupils who are uneven, trip and rest")] = False,
    seed: Annotated[int, typer.Option(help="the same seed gives the same clip", min=0)] = 1,
) -> None:
    """Write a clip of a heat and everything that is true of it. `touchline count video` reads the clip."""
    import json
    import math
    from dataclasses import replace

    from simulators.camera_conditions import NAMED
    from simulators.exercising_body import Exercise
    from simulators.heat_film import GAP_M, HeatFilm
    from simulators.pupil import Ability
    from simulators.skipping_style import Style
    from simulators.view import BODY_M, View

    headings = {"front": 0.0, "oblique": math.radians(45), "side": math.radians(90), "back": math.radians(180)}
    doings: dict[str, Style | Exercise | None] = {"empty": None} | {word.value: word for word in (*Style, *Exercise)}
    words = [_one_of("--style", word, sorted(doings)) for word in style or ["single-bounce"]]
    squares = stations or len(words)
    doing = [doings[words[n % len(words)]] for n in range(squares)]
    width, _, height = size.partition("x")
    if not (width.isdigit() and height.isdigit() and min(int(width), int(height)) >= 64):
        _refuse(f"--size: '{size}' is no size; write for example 1280x720")
    pixels = (int(width), int(height))
    if body_px is not None and squares > 1:
        _refuse("--body-px is for one pupil; a camera that sees several squares has its own place")
    bears = NAMED[_one_of("--conditions", conditions, list(NAMED))]
    film = HeatFilm(
        doing,
        seconds=seconds,
        seed=seed,
        size=pixels,
        rows=rows,
        heading_rad=headings[_one_of("--view", view, list(headings))],
        view=View.of_one(pixels, body_px, height_m=camera_height) if body_px is not None else None,
        camera_height_m=camera_height,
        camera_yaw_rad=math.radians(camera_yaw),
        conditions=bears if rate is None else replace(bears, rate_hz=rate),
        ability=None
        if cadence is None
        else Ability(cadence, unevenness=0.08 if poor else 0.03, trips_per_min=5.0 if poor else 0.7),
        poor=poor,
        gap_m=-0.2 if crowded else GAP_M,
        height_m=BODY_M if body_px is not None else None,
    )
    try:
        told = film.write(out)
    except OSError:
        _refuse(f"{out}: cannot be written")
    seen = [{name: pupil[name] for name in ("square", "doing", "skips", "square_px")} for pupil in told["pupils"]]
    typer.echo(json.dumps({"file": str(out), "truth": str(out.with_suffix(".json")), "pupils": seen}))


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


def run(
    out: Annotated[Path, typer.Argument(help="the folder to write: settings, class list, film, recordings of receivers, truth")],
    runners: Annotated[int, typer.Option(help="pupils", min=1, max=45)] = 12,
    laps: Annotated[int, typer.Option(help="laps that each runs", min=1, max=60)] = 4,
    lap: Annotated[float, typer.Option(help="length of a lap, metres", min=20, max=1_000)] = 200.0,
    receivers: Annotated[
        int, typer.Option(help="receivers at the line, four metres apart; 0 for a run without bands", min=0, max=3)
    ] = 2,
    film: Annotated[bool, typer.Option(help="with a camera at the line; drawing it takes about as long as the run")] = True,
    master_key: Annotated[str, typer.Option(help="hexadecimal key of the bands")] = "00" * 16,
    seed: Annotated[int, typer.Option(help="the same seed gives the same run", min=0)] = 1,
) -> None:
    """Write a run for a gateway without hardware.

    `touchline run --config OUT/touchline.toml` plays it, from its start on. The signal is to be given 20 s later.
    """
    import json

    from rich.progress import Progress

    from firmware_bridge.keys import KeyRing
    from simulators.run_kit import LEAD_S, RunKit
    from simulators.running_course import Course

    try:
        keys = KeyRing(bytes.fromhex(master_key))
    except ValueError:
        _refuse("--master-key: hexadecimal digits, 32 or more")
    places = {0: (), 1: (0.0,), 2: (-2.0, 2.0), 3: (-4.0, 0.0, 4.0)}[receivers]
    kit = RunKit(Course(lap_m=lap, laps=laps), runners, keys.key, places, film, master_key, seed)
    try:
        with Progress(disable=not film, transient=True) as shown:
            drawing = shown.add_task("drawing the film", total=1.0)
            truth = kit.write(out.resolve(), lambda share: shown.update(drawing, completed=share))
    except OSError as exc:
        _refuse(f"{out}: cannot be written ({exc})")
    told = {"folder": str(out), "signal_s": LEAD_S, "laps": {who: len(times) for who, times in truth["laps_s"].items()}}
    typer.echo(json.dumps(told))


def network(
    to: Annotated[str, typer.Option(help="where the broker is, `host:port`")] = "127.0.0.1:1883",
    listen: Annotated[int, typer.Option(help="port of this machine that a gateway connects to instead", min=1, max=65_535)] = 1884,
    fault: Annotated[
        list[str] | None, typer.Option(help="kinds of faults to draw from; all of them, if none is given; a wrong word lists them")
    ] = None,
    minutes: Annotated[float, typer.Option(help="how long there are faults, then all is fine until Ctrl-C", min=0)] = 10.0,
    seed: Annotated[int, typer.Option(help="the same seed gives the same faults at the same times", min=0)] = 1,
) -> None:
    """Stand between a gateway and its broker, and be a bad network: late, narrow, broken, silent; prints what happens."""
    from simulators.network import FAULTS, Network, timetable

    kinds = [_one_of("--fault", one, list(FAULTS)) for one in fault or FAULTS]
    host, _, port = to.rpartition(":")
    if not host or not port.isdecimal():
        _refuse(f"--to: '{to}' is no address; write host:port, such as 127.0.0.1:1883")

    async def main(stop: asyncio.Event) -> None:
        proxy = Network(int(port), to_host=host, port=listen, seed=seed)
        try:
            await proxy.start()
        except OSError as exc:
            _refuse(f"port {listen} cannot be used ({exc.strerror}): stop the other program, or choose another one with --listen")
        typer.echo(f"127.0.0.1:{listen} leads to {to}; set uplink.broker = 'mqtt://127.0.0.1:{listen}'")
        weather = asyncio.create_task(_tell_weather(proxy, timetable(seed, minutes * 60, kinds)))
        await stop.wait()
        weather.cancel()
        await proxy.stop()
        done = proxy.counts
        typer.echo(
            f"{done.connections} connections, {done.refused} refused, {done.reset} reset, {done.bytes_through:,} bytes through"
        )

    run_until_stopped(main, "warning")


async def _tell_weather(proxy: Network, table: Sequence[tuple[float, Conditions]]) -> None:
    began = asyncio.get_running_loop().time()
    for at_s, conditions in table:
        await asyncio.sleep(max(0.0, began + at_s - asyncio.get_running_loop().time()))
        proxy.conditions = conditions
        typer.echo(f"{at_s:7.1f} s  {conditions}")


def _one_of(option: str, word: str, words: list[str]) -> str:
    if word not in words:
        _refuse(f"{option}: there is no '{word}'; choose one of: {', '.join(words)}")
    return str(word)


def _refuse(told: str) -> NoReturn:
    typer.echo(told, err=True)
    raise typer.Exit(2)
