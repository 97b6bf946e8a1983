"""Who was running before the signal, by the band: steps of a run that begin before it and go on through it.

A false start by the camera is a body over the line. A band knows no line; what it tells is that its pupil moved too soon.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from edge.counting.samples import MotionSamples
from edge.counting.step_cadence import RUNNING_PEAK_MPS2, RUNNING_PER_MIN
from edge.counting.step_tops import magnitude
from edge.counting.steps import count_steps_official

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

LONGEST_STEP_S: Final = 60.0 / RUNNING_PER_MIN
"""Slower steps are a walk; see `RUNNING_PER_MIN` for its source."""
LOOK_S: Final = 4.0
"""So long before and after the signal is kept; a rhythm of steps is only known from four of them on."""
GOES_ON_S: Final = 1.0
"""Who fidgets, or walks to the line and waits there, does not run on through the signal. Slower than this nobody reacts to it: a
start is answered after 0.1 s at the earliest (World Athletics, Technical Rules, TR 16), by pupils within a second."""
LEAST_BEFORE: Final = 2
"""Steps before the signal: one may be a foot that is put right."""
MODULUS: Final = 65_536
MOST_JUMP: Final = 50
"""Steps between two reports; more is a band that was switched on anew."""


@dataclass(frozen=True, slots=True)
class Footfall:
    """A step: it was at `t_ns`, or up to `unsure_ns` before."""

    t_ns: int
    unsure_ns: int = 0


class EarlyStart:
    """Listens to one band around the signal. State is bounded: what is older than `LOOK_S` before the signal is not kept.

    Raw motion is asked first, as it tells walking from running by force as well. Without it, the running total of steps is: a step
    is then as late as the report that has it, so that a start is missed rather than invented.

    Args:
        starts_ns: the pupil's own signal.
    """

    def __init__(self, starts_ns: int) -> None:
        self._starts_ns = starts_ns
        self._from_ns, self._until_ns = (starts_ns + round(by * 1e9) for by in (-LOOK_S, LOOK_S))
        self._told: tuple[int, int] | None = None
        self._counted: list[Footfall] = []
        self._motion: list[MotionSamples] = []

    def total(self, t_ns: int, total: int) -> None:
        """The band's running total of steps, modulo 65,536."""
        before, self._told = self._told, (t_ns, total)
        if before is None or not self._from_ns <= t_ns <= self._until_ns:
            return
        new, apart_ns = (total - before[1]) % MODULUS, t_ns - before[0]
        if 0 < new <= MOST_JUMP and apart_ns > 0:
            # Steps that were reported together are spread over the time since the report before.
            self._counted += [
                Footfall(t_ns - apart_ns * back // new, apart_ns // new) for back in range(new - 1, -1, -1)
            ]  # fmt: skip

    def motion(self, samples: MotionSamples) -> None:
        """Raw motion of the band."""
        near = (samples.t_ns >= self._from_ns) & (samples.t_ns <= self._until_ns)
        if near.any():
            self._motion.append(MotionSamples(samples.t_ns[near], samples.accel_mps2[near]))

    def is_over(self, now_ns: int) -> bool:
        """Whether nothing more is waited for."""
        return now_ns > self._until_ns

    def early_ns(self) -> int:
        """How long before the signal the pupil was surely running; 0 for a good start, or where the band does not tell."""
        if self._motion:
            return self._by_motion()
        return self._first(self._counted)

    def _by_motion(self) -> int:
        samples = MotionSamples(
            np.concatenate([one.t_ns for one in self._motion]), np.concatenate([one.accel_mps2 for one in self._motion])
        )
        times = count_steps_official(samples).event_t_ns
        t_ns, length = magnitude(samples)
        # A wrist feels one foot more than the other: the harder one of a stride counts.
        reach_ns = round(LONGEST_STEP_S * 1e9)
        hard = [
            at_ns for at_ns in times if length[np.abs(t_ns - at_ns) <= reach_ns].max(initial=0.0) >= RUNNING_PEAK_MPS2
        ]  # fmt: skip
        return self._first([Footfall(at_ns) for at_ns in hard])

    def _first(self, steps: Sequence[Footfall]) -> int:
        """From the first step of the run that goes on through the signal, to the signal."""
        first = next((run[0].t_ns for run in _runs_from(steps) if self._is_early(run)), self._starts_ns)
        return self._starts_ns - first

    def _is_early(self, run: Sequence[Footfall]) -> bool:
        before = [step for step in run if step.t_ns <= self._starts_ns]
        goes_on = run[-1].t_ns >= self._starts_ns + GOES_ON_S * 1e9
        return len(before) >= LEAST_BEFORE and goes_on and _surely_quick(before) and _surely_quick(run)


def _runs_from(steps: Sequence[Footfall]) -> Iterator[Sequence[Footfall]]:
    """Each step with those that follow without a pause, from the oldest on."""
    for at in range(len(steps)):
        end = at + 1
        while end < len(steps) and steps[end].t_ns - steps[end - 1].t_ns <= LONGEST_STEP_S * 1e9 + steps[end].unsure_ns:
            end += 1
        yield steps[at:end]


def _surely_quick(steps: Sequence[Footfall]) -> bool:
    """Whether they are steps of a run even if the first was as early as it may have been."""
    longest_ns = steps[-1].t_ns - steps[0].t_ns + steps[0].unsure_ns
    return longest_ns <= (len(steps) - 1) * LONGEST_STEP_S * 1e9
