"""What the hands say about a bout."""

from __future__ import annotations

import numpy as np
import pytest

from edge.counting.rope_pose import count_official
from support.bodies import Body, bounce, seen

CADENCE_HZ = 2.2


@pytest.mark.parametrize("uneven", [0.5, 0.8, 1.1])
def test_hands_that_go_round_once_a_skip_but_not_evenly_are_no_double_unders(uneven: float) -> None:
    """Quick over the head and slow below: a part of the motion is at twice the rhythm."""

    def angle(t_s: float) -> float:
        round_once = 2 * np.pi * CADENCE_HZ * t_s
        return float(round_once + uneven * np.sin(round_once))

    counted = count_official(seen(Body(height=bounce(CADENCE_HZ, 2.0, 2.0 + 24 / CADENCE_HZ, 0.3), hands=angle), 16))
    assert (counted.count, counted.double_unders) == (24, 0)
