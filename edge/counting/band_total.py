"""Skips from a band's own running total: what a band counted while its packets were lost is never lost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from edge.counting.events import Skip

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge.counting.events import Event
    from edge.counting.samples import TotalSample

FASTEST_PER_S: Final = 10
"""Records are 7 to 10 skips a second; a total that grows faster has not grown: the band was switched on anew."""
SPARE: Final = 5
"""Skips allowed beyond that, for two reports that come close together after a gap."""


class BandTotalCounter:
    """Turns running totals into skips, whose times are spread evenly between two reports.

    Args:
        baseline: where to count from; without it, from the first total that is fed.
    """

    def __init__(self, baseline: TotalSample | None = None) -> None:
        self._last = baseline
        self._count = 0

    def feed(self, sample: TotalSample, /) -> Sequence[Event]:
        """See `Counter`. A late packet is ignored; after a new start of the band counting goes on from its new total."""
        last = self._last
        if last is None:
            self._last = sample
            return ()
        if sample.t_ns <= last.t_ns:
            return ()
        most = FASTEST_PER_S * (sample.t_ns - last.t_ns) / 1e9 + SPARE
        grown = (sample.total - last.total) % sample.modulus
        if grown > most:  # switched on anew: what it has counted since then still counts
            grown = sample.total if sample.total <= most else 0
        self._last = sample
        step_ns = (sample.t_ns - last.t_ns) / max(grown, 1)
        events = [Skip(last.t_ns + round(step_ns * (n + 1)), self._count + n + 1) for n in range(grown)]
        self._count += grown
        return events

    def flush(self) -> Sequence[Event]:
        """See `Counter`; nothing is ever held back."""
        return ()
