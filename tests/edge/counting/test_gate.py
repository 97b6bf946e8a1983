"""Passings of bands: the moment from the whole curve, one a lap, none by standing about, and no harm by disorder or shifts of
time."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.counting.gate import GateSample, Passing, PassingFinder

TWO_M = (-2.0, 2.0)


def past(at_s: float, *, speed_mps: float = 3.5, aside_m: float = 1.5, receivers_m: tuple[float, ...] = TWO_M,
         noise_db: float = 0.0, loss: float = 0.0, seed: int = 0, seconds: float = 40.0) -> list[GateSample]:  # fmt: skip
    """A band that runs straight past the gate at `at_s`, ten packets a second."""
    draw = np.random.default_rng(seed)
    samples = []
    for t in np.arange(0.0, seconds, 0.1):
        for receiver, at_m in enumerate(receivers_m):
            away_m = np.hypot(speed_mps * (t - at_s) - at_m, aside_m)
            rssi = -62.0 - 17.0 * np.log10(away_m) + draw.normal(0.0, noise_db)
            if draw.random() >= loss and rssi > -97:
                samples.append(GateSample(round(t * 1e9) + receiver, receiver, float(rssi)))
    return samples


def found(samples: list[GateSample], receivers_m: tuple[float, ...] = TWO_M, least_lap_s: float = 20.0) -> list[Passing]:
    finder = PassingFinder(receivers_m, least_lap_s)
    told = [one for sample in samples for one in finder.feed(sample)]
    return [*told, *finder.flush()]


@pytest.mark.parametrize("receivers_m", [(0.0,), (-2.0, 2.0), (-3.0, 0.0, 3.0)])
@pytest.mark.parametrize("speed_mps", [1.5, 3.5, 6.0])
def test_a_clean_passing_is_timed_to_less_than_a_metre(receivers_m: tuple[float, ...], speed_mps: float) -> None:
    [passing] = found(past(20.0, speed_mps=speed_mps, receivers_m=receivers_m), receivers_m)
    assert passing.t_ns / 1e9 == pytest.approx(20.0, abs=0.8 / speed_mps)
    assert passing.confidence > 0.9


def test_noise_makes_it_less_sure_and_says_so() -> None:
    errors = []
    for seed in range(12):
        [passing] = found(past(20.0, noise_db=5.0, loss=0.25, seed=seed))
        errors.append((passing.t_ns / 1e9 - 20.0) / (passing.unsure_ns / 1e9))
    assert np.sqrt(np.mean(np.square(errors))) < 2.0
    assert np.max(np.abs(errors)) < 4.0


def test_every_lap_is_one_passing() -> None:
    laps = [sample for lap in range(4) for sample in (
        GateSample(one.t_ns + round(lap * 40e9), one.receiver, one.rssi_dbm) for one in past(20.0, noise_db=3.0, seed=lap)
    )]  # fmt: skip
    times = [passing.t_ns / 1e9 for passing in found(laps)]
    assert times == pytest.approx([20.0, 60.0, 100.0, 140.0], abs=0.7)


def test_who_stands_far_away_or_is_silent_never_passes() -> None:
    draw = np.random.default_rng(1)
    standing = [GateSample(round(t * 1e8), int(t % 2), -84.0 + float(draw.normal(0, 4.0))) for t in range(1200)]
    assert found(standing) == []
    assert not PassingFinder(TWO_M).flush()
    assert not PassingFinder(TWO_M).advance(10**12)


def test_a_passing_is_told_within_six_seconds_while_packets_come() -> None:
    finder = PassingFinder(TWO_M)
    for sample in past(20.0):
        if finder.feed(sample):
            assert sample.t_ns / 1e9 < 26.0
            return
    pytest.fail("never told")


def test_silence_after_the_line_is_no_excuse() -> None:
    finder = PassingFinder(TWO_M)
    assert not [one for sample in past(20.0, seconds=22.0) for one in finder.feed(sample)]
    [passing] = finder.advance(27_000_000_000)
    assert passing.t_ns / 1e9 == pytest.approx(20.0, abs=0.4)


def test_who_knows_the_speed_knows_the_moment_better() -> None:
    errors_s: dict[float | None, list[float]] = {None: [], 5.5: []}
    for expect_mps, errors in errors_s.items():
        for seed in range(12):
            finder = PassingFinder(TWO_M)
            finder.expect_mps = expect_mps
            told = [one for sample in past(20.0, speed_mps=5.5, noise_db=5.0, loss=0.25, seed=seed) for one in finder.feed(sample)]
            errors += [one.t_ns / 1e9 - 20.0 for one in (*told, *finder.flush())]
    assert np.std(errors_s[5.5]) < np.std(errors_s[None])


def test_who_turns_at_the_line_is_timed_better_by_one_who_knows_it() -> None:
    errors_s: dict[bool, list[float]] = {True: [], False: []}
    for turns, errors in errors_s.items():
        for seed in range(8):
            draw, finder = np.random.default_rng(seed), PassingFinder(TWO_M, turns=turns)
            told: list[Passing] = []
            for t in np.arange(0.0, 40.0, 0.1):
                for receiver, at_m in enumerate(TWO_M):
                    away_m = np.hypot(2.0 * abs(t - 20.0) - at_m, 1.5)
                    rssi = float(-62.0 - 17.0 * np.log10(away_m) + draw.normal(0.0, 4.0))
                    told += finder.feed(GateSample(round(t * 1e9) + receiver, receiver, rssi))
            errors += [one.t_ns / 1e9 - 20.0 for one in (*told, *finder.flush())]
    assert len(errors_s[True]) == 8
    assert np.mean(np.abs(errors_s[True])) < 0.6 * np.mean(np.abs(errors_s[False]))


def slowing(t_s: float, speed_mps: float = 4.5, walks_mps: float = 1.5, slows_mps2: float = 3.0) -> float:
    """Way past the line of somebody who has finished, and walks on."""
    for_s = min(max(t_s, 0.0), (speed_mps - walks_mps) / slows_mps2)
    return speed_mps * t_s - slows_mps2 * for_s * (max(t_s, 0.0) - 0.5 * for_s)


def test_who_slows_down_after_the_finish_is_timed_at_the_line_and_not_after_it() -> None:
    receivers_m = (-3.0, 0.0, 3.0)
    errors_s: dict[bool, list[float]] = {True: [], False: []}
    for ends, errors in errors_s.items():
        for seed in range(8):
            draw, finder = np.random.default_rng(seed), PassingFinder(receivers_m)
            finder.expect_mps, finder.ends = 4.0, ends
            told: list[Passing] = []
            for t in np.arange(0.0, 40.0, 0.1):
                for receiver, at_m in enumerate(receivers_m):
                    rssi = float(-62.0 - 17.0 * np.log10(np.hypot(slowing(t - 20.0) - at_m, 1.5)) + draw.normal(0.0, 4.0))
                    told += finder.feed(GateSample(round(t * 1e9) + receiver, receiver, rssi)) if rssi > -97 else ()
            errors += [one.t_ns / 1e9 - 20.0 for one in (*told, *finder.flush())]
    assert len(errors_s[True]) == 8
    assert abs(np.mean(errors_s[True])) < 0.5 * abs(np.mean(errors_s[False]))


def test_a_passing_that_was_none_does_not_hide_the_true_one() -> None:
    """Somebody comes near on another part of the course, and passes the line within the least lap."""
    near = [GateSample(one.t_ns, one.receiver, one.rssi_dbm - 12.0) for one in past(12.0, seconds=20.0, noise_db=2.0)]
    true = [one for one in past(28.0, seconds=45.0, noise_db=2.0) if one.t_ns > 20_000_000_000]
    times = [one.t_ns / 1e9 for one in found([*near, *true], least_lap_s=25.0)]
    assert times == pytest.approx([12.0, 28.0], abs=0.6)
    louder_first = [GateSample(one.t_ns, one.receiver, one.rssi_dbm - 12.0 * (one.t_ns > 20_000_000_000)) for one in
                    (*past(12.0, seconds=20.0, noise_db=2.0), *true)]  # fmt: skip
    assert [one.t_ns / 1e9 for one in found(louder_first, least_lap_s=25.0)] == pytest.approx([12.0], abs=0.6)


def test_a_receiver_that_is_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match="receiver 2"):
        PassingFinder(TWO_M).feed(GateSample(0, 2, -70.0))


def test_memory_is_bounded() -> None:
    finder = PassingFinder(TWO_M)
    for number in range(20_000):
        finder.feed(GateSample(number * 1_000_000, number % 2, -70.0))
    assert len(finder._heard) <= 512


@settings(max_examples=6)
@given(shift_ns=st.integers(min_value=-(10**15), max_value=10**15))
def test_a_shift_in_time_shifts_the_passing_and_nothing_else(shift_ns: int) -> None:
    samples = past(20.0, noise_db=4.0, seconds=30.0)
    moved = [GateSample(one.t_ns + shift_ns, one.receiver, one.rssi_dbm) for one in samples]
    assert [(one.t_ns - shift_ns, one.unsure_ns) for one in found(moved)] == [(one.t_ns, one.unsure_ns) for one in found(samples)]


@settings(max_examples=6)
@given(seed=st.integers(min_value=0, max_value=1000))
def test_the_order_within_a_third_of_a_second_does_not_matter(seed: int) -> None:
    samples = past(20.0, noise_db=4.0, loss=0.2, seconds=30.0)
    draw = np.random.default_rng(seed)
    mixed = samples[:5] + sorted(samples[5:], key=lambda one: one.t_ns + float(draw.uniform(0.0, 3e8)))
    assert found(mixed) == found(samples)


def test_receivers_may_be_named_in_any_order() -> None:
    samples = past(20.0, noise_db=4.0)
    turned = [GateSample(one.t_ns, 1 - one.receiver, one.rssi_dbm) for one in samples]
    [one], [other] = found(samples), found(turned, (2.0, -2.0))
    assert abs(one.t_ns - other.t_ns) < 20_000_000
