"""`touchline bench laps`: simulated runs of a class with the whole truth, real passes of a beacon, and the camera at the line."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Final

import numpy as np

from edge.bench.figure import Place, figure
from edge.bench.lap_play import Scored, Setting, by_threshold, hear_passings, play, score
from edge.bench.progress import stages
from edge.bench.rssi_passes import passes_found

if TYPE_CHECKING:
    from pathlib import Path

    from edge.bench.figure import Figure

SEEDS: Final = 20
RUNNERS: Final = 40
BESIDE: Final = Setting("threshold, 1 receiver", 1, camera=False, threshold=True)
SETTINGS: Final = (
    Setting("camera + radio 3", 3, camera=True),
    Setting("camera + radio 2", 2, camera=True),
    Setting("radio 3", 3, camera=False),
    Setting("radio 2", 2, camera=False),
    Setting("radio 1", 1, camera=False),
    Setting("camera + taps", 0, camera=True, taps=True),
    BESIDE,
)
CLAIMED: Final = "camera + radio 3"
TABLE: Final = "Laps, simulated: 40 runners x 4 laps"
COUNTED: Final = 0.999
WRONG: Final = 0.005
CAMERA_S: Final = 0.050
RADIO_S: Final = 0.500
UHF_CHIPS: Final = 0.995
"""Laps read with one UHF tag at a shoe or bib, as its makers say."""


def run(data: Path | None, notes: list[str] | None = None) -> list[Figure]:
    """Laps of simulated runs, passings of a real beacon, where recordings are there, and the camera's own rows."""
    told = notes if notes is not None else []
    scores = _simulated()
    figures: list[Figure] = []
    for setting in SETTINGS:
        figures += _rows(setting, scores[setting.name])
    uhf = {"UHF chips, one tag": [UHF_CHIPS]}
    figures.append(figure("laps counted", [scores[CLAIMED].share("counted")], "share", goal=UHF_CHIPS, better="more", beside=uhf))
    figures += _real(data, told)
    return [*figures, *_camera(data, told)]


def _simulated() -> dict[str, Scored]:
    from simulators.running_field import RunningField

    scores = {setting.name: Scored() for setting in SETTINGS}
    with stages(SEEDS) as begin:
        for seed in range(SEEDS):
            begin(f"run {seed + 1}")
            field = RunningField.draw(RUNNERS, seed=seed)
            passings = {
                receivers: hear_passings(field, receivers) for receivers in {one.receivers for one in SETTINGS} if receivers
            }
            for setting in SETTINGS:
                events = by_threshold(field) if setting.threshold else play(field, setting, passings.get(setting.receivers, []))
                scores[setting.name].add(score(field, events))
    return scores


def _rows(setting: Setting, scored: Scored) -> list[Figure]:
    claimed, column = setting.name == CLAIMED, setting.name
    runs = max(1, scored.counts["runs"])

    def row(label: str, value: float, unit: str, goal: float | None = None, *, more: bool = False) -> Figure:
        place = Place(TABLE, label, column)
        return figure(f"{label}, {column}", [value], unit, goal=goal, better="more" if more else "less", place=place)

    rows = [
        row("laps counted", scored.share("counted"), "share", COUNTED if claimed else None, more=True),
        row("given to the wrong pupil, unmarked", scored.share("wrong"), "share", WRONG if claimed else None),
        row("marked", scored.share("marked"), "share"),
        row("invented", scored.share("invented"), "share"),
        row("questions a run", scored.counts["questions"] / runs, "questions"),
        row("questions a run about a last lap", scored.counts["questions about a last lap"] / runs, "questions"),
    ]
    if scored.by_camera_s:
        rows.append(row("time by camera, p95", _p95(scored.by_camera_s), "s", CAMERA_S if claimed else None))
    if scored.by_radio_s:
        goal = RADIO_S if not setting.camera and setting.receivers > 1 else None
        rows.append(row("time without the camera, p95", _p95(scored.by_radio_s), "s", goal))
    return rows


def _p95(values: list[float]) -> float:
    return float(np.percentile(np.abs(values), 95))


def _real(data: Path | None, notes: list[str]) -> list[Figure]:
    if data is None:
        notes.append("no real recordings: give their folder by --data or TOUCHLINE_DATA to see passings of a real beacon")
        return []
    figures = []
    for faster, way in ((1.0, "as walked, 2 Hz"), (5.0, "played as a jog, 10 Hz")):
        found = passes_found(data, faster)
        table = f"A real beacon past twelve receivers indoors, {found['touchline'][2]} passes"
        for name, (right, invented, _) in found.items():
            for row, value in ((f"found, {way}", right), (f"invented, {way}", invented)):
                figures.append(figure(f"{row}, {name}", [float(value)], "passes", place=Place(table, row, name)))
    return figures


def _camera(data: Path | None, notes: list[str]) -> list[Figure]:
    """The rows of the camera at the line; they have a module of their own."""
    try:
        gate = importlib.import_module("edge.bench.gate")
    except ImportError as exc:
        notes.append(f"the camera's own rows are left out: {exc}")
        return []
    rows: list[Figure] = gate.measure_gate(data, notes)
    return rows
