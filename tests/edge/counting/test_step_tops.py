"""Tops of the smoothed magnitude: where a foot may have come down."""

from __future__ import annotations

import numpy as np
import pytest

from edge.counting.samples import MotionSamples
from edge.counting.step_rules import RULES
from edge.counting.step_tops import TopFinder, Tops, magnitude


def beat(seconds: float, rate_hz: float = 50.0, per_s: float = 2.0) -> tuple[np.ndarray, np.ndarray]:
    t_s = np.arange(0, seconds, 1 / rate_hz)
    return np.round(t_s * 1e9).astype(np.int64), 9.81 + 2 * np.cos(2 * np.pi * per_s * t_s)


def tops(t_ns: np.ndarray, length: np.ndarray) -> Tops:
    finder = TopFinder(RULES, int(t_ns[0]))
    finder.take(t_ns, length)
    return finder.finish()


@pytest.mark.parametrize("rate_hz", [25.0, 50.0, 200.0])
def test_a_beat_has_its_tops_at_its_tops(rate_hz: float) -> None:
    found = tops(*beat(10, rate_hz))
    inside = found.t_s[(found.t_s > 1.2) & (found.t_s < 9)]
    assert inside == pytest.approx(np.arange(1.5, 9, 0.5), abs=0.02)
    assert found.loud_mps2[5] == pytest.approx(2 / np.sqrt(2), rel=0.3)
    assert found.shape.shape == (len(found.t_s), 2 * round(RULES.shape_s * 25) + 1)


def test_a_stream_and_a_whole_recording_give_the_same_tops() -> None:
    t_ns, length = beat(20, per_s=1.9)
    whole = tops(t_ns, length)
    finder = TopFinder(RULES, 0)
    parts = []
    for start in range(0, len(t_ns), 37):
        finder.take(t_ns[start : start + 37], length[start : start + 37])
        parts.append(finder.find(t_ns[min(start + 36, len(t_ns) - 1)] / 1e9))
        assert (parts[-1].t_s <= finder.known_s + 0.04).all()
    parts.append(finder.finish())
    assert np.concatenate([part.t_s for part in parts]) == pytest.approx(whole.t_s)
    assert np.concatenate([part.shape for part in parts]) == pytest.approx(whole.shape)
    assert np.concatenate([part.loud_mps2 for part in parts]) == pytest.approx(whole.loud_mps2)


def test_stillness_has_none() -> None:
    t_ns, _ = beat(10)
    assert len(tops(t_ns, np.full(len(t_ns), 9.81)).t_s) == 0
    assert len(tops(t_ns[:1], np.array([9.81])).t_s) == 0


def test_the_magnitude_is_that_of_whole_samples() -> None:
    accel = np.array([[3, 4, 0], [np.nan, 0, 0], [0, 0, 9]], dtype=np.float32)
    t_ns, length = magnitude(MotionSamples(np.array([1, 2, 3]), accel))
    assert t_ns.tolist() == [1, 3]
    assert length.tolist() == [5, 9]
    assert magnitude(MotionSamples(np.array([1]), np.array([[9.5]], dtype=np.float32)))[1].tolist() == [9.5]
