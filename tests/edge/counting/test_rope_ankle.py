"""What the landings of an ankle are worth: two feet, one foot in turn, or no rope."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from edge.counting.rope_ankle import (
    BOTH_FEET,
    NOTHING,
    ONE_FOOT,
    FootRules,
    Footwork,
    is_doubtful,
    ratio,
    share_along,
    skips_a_turn,
)

RULES = FootRules()


def foot(period_s: float, once: float, twice: float, shock: float, to_and_fro: float = 0.2, aside: float = 0.8) -> Footwork:
    return Footwork(*(np.array([value]) for value in (period_s, once, twice, to_and_fro, aside, shock)))


BOUNCE = foot(0.48, 24.0, 28.0, 0.73)
IN_TURN = foot(0.75, 10.0, 17.0, 0.62)


def worth(feet: Footwork, before: int = NOTHING) -> int:
    return int(skips_a_turn(feet, RULES, np.array([before]))[0])


@pytest.mark.parametrize(
    ("feet", "skips"),
    [
        pytest.param(BOUNCE, BOTH_FEET, id="a single bounce"),
        pytest.param(foot(0.60, 19.0, 20.0, 0.76), BOTH_FEET, id="a slow single bounce, hard on the ground"),
        pytest.param(IN_TURN, ONE_FOOT, id="feet in turn"),
        pytest.param(foot(0.56, 15.0, 25.0, 0.58), ONE_FOOT, id="quick feet in turn, soft on the ground"),
        pytest.param(foot(0.80, 7.0, 25.0, 1.0), BOTH_FEET, id="a double bounce"),
        pytest.param(foot(1.02, 6.0, 22.0, 0.8), BOTH_FEET, id="a slow double bounce"),
        pytest.param(foot(0.58, 12.0, 12.0, 0.6, to_and_fro=1.0), NOTHING, id="jumping jacks"),
        pytest.param(foot(0.94, 9.0, 21.0, 0.8, aside=2.5), NOTHING, id="jumping jacks, two hops for a turn"),
        pytest.param(foot(0.70, 20.0, 28.0, 0.5), NOTHING, id="running"),
        pytest.param(foot(1.10, 4.0, 6.0, 0.6), NOTHING, id="walking"),
        pytest.param(foot(0.16, 25.0, 8.0, 1.1), NOTHING, id="a strap that rings"),
    ],
)
def test_how_the_feet_go_decides_what_a_landing_is_worth(feet: Footwork, skips: int) -> None:
    assert worth(feet) == skips


def test_a_bout_that_goes_on_is_not_judged_otherwise_for_a_little() -> None:
    wide = replace(IN_TURN, once_mps2=np.array([14.2]), period_s=np.array([0.76]))
    assert wide.reach_m[0] == pytest.approx(0.416, abs=0.005)
    assert (worth(wide), worth(wide, ONE_FOOT)) == (NOTHING, ONE_FOOT)
    between = foot(0.60, 15.0, 20.0, RULES.both_feet_shock)
    assert (worth(between, BOTH_FEET), worth(between, ONE_FOOT)) == (BOTH_FEET, ONE_FOOT)


def test_it_is_doubtful_where_both_ways_to_land_are_usual() -> None:
    assert [bool(is_doubtful(feet, RULES)[0]) for feet in (BOUNCE, IN_TURN)] == [False, True]


def test_the_share_of_a_motion_across_another_is_nothing() -> None:
    sideways, upwards = np.array([[0.0, 2.0, 0.0]], complex), np.array([[0.0, 0.0, 5.0j]], complex)
    assert [float(part[0]) for part in share_along(sideways, upwards)] == pytest.approx([4.0, 0.0])
    power, along = share_along(sideways, sideways + upwards)
    assert float(ratio(power, along)[0]) == pytest.approx(1.0, abs=1e-3)
