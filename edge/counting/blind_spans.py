"""When a source could not see: a square that was hidden, a band that was silent, or that lay still."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

from edge.counting.signal import even, runs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge.counting.samples import BodySample, MotionSamples

Spans = tuple[tuple[int, int], ...]

HIDDEN_NS: Final = 300_000_000
"""A body that is not seen for less than the shortest usual skip hides none; nor does a time without pictures."""
SILENT_NS: Final = 500_000_000
STILL_MPS2: Final = 0.2
"""Standard deviation below which nobody wears a band: a wrist of somebody who stands still moves by more than the noise of a sensor
(0.02 to 0.1 m/s² in data sheets)."""
STILL_S: Final = 1.0
STILL_RATE_HZ: Final = 20.0


def inside(t_ns: float, spans: Spans) -> bool:
    """Whether a moment is in one of the spans."""
    return any(start_ns <= t_ns <= end_ns for start_ns, end_ns in spans)


def hidden_spans(samples: Sequence[BodySample]) -> Spans:
    """When no body was seen in a square, from samples in the order of time (ns)."""
    spans = []
    for first, end in runs(np.array([not sample.present for sample in samples], dtype=bool)):
        start_ns, end_ns = samples[max(0, first - 1)].t_ns, samples[min(len(samples) - 1, end)].t_ns
        if end_ns - start_ns >= HIDDEN_NS:
            spans.append((start_ns, end_ns))
    silent = [(a.t_ns, b.t_ns) for a, b in pairwise(samples) if b.t_ns - a.t_ns >= HIDDEN_NS]
    return tuple(sorted([*spans, *silent]))


def share_seen(samples: Sequence[BodySample], blind: Spans) -> float:
    """Share of the time from the first to the last sample in which a skip could have been seen; 0 without any time."""
    if len(samples) < 2:
        return 0.0
    length_ns, hidden_ns, end_ns = samples[-1].t_ns - samples[0].t_ns, 0, samples[0].t_ns
    for low_ns, high_ns in blind:
        hidden_ns += max(0, high_ns - max(low_ns, end_ns))
        end_ns = max(end_ns, high_ns)
    return 1.0 - hidden_ns / length_ns


def unworn_spans(samples: MotionSamples) -> Spans:
    """When a band was silent, or lay so still that nobody can have worn it (ns)."""
    stamps = np.unique(samples.t_ns)
    silent = [(int(a), int(b)) for a, b in pairwise(stamps) if b - a >= SILENT_NS]
    signal = even(samples.t_ns, samples.accel_mps2.astype(np.float64), STILL_RATE_HZ)
    width = round(STILL_S * STILL_RATE_HZ)
    if signal is None or len(signal.values) < width:
        return tuple(silent)
    blocks = len(signal.values) // width
    moved = signal.values[: blocks * width].reshape(blocks, width, -1).std(axis=1).max(axis=1, initial=0.0)
    still = [(signal.t_ns(first * width), signal.t_ns(end * width)) for first, end in runs(moved < STILL_MPS2)]
    return tuple(sorted([*silent, *still]))
