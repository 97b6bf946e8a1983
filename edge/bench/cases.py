"""What the motion bench counts: the real recordings of a folder, or simulated attempts where there are none."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from edge.bench.recordings import Recording, rope_from_bands, side_swings, walks, without_rope
from edge.counting.samples import MotionSamples
from edge.recordings.motion_file import read_motion

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simulators.band_motion import MotionRecording

Case = tuple[Recording, MotionSamples]
PUPILS: Final = 4
SIMULATED_S: Final = 30.0


@dataclass(frozen=True, slots=True)
class Cases:
    """Recordings by what is in them.

    Attributes:
        kind: "real recordings" or "simulated attempts", for titles.
        rope: turns of a rope; the truth is their number.
        swings: side swings; the truth is their number, and none of them is a skip.
        quiet: neither rope nor steps.
        walks: the truth is the number of steps; no rope.
    """

    kind: str
    rope: list[Case]
    swings: list[Case]
    quiet: list[Case]
    walks: list[Case]

    @property
    def all(self) -> list[Case]:
        """All of them, rope first."""
        return [*self.rope, *self.swings, *self.quiet, *self.walks]


def load(data: Path | None) -> Cases:
    """The recordings of a folder; without one simulated attempts, which say little about the world."""
    if data is None:
        return _simulated()

    def read(recordings: Sequence[Recording]) -> list[Case]:
        return [(recording, read_motion(recording.file)) for recording in recordings]

    return Cases(
        "real recordings", read(rope_from_bands(data)), read(side_swings(data)), read(without_rope(data)), read(walks(data))
    )


def _simulated() -> Cases:
    from simulators.band_motion import Everyday, Limb, Style, everyday_motion, pupil_of, skipping_motion
    from simulators.motion_sensor import worn_watch

    limbs = list(Limb)

    def skipping(style: Style, seed: int) -> MotionRecording:
        ability = pupil_of(style, seed, poor=seed % 2 == 1)
        limb = limbs[seed % len(limbs)]
        return skipping_motion(
            style, limb=limb, seconds=SIMULATED_S, ability=ability, sensor=worn_watch(50.0, gyro=seed % 2 == 0), seed=seed
        )

    def everyday(what: Everyday, seed: int) -> MotionRecording:
        return everyday_motion(what, limb=limbs[seed % 2], seconds=SIMULATED_S, sensor=worn_watch(50.0, gyro=False), seed=seed)

    styles = [style for style in Style if style not in {Style.SIDE_SWING, Style.CROSS_OVER}]
    still = (Everyday.DESK_WORK, Everyday.GESTURES, Everyday.CLAPPING, Everyday.ARM_LIFTS)
    on_foot = (Everyday.WALKING, Everyday.RUNNING)
    pupils = range(PUPILS)
    return Cases(
        "simulated attempts",
        [_case(made := skipping(s, n), f"{s}-{n}", len(made.truth.turns_s), n) for n in pupils for s in styles],
        [_case(made := skipping(Style.SIDE_SWING, n), f"swing-{n}", len(made.truth.swings_s), n) for n in pupils],
        [_case(everyday(what, n), f"{what}-{n}", 0, n, 0) for n in pupils for what in still],
        [_case(made := everyday(w, n), f"{w}-{n}", len(made.truth.steps_s), n) for n in pupils for w in on_foot],
    )


def _case(made: MotionRecording, name: str, truth: int, pupil: int, spare: int = 1) -> Case:
    gyro = None if made.gyro_rads is None else made.gyro_rads.astype(np.float32)
    samples = MotionSamples(made.t_ns, made.accel_mps2.astype(np.float32), gyro)
    return Recording(Path(f"simulated-{name}"), truth, truth - spare, truth + spare, f"pupil {pupil + 1}"), samples
