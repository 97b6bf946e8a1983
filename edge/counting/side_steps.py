"""Alternate feet seen from the side, where the near leg hides the far one.

A pose then puts one leg where the other is: knees and feet seem to go up once in two steps, or anyhow. But the trunk comes up with
every step, and nothing hides the shoulders. So where these keep a rhythm that the bounce of the whole body does not follow, each of
their tops is a step.
"""

from __future__ import annotations

from itertools import pairwise
from statistics import fmean
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
