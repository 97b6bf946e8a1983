"""The wait before the next try: full jitter under a bound that doubles, up to the longest one."""

from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from cloud_sync.back_off import FIRST_S, LONGEST_S, BackOff


def test_the_bound_doubles_and_a_healthy_connection_begins_anew() -> None:
    longest = BackOff(lambda _, high: high)
    assert [longest.next_s() for _ in range(9)] == [0.5, 1, 2, 4, 8, 16, 30, 30, 30]
    longest.healthy()
    assert longest.next_s() == FIRST_S


@given(st.integers(0, 2**32), st.integers(1, 200))
def test_a_wait_is_never_beyond_its_bound(seed: int, tries: int) -> None:
    one = BackOff(Random(seed).uniform)
    for _ in range(tries):
        bound_s = one.bound_s
        assert 0.0 <= one.next_s() <= bound_s <= LONGEST_S


def test_two_hundred_that_lost_one_broker_do_not_come_back_in_step() -> None:
    waits = []
    for seed in range(200):
        one = BackOff(Random(seed).uniform)
        waits += [[one.next_s() for _ in range(8)][-1]]
    tenths = [int(wait / (LONGEST_S / 10)) for wait in waits]
    assert all(5 <= tenths.count(tenth) <= 45 for tenth in range(10)), "spread evenly over the whole wait, not only its end"
