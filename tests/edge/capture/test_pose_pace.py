"""Poses are seldom while image motion is right about a body, and come often where it is not."""

from __future__ import annotations

import pytest

from edge.capture.pose_pace import PosePace

USUAL_HZ = 4.0


def after(seconds: float, *, knees: float = 0.03, trunk: float = 0.02, bounce: float = 0.1, every_s: float = 0.25) -> PosePace:
    """Poses of a body that bounces, and that image motion has carried so far from where they find it."""
    pace = PosePace()
    for number in range(round(seconds / every_s) + 1):
        pace.posed(round(number * every_s * 1e9), knees, trunk, bounce)
    return pace


def test_a_body_that_is_new_gets_the_usual_poses() -> None:
    assert after(0.5).rate_hz(USUAL_HZ) == USUAL_HZ


def test_agreement_for_two_seconds_makes_poses_fewer() -> None:
    assert after(3.0).rate_hz(USUAL_HZ) < 0.75 * USUAL_HZ


def test_whoever_stands_still_is_about_to_begin() -> None:
    assert after(10.0, bounce=0.01).rate_hz(USUAL_HZ) == USUAL_HZ


@pytest.mark.parametrize("off", [{"knees": 0.1}, {"trunk": 0.08}])
def test_where_knees_or_trunk_are_off_they_stay_the_usual(off: dict[str, float]) -> None:
    assert after(10.0, **off).rate_hz(USUAL_HZ) == USUAL_HZ


def test_a_single_pose_that_is_off_does_not_end_the_calm() -> None:
    pace = after(6.0)
    pace.posed(6_400_000_000, 0.2, 0.02, 0.1)
    assert pace.rate_hz(USUAL_HZ) < USUAL_HZ


def test_feet_that_step_bring_poses_often() -> None:
    pace = after(2.0, knees=0.3)
    assert pace.rate_hz(USUAL_HZ) > 3 * USUAL_HZ


def test_poses_that_follow_each_other_at_once_are_no_agreement() -> None:
    assert after(1.0, every_s=1 / 15).rate_hz(USUAL_HZ) == USUAL_HZ


def test_knees_that_begin_to_move_end_the_calm_at_once_and_only_once() -> None:
    pace = after(3.0)
    assert not pace.stirs(0.1)
    assert pace.stirs(-0.3)
    assert pace.rate_hz(USUAL_HZ) == USUAL_HZ
    assert not pace.stirs(-0.3)


def test_a_computer_that_can_do_little_still_finds_somebody_who_steps_aside() -> None:
    assert after(3.0).rate_hz(1.5) == 1.5
    assert after(3.0).rate_hz(1.0) == 1.0
