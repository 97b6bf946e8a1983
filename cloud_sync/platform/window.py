"""How many events a gateway may have out: the platform's capacity, shared among those that are sending. Pure; time is given.

The rule: 100,000 events may be on their way to the platform (two seconds of its work at 50,000 a second). They are shared equally
among the gateways that have sent in the last 30 seconds; while more than half of the room for waiting messages is used, the shares
are halved. Nobody gets more than 20,000 (a lone gateway is not held up by a round trip of a quarter of a second at 80,000 a second)
nor less than 100, so that each goes on a little.
"""

from __future__ import annotations

from typing import Final

TOTAL: Final = 100_000
MOST: Final = 20_000
LEAST: Final = 100
SENDING_FOR_S: Final = 30.0


class Window:
    """Who is sending now."""

    def __init__(self) -> None:
        self._last_s: dict[str, float] = {}
        """By gateway, the one that has been silent longest first."""

    def sent(self, gateway: str, now_s: float) -> None:
        """A batch of this gateway has come."""
        self._last_s.pop(gateway, None)
        self._last_s[gateway] = now_s

    def senders(self, now_s: float) -> int:
        """How many are sending."""
        while self._last_s:
            gateway, last_s = next(iter(self._last_s.items()))
            if now_s - last_s <= SENDING_FOR_S:
                break
            del self._last_s[gateway]
        return len(self._last_s)

    def size(self, now_s: float, busy: float = 0.0) -> int:
        """The share of one gateway.

        Args:
            now_s: on the clock of `sent`.
            busy: share of the room for waiting messages that is used.
        """
        share = TOTAL // max(1, self.senders(now_s))
        return max(LEAST, min(MOST, share // 2 if busy > 0.5 else share))
