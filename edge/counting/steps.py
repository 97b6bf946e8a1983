"""Steps of a walk or a run from the magnitude of acceleration: the rhythm of the feet, backed by the rhythm of the strides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.ndimage import uniform_filter1d
from scipy.signal import butter, sosfiltfilt

from edge.counting.events import Bout, OfficialCount, Step
from edge.counting.lookback import Pace
from edge.counting.motion_lookback import MotionLookback
from edge.counting.signal import best_path, even, fundamental, returns, runs, self_likeness

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge.counting.events import Event
    from edge.counting.samples import MotionSamples
    from edge.counting.signal import Floats

RATE_HZ: Final = 50.0


@dataclass(frozen=True, slots=True)
class StepRules:
    """Thresholds of the search.

    Attributes:
        shortest_s, longest_s: time of a step: 3.1 a second in a sprint, 1.2 a second in a slow walk.
        usual_s: a quick walk; other periods cost `period_cost` per doubling or halving.
        band_hz: where steps and their second harmonic lie.
        envelope_s: loudness is evened out over this time, so that a hard and a soft foot count alike.
        least_rms_mps2: motion of the band-passed magnitude below which nobody walks.
        stride_share: weight of the likeness at two steps: left foot to left foot.
        bridge_s: a walk goes on over a turn or a stumble of this length.
        shortest_bout: steps; fewer are a gesture.
    """

    shortest_s: float = 0.32
    longest_s: float = 0.85
    usual_s: float = 0.55
    period_cost: float = 0.25
    window_s: float = 2.5
    band_hz: tuple[float, float] = (0.8, 5.0)
    envelope_s: float = 0.8
    squash: float = 1.5
    least_rms_mps2: float = 0.55
    periodic: float = 0.20
    change_cost: float = 0.9
    switch_cost: float = 0.5
    stride_share: float = 0.5
    bridge_s: float = 3.0
    shortest_bout: int = 6
    frame_s: float = 0.1


RULES: Final = StepRules()


def count_steps_official(samples: MotionSamples, rules: StepRules = RULES) -> OfficialCount:
    """Steps in a whole recording."""
    magnitude = samples.accel_mps2
    if magnitude.shape[1] == 3:
        magnitude = np.linalg.norm(magnitude, axis=1, keepdims=True)
    signal = even(samples.t_ns, magnitude.astype(np.float64), RATE_HZ)
    if signal is None or len(signal.values) < 4 * rules.longest_s * RATE_HZ:
        return OfficialCount(0)
    level = np.where(signal.known, signal.values[:, 0], np.median(signal.values))
    beat, rms = _evened(level, rules)
    period, likeness = _periods(beat, rms, rules)
    times: list[int] = []
    bouts: list[Bout] = []
    step = int(rules.frame_s * RATE_HZ)
    for first, end in runs(period > 0):
        start, stop = first * step, min(len(beat), end * step)
        if stop - start < RATE_HZ:
            continue
        lags = np.interp(np.arange(start, stop), np.arange(first, end) * step, period[first:end]) * RATE_HZ
        found = [signal.t_ns(start + at) for at in _beats(beat[start:stop], lags)]
        if len(found) >= rules.shortest_bout:
            times += found
            bouts.append(Bout(found[0], found[-1], len(found)))
    confidence = float(np.median(likeness[period > 0])) if times else 1.0
    return OfficialCount(len(times), tuple(times), (), tuple(bouts), max(0.0, min(1.0, confidence)))


def _evened(level: Floats, rules: StepRules) -> tuple[Floats, Floats]:
    """The beat of the steps at an even loudness, and its true loudness."""
    band = sosfiltfilt(butter(2, rules.band_hz, "bandpass", fs=RATE_HZ, output="sos"), level)
    width = int(rules.envelope_s * RATE_HZ)
    rms = np.sqrt(np.maximum(0.0, uniform_filter1d(band * band, width, mode="nearest")))
    loud = np.maximum(uniform_filter1d(np.abs(band), width, mode="nearest"), 0.5 * rules.least_rms_mps2)
    return np.tanh(band / (rules.squash * loud))[:, None], rms


def _periods(beat: Floats, rms: Floats, rules: StepRules) -> tuple[Floats, Floats]:
    step = int(rules.frame_s * RATE_HZ)
    lags = np.arange(int(0.1 * RATE_HZ), 2 * int(rules.longest_s * RATE_HZ) + 1)
    likeness = returns(self_likeness(beat, lags, int(rules.window_s * RATE_HZ))[:, ::step])
    allowed = (lags >= rules.shortest_s * RATE_HZ) & (lags <= rules.longest_s * RATE_HZ)
    stride = likeness[np.searchsorted(lags, 2 * lags[allowed])]
    both = (1 - rules.stride_share) * np.maximum(likeness[allowed], 0.0) + rules.stride_share * stride
    lags = lags[allowed]
    unusual = rules.period_cost * np.abs(np.log2(lags / RATE_HZ / rules.usual_s))[:, None]
    quiet = rms[::step] < rules.least_rms_mps2
    score = both - unusual - 2.0 * (quiet[None, :] | (both < rules.periodic))
    idle = np.full(score.shape[1], rules.periodic - 2 * rules.periodic)
    path = best_path(score, idle, np.log(lags), 4 * rules.change_cost, rules.switch_cost)
    period = np.where(path > 0, lags[np.maximum(path - 1, 0)] / RATE_HZ, 0.0)
    for first, end in runs(period == 0):
        inside = first > 0 and end < len(period)
        if inside and (end - first) * rules.frame_s <= rules.bridge_s and quiet[first:end].mean() <= 0.5:
            period[first:end] = np.linspace(period[first - 1], period[end], end - first)
    return period, both.max(axis=0)


def _beats(beat: Floats, lags: Floats) -> Floats:
    """Indices of the steps of one walk: whole turns of the phase of the beat."""
    turned, carrier = fundamental(beat, lags)
    turns = np.maximum.accumulate((np.unwrap(np.angle(turned[:, 0])) + carrier) / (2 * np.pi))
    whole = np.arange(np.ceil(turns[0] - 0.25), np.floor(turns[-1] + 0.25) + 1)
    result: Floats = np.interp(whole, turns, np.arange(len(turns)))
    return result


SPAN_NS: Final = 8_000_000_000
PACE: Final = Pace(every_ns=500_000_000, guard_ns=700_000_000, oldest_ns=8_000_000_000, apart=0.5)
MOST_SAMPLES: Final = 8 * 250
"""Eight seconds at 250 Hz."""


class StepCounter:
    """Counts steps as they come: the last seconds are counted again twice a second, and a step that is out stays out."""

    def __init__(self) -> None:
        self._window = MotionLookback(_steps, PACE, span_ns=SPAN_NS, most_samples=MOST_SAMPLES)

    def feed(self, sample: MotionSamples, /) -> Sequence[Event]:
        """See `Counter`."""
        return [Step(t_ns, number) for t_ns, number in self._window.feed(sample)]

    def flush(self) -> Sequence[Event]:
        """See `Counter`."""
        return [Step(t_ns, number) for t_ns, number in self._window.flush()]


def _steps(samples: MotionSamples, _last_ns: int | None) -> list[int]:
    return list(count_steps_official(samples).event_t_ns)
