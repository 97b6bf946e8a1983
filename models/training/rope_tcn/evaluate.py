"""How well it does with people it has not seen: whole subjects are held out, and every answer is held against the truth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from models.training.rope_tcn.count import SURE, By, count, listen, with_jax
from models.training.rope_tcn.crops import FRAME_HZ
from models.training.rope_tcn.net import Shape
from models.training.rope_tcn.recordings import Role
from models.training.rope_tcn.train import train

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from models.training.rope_tcn.count import Answers
    from models.training.rope_tcn.recordings import Recording
    from models.training.rope_tcn.train import Plan

    Bouts = Sequence[Sequence[float]]

SWINGS_FORGIVEN: Final = 0.1
"""Of side swings so many may be taken for skips, of anything else without a rope one turn a recording: the rule of acceptance."""
BELIEVED: Final = 0.5
"""A gate opens when the plain majority of the frames is sure."""


@dataclass(frozen=True, slots=True)
class Score:
    """Of one group.

    Attributes:
        recordings, good: all, and those within the tolerance of their truth.
        wrong: turns too many and too few, of all recordings together.
        turns: that there truly are.
    """

    recordings: int
    good: int
    wrong: int
    turns: int


def folds(recordings: Sequence[Recording]) -> list[frozenset[str]]:
    """Subjects that are held out together.

    Those who skip a rope are held out one by one, but those whose turns have no times are one fold, since none of them can be
    trained on; the others are dealt out, in the order of their names, to the fold that has the fewest.

    Raises:
        ValueError: there are fewer than two subjects.
    """
    subjects = {recording.subject for recording in recordings}
    if len(subjects) < 2:
        raise ValueError("whole subjects are held out, so there must be two or more of them")
    rope = [recording for recording in recordings if recording.role is Role.ROPE]
    timed = sorted({recording.subject for recording in rope if recording.bouts is not None})
    untimed = {recording.subject for recording in rope if recording.bouts is None} - set(timed)
    parts: list[set[str]] = [{subject} for subject in timed] + ([untimed] if untimed else [])
    parts += [set() for _ in range(2 - len(parts))]
    for subject in sorted(subjects - set(timed) - untimed):
        min(parts, key=len).add(subject)
    return [frozenset(part) for part in parts]


def held_out(
    recordings: Sequence[Recording],
    simulated: Sequence[Recording],
    seed: int,
    shape: Shape | None = None,
    plan: Plan | None = None,
    progress: Callable[[str], None] | None = None,
) -> dict[Path, Answers]:
    """What a network says of each recording that has seen nobody of its fold. Simulated recordings are trained on in every fold."""
    shape = shape or Shape()
    said: dict[Path, Answers] = {}
    for subjects in folds(recordings):
        if progress is not None:
            progress(", ".join(sorted(subjects)))
        seen = [recording for recording in recordings if recording.subject not in subjects]
        network = with_jax(train([*seen, *simulated], seed, shape, plan), shape)
        said |= {r.path: listen(network, r.accel_g) for r in recordings if r.subject in subjects}
    return said


def counts(said: Mapping[Path, Answers], by: By = By.PHASE) -> dict[Path, int]:
    """The turns in each recording."""
    return {path: count(answers, by) for path, answers in said.items()}


def gated(said: Mapping[Path, Answers], turns_s: Mapping[Path, Bouts], *, whole: bool = False) -> dict[Path, int]:
    """A hybrid: turns that another counter has found count where the network believes in a rope.

    Args:
        turns_s: times of the turns since the beginning of each recording, a sequence a bout.
        whole: judge all bouts of a recording together, and not one by one.
    """
    counted: dict[Path, int] = {}
    for path, bouts in turns_s.items():
        believed = [belief(said[path], [bout]) for bout in bouts]
        if whole and bouts:
            believed = [belief(said[path], bouts)] * len(bouts)
        counted[path] = sum(len(bout) for bout, share in zip(bouts, believed, strict=True) if share >= BELIEVED)
    return counted


def belief(answers: Answers, bouts_s: Bouts) -> float:
    """Share of the frames between the first and the last turn of some bouts in which a rope is turned and skipped."""
    spans = [slice(int(bout[0] * FRAME_HZ), int(bout[-1] * FRAME_HZ) + 1) for bout in bouts_s]
    return float(np.mean(np.concatenate([answers.turning[span] > SURE for span in spans])))


def within(recording: Recording, counted: int) -> bool:
    """Whether a count is within the tolerance of the truth."""
    if recording.role is Role.ROPE:
        return abs(counted - recording.true_count) <= recording.tolerance
    return counted <= (SWINGS_FORGIVEN * recording.turned if recording.role is Role.SWING else 1)


def score(recordings: Sequence[Recording], counted: Mapping[Path, int]) -> Score:
    """The score of some recordings."""
    return Score(
        recordings=len(recordings),
        good=sum(within(recording, counted[recording.path]) for recording in recordings),
        wrong=sum(abs(counted[recording.path] - recording.true_count) for recording in recordings),
        turns=sum(recording.true_count for recording in recordings),
    )
