"""The hands as witness of a rope."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.counting.body_stretch import BodyStretch
from edge.counting.rope_arms import arm_turns
from edge.counting.rope_pose import count_official
from support.bodies import Body, bounce, seen, turning

if TYPE_CHECKING:
    from edge.counting.samples import BodySample


def test_hands_that_go_round_once_a_skip_are_seen() -> None:
    count = count_official(seen(Body(height=bounce(2.3, 1.0, 14.0), hands=turning(2.3)), 15))
    assert count.rope_seen is True
    assert count.double_unders == 0


def test_jumping_with_still_hands_is_counted_but_no_rope_is_seen() -> None:
    count = count_official(seen(Body(height=bounce(2.0, 1.0, 11.0)), 12))
    assert (count.count, count.rope_seen) == (20, False)


def test_too_few_key_frames_say_nothing() -> None:
    assert count_official(seen(Body(height=bounce(2.5, 1.0, 2.8)), 4)).rope_seen is None


def test_two_turns_a_skip_are_double_unders() -> None:
    count = count_official(seen(Body(height=bounce(1.6, 1.0, 13.5), hands=turning(1.6, turns=2)), 15))
    assert count.count == count.double_unders == 20


def test_a_turn_every_second_hop_is_one_skip() -> None:
    """Double bounce: a high hop over the rope, a low one between, hands once round in both together."""
    high, low = bounce(1.2, 1.0, 16.0, 0.25), bounce(1.2, 1.0 + 0.5 / 1.2, 16.0, 0.10)
    body = Body(height=lambda t: max(high(t), low(t)), hands=turning(1.2))
    assert count_official(seen(body, 18)).count == pytest.approx(18, abs=1)


def test_hands_that_go_twice_a_skip_and_waver_every_second_one_are_those_of_double_unders() -> None:
    """Without the two turns a skip, what is left is a turn every second hop: a double bounce."""

    def counted(twice: float) -> int:
        samples = seen(Body(height=bounce(1.4, 1.0, 1.0 + 16 / 1.4, height=0.4)), 15)
        return count_official([_waver(sample, 1.4, twice) for sample in samples]).count

    assert counted(twice=0.12) == 16
    assert counted(twice=0.0) == 8


def _waver(sample: BodySample, skips_hz: float, twice: float) -> BodySample:
    """Hands go up and down by 0.1 torso lengths every second skip, and by `twice` two times a skip."""
    if sample.pose_px is None:
        return sample
    angle = 2 * np.pi * skips_hz * sample.t_ns / 1e9
    pose = sample.pose_px.copy()
    pose[[15, 16], 1] -= sample.torso_px * (0.1 * np.sin(angle / 2) + twice * np.sin(2 * angle))
    return replace(sample, pose_px=pose)


@given(turns=st.sampled_from([0.5, 1.0, 2.0]), seed=st.integers(0, 50))
def test_only_the_rhythm_of_the_hands_is_found(turns: float, seed: int) -> None:
    stretch = BodyStretch(seen(Body(hands=turning(2.0, turns=turns)), 12, seed=seed))
    skips_ns = [round(t * 1e9) for t in np.arange(1.0, 11.0, 0.5)]
    explained = {told: arm_turns(stretch.hands_t_ns, stretch.hands, skips_ns, told).explained for told in (0.5, 1.0, 2.0)}
    assert max(explained, key=lambda told: explained[told]) == turns
    assert explained[turns] > 0.5
