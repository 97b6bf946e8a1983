"""Which skips of two rows are of the same flight."""

from __future__ import annotations

import numpy as np
import pytest

from edge.counting.skip_pairs import offset_of, pairs_of, period_of_times

MS = 1e6
PERIOD_MS = 467.0


@pytest.mark.parametrize("later_ms", [-150.0, 0.0, 90.0, 230.0])
def test_the_offset_is_how_much_later_most_skips_are(later_ms: float) -> None:
    draw = np.random.default_rng(1)
    mine = np.cumsum(draw.normal(PERIOD_MS, 25.0, 30)) * MS
    theirs = np.delete(mine, [4, 17]) + later_ms * MS + draw.normal(0.0, 10.0, 28) * MS
    assert offset_of(mine, theirs, period_of_times(mine)) / MS == pytest.approx(later_ms, abs=20)


@pytest.mark.parametrize("seed", [2, 126, 182, 745, 979])
def test_of_two_offsets_a_period_apart_the_one_with_more_counterparts_is_meant(seed: int) -> None:
    """A very even pupil, half a period between wrist and body, trembling stamps: by chance more differences gather elsewhere."""
    draw = np.random.default_rng(seed)
    before = np.cumsum(np.r_[3_000.0, draw.normal(PERIOD_MS, 6.0, 8)])
    after = np.cumsum(np.r_[before[-1] + 1_600.0, draw.normal(PERIOD_MS, 6.0, 20)])
    seen = np.r_[before, after[8:]]
    mine = (seen + draw.normal(0.0, 18.0, len(seen))) * MS
    theirs = (np.r_[before, after] + 230.0) * MS
    assert offset_of(mine, theirs, period_of_times(mine)) / MS == pytest.approx(230.0, abs=50)


def test_each_skip_has_one_counterpart_the_nearest_first() -> None:
    mine, theirs = np.array([1.0, 2.0, 3.0]), np.array([0.9, 2.1, 2.4, 5.0])
    assert pairs_of(mine, theirs, 0.45) == [(0, 0), (1, 1)]
    assert pairs_of(mine, theirs, 0.7) == [(0, 0), (1, 1), (2, 2)]


def test_one_time_has_no_period() -> None:
    assert period_of_times(np.array([1.0])) == 0.0
