"""Recordings to train on and to be judged by: acceleration on an even grid, with the turns that are known."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

RATE_HZ: Final = 50.0
G_MPS2: Final = 9.80665
PAUSE: Final = 1.7
"""A gap between two turns longer than this many usual periods is a pause between two bouts."""
FINE: Final = 4
"""Linear interpolation is looked at this many times a grid step and averaged, so that fast samples do not alias."""


class Role(StrEnum):
    """What a recording can teach."""

    ROPE = "rope"
    SWING = "swing"
    QUIET = "quiet"
    WALK = "walk"
    JUMPS = "jumps"


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """One recording.

    Attributes:
        path: the file.
        subject: who wore the band.
        accel_g: float32[n, 3] on an even grid of `RATE_HZ`; a recording of the magnitude only has it on the first axis.
        bouts: times of the turns in seconds since the first value, an array a bout; `None` where there are turns without times.
        true_count: turns of the rope that went under the feet.
        tolerance: by how many turns the truth itself may be off.
        turned: turns of the rope beside the body, for side swings.
    """

    path: Path
    subject: str
    role: Role
    accel_g: NDArray[np.float32]
    bouts: tuple[Floats, ...] | None
    true_count: int
    tolerance: int
    turned: int = 0


def load(folder: Path) -> list[Recording]:
    """All recordings of a folder that `manifest.json` tells the truth about.

    A manifest entry needs `file`, `subject`, `activity` or `task`, and `true_count`; `event_times_file` names a CSV file with one
    row a turn. Other entries are left out.

    Raises:
        OSError: the folder or one of its files cannot be read.
        ValueError: a file is not what the manifest says.
    """
    entries = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    return [_recording(folder, entry, role) for entry in entries if (role := _role(entry)) is not None]


def _role(entry: dict[str, Any]) -> Role | None:
    kind, name = str(entry["file"]).split("/")[0], str(entry.get("activity") or entry.get("task") or "")
    if kind == "steps":
        return Role.WALK if entry.get("true_count") else Role.QUIET
    if kind != "imu":
        return None
    if name == "rope_side_swing":
        return Role.SWING
    if name.startswith("rope_skip") and entry.get("true_count"):
        return Role.ROPE
    return Role.JUMPS if "vertical jump" in name else None


def _recording(folder: Path, entry: dict[str, Any], role: Role) -> Recording:
    path = folder / entry["file"]
    t_s, accel_mps2 = _read(path)
    true_count = int(entry.get("true_count") or 0)
    bouts: tuple[Floats, ...] | None = ()
    if role is Role.ROPE:
        times = entry.get("event_times_file")
        bouts = split_bouts(_turn_times(folder / times) - t_s.min()) if times else None
    return Recording(
        path=path,
        subject=str(entry["subject"]),
        role=role,
        accel_g=even(t_s, accel_mps2) / np.float32(G_MPS2),
        bouts=bouts,
        true_count=true_count if role is Role.ROPE else 0,
        tolerance=_tolerance(entry),
        turned=true_count if role is Role.SWING else 0,
    )


def _tolerance(entry: dict[str, Any]) -> int:
    """The manifest's own words on how sure the truth is; one turn is always allowed."""
    if "count_tolerance" in entry:
        return max(1, int(entry["count_tolerance"]))
    confidence = str(entry.get("confidence", ""))
    return next((turns for turns in (3, 2) if f"+-{turns}" in confidence), 1)


def _read(path: Path) -> tuple[Floats, Floats]:
    if path.suffix == ".npz":
        with np.load(path, allow_pickle=False) as arrays:
            t_s, accel = arrays["time_s"].astype(np.float64), arrays["acc_mps2"].astype(np.float64)
    else:
        with path.open(encoding="utf-8", newline="") as file:
            names = [name.strip() for name in next(csv.reader(file))]
            table = np.loadtxt(file, delimiter=",", ndmin=2)
        axes = [name for name in ("ax_mps2", "ay_mps2", "az_mps2", "acc_mps2") if name in names]
        t_s, accel = table[:, names.index("time_s")], table[:, [names.index(name) for name in axes]]
    accel = accel.reshape(len(t_s), -1)
    return t_s, np.pad(accel, ((0, 0), (0, 3 - accel.shape[1])))


def _turn_times(path: Path) -> Floats:
    """Times of the gyroscope's peaks where there are any: they are the steadier ones; else of the acceleration's."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    columns = [name for name in ("t_s", "t_gyro_peak_s", "t_acc_peak_s") if name in rows[0]]
    return np.sort(np.array([float(row[columns[0]]) for row in rows if row[columns[0]]]))


def split_bouts(turns_s: Floats) -> tuple[Floats, ...]:
    """Turns between two pauses, oldest first."""
    if len(turns_s) < 2:
        return (turns_s,) if len(turns_s) else ()
    gaps = np.diff(turns_s)
    return tuple(np.split(turns_s, np.flatnonzero(gaps > PAUSE * np.median(gaps)) + 1))


def even(t_s: Floats, values: Floats) -> NDArray[np.float32]:
    """Samples on an even grid of `RATE_HZ`, the mean of the linear interpolation over each step; doubled stamps are averaged."""
    stamps, at = np.unique(t_s, return_inverse=True)
    means = np.zeros((len(stamps), values.shape[1]))
    np.add.at(means, at, values)
    means /= np.bincount(at)[:, None]
    steps = max(1, int((stamps[-1] - stamps[0]) * RATE_HZ))
    fine_s = stamps[0] + (np.arange(steps * FINE) + 0.5) / (RATE_HZ * FINE) - 0.5 / RATE_HZ
    columns = [np.interp(fine_s, stamps, means[:, axis]).reshape(steps, FINE).mean(axis=1) for axis in range(values.shape[1])]
    return np.stack(columns, axis=1).astype(np.float32)
