"""Skips by alternate feet: the left knee against the right one, up and down in turn; one landing of either foot is one skip.

In fast alternate feet (the speed step of contests, 4 to 8 skips/s) the hips hardly bounce: the feet carry it. At 30 pictures a
second a step then has four pictures, and image motion often takes one leg for the other: single tops cannot be trusted, the phase
of the whole movement can. So the wave is seen through a short piece of a sine of its own period (Gabor 1946), and each half turn
of the phase is a step.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.fft import fft, ifft
from scipy.ndimage import uniform_filter1d

from edge.counting.body_stretch import levelled
from edge.counting.signal import runs

if TYPE_CHECKING:
    from edge.counting.body_stretch import BodyStretch
    from edge.counting.signal import Floats


@dataclass(frozen=True, slots=True)
class StrideRules:
    """Thresholds; heights in torso lengths, times in seconds.

    Attributes:
        smooth_s, trend_s: widths (sigma) of the smoothing, and of the trend that is taken off.
        lively: standard deviation of the stride from which feet may be stepping; 0.07 is a swing of 0.2 from step to step.
        lively_s: over which it is taken.
        shortest_s, longest_s: between two steps; 8 a second is the fastest at 60 pictures a second, pupils who are new to it do
            two. Whether those who step slowly are off the ground their bounce has to say (see `body_bouts`).
        period_step: from one period that is tried to the next, as a share.
        sine_periods: width (sigma) of the piece of sine, in strides (of two steps).
        steady_s: over which the likeliest period is found.
        pure: least share of the movement that is in the sine, in the mean of a bout: speed steps 0.64 to 0.91, legs that are taken
            for each other 0.46 to 0.55 (measured on clips, changed in eight ways).
        begin_share, edge_share: the first and last step of a bout are at least this share as strong as its usual one. A sine that
            sets in is seen through the piece at 0.69 of its size at its first top and at 0.31 a step before it; knees come up less
            at first (0.34 to 0.85 at the first step of 44 views of simulated pupils and of one clip, up to 0.35, in all but
            three to 0.28, a step before it).
        weakest_share: and those between them at least this share: the phase goes on through a step that is seen badly.
        shortest_bout: steps, so many of them strong enough for an edge.
    """

    smooth_s: float = 0.015
    trend_s: float = 0.4
    lively: float = 0.07
    lively_s: float = 0.8
    shortest_s: float = 0.10
    longest_s: float = 0.50
    period_step: float = 0.06
    sine_periods: float = 0.5
    steady_s: float = 1.0
    pure: float = 0.60
    begin_share: float = 0.33
    edge_share: float = 0.5
    weakest_share: float = 0.25
    shortest_bout: int = 5


RULES: Final = StrideRules()

FEWEST_VALUES: Final = 3.5
"""Of a stride: below that a wave and its alias cannot be told apart."""

Complex = np.ndarray[tuple[int], np.dtype[np.complex128]]
ComplexRows = np.ndarray[tuple[int, int], np.dtype[np.complex128]]


@dataclass(frozen=True, slots=True)
class StrideBout:
    """Alternate steps in a row.

    Attributes:
        steps: places on the stretch's grid at which either knee is highest.
        strength: standard deviation of the stride, in torso lengths.
        pure: share of the movement that is in the sine, up to about 1.
    """

    steps: list[int]
    strength: float
    pure: float


def stride_bouts(stretch: BodyStretch, rules: StrideRules = RULES) -> list[StrideBout]:
    """Bouts of alternate steps, oldest first."""
    rate = stretch.rate_hz
    wave = levelled(stretch.stride, rate, rules.smooth_s, rules.trend_s)
    width = int(rules.lively_s * rate) | 1
    strength = np.sqrt(np.maximum(uniform_filter1d(wave * wave, width, output=np.float64, mode="nearest"), 0.0))
    found = []
    for first, end in runs(strength >= rules.lively):
        if end - first >= rules.shortest_bout * rules.shortest_s * rate:
            around = round(rules.longest_s * rate)
            low, high = max(0, first - around), min(len(wave), end + around)
            bout = _bout(wave[low:high], first - low, end - low, rate, rules)
            if bout is not None:
                found.append(StrideBout([low + at for at in bout.steps], bout.strength, bout.pure))
    return found


def _bout(wave: Floats, first: int, end: int, rate: float, rules: StrideRules) -> StrideBout | None:
    turned, periods, pure = _through_sines(wave, rate, rules)
    size = np.abs(turned)
    usual = float(np.median(size[first:end]))
    phase = np.unwrap(np.angle(turned)) / np.pi
    crossed = np.flatnonzero(np.diff(np.floor(phase)) > 0)
    tops = []
    for before in crossed:
        number = np.floor(phase[before + 1])
        at = before + (number - phase[before]) / (phase[before + 1] - phase[before])
        if size[before] >= rules.weakest_share * usual:
            tops.append((round(float(at)), float(size[before]) / max(usual, 1e-9)))
    steps = _landed(tops, float(np.median(periods[first:end])), len(wave), rules)
    if len(steps) < rules.shortest_bout:
        return None
    inside = slice(steps[0], steps[-1] + 1)
    share = float(np.mean(pure[inside]))
    return StrideBout(steps, float(np.std(wave[inside])), share) if share >= rules.pure else None


def _through_sines(wave: Floats, rate: float, rules: StrideRules) -> tuple[Complex, Floats, Floats]:
    """The wave through pieces of sine of many periods, at each moment the period that has most of it for a while.

    Returns:
        complex128[n], whose size is the amplitude of the sine; float64[n], its period in values; float64[n], its share of the
        movement.
    """
    shortest, longest = max(2 * rules.shortest_s * rate, FEWEST_VALUES), min(2 * rules.longest_s * rate, len(wave) / 1.5)
    length = 1 << int(np.ceil(np.log2(len(wave) + 3 * rules.sine_periods * max(longest, shortest) + 2)))
    periods, pieces = _sines(round(shortest, 3), round(longest, 3), rules.period_step, rules.sine_periods, length)
    through = ifft(pieces * fft(wave, length), axis=1)[:, : len(wave)]
    width = int(rules.steady_s * rate) | 1
    energy = uniform_filter1d(np.abs(through) ** 2 / 2, width, axis=1, output=np.float64, mode="nearest")
    best = np.argmax(energy, axis=0)
    moments = np.arange(len(wave))
    power = uniform_filter1d(wave * wave, width, output=np.float64, mode="nearest")
    return through[best, moments], periods[best], energy[best, moments] / np.maximum(power, 1e-9)


@lru_cache(maxsize=64)
def _sines(shortest: float, longest: float, step: float, width: float, length: int) -> tuple[Floats, ComplexRows]:
    """Periods one `step` apart, and for each the spectrum of its piece of sine, centred at 0."""
    count = max(1, int(np.log(max(longest / shortest, 1.01)) / np.log1p(step)) + 1)
    periods = shortest * (1 + step) ** np.arange(count)
    pieces = np.zeros((count, length), dtype=np.complex128)
    for row, period in zip(pieces, periods, strict=True):
        sigma = width * period
        t = np.arange(-int(3 * sigma) - 1, int(3 * sigma) + 2)
        bell = np.exp(-0.5 * (t / sigma) ** 2)
        piece = bell * np.exp(2j * np.pi * t / period)
        piece -= bell * piece.sum() / bell.sum()
        row[t % length] = piece * 2 / np.abs((piece * np.exp(-2j * np.pi * t / period)).sum())
    spectra: ComplexRows = fft(pieces, axis=1)
    return np.asarray(periods, dtype=np.float64), spectra


def _landed(tops: list[tuple[int, float]], period: float, length: int, rules: StrideRules) -> list[int]:
    """The longest run of steps that follow each other, as places.

    A landing is where one knee takes over from the other. After the last one the other foot, which was up, is put down beside it:
    its knee makes one top more, which is no landing over the rope.
    """
    best: list[tuple[int, float]] = []
    run: list[tuple[int, float]] = []
    for at, size in tops:
        if run and at - run[-1][0] > period:
            run = []
        if not run or at - run[-1][0] > 0.2 * period:
            run.append((at, size))
        if len(run) > len(best):
            best = list(run)
    if sum(size >= rules.edge_share for _, size in best) < rules.shortest_bout:
        return []
    while best and best[0][1] < rules.begin_share:
        best.pop(0)
    while best and best[-1][1] < rules.edge_share:
        best.pop()
    if best and best[-1][0] + period < length:
        best.pop()
    return [at for at, _ in best]
