"""Which pictures are looked at, so that looking takes no more than its share of the computer."""

from __future__ import annotations

from collections import deque
from typing import Final

SHARE: Final = 0.22
"""Of one core. With unpacking of 720p pictures (0.10 to 0.18), names, messages, photo finish and hand-over (0.10) a gate stays
within half a core."""
LEAST_HZ: Final = 15.0
"""Of 572 drawn crossings, most of them in bunches, 37 are missed at 30 looks a second and 50 at 15; times are alike (9 to 10 ms off
in the median). A gate never looks more seldom than this of its own will."""
COSTS: Final = 30
"""The median of so many looks tells what one takes: a long one, such as the first of a run, changes nothing."""


class LookPace:
    """As many looks as a share of one core allows, as even as the pictures allow.

    Args:
        share: of one core.
        least_hz: looks a second, however much one takes.
    """

    def __init__(self, share: float = SHARE, least_hz: float = LEAST_HZ) -> None:
        self._share, self._longest_ns = share, 1e9 / least_hz
        self._costs_ns: deque[int] = deque(maxlen=COSTS)
        self._apart_ns = 0.0
        self._due_ns = 0.0
        self._last_ns = 0
        self.left_out = 0

    def wants(self, t_ns: int) -> bool:
        """Whether the picture of this time should be looked at; times that go back begin anew."""
        if t_ns < self._last_ns:
            self._due_ns = 0.0
        self._last_ns = t_ns
        if t_ns < self._due_ns:
            self.left_out += 1
            return False
        # Cameras are not even: a picture that comes late does not put off the next look.
        self._due_ns = max(self._due_ns, t_ns - self._apart_ns) + self._apart_ns
        return True

    def took(self, cpu_ns: int) -> None:
        """What a look has taken."""
        self._costs_ns.append(cpu_ns)
        self._apart_ns = min(self._longest_ns, sorted(self._costs_ns)[len(self._costs_ns) // 2] / self._share)
