"""Who has left the square, and who is not alone in it: said from what the camera sees, not guessed from the count."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from edge.counting.samples import BodySample

SquareState = Literal["fine", "nobody", "crowded"]

NOBODY_AFTER_NS: Final = 2_000_000_000
"""A body that is lost for a moment, by blur or by a turn, is found sooner: an empty square is searched twice a second."""
BACK_AFTER_NS: Final = 500_000_000
"""Something that looks like a body for a picture or two brings nobody back."""
CROWDED_AFTER_NS: Final = 1_000_000_000
"""Who only walks through is gone again."""
CROWDED_FOR_NS: Final = 2_000_000_000
"""Said for so long after two were last seen: the square is looked at as a whole every two seconds only."""
LONGEST_GAP_NS: Final = 1_000_000_000
"""Over a longer time without a picture nothing is known, so nothing goes on."""


@dataclass(slots=True)
class _Run:
    """For how long something has been so without a break."""

    first_ns: int | None = None
    newest_ns: int = 0

    def goes_on(self, t_ns: int) -> None:
        if self.first_ns is None or t_ns - self.newest_ns > LONGEST_GAP_NS:
            self.first_ns = t_ns
        self.newest_ns = t_ns

    def breaks(self) -> None:
        self.first_ns = None

    @property
    def lasted_ns(self) -> int:
        return 0 if self.first_ns is None else self.newest_ns - self.first_ns


class SquareWatch:
    """Follows one square by the times of its samples alone; keeps a few numbers, however long the heat is.

    Args:
        starts_ns: the signal; `crowded_ns` begins there, `state` before it.

    Attributes:
        state: `nobody` after 2 s without a body, until one is seen for 0.5 s; `crowded` when two were seen for 1 s, until 2 s after
            the last time. Two in the square come before nobody.
        seen_ns: time of the newest sample; `None` before the first.
        crowded_ns: how long two were seen since the signal, looks of less than 1 s left out.
    """

    def __init__(self, starts_ns: int) -> None:
        self._starts_ns = starts_ns
        self.state: SquareState = "fine"
        self.seen_ns: int | None = None
        self.crowded_ns = 0
        self._away, self._there, self._two = _Run(), _Run(), _Run()
        self._nobody = False
        self._crowded_until_ns: int | None = None
        self._added_to_ns = starts_ns

    def feed(self, sample: BodySample) -> SquareState:
        """Take one more sample; late and doubled ones change nothing. Returns the new state."""
        t_ns = sample.t_ns
        if self.seen_ns is not None and t_ns <= self.seen_ns:
            return self.state
        self.seen_ns = t_ns
        if sample.present:
            self._away.breaks()
            self._there.goes_on(t_ns)
            self._alone_or_not(t_ns, sample.bodies)
        else:
            self._there.breaks()
            self._away.goes_on(t_ns)
        if self._away.lasted_ns >= NOBODY_AFTER_NS:
            self._nobody = True
        elif self._there.lasted_ns >= BACK_AFTER_NS:
            self._nobody = False
        self.state = "crowded" if self._crowded(t_ns, sample) else "nobody" if self._nobody else "fine"
        return self.state

    def _crowded(self, t_ns: int, sample: BodySample) -> bool:
        if self._crowded_until_ns is None:
            return False
        # When all have left, two become nobody, without a moment in which all seems well.
        leaving = self.state == "crowded" and not sample.present and not self._nobody
        return t_ns < self._crowded_until_ns or leaving

    def _alone_or_not(self, t_ns: int, bodies: int) -> None:
        # A sample without a body does not end it: of two that stand before each other the tracker loses both now and then.
        if bodies < 2:
            self._two.breaks()
            return
        self._two.goes_on(t_ns)
        if self._two.lasted_ns >= CROWDED_AFTER_NS:
            self._crowded_until_ns = t_ns + CROWDED_FOR_NS
            self.crowded_ns += max(0, t_ns - max(self._added_to_ns, t_ns - self._two.lasted_ns))
            self._added_to_ns = max(t_ns, self._starts_ns)
