"""What takes the mark of a sure count away: each reason alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from edge.counting.body_confidence import confidence
from edge.counting.judged_bout import BodyBout
from edge.counting.rope_arms import ArmTurns
from edge.counting.rope_pose import count_official
from support.bodies import Body, bounce, seen, turning

SURE = 0.9
HANDS = ArmTurns(0.6, 0.1, 1.0, keys=60)
EVEN = BodyBout([round(n * 0.5e9) for n in range(40)], "bounce", HANDS)


def sure_of(*bouts: BodyBout, saw: float = 1.0, lost: bool = False, might_skip: bool = False) -> float:
    return confidence(saw, bouts, lost=lost, might_skip=might_skip)


def later(bout: BodyBout, seconds: float) -> BodyBout:
    return replace(bout, skips_ns=[t_ns + round(seconds * 1e9) for t_ns in bout.skips_ns])


def test_an_even_bout_that_was_seen_whole_is_sure() -> None:
    assert sure_of(EVEN) == 1.0


@pytest.mark.parametrize(
    "less",
    [
        sure_of(replace(EVEN, by="feet")),
        sure_of(EVEN, lost=True),
        sure_of(EVEN, saw=0.7),
        sure_of(replace(EVEN, arms=replace(HANDS, keys=3))),
        sure_of(replace(EVEN, skips_ns=[round((0.3 * n + 0.008 * n * n) * 1e9) for n in range(40)])),
        sure_of(EVEN, later(EVEN, 25), later(EVEN, 50)),
    ],
    ids=["by feet", "out of view", "hidden for a while", "hands not looked at", "uneven", "two pauses"],
)
def test_each_reason_alone_takes_the_mark_away(less: float) -> None:
    assert less < SURE


def test_one_pause_is_a_doubt_and_no_more() -> None:
    assert SURE <= sure_of(EVEN, later(EVEN, 25)) < 1.0


def test_nothing_is_sure_where_nothing_moved_and_unsure_where_a_body_left_the_ground() -> None:
    assert sure_of() == 1.0
    assert sure_of(saw=0.3) == 0.3
    assert sure_of(might_skip=True) == 0.5


def test_jumping_jacks_are_no_skips_and_somebody_should_look() -> None:
    jacks = Body(height=bounce(1.0, 2.0, 14.0), hands_up=1.2)
    standing = Body()
    assert (count_official(seen(jacks, 16)).count, count_official(seen(jacks, 16)).confidence) == (0, 0.5)
    assert (count_official(seen(standing, 16)).count, count_official(seen(standing, 16)).confidence) == (0, 1.0)


def test_who_was_out_of_view_just_before_the_first_skip_may_have_skipped_before() -> None:
    skipper = seen(Body(height=bounce(2.0, 3.0, 13.0), hands=turning(2.0)), 15)
    hidden = [replace(s, present=not 1.6 < s.t_ns / 1e9 < 1.75) for s in skipper]
    assert count_official(skipper).confidence >= SURE
    assert count_official(hidden).confidence < SURE
