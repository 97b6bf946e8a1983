"""How long to wait before the next try: full jitter, so that ten thousand gateways that lost one broker do not come back in step.

The wait is drawn evenly between nothing and a bound that doubles with every try ("Exponential Backoff And Jitter", AWS Architecture
Blog, 2015: of the ways compared there, this one makes the fewest calls). Pure: chance comes in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

FIRST_S: Final = 0.5
"""The first wait is at most this."""
LONGEST_S: Final = 30.0
"""Ten thousand gateways are then a few hundred a second."""


class BackOff:
    """One series of tries.

    Args:
        draw: a number between two others, evenly, such as `Random().uniform`.
    """

    def __init__(self, draw: Callable[[float, float], float], first_s: float = FIRST_S, longest_s: float = LONGEST_S) -> None:
        self._draw, self._first_s, self._longest_s = draw, first_s, longest_s
        self._tries = 0

    @property
    def bound_s(self) -> float:
        """The longest that the next wait can be."""
        return min(self._longest_s, self._first_s * 2.0 ** min(self._tries, 20))

    def next_s(self) -> float:
        """Draw the next wait, seconds."""
        wait_s = self._draw(0.0, self.bound_s)
        self._tries += 1
        return wait_s

    def healthy(self) -> None:
        """A connection has lasted: the next loss begins a new series."""
        self._tries = 0
