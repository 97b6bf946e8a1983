"""When a picture was taken, told from stamps of another clock and from arrivals that are always late."""

from __future__ import annotations

import math
import random
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.capture.source_clock import TRUST_AFTER_NS, SourceClock

MS = 1_000_000
S = 1_000_000_000
EVERY_NS = 33_333_333


def errors_ms(clock: SourceClock, *, seconds: float, drift: float = 0.0, late_ms: float = 40.0, seed: int = 1) -> list[float]:
    """A camera with a clock of its own, pictures late by `late_ms` and a network's jitter; how far off each told time is."""
    draw = random.Random(seed)
    errors = []
    arrival_ns = 0
    for index in range(round(seconds * S / EVERY_NS)):
        taken_ns = 100 * S + index * EVERY_NS
        arrival_ns = max(arrival_ns + 1, taken_ns + round(late_ms * MS + draw.expovariate(1 / 15.0) * MS))
        told_ns = clock.capture_ns(arrival_ns, 7_000 + (taken_ns - 100 * S) * (1 + drift) / MS)
        errors.append((told_ns - taken_ns) / MS - late_ms)
    return errors


@pytest.mark.parametrize("drift", [0.0, 200e-6, -200e-6])
def test_jitter_goes_and_drift_is_followed(drift: float) -> None:
    clock = SourceClock()
    errors = errors_ms(clock, seconds=120, drift=drift)
    settled = errors[60:]
    assert max(map(abs, settled)) < 4.0, "jitter was 15 ms in the mean, 100 ms at times"
    assert (clock.clock, clock.why, clock.faults) == ("source", "", 0)


def test_stamps_of_the_gateways_own_clock_are_taken_as_they_are() -> None:
    clock = SourceClock(same_clock=True)
    assert clock.capture_ns(500 * S + 45 * MS, 500_000.0) == 500 * S
    assert clock.capture_ns(500 * S + 90 * MS, 500_033.0) == 500 * S + 33 * MS


def test_stamps_said_to_be_ours_but_of_another_clock_are_carried_over() -> None:
    clock = SourceClock(same_clock=True)
    assert max(map(abs, errors_ms(clock, seconds=10)[60:])) < 4.0
    assert clock.clock == "source"


@pytest.mark.parametrize(
    ("stamp_ms", "why"),
    [
        (lambda _: 5_000.0, "stand still"),
        (lambda index: 90_000.0 - 40 * index, "backwards"),
        (lambda _: math.nan, "no stamps"),
        (lambda index: 40.0 * index, "another pace"),
        (lambda index: 10_000.0 * index, "jumped ahead"),
    ],
)
def test_what_is_no_clock_is_said_and_arrivals_count(stamp_ms: object, why: str) -> None:
    clock = SourceClock()
    arrivals = [S + index * EVERY_NS for index in range(600)]
    told = [clock.capture_ns(arrival_ns, stamp_ms(index)) for index, arrival_ns in enumerate(arrivals)]  # type: ignore[operator]
    assert told[200:] == arrivals[200:]
    assert clock.clock == "arrival"
    assert why in clock.why


@pytest.mark.parametrize("jump_ms", [3_600_000.0, -3_600_000.0, 2_500.0, -2_500.0])
def test_after_a_jump_arrivals_count_until_the_stamps_have_behaved_for_a_while(jump_ms: float) -> None:
    clock = SourceClock()
    seen = []
    for index in range(900):
        taken_ns = S + index * EVERY_NS
        clock.capture_ns(taken_ns + 30 * MS, 1e7 + taken_ns / MS + (jump_ms if index >= 300 else 0.0))
        seen.append(clock.clock)
    assert seen[299] == "source"
    assert seen[300] == "arrival"
    assert seen[300 + TRUST_AFTER_NS // EVERY_NS - 2] == "arrival"
    assert seen[-1] == "source"
    assert clock.faults == 1


def test_when_stamps_are_believed_again_time_slows_down_instead_of_standing_still() -> None:
    clock = SourceClock()
    told, seen = [], []
    for index in range(400):
        late_ns = 0 if index % 10 == 5 else 30 * MS
        jump_ms = 1e6 if index >= 20 else 0.0
        told.append(clock.capture_ns(S + index * EVERY_NS + late_ns, index * EVERY_NS / MS + jump_ms))
        seen.append(clock.clock)
    back = seen.index("source", 21)
    steps = [(later - sooner) / EVERY_NS for sooner, later in pairwise(told[back - 1 : back + 30])]
    assert min(steps) > 0.49


def test_a_burst_of_stored_pictures_at_the_start_does_not_spoil_what_follows() -> None:
    clock = SourceClock()
    told = [clock.capture_ns(10 * S + index * MS, index * EVERY_NS / MS) for index in range(30)]
    told += [clock.capture_ns(10 * S + (index - 29) * EVERY_NS + 30 * MS, index * EVERY_NS / MS) for index in range(30, 200)]
    steps = [(b - a) / EVERY_NS for a, b in pairwise(told[60:])]
    assert min(steps) > 0.49
    assert max(steps) < 1.05
    assert clock.clock == "source"


def test_a_camera_that_was_opened_again_does_not_go_back_in_time() -> None:
    before = SourceClock()
    last = before.capture_ns(9 * S, 100.0)
    again = SourceClock(after_ns=last)
    assert again.capture_ns(9 * S, 0.0) > last


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 3 * S), st.one_of(st.floats(), st.floats(-1e4, 1e4), st.integers(0, 100).map(lambda n: n * 33.0))),
        max_size=80,
    )
)
def test_whatever_the_stamps_say_time_goes_on_and_no_picture_comes_from_the_future(pictures: list[tuple[int, float]]) -> None:
    clock = SourceClock()
    arrival_ns, before_ns = 50 * S, 0
    for step_ns, stamp_ms in pictures:
        arrival_ns += step_ns + 1
        told_ns = clock.capture_ns(arrival_ns, stamp_ms)
        assert before_ns < told_ns <= arrival_ns
        before_ns = told_ns
        assert (clock.clock == "source") is (clock.why == "")
        assert len(clock._quickest) <= 40


@settings(deadline=None)
@given(
    drift=st.floats(-200e-6, 200e-6),
    every_ms=st.sampled_from([16, 33, 66, 100]),
    zero_ms=st.floats(-1e6, 1e9),
    late=st.lists(st.integers(0, 120), min_size=400, max_size=400),
)
def test_a_true_clock_is_never_distrusted_and_never_far_off(drift: float, every_ms: int, zero_ms: float, late: list[int]) -> None:
    clock = SourceClock()
    arrival_ns = 0
    for index, late_ms in enumerate(late):
        taken_ms = index * every_ms
        # One picture in five comes without delay: that is what a network is like, and what the line under all needs.
        arrival_ns = max(arrival_ns + 1, taken_ms * MS + (0 if index % 5 == 0 else late_ms * MS))
        told_ns = clock.capture_ns(arrival_ns, zero_ms + taken_ms * (1 + drift))
        assert clock.clock == "source"
        if index > 20 and late[0] == 0:
            assert abs(told_ns - taken_ms * MS) < 10 * MS
