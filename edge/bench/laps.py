"""`touchline bench laps`: simulated runs of a class with the whole truth, real passes of a beacon, and the camera at the line."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Final

import numpy as np

from edge.bench.figure import Place, figure
from edge.bench.lap_play import Scored, Setting, by_threshold, hear_passings, play, score
from edge.bench.progress import stages
from edge.bench.rssi_passes import passes_found
from simulators.running_course import EIGHT_HUNDRED, SHUTTLE, TWELVE_MINUTES
from simulators.running_field import RunningField

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from edge.bench.figure import Figure
    from simulators.running_course import Course

SEEDS: Final = 20
FIRST_SEED: Final = 100
"""Gate and identity were made with the runs 0 to 9."""
OTHER_SEEDS: Final = 2
RUNNERS: Final = 40
BESIDE: Final = Setting("threshold, 1 receiver", 1, camera=False, threshold=True)
SETTINGS: Final = (
    Setting("camera + radio 3", 3, camera=True),
    Setting("camera + radio 2", 2, camera=True),
    Setting("camera + radio 1", 1, camera=True),
    Setting("radio 3", 3, camera=False),
    Setting("radio 2", 2, camera=False),
    Setting("radio 1", 1, camera=False),
    Setting("camera + taps", 0, camera=True, taps=True),
    BESIDE,
)
OTHER_SETTINGS: Final = (SETTINGS[1], SETTINGS[4], SETTINGS[6])
CLAIMED: Final = "camera + radio 3"
TABLE: Final = "Laps, simulated: 40 runners x 4 laps"
OTHERS: Final = {"Shuttle, simulated: 40 runners, 50 m x 8": SHUTTLE, "12 minutes, simulated: 40 runners": TWELVE_MINUTES}
COUNTED: Final = 0.999
WRONG: Final = 0.005
CAMERA_S: Final = 0.050
RADIO_S: Final = 0.500
MARKS: Final = (
    "Marked: may be somebody else's lap, lacks its steps, was seen by nobody, or is of doubtful order and a last lap hangs on it. "
    "Given to the wrong pupil: never run; or, without a doubt, with another body's time by more than 0.1 s; or, of doubtful "
    "order in the middle of a run, by more than 0.5 s. Strictly: laps without any doubt only, 0.1 s. Order wrong: those of "
    "doubtful order that are off by more than 0.1 s. The time of a lap that nobody saw counts as right within a fifth of a lap. "
    "Two bands in a hundred fall silent at some moment of a run: of a lap without a band, radio alone cannot tell, and the row of "
    "bands that were alive leaves it out."
)
UHF_CHIPS: Final = 0.995
"""Laps read with one UHF tag at a shoe or bib, as its makers say."""


def run(data: Path | None, notes: list[str] | None = None) -> list[Figure]:
    """Laps of simulated runs, passings of a real beacon, where recordings are there, and the camera's own rows."""
    told = notes if notes is not None else []
    told.append(MARKS)
    scores = _simulated(SETTINGS, EIGHT_HUNDRED, SEEDS)
    figures: list[Figure] = []
    for setting in SETTINGS:
        figures += _rows(TABLE, setting, scores[setting.name], claimed=setting.name == CLAIMED)
    for table, course in OTHERS.items():
        other = _simulated(OTHER_SETTINGS, course, OTHER_SEEDS)
        for setting in OTHER_SETTINGS:
            figures += _rows(table, setting, other[setting.name], claimed=False)
    uhf = {"UHF chips, one tag": [UHF_CHIPS]}
    figures.append(figure("laps counted", [scores[CLAIMED].share("counted")], "share", goal=UHF_CHIPS, better="more", beside=uhf))
    figures += _real(data, told)
    return [*figures, *_camera(data, told)]


def _simulated(settings: Sequence[Setting], course: Course, seeds: int) -> dict[str, Scored]:
    scores = {setting.name: Scored() for setting in settings}
    with stages(seeds) as begin:
        for seed in range(FIRST_SEED, FIRST_SEED + seeds):
            begin(f"run {seed}")
            field = RunningField.draw(RUNNERS, course, seed=seed)
            passings = {
                receivers: hear_passings(field, receivers)
                for receivers in {one.receivers for one in settings if not one.threshold}
                if receivers
            }
            for setting in settings:
                events = by_threshold(field) if setting.threshold else play(field, setting, passings.get(setting.receivers, []))
                scores[setting.name].add(score(field, events))
    return scores


def _rows(table: str, setting: Setting, scored: Scored, *, claimed: bool) -> list[Figure]:
    column = setting.name
    runs = max(1, scored.counts["runs"])

    def row(label: str, value: float, unit: str, goal: float | None = None, *, more: bool = False) -> Figure:
        place = Place(table, label, column)
        name = f"{label}, {column}" if table == TABLE else f"{label}, {column}, {table}"
        return figure(name, [value], unit, goal=goal, better="more" if more else "less", place=place)

    rows = [
        row("laps counted", scored.share("counted"), "share", COUNTED if claimed else None, more=True),
        row("given to the wrong pupil, unmarked", scored.share("wrong"), "share", WRONG if claimed else None),
        row("the same, strictly", scored.share("strictly wrong"), "share"),
        row("order wrong, not asked about", scored.share("swapped"), "share"),
        row("order doubtful, not asked about", scored.share("of doubtful order, not asked about"), "share"),
        row("marked", scored.share("marked"), "share"),
        row("invented", scored.share("invented"), "share"),
        row("questions a run", scored.counts["questions"] / runs, "questions"),
    ]
    if setting.receivers:
        rows.insert(1, row("laps counted, of bands that were alive", scored.share_alive, "share", more=True))
    if scored.by_camera_s:
        rows.append(row("time by camera, p95", _p95(scored.by_camera_s), "s", CAMERA_S if claimed else None))
    if scored.unordered_s:
        rows.append(row("the same, order doubtful", _p95(scored.unordered_s), "s"))
    if scored.by_radio_s:
        goal = RADIO_S if table == TABLE and not setting.camera and setting.receivers > 1 else None
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
