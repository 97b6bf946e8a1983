"""Spans behave like the sets of numbers that they stand for."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from cloud_sync.spans import Spans, minus, size, union

SPANS = st.lists(st.tuples(st.integers(1, 40), st.integers(1, 40)), max_size=6)


def numbers(spans: Spans) -> set[int]:
    return {n for low, high in spans for n in range(low, high + 1)}


@given(SPANS, SPANS)
def test_union_and_difference_are_those_of_sets(some: list[tuple[int, int]], others: list[tuple[int, int]]) -> None:
    one, other = union(some), union(others)
    both = union([*one, *other])
    assert numbers(both) == numbers(one) | numbers(other)
    assert numbers(minus(one, other)) == numbers(one) - numbers(other)
    assert size(one) == len(numbers(one))
    assert all(a[1] + 1 < b[0] for a, b in pairwise(both)), "spans never touch"
