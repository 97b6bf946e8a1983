"""A rope is under the feet when it should be, stops where it is caught, and hangs in two hands."""

from __future__ import annotations

import numpy as np
import pytest

from simulators.rope import CAUGHT, LYING, RopeTurns, rope_points

HANDS = np.array([[[0.35, 0.0, 0.8], [-0.35, 0.0, 0.8]]])


def at(turns: float) -> np.ndarray:
    (points,) = rope_points(HANDS, np.array([turns]), np.zeros(1), np.array([0.85]))
    return points


def test_it_turns_once_from_one_pass_to_the_next_and_stops_where_it_is_caught() -> None:
    rope = RopeTurns([[1.0, 1.5, 2.0], [6.0, 6.5]], [2.3], 0.5)
    passes = rope.at(np.array([1.0, 1.5, 2.0]))
    np.testing.assert_allclose(passes, [1, 2, 3])
    caught, still, lies = rope.at(np.array([2.35, 2.7, 4.0]))
    assert caught == still == pytest.approx(4 + CAUGHT)
    assert lies % 1.0 == pytest.approx(LYING)
    assert np.diff(rope.at(np.linspace(0, 9, 500))).min() >= 0


def test_it_goes_from_hand_to_hand_below_the_feet_behind_and_over_the_head() -> None:
    for turns in (0.0, 0.25, 0.5, 0.75):
        np.testing.assert_allclose(at(turns)[[0, -1]], HANDS[0], atol=1e-9)
    assert at(0.0)[:, 2].min() < 0.02
    assert at(0.25)[:, 1].max() > 0.6, "up behind the back of who looks at the camera"
    assert at(0.5)[:, 2].max() > 1.6
    assert at(0.75)[:, 1].min() < -0.6
