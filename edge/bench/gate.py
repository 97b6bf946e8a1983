"""The camera gate in figures: boxes and drawn films with known truth, `supervision`'s LineZone beside ours, and what it costs."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import cv2

from edge.bench.figure import Place, figure
from edge.bench.guest_line import NOT_INSTALLED
from edge.bench.live_gate import live_gate
from edge.bench.peers import OTHER_PYTHON
from edge.capture.finish_line import FinishLine
from edge.counting.body_tracks import BodyTracks, Box
from edge.counting.events import Crossing
from edge.counting.line import BodyPoint, Line, LineCounter, LineSample
from models.blazepose import BlazePose
from models.errors import ModelUnusable
from simulators.camera_conditions import CameraConditions
from simulators.gate_film import GateFilm, Runner, Thing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from edge.bench.figure import Figure
    from edge.counting.body_tracks import Followed

SEQUENCES: Final = 60
BOX_RATE_HZ: Final = 30.0
BOX_S: Final = 8.0
LANES: Final = (230.0, 290.0, 350.0, 410.0)
LOST: Final = 0.05
WITHIN_S: Final = 0.25
TABLE: Final = "camera gate"
OURS: Final = "touchline"
COST_SHARE: Final = 0.5
LATE_MS: Final = 300.0
RSS_MB: Final = 350.0
LIVE_S: Final = 20.0
LIVE_RUNS: Final = 3


@dataclass(frozen=True, slots=True)
class BoxSequence:
    """Boxes without names, and what is true of them."""

    line: tuple[float, float, float, float]
    pictures: tuple[tuple[Box, ...], ...]
    rightwards: int
    leftwards: int


@dataclass(slots=True)
class Tally:
    """Crossings of several runs."""

    true: int = 0
    missed: int = 0
    invented: int = 0

    def add(self, true: Counter[str], found: Counter[str]) -> None:
        """Take the crossings of one run, by direction."""
        self.true += true.total()
        self.missed += (true - found).total()
        self.invented += (found - true).total()

    @property
    def wrong(self) -> float:
        """Missed and invented, as a share of the true ones."""
        return (self.missed + self.invented) / max(1, self.true)


def box_sequence(seed: int) -> BoxSequence:
    """As a detector gives them: 5 % lost, edges off by a few per cent; some stand on the line and sway."""
    draw = random.Random(seed)  # noqa: S311 - a drawn scene
    walks = []
    for lane in LANES:
        at_s = draw.uniform(1.0, 2.5)
        while at_s < BOX_S - 1.0:
            walks.append((at_s, draw.uniform(60, 320), draw.random() < 0.5, lane))
            at_s += draw.uniform(2.5, 4.0)
    stands = draw.random() < 0.5
    pictures = []
    for n in range(round(BOX_S * BOX_RATE_HZ)):
        t_s = n / BOX_RATE_HZ
        places = [(400 + (1 if right else -1) * speed * (t_s - at_s), lane) for at_s, speed, right, lane in walks]
        if stands:
            places.append((400 + draw.gauss(0, 3), 470.0))
        pictures.append(
            tuple(
                _box(x + draw.gauss(0, 1.5), lane + draw.gauss(0, 2), 90 * draw.uniform(0.96, 1.04))
                for x, lane in places
                if 0 < x < 800 and draw.random() > LOST
            )
        )
    right = sum(way for _, _, way, _ in walks)
    return BoxSequence((400, 150, 400, 520), tuple(pictures), right, len(walks) - right)


def _box(x: float, foot_y: float, height: float) -> Box:
    return Box(x - 0.19 * height, foot_y - height, 0.38 * height, height)


def follow(sequence: BoxSequence) -> tuple[list[Crossing], list[list[Followed]]]:
    """Our tracks and our count."""
    tracks, counter = BodyTracks(), LineCounter(Line(*sequence.line))
    found: list[Crossing] = []
    followed = []
    for n, boxes in enumerate(sequence.pictures):
        t_ns = round(n / BOX_RATE_HZ * 1e9)
        seen = [body for body in tracks.feed(t_ns, boxes) if body.seen and body.ripe]
        followed.append(seen)
        points = tuple(BodyPoint(b.track, b.box.middle_x, b.box.foot_y, b.box.width) for b in seen)
        found += [event for event in counter.feed(LineSample(t_ns, points)) if isinstance(event, Crossing)]
    found += [event for event in counter.flush() if isinstance(event, Crossing)]
    return found, followed


def line_zone(sequences: list[tuple[BoxSequence, list[list[Followed]]]]) -> list[tuple[int, int]] | None:
    """Crossings to the right and to the left by `supervision`, fed with our tracks; `None` where it is not installed."""
    told = [
        {
            "line": sequence.line,
            "pictures": [[[b.track, b.box.x, b.box.y, b.box.x + b.box.width, b.box.foot_y] for b in seen] for seen in followed],
        }
        for sequence, followed in sequences
    ]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "boxes.json"
        file.write_text(json.dumps(told), encoding="utf-8")
        for python in [sys.executable, *filter(None, [os.environ.get(OTHER_PYTHON)])]:
            command = [python, str(Path(__file__).with_name("guest_line.py")), str(file)]
            done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - no shell, our own words
            if done.returncode == 0:
                # A line drawn downwards: what it calls in comes from the right.
                return [(out, into) for into, out in json.loads(done.stdout.splitlines()[-1])["counts"]]
            if done.returncode != NOT_INSTALLED:
                raise RuntimeError(f"supervision failed: {(done.stderr.splitlines() or ['no words'])[-1]}")
    return None


def films() -> dict[str, GateFilm]:
    """What a gate has to see, each a few seconds long."""
    sunny = CameraConditions(cast_shadows=True)
    bunch = [Runner(3.2 + 0.3 * n, 1.6 + 0.35 * n, lane_m=(-1.2, 1.6, 0.2, 2.4)[n % 4], height_m=1.25 + 0.1 * n) for n in range(6)]
    return {
        "both ways, shadows": GateFilm([Runner(4, 1.5), Runner(4, 1.6, False, 1.2, 1.4)], seconds=3.0, conditions=sunny),
        "bunch of six": GateFilm(bunch, seconds=5.0, conditions=sunny, seed=3),
        "somebody stands there": GateFilm([Runner(0, 0, lane_m=1.5, sway_m=0.08), Runner(4, 2.0, lane_m=-0.5)], seconds=3.5),
        "ball and dog": GateFilm([Runner(4, 2.6)], [Thing("ball", 3, 1.2), Thing("dog", 3.5, 1.4, lane_m=0.8)], seconds=3.5),
        "wind": GateFilm([Runner(4, 1.5), Runner(3, 2.4, False, 1.0, 1.2)], seconds=3.5, conditions=CameraConditions(sway_px=4.0)),
    }


def ten_in_view() -> GateFilm:
    """Ten people who run or walk through the picture, so that about ten are in it all the time."""
    runners = [Runner(1.6 + 0.15 * n, 2.0 + 0.25 * n, n % 3 != 0, -1.2 + 0.42 * n, 1.25 + 0.06 * n) for n in range(10)]
    return GateFilm(runners, seconds=5.5, seed=5)


def measure_gate(_data: Path | None = None, notes: Callable[[str], None] | list[str] | None = None) -> list[Figure]:
    """Figures of the camera gate; what could not be measured is noted.

    Args:
        notes: gets a sentence for each figure that is not there.
    """
    say: Callable[[str], object] = notes.append if isinstance(notes, list) else notes or (lambda _sentence: None)
    rows = _boxes(say)
    try:
        model = BlazePose("lite")
    except ModelUnusable as exc:
        say(f"films at the gate are not measured: {exc}")
        return rows
    try:
        return [*rows, *_filmed(model), *_cost(model), *_live(say)]
    finally:
        model.close()


def _boxes(say: Callable[[str], object]) -> list[Figure]:
    sequences = [box_sequence(seed) for seed in range(SEQUENCES)]
    ours, theirs = Tally(), Tally()
    followed = []
    for sequence in sequences:
        found, seen = follow(sequence)
        followed.append((sequence, seen))
        ours.add(_true(sequence), Counter(crossing.direction for crossing in found))
    counted = line_zone(followed)
    if counted is None:
        say("supervision is not installed, so its LineZone is not in the table (docs/dependencies.md tells how)")
    for sequence, (right, left) in zip(sequences, counted or (), strict=bool(counted)):
        theirs.add(_true(sequence), +Counter(left_to_right=right, right_to_left=left))
    rows = []
    for name, tally in ((OURS, ours), *((("LineZone", theirs),) if counted else ())):
        goal = 0.0 if name == OURS else None
        for what, value in (("missed", tally.missed), ("invented", tally.invented)):
            label = f"boxes: {what} of {tally.true}"
            rows.append(figure(f"gate.boxes.{what}.{name}", [value], "", goal=goal, place=Place(TABLE, label, name)))
    return rows


def _true(sequence: BoxSequence) -> Counter[str]:
    return +Counter(left_to_right=sequence.rightwards, right_to_left=sequence.leftwards)


def _filmed(model: BlazePose) -> list[Figure]:
    tally, off_ms = Tally(), []
    for film in films().values():
        found = list(_look(film, model)[0])
        true = Counter("left_to_right" if passing.side > 0 else "right_to_left" for passing in film.passings)
        tally.add(true, Counter(crossing.direction for crossing in found))
        for passing in film.passings:
            near = [abs(crossing.t_ns / 1e9 - passing.t_s) for crossing in found]
            if near and min(near) <= WITHIN_S:
                off_ms.append(1e3 * min(near))
    return [
        figure("gate.films.missed", [tally.missed], "", goal=0.0, place=Place(TABLE, f"films: missed of {tally.true}", OURS)),
        figure("gate.films.invented", [tally.invented], "", goal=0.0, place=Place(TABLE, "films: invented", OURS)),
        figure("gate.films.off_ms", off_ms or [0.0], "ms", place=Place(TABLE, "films: time off, median", OURS)),
    ]


def _cost(model: BlazePose) -> list[Figure]:
    _, cpu_ms = _look(ten_in_view(), model, after_s=2.2)
    return [figure("gate.cpu_ms", [cpu_ms], "ms", place=Place(TABLE, "CPU a picture, ten people, decode apart", OURS))]


def _live(say: Callable[[str], object]) -> list[Figure]:
    """The same film as a camera of a gateway: what a process takes that reads, looks, names and shows."""
    film = ten_in_view()
    with tempfile.TemporaryDirectory() as folder:
        clip = Path(folder) / "ten.avi"
        film.write(clip)
        try:
            runs = [live_gate(clip, film.line_px, LIVE_S) for _ in range(LIVE_RUNS)]
        except RuntimeError as exc:
            say(str(exc))
            return []

    def row(key: str, label: str, values: list[float], unit: str, goal: float | None) -> Figure:
        return figure(f"gate.live.{key}", values, unit, goal=goal, place=Place(TABLE, label, OURS))

    shares, late = [run.share_of_core for run in runs], [run.late_ms[1] for run in runs]
    rows = [
        row("core", "live, ten people: share of one core, decode of 720p too", shares, "cores", COST_SHARE),
        row("looked", "live: share of the pictures that are looked at", [run.looked for run in runs], "", None),
        row("half_late", "live: crossing to screen, half", [run.late_ms[0] for run in runs], "ms", None),
        row("late", "live: crossing to screen, 99 of 100", late, "ms", LATE_MS),
    ]
    told = [run.rss_mb for run in runs if run.rss_mb is not None]
    return [*rows, row("rss", "live: highest memory", told, "MB", RSS_MB)] if told else rows


def _look(film: GateFilm, model: BlazePose, after_s: float = 0.0) -> tuple[Iterable[Crossing], float]:
    """Crossings, and CPU milliseconds a picture after a time; what it takes to draw is not counted."""
    cv2.setNumThreads(1)
    gate = FinishLine(film.line_px, model)
    found: list[Crossing] = []
    spent, pictures = 0.0, 0
    for t_s, picture in film.shots():
        began = time.process_time()
        found += gate.look(round(t_s * 1e9), picture)
        if t_s >= after_s:
            spent, pictures = spent + time.process_time() - began, pictures + 1
    return [*found, *gate.flush()], 1e3 * spent / max(1, pictures)
