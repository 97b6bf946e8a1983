"""The core a band runs: turns, not hops; a fixed state; every band by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from edge.counting.motion_grid import MotionGrid, even_out
from edge.counting.rope_core import FRAME, STATE, RopeCore
from simulators.band_motion import Everyday, Limb, Style
from support.motion import everyday, samples_of, skipped

if TYPE_CHECKING:
    from edge.counting.samples import MotionSamples


def frames(samples: MotionSamples) -> np.ndarray:
    grid = MotionGrid()
    return even_out([*grid.feed(samples), *grid.flush()])[0]


def counts(core: RopeCore, motion: np.ndarray) -> np.ndarray:
    return np.array([core.step(frame[None]).count[0] for frame in motion])


def test_the_state_is_small_and_of_single_precision() -> None:
    assert STATE.itemsize <= 8_192
    kinds = {STATE[name].base for name in STATE.names or ()}
    assert kinds <= {np.dtype(kind) for kind in (np.float32, np.complex64, np.int32, np.bool_)}


def test_the_state_does_not_grow_and_the_number_never_falls() -> None:
    core = RopeCore(1)
    before = core.state.nbytes
    shown = counts(core, frames(samples_of(skipped(Style.SINGLE_BOUNCE, 3, poor=True, seconds=40))))
    assert core.state.nbytes == before
    assert np.all(np.diff(shown) >= 0)
    assert shown[-1] > 20


def test_two_hops_in_a_turn_are_one() -> None:
    recording = skipped(Style.DOUBLE_BOUNCE, 2)
    shown = counts(RopeCore(1), frames(samples_of(recording)))
    assert abs(shown[-1] - len(recording.truth.turns_s)) <= 1
    assert len(recording.truth.hops_s) >= 2 * len(recording.truth.turns_s) - 2


def test_a_bout_that_began_as_hops_is_put_right_while_it_is_young() -> None:
    """The first second of a double bounce shows only the hops: the number then waits until the turns have caught up."""
    early = 0
    for seed in range(8):
        recording = skipped(Style.DOUBLE_BOUNCE, seed)
        shown = counts(RopeCore(1), frames(samples_of(recording)))
        true = np.searchsorted(recording.truth.turns_s, (np.arange(len(shown)) + 1) * 0.1 + recording.t_ns[0] / 1e9)
        early += int(np.any(shown > true + 1))
        assert abs(shown[-1] - len(recording.truth.turns_s)) <= 1
    assert early <= 4


def test_what_is_no_rope_is_not_counted() -> None:
    for kind in (Everyday.STANDING, Everyday.WALKING, Everyday.GESTURES, Everyday.ROPE_SWING, Everyday.ARM_LIFTS):
        assert counts(RopeCore(1), frames(everyday(kind, 4)))[-1] == 0, kind


def test_many_bands_side_by_side_count_as_each_alone() -> None:
    motions = [frames(samples_of(skipped(style, 7, limb=limb))) for style in (Style.SINGLE_BOUNCE, Style.RUN) for limb in Limb]
    length = min(map(len, motions))
    together = RopeCore(len(motions))
    shown = np.array([together.step(np.stack([m[k] for m in motions])).count for k in range(length)])
    for band, motion in enumerate(motions):
        assert np.array_equal(shown[:, band], counts(RopeCore(1), motion[:length]))


def test_only_the_bands_that_are_named_go_on() -> None:
    motion = frames(samples_of(skipped(Style.SINGLE_BOUNCE, 1)))
    core = RopeCore(3)
    for frame in motion:
        core.step(frame[None], np.array([1]))
    assert core.state["count"][1] > 20
    assert core.state["count"][[0, 2]].tolist() == [0, 0]


@pytest.mark.parametrize(("gap_s", "least"), [(0.5, -1), (1.0, -2), (2.0, -6)])
def test_a_bout_is_carried_over_a_gap_of_a_second_but_not_of_two(gap_s: float, least: int) -> None:
    recording = skipped(Style.SINGLE_BOUNCE, 5)
    motion = frames(samples_of(recording))
    whole = counts(RopeCore(1), motion)[-1]
    first, last = 100, 100 + round(gap_s / 0.1)
    core = RopeCore(1)
    for number, frame in enumerate(motion):
        unheard = first <= number < last
        result = core.step(np.zeros((1, FRAME, 3), np.float32) if unheard else frame[None], heard=np.array([not unheard]))
    assert least <= result.count[0] - whole <= 1


def test_what_is_forgotten_is_the_motion_not_the_number() -> None:
    core = RopeCore(1)
    shown = counts(core, frames(samples_of(skipped(Style.SINGLE_BOUNCE, 1))))[-1]
    core.forget(0)
    assert core.state["count"][0] == shown
    assert not core.state["motion"].any()
