"""Simulated limbs move like recorded ones: the figures of a simulated class lie among those of the real recordings.

The recordings are the yardstick. Where a style has recordings, other pupils do it at their cadences, with the same kind of sensor;
then the median of the simulated is compared with the range of the recordings. A handful of recordings of one or two people does not
tell the range of a population, so it is widened by `SLACK`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pytest

from edge.recordings.motion_file import read_motion
from simulators.band_motion import Ability, Everyday, Limb, MotionRecording, Sensor, Style, everyday_motion, skipping_motion
from support.limb_features import features, restlessness

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from edge.counting.samples import MotionSamples

pytestmark = pytest.mark.recordings
SLACK: Final = 0.15
PUPILS: Final = 16
WATCH: Final = Sensor(52.0, jitter=0.1, noise_mps2=0.05)
LOGGER: Final = Sensor(100.0, jitter=0.05, noise_mps2=0.05)
QUIET_WATCH: Final = Sensor(25.0, range_g=2.0, gyro=False)


@dataclass(frozen=True)
class Kind:
    """A style with recordings: which they are, and how its rhythm is looked for."""

    style: Style
    activity: str
    place: str
    band_hz: tuple[float, float]
    sensor: Sensor = WATCH
    window_s: float = 4.0
    least_mps2: float = 3.0
    turns_a_rhythm: int = 1


KINDS: Final = [
    Kind(Style.SINGLE_BOUNCE, "rope_skip_single_bounce", "wrist", (1.1, 3.2)),
    Kind(Style.DOUBLE_BOUNCE, "rope_skip_double_bounce", "wrist", (0.7, 1.8)),
    Kind(Style.RUN, "rope_skip_running_forward", "wrist", (0.9, 2.4)),
    Kind(Style.SIDE_SWING, "rope_side_swing", "wrist", (0.4, 0.9), window_s=6.0, least_mps2=2.0, turns_a_rhythm=2),
    Kind(Style.CROSS_OVER, "rope_cross_over", "wrist", (0.7, 2.4)),
    Kind(Style.SINGLE_BOUNCE, "rope_skip_single_bounce", "ankle", (1.1, 3.2), sensor=LOGGER),
]


def recorded(folder: Path, activity: str, place: str) -> Iterator[MotionSamples]:
    for case in json.loads((folder / "manifest.json").read_text(encoding="utf-8")):
        if activity in str(case.get("activity", "")) and place in str(case.get("position", "")):
            yield read_motion(folder / case["file"])


def figures(samples: MotionSamples | MotionRecording, kind: Kind) -> dict[str, float]:
    gyro = None if samples.gyro_rads is None else samples.gyro_rads.astype(float)
    accel = samples.accel_mps2.astype(float)
    return features(samples.t_ns / 1e9, accel, gyro, kind.band_hz, window_s=kind.window_s, least_mps2=kind.least_mps2)


def simulated(kind: Kind, cadences: list[float]) -> list[dict[str, float]]:
    made = []
    for seed, share in enumerate((np.arange(PUPILS) + 0.5) / PUPILS):
        cadence = float(np.quantile(cadences, share)) * kind.turns_a_rhythm
        ability = Ability(cadence_per_min=cadence, unevenness=0.035, trips_per_min=0, fatigue_per_min=0.05)
        limb = Limb.ANKLE if kind.place == "ankle" else (Limb.LEFT_WRIST, Limb.RIGHT_WRIST)[seed % 2]
        backward = bool(seed // 2 % 2)
        made.append(
            skipping_motion(
                kind.style, limb=limb, ability=ability, seconds=15, backward=backward, sensor=kind.sensor, seed=100 + seed
            )
        )
    return [figures(recording, kind) for recording in made]


def compare(kind: Kind, folder: Path) -> dict[str, tuple[int, float, float, float, float]]:
    """Of each figure: how many recordings have it, their lowest, median and highest, and the simulated median."""
    real = [found for samples in recorded(folder, kind.activity, kind.place) if (found := figures(samples, kind))]
    ours = [found for found in simulated(kind, [found["cadence"] for found in real]) if found]
    assert len(real) > 2
    assert len(ours) > 0.8 * PUPILS
    table = {}
    for name in dict.fromkeys(name for found in real for name in found):
        values = [found[name] for found in real if name in found and np.isfinite(found[name])]
        here = float(np.median([found[name] for found in ours if np.isfinite(found[name])]))
        table[name] = (len(values), min(values), float(np.median(values)), max(values), here)
    return table


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: f"{kind.style}-{kind.place}")
def test_a_simulated_class_moves_like_the_recorded_one(kind: Kind, recordings: Path) -> None:
    table = compare(kind, recordings)
    outside = {name: row for name, row in table.items() if not (1 - SLACK) * row[1] - 0.01 <= row[4] <= (1 + SLACK) * row[3] + 0.01}
    assert not outside, "\n".join(
        f"{name}: {n} recordings {low:.2f} .. {mid:.2f} .. {high:.2f}, simulated {ours:.2f}"
        for name, (n, low, mid, high, ours) in outside.items()
    )


def test_the_comparison_tells_one_style_from_another(recordings: Path) -> None:
    """Were a single bounce simulated as a run, the test above would fail."""
    table = compare(replace(KINDS[0], style=Style.RUN), recordings)
    assert any(not (1 - SLACK) * row[1] <= row[4] <= (1 + SLACK) * row[3] for row in table.values())


@pytest.mark.parametrize(
    ("activity", "recorded_as"),
    [(Everyday.WALKING, "walking normal"), (Everyday.DESK_WORK, "pc-working"), (Everyday.GESTURES, "dressing")],
)
def test_walking_and_quiet_wrists_are_as_restless_as_recorded_ones(activity: Everyday, recorded_as: str, recordings: Path) -> None:
    real = [restlessness(s.t_ns / 1e9, s.accel_mps2[:, 0].astype(float)) for s in recorded(recordings, recorded_as, "wrist")]
    ours = []
    for seed in range(PUPILS):
        made = everyday_motion(activity, seconds=60, seed=seed, sensor=QUIET_WATCH)
        ours.append(restlessness(made.t_ns / 1e9, np.linalg.norm(made.accel_mps2, axis=1).astype(float)))
    for name in real[0]:
        low, high = (pick(found[name] for found in real) for pick in (min, max))
        here = float(np.median([found[name] for found in ours]))
        assert low / 1.5 <= here <= high * 1.5, f"{name}: {low:.3f} .. {high:.3f} g, simulated {here:.3f}"
