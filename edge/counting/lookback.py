"""What live counters that look back share: when to look, and which of the times found are new.

Looks happen at moments of the samples' own time, so any chunking gives the same events: evenly spaced from the first sample, later
where a rhythm tells that nothing new can have come. A time that was let out is never taken back.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


@dataclass(frozen=True, slots=True)
class Pace:
    """How a counter looks back.

    Attributes:
        every_ns: between two looks, at least.
        longest_ns: between two looks, at most.
        due: periods after an event in which the next one has come, if the rhythm goes on.
        guard_ns: what is younger may still move, and waits.
        oldest_ns: the first events of a bout are known only once there is a rhythm; older ones are not brought up any more.
        apart: two events are at least this share of the usual period apart.
    """

    every_ns: int
    longest_ns: int
    due: float
    guard_ns: int
    oldest_ns: int
    apart: float


class Lookback:
    """Keeps the moments of looking, and the events let out.

    Args:
        later_ns: by how much the moments are shifted: counters that look side by side should not all look at once.
    """

    def __init__(self, pace: Pace, later_ns: int = 0) -> None:
        self._pace, self._later_ns = pace, later_ns
        self._next_ns: int | None = None
        self._usual_ns = 400_000_000
        self.newest_ns = 0
        self.last_ns: int | None = None
        self.count = 0

    def arrive(self, t_ns: int, look: Callable[[int], list[int]]) -> list[tuple[int, int]]:
        """A sample of this time is about to be taken in: look first if it is time.

        Args:
            look: gives the times found until a moment, from what was taken in before.

        Returns:
            New events: time and number.
        """
        if self._next_ns is None:
            self._next_ns, self.newest_ns = t_ns + self._pace.every_ns + self._later_ns, t_ns
        self.newest_ns = max(self.newest_ns, t_ns)
        if t_ns < self._next_ns:
            return []
        now_ns = self._next_ns
        new = self._let_out(look(now_ns), now_ns, self._pace.guard_ns)
        in_turn_ns = now_ns + self._pace.every_ns * ((t_ns - now_ns) // self._pace.every_ns + 1)
        self._next_ns = max(in_turn_ns, self._due_ns(now_ns))
        return new

    @property
    def next_look_ns(self) -> int | None:
        """When it looks next; `None` before the first sample."""
        return self._next_ns

    def finish(self, look: Callable[[int], list[int]]) -> list[tuple[int, int]]:
        """The attempt is over: nothing has to wait any more."""
        return [] if self._next_ns is None else self._let_out(look(self.newest_ns), self.newest_ns, 0)

    def _due_ns(self, now_ns: int) -> int:
        """While a rhythm goes on nothing new can be found before its next event is old enough: when that should be so."""
        if self.last_ns is None:
            return now_ns
        due_ns = self.last_ns + round(self._pace.due * self._usual_ns) + self._pace.guard_ns
        return min(due_ns, now_ns + self._pace.longest_ns)

    def _let_out(self, found: Iterable[int], now_ns: int, guard_ns: int) -> list[tuple[int, int]]:
        times = list(found)
        gaps = sorted(b - a for a, b in pairwise(times))
        if gaps:
            self._usual_ns = gaps[len(gaps) // 2]
        new = []
        for t_ns in times:
            apart = self.last_ns is None or t_ns > self.last_ns + self._pace.apart * self._usual_ns
            if apart and now_ns - self._pace.oldest_ns <= t_ns <= now_ns - guard_ns:
                self.count += 1
                self.last_ns = t_ns
                new.append((t_ns, self.count))
        return new
