"""Hops that are like those of a bout: a skip or two between trips are no rhythm by themselves."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING, Final

import numpy as np

from edge.counting.body_stretch import SHOULDERS, weights_together
from edge.counting.body_tops import RULES, BodyTops, levelled_by, usual_size

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge.counting.body_stretch import BodyStretch
    from edge.counting.body_tops import BounceRules, Top
    from edge.counting.signal import Floats

SHOULDERS_ALONE: Final = np.eye(4)[:, SHOULDERS : SHOULDERS + 1]
IN_TIME: Final = 1.6
"""Periods after a hop, at most, in which another one may be the last of them."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """Least size of a hop, and least rise of knees and feet, as shares of what is usual in a bout.

    Attributes:
        size, leap: of any hop.
        last_leap: of one that comes in time after such a hop: nobody jumps off once more from the last landing.
        apart: of two that are nearer than this share of an interval the larger one is taken.
        shoulders_alone: of a pupil who steps: where knees and feet are is no matter then.
    """

    size: float
    leap: float = 0.0
    last_leap: float = 0.0
    apart: float = 0.0
    shoulders_alone: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class HopModel:
    """How the hops of a bout look.

    Attributes:
        period_s: between two of them.
        weights: float64[4, 1]: how much each channel counts.
        size: their usual size, in torso lengths.
        leap: how far knees and feet usually rise.
    """

    period_s: float
    weights: Floats
    size: float
    leap: float


def hop_model(
    stretch: BodyStretch, bout: Sequence[int], rules: BounceRules = RULES, *, shoulders_alone: bool = False
) -> HopModel | None:
    """How the hops of a bout look.

    Args:
        bout: places of its hops, five at least.
        shoulders_alone: whether nothing else is looked at, as of a pupil who steps.

    Returns:
        `None` when none of them is a top of the wave as it is weighed now.
    """
    period = float(median(b - a for a, b in pairwise(bout)))
    level = levelled_by(stretch.heights, stretch.rate_hz, rules, period)
    weights = SHOULDERS_ALONE if shoulders_alone else weights_together(level[:, bout[0] : bout[-1] + 1], rules.own_weight)
    look = _whole_look(stretch, level, weights, rules)
    tops = {top.at: top for top in look.thinned_tops()}
    if not tops:
        return None
    own = [tops[min(tops, key=lambda one: abs(one - place))] for place in bout]
    return HopModel(period / stretch.rate_hz, weights, usual_size(own), median(look.leap(top, period) for top in own))


def hops_like(stretch: BodyStretch, model: HopModel, like: Likeness, rules: BounceRules = RULES) -> list[int]:
    """Places of all hops of a stretch that are as those of a bout: a skip or two between trips are no rhythm by themselves.

    Args:
        model: of a bout of the same pupil, in this stretch or another.
        like: how large such a hop is, as a share of the bout's.
    """
    period = model.period_s * stretch.rate_hz
    look = _whole_look(stretch, levelled_by(stretch.heights, stretch.rate_hz, rules, period), model.weights, rules)
    kept: list[Top] = []
    for top in look.thinned_tops():
        since = (top.at - kept[-1].at) / period if kept else 0.0
        least_leap = like.last_leap if rules.last_period_share <= since <= IN_TIME else like.leap
        if not top.rise_seen or top.size < like.size * model.size or look.leap(top, period) < least_leap * model.leap:
            continue
        if kept and top.at - kept[-1].at < like.apart * period:
            kept[-1] = max(kept[-1], top, key=lambda one: one.size)
        else:
            kept.append(top)
    return [top.at for top in kept]


def _whole_look(stretch: BodyStretch, level: Floats, weights: Floats, rules: BounceRules) -> BodyTops:
    """All tops of a stretch, whatever their rhythm."""
    wave: Floats = (weights * level).sum(axis=0)
    need = np.full(len(wave), rules.least)
    return BodyTops(wave, need, stretch.rate_hz, rules, at_start=True, legs=level[2:].mean(axis=0))
