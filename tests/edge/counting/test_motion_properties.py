"""What must not matter to a count: how the band sits, how hard the pupil turns, how fast time runs, which samples were lost."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge.counting.rope_official import count_official
from simulators.band_motion import Limb, Style
from support.motion import live_events, louder, samples_of, skipped, skips, stretched, thinned, turned

if TYPE_CHECKING:
    from edge.counting.samples import MotionSamples

counting = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
pupils = st.tuples(
    st.sampled_from([Style.SINGLE_BOUNCE, Style.DOUBLE_BOUNCE, Style.RUN, Style.ALTERNATE_FEET]),
    st.integers(0, 40),
    st.sampled_from([Limb.LEFT_WRIST, Limb.RIGHT_WRIST]),
)
Pupil = tuple[Style, int, Limb]


@functools.cache
def motion(pupil: Pupil) -> MotionSamples:
    style, seed, limb = pupil
    return samples_of(skipped(style, seed, limb=limb, seconds=15))


@functools.cache
def counted(pupil: Pupil) -> tuple[int, int]:
    return count_official(motion(pupil)).count, len(skips(live_events(motion(pupil))))


@counting
@given(pupils, st.integers(0, 1_000), st.booleans())
def test_how_the_band_sits_changes_no_count(pupil: Pupil, seed: int, mirrored: bool) -> None:  # noqa: FBT001
    moved = turned(motion(pupil), seed, mirrored=mirrored)
    assert (count_official(moved).count, len(skips(live_events(moved)))) == counted(pupil)


@counting
@given(pupils, st.floats(0.9, 1.1))
def test_a_tenth_more_or_less_of_force_changes_no_count(pupil: Pupil, by: float) -> None:
    moved = louder(motion(pupil), by)
    assert count_official(moved).count == counted(pupil)[0]
    assert abs(len(skips(live_events(moved))) - counted(pupil)[1]) <= 1


@counting
@given(pupils, st.floats(0.95, 1.05))
def test_a_twentieth_faster_or_slower_changes_one_at_most(pupil: Pupil, by: float) -> None:
    """A mean that lies close to the middle between two counts may be rounded the other way."""
    moved = stretched(motion(pupil), by)
    assert abs(count_official(moved).count - counted(pupil)[0]) <= 1
    assert abs(len(skips(live_events(moved))) - counted(pupil)[1]) <= 1


@counting
@given(pupils, st.integers(0, 1_000))
def test_every_twentieth_sample_lost_changes_one_at_most(pupil: Pupil, seed: int) -> None:
    moved = thinned(motion(pupil), 0.05, seed)
    assert abs(count_official(moved).count - counted(pupil)[0]) <= 1
    assert abs(len(skips(live_events(moved))) - counted(pupil)[1]) <= 1


def test_a_twentieth_faster_or_slower_changes_no_count_of_nearly_all_pupils() -> None:
    changed = looked_at = 0
    for style in (Style.SINGLE_BOUNCE, Style.DOUBLE_BOUNCE, Style.RUN, Style.ALTERNATE_FEET):
        for seed in range(8):
            pupil = (style, seed, Limb.RIGHT_WRIST)
            for by in (0.95, 1.05):
                looked_at += 1
                changed += count_official(stretched(motion(pupil), by)).count != counted(pupil)[0]
    assert changed <= 0.02 * looked_at
