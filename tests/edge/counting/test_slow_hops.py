"""Slow skips: a jump, standing, and the next jump, less than once in a second."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from edge.counting.body_stretch import stretches
from edge.counting.events import Skip
from edge.counting.rope_pose import RopePoseCounter, count_official
from edge.counting.slow_hops import find_flights
from support.bodies import Body, bounce, seen, turning

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge.counting.samples import BodySample

FLIGHT_S, CROUCH_S, LANDING_S = 0.42, 0.3, 0.25
FIRST_S, JUMPS = 2.0, 10


def jumps(rate_hz: float, uneven_s: float = 0.0) -> list[float]:
    draw = np.random.default_rng(3)
    return [FIRST_S + number / rate_hz + uneven_s * float(draw.uniform(-1, 1)) for number in range(JUMPS)]


def trunk_of(leaves_s: list[float], flight: float = 0.3, crouch: float = 0.15) -> Callable[[float], float]:
    """A crouch before each jump, a flight, and knees that give way at the landing; standing in between."""

    def height(t_s: float) -> float:
        for leaves in leaves_s:
            since = t_s - leaves
            if -CROUCH_S < since < 0:
                return -crouch * float(np.sin(np.pi * (since + CROUCH_S) / CROUCH_S))
            if 0 <= since <= FLIGHT_S:
                return 4 * flight * since / FLIGHT_S * (1 - since / FLIGHT_S)
            if FLIGHT_S < since < FLIGHT_S + LANDING_S:
                return -0.12 * float(np.sin(np.pi * (since - FLIGHT_S) / LANDING_S))
        return 0.0

    return height


def on_the_ground(samples: list[BodySample]) -> list[BodySample]:
    """Feet stay where they are while knees bend."""
    return [replace(s, feet=max(s.feet, 0.0), knees=max(s.knees, 0.4 * s.knees)) for s in samples]


def skipped(rate_hz: float, *, hands_seen: bool, uneven_s: float = 0.0) -> list[BodySample]:
    body = Body(height=trunk_of(jumps(rate_hz, uneven_s)), hands=turning(rate_hz) if hands_seen else None)
    return on_the_ground(seen(body, FIRST_S + JUMPS / rate_hz + 3))


@pytest.mark.parametrize("rate_hz", [0.5, 0.7, 0.8])
@pytest.mark.parametrize("hands_seen", [True, False])
def test_a_beginner_who_stands_between_jumps_is_counted_jump_by_jump(rate_hz: float, *, hands_seen: bool) -> None:
    samples = skipped(rate_hz, hands_seen=hands_seen)
    assert count_official(samples).count == JUMPS
    counter = RopePoseCounter()
    events = [event for sample in samples for event in counter.feed(sample)] + list(counter.flush())
    assert JUMPS - 1 <= sum(isinstance(event, Skip) for event in events) <= JUMPS


def test_beginners_are_uneven() -> None:
    assert count_official(skipped(0.5, hands_seen=False, uneven_s=0.25)).count == JUMPS


def test_bending_the_knees_slowly_is_no_skip() -> None:
    body = Body(height=trunk_of(jumps(0.5), flight=0.0))
    assert count_official(on_the_ground(seen(body, 25))).count == 0


def test_marching_slowly_is_no_skip() -> None:
    """One foot after the other comes up, the trunk does not."""
    lifts = trunk_of(jumps(0.6), flight=0.3, crouch=0.0)
    samples = [replace(s, feet=max(0.0, lifts(s.t_ns / 1e9)), knees=0.5 * lifts(s.t_ns / 1e9)) for s in seen(Body(), 22)]
    assert [flight for stretch in stretches(samples) for flight in find_flights(stretch)] == []
    assert count_official(samples).count == 0


@pytest.mark.parametrize(("rise", "found"), [(1.0, 20), (0.1, 10)])
def test_hops_whose_feet_go_as_high_are_skips_though_the_trunk_lags_at_every_second(rise: float, found: int) -> None:
    """Feet pulled up at every second hop: it is found to be no flight, but nobody stands up with feet in the air."""
    hops = bounce(1.6, 2.0, 2.0 + 20 / 1.6, 0.3)

    def second(sample: BodySample) -> bool:
        return bool(int((sample.t_ns / 1e9 - 2.0) * 1.6) % 2)

    samples = [
        replace(s, shoulders=0.8 * s.shoulders, hips=0.1 * s.hips, feet=rise * s.feet, knees=rise * s.knees) if second(s) else s
        for s in seen(Body(height=hops), 17)
    ]
    assert count_official(samples).count == found
