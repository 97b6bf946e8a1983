"""A burst and then stillness is a trip; a burst alone, a pause alone and a bout too short to know its usual turn are none."""

from __future__ import annotations

import numpy as np
import pytest

from edge.counting.rope_trips import find_trip

PERIOD = 25


def motion(*, burst: float = 1.0, after: float = 0.05, turns: int = 6) -> tuple[np.ndarray, int]:
    """The size of the motion of some turns with peaks of 30 m/s², a burst after the last, and what comes then."""
    turn = 12 + 18 * np.exp(-((np.arange(PERIOD) - PERIOD // 2) ** 2) / 12)
    before = np.tile(turn, turns)
    last = len(before) - PERIOD // 2
    rest = np.full(120, after * 15.0)
    rest[2:5] = 30.0 * burst
    return np.concatenate([before, rest]), last


def test_a_burst_and_then_stillness_is_a_trip_at_the_burst() -> None:
    size, last = motion(burst=1.6)
    at = find_trip(size, last, PERIOD)
    assert at is not None
    assert size[at] == pytest.approx(48.0)


def test_a_burst_alone_is_none_and_a_pause_alone_is_none() -> None:
    for burst, after in ((1.6, 0.9), (1.0, 0.05), (0.2, 0.05)):
        size, last = motion(burst=burst, after=after)
        assert find_trip(size, last, PERIOD) is None, (burst, after)


def test_without_turns_before_there_is_no_usual_one() -> None:
    size, last = motion(burst=1.6, turns=1)
    assert find_trip(size, last, PERIOD) is None


def test_a_recording_that_ends_at_the_burst_tells_nothing() -> None:
    size, last = motion(burst=1.6)
    assert find_trip(size[: last + 20], last, PERIOD) is None
