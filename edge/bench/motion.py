"""`touchline bench motion`: turns from bands, ours beside a peak finder and autocorrelation, on the same recordings in one run."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np
from scipy.signal import butter, find_peaks, sosfiltfilt

from edge.bench.figure import figure
from edge.bench.recordings import Recording, rope_from_bands, without_rope
from edge.counting.events import Skip
from edge.counting.rope_motion import RopeMotionCounter
from edge.counting.rope_official import count_official
from edge.counting.samples import MotionSamples
from edge.counting.signal import even
from edge.recordings.motion_file import read_motion

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from edge.bench.figure import Figure

RUNS = 3
RATE_HZ = 50.0
BLOCK = 10
Counting = tuple[Recording, MotionSamples]


def run(data: Path | None) -> list[Figure]:
    """Accuracy and speed; without recordings on simulated attempts, which say little about the world."""
    skipping = [(r, read_motion(r.file)) for r in rope_from_bands(data)] if data else _simulated()
    quiet = [(r, read_motion(r.file)) for r in without_rope(data)] if data else []
    counters: dict[str, Callable[[MotionSamples], int]] = {
        "official": lambda samples: count_official(samples).count,
        "live": _live,
        "scipy.signal.find_peaks": _peaks,
        "autocorrelation": _autocorrelation,
    }
    got = {name: [count(samples) for _, samples in skipping] for name, count in counters.items()}
    where = "real recordings" if data else "simulated attempts"
    figures = []
    for ours, share, wrong in (("official", 0.97, 0.008), ("live", 0.93, 0.015)):
        peers = [name for name in got if name not in {"official", "live"}]
        within = {name: [_within(skipping, got[name])] for name in (ours, *peers)}
        off = {name: [_wrong(skipping, got[name])] for name in (ours, *peers)}
        one = {name: [_off_by_one(skipping, got[name])] for name in (ours, *peers)}
        figures += [
            figure(f"{ours} within tolerance, {where}", within.pop(ours), "share", goal=share, better="more", beside=within),
            figure(f"{ours} turns wrong, {where}", off.pop(ours), "share", goal=wrong, beside=off),
            figure(f"{ours} within one, {where}", one.pop(ours), "share", better="more", beside=one),
        ]
    if quiet:
        minutes = sum(np.ptp(samples.t_ns) / 60e9 for _, samples in quiet)
        false = {name: [sum(count(samples) for _, samples in quiet) / minutes] for name, count in counters.items()}
        figures.append(figure("false skips a minute without a rope", false.pop("official"), "1/min", goal=0.1, beside=false))
    return [*figures, *_speed(skipping, counters)]


def _speed(skipping: Sequence[Counting], counters: dict[str, Callable[[MotionSamples], int]]) -> list[Figure]:
    total = sum(len(samples.t_ns) for _, samples in skipping)
    cost: dict[str, list[float]] = {name: [] for name in counters}
    for _ in range(RUNS):
        for name, count in counters.items():
            started = time.process_time()
            for _, samples in skipping:
                count(samples)
            cost[name].append((time.process_time() - started) / total * 1e6)
    peers = {name: runs for name, runs in cost.items() if name not in {"official", "live"}}
    return [
        figure("official, CPU a sample", cost["official"], "us", goal=10.0, beside=peers),
        figure("live, CPU a sample (blocks of 10)", cost["live"], "us", goal=10.0, beside=peers),
    ]


def _live(samples: MotionSamples) -> int:
    counter, count = RopeMotionCounter(), 0
    for at in range(0, len(samples.t_ns), BLOCK):
        gyro = None if samples.gyro_rads is None else samples.gyro_rads[at : at + BLOCK]
        block = MotionSamples(samples.t_ns[at : at + BLOCK], samples.accel_mps2[at : at + BLOCK], gyro)
        count += sum(isinstance(event, Skip) for event in counter.feed(block))
    return count + sum(isinstance(event, Skip) for event in counter.flush())


def _magnitude(samples: MotionSamples) -> np.ndarray:
    level = np.linalg.norm(samples.accel_mps2, axis=1, keepdims=True).astype(np.float64)
    signal = even(samples.t_ns, level, RATE_HZ)
    if signal is None or len(signal.values) < 30:
        return np.zeros(0)
    band: np.ndarray = sosfiltfilt(butter(2, (0.7, 4.5), "bandpass", fs=RATE_HZ, output="sos"), signal.values[:, 0])
    return band


def _peaks(samples: MotionSamples) -> int:
    """What a tutorial does: peaks of the band-passed magnitude."""
    band = _magnitude(samples)
    return len(find_peaks(band, prominence=1.5, distance=int(0.22 * RATE_HZ))[0]) if len(band) else 0


def _autocorrelation(samples: MotionSamples) -> int:
    """Cadence of each four seconds by autocorrelation, times the time in which something moves."""
    band = _magnitude(samples)
    turns, width = 0.0, int(4 * RATE_HZ)
    for start in range(0, len(band) - width // 2, width):
        part = band[start : start + width]
        if np.sqrt(np.mean(part**2)) < 1.2:
            continue
        likeness = np.correlate(part, part, "full")[len(part) - 1 :]
        lags = np.arange(len(likeness))
        allowed = (lags >= RATE_HZ / 3.6) & (lags <= RATE_HZ / 0.8)
        turns += len(part) / lags[allowed][np.argmax(likeness[allowed])]
    return round(turns)


def _within(skipping: Sequence[Counting], got: Sequence[int]) -> float:
    return float(np.mean([r.low <= n <= r.high for (r, _), n in zip(skipping, got, strict=True)]))


def _off_by_one(skipping: Sequence[Counting], got: Sequence[int]) -> float:
    return float(np.mean([abs(r.truth - n) <= 1 for (r, _), n in zip(skipping, got, strict=True)]))


def _wrong(skipping: Sequence[Counting], got: Sequence[int]) -> float:
    return sum(abs(r.truth - n) for (r, _), n in zip(skipping, got, strict=True)) / sum(r.truth for r, _ in skipping)


def _simulated() -> list[Counting]:
    from pathlib import Path

    from simulators.pupil import Ability, attempt
    from simulators.wrist import wrist_motion

    cases = []
    for seed in range(12):
        drawn = attempt(Ability(cadence_per_min=90 + 10 * seed), 30.0, seed)
        t_ns, accel = wrist_motion(drawn, seed=seed, hops_a_turn=1 + seed % 2)
        truth = len(drawn.landings_s)
        cases.append((Recording(Path(f"simulated-{seed}"), truth, truth - 1, truth + 1, "simulated"), MotionSamples(t_ns, accel)))
    return cases
