"""Bands past a gate: from the strength at one to three receivers to the moment a band passed the line. Pure, live, bounded.

A receiver beside the track hears a band rise and fall as 10 n log10 of its distance. The newest or the strongest packet says
little: the strength wanders by 6 dB and a quarter of the packets is lost. So the whole curve of all receivers is compared with
the curves that a body would give that runs past at some moment, speed and distance, and the moment is the middle of those that
explain it.
"""

from __future__ import annotations

import bisect
import math
from collections import deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.linalg import cholesky, solve_triangular

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

AT_1M_DBM: Final = -62.0
EXPONENT: Final = 1.7
"""The mean strength by distance: -62 dBm at 1 m and exponent 1.4 were measured indoors (Position-annotated BLE RSSI, Danis et al.
2021); free space has exponent 2."""
SPREAD_DB: Final = 5.0
"""Around the mean of one receiver, in the same recordings (4.8 to 5.7)."""
SLOW_SHARE: Final = 0.25
"""Share of that variance that stays for a metre or two (bodies, reflections), 0.13 to 0.43 in those recordings; the rest is new
in each packet, as each of the three advertising channels fades for itself."""
SLOW_S: Final = 0.4
"""How long it stays: 1.5 m at a run."""
WORN_DB: Final = 4.0
"""Spread from band to band and wrist to wrist; between receivers half of it."""
BEHIND_DB: Final = (0.0, 2.5, 5.0, 7.5)
"""How much weaker a band may be once the body is between it and the receiver."""
SPEEDS_MPS: Final = (1.4, 2.4, 3.6, 5.5)
OF_EXPECTED: Final = (0.7, 0.9, 1.1, 1.4)
"""Speeds that are tried of a runner whose speed is roughly known, as shares of it."""
SPEED_SPREAD: Final = 0.2
"""Of the speed at the line by that of the whole lap, as a logarithm: the last straight is run up to a quarter faster."""
SLOWS_MPS2: Final = (0.0, 1.0, 3.0)
"""How fast who has finished slows down after the line: not at all, over some ten metres, within a second (from 4 m/s)."""
WALKS_MPS: Final = 1.5
"""What it ends in: children walk 1.2 to 1.6 m/s (Lythgo et al., Gait & Posture 2009)."""
TURN_M: Final = 0.7
"""Who turns at a line slows down over about this way before it."""
DISTANCES_M: Final = (1.0, 2.0, 3.5)
BEFORE_S: Final = 5.0
AFTER_S: Final = 3.2
"""The part of the curve that is looked at: what comes after the line is waited for."""
ROUGHLY_S: Final = (-1.5, 2.5)
"""Where the passing may be, from the strongest moment on: that comes early, as the body hides the band after the line."""
STRONGEST_FOR_S: Final = 2.5
"""A passing is looked for where the smoothed strength is the greatest for so long on both sides."""
GRID_S: Final = 0.1
FORGETS: Final = 0.05
"""Least weight that each of `BEHIND_DB` keeps, whatever was learnt of a band."""
BIN_S: Final = 0.2
TICK_S: Final = 0.25
LATE_S: Final = 0.5
"""Packets of several receivers may come so much out of order."""
SMOOTH_S: Final = 0.75
ABOVE_QUIET_DB: Final = 4.0
"""A passing stands out this much from the quietest of the last minute; in a run it is 15 dB and more."""
QUIET_S: Final = 60.0
SURE: Final = 2.0
"""Least log-likelihood by which a body that runs past explains the curve better than one that stays away."""
AWAY_DBM: Final = -82.0
AWAY_SPREAD_DB: Final = 6.0
"""Where nothing is known of a band's strength elsewhere on the track."""
STRONG: Final = 0.9999
"""A passing as sure as this is not followed by a weaker one within the least lap; one in fifty true ones is less sure (two
receivers)."""
WEAK_DEAD_NS: Final = 3_000_000_000
"""After a less sure one, which may have been a body that came near, any other may soon follow. What is stronger than the one
before, both in the strength that was heard and in how well it is explained, may follow at any time: then that one was none."""
FEWEST: Final = 5
MOST: Final = 512


@dataclass(frozen=True, slots=True)
class GateSample:
    """One packet of one band: which receiver heard it (0 to 2), and how strongly."""

    t_ns: int
    receiver: int
    rssi_dbm: float


@dataclass(frozen=True, slots=True)
class Passing:
    """A band passed the line.

    Attributes:
        unsure_ns: standard deviation of `t_ns`, of the curves that explain what was heard.
        confidence: 0 to 1; how likely a body passed at all, and did not merely come near.
    """

    t_ns: int
    unsure_ns: int
    confidence: float


class PassingFinder:
    """Finds the passings of one band. `feed` takes packets of all receivers, up to half a second out of order.

    A passing is told about 3.5 s after it happened, and never taken back. `advance` says that time goes on where no packet comes.

    Args:
        receivers_m: where each receiver stands along the track, in metres after the line (before it: negative). Two or three, some
            metres apart, tell the time much better than one.
        least_lap_s: nobody passes twice within it. A weak passing may all the same be followed by another; which of them was the
            lap is for `LapIdentity` to say.
        turns: runners turn round at the line, as in a shuttle; the lane is on the side where receivers have positive places.

    Attributes:
        expect_mps: about how fast the band passes, if it is known, from the runner's own laps; may be set at any time.
        ends: whether the next passing ends the run, and the runner then slows down to a walk; may be set at any time, and says
            nothing where runners turn.
    """

    def __init__(self, receivers_m: Sequence[float] = (0.0,), least_lap_s: float = 20.0, *, turns: bool = False) -> None:
        self._at_m = np.array(receivers_m, dtype=np.float64)
        self._least_lap_ns = round(max(least_lap_s, 5.0) * 1e9)
        self._heard: list[tuple[int, int, float]] = []
        self._levels: deque[tuple[int, float]] = deque(maxlen=2 * round(STRONGEST_FOR_S / TICK_S) + 1)
        self._quiet: deque[tuple[int, float]] = deque(maxlen=int(QUIET_S))
        self._tick_ns: int | None = None
        self._last: _Found | None = None
        self._turns = turns
        self.expect_mps: float | None = None
        self.ends = False
        self._likely: Floats = np.full((len(DISTANCES_M), len(BEHIND_DB)), 1.0 / (len(DISTANCES_M) * len(BEHIND_DB)))

    def feed(self, sample: GateSample, /) -> Sequence[Passing]:
        """Take one packet; return what is now certain.

        Raises:
            ValueError: a receiver that this gate has not.
        """
        if not 0 <= sample.receiver < len(self._at_m):
            raise ValueError(f"receiver {sample.receiver} of a gate with {len(self._at_m)}")
        if self._tick_ns is None:
            self._tick_ns = sample.t_ns
        if sample.t_ns < self._tick_ns - round(AFTER_S * 1e9):
            return ()
        bisect.insort(self._heard, (sample.t_ns, sample.receiver, sample.rssi_dbm))
        if len(self._heard) > MOST:
            del self._heard[0]
        return self.advance(self._heard[-1][0])

    def advance(self, now_ns: int) -> Sequence[Passing]:
        """It is `now_ns`, and everything older than half a second was fed."""
        found: list[Passing] = []
        while self._tick_ns is not None and self._tick_ns + round((SMOOTH_S + LATE_S) * 1e9) <= now_ns:
            found += self._look()
        return found

    def flush(self) -> Sequence[Passing]:
        """The run is over: look at what was still held back."""
        return (
            ()
            if self._tick_ns is None
            else self.advance(self._tick_ns + round((STRONGEST_FOR_S + SMOOTH_S + LATE_S + TICK_S) * 1e9))
        )

    def _look(self) -> list[Passing]:
        """One tick on: the smoothed strength, and whether the one of 2.25 s ago was the strongest around."""
        assert self._tick_ns is not None
        self._levels.append((self._tick_ns, self._level(self._tick_ns)))
        self._tick_ns += round(TICK_S * 1e9)
        middle = len(self._levels) // 2
        at_ns, level = self._levels[middle]
        if not self._quiet or at_ns - self._quiet[-1][0] >= 1_000_000_000:
            self._quiet.append((at_ns, level))
        self._forget(at_ns)
        if len(self._levels) < 3 or not math.isfinite(level) or level < max(one for _, one in self._levels):
            return []
        known = [one for t, one in self._quiet if math.isfinite(one) and at_ns - t <= QUIET_S * 1e9]
        stands_out = level - min((*known, *(one for _, one in self._levels if math.isfinite(one)))) >= ABOVE_QUIET_DB
        if not stands_out or (self._last is not None and not self._last.leaves(at_ns + round(ROUGHLY_S[1] * 1e9), level)):
            return []
        found = self._fit(at_ns, level)
        if found is None or (
            self._last is not None and not self._last.leaves(found.passing.t_ns, level if found.odds > self._last.odds else None)
        ):
            return []
        self._last = replace(found, dead_ns=self._least_lap_ns if found.passing.confidence >= STRONG else WEAK_DEAD_NS)
        return [found.passing]

    def _level(self, at_ns: int) -> float:
        """Mean strength around a moment, each receiver with the same weight; not finite where nothing was heard."""
        half = round(SMOOTH_S * 1e9)
        first = bisect.bisect_left(self._heard, (at_ns - half, -1, 0.0))
        sums, counts = [0.0] * len(self._at_m), [0] * len(self._at_m)
        for t, receiver, rssi in self._heard[first:]:
            if t > at_ns + half:
                break
            sums[receiver] += rssi
            counts[receiver] += 1
        means = [total / count for total, count in zip(sums, counts, strict=True) if count]
        return sum(means) / len(means) if means else -math.inf

    def _forget(self, at_ns: int) -> None:
        keep = bisect.bisect_left(self._heard, (at_ns - round((BEFORE_S + LATE_S) * 1e9), -1, 0.0))
        if keep:
            del self._heard[:keep]

    def _fit(self, at_ns: int, level: float) -> _Found | None:
        first, last = at_ns - round(BEFORE_S * 1e9), at_ns + round(AFTER_S * 1e9)
        sums: dict[tuple[int, int], tuple[int, int, float]] = {}
        for t, receiver, rssi in self._heard:
            if first <= t <= last:
                place = (receiver, (t - first) // round(BIN_S * 1e9))
                count, when, strength = sums.get(place, (0, 0, 0.0))
                sums[place] = (count + 1, when + t - at_ns, strength + rssi)
        if len(sums) < FEWEST:
            return None
        known = sorted(level for t, level in self._quiet if math.isfinite(level) and abs(t - at_ns) > BEFORE_S * 1e9)
        elsewhere = known[len(known) // 2] if len(known) >= FEWEST else AWAY_DBM
        bins = _Bins(
            np.array([when / count / 1e9 for count, when, _ in sums.values()]),
            np.array([receiver for receiver, _ in sums]),
            np.array([strength / count for count, _, strength in sums.values()]),
            np.array([count for count, _, _ in sums.values()], dtype=np.float64),
        )
        course = _Course(self.expect_mps, self._turns, self.ends)
        found, self._likely = _explained(at_ns, bins, self._at_m, elsewhere, self._likely, course)
        return found if found is None else replace(found, level=level)


@dataclass(frozen=True, slots=True)
class _Found:
    """A passing, with the log-odds of its confidence, the smoothed strength, and for how long it keeps off others."""

    passing: Passing
    odds: float
    level: float = 0.0
    dead_ns: int = 0

    def leaves(self, t_ns: int, level: float | None) -> bool:
        """Whether there may be another passing at `t_ns`, with so much strength if its curve is the better explained."""
        return t_ns >= self.passing.t_ns + self.dead_ns or (level is not None and level > self.level)


@dataclass(frozen=True, slots=True)
class _Course:
    """What is known of how the line is passed."""

    expect_mps: float | None
    turns: bool
    ends: bool


@dataclass(frozen=True, slots=True, eq=False)
class _Bins:
    """Means of a fifth of a second at one receiver: time, receiver, strength, and of how many packets."""

    t_s: Floats
    receiver: NDArray[np.int64]
    rssi: Floats
    packets: Floats


def _explained(
    at_ns: int, bins: _Bins, at_m: Floats, away_dbm: float, known: Floats, course: _Course
) -> tuple[_Found | None, Floats]:
    """Generalised least squares on all curves of the grid; the moment's mean and spread over them by their likelihood.

    `known` is how likely each of `DISTANCES_M` and `BEHIND_DB` is for this band, [distance, behind], and comes back the wiser where
    a passing was found: the wrist, the lane and the side of the track stay the same.
    """
    moments = np.arange(ROUGHLY_S[0], ROUGHLY_S[1] + GRID_S / 2, GRID_S)
    speeds, slows, likely = _speeds(course)
    open_dbm, hidden = _curves(bins.t_s, at_m[bins.receiver], moments, speeds, slows, turns=course.turns)
    same = bins.receiver[:, None] == bins.receiver[None, :]
    slow = SLOW_SHARE * SPREAD_DB**2 * np.exp(-np.abs(bins.t_s[:, None] - bins.t_s[None, :]) / SLOW_S)
    noise = slow * np.where(same, 1.0, 0.3) + np.diag((1.0 - SLOW_SHARE) * SPREAD_DB**2 / bins.packets)
    root = cholesky(noise + WORN_DB**2 * np.where(same, 1.25, 1.0), lower=True)
    left = solve_triangular(root, bins.rssi[:, None] - open_dbm.reshape(-1, len(bins.t_s)).T, lower=True, check_finite=False)
    shade = solve_triangular(root, hidden.reshape(-1, len(bins.t_s)).T, lower=True, check_finite=False)
    pairs = ((left, left), (left, shade), (shade, shade))
    plain, mixed, dark = (np.einsum("bc,bc->c", one, other)[:, None] for one, other in pairs)
    behind = np.array(BEHIND_DB)
    fits = -0.5 * (plain + 2.0 * behind * mixed + behind**2 * dark)
    fits = fits.reshape(len(moments), len(speeds), len(DISTANCES_M), len(BEHIND_DB))
    fits += np.log(likely)[:, None, None] + np.log(known)
    away_root = cholesky(noise + AWAY_SPREAD_DB**2 * np.where(same, 1.25, 1.0), lower=True)
    away = -0.5 * float(np.sum(solve_triangular(away_root, bins.rssi - away_dbm, lower=True) ** 2))
    away += float(np.sum(np.log(np.diag(root))) - np.sum(np.log(np.diag(away_root))))
    best = float(fits.max())
    weights = np.exp(fits - best)
    better = best + math.log(float(weights.sum()) / (len(moments) * len(speeds))) - away
    if better < SURE:
        return None, known
    by_moment = weights.sum(axis=(1, 2, 3)) / weights.sum()
    mean_s = float(by_moment @ moments)
    spread_s = math.sqrt(float(by_moment @ (moments - mean_s) ** 2) + GRID_S**2 / 12)
    learnt = weights.sum(axis=(0, 1)) / weights.sum() + FORGETS / len(DISTANCES_M)
    passing = Passing(at_ns + round(mean_s * 1e9), round(spread_s * 1e9), 1.0 / (1.0 + math.exp(-min(better, 50.0))))
    return _Found(passing, better), learnt / learnt.sum()


def _speeds(course: _Course) -> tuple[Floats, Floats, Floats]:
    """Speeds to try, how fast each becomes less after the line, and how likely each is, on average 1."""
    if course.expect_mps is None:
        speeds, likely = np.array(SPEEDS_MPS), np.ones(len(SPEEDS_MPS))
    else:
        shares = np.array(OF_EXPECTED)
        speeds, likely = shares * course.expect_mps, np.exp(-0.5 * (np.log(shares) / SPEED_SPREAD) ** 2)
    slows = np.array(SLOWS_MPS2 if course.ends and not course.turns else SLOWS_MPS2[:1])
    return np.repeat(speeds, len(slows)), np.tile(slows, len(speeds)), np.repeat(likely / likely.mean(), len(slows))


def _way_m(speed: Floats, slows: Floats, t_s: Floats) -> Floats:
    """Way from the line at a time from there, by somebody who slows down behind it until he walks."""
    slowing_s = np.maximum(speed - WALKS_MPS, 0.0) / np.maximum(slows, 1e-9)
    for_s = np.clip(t_s, 0.0, slowing_s)
    way_m: Floats = speed * t_s - slows * for_s * (np.maximum(t_s, 0.0) - 0.5 * for_s)
    return way_m


def _curves(t_s: Floats, at_m: Floats, moments: Floats, speeds: Floats, slows: Floats, *, turns: bool) -> tuple[Floats, Floats]:
    """Expected strengths with nothing in between, and how far the body is in between, 0 to 1: [moment, all else, packet].

    How much it then takes away is one factor of the second, so that all of `BEHIND_DB` cost no more than one.
    """
    each = np.arange(len(speeds))
    which, aside = (part.ravel()[:, None] for part in np.meshgrid(each, DISTANCES_M, indexing="ij"))
    way_m = _way_m(speeds[which][None], slows[which][None], t_s[None, None, :] - moments[:, None, None])
    away_m = (np.hypot(way_m, TURN_M) - TURN_M if turns else way_m) - at_m[None, None, :]
    hidden: Floats = 1.0 / (1.0 + np.exp(-np.clip(((way_m if turns else away_m) - 0.3) / 0.5, -30.0, 30.0)))
    open_dbm: Floats = AT_1M_DBM - 5.0 * EXPONENT * np.log10(away_m**2 + aside[None] ** 2)
    return open_dbm, hidden
