"""`touchline models train-rope`: train the small network that sees turns of a rope, and judge it on people it has not seen."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from models.training.rope_tcn.recordings import Recording

ROUNDS: Final = 2
"""Every simulated style and limb comes so often, with good and with poor pupils."""

Counts = dict[Path, int]
Bouts = dict[Path, list[list[float]]]


def train_rope(
    data: Annotated[Path, typer.Argument(help="folder of recordings with a manifest.json", show_default=False)],
    seed: Annotated[int, typer.Option(help="the first seed; the same seed gives the same weights")] = 1,
    seeds: Annotated[int, typer.Option(help="how many seeds are judged", min=0, max=20)] = 1,
    steps: Annotated[int, typer.Option(help="of the optimiser, for each network", min=1)] = 1200,
    simulated: Annotated[bool, typer.Option(help="train on simulated recordings too")] = True,
    causal: Annotated[bool, typer.Option("--causal", help="a network that looks back only, for a live count")] = False,
    out: Annotated[Path | None, typer.Option(help="write the network trained on everybody, as ONNX")] = None,
) -> None:
    """Train and judge the network: subjects are held out one by one, and signal processing is judged beside it."""
    try:
        from models.training.rope_tcn.evaluate import counts, folds, gated, held_out
        from models.training.rope_tcn.net import Shape
        from models.training.rope_tcn.recordings import load
        from models.training.rope_tcn.train import Plan, train
    except ModuleNotFoundError as exc:
        typer.echo(f"{exc.name} is not installed: pip install 'touchline[training]'", err=True)
        raise typer.Exit(2) from None
    shape, plan = Shape(causal=causal), Plan(steps=steps)
    try:
        recordings = load(data)
        folds(recordings)
    except (OSError, ValueError, KeyError) as exc:
        typer.echo(f"{data}: {exc}", err=True)
        raise typer.Exit(2) from None
    with tempfile.TemporaryDirectory() as scratch, Console(stderr=True).status("simulated recordings") as status:
        made = load(write_simulated(Path(scratch), seed)) if simulated else []
        judged: dict[str, Counts] = {}
        turns = _signal_processing(recordings) if seeds else {}
        if seeds:
            judged["signal processing"] = {path: sum(map(len, bouts)) for path, bouts in turns.items()}
        for number in range(seed, seed + seeds):

            def held(subjects: str, number: int = number) -> None:
                status.update(f"seed {number}, without {subjects}")

            said = held_out(recordings, made, number, shape, plan, progress=held)
            judged[f"network {number}"] = counts(said)
            judged[f"gate of bouts {number}"] = gated(said, turns)
            judged[f"gate of attempts {number}"] = gated(said, turns, whole=True)
        if out is not None:
            from models.training.rope_tcn.export import to_onnx

            status.update("the network for everybody")
            out.write_bytes(to_onnx(train([*recordings, *made], seed, shape, plan), shape))
    if judged:
        Console().print(_table(recordings, judged))
    if out is not None:
        typer.echo(f"{out}: {out.stat().st_size} bytes")


def _signal_processing(recordings: Sequence[Recording]) -> Bouts:
    """Times of the turns that the gateway's own official count finds, in seconds since the first sample."""
    from edge.counting.rope_official import count_official
    from edge.recordings.motion_file import read_motion

    found: Bouts = {}
    for recording in recordings:
        samples = read_motion(recording.path)
        start_ns, counted = int(samples.t_ns.min()), count_official(samples)
        found[recording.path] = [
            [(t_ns - start_ns) / 1e9 for t_ns in counted.event_t_ns if bout.start_ns <= t_ns <= bout.end_ns]
            for bout in counted.bouts
        ]
    return found


def _table(recordings: Sequence[Recording], judged: Mapping[str, Counts]) -> Table:
    """Recordings within tolerance, and turns wrong, by group and by subject who skips."""
    from models.training.rope_tcn.evaluate import score
    from models.training.rope_tcn.recordings import Role

    groups: dict[str, list[Recording]] = {str(role): [r for r in recordings if r.role is role] for role in Role}
    rope = groups[str(Role.ROPE)]
    groups |= {f"rope, {subject}": [r for r in rope if r.subject == subject] for subject in sorted({r.subject for r in rope})}
    groups = {name: some for name, some in groups.items() if some}
    table = Table("good/all wrong", *judged, box=None, header_style="bold")
    for name, some in groups.items():
        scores = [score(some, counted) for counted in judged.values()]
        table.add_row(name, *(f"{s.good}/{s.recordings} {s.wrong}" for s in scores))
    return table


def write_simulated(folder: Path, seed: int) -> Path:
    """Write simulated recordings of every style, limb and everyday motion, with a manifest as real ones have it."""
    import numpy as np

    from simulators.band_motion import everyday_motion, pupil_of, skipping_motion, write_motion
    from simulators.everyday_limb import Everyday
    from simulators.motion_sensor import worn_watch
    from simulators.rope_limb import Limb
    from simulators.skipping_style import Style

    entries: list[dict[str, object]] = []
    for kind in ("imu", "steps"):
        (folder / kind).mkdir(parents=True, exist_ok=True)
    draws = np.random.default_rng(seed)
    sensor = worn_watch(50.0, gyro=False)
    plans = [(style, limb, poor) for _ in range(ROUNDS) for style in Style for limb in Limb for poor in (False, True)]
    for number, (style, limb, poor) in enumerate(plans):
        own = int(draws.integers(2**31))
        pupil = pupil_of(style, own, poor=poor)
        made = skipping_motion(style, limb=limb, ability=pupil, seconds=35.0, backward=bool(own % 2), sensor=sensor, seed=own)
        name = f"imu/{number}-{style}.csv"
        write_motion(folder / name, made)
        entry: dict[str, object] = {"file": name, "subject": "simulated", "true_count": len(made.truth.turns_s)}
        if style is Style.SIDE_SWING:
            entry |= {"activity": "rope_side_swing", "true_count": len(made.truth.swings_s)}
        else:
            times = f"imu/{number}-{style}-turns.csv"
            (folder / times).write_text("t_s\n" + "".join(f"{t_s:.4f}\n" for t_s in made.truth.turns_s), encoding="utf-8")
            entry |= {"activity": f"rope_skip_{style}", "event_times_file": times}
        entries.append(entry)
    jumping = {Everyday.FREE_JUMPS, Everyday.JUMPING_JACKS, Everyday.ROPE_SWING}
    everyday = [(what, limb, pace) for what in Everyday for limb in (Limb.RIGHT_WRIST, Limb.ANKLE) for pace in (0.7, 1.0, 1.3)]
    for number, (what, limb, pace) in enumerate(everyday):
        made = everyday_motion(what, limb=limb, pace=pace, sensor=sensor, seed=int(draws.integers(2**31)))
        name = f"{'imu' if what in jumping else 'steps'}/{number}-{what}.csv"
        write_motion(folder / name, made)
        activity = "no rope: vertical jumps" if what in jumping else f"no rope: {what}"
        entries.append({"file": name, "subject": "simulated", "activity": activity, "true_count": len(made.truth.steps_s)})
    (folder / "manifest.json").write_text(json.dumps(entries), encoding="utf-8")
    return folder
