"""The official count from motion: the whole attempt at once, both ways in time.

The motion is stretched so that every turn has the same length, and cut to what goes about once round in a turn. A turn is a top of
that wave, along its main direction, that is at least `LEAST_TOP` of the usual top. Where the wave is looked at in its cycle is
arbitrary, and at both ends of a bout it decides whether a part of a turn counts: so it is looked at in four places, from the
accelerometer and from the gyroscope, and the mean is rounded.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy.signal import butter, find_peaks, hilbert, sosfiltfilt

from edge.counting.band_site import BandSite
from edge.counting.blind_spans import unworn_spans
from edge.counting.events import Bout, OfficialCount
from edge.counting.rope_ankle import NOTHING, ONE_FOOT
from edge.counting.rope_core import RATE_HZ, RULES_OF
from edge.counting.rope_landings import judge_landings
from edge.counting.rope_trips import find_stops
from edge.counting.rope_turns import find_turning, hard_motion_s
from edge.counting.signal import sampling_rate_hz

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge.counting.rope_core import CoreRules
    from edge.counting.rope_landings import Landings
    from edge.counting.rope_turns import Turning
    from edge.counting.samples import MotionSamples
    from edge.counting.signal import Floats

    Ints = NDArray[np.int64]

PER_TURN: Final = 32
"""Values in a stretched turn."""
AROUND_ONE: Final = (0.65, 1.5)
"""What is left of the wave, in cycles a turn: an uneven turn passes, two hops in a turn do not."""
LEAST_TOP: Final = 0.45
"""Share of the usual top. At a clean edge the wave is at half; a little less lets noise pass, and the mean of all places is then a
tenth of a turn too much, which `TOO_MUCH` takes off again (both chosen on the open recordings, docs/counting-motion.md)."""
TOO_MUCH: Final = 0.1
USUAL_TURNS: Final = 20
"""The usual top is the median of so many turns before and behind."""
APART: Final = 2.3
"""Turns whose tops are further apart do not belong to the same bout."""
PAUSE: Final = 1.8
"""A bout ends where the next turn is more than this many periods away."""
SURE, SPREAD_WEIGHT, BOUT_WEIGHT, UNLIKE_WEIGHT, UNCOVERED_WEIGHT = 3.1, 1.0, 0.5, 1.9, 1.4
"""Of the confidence; see `_confidence`."""
UNSURE: Final = 0.5
"""Confidence of a zero when the limb moved like a skipper's all the same: a person should look."""
MUCH_MOTION_S: Final = 4.0


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """The turns of a recording as seen from each place in their cycle.

    Attributes:
        tops: for each place the indices of its turns on the even grid, ascending.
    """

    tops: tuple[Floats, ...]

    @property
    def mean(self) -> float:
        """Turns, as a mean over the places."""
        return float(np.mean([len(tops) for tops in self.tops]))


def count_official(samples: MotionSamples, site: BandSite = BandSite.WRIST) -> OfficialCount:
    """Turns of the rope in a whole recording, with their times, trips and bouts.

    Args:
        site: where the band was worn. At an ankle landings are counted, and an attempt is marked unsure where they may be worth
            more or less than they were taken for.
    """
    rules = RULES_OF[site]
    turning = find_turning(samples, rules)
    landings, left_out_s = None, 0.0
    if turning is not None and rules.feet is not None:
        landings = judge_landings(turning, sampling_rate_hz(samples.t_ns), rules.feet)
        turning, left_out_s = _without_strides(turning, landings)
    if turning is None:
        return _nothing(samples, rules)
    places = _look(turning)
    tops = _tops_of(turning, places, max(0, int(np.floor(places.mean - TOO_MUCH + 0.5))))
    if not len(tops):
        return _nothing(samples, rules)
    bouts = _bouts(turning, tops)
    confidence = _confidence(turning, places, tops, bouts)
    double_unders = int(np.count_nonzero(turning.twice[tops.astype(int)]))
    if landings is not None:
        doubtful = landings.doubtful[tops.astype(int)].any() or left_out_s >= MUCH_MOTION_S
        confidence = min(confidence, UNSURE) if doubtful else confidence
        tops, double_unders = _with_the_other_foot(turning, landings, tops, bouts), 0
        bouts = _bouts(turning, tops)
    times = tuple(turning.signal.t_ns(float(top)) for top in tops)
    size = np.sqrt(np.sum(turning.accel_mps2**2, axis=1))
    trips = tuple(turning.signal.t_ns(float(at)) for at in find_stops(size, tops, turning.period, turning.sure))
    spans = tuple(Bout(times[first], times[end - 1], end - first) for first, end in bouts)
    return OfficialCount(len(times), times, trips, spans, confidence, double_unders, blind=unworn_spans(samples))


def _nothing(samples: MotionSamples, rules: CoreRules) -> OfficialCount:
    confidence = UNSURE if hard_motion_s(samples, rules) >= MUCH_MOTION_S else 1.0
    return OfficialCount(0, confidence=confidence, blind=unworn_spans(samples))


def _without_strides(turning: Turning, landings: Landings) -> tuple[Turning | None, float]:
    """Only where landings are skips (`None` if that is nowhere), and how many seconds that leaves out."""
    sure = turning.sure & (landings.worth != NOTHING)
    left_out_s = np.count_nonzero(turning.sure & ~sure) / RATE_HZ
    return replace(turning, sure=sure) if sure.any() else None, left_out_s


def _with_the_other_foot(turning: Turning, landings: Landings, tops: Floats, bouts: list[tuple[int, int]]) -> Floats:
    """The landings of both feet: where they land in turn the other one comes half a turn of the motion later."""
    alone = [tops[first:end] for first, end in bouts if landings.of_bout(tops[first], tops[end - 1]) == ONE_FOOT]
    if not alone:
        return tops
    mine = np.concatenate(alone)
    other = np.minimum(mine + turning.period[mine.astype(int)] / 2, len(turning.period) - 1.0)
    return np.sort(np.concatenate([tops, other]))


def _look(turning: Turning) -> Places:
    """Find the tops in every place of the cycle, of either sensor."""
    turns = np.cumsum(1 / turning.period)
    turns -= turns[0]
    even = np.arange(0.0, turns[-1], 1 / PER_TURN)
    at = np.interp(even, turns, np.arange(len(turns)))
    sure = turning.sure[np.clip(np.round(at).astype(int), 0, len(turns) - 1)]
    tops: list[Floats] = []
    for motion in (turning.accel_mps2, turning.gyro):
        if not motion.shape[1]:
            continue
        stretched = np.column_stack([np.interp(at, np.arange(len(turns)), axis) for axis in motion.T])
        circle = hilbert(_along_main_direction(stretched, sure))
        tops += [at[_tops(wave, sure)] for wave in (circle.real, circle.imag, -circle.real, -circle.imag)]
    return Places(tuple(tops))


def _along_main_direction(stretched: Floats, sure: NDArray[np.bool_]) -> Floats:
    """What goes about once round in a turn, along the direction in which it is largest."""
    band = butter(2, AROUND_ONE, "bandpass", fs=PER_TURN, output="sos")
    length = 3 * (2 * len(band) + 1)
    wave = sosfiltfilt(band, stretched, axis=0, padlen=min(length, len(stretched) - 1))
    direction = np.linalg.svd(wave[sure].T @ wave[sure])[0][:, 0]
    result: Floats = wave @ direction
    return result


def _tops(wave: Floats, sure: NDArray[np.bool_]) -> Ints:
    """Indices of the tops that are turns: the high ones where the rope is sure, and those that follow on them without a break."""
    tops, _ = find_peaks(wave, height=0.0, distance=PER_TURN // 2)
    inside, height = sure[tops], wave[tops]
    high = height >= LEAST_TOP * _usual(height, inside)
    kept = high & inside
    candidates = np.flatnonzero(high)
    for one, other in [*pairwise(candidates), *pairwise(candidates[::-1])]:
        if kept[one] and abs(tops[other] - tops[one]) <= APART * PER_TURN:
            kept[other] = True
    result: Ints = tops[kept]
    return result


def _usual(height: Floats, inside: NDArray[np.bool_]) -> Floats:
    """For each top the median of the sure ones around it; beyond reach where there are none."""
    known = np.pad(np.where(inside, height, np.nan), USUAL_TURNS, constant_values=np.nan)
    around = np.sort(sliding_window_view(known, 2 * USUAL_TURNS + 1), axis=1)
    count = np.count_nonzero(np.isfinite(around), axis=1)
    rows = np.arange(len(height))
    middle = (around[rows, np.maximum(count - 1, 0) // 2] + around[rows, count // 2]) / 2
    return np.where(count > 0, middle, np.inf)


def _tops_of(turning: Turning, places: Places, count: int) -> Floats:
    """The turns of the place that has the right number of them, and among those where the limb moves most: near the landing."""
    size = np.sum(turning.accel_mps2**2, axis=1)

    def rank(tops: Floats) -> tuple[int, float]:
        moves = float(np.mean(size[np.clip(tops.astype(int), 0, len(size) - 1)])) if len(tops) else 0.0
        return abs(len(tops) - count), -moves

    best = min(places.tops, key=rank)
    while len(best) > count:
        weak = 0 if _edge_motion(size, best[0]) <= _edge_motion(size, best[-1]) else len(best) - 1
        best = np.delete(best, weak)
    while 0 < len(best) < count:
        period = float(turning.period[int(best[-1])])
        best = np.append(best, min(best[-1] + period, len(size) - 1.0))
    return best


def _edge_motion(size: Floats, at: float) -> float:
    around = size[max(0, int(at) - RATE_HZ // 4) : int(at) + RATE_HZ // 4]
    return float(np.mean(around)) if len(around) else 0.0


def _bouts(turning: Turning, tops: Floats) -> list[tuple[int, int]]:
    """First and one past the last turn of each bout."""
    if not len(tops):
        return []
    gaps = np.diff(tops)
    ends = np.flatnonzero(gaps > PAUSE * turning.period[np.clip(tops[:-1].astype(int), 0, len(turning.period) - 1)]) + 1
    edges = [0, *ends.tolist(), len(tops)]
    return list(pairwise(edges))


def _confidence(turning: Turning, places: Places, tops: Floats, bouts: list[tuple[int, int]]) -> float:
    """How sure it is that the count is right to one: a logistic of what makes it doubtful.

    The weights were fitted on the open recordings and as many simulated attempts again, and the level was then lowered until of all
    those marked 0.9 or more none was off by two. What that gives on other attempts is told in docs/counting-motion.md.
    """
    spread = float(np.std([len(of_place) for of_place in places.tops]))
    unlike = 1.0 - float(np.mean(turning.likeness[turning.sure]))
    period = turning.period[tops.astype(int)]
    lasting = sum(float(tops[end - 1] - tops[first] + period[first]) for first, end in bouts)
    uncovered = abs(1.0 - np.count_nonzero(turning.sure) / lasting)
    doubt = SPREAD_WEIGHT * spread + BOUT_WEIGHT * (len(bouts) - 1) + UNLIKE_WEIGHT * unlike + UNCOVERED_WEIGHT * uncovered
    return float(1.0 / (1.0 + np.exp(doubt - SURE)))
