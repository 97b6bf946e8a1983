"""Alternate feet seen from the side, where the near leg hides the far one.

A pose then puts one leg where the other is: knees and feet seem to go up once in two steps, or anyhow. But the trunk comes up with
every step, and nothing hides the shoulders. So where these keep a rhythm that the bounce of the whole body does not follow, each of
their tops is a step.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean, median
from typing import TYPE_CHECKING, Final

import numpy as np

from edge.counting.body_stretch import SHOULDERS, levelled
from edge.counting.body_tops import RULES, BodyTops, levelled_by, period_of, usual_size

if TYPE_CHECKING:
    from edge.counting.body_stretch import BodyStretch
    from edge.counting.body_tops import Top
    from edge.counting.signal import Floats

FOLLOWED: Final = 0.7
"""Share of the tops of the shoulders that the whole body follows, from which its own bounce is believed: legs that are hidden
follow half of them or fewer (simulated pupils from the side)."""
LONGEST_S: Final = 0.5
"""Between two steps, as in `strides`; who jumps slowly comes up twice in a turn of more than a second, once to stand."""
LEAST_STEPS: Final = 5
"""Of a bout: the shoulders alone are a weaker witness than the whole body, of which three tops are enough."""
ALIKE: Final = 0.7
"""Left and right steps fall alike, as a share (simulated: 0.80 to 1; slow jumps and standing up 0.36)."""
LIKE_A_STEP: Final = 0.65
"""Size of a lone step, as a share of the usual one of a bout: all but two of 33 simulated ones have more; bending before them and
coming to rest after them 0.61 at most."""
IN_RHYTHM: Final = (0.7, 1.35)
"""Interval of lone steps, likewise."""
NEAR: Final = 0.3
"""Of a period: a top of the body and one of the shoulders so near to each other are one."""


def side_steps(stretch: BodyStretch, bounces: list[list[int]]) -> list[list[int]]:
    """Bouts of steps that only the shoulders show, as places on the stretch's grid, oldest first.

    Args:
        bounces: the bouts of the whole body, likewise.
    """
    wave = levelled(stretch.heights[SHOULDERS], stretch.rate_hz, RULES.smooth_s, RULES.trend_s)
    first = BodyTops(wave, np.full(len(wave), RULES.least), stretch.rate_hz, RULES, at_start=True)
    found: list[list[int]] = []
    for bout in first.bouts():
        if period_of(bout) > LONGEST_S * stretch.rate_hz:
            continue
        for steps in _own_look(stretch, bout):
            if len(steps) < LEAST_STEPS or (found and steps[0] <= found[-1][-1]):
                continue
            if _alike(wave, steps) and not _followed(steps, bounces):
                found.append(steps)
    return found


@dataclass(frozen=True, slots=True)
class StepModel:
    """How the steps of a bout look at the shoulders: seconds between two of them, and their usual size in torso lengths."""

    period_s: float
    size: float


def step_model(stretch: BodyStretch, steps: list[int]) -> StepModel:
    """How the steps of a bout look, from their places, which need not be the shoulders' own."""
    period = float(median(b - a for a, b in pairwise(steps)))
    wave = levelled_by(stretch.heights[SHOULDERS], stretch.rate_hz, RULES, period)
    return StepModel(period / stretch.rate_hz, median(float(np.ptp(wave[a : b + 1])) for a, b in pairwise(steps)))


def steps_like(stretch: BodyStretch, model: StepModel) -> list[list[int]]:
    """All that looks like the steps of a bout, two at least in their rhythm: after a trip there are often so few."""
    period = model.period_s * stretch.rate_hz
    wave = levelled_by(stretch.heights[SHOULDERS], stretch.rate_hz, RULES, period)
    look = BodyTops(wave, np.full(len(wave), RULES.least), stretch.rate_hz, RULES, at_start=True)
    groups: list[list[int]] = []
    for top in look.thinned_tops():
        # The first one rises from standing: its fall tells how large it is.
        if max(top.size, top.fall) < LIKE_A_STEP * model.size or not top.rise_seen:
            continue
        if groups and IN_RHYTHM[0] * period <= top.at - groups[-1][-1] <= IN_RHYTHM[1] * period:
            groups[-1].append(top.at)
        else:
            groups.append([top.at])
    return [group for group in groups if len(group) > 1]


def _own_look(stretch: BodyStretch, bout: list[Top]) -> list[list[int]]:
    """The same tops, levelled as fits their period and without what is none at both ends."""
    wave: Floats = levelled_by(stretch.heights[SHOULDERS], stretch.rate_hz, RULES, period_of(bout))
    need = np.full(len(wave), max(RULES.least, RULES.least_share * usual_size(bout)))
    look = BodyTops(wave, need, stretch.rate_hz, RULES, at_start=True)
    first, last = bout[0].at, bout[-1].at
    return [[top.at for top in look.trimmed(part)] for part in look.bouts() if part[0].at <= last and part[-1].at >= first]


def _alike(wave: Floats, steps: list[int]) -> bool:
    """Whether left and right come up as far; who jumps and then stands up does not."""
    falls = _falls(wave, steps)
    one, other = sorted((fmean(falls[::2]), fmean(falls[1::2])))
    return one >= ALIKE * other


def _falls(wave: Floats, steps: list[int]) -> list[float]:
    values = wave.tolist()
    return [values[a] - min(values[a : b + 1]) for a, b in pairwise(steps)]


def _followed(steps: list[int], bounces: list[list[int]]) -> bool:
    near = NEAR * (steps[-1] - steps[0]) / (len(steps) - 1)
    tops = [at for bout in bounces for at in bout]
    return sum(any(abs(top - at) <= near for top in tops) for at in steps) >= FOLLOWED * len(steps)
