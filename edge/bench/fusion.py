"""`touchline bench fusion`: simulated pupils with a band and in front of a camera, each alone and both together, with the truth."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from edge.bench.figure import Place, figure
from edge.bench.progress import stages
from edge.capture.stations import Square, StationTracker
from edge.counting import rope_official, rope_pose
from edge.counting.fusion import fuse
from edge.counting.samples import BodySample, MotionSamples
from models.blazepose import BlazePose

if TYPE_CHECKING:
    from pathlib import Path

    from edge.bench.figure import Figure

ATTEMPTS: Final = 100
SECONDS: Final = 20.0
ALLOWED: Final = 3
LEAST_CONFIDENCE: Final = 0.8
FAULTS: Final = ("nothing", "nothing", "the band falls off", "the band is silent", "the square is hidden")
SKIPPING: Final = ("SINGLE_BOUNCE", "SINGLE_BOUNCE", "DOUBLE_BOUNCE", "DOUBLE_UNDER")
TABLE: Final = "Band, camera and both, simulated"


@dataclass(frozen=True, slots=True)
class _Outcome:
    fault: str
    truth: int
    band: int
    camera: int
    fused: int
    flagged: bool


def run(data: Path | None, notes: list[str] | None = None) -> list[Figure]:
    """How many attempts are exact, and whether both together are ever worse than the better one."""
    del data
    cv2.setNumThreads(1)
    model = BlazePose("lite")
    outcomes = []
    with stages(ATTEMPTS) as begin:
        for seed in range(ATTEMPTS):
            begin(f"attempt {seed + 1}")
            outcomes.append(_attempt(model, seed))
    told = notes if notes is not None else []
    told += [f"attempt {n}: {one}" for n, one in enumerate(outcomes) if one.fused != one.truth]
    figures = []
    for name in ("all", *dict.fromkeys(FAULTS)):
        mine = [one for one in outcomes if name in {"all", one.fault}]
        for column, exact in (
            ("band", [one.band == one.truth for one in mine]),
            ("camera", [one.camera == one.truth for one in mine]),
            ("both", [one.fused == one.truth for one in mine]),
        ):
            goal = 0.99 if (name, column) == ("all", "both") else None
            place = Place(TABLE, f"exact: {name} ({len(mine)})", column)
            label = f"exact, {column}, {name}"
            figures.append(figure(label, [float(np.mean(exact))], "share", goal=goal, better="more", place=place))
    worse = [abs(one.fused - one.truth) > min(abs(one.band - one.truth), abs(one.camera - one.truth)) for one in outcomes]
    silent = [one.fused != one.truth and not one.flagged for one in outcomes]
    return [
        *figures,
        figure("attempts in which both are worse than the better one", [float(sum(worse))], "attempts", goal=0.0),
        figure("attempts that are wrong and not marked for review", [float(sum(silent))], "attempts"),
        figure("attempts off by more than one and not marked", [float(_off(outcomes))], "attempts"),
    ]


def _off(outcomes: list[_Outcome]) -> int:
    return sum(abs(one.fused - one.truth) > 1 and not one.flagged for one in outcomes)


def _attempt(model: BlazePose, seed: int) -> _Outcome:
    from simulators.band_motion import LEAD_S, Style, record_attempt
    from simulators.heat_film import HeatFilm

    draw = np.random.default_rng(seed)
    style, fault = Style[SKIPPING[int(draw.integers(len(SKIPPING)))]], FAULTS[seed % len(FAULTS)]
    turned_rad = float(draw.uniform(-0.8, 0.8))
    film = HeatFilm.of_one(style, body_px=160, size=(240, 256), heading_rad=turned_rad, seconds=SECONDS, seed=seed)
    drawn = film.attempts[0]
    assert drawn is not None
    motion = record_attempt(drawn, style, seed=seed)
    tracker = StationTracker(model, Square(*film.squares[0]))
    seen = [tracker.track(round((shot.t_s + LEAD_S) * 1e9), shot.picture) for shot in film.shots()]
    felt = MotionSamples(motion.t_ns, motion.accel_mps2, motion.gyro_rads)
    at_s = LEAD_S + float(draw.uniform(6.0, SECONDS - 8.0))
    band = rope_official.count_official(_felt_with(felt, fault, at_s, draw))
    camera = rope_pose.count_official(_seen_with(seen, fault, at_s))
    live = max(band.count, camera.count)
    fused = fuse({"band": band, "camera": camera}, live, allowed=ALLOWED, least_confidence=LEAST_CONFIDENCE)
    return _Outcome(fault, film.truths[0].skips, band.count, camera.count, fused.count, fused.doubt is not None)


def _felt_with(felt: MotionSamples, fault: str, at_s: float, draw: np.random.Generator) -> MotionSamples:
    t_s = felt.t_ns / 1e9
    if fault == "the band is silent":
        kept = (t_s < at_s) | (t_s > at_s + 3.0)
        return MotionSamples(felt.t_ns[kept], felt.accel_mps2[kept], None if felt.gyro_rads is None else felt.gyro_rads[kept])
    if fault == "the band falls off":
        lies = t_s >= at_s
        accel = felt.accel_mps2.copy()
        accel[lies] = (np.array([0.0, 0.0, 9.81]) + draw.normal(0, 0.03, (int(lies.sum()), 3))).astype(np.float32)
        gyro = None if felt.gyro_rads is None else felt.gyro_rads.copy()
        if gyro is not None:
            gyro[lies] = draw.normal(0, 0.005, (int(lies.sum()), 3)).astype(np.float32)
        return MotionSamples(felt.t_ns, accel, gyro)
    return felt


def _seen_with(seen: list[BodySample], fault: str, at_s: float) -> list[BodySample]:
    if fault != "the square is hidden":
        return seen
    return [replace(one, present=False) if at_s <= one.t_ns / 1e9 <= at_s + 4.0 else one for one in seen]
