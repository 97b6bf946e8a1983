"""A pupil keeps to a style: the longer bouts tell what the shorter ones are."""

from __future__ import annotations

import pytest

from edge.counting.rope_pose import count_official
from support.bodies import Body, bounce, seen

HOPS_HZ = 2.4


def hopped(hops: tuple[int, int], lower: tuple[float, float]) -> int:
    """Two bouts of hops with hidden hands, two seconds apart; in each every second hop is lower: what is counted."""
    begins_s = (2.0, 4.0 + hops[0] / HOPS_HZ)
    bouts = [bounce(HOPS_HZ, begin_s, begin_s + count / HOPS_HZ, 0.22) for begin_s, count in zip(begins_s, hops, strict=True)]

    def height(t_s: float) -> float:
        second = t_s >= begins_s[1]
        return bouts[second](t_s) * (lower[second] if int((t_s - begins_s[second]) * HOPS_HZ) % 2 else 1.0)

    return count_official(seen(Body(height=height), begins_s[1] + hops[1] / HOPS_HZ + 2.0)).count


@pytest.mark.parametrize(
    ("hops", "lower", "skips"),
    [
        ((40, 9), (1.0, 0.5), 49),
        ((9, 40), (0.5, 1.0), 49),
        ((24, 9), (0.5, 0.9), 17),
        ((9, 24), (0.9, 0.5), 17),
        ((24, 24), (0.5, 0.5), 24),
        ((24, 24), (1.0, 1.0), 48),
    ],
)
def test_the_longer_bout_tells_whether_there_is_a_turn_every_hop_or_every_second(
    hops: tuple[int, int], lower: tuple[float, float], skips: int
) -> None:
    assert hopped(hops, lower) == skips
