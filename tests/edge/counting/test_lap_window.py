"""A window's chances: of who is only tapped, those of the order of taps; of the others, those of all witnesses."""

from __future__ import annotations

import numpy as np
import pytest

from edge.counting.events import Crossing
from edge.counting.gate import Passing
from edge.counting.lap_likelihood import Told, Waiting
from edge.counting.lap_pace import Pace
from edge.counting.lap_rules import LapRules
from edge.counting.lap_window import end_of_group, weigh

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
