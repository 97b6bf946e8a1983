"""Skips by the bounce of a body."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from edge.counting.body_bouts import find_bouts
from edge.counting.rope_pose import count_official
from support.bodies import Body, bounce, seen, turning


@pytest.mark.parametrize("cadence_hz", [0.8, 1.5, 2.3, 3.6, 5.0])
def test_every_flight_is_one_skip_slow_or_fast(cadence_hz: float) -> None:
    period_s = 1 / cadence_hz
    last_s = 2.0 + 12 * period_s
    height = min(0.25, 9.81 * (0.6 * period_s) ** 2 / 8 / 0.5)
    body = Body(height=bounce(cadence_hz, 2.0, last_s, height), hands=turning(cadence_hz))
    # At 5 skips/s a flight is 3 cm high and has six pictures: one skip at the edge of a bout may be lost.
    assert count_official(seen(body, last_s + 3)).count == pytest.approx(12, abs=1 if cadence_hz >= 5 else 0)


@pytest.mark.parametrize("rate_hz", [12.0, 25.0, 30.0, 60.0])
def test_the_rate_of_the_camera_does_not_matter(rate_hz: float) -> None:
    body = Body(height=bounce(2.0, 1.5, 11.5))
    assert count_official(seen(body, 13, rate_hz=rate_hz)).count == 20


def test_time_comes_from_the_stamps_so_dropped_pictures_do_not_slow_a_pupil() -> None:
    samples = seen(Body(height=bounce(2.4, 1.5, 11.5)), 13)
    draw = np.random.default_rng(4)
    assert count_official([s for s in samples if draw.random() > 0.2]).count == 24


@pytest.mark.parametrize("phase", range(4))
def test_where_the_key_frames_fall_does_not_matter(phase: int) -> None:
    assert count_official(seen(Body(height=bounce(2.4, 1.5, 11.5)), 13, seed=phase)).count == 24


def test_standing_up_and_bending_without_leaving_the_ground_is_no_skip() -> None:
    """A pupil bends twice before the first skip: shoulders and hips move like a skip, feet stay."""
    skips = seen(Body(height=bounce(2.0, 4.0, 10.0)), 12)
    bends = seen(Body(height=bounce(2.0, 3.0, 4.0), feet_stay=True), 4)
    assert count_official([*bends, *[s for s in skips if s.t_ns > bends[-1].t_ns]]).count == 12


def test_a_pause_makes_two_bouts() -> None:
    first, second = bounce(2.0, 1.0, 6.0), bounce(2.0, 9.0, 14.0)
    bouts = find_bouts(seen(Body(height=lambda t: first(t) + (second(t) if t >= 9.0 else 0.0)), 16))
    assert [len(bout.skips_ns) for bout in bouts] == [10, 10]


def test_standing_between_a_trip_and_the_next_skip_is_no_skip() -> None:
    """Shoulders and hips come up from the last landing and go down for the next jump; feet stay where they are."""
    first, second = bounce(2.0, 1.0, 6.0), bounce(2.0, 7.2, 12.2)
    skips = seen(Body(height=lambda t: first(t) + (second(t) if t >= 7.2 else 0.0)), 14)
    stands = seen(Body(height=bounce(2.0, 6.45, 6.95, height=0.1), feet_stay=True), 14)
    samples = [other if 6.3 < s.t_ns / 1e9 < 7.1 else s for s, other in zip(skips, stands, strict=True)]
    assert count_official(samples).count == 20


def test_the_last_skip_may_be_lower_when_it_comes_in_time() -> None:
    skips = bounce(2.0, 1.0, 6.0)
    samples = seen(Body(height=lambda t: 0.65 * skips(t) if t >= 5.5 else skips(t)), 9)
    assert count_official(samples).count == 10


def test_a_low_hop_that_comes_too_soon_before_a_pause_is_a_stumble() -> None:
    skips = bounce(2.0, 1.0, 6.0)

    def height(t_s: float) -> float:
        if t_s < 5.85:
            return skips(t_s)
        if t_s <= 6.05:
            return 0.16 * float(np.sin(np.pi * (t_s - 5.85) / 0.2))
        return -0.03 * max(0.0, 1.0 - abs(t_s - 6.12) / 0.07)

    assert count_official(seen(Body(height=height), 9)).count == 10


@pytest.mark.parametrize(("stumble_s", "again_s", "feet"), [(5.9, 6.7, 1.0), (5.97, 6.7, 1.4), (5.97, 7.1, 1.0)])
def test_a_low_hop_that_comes_too_soon_is_a_stumble_however_soon_the_pupil_goes_on(
    stumble_s: float, again_s: float, feet: float
) -> None:
    """Also where the feet are pulled up as the rope is caught."""
    first, second = bounce(2.0, 1.0, 6.0), bounce(2.0, again_s, again_s + 5.0)
    ends_s = stumble_s + 0.2

    def height(t_s: float) -> float:
        stumbles = 0.105 * float(np.sin(np.pi * (t_s - stumble_s) / 0.2)) if stumble_s <= t_s <= ends_s else 0.0
        return stumbles or first(t_s) + (second(t_s) if t_s >= again_s else 0.0)

    samples = [
        replace(s, knees=feet * s.knees, feet=feet * s.feet) if stumble_s < s.t_ns / 1e9 < ends_s else s
        for s in seen(Body(height=height), again_s + 7.0)
    ]
    assert count_official(samples).count == 20


def test_after_a_trip_the_first_hop_may_be_over_the_rope_or_the_second() -> None:
    """A double bounce, the higher hop over the rope: 5 turns and a half, a trip, and 6 turns."""

    def height(t_s: float) -> float:
        first, second = bounce(2.6, 1.0, 1.0 + 11 / 2.6, 0.22), bounce(2.6, 5.7, 5.7 + 12 / 2.6, 0.22)
        since = t_s - (1.0 if t_s < 5.6 else 5.7)
        return (first(t_s) if t_s < 5.6 else second(t_s)) * (0.7 if int(since * 2.6) % 2 else 1.0)

    body = Body(height=height, hands=lambda t: 2 * np.pi * 1.3 * (t - (1.0 if t < 5.6 else 5.7)))
    assert count_official(seen(body, 13)).count == 12


@pytest.mark.parametrize(("lower", "found"), [(0.5, 10), (0.9, 20)])
def test_high_and_low_hops_in_turn_are_a_double_bounce_though_the_hands_are_hidden(lower: float, found: int) -> None:
    hops = bounce(2.4, 2.0, 2.0 + 20 / 2.4, 0.22)
    body = Body(height=lambda t: hops(t) * (lower if int((t - 2.0) * 2.4) % 2 else 1.0))
    assert count_official(seen(body, 13)).count == found


def test_whoever_hops_low_and_stands_after_a_caught_rope_makes_no_turn_of_a_double_bounce() -> None:
    """The higher one of two hops is over the rope: six turns, a low hop and standing at the pace of hops, and six turns more."""
    first, low, stands, second = (
        bounce(2.0, 1.0, 6.5, 0.22), bounce(4.0, 6.87, 7.12, 0.09), bounce(4.0, 7.25, 7.5, 0.04), bounce(2.0, 7.65, 13.65, 0.22),
    )  # fmt: skip

    def height(t_s: float) -> float:
        between = 0.7 if (int((t_s - 1.0) * 2.0) % 2 if t_s < 6.6 else not int((t_s - 7.65) * 2.0) % 2) else 1.0
        return between * (first(t_s) + second(t_s)) + low(t_s) + stands(t_s)

    counted = count_official(seen(Body(height=height, hands=lambda t: 2 * np.pi * (t - (1.0 if t < 7.5 else 8.15))), 16))
    assert counted.count == 12
    assert [bout.count for bout in counted.bouts] == [6, 6]


def test_two_hops_are_too_few_to_be_a_bout() -> None:
    assert count_official(seen(Body(height=bounce(2.0, 2.0, 3.0)), 6)).count == 0


def test_a_body_that_was_out_of_view_is_not_counted_there() -> None:
    samples = seen(Body(height=bounce(2.0, 1.0, 11.0)), 12)
    hidden = [type(s)(s.t_ns, present=False) if 5e9 < s.t_ns < 7e9 else s for s in samples]
    assert count_official(hidden).count == pytest.approx(16, abs=1)


def test_standing_still_gives_nothing() -> None:
    assert count_official(seen(Body(), 10, noise=0.01)).count == 0
