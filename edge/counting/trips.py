"""A rope that was caught, from the rhythm of the skips: a break that is longer than the rhythm allows and shorter than a rest.

A first definition. It needs the next skip, so it is late by the pause; and it cannot tell a caught rope from a pupil who stops
for a moment.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

from edge.counting.events import Skip, Trip

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from edge.counting.events import Event

BREAK: Final = 1.8
"""A gap of this many usual periods is more than an uneven skip or one that was missed between two others."""
REST_NS: Final = 4_000_000_000
"""Whoever stands longer is resting."""
PERIODS: Final = 8
"""The usual period is the median of this many."""
LEAST_PERIODS: Final = 3


class TripFinder:
    """Takes the times of skips as they come."""

    def __init__(self) -> None:
        self._gaps: deque[int] = deque(maxlen=PERIODS)
        self._last_ns: int | None = None

    def skip(self, t_ns: int) -> Trip | None:
        """A skip has been counted; the trip before it, if there was one."""
        last_ns, self._last_ns = self._last_ns, t_ns
        if last_ns is None:
            return None
        gap_ns = t_ns - last_ns
        if len(self._gaps) >= LEAST_PERIODS:
            usual_ns = sorted(self._gaps)[len(self._gaps) // 2]
            if gap_ns > BREAK * usual_ns:
                return Trip(last_ns + usual_ns) if gap_ns <= REST_NS else None
        self._gaps.append(gap_ns)
        return None


def with_trips(numbered: Sequence[tuple[int, int]], finder: TripFinder) -> list[Event]:
    """Skips with their numbers as events, each trip before the skip that ended it."""
    events: list[Event] = []
    for t_ns, number in numbered:
        trip = finder.skip(t_ns)
        if trip is not None:
            events.append(trip)
        events.append(Skip(t_ns, number))
    return events


def find_trips(skips_ns: Iterable[int]) -> tuple[int, ...]:
    """Times of the trips in a whole attempt."""
    finder = TripFinder()
    return tuple(trip.t_ns for t_ns in skips_ns if (trip := finder.skip(t_ns)) is not None)
