"""Sets of whole numbers as spans: what of the journal the platform has."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

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


def size(spans: Spans) -> int:
    """How many numbers they hold."""
    return sum(high - low + 1 for low, high in spans)
