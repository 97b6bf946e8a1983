"""The counters on real recordings: the floors that a release is held to, by person, at other rates and ranges, and what must not
matter."""

from __future__ import annotations

import functools
from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np
import pytest

from edge.bench.recordings import rope_from_bands, side_swings, walks, without_rope
from edge.counting.band_site import BandSite
from edge.counting.rope_official import count_official
from edge.counting.samples import MotionSamples
from edge.counting.signal import even
from edge.recordings.motion_file import read_motion
from support.motion import live_events, louder, skips, stretched, thinned, turned

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from edge.bench.recordings import Recording

pytestmark = [pytest.mark.recordings, pytest.mark.timeout(240)]


@functools.cache
def skipping(data: Path) -> list[tuple[Recording, MotionSamples]]:
    return [(one, read_motion(one.file)) for one in rope_from_bands(data)]


def official(samples: MotionSamples) -> int:
    return count_official(samples).count


def live(samples: MotionSamples) -> int:
    return len(skips(live_events(samples)))


def judged(data: Path, count: Callable[[MotionSamples], int]) -> tuple[float, float]:
    """Share of recordings within tolerance, and of turns wrong."""
    found = [(one, count(samples)) for one, samples in skipping(data)]
    right = sum(one.low <= n <= one.high for one, n in found)
    return right / len(found), sum(abs(one.truth - n) for one, n in found) / sum(one.truth for one, _ in found)


def at_rate(samples: MotionSamples, rate_hz: float) -> MotionSamples:
    signal = even(samples.t_ns, samples.accel_mps2.astype(np.float64), rate_hz)
    assert signal is not None
    t_ns = signal.start_ns + np.round(np.arange(len(signal.values)) * 1e9 / rate_hz).astype(np.int64)
    return MotionSamples(t_ns, signal.values.astype(np.float32))


def clipped(samples: MotionSamples, range_g: float) -> MotionSamples:
    most = range_g * 9.80665
    return MotionSamples(samples.t_ns, np.clip(samples.accel_mps2, -most, most), samples.gyro_rads)


def test_the_official_count_reaches_its_floor(recordings: Path) -> None:
    within, wrong = judged(recordings, official)
    assert within >= 0.97
    assert wrong <= 0.008


def test_the_live_count_reaches_its_floor(recordings: Path) -> None:
    within, wrong = judged(recordings, live)
    assert within >= 0.93
    assert wrong <= 0.015


def test_nobody_is_counted_badly(recordings: Path) -> None:
    """The thresholds were chosen with all of these people in view: what holds for each is told in docs/counting-motion.md."""
    off: dict[str, list[int]] = defaultdict(list)
    for one, samples in skipping(recordings):
        off[one.subject].append(abs(official(samples) - one.truth))
    assert len(off) >= 5
    assert all(float(np.mean(of_one)) <= 1.5 for of_one in off.values())


def test_a_band_at_the_ankle_is_counted_by_the_rules_of_the_ankle_as_well(recordings: Path) -> None:
    worn_there = [(one, samples) for one, samples in skipping(recordings) if "ankle" in one.file.stem]
    assert len(worn_there) >= 3
    for one, samples in worn_there:
        assert one.low <= count_official(samples, BandSite.ANKLE).count <= one.high
        assert one.low <= len(skips(live_events(samples, site=BandSite.ANKLE))) <= one.high


def test_no_skips_without_a_rope(recordings: Path) -> None:
    assert sum(official(read_motion(one.file)) for one in without_rope(recordings)) == 0
    invented = [official(read_motion(one.file)) for one in walks(recordings)]
    assert sum(n <= 1 for n in invented) >= 0.97 * len(invented)


def test_most_side_swings_are_none(recordings: Path) -> None:
    swings = [(one, official(read_motion(one.file))) for one in side_swings(recordings)]
    assert sum(n <= 0.1 * one.truth for one, n in swings) >= 0.6 * len(swings)


def test_of_those_marked_sure_nearly_all_are_within_one(recordings: Path) -> None:
    sure = [abs(found.count - one.truth) for one, s in skipping(recordings) if (found := count_official(s)).confidence >= 0.9]
    assert len(sure) >= 10
    assert sum(off <= 1 for off in sure) >= 0.98 * len(sure)


@pytest.mark.parametrize(
    ("how", "least"),
    [
        (lambda s: at_rate(s, 25.0), 0.9),
        (lambda s: at_rate(s, 12.5), 0.9),
        (lambda s: clipped(s, 4), 0.95),
        (lambda s: clipped(s, 2), 0.9),
    ],
    ids=["25 Hz", "12.5 Hz", "4 g", "2 g"],
)
def test_slower_and_narrower_sensors(recordings: Path, how: Callable[[MotionSamples], MotionSamples], least: float) -> None:
    assert judged(recordings, lambda samples: official(how(samples)))[0] >= least


def test_how_the_band_sits_and_how_hard_the_pupil_turns_change_no_count(recordings: Path) -> None:
    for number, (one, samples) in enumerate(skipping(recordings)):
        count = official(samples)
        assert official(turned(samples, number, mirrored=bool(number % 2))) == count, one.file.name
        assert official(louder(samples, 0.9)) == official(louder(samples, 1.1)) == count, one.file.name


def test_lost_samples_change_one_at_most_and_few_at_all(recordings: Path) -> None:
    changed = [
        official(thinned(samples, 0.05, number)) - official(samples) for number, (_, samples) in enumerate(skipping(recordings))
    ]
    assert max(map(abs, changed)) <= 1
    assert sum(map(bool, changed)) <= 0.1 * len(changed)


def test_another_tempo_changes_hardly_any_count(recordings: Path) -> None:
    changed = []
    for _, samples in skipping(recordings):
        count = official(samples)
        changed += [official(stretched(samples, by)) - count for by in (0.95, 0.97, 1.03, 1.05)]
    assert max(map(abs, changed)) <= 1
    assert sum(map(bool, changed)) <= 0.02 * len(changed)
