"""Taps that wait: laid to crossings by order and pace, and forgotten when they are settled."""

from __future__ import annotations

import pytest

from edge.counting.events import Crossing
from edge.counting.lap_likelihood import Waiting
from edge.counting.lap_pace import Pace
from edge.counting.lap_tapped import Tapped

S = 1_000_000_000


def crossings(*times_s: float) -> list[Waiting]:
    return [Waiting(Crossing(round(t * S), "left_to_right", track)) for track, t in enumerate(times_s)]


def paces(**usual_s: float) -> dict[str, Pace]:
    return {pupil: Pace(0, usual, 25.0) for pupil, usual in usual_s.items()}


def test_a_tap_names_the_crossing_before_it() -> None:
    taps, seen = Tapped(), crossings(60.0, 64.0)
    taps.add("an", round(60.6 * S), can_be=True)
    told = taps.lay(seen, paces(an=60.0, bo=60.0))
    assert told["an"] == (round(60.6 * S), pytest.approx(60.0 * S, abs=0.1 * S))
    assert seen[0].named["an"] > 0.95
    assert seen[1].named["an"] < 0.01


def test_a_bunch_that_may_be_shifted_by_one_is_not_sure() -> None:
    """Three taps fall behind, and one of four who crossed has none: each tap may mean the crossing before or after."""
    taps, seen = Tapped(), crossings(60.0, 60.2, 60.4, 60.6)
    for pupil, t_s in (("an", 60.9), ("bo", 61.35), ("chen", 61.8)):
        taps.add(pupil, round(t_s * S), can_be=True)
    taps.lay(seen, paces(an=60.0, bo=60.0, chen=60.0, du=60.0))
    assert max(one.named["chen"] for one in seen) < 0.95
    assert sum(one.named["chen"] for one in seen) == pytest.approx(1.0, abs=0.05)


def test_nobody_is_taken_to_cross_sooner_than_a_lap_can_end() -> None:
    taps, seen, pace = Tapped(), crossings(64.9, 65.1), Pace(40 * S, 30.0, 25.0)
    taps.add("an", round(65.6 * S), can_be=True)
    taps.lay(seen, {"an": pace})
    assert seen[0].named["an"] == 0.0
    assert seen[1].named["an"] > 0.5


def test_a_name_whose_lap_cannot_end_yet_is_a_slip_but_has_its_place_in_the_order() -> None:
    taps, seen = Tapped(), crossings(60.0)
    taps.add("an", round(60.6 * S), can_be=False)
    assert taps.waiting == []
    assert taps.lay(seen, paces(an=60.0)) == {}


def test_what_is_settled_waits_no_longer() -> None:
    taps = Tapped()
    for pupil, t_s in (("an", 66), ("bo", 61), ("chen", 70)):
        taps.add(pupil, t_s * S, can_be=True)
    taps.forget(65 * S, counted={"an"}, waits=set())
    assert taps.waiting == [(70 * S, "chen")]


def test_taps_are_bounded() -> None:
    taps = Tapped()
    for n in range(500):
        taps.add("an", n * S, can_be=True)
    assert len(taps.waiting) == 128
