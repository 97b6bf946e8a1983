"""What stands beside our counters: what a tutorial does, and maintained open packages where they are installed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.signal import butter, find_peaks, sosfiltfilt

from edge.counting.signal import even

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from edge.bench.cases import Case
    from edge.counting.samples import MotionSamples

RATE_HZ: Final = 50.0
GUESTS: Final = {"skdh": "scikit-digital-health", "mobgap": "mobgap", "oak": "beiwe-forest", "ampd": "ampdlib"}
"""Name in the table to the package on PyPI; docs/dependencies.md has their licences, and what else was tried."""
NOT_INSTALLED: Final = 3
"""Exit status of `guests.py`."""
OTHER_PYTHON: Final = "TOUCHLINE_BENCH_PYTHON"
"""Environment variable: a Python that has the packages which are too heavy for this environment."""


@dataclass(frozen=True, slots=True)
class Peer:
    """What a peer has counted: a number for each recording, and microseconds of CPU a sample, one a run."""

    name: str
    counts: tuple[int, ...]
    us_a_sample: tuple[float, ...]


class NotInstalledError(Exception):
    """A package is in neither environment; the text says so."""


def simple(name: str, count: Callable[[MotionSamples], int], cases: Sequence[Case], timed: int, runs: int) -> Peer:
    """Count with a function of this process."""
    counts = tuple(count(samples) for _, samples in cases)
    seconds = []
    for _ in range(runs):
        started = time.process_time()
        for _, samples in cases[:timed]:
            count(samples)
        seconds.append(time.process_time() - started)
    return Peer(name, counts, _a_sample(seconds, cases[:timed]))


def guest(name: str, cases: Sequence[Case], timed: int, runs: int) -> Peer:
    """Count with an open package, in a process of its own.

    Raises:
        NotInstalledError: in neither this environment nor the one that `OTHER_PYTHON` names.
        RuntimeError: the package failed; the last line that it said.
    """
    pythons = [sys.executable, *filter(None, [os.environ.get(OTHER_PYTHON)])]
    with tempfile.TemporaryDirectory() as folder:
        for number, (_, samples) in enumerate(cases):
            np.savez(Path(folder) / f"{number:03d}.npz", t_s=samples.t_ns / 1e9, accel_mps2=samples.accel_mps2)
        for python in pythons:
            command = [python, str(Path(__file__).with_name("guests.py")), GUESTS[name], folder, str(timed), str(runs)]
            done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - no shell, our own words
            if done.returncode == 0:
                told = json.loads(done.stdout.splitlines()[-1])
                return Peer(name, tuple(told["counts"]), _a_sample(told["cpu_s"], cases[:timed]))
            if done.returncode != NOT_INSTALLED:
                raise RuntimeError(f"{GUESTS[name]} failed: {(done.stderr.splitlines() or ['no words'])[-1]}")
    raise NotInstalledError(f"{GUESTS[name]} is not installed, so it is not in the table (docs/dependencies.md tells how)")


def _a_sample(seconds: Sequence[float], cases: Sequence[Case]) -> tuple[float, ...]:
    samples = sum(len(samples.t_ns) for _, samples in cases)
    return tuple(one / samples * 1e6 for one in seconds)


def band_passed(samples: MotionSamples) -> np.ndarray:
    """Size of the acceleration between 0.7 and 4.5 Hz, on an even grid; empty where there is next to nothing."""
    level = np.linalg.norm(samples.accel_mps2, axis=1, keepdims=True).astype(np.float64)
    signal = even(samples.t_ns, level, RATE_HZ)
    if signal is None or len(signal.values) < 30:
        return np.zeros(0)
    band: np.ndarray = sosfiltfilt(butter(2, (0.7, 4.5), "bandpass", fs=RATE_HZ, output="sos"), signal.values[:, 0])
    return band


def peaks(samples: MotionSamples) -> int:
    """What a tutorial does: peaks of the band-passed magnitude."""
    band = band_passed(samples)
    return len(find_peaks(band, prominence=1.5, distance=int(0.22 * RATE_HZ))[0]) if len(band) else 0


def autocorrelation(samples: MotionSamples) -> int:
    """Cadence of each four seconds by autocorrelation, times the time in which something moves."""
    band = band_passed(samples)
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


SIMPLE: Final[dict[str, Callable[[MotionSamples], int]]] = {"find_peaks": peaks, "autocorr.": autocorrelation}
