"""A window's chances: of who is only tapped, those of the order of taps; of the others, those of all witnesses."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.counting.events import Crossing
from edge.counting.gate import Passing
from edge.counting.lap_likelihood import Told, Waiting
from edge.counting.lap_pace import Pace
from edge.counting.lap_rules import LapRules
from edge.counting.lap_window import Past, end_of_group, likeliest, weigh

S = 1_000_000_000
RULES = LapRules(0, 200.0, 4, receivers=1, taps=True)


def crossing(t_s: float, named: float) -> Waiting:
    return Waiting(Crossing(round(t_s * S), "left_to_right", 0), None, {"an": 20.0 * named}, {"an": named})


def test_a_tap_is_as_sure_as_the_order_of_all_taps_has_it_and_a_band_beside_it_is_surer() -> None:
    crossings = (crossing(60.0, 0.8), crossing(60.4, 0.15))
    tap, passing = (round(60.7 * S), 60 * S), Passing(60 * S, S // 20, 1.0 - 1e-9)
    only = weigh(RULES, [Told("an", Pace(0, 60.0, 25.0), None, tap)], [], crossings, 1)
    both = weigh(RULES, [Told("an", Pace(0, 60.0, 25.0), passing, tap)], [], crossings, 1)
    assert only.chance[0] == pytest.approx(np.array([0.8, 0.15]))
    assert both.chance[0, 0] > 0.95
    assert only.best == both.best == (0,)


def test_a_group_ends_with_a_pause_or_where_it_gets_too_long() -> None:
    assert end_of_group([60 * S, 61 * S, 63 * S]) == 61 * S
    assert end_of_group([60 * S + n * S // 2 for n in range(20)]) == 63 * S


@given(st.lists(st.integers(500, 700), min_size=2, max_size=6, unique=True), st.integers(0, 2), st.data())
def test_the_best_way_alone_is_the_same_one(tenths: list[int], told: int, data: st.DataObject) -> None:
    """Some laps are told already, and keep their crossings."""
    crossings = tuple(crossing(t / 10, 0.5) for t in sorted(tenths))
    names = [f"pupil-{number}" for number in range(len(crossings))]
    due_s = data.draw(st.lists(st.floats(45.0, 75.0), min_size=len(names), max_size=len(names)))
    rules = LapRules(0, 200.0, 4, receivers=0)
    all_told = [Told(name, Pace(0, due, 25.0), None) for name, due in zip(names, due_s, strict=True)]
    past = [Past(mine, one, one.t_ns) for mine, one in zip(all_told[:told], crossings, strict=False)]
    waiting = all_told[told:]
    window = weigh(rules, waiting, past, crossings, len(names))
    assert likeliest(rules, waiting, past, crossings, len(names)) == window.best[: len(waiting)]
    assert not set(window.best[: len(waiting)]) & set(range(told))
