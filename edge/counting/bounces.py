"""Skips by the bounce of the body: several heights become one wave, and its tops become skips.

It looks twice: once with rules that fit any period, to find bouts, and once more at each bout with its own period and one set of
weights. What was learned about each step is in docs/counting-camera.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.ndimage import uniform_filter1d

from edge.counting.body_stretch import levelled, weights_together
from edge.counting.body_tops import RULES, BodyTops, levelled_by, period_of, usual_size

if TYPE_CHECKING:
    from edge.counting.body_stretch import BodyStretch
    from edge.counting.body_tops import BounceRules, Top
    from edge.counting.signal import Floats

AROUND_PERIODS: Final = 2.0
"""The second look reaches so far beyond the bout of the first: skips at its edges may have been missed."""


def bounce_bouts(stretch: BodyStretch, rules: BounceRules = RULES) -> list[list[int]]:
    """Bouts of bounces, as the places of their highest points on the stretch's grid, oldest first."""
    found: list[list[int]] = []
    first = _first_look(stretch, rules)
    for bout in first.bouts():
        second, start = _second_look(stretch, rules, bout)
        for part in second.bouts():
            times = [start + top.at for top in second.trimmed(part)]
            if times and (not found or times[0] > found[-1][-1]):
                found.append(times)
    return found


def bounce_wave(stretch: BodyStretch, rules: BounceRules = RULES) -> Floats:
    """The one wave of a stretch that bouts are looked for in, in torso lengths (float64[n]); what `touchline plot video` draws."""
    rate = stretch.rate_hz
    level = levelled(stretch.heights, rate, rules.smooth_s, rules.trend_s)
    weights = weights_together(level, rules.own_weight, max(3, int(rules.weigh_s * rate * np.sqrt(3)) | 1))
    wave: Floats = (weights * level).sum(axis=0)
    return wave


def _first_look(stretch: BodyStretch, rules: BounceRules) -> BodyTops:
    rate, wave = stretch.rate_hz, bounce_wave(stretch, rules)
    width = int(2.5 * rate) | 1
    mean = uniform_filter1d(wave, width, output=np.float64, mode="nearest")
    usual = 2.8 * np.sqrt(np.maximum(uniform_filter1d(wave * wave, width, output=np.float64, mode="nearest") - mean**2, 0.0))
    return BodyTops(wave, np.maximum(rules.least, rules.least_share * usual), rate, rules, at_start=True)


def _second_look(stretch: BodyStretch, rules: BounceRules, bout: list[Top]) -> tuple[BodyTops, int]:
    rate, period = stretch.rate_hz, period_of(bout)
    reach = int(AROUND_PERIODS * period)
    start, end = max(0, bout[0].at - reach), min(stretch.heights.shape[1], bout[-1].at + reach + 1)
    level = levelled_by(stretch.heights, stretch.rate_hz, rules, period)[:, start:end]
    inner = level[:, bout[0].at - start : bout[-1].at - start + 1]
    wave: Floats = (weights_together(inner, rules.own_weight) * level).sum(axis=0)
    usual = usual_size(bout)
    need = np.full(len(wave), max(rules.least, rules.least_share * usual))
    return BodyTops(wave, need, rate, rules, at_start=start == 0, legs=level[2:].mean(axis=0)), start
