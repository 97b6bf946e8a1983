"""Sets of whole numbers as spans: what of a journal the platform has, and what is on its way. Pure."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Span = tuple[int, int]
"""First and last, both within."""
Spans = tuple[Span, ...]
"""In order, not touching each other."""


def union(spans: Iterable[Span]) -> Spans:
    """All that is in any of the spans; a span whose last is before its first is empty."""
    joined: list[Span] = []
    for low, high in sorted(span for span in spans if span[0] <= span[1]):
        if joined and low <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(joined[-1][1], high))
        else:
            joined.append((low, high))
    return tuple(joined)


def minus(spans: Spans, taken: Spans) -> Spans:
    """What is in `spans` and not in `taken`."""
    left: list[Span] = []
    for low, high in spans:
        at = low
        for out_low, out_high in taken:
            if out_high < at or out_low > high:
                continue
            if at < out_low:
                left.append((at, out_low - 1))
            at = out_high + 1
        if at <= high:
            left.append((at, high))
    return tuple(left)


def size(spans: Iterable[Span]) -> int:
    """How many numbers they hold."""
    return sum(high - low + 1 for low, high in spans)


def first_of(spans: Spans, many: int) -> tuple[Spans, Spans]:
    """The first so many numbers, and the others."""
    head: list[Span] = []
    for at, (low, high) in enumerate(spans):
        if many <= 0:
            return tuple(head), spans[at:]
        last = min(high, low + many - 1)
        head.append((low, last))
        many -= last - low + 1
        if last < high:
            return tuple(head), ((last + 1, high), *spans[at + 1 :])
    return tuple(head), ()


class SpanSet:
    """A set of whole numbers that changes: a change costs what it touches, however many spans there are.

    Attributes:
        changes: spans that are new or have grown, by their first number; `None` for a first number that no span has any more: what
            a table needs to follow. Whoever has followed clears it.
    """

    def __init__(self, spans: Iterable[Span] = ()) -> None:
        joined = union(spans)
        self._lows = [low for low, _ in joined]
        self._highs = [high for _, high in joined]
        self._many = size(joined)
        self.changes: dict[int, int | None] = {}

    def __contains__(self, number: int) -> bool:
        at = bisect_right(self._lows, number) - 1
        return at >= 0 and number <= self._highs[at]

    def __iter__(self) -> Iterator[Span]:
        return iter(zip(self._lows, self._highs, strict=True))

    def __len__(self) -> int:
        """How many numbers are in it."""
        return self._many

    def copy(self) -> SpanSet:
        """The same numbers, and no changes yet."""
        twin = SpanSet()
        twin._lows, twin._highs, twin._many = self._lows.copy(), self._highs.copy(), self._many
        return twin

    def last(self) -> int:
        """The greatest number; 0 when there is none."""
        return self._highs[-1] if self._highs else 0

    def whole_from_one(self) -> int:
        """The number up to which all from 1 on are in it; 0 when 1 is not."""
        return self._highs[0] if self._lows and self._lows[0] <= 1 else 0

    def add(self, low: int, high: int) -> None:
        """Put numbers in."""
        if low > high:
            return
        first, last = bisect_left(self._highs, low - 1), bisect_right(self._lows, high + 1)
        if first < last:
            if last - first == 1 and self._lows[first] <= low and high <= self._highs[first]:
                return
            low, high = min(low, self._lows[first]), max(high, self._highs[last - 1])
        self._replace(first, last, ((low, high),))

    def discard(self, low: int, high: int) -> None:
        """Take numbers out."""
        first, last = bisect_left(self._highs, low), bisect_right(self._lows, high)
        if low <= high and first < last:
            was = tuple(zip(self._lows[first:last], self._highs[first:last], strict=True))
            self._replace(first, last, minus(was, ((low, high),)))

    def within(self, low: int, high: int) -> Spans:
        """What of it is between two numbers, both within."""
        first, last = bisect_left(self._highs, low), bisect_right(self._lows, high)
        found = zip(self._lows[first:last], self._highs[first:last], strict=True)
        return tuple((max(low, a), min(high, b)) for a, b in found)

    def gaps(self, low: int, high: int) -> Iterator[Span]:
        """What between two numbers, both within, is not in it; one gap at a time, so the first costs little."""
        at = bisect_left(self._highs, low)
        while low <= high:
            if at >= len(self._lows) or self._lows[at] > high:
                yield low, high
                return
            if low < self._lows[at]:
                yield low, self._lows[at] - 1
            low = self._highs[at] + 1
            at += 1

    def _replace(self, first: int, last: int, spans: Spans) -> None:
        self._many += size(spans) - size(zip(self._lows[first:last], self._highs[first:last], strict=True))
        for low in self._lows[first:last]:
            self.changes[low] = None
        self.changes.update(spans)
        self._lows[first:last] = [low for low, _ in spans]
        self._highs[first:last] = [high for _, high in spans]
