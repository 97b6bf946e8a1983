"""One row of skips from two that saw the same pupil."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from edge.counting.skip_fusion import Seen, cover, merge, one_a_skip

MS = 1_000_000


def skips(sure: Seen, other: Seen) -> int:
    fused = merge(sure, other)
    assert fused is not None
    return len(fused)


def rhythm(count: int, period_ms: int = 430, start_ms: int = 3_000) -> list[int]:
    return [(start_ms + n * period_ms) * MS for n in range(count)]


def later(times: list[int], by_ms: int) -> list[int]:
    return [t + by_ms * MS for t in times]


def test_two_that_saw_the_same_are_one() -> None:
    truth = rhythm(40)
    assert skips(Seen(truth), Seen(later(truth, 90))) == 40


def test_what_one_missed_is_filled_in_by_the_other() -> None:
    truth = rhythm(40)
    band, camera = [t for n, t in enumerate(truth) if n not in {7, 21}], [t for n, t in enumerate(truth) if n not in {14, 33}]
    assert skips(Seen(band), Seen(later(camera, -60))) == 40


def test_what_one_invented_between_two_skips_is_left_out() -> None:
    truth = rhythm(40)
    camera = sorted([*truth, truth[10] + 200 * MS, truth[25] + 210 * MS])
    assert skips(Seen(truth), Seen(camera)) == 40
    assert skips(Seen(camera), Seen(truth)) == 40


def test_a_gap_of_a_trip_is_no_missed_skip() -> None:
    """The wrist swings once more as the rope is caught; the next skip comes 1.65 periods after the last."""
    before = rhythm(10)
    after = rhythm(10, start_ms=3_000 + 9 * 430 + 710)
    swings = before[-1] + 360 * MS
    assert skips(Seen([*before, *after]), Seen(later([*before, swings, *after], 60))) == 20


def test_a_wrist_that_swings_in_time_as_the_rope_is_caught_is_no_missed_skip() -> None:
    """The next bout begins two periods after the last skip: the camera missed a skip there only if it saw no new bout."""
    truth = rhythm(20)
    camera, band = [t for n, t in enumerate(truth) if n != 10], later(truth, 60)
    assert skips(Seen(camera), Seen(band)) == 20
    assert skips(Seen(camera, starts_ns=frozenset({truth[0], truth[11]})), Seen(band)) == 19


def test_clocks_more_than_half_a_period_apart_are_told_by_the_skips_that_are_alike() -> None:
    """A wrist that is 0.55 of a period late; the pupil trips and starts again while the square is hidden."""
    before, after = rhythm(9), rhythm(22, start_ms=3_000 + 8 * 430 + 1_300)
    hidden = (before[-1] + 520 * MS, after[6] + 100 * MS)
    camera = [*before, *after[7:]]
    assert skips(Seen(camera, blind=(hidden,)), Seen(later([*before, *after], 237))) == 31


def test_a_band_that_fell_off_is_covered_by_the_camera() -> None:
    truth = rhythm(60)
    fell_ns = truth[35] + 100 * MS
    assert skips(Seen(truth[:36], blind=((fell_ns, truth[-1] + 10**9),)), Seen(truth)) == 60


def test_a_square_that_was_hidden_is_covered_by_the_band() -> None:
    truth = rhythm(60)
    hidden = (truth[20] - 100 * MS, truth[30] + 100 * MS)
    camera = [t for t in truth if not hidden[0] <= t <= hidden[1]]
    assert skips(Seen(later(truth, 70)), Seen(camera, blind=(hidden,))) == 60


def test_a_skip_that_was_half_hidden_is_given_by_the_other_before_the_span_and_behind_it() -> None:
    """Rise and fall are needed to see a jump: the pupil starts again just before the square is hidden, or ends just behind it."""
    before, after = rhythm(12), rhythm(14, start_ms=3_000 + 11 * 430 + 2_000)
    first = (after[0] + 30 * MS, after[9])
    camera = Seen([*before, *after[10:]], (first,), frozenset({before[0], after[10]}))
    assert skips(camera, Seen(later([*before, *after], 60))) == 26
    last = (after[4], after[11] + 100 * MS)
    assert skips(Seen([*before, *after[:4]], (last,)), Seen(later([*before, *after], 60))) == 26


def test_behind_a_hidden_span_every_bout_seems_to_begin_and_is_no_rope_that_was_caught() -> None:
    truth = rhythm(30)
    hidden = (truth[10] - 100 * MS, truth[17] + 100 * MS)
    camera = Seen([*truth[:10], *truth[19:]], (hidden,), frozenset({truth[0], truth[19]}))
    assert skips(camera, Seen(later(truth, 60))) == 30


def test_a_swing_before_the_first_skip_behind_a_hidden_span_is_none() -> None:
    before, after = rhythm(12), rhythm(12, start_ms=3_000 + 11 * 430 + 3_000)
    camera = Seen([*before, *after], ((before[-1] + 900 * MS, after[0] - 500 * MS),))
    assert skips(camera, Seen(later([*before, after[0] - 430 * MS, *after], 60))) == 24


def test_where_both_could_see_a_bout_of_the_unsure_one_alone_is_not_believed() -> None:
    assert merge(Seen([]), Seen(rhythm(8))) == ()


def test_a_wrist_that_counts_both_turns_of_double_unders_is_held_against_the_flights_also_while_they_are_hidden() -> None:
    flights = rhythm(28, 560)
    camera = Seen([t for n, t in enumerate(flights) if not 12 <= n < 19], ((flights[12] - 200 * MS, flights[18] + 200 * MS),))
    both_turns = sorted([*later(flights, 80), *later(flights, 350)])
    assert len(one_a_skip(Seen(both_turns), camera)) == 28
    assert one_a_skip(Seen(later(flights, 80)), camera) == tuple(later(flights, 80))


def test_a_wrist_that_changes_from_one_turn_to_the_other_while_flights_are_hidden_gives_as_many_as_fit() -> None:
    """Out of step by half a flight three times: each time one skip is lost."""
    flights = rhythm(28, 560)
    camera = Seen([t for n, t in enumerate(flights) if not 12 <= n < 19], ((flights[12] - 200 * MS, flights[18] + 200 * MS),))
    swings = [*flights[:12], *later(flights[12:15], 280), *flights[16:]]
    assert len(one_a_skip(Seen(swings), camera)) == 28
    rested = [t for n, t in enumerate(flights) if not 14 <= n < 17]
    assert one_a_skip(Seen(rested), camera) == tuple(rested), "a pupil who rests has not skipped"


def test_skips_of_a_wrist_that_are_even_stay_as_they_are_though_a_pupil_slows_down() -> None:
    """Called double unders by mistake: what the band counts is right, and slower than the camera saw before."""
    flights = [*rhythm(24, 400), *rhythm(11, 440, 3_000 + 24 * 400 + 20)]
    camera = Seen([*flights[:24], *flights[33:]], ((flights[24] - 100 * MS, flights[32] + 100 * MS),))
    assert one_a_skip(Seen(later(flights, 60)), camera) == tuple(later(flights, 60))


def test_two_that_saw_different_things_are_not_put_together() -> None:
    assert merge(Seen(rhythm(40, 430)), Seen(rhythm(30, 610))) is None


def test_two_that_saw_different_things_still_cover_each_other_where_one_was_blind() -> None:
    """The band missed the first half; the square was hidden in the second, and the last skip after that is too few for a bout."""
    truth = rhythm(40)
    hidden = (truth[29] - 100 * MS, truth[38] + 100 * MS)
    camera, band = Seen(truth[:29], blind=(hidden,)), Seen(later(truth[20:], 80))
    assert merge(camera, band) is None
    assert len(cover(camera, band)) == 40


def test_where_the_surer_one_could_see_the_other_adds_nothing() -> None:
    truth = rhythm(40)
    assert list(cover(Seen(truth[:20]), Seen(truth))) == truth[:20]


@given(
    gone_a=st.sets(st.integers(2, 57), max_size=4),
    gone_b=st.sets(st.integers(2, 57), max_size=4),
    offset_ms=st.integers(-150, 150),
    period_ms=st.integers(330, 700),
    seed=st.integers(0, 99),
)
def test_never_worse_than_the_better_one(gone_a: set[int], gone_b: set[int], offset_ms: int, period_ms: int, seed: int) -> None:
    """Skips missed by one of two, times with jitter, clocks apart."""
    draw = np.random.default_rng(seed)
    truth = [t + round(draw.normal(0, 12)) * MS for t in rhythm(60, period_ms)]
    apart = {n for n in gone_a if not any(abs(n - other) <= 1 for other in gone_b)}
    a = [t for n, t in enumerate(truth) if n not in apart]
    b = later([t for n, t in enumerate(truth) if n not in gone_b], offset_ms)
    assert abs(skips(Seen(a), Seen(b)) - 60) <= min(abs(len(a) - 60), abs(len(b) - 60))
