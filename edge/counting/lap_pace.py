"""How likely a runner is to end a lap now: by time and steps since the last, and what that runner's laps were like before."""

from __future__ import annotations

import bisect
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

FIRST_SPREAD: Final = 0.30
"""Spread of the first lap over a class, as a logarithm: the standard's 1000 m of grade 7 has 235 s for 100 points and 420 s for
10."""
NEXT_SPREAD: Final = 0.10
"""Of a lap by the one before it."""
STEPS_SPREAD: Final = 0.06
NEXT_IS_SLOWER: Final = 1.04
SURPRISES: Final = 0.12
"""Share of laps that are nothing like the ones before: walking breaks, a lace, a sprint."""
TOO_FAST: Final = 0.75
SELDOM: Final = 0.1
"""A surprise is seldom a fast one: a sprint at the end is up to a quarter faster than the lap before, a walk takes twice as
long."""
STOPS: Final = 0.02
LONGEST: Final = 6.0
"""Of a surprise, in usual laps."""
UNSEEN: Final = (0.96, 0.03, 0.01)
"""How likely the next end of a lap that is seen is that of the first, the second or the third: crossings and passings are missed
for themselves one time in a hundred or two, and where a band is silent and the camera hidden, one after the other."""
_ENDS: Final = tuple((share, math.log(laps)) for laps, share in enumerate(UNSEEN, 1))
WALKS: Final = 0.1
"""A lap with a walk in it has more steps and takes longer than its share, so that two such are more than two usual ones."""
UNSURE_SPREAD: Final = 0.2
"""Of a lap by the one before it, where that one was doubtful."""
LEAST_CLASS_SPREAD: Final = 0.15
STEPS_KEPT: Final = 128
STEPS_FRESH_NS: Final = 2_500_000_000
MODULUS: Final = 65_536


@dataclass(slots=True)
class Pace:
    """One runner's laps so far.

    Args:
        began_ns: the runner's start.
        usual_s: what the first lap is thought to take.
        least_s: no lap is shorter.
    """

    began_ns: int
    usual_s: float
    least_s: float
    laps: int = 0
    last_ns: int = 0
    heard_ns: int | None = None
    usual_steps: float | None = None
    steps_at_last: int | None = None
    first_s: float | None = None
    _spread: float = FIRST_SPREAD
    _times: list[int] = field(default_factory=list)
    _totals: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.last_ns = self.began_ns

    def step(self, t_ns: int, total: int) -> None:
        """A running total of steps (modulo 65,536) was heard."""
        self.heard(t_ns)
        if self._times and t_ns <= self._times[-1]:
            return
        unwrapped = total if not self._totals else self._totals[-1] + (total - self._totals[-1]) % MODULUS
        if self._totals and unwrapped - self._totals[-1] > MODULUS // 2:
            self._times.clear()
            self._totals.clear()
            self.steps_at_last, unwrapped = None, total
        self._times.append(t_ns)
        self._totals.append(unwrapped)
        if len(self._times) > STEPS_KEPT:
            del self._times[0], self._totals[0]
        if self.steps_at_last is None and self.laps == 0 and t_ns >= self.began_ns:
            self.steps_at_last = unwrapped

    def heard(self, t_ns: int) -> None:
        """The band is alive."""
        self.heard_ns = t_ns if self.heard_ns is None else max(self.heard_ns, t_ns)

    def steps_since(self, t_ns: int) -> int | None:
        """Steps from the last lap to `t_ns`; `None` where nothing was heard around one of the two."""
        total = self._total(t_ns)
        return None if total is None or self.steps_at_last is None else total - self.steps_at_last

    def hazard_per_s(self, t_ns: int) -> float:
        """Chance a second that the lap ends at `t_ns`, if it has not ended before."""
        if t_ns - self.last_ns < self.least_s * 1e9:
            return 0.0
        done, spread, rate = self._done(t_ns)
        return _density(done, spread, rate) / _goes_on(done, spread)

    def density_per_s(self, t_ns: int) -> float:
        """The same, as seen from the lap's begin; with smaller peaks where one lap, or two, went by unseen."""
        return _density(*self._done(t_ns)) if t_ns - self.last_ns >= self.least_s * 1e9 else 0.0

    def goes_on(self, t_ns: int) -> float:
        """How likely the lap has not ended by `t_ns`."""
        done, spread, _ = self._done(t_ns)
        return _goes_on(done, spread)

    def unseen_before(self, t_ns: int) -> int:
        """How many laps, most likely, went by unseen before one that ends at `t_ns`: 0, 1 or 2."""
        if self.laps and self.steps_since(t_ns) is not None and self.usual_steps is not None:
            least = min(self._done(t_ns)[0], (t_ns - self.last_ns) / 1e9 / self.usual_s)
            return min(round(least - WALKS), len(UNSEEN)) - 1 if least >= 1.0 + WALKS else 0
        done, spread, _ = self._done(t_ns)
        peaks = _peaks(done, spread)
        most = max(range(len(peaks)), key=lambda one: peaks[one])
        return most if (1 - SURPRISES) * peaks[most] > SURPRISES / LONGEST else 0

    def _done(self, t_ns: int) -> tuple[float, float, float]:
        """How many usual laps have been run, its spread as a logarithm, and how fast it grows, in 1/s; by steps where they are."""
        lap_s = max(1e-3, (t_ns - self.last_ns) / 1e9)
        steps = self.steps_since(t_ns)
        if steps is not None and self.usual_steps is not None and steps > 0:
            return steps / self.usual_steps, STEPS_SPREAD, steps / lap_s / self.usual_steps
        return lap_s / self.usual_s, self._spread, 1.0 / self.usual_s

    def stand(self, ends_ns: Sequence[int]) -> None:
        """These are the ends of the laps that stand, ascending; what is known of steps is kept for those that stay as they were."""
        if len(ends_ns) == self.laps and (not ends_ns or ends_ns[-1] == self.last_ns):
            return
        times = [self.began_ns, *ends_ns]
        self.resume(len(ends_ns), times[-1], times[-2] if ends_ns else None)

    def resume(self, laps: int, last_ns: int, before_ns: int | None) -> None:
        """So many laps stand, the last one from `before_ns` to `last_ns`; `None` if it teaches nothing."""
        self.laps, self.last_ns = laps, last_ns
        self.steps_at_last = self._total(last_ns)
        if before_ns is not None:
            self.usual_s, self._spread = max((last_ns - before_ns) / 1e9, self.least_s), NEXT_SPREAD

    def has_run_on(self, now_ns: int) -> bool:
        """Whether the band has counted the steps of another lap since the last one."""
        steps = self.steps_since(now_ns)
        return steps is not None and self.usual_steps is not None and steps >= (1.0 - STEPS_SPREAD) * self.usual_steps

    def expect(self, usual_s: float, spread: float) -> None:
        """What the first lap takes, by those of the others."""
        if self.laps == 0:
            self.usual_s, self._spread = max(usual_s, self.least_s), max(spread, LEAST_CLASS_SPREAD)

    def ended(self, t_ns: int, *, sure: bool = True) -> None:
        """A lap ended; one that may be somebody else's teaches less."""
        lap_s, steps = max((t_ns - self.last_ns) / 1e9, self.least_s), self.steps_since(t_ns)
        lap_s *= NEXT_IS_SLOWER if self.laps == 0 else 1.0
        if self.laps == 0:
            self.first_s = (t_ns - self.last_ns) / 1e9
        self.usual_s, self._spread = (lap_s, NEXT_SPREAD) if sure else (math.sqrt(lap_s * self.usual_s), UNSURE_SPREAD)
        if steps is not None and steps > 0 and sure:
            self.usual_steps = float(steps) if self.usual_steps is None else 0.5 * (self.usual_steps + steps)
        self.steps_at_last = self._total(t_ns)
        self.laps, self.last_ns = self.laps + 1, t_ns

    def _total(self, t_ns: int) -> int | None:
        index = bisect.bisect_right(self._times, t_ns)
        before, after = max(0, index - 1), min(len(self._times) - 1, index)
        if not self._times or min(abs(self._times[one] - t_ns) for one in (before, after)) > STEPS_FRESH_NS:
            return None
        if before == after:
            return self._totals[before]
        share = (t_ns - self._times[before]) / (self._times[after] - self._times[before])
        return round(self._totals[before] + min(1.0, max(0.0, share)) * (self._totals[after] - self._totals[before]))


def surprises(done: Floats) -> Floats:
    """Density, by usual laps, of laps that are nothing like the ones before."""
    return np.where(done > LONGEST, 0.0, np.where(done < TOO_FAST, SELDOM, 1.0) / LONGEST)


def _surprise(done: float) -> float:
    return 0.0 if done > LONGEST else (SELDOM if done < TOO_FAST else 1.0) / LONGEST


def _density(done: float, spread: float, rate: float) -> float:
    """Of the end of a lap, 1/s; arguments as `Pace._done` has them."""
    return rate * ((1 - SURPRISES) * sum(_peaks(done, spread)) + SURPRISES * _surprise(done))


def _goes_on(done: float, spread: float) -> float:
    left, log_done, wide = 0.0, math.log(done), spread * math.sqrt(2)
    for share, log_laps in _ENDS:
        left += share * 0.5 * math.erfc((log_done - log_laps) / wide)
    return (1 - SURPRISES) * left + SURPRISES * max(0.0, 1.0 - done / LONGEST) + STOPS


def _peaks(done: float, spread: float) -> list[float]:
    """Densities, by `done`, that it is the end of the first lap, the second, the third."""
    log_done, tall = math.log(done), 1.0 / (spread * math.sqrt(2 * math.pi) * max(done, 1e-3))
    return [share * tall * math.exp(-0.5 * ((log_done - log_laps) / spread) ** 2) for share, log_laps in _ENDS]
