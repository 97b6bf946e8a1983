"""An attempt knows what truly happened."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from simulators.pupil import Ability, attempt

POOR = Ability(unevenness=0.08, trips_per_min=6, rests_per_min=3, stumbles_per_min=4)


@given(st.integers(0, 10_000), st.sampled_from([(1, 1), (1, 2), (2, 1)]))
def test_times_ascend_and_belong_together(seed: int, shape: tuple[int, int]) -> None:
    turns_a_jump, hops_a_turn = shape
    drawn = attempt(POOR, 40.0, seed, turns_a_jump=turns_a_jump, hops_a_turn=hops_a_turn)
    for times in (drawn.landings_s, drawn.hops_s, drawn.turns_s, drawn.trips_s, drawn.stumbles_s):
        assert list(times) == sorted(times)
    assert len(drawn.turns_s) == turns_a_jump * len(drawn.landings_s)
    assert len(drawn.hops_s) == hops_a_turn * len(drawn.landings_s)
    assert set(drawn.landings_s) <= set(drawn.hops_s)
    assert set(drawn.landings_s) <= set(drawn.turns_s)
    assert set(drawn.stumbles_s) <= set(drawn.landings_s)


@given(st.integers(0, 10_000))
def test_bouts_hold_all_skips_and_no_trip(seed: int) -> None:
    drawn = attempt(POOR, 40.0, seed)
    inside = sum(first <= t <= last for t in drawn.landings_s for first, last in drawn.bouts_s)
    assert inside == len(drawn.landings_s)
    assert not any(first <= t < last for t in drawn.trips_s for first, last in drawn.bouts_s)


def test_a_pupil_who_rests_has_pauses_and_one_who_tires_grows_slow() -> None:
    rested = attempt(Ability(trips_per_min=0, rests_per_min=4), 60.0, 1)
    assert len(rested.bouts_s) > 1
    tired = attempt(Ability(trips_per_min=0, unevenness=0, fatigue_per_min=0.3), 60.0, 1).landings_s
    assert tired[-1] - tired[-2] > 1.2 * (tired[1] - tired[0])


def test_the_same_attempt_with_more_hops() -> None:
    drawn = attempt(POOR, 40.0, 3)
    twice = drawn.with_hops(2)
    assert twice.landings_s == drawn.landings_s
    assert twice.hops_s == attempt(POOR, 40.0, 3, hops_a_turn=2).hops_s
