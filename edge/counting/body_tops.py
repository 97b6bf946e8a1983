"""Highest points of a wave of a body, and which of them are skips: their rhythm, how full they are, how far the feet rise."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from math import isfinite
from statistics import median
from typing import TYPE_CHECKING, Final

import numpy as np

from edge.counting.body_stretch import levelled, turning_points

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge.counting.signal import Floats


@dataclass(frozen=True, slots=True)
class BounceRules:
    """Thresholds; lengths in torso lengths, times in seconds.

    Attributes:
        smooth_s, trend_s: widths (sigma) of the smoothing, and of the trend that is taken off.
        smooth_periods, trend_periods: the same at the second look, in periods of the bout; never wider than the first.
        weigh_s: over which the channels are weighed against each other at the first look.
        own_weight: how much the strength of a channel itself counts, against its agreement with the others.
        least: smallest bounce that is looked at.
        least_share: and as a share of the usual bounce around it.
        flight_share: a bout's usual bounce as a share of a free flight of its period (g T²/8); asked for up to `flight_most`.
        torso_m: length of a torso, to turn metres into torso lengths.
        edge_share: the first and last skips of a bout have at least this share of its usual bounce, and of those
            beside them.
        leap_share: and knees and feet rise by at least this share of their usual rise: not so when a pupil only bends.
        last_share: after the last landing nobody crouches for a next jump, so the last top may fall this much less, if its feet
            rise by `last_leap_share` of their usual rise (0.58 and more in simulated pupils; a rebound 0.47, on one clip), and
            it does not come sooner than `last_period_share` of a period, as the low hop of a stumble does.
        stand_share: within a bout a small top at which knees and feet rise by less than this share of their usual rise is somebody
            who stands between a landing and the next bend, after a trip (up to 0.06 in simulated pupils; a jump that was seen
            badly 0.12, on the clip with the smallest figure).
        stand_periods: and its neighbours are so many usual periods apart: it has room.
        stumble_share: a last hop before a pause that is lower than this share of the usual one, and comes sooner than this share of
            the usual period, is the stumble of a pupil whose rope is caught: a lower hop is a shorter one.
        caught_share, caught_leap_share, caught_before, caught_after: the same of a hop that comes less too soon, but is lower
            still, in size and in how far knees and feet rise: sooner than `caught_before` periods after the last skip, and the next
            one later than `caught_after` after it. Of simulated pupils 0.39 to 0.58, 0.13 to 0.68, 0.79 to 0.89, 1.38 and more; no
            skip of 400 attempts lies in there (the lowest with such gaps has a size of 0.7).
        after_caught_share, after_caught_leap_share: a top right after such a hop that is lower than these is its pupil, who
            stands (0.11 to 0.20 and 0.05 to 0.13 in those attempts).
        shortest_s, longest_s: between two skips of a bout.
        uneven: the first and last intervals differ from the usual by at most this share.
        shortest_bout: skips.
    """

    smooth_s: float = 0.025
    trend_s: float = 0.45
    smooth_periods: float = 0.06
    trend_periods: float = 0.8
    weigh_s: float = 1.5
    own_weight: float = 0.3
    least: float = 0.03
    least_share: float = 0.30
    flight_share: float = 0.20
    flight_most: float = 0.08
    torso_m: float = 0.5
    edge_share: float = 0.65
    leap_share: float = 0.35
    last_share: float = 0.85
    last_leap_share: float = 0.55
    last_period_share: float = 0.9
    stand_share: float = 0.10
    stand_periods: float = 2.2
    stumble_share: float = 0.8
    caught_share: float = 0.6
    caught_leap_share: float = 0.7
    caught_before: float = 0.9
    caught_after: float = 1.35
    after_caught_share: float = 0.3
    after_caught_leap_share: float = 0.2
    shortest_s: float = 0.13
    longest_s: float = 1.35
    uneven: float = 0.45
    shortest_bout: int = 3


RULES: Final = BounceRules()
G_MPS2: Final = 9.81
NEIGHBOURS: Final = 11
"""Intervals that the usual one around an interval is the median of."""


@dataclass(frozen=True, slots=True)
class Top:
    """A highest point of the wave: where, how large (the smaller of rise and fall), whether its rise was seen, and its fall."""

    at: int
    size: float
    rise_seen: bool = True
    fall: float = 0.0


class BodyTops:
    """A wave and its tops."""

    def __init__(
        self, wave: Floats, need: Floats, rate_hz: float, rules: BounceRules, *, at_start: bool, legs: Floats | None = None
    ) -> None:
        self._wave, self._need, self._rate_hz, self._rules, self._at_start = wave, need, rate_hz, rules, at_start
        self._values: list[float] = wave.tolist()
        self._legs: list[float] = [] if legs is None else legs.tolist()

    def bouts(self) -> list[list[Top]]:
        """Tops in a rhythm."""
        return [part for bout in self._with_rhythm(self.thinned_tops()) for part in self._with_rhythm(self._repaired(bout))]

    def thinned_tops(self) -> list[Top]:
        """Tops that are not too close to each other."""
        return self._thinned(self._tops())

    def _tops(self) -> list[Top]:
        """Highest points between falls that are large enough for their surroundings."""
        wave = self._values
        turns = turning_points(self._wave, self._need)
        tops = []
        for number, (at, is_top) in enumerate(turns):
            if not is_top:
                continue
            rise = wave[at] - wave[turns[number - 1][0]] if number else float("inf")
            after = wave[turns[number + 1][0]] if number + 1 < len(turns) else min(wave[at:])
            seen = number > 0 or not self._at_start
            fall = wave[at] - after
            tops.append(Top(at, min(rise, fall), rise_seen=seen, fall=fall))
        return tops

    def _thinned(self, tops: list[Top]) -> list[Top]:
        """Of two tops that are too close the larger one stays."""
        kept: list[Top] = []
        for top in tops:
            if kept and top.at - kept[-1].at < self._rules.shortest_s * self._rate_hz:
                if top.size > kept[-1].size:
                    kept[-1] = top
            else:
                kept.append(top)
        return kept

    def _with_rhythm(self, tops: list[Top]) -> list[list[Top]]:
        """Tops that follow each other in a rhythm; few of them must be very even."""
        parts: list[list[Top]] = [[]]
        for top in tops:
            part = parts[-1]
            if part:
                gap = top.at - part[-1].at
                broken = len(part) > 3 and gap > 2.6 * period_of(part[-6:])
                if broken or gap > self._rules.longest_s * self._rate_hz:
                    parts.append([])
            parts[-1].append(top)
        return [part for part in parts if len(part) >= self._rules.shortest_bout and _is_even(part)]

    def _repaired(self, bout: list[Top]) -> list[Top]:
        """A skip that was missed (a gap of two periods with a small top in it) or seen twice (two halves of one period)."""
        wave, least = self._wave, self._rules.least
        out = [bout[0]]
        for top, period in zip(bout[1:], _local_periods(bout), strict=True):
            low, high = out[-1].at + int(0.6 * period), top.at - int(0.6 * period)
            if 1.65 * period < top.at - out[-1].at < 2.5 * period and high - low >= 2:
                at = low + int(np.argmax(wave[low : high + 1]))
                size = float(min(wave[at] - wave[out[-1].at : at].min(), wave[at] - wave[at : top.at].min()))
                if low < at < high and size > 0.4 * least:
                    out.append(Top(at, size))
            out.append(top)
        return _without_halves(out)

    def trimmed(self, bout: list[Top]) -> list[Top]:
        """Without standing up before, and sinking and a last rebound after."""
        rules = self._rules
        usual, period = usual_size(bout), period_of(bout)
        flight = rules.flight_share * free_flight(period / self._rate_hz, rules)
        if usual < min(rules.flight_most, flight) * (1.5 if len(bout) < 5 else 1.0):
            return []
        kept = [replace(top, size=usual) if not isfinite(top.size) else top for top in bout]
        if not bout[0].rise_seen and bout[0].at > 0.35 * period:
            kept = kept[1:]
        leaps = {top.at: self.leap(top, period) for top in kept}
        least_leap = rules.leap_share * median(leaps.values()) if leaps else 0.0
        if kept:
            # The first skip rises from standing, not out of a landing: its fall tells how large it is.
            kept[0] = replace(kept[0], size=max(kept[0].size, kept[0].fall))
        while kept and (self._is_edge(kept[0], kept[1:4], kept[:3], usual, period) or leaps[kept[0].at] < least_leap):
            kept = kept[1:]
        while kept:
            full = self._is_full_last(kept, leaps, period)
            last = replace(kept[-1], size=kept[-1].size / rules.last_share) if full else kept[-1]
            if leaps[last.at] >= least_leap and not self._is_edge(last, kept[-4:-1], kept[-3:], usual, period):
                break
            kept = kept[:-1]
        kept = self._without_standing(kept, leaps, usual, period)
        return kept if len(kept) >= rules.shortest_bout else []

    def _is_full_last(self, bout: list[Top], leaps: dict[int, float], period: float) -> bool:
        rules = self._rules
        if len(bout) < 2 or bout[-1].at - bout[-2].at < rules.last_period_share * period:
            return False
        return leaps[bout[-1].at] >= rules.last_leap_share * median(leaps.values())

    def _without_standing(self, bout: list[Top], leaps: dict[int, float], usual: float, period: float) -> list[Top]:
        """Without tops at which a pupil only stands."""
        rules = self._rules
        if not self._legs or len(bout) < 3:
            return bout
        least = rules.stand_share * median(leaps.values())
        stands = {
            top.at
            for before, top, after in zip(bout, bout[1:], bout[2:], strict=False)
            if after.at - before.at >= rules.stand_periods * period
            and top.size < rules.edge_share * usual
            and leaps[top.at] < least
        }
        stands |= self._standing_after_stumbles(bout, leaps, usual, period)
        kept = [top for top in bout if top.at not in stands]
        return [
            top
            for before, top, after in zip([None, *kept], kept, [*kept[1:], None], strict=False)
            if before is None or not self._stumbles((before, top, after), leaps, usual, period)
        ]

    def _standing_after_stumbles(self, bout: list[Top], leaps: dict[int, float], usual: float, period: float) -> set[int]:
        """Places at which a pupil stands whose rope has just been caught."""
        rules, least_leap = self._rules, self._rules.after_caught_leap_share * median(leaps.values())
        return {
            top.at
            for before, caught, top in zip(bout, bout[1:], bout[2:], strict=False)
            if self._is_low(caught, leaps, usual)
            and caught.at - before.at < rules.caught_before * period
            and top.size < rules.after_caught_share * usual
            and leaps[top.at] < least_leap
        }

    def _is_low(self, top: Top, leaps: dict[int, float], usual: float) -> bool:
        """Lower than any skip of its bout, in size and leap."""
        rules = self._rules
        return top.size < rules.caught_share * usual and leaps[top.at] < rules.caught_leap_share * median(leaps.values())

    def _stumbles(self, three: tuple[Top, Top, Top | None], leaps: dict[int, float], usual: float, period: float) -> bool:
        """Whether the middle one is the hop of a pupil whose rope is caught."""
        before, top, after = three
        rules = self._rules
        sooner = (top.at - before.at) / period
        later = float("inf") if after is None else (after.at - top.at) / period
        if later >= rules.stand_periods and top.size < rules.stumble_share * usual and sooner < rules.stumble_share:
            return True
        caught = sooner < rules.caught_before and later > rules.caught_after
        return caught and self._is_low(top, leaps, usual)

    def leap(self, top: Top, period: float) -> float:
        """How far knees and feet rise around a top: they stay down when a body only bends and stretches."""
        if not self._legs:
            return 0.0
        at, reach = top.at, max(1, round(0.5 * period))
        before, after = self._legs[max(0, at - reach) : at + 1], self._legs[at : at + reach + 1]
        highest = max(self._legs[max(0, at - reach // 2) : at + reach // 2 + 1])
        lowest = min(after) if not top.rise_seen else max(min(before), min(after))
        return highest - lowest

    def _is_edge(self, top: Top, next_to: list[Top], three: list[Top], usual: float, period: float) -> bool:
        """Whether a top at the edge is too small, for its bout or beside its neighbours, or out of the rhythm."""
        beside = median(one.size for one in next_to) if next_to else 0.0
        if top.size < self._rules.edge_share * max(usual, beside):
            return True
        return len(three) > 2 and any(abs(b.at - a.at - period) > self._rules.uneven * period for a, b in pairwise(three))


def free_flight(period_s: float, rules: BounceRules = RULES) -> float:
    """How high a flight of a whole period goes, in torso lengths: g T²/8."""
    return G_MPS2 * period_s**2 / 8 / rules.torso_m


def levelled_by(values: Floats, rate_hz: float, rules: BounceRules, period: float) -> Floats:
    """Heights, smoothed and freed of their trend as fits a period (in values)."""
    period_s = period / rate_hz
    smooth_s, trend_s = min(rules.smooth_s, rules.smooth_periods * period_s), min(rules.trend_s, rules.trend_periods * period_s)
    return levelled(values, rate_hz, smooth_s, trend_s)


def period_of(bout: Sequence[Top]) -> float:
    """The median interval; plain Python, since it is asked for at every top."""
    return float(median(b.at - a.at for a, b in pairwise(bout))) if len(bout) > 1 else 1.0


def usual_size(bout: Sequence[Top]) -> float:
    """The median size of the tops that were seen whole."""
    sizes = [top.size for top in bout if isfinite(top.size)]
    return median(sizes) if sizes else 0.0


def _local_periods(bout: Sequence[Top]) -> list[int]:
    """The median interval around each interval of a bout, the first and last ones repeated at its edges: pupils tire."""
    gaps = [b.at - a.at for a, b in pairwise(bout)]
    width = min(NEIGHBOURS, len(gaps))
    before = width // 2
    padded = [gaps[0]] * before + gaps + [gaps[-1]] * (width - before - 1)
    return [sorted(padded[first : first + width])[before] for first in range(len(gaps))]


def _without_halves(bout: list[Top]) -> list[Top]:
    """Without small tops that cut a period in two."""
    if len(bout) < 3:
        return bout
    out = [bout[0]]
    periods = _local_periods(bout)
    usual = median(top.size for top in bout)
    for number in range(1, len(bout) - 1):
        top = bout[number]
        if not (bout[number + 1].at - out[-1].at < 1.3 * periods[number] and top.size < 0.6 * usual):
            out.append(top)
    return [*out, bout[-1]]


def _is_even(part: list[Top]) -> bool:
    gaps = [b.at - a.at for a, b in pairwise(part)]
    usual = median(gaps)
    off = [abs(gap - usual) / max(usual, 1.0) for gap in gaps]
    return median(off) <= 0.25 and (len(part) > 4 or max(off) <= 0.2)
