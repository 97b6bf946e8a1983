"""What is missing for good: noted once, joined with its neighbours, and taken out when it comes after all."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from cloud_sync.platform.holes import fill, record
from support.ingesting import memory

spans = st.builds(lambda first, more: (first, first + more), st.integers(1, 40), st.integers(0, 12))


@given(st.lists(st.tuples(st.booleans(), spans), max_size=12))
def test_holes_are_what_was_told_and_has_not_come(told: list[tuple[bool, tuple[int, int]]]) -> None:
    connection, gone = memory(), set[int]()
    for is_gone, (first, last) in told:
        numbers = set(range(first, last + 1))
        if is_gone:
            for number in sorted(numbers - gone):
                record(connection, "g", "e", ((number, number),), "damaged")
            gone |= numbers
        else:
            fill(connection, "g", "e", ((first, last),))
            gone -= numbers
    kept = connection.execute("SELECT first, last FROM hole ORDER BY last").fetchall()
    assert {number for first, last in kept for number in range(first, last + 1)} == gone
    assert all(later[0] > earlier[1] + 1 for earlier, later in pairwise(kept)), "neighbours are one"


def test_neighbours_with_another_reason_stay_apart() -> None:
    connection = memory()
    record(connection, "g", "e", ((1, 3),), "damaged")
    record(connection, "g", "e", ((4, 6),), "dead_letter")
    record(connection, "g", "other", ((7, 7),), "dead_letter")
    record(connection, "g", "e", ((7, 9),), "dead_letter")
    sql = "SELECT epoch, first, last, why FROM hole ORDER BY epoch, last"
    assert connection.execute(sql).fetchall() == [
        ("e", 1, 3, "damaged"), ("e", 4, 9, "dead_letter"), ("other", 7, 7, "dead_letter")
    ]  # fmt: skip
    fill(connection, "g", "e", ((3, 4), (8, 8)))
    assert connection.execute(sql).fetchall()[:-1] == [
        ("e", 1, 2, "damaged"), ("e", 5, 7, "dead_letter"), ("e", 9, 9, "dead_letter")
    ]  # fmt: skip
