"""Bounces of a body in a stretch of pictures: several heights become one wave, and its tops become skips.

What was learned about each step is in docs/counting.md.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.ndimage import gaussian_filter1d, uniform_filter1d

from edge.counting.signal import runs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from edge.counting.samples import BodySample
    from edge.counting.signal import Floats

CHANNELS: Final = ("shoulders", "hips", "knees", "feet")


@dataclass(frozen=True, slots=True)
class BounceRules:
    """Thresholds; lengths in torso lengths, times in seconds.

    Attributes:
        smooth_s, trend_s: widths (sigma) of the smoothing, and of the trend that is taken off.
        weigh_s: over which the channels are weighed against each other.
        own_weight: how much the strength of a channel itself counts, against its agreement with the others.
        least: smallest bounce that is looked at.
        least_share: and as a share of the usual bounce around it.
        flight_share: a bout's usual bounce as a share of a free flight of its period (g T²/8); asked for up to `flight_most`.
        torso_m: length of a torso, to turn metres into torso lengths.
        edge_share: the first and last skips of a bout have at least this share of its usual bounce.
        shortest_s, longest_s: between two skips of a bout.
        uneven: the first and last intervals differ from the usual by at most this share.
        hands_up, knee_up: heights above the hips that belong to jumping jacks and high knees, not to skipping.
        gate_share: share of key frames with hands or knees up that closes the gate.
        gate_s: around a skip, within its bout.
        travel_per_s: across the picture: walking or running.
        shortest_bout: skips.
    """

    smooth_s: float = 0.025
    trend_s: float = 0.45
    weigh_s: float = 1.5
    own_weight: float = 0.3
    least: float = 0.03
    least_share: float = 0.30
    flight_share: float = 0.20
    flight_most: float = 0.08
    torso_m: float = 0.5
    edge_share: float = 0.50
    shortest_s: float = 0.13
    longest_s: float = 1.35
    uneven: float = 0.45
    hands_up: float = 0.95
    knee_up: float = -0.20
    gate_share: float = 0.25
    gate_s: float = 1.5
    travel_per_s: float = 1.1
    shortest_bout: int = 3


RULES: Final = BounceRules()
RATES_HZ: Final = (10.0, 60.0)
LEAST_STRETCH_S: Final = 0.5


@dataclass(frozen=True, slots=True)
class _Top:
    """A highest point of the wave: where, how large (the smaller of its rise and its fall), and whether its rise was seen."""

    at: int
    size: float
    rise_seen: bool = True


def find_bounces(samples: Sequence[BodySample], rules: BounceRules = RULES) -> list[list[int]]:
    """Bouts of skips, as the times of their highest points (ns), oldest first."""
    bouts: list[list[int]] = []
    present = np.array([s.present for s in samples], dtype=bool)
    for first, end in runs(present):
        seen = samples[first:end]
        if (seen[-1].t_ns - seen[0].t_ns) / 1e9 >= LEAST_STRETCH_S and len(seen) > 4:
            bouts += _Stretch(seen, rules).bouts()
    return bouts


class _Stretch:
    """A body in view without a break, on an even grid."""

    def __init__(self, seen: Sequence[BodySample], rules: BounceRules) -> None:
        self._rules = rules
        t_s = np.array([s.t_ns - seen[0].t_ns for s in seen]) / 1e9
        usual_s = float(np.median(np.diff(t_s)))
        self._rate_hz = float(np.clip(1.0 / max(usual_s, 1e-3), *RATES_HZ))
        self._start_ns = seen[0].t_ns
        grid_s = np.arange(0.0, t_s[-1] + 0.5 / self._rate_hz, 1.0 / self._rate_hz)
        heights = np.array([[getattr(s, name) for s in seen] for name in CHANNELS])
        self._wave = self._together(np.array([np.interp(grid_s, t_s, row) for row in heights]))
        keys = [i for i, s in enumerate(seen) if s.key]
        self._key_at = t_s[keys] * self._rate_hz
        self._up = np.array([seen[i].hands > rules.hands_up or seen[i].knee > rules.knee_up for i in keys], dtype=bool)
        self._across = np.array([seen[i].across for i in keys])

    def bouts(self) -> list[list[int]]:
        """Skips of the stretch."""
        found = []
        for bout in self._with_rhythm(self._thinned(self._tops())):
            kept = self._gated(self._repaired(bout))
            for part in self._with_rhythm(kept):
                times = [self._start_ns + round(top.at / self._rate_hz * 1e9) for top in self._trimmed(part)]
                if times:
                    found.append(times)
        return found

    # --- one wave -------------------------------------------------------------------------------------------------------

    def _together(self, heights: Floats) -> Floats:
        """One wave from several heights: each weighs as much as it moves with the others (first principal part, by windows)."""
        rules, rate = self._rules, self._rate_hz
        smooth = gaussian_filter1d(heights, rules.smooth_s * rate, axis=1, mode="nearest")
        level = smooth - gaussian_filter1d(smooth, rules.trend_s * rate, axis=1, mode="nearest")
        width = max(3, int(rules.weigh_s * rate * np.sqrt(3)) | 1)
        products = level[:, None] * level[None, :]
        shared = uniform_filter1d(uniform_filter1d(products, width, axis=2, mode="nearest"), width, axis=2, mode="nearest")
        diagonal = np.arange(len(level))
        shared[diagonal, diagonal] *= rules.own_weight
        weights = np.ones_like(level)
        for _ in range(6):
            weights = np.maximum(np.einsum("ijt,jt->it", shared, weights), 0.0)
            weights /= weights.sum(axis=0) + 1e-12
        wave: Floats = (weights * level).sum(axis=0)
        return wave

    def _tops(self) -> list[_Top]:
        """Highest points between falls that are large enough for their surroundings."""
        wave, rules = self._wave, self._rules
        width = int(2.5 * self._rate_hz) | 1
        mean = uniform_filter1d(wave, width, mode="nearest")
        usual = 2.8 * np.sqrt(np.maximum(uniform_filter1d(wave * wave, width, mode="nearest") - mean**2, 0.0))
        turns = _turns(wave, np.maximum(rules.least, rules.least_share * usual))
        tops = []
        for number, (at, is_top) in enumerate(turns):
            if not is_top:
                continue
            rise = wave[at] - wave[turns[number - 1][0]] if number else np.inf
            after = wave[turns[number + 1][0]] if number + 1 < len(turns) else wave[at:].min()
            tops.append(_Top(at, float(min(rise, wave[at] - after)), rise_seen=number > 0))
        return tops

    def _thinned(self, tops: list[_Top]) -> list[_Top]:
        """Of two tops that are too close the larger one stays."""
        kept: list[_Top] = []
        for top in tops:
            if kept and top.at - kept[-1].at < self._rules.shortest_s * self._rate_hz:
                if top.size > kept[-1].size:
                    kept[-1] = top
            else:
                kept.append(top)
        return kept

    # --- bouts ----------------------------------------------------------------------------------------------------------

    def _with_rhythm(self, tops: list[_Top]) -> list[list[_Top]]:
        """Tops that follow each other in a rhythm; few of them must be very even."""
        parts: list[list[_Top]] = [[]]
        for top in tops:
            part = parts[-1]
            if part:
                gap = top.at - part[-1].at
                broken = len(part) > 3 and gap > 2.6 * _period(part[-6:])
                if broken or gap > self._rules.longest_s * self._rate_hz:
                    parts.append([])
            parts[-1].append(top)
        return [part for part in parts if len(part) >= self._rules.shortest_bout and _is_even(part)]

    def _repaired(self, bout: list[_Top]) -> list[_Top]:
        """A skip that was missed (a gap of two periods with a small top in it) or seen twice (two halves of one period)."""
        wave, least = self._wave, self._rules.least
        out = [bout[0]]
        for top in bout[1:]:
            near = [other for other in bout if abs(other.at - top.at) < 6 * _period(bout)]
            period = _period(near if len(near) > 4 else bout)
            gap = top.at - out[-1].at
            low, high = out[-1].at + int(0.6 * period), top.at - int(0.6 * period)
            if 1.65 * period < gap < 2.5 * period and high - low >= 2:
                at = low + int(np.argmax(wave[low : high + 1]))
                size = float(min(wave[at] - wave[out[-1].at : at].min(), wave[at] - wave[at : top.at].min()))
                if low < at < high and size > 0.4 * least:
                    out.append(_Top(at, size))
            out.append(top)
        at = 1
        while at < len(out) - 1:
            period = _period(out[max(0, at - 5) : at + 6])
            doubled = out[at + 1].at - out[at - 1].at < 1.3 * period
            if doubled and out[at].size < 0.6 * np.median([top.size for top in out]):
                del out[at]
            else:
                at += 1
        return out

    def _gated(self, bout: list[_Top]) -> list[_Top]:
        """Without skips among hands or knees that go up, or of a body that travels."""
        rules, rate = self._rules, self._rate_hz
        period = _period(bout)
        mine = (self._key_at >= bout[0].at - period) & (self._key_at <= bout[-1].at + period)
        if mine.any() and self._up[mine].mean() >= rules.gate_share:
            return []
        kept = []
        for top in bout:
            near = mine & (np.abs(self._key_at - top.at) <= rules.gate_s * rate)
            if near.any() and self._up[near].mean() >= rules.gate_share:
                continue
            wide = np.abs(self._key_at - top.at) <= 1.3 * rate
            if wide.sum() > 2 and abs(_slope(self._key_at[wide] / rate, self._across[wide])) > rules.travel_per_s:
                continue
            kept.append(top)
        return kept

    def _trimmed(self, bout: list[_Top]) -> list[_Top]:
        """Without standing up before, and sinking and a last rebound after."""
        rules = self._rules
        usual, period = float(np.median([top.size for top in bout if np.isfinite(top.size)] or [0.0])), _period(bout)
        flight = rules.flight_share * 9.81 * (period / self._rate_hz) ** 2 / 8 / rules.torso_m
        if usual < min(rules.flight_most, flight) * (1.5 if len(bout) < 5 else 1.0):
            return []
        kept = [replace(top, size=usual) if not np.isfinite(top.size) else top for top in bout]
        if not bout[0].rise_seen and bout[0].at > 0.35 * period:
            kept = kept[1:]
        while kept and self._is_edge(kept[0], kept[:3], usual, period):
            kept = kept[1:]
        while kept and self._is_edge(kept[-1], kept[-3:], usual, period):
            kept = kept[:-1]
        return kept if len(kept) >= rules.shortest_bout else []

    def _is_edge(self, top: _Top, three: list[_Top], usual: float, period: float) -> bool:
        if top.size < self._rules.edge_share * usual:
            return True
        gaps = np.diff([one.at for one in three])
        return len(three) > 2 and bool(np.any(np.abs(gaps - period) > self._rules.uneven * period))


def _turns(wave: Floats, need: Floats) -> list[tuple[int, bool]]:
    """Highest (`True`) and lowest points that differ by at least `need` at their place."""
    found: list[tuple[int, bool]] = []
    high = low = 0
    way = 0
    for at in range(1, len(wave)):
        if wave[at] > wave[high]:
            high = at
        if wave[at] < wave[low]:
            low = at
        if way >= 0 and wave[high] - wave[at] >= need[at]:
            found.append((high, True))
            way, low, high = -1, at, at
        elif way <= 0 and wave[at] - wave[low] >= need[at]:
            found.append((low, False))
            way, low, high = 1, at, at
    return found


def _period(bout: Sequence[_Top]) -> float:
    return float(np.median(np.diff([top.at for top in bout]))) if len(bout) > 1 else 1.0


def _is_even(part: list[_Top]) -> bool:
    gaps = np.diff([top.at for top in part])
    off: NDArray[np.float64] = np.abs(gaps - np.median(gaps)) / max(float(np.median(gaps)), 1.0)
    return bool(np.median(off) <= 0.25 and (len(part) > 4 or off.max() <= 0.2))


def _slope(t_s: Floats, values: Floats) -> float:
    centred = t_s - t_s.mean()
    return float((centred * values).sum() / max(float((centred * centred).sum()), 1e-9))
