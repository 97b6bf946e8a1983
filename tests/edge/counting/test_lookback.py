"""When a counter that looks back looks, and what it lets out."""

from __future__ import annotations

from itertools import pairwise

import pytest

from edge.counting.lookback import Lookback, Pace

MS = 1_000_000
PACE = Pace(every_ns=200 * MS, longest_ns=600 * MS, due=1.2, guard_ns=120 * MS, oldest_ns=2_500 * MS, apart=0.6)


def watched(events_ms: list[int], seconds: float, samples_ms: int = 33) -> tuple[list[int], list[tuple[int, int]]]:
    """Moments of looking (ms), and each event (ms) with the moment at which it came out; an event is found once it has happened."""
    lookback = Lookback(PACE)
    looks: list[int] = []
    out: list[tuple[int, int]] = []

    def look(now_ns: int) -> list[int]:
        looks.append(now_ns // MS)
        return [at * MS for at in events_ms if now_ns - 6_000 * MS <= at * MS <= now_ns]

    for now_ms in range(0, round(seconds * 1e3), samples_ms):
        out += [(t_ns // MS, now_ms) for t_ns, _ in lookback.arrive(now_ms * MS, look)]
    return looks, out


def test_without_a_rhythm_it_looks_at_an_even_pace() -> None:
    looks, out = watched([], 5.0)
    assert looks == list(range(200, 5000, 200))
    assert out == []


@pytest.mark.parametrize("period_ms", [350, 450, 600])
def test_in_a_rhythm_it_looks_once_an_event_and_no_event_comes_later_for_it(period_ms: int) -> None:
    looks, out = watched(list(range(1000, 9000, period_ms)), 9.0)
    during = [at for at in looks if 3000 < at < 8500]
    assert len(during) == pytest.approx(5500 / period_ms, abs=1)
    assert all(now - at <= 120 + 0.2 * period_ms + 33 for at, now in out if 3000 < at < 8500)


def test_quick_events_do_not_make_it_look_oftener() -> None:
    looks, _ = watched(list(range(1000, 9000, 140)), 9.0)
    assert min(b - a for a, b in pairwise(looks)) >= 200


def test_slow_events_do_not_make_it_wait_for_long() -> None:
    looks, _ = watched(list(range(1000, 20000, 1300)), 20.0)
    assert max(b - a for a, b in pairwise(looks)) <= 600


def test_an_event_that_comes_late_waits_for_no_more_than_the_even_pace() -> None:
    late = [*range(1000, 5000, 450), *range(5300, 9000, 450)]
    _, out = watched(late, 9.0)
    (shown,) = (now for at, now in out if at == 5300)
    assert shown - 5300 <= 120 + 200 + 33


def test_once_the_rhythm_is_over_it_looks_at_an_even_pace_again() -> None:
    looks, _ = watched(list(range(1000, 4000, 450)), 9.0)
    assert {b - a for a, b in pairwise(looks) if a > 5000} == {200}


def test_chunks_of_samples_do_not_matter() -> None:
    fine, coarse = watched(list(range(1000, 9000, 450)), 9.0, 1), watched(list(range(1000, 9000, 450)), 9.0, 33)
    assert [at for at, _ in fine[1]] == [at for at, _ in coarse[1]]
    assert fine[0] == coarse[0]
