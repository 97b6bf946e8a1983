"""Bandwidth and quiet hours, by numbers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloud_sync.pacing import BURST_S, Bandwidth, parse_quiet_hours


@given(rate=st.integers(16, 10_000), sizes=st.lists(st.integers(1, 60_000), min_size=1, max_size=40))
def test_no_more_is_sent_than_the_rate_a_burst_and_one_message(rate: int, sizes: list[int]) -> None:
    bandwidth, now_s, sent = Bandwidth(rate), 0.0, 0
    for size in sizes:
        now_s += bandwidth.wait_s(now_s)
        assert bandwidth.wait_s(now_s) < 1e-6
        bandwidth.sent(size, now_s)
        sent += size
        assert sent <= rate * 125 * (now_s + BURST_S) + size + 1


def test_without_a_limit_nothing_waits_and_a_limit_may_come_later() -> None:
    bandwidth = Bandwidth(None)
    bandwidth.sent(10**9, 0.0)
    assert bandwidth.wait_s(0.0) == 0.0
    bandwidth.limit(80, 1.0)
    bandwidth.sent(20_000, 1.0)
    assert bandwidth.wait_s(1.0) == pytest.approx(2.0, abs=1.0)
    bandwidth.limit(None, 1.0)
    assert bandwidth.wait_s(1.0) == 0.0


@pytest.mark.parametrize(
    ("hours", "quiet", "loud"),
    [("07:30-16:30", (450, 989), (449, 990, 0)), ("22:00-06:00", (1_320, 0, 359), (360, 1_319))],
)
def test_quiet_hours(hours: str, quiet: tuple[int, ...], loud: tuple[int, ...]) -> None:
    kept = parse_quiet_hours(hours)
    assert str(kept) == hours
    assert all(kept.hold(minute) for minute in quiet)
    assert not any(kept.hold(minute) for minute in loud)


@pytest.mark.parametrize("text", ["", "7:30-16:30", "07:30-24:00", "07:30", "07:60-08:00", "07:30-16:30 "])
def test_what_are_no_hours(text: str) -> None:
    with pytest.raises(ValueError, match="07:30-16:30"):
        parse_quiet_hours(text)
