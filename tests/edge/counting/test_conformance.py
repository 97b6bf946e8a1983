"""What every counter must keep, whatever it counts."""

from __future__ import annotations

import pickle
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge.counting.events import Skip, Step
from support.counters import CASES, Case, count

if TYPE_CHECKING:
    from edge.counting.events import Event

every_counter = pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])


def indices(events: list[Event]) -> list[int]:
    return [event.index for event in events if isinstance(event, Skip | Step)]


@every_counter
def test_it_counts(case: Case) -> None:
    found = len(count(case, case.samples))
    assert abs(found - case.expected) <= (2 if case.name == "steps" else 1), f"{found} for {case.expected}"


@every_counter
def test_silence_gives_nothing(case: Case) -> None:
    assert count(case, case.silence) == []
    assert count(case, []) == []


@pytest.mark.parametrize("case", [case for case in CASES if case.join], ids=[case.name for case in CASES if case.join])
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_any_chunking_gives_equal_events(case: Case, data: st.DataObject) -> None:
    cuts = data.draw(st.lists(st.integers(0, len(case.samples)), max_size=12))
    assert count(case, case.samples, cuts) == count(case, case.samples)


@every_counter
@pytest.mark.parametrize("by_ns", [1, 3_600_000_000_000, 2**60])
def test_a_shift_in_time_shifts_the_events_and_nothing_else(case: Case, by_ns: int) -> None:
    here = count(case, case.samples)
    there = count(case, [case.shift(sample, by_ns) for sample in case.samples])
    assert [replace(event, t_ns=event.t_ns + by_ns) for event in here] == there


@every_counter
def test_the_index_counts_from_one_and_never_goes_down(case: Case) -> None:
    found = indices(count(case, case.samples))
    assert found == list(range(1, len(found) + 1))


@every_counter
def test_times_ascend_and_are_not_in_the_future(case: Case) -> None:
    counter, newest = case.make(), None
    for sample in case.samples:
        now = case.t_ns(sample)
        for event in counter.feed(sample):
            assert event.t_ns <= now, "causal"
            assert newest is None or event.t_ns >= newest or case.name == "line"
            newest = event.t_ns


@every_counter
def test_doubled_samples_count_once(case: Case) -> None:
    doubled = [sample for sample in case.samples for _ in range(2)]
    assert abs(len(count(case, doubled)) - len(count(case, case.samples))) <= 1


@every_counter
def test_a_gap_is_survived_and_nothing_is_invented(case: Case) -> None:
    third = len(case.samples) // 3
    with_gap = case.samples[:third] + case.samples[2 * third :]
    assert len(count(case, with_gap)) <= case.expected + 2


@every_counter
def test_memory_is_bounded(case: Case) -> None:
    counter = case.make()
    span = case.t_ns(case.samples[-1]) - case.t_ns(case.samples[0]) + 20_000_000
    sizes = []
    for repeat in range(3):
        for sample in case.samples:
            counter.feed(case.shift(sample, repeat * span))
        sizes.append(len(pickle.dumps(counter)))
    assert sizes[2] <= 1.5 * max(sizes[0], sizes[1])
    assert sizes[2] < 400_000, f"{sizes[2]} bytes of state"
    assert sys.getsizeof(counter) > 0
