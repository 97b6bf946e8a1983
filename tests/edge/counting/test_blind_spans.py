"""When a source could not see."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from edge.counting.blind_spans import hidden_spans, unworn_spans
from edge.counting.fusion import fuse
from edge.counting.rope_official import count_official as count_motion
from edge.counting.rope_pose import count_official as count_bodies
from edge.counting.samples import MotionSamples
from simulators.band_motion import Style
from support.bodies import Body, bounce, seen, turning
from support.motion import samples_of, skipped

RULES = {"allowed": 3, "least_confidence": 0.8}


def test_a_hidden_square_is_blind_and_a_blink_is_not() -> None:
    samples = [replace(s, present=not (4e9 <= s.t_ns <= 6e9 or 8e9 <= s.t_ns <= 8.1e9)) for s in seen(Body(), 10)]
    ((start_ns, end_ns),) = hidden_spans(samples)
    assert abs(start_ns - 4e9) < 1e8
    assert abs(end_ns - 6e9) < 1e8


def test_a_camera_that_saw_next_to_nothing_is_not_sure_that_nobody_skipped() -> None:
    """A computer that is overloaded looks at two pictures a second: the band's count stands."""
    standing = list(seen(Body(), 30))
    assert count_bodies(standing).confidence > 0.95
    overloaded = standing[::15]
    camera = count_bodies(overloaded)
    assert camera.count == 0
    assert camera.confidence < 0.05
    empty = count_bodies([replace(s, present=False) for s in standing])
    assert empty.confidence < 0.05
    band = count_motion(samples_of(skipped(Style.SINGLE_BOUNCE, 3, seconds=30)))
    assert fuse({"band": band, "camera": camera}, band.count, **RULES).count == band.count > 30


def test_a_band_that_is_silent_or_lies_on_the_floor_is_blind() -> None:
    felt = samples_of(skipped(Style.SINGLE_BOUNCE, 3, seconds=20))
    t_s = felt.t_ns / 1e9
    gap = (t_s > 10) & (t_s < 12)
    silent = MotionSamples(felt.t_ns[~gap], felt.accel_mps2[~gap])
    assert any(start / 1e9 < 10.2 and end / 1e9 > 11.8 for start, end in unworn_spans(silent))
    lying = felt.accel_mps2.copy()
    lying[t_s > 14] = [0.0, 0.0, 9.81]
    assert any(start / 1e9 < 15.1 and end / 1e9 > 20 for start, end in unworn_spans(MotionSamples(felt.t_ns, lying)))


def test_a_wrist_that_skips_is_never_blind() -> None:
    felt = samples_of(skipped(Style.SINGLE_BOUNCE, 3, seconds=20))
    during = [(s, e) for s, e in unworn_spans(felt) if 5e9 < s < 18e9]
    assert during == []


def test_a_band_that_fell_off_in_the_heat_is_covered_by_the_camera() -> None:
    """Band and camera of the same rhythm; at 12 s the band lies on the floor, from 6 to 8 s the square is hidden."""
    body = Body(height=bounce(2.0, 2.0, 22.0), hands=turning(2.0))
    hidden = [replace(s, present=not 6e9 <= s.t_ns <= 8e9) for s in seen(body, 24)]
    camera = count_bodies(hidden)
    truth_ns = [round((2.15 + n / 2) * 1e9) for n in range(40)]
    band = replace(
        count_motion(samples_of(skipped(Style.SINGLE_BOUNCE, 3, seconds=6))),
        count=20, event_t_ns=tuple(truth_ns[:20]), blind=((round(12.0e9), round(24e9)),), confidence=0.9,
    )  # fmt: skip
    fused = fuse({"band": band, "camera": camera}, 40, **RULES)
    assert (fused.count, fused.source, fused.doubt) == (40, "both", None)
    assert min(band.count, camera.count) < 38


def test_a_difference_where_both_could_see_is_still_for_a_person() -> None:
    camera = count_bodies(seen(Body(height=bounce(2.0, 2.0, 22.0)), 24))
    band = replace(camera, count=30, event_t_ns=camera.event_t_ns[:30], confidence=0.9)
    assert np.isclose(camera.count, 40, atol=1)
    fused = fuse({"band": band, "camera": camera}, 40, **RULES)
    assert fused.doubt is not None
    assert fused.doubt.reason == "disagree"
