"""Other people's step and peak counters, each in a process of its own and, where it needs one, in an environment of its own.

Run as a script by the Python that has the package: it imports nothing of the project. `edge.bench.peers` starts it;
docs/dependencies.md tells how to install what it looks for. All take the whole recording with their own parameters.

    python guests.py PACKAGE FOLDER TIMED RUNS

FOLDER holds 000.npz, 001.npz … with t_s float64[n] and accel_mps2 float32[n, 1 or 3]. The first TIMED of them are counted RUNS
times. It prints one JSON object: the version, the counts in the order of the files, and the CPU seconds of each run. Exit status
3: the package is not installed.
"""

from __future__ import annotations

import importlib.metadata
import json
import logging
import sys
import time
import warnings
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Count = Callable[[Floats, Floats], int]

RATE_HZ: Final = 50.0
GRAVITY_MPS2: Final = 9.80665
NOT_INSTALLED: Final = 3


def main(package: str, folder: Path, timed: int, runs: int) -> int:
    """Count every file of the folder with the package; the exit status."""
    warnings.simplefilter("ignore")
    logging.disable()
    try:
        version = importlib.metadata.version(package)
        count = GUESTS[package]()
    except (ImportError, importlib.metadata.PackageNotFoundError) as exc:
        print(exc, file=sys.stderr)  # noqa: T201 - spoken to the bench
        return NOT_INSTALLED
    recordings = []
    for file in sorted(folder.glob("*.npz")):
        with np.load(file) as arrays:
            recordings.append((arrays["t_s"].astype(np.float64), arrays["accel_mps2"].astype(np.float64)))
    counts = [int(count(t_s, accel)) for t_s, accel in recordings]
    cpu_s = []
    for _ in range(runs):
        started = time.process_time()
        for t_s, accel in recordings[:timed]:
            count(t_s, accel)
        cpu_s.append(time.process_time() - started)
    print(json.dumps({"version": version, "counts": counts, "cpu_s": cpu_s}))  # noqa: T201 - spoken to the bench
    return 0


def _even(t_s: Floats, accel: Floats) -> tuple[Floats, Floats]:
    """Three axes on an even grid, as all of them want it; a recording of the size alone has it on the first."""
    kept = np.unique(t_s, return_index=True)[1]
    grid = np.arange(t_s[kept[0]], t_s[kept[-1]], 1 / RATE_HZ)
    axes = np.zeros((len(grid), 3))
    for axis in range(accel.shape[1]):
        axes[:, axis] = np.interp(grid, t_s[kept], accel[kept, axis])
    return grid, axes


def _mobgap() -> Count:
    """Sequences of gait, and in each the initial contacts by Shin's algorithm on the size of the acceleration."""
    frame = import_module("pandas").DataFrame
    sequences = import_module("mobgap.gait_sequences").GsdIonescu
    contacts = import_module("mobgap.initial_contacts").IcdShinImproved

    def count(t_s: Floats, accel: Floats) -> int:
        _, axes = _even(t_s, accel)
        columns = ["acc_x", "acc_y", "acc_z", "gyr_x", "gyr_y", "gyr_z"]
        motion = frame(np.hstack([axes, np.zeros_like(axes)]), columns=columns)
        spans = sequences().detect(motion, sampling_rate_hz=RATE_HZ).gs_list_[["start", "end"]].to_numpy()
        found = (contacts().detect(motion.iloc[int(a) : int(b)], sampling_rate_hz=RATE_HZ).ic_list_ for a, b in spans)
        return sum(map(len, found))

    return count


def _forest() -> Count:
    """Oak: the cadence of each second from a wavelet transform."""
    oak = import_module("forest.oak.base")

    def count(t_s: Floats, accel: Floats) -> int:
        grid, axes = _even(t_s, accel)
        _, size_g = oak.preprocess_bout(grid, *axes.T)
        return round(float(np.sum(oak.find_walking(size_g)))) if len(size_g) else 0

    return count


def _skdh() -> Count:
    """Initial contacts of its gait pipeline, which is made for the lower back, with the whole recording taken for gait."""
    gait = import_module("skdh.gait").GaitLumbar

    def count(t_s: Floats, accel: Floats) -> int:
        grid, axes = _even(t_s, accel)
        found = gait().predict(time=grid, accel=axes / GRAVITY_MPS2, fs=RATE_HZ, height=1.6, gait_pred=True)
        return len(found["IC Timestamp"])

    return count


def _ampd() -> Count:
    """Automatic multiscale peak detection (Scholkmann et al. 2012) in windows of ten seconds."""
    find = import_module("ampdlib").ampd_fast
    window = int(10 * RATE_HZ)

    def count(t_s: Floats, accel: Floats) -> int:
        size = np.linalg.norm(_even(t_s, accel)[1], axis=1)
        return len(find(size, window)) if len(size) >= window else 0

    return count


GUESTS: Final[dict[str, Callable[[], Count]]] = {
    "scikit-digital-health": _skdh,
    "mobgap": _mobgap,
    "beiwe-forest": _forest,
    "ampdlib": _ampd,
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])))
