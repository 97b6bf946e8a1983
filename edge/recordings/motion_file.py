"""Motion recordings: CSV with stamps in seconds and acceleration in m/s², or an `.npz` with the same arrays."""

from __future__ import annotations

import csv
import zipfile
from typing import TYPE_CHECKING, Final

import numpy as np

from edge.counting.samples import MotionSamples
from edge.recordings.errors import RecordingError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

THREE_AXES: Final = ("ax_mps2", "ay_mps2", "az_mps2")
GYRO: Final = ("gx_rads", "gy_rads", "gz_rads")
MAGNITUDE: Final = ("acc_mps2",)
EXPECTED: Final = "time_s, ax_mps2, ay_mps2, az_mps2[, gx_rads, gy_rads, gz_rads] or time_s, acc_mps2"
LEAST_SAMPLES: Final = 2
LONGEST_S: Final = 86_400.0


def read_motion(path: Path) -> MotionSamples:
    """Read a recording.

    Raises:
        RecordingError: missing, empty, cut short, of other columns, or not numbers.
    """
    try:
        if not path.stat().st_size:
            raise RecordingError("the file is empty")
        names, table = _npz(path) if path.suffix == ".npz" else _csv(path)
    except OSError as exc:
        raise RecordingError(f"cannot be read ({exc.strerror})") from exc
    return _samples(names, table)


def _samples(names: list[str], table: NDArray[np.float64]) -> MotionSamples:
    axes = THREE_AXES if set(THREE_AXES) <= set(names) else MAGNITUDE
    if "time_s" not in names or not set(axes) <= set(names):
        raise RecordingError(f"the columns are {', '.join(names[:8])}; expected {EXPECTED}")
    table = table[np.isfinite(table[:, names.index("time_s")])]
    if len(table) < LEAST_SAMPLES:
        raise RecordingError("there are no samples in it")
    t_s = table[:, names.index("time_s")]
    if np.ptp(t_s) > LONGEST_S:
        raise RecordingError("the stamps span more than a day; time_s must be seconds")
    accel = table[:, [names.index(name) for name in axes]].astype(np.float32)
    if not np.isfinite(accel).any():
        raise RecordingError("there is no acceleration in it, only empty values")
    gyro = table[:, [names.index(name) for name in GYRO]].astype(np.float32) if set(GYRO) <= set(names) else None
    return MotionSamples(np.round(t_s * 1e9).astype(np.int64), accel, gyro)


def _csv(path: Path) -> tuple[list[str], NDArray[np.float64]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.reader(file)
            names = [name.strip() for name in next(rows, [])]
            values = [row for row in rows if row]
    except (UnicodeDecodeError, csv.Error) as exc:
        raise RecordingError(f"not a CSV file; expected {EXPECTED}") from exc
    for number, row in enumerate(values, 2):
        if len(row) != len(names):
            raise RecordingError(f"line {number} has {len(row)} values, the first line names {len(names)}; is the file cut short?")
    try:
        table = np.array([[float(cell or "nan") for cell in row] for row in values], dtype=np.float64)
    except ValueError as exc:
        raise RecordingError(f"a value is not a number ({exc})") from exc
    return names, table.reshape(len(values), len(names))


def _npz(path: Path) -> tuple[list[str], NDArray[np.float64]]:
    try:
        with np.load(path, allow_pickle=False) as arrays:
            missing = {"time_s", "acc_mps2"} - set(arrays.files)
            if missing:
                raise RecordingError(f"the arrays are {', '.join(arrays.files)}; expected time_s and acc_mps2")
            t_s, accel = arrays["time_s"].astype(np.float64), arrays["acc_mps2"].astype(np.float64)
    except (zipfile.BadZipFile, EOFError, ValueError, KeyError) as exc:
        if isinstance(exc, RecordingError):
            raise
        raise RecordingError(f"not a whole .npz file ({exc})") from exc
    if accel.ndim == 1:
        accel = accel[:, None]
    if t_s.ndim != 1 or accel.ndim != 2 or len(t_s) != len(accel) or accel.shape[1] not in {1, 3}:
        raise RecordingError(f"time_s is {t_s.shape} and acc_mps2 is {accel.shape}; expected n and n by 3")
    return ["time_s", *(THREE_AXES if accel.shape[1] == 3 else MAGNITUDE)], np.column_stack([t_s, accel])
