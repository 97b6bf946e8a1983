"""How likely a runner is to end a lap now: by time and steps since the last, and what that runner's laps were like before."""

from __future__ import annotations

import bisect
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

FIRST_SPREAD: Final = 0.30
"""Spread of the first lap over a class, as a logarithm: the standard's 1000 m of grade 7 has 235 s for 100 points and 420 s for
10."""
NEXT_SPREAD: Final = 0.10
"""Of a lap by the one before it."""
STEPS_SPREAD: Final = 0.06
NEXT_IS_SLOWER: Final = 1.04
SURPRISES: Final = 0.12
"""Share of laps that are nothing like the ones before: walking breaks, a lace, a sprint."""
STOPS: Final = 0.02
LONGEST: Final = 6.0
"""Of a surprise, in usual laps."""
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
        lap_s = (t_ns - self.last_ns) / 1e9
        if lap_s < self.least_s:
            return 0.0
        steps = self.steps_since(t_ns)
        if steps is not None and self.usual_steps is not None and steps > 0:
            done, spread, rate = steps / self.usual_steps, STEPS_SPREAD, steps / lap_s / self.usual_steps
        else:
            done, spread, rate = lap_s / self.usual_s, self._spread, 1.0 / self.usual_s
        off = math.log(done) / spread if done > 0 else -30.0
        density = math.exp(-0.5 * off * off) / (spread * math.sqrt(2 * math.pi) * max(done, 1e-3))
        left = 0.5 * math.erfc(off / math.sqrt(2))
        late = max(0.0, 1.0 - done / LONGEST)
        return rate * ((1 - SURPRISES) * density + SURPRISES / LONGEST) / ((1 - SURPRISES) * left + SURPRISES * late + STOPS)

    def stand(self, ends_ns: Sequence[int]) -> None:
        """These are the ends of the laps that stand, ascending; what is known of steps is kept for those that stay as they were."""
        if len(ends_ns) == self.laps and (not ends_ns or ends_ns[-1] == self.last_ns):
            return
        self.laps, self.last_ns = len(ends_ns), ends_ns[-1] if ends_ns else self.began_ns
        self.steps_at_last = self._total(self.last_ns)
        times = [self.began_ns, *ends_ns]
        if len(ends_ns) > 0:
            self.usual_s = max((times[-1] - times[-2]) / 1e9, self.least_s)
            self._spread = NEXT_SPREAD

    def ended(self, t_ns: int) -> None:
        """A lap ended."""
        lap_s, steps = (t_ns - self.last_ns) / 1e9, self.steps_since(t_ns)
        self.usual_s = max(lap_s, self.least_s) * (NEXT_IS_SLOWER if self.laps == 0 else 1.0)
        if steps is not None and steps > 0:
            self.usual_steps = float(steps) if self.usual_steps is None else 0.5 * (self.usual_steps + steps)
        self._spread = NEXT_SPREAD
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
