"""Evidence: what is packed comes back, what is thinned still shows the skips, and no attempt is larger than it may be."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.counting.events import Bout, OfficialCount
from edge.counting.evidence import (
    JOINTS,
    MOST_BYTES_A_MINUTE,
    BandEvidence,
    CameraEvidence,
    Evidence,
    EvidenceUnreadable,
    Marks,
    Poses,
    RawEvidence,
    Wave,
    _packed,
    evidence_of,
    from_bytes,
    to_bytes,
)
from edge.counting.samples import BodySample, MotionSamples

S = 1_000_000_000
START_NS = 77 * S


def body(seconds: float, skips_hz: float = 2.0, fps: float = 30.0, seed: int = 1, noise: float = 0.01) -> list[BodySample]:
    """Somebody who skips in place, seen at `fps`, a pose five times a second."""
    random = np.random.default_rng(seed)
    samples = []
    for index in range(round(seconds * fps)):
        t_s = index / fps
        height = 0.2 * abs(np.sin(np.pi * skips_hz * t_s)) + 3.0 * t_s / seconds
        heights = height + random.normal(0, noise, 4)
        key = index % round(fps / 5) == 0
        pose = random.normal([400.0, 300.0], 40, (33, 2)).astype(np.float32) if key else None
        samples.append(
            BodySample(
                START_NS + round(t_s * 1e9), True, *heights.tolist(), stride=0.1 * np.sin(t_s), torso_px=80.0, key=key, pose_px=pose
            )
        )
    return samples


def count(skips: int, every_s: float = 0.5) -> OfficialCount:
    times = tuple(START_NS + round((0.25 + index * every_s) * 1e9) for index in range(skips))
    return OfficialCount(skips, times, times[3:4], (Bout(times[0], times[-1], skips),), 0.91, rope_seen=False)


def test_what_a_camera_saw_comes_back_with_its_marks_its_bounce_and_its_poses() -> None:
    samples = body(20)
    made = evidence_of(RawEvidence(START_NS, samples, picture_px=(1280, 720)), {"camera": count(40)})
    assert made is not None
    read = from_bytes(to_bytes(made))
    assert read == made
    camera = read.camera
    assert camera is not None
    assert camera.picture_px == (1280, 720)
    assert camera.marks.skips_ms[:2] == (250, 750)
    assert camera.marks.trips_ms == (1750,)
    assert camera.marks.bouts == ((250, 19_750, 40),)
    assert (camera.marks.count, camera.marks.confidence, camera.marks.rope_seen) == (40, 0.91, False)
    assert camera.bounce.rate_hz == pytest.approx(30, abs=0.01)
    wave = camera.bounce.steps() / 1000
    assert len(wave) == len(samples)
    tops = np.flatnonzero((wave[1:-1] > wave[:-2]) & (wave[1:-1] >= wave[2:]) & (wave[1:-1] > 0.04)) + 1
    assert np.unique(tops // 15).size == 40, "each skip of half a second still has its top"
    assert np.abs(wave).max() < 0.35, "the drift of three torsos is gone"
    keys = [s for s in samples if s.pose_px is not None]
    assert camera.poses.t_ms == tuple(round((s.t_ns - START_NS) / 1e6) for s in keys)
    true = np.array([s.pose_px[list(JOINTS)] for s in keys if s.pose_px is not None])
    assert np.abs(camera.poses.quarters() / 4 - true).max() <= 0.125


def test_where_nobody_was_seen_there_is_a_gap_and_no_bounce() -> None:
    samples = body(10)
    hidden = [s if not 90 <= at < 150 else BodySample(s.t_ns, present=False) for at, s in enumerate(samples)]
    made = evidence_of(RawEvidence(START_NS, hidden), {"camera": count(10)})
    assert made is not None
    assert made.camera is not None
    assert made.camera.present == ((0, 90), (150, 300))
    assert not made.camera.bounce.steps()[90:150].any()
    lost = samples[:90] + samples[150:]
    cut = evidence_of(RawEvidence(START_NS, lost), {"camera": count(10)})
    assert cut is not None
    assert cut.camera is not None
    (_, first_end), (second, _) = cut.camera.present
    assert second - first_end > 40, "pictures that never came leave a gap, too"


def test_a_quick_camera_and_poses_in_every_picture_are_thinned() -> None:
    samples = [replace(s, key=True, pose_px=np.full((33, 2), 9.0, np.float32)) for s in body(10, fps=60)]
    made = evidence_of(RawEvidence(START_NS, samples), {"camera": count(10)})
    assert made is not None
    assert made.camera is not None
    assert made.camera.bounce.rate_hz == 30.0
    assert len(made.camera.poses.t_ms) <= 84


def test_raw_motion_of_a_band_is_kept_as_its_magnitude() -> None:
    t_s = np.arange(0, 10, 0.01)
    accel = np.stack([np.zeros_like(t_s), np.zeros_like(t_s), 9.81 + 5 * np.sin(2 * np.pi * 2 * t_s)], axis=1).astype(np.float32)
    order = np.random.default_rng(3).permutation(len(t_s))
    motion = MotionSamples((START_NS + t_s * 1e9).astype(np.int64)[order], accel[order])
    made = evidence_of(RawEvidence(START_NS, motion=motion), {"band": count(20)})
    assert made is not None
    assert made.camera is None
    assert made.band is not None
    assert made.band.motion is not None
    assert made.band.motion.rate_hz == 25.0
    wave = made.band.motion.steps() / 100
    assert np.abs(wave - (9.81 + 5 * np.sin(2 * np.pi * 2 * np.arange(len(wave)) / 25))).max() < 0.7


def test_a_bare_total_is_nothing_to_look_at() -> None:
    assert evidence_of(RawEvidence(START_NS), {"band": count(20)}) is None
    unseen = [BodySample(START_NS + at * S, present=False) for at in range(5)]
    assert evidence_of(RawEvidence(START_NS, unseen), {"camera": OfficialCount(0)}) is None


def test_the_worst_minute_is_within_its_bound() -> None:
    """Noise cannot be compressed, and poses come in every picture."""
    random = np.random.default_rng(5)
    samples = [
        replace(s, stride=float(random.normal(0, 9)), pose_px=random.uniform(0, 3000, (33, 2)).astype(np.float32), key=True)
        for s in body(60, noise=9.0, fps=60)
    ]
    t_ns = START_NS + np.sort(random.integers(0, 60 * S, 6000))
    motion = MotionSamples(t_ns, random.normal(0, 60, (6000, 3)).astype(np.float32))
    marks = OfficialCount(600, tuple(sorted(START_NS + int(t) for t in random.integers(0, 60 * S, 600))))
    made = evidence_of(RawEvidence(START_NS, samples, motion), {"camera": marks, "band": marks})
    assert made is not None
    assert len(to_bytes(made)) <= MOST_BYTES_A_MINUTE


def test_other_versions_and_damage_are_refused_with_a_reason() -> None:
    made = evidence_of(RawEvidence(START_NS, body(3)), {"camera": count(6)})
    assert made is not None
    data = to_bytes(made)
    with pytest.raises(EvidenceUnreadable, match="version 9"):
        from_bytes(b"\x09" + data[1:])
    for cut in range(0, len(data), 97):
        with pytest.raises(EvidenceUnreadable):
            from_bytes(data[:cut])
    assert made.camera is not None
    short = replace_wave(made, made.camera.bounce.packed[:-2])
    with pytest.raises(EvidenceUnreadable, match="length"):
        from_bytes(to_bytes(short))
    odd = replace_wave(made, made.camera.bounce.packed[:-1])
    with pytest.raises(EvidenceUnreadable, match="cut off"):
        from_bytes(to_bytes(odd))


def replace_wave(made: Evidence, packed: bytes) -> Evidence:
    assert made.camera is not None
    c = made.camera
    wave = Wave(c.bounce.rate_hz, c.bounce.first_ms, packed)
    return Evidence(CameraEvidence(c.marks, wave, c.stride, c.present, c.poses, c.picture_px), made.band)


int16 = st.integers(-32_768, 32_767)
times = st.lists(st.integers(-1_000, 10**7), max_size=30).map(lambda many: tuple(sorted(many)))
marks_of_any_kind = st.builds(
    Marks,
    count=st.integers(0, 2_000),
    skips_ms=times,
    trips_ms=times,
    bouts=st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**6), st.integers(0, 500)), max_size=4).map(tuple),
    confidence=st.floats(0, 1),
    double_unders=st.integers(0, 300),
    rope_seen=st.sampled_from([True, False, None]),
    timed=st.booleans(),
)


@given(st.lists(int16, max_size=200), st.lists(st.lists(int16, min_size=26, max_size=26), max_size=12), marks_of_any_kind)
def test_any_signal_comes_back_as_it_was(values: list[int], poses: list[list[int]], marks: Marks) -> None:
    wave = Wave(30.0, -5, _packed(np.array([values], dtype=np.int16)))
    rows = np.array(poses, dtype=np.int16).reshape(-1, 26)
    camera = CameraEvidence(marks, wave, wave, (), Poses(tuple(range(len(poses))), _packed(rows.T), 80.0))
    read = from_bytes(to_bytes(Evidence(camera, BandEvidence(marks, wave))))
    assert read == Evidence(camera, BandEvidence(marks, wave))
    assert read.camera is not None
    assert read.camera.bounce.steps().tolist() == values
    assert read.camera.poses.quarters().reshape(-1, 26).tolist() == poses
