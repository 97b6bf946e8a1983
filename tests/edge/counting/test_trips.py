"""A break of the rhythm is a trip; an uneven skip and a rest are not."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from edge.counting.trips import find_trips
from simulators.pupil import Ability, attempt

S = 1_000_000_000


def times(*gaps_s: float) -> list[int]:
    t_s, out = 0.0, [0]
    for gap_s in gaps_s:
        t_s += gap_s
        out.append(round(t_s * S))
    return out


def test_a_break_in_the_rhythm_is_a_trip_one_period_after_the_last_skip() -> None:
    assert find_trips(times(0.5, 0.5, 0.5, 0.5, 2.0, 0.5, 0.5)) == (round(2.5 * S),)


def test_an_uneven_skip_a_rest_and_a_first_pause_are_none() -> None:
    assert find_trips(times(0.5, 0.5, 0.5, 0.8, 0.4, 0.5)) == ()
    assert find_trips(times(0.5, 0.5, 0.5, 0.5, 6.0, 0.5)) == ()
    assert find_trips(times(2.0, 0.5, 0.5)) == ()


@given(st.integers(0, 2_000), st.integers(80, 180))
def test_a_steady_simulated_pupil_never_has_more_trips_found_than_happened(seed: int, cadence: int) -> None:
    drawn = attempt(Ability(cadence_per_min=cadence, trips_per_min=2, unevenness=0.03), 60.0, seed)
    assert len(find_trips(round(t * S) for t in drawn.landings_s)) <= len(drawn.trips_s)


def test_most_trips_of_simulated_pupils_are_found() -> None:
    """Not those in the first skips, or right after another one: there is no rhythm yet."""
    happened = found = 0
    for seed in range(40):
        drawn = attempt(Ability(cadence_per_min=120, trips_per_min=1, unevenness=0.03), 60.0, seed)
        happened += len(drawn.trips_s)
        found += len(find_trips(round(t * S) for t in drawn.landings_s))
    assert happened > 20
    assert found >= 0.85 * happened
