"""Passings on the real recordings of one walked beacon and twelve receivers: found and invented, ours beside a threshold.

The beacon was carried at 0.1 to 0.4 m/s and heard twice a second. Strength belongs to a place, not to a moment: played five times
as fast the same curves are those of a jog at 10 Hz, which is what a gate is made for.
"""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING, Final

from edge.bench.lap_play import threshold_peaks
from edge.counting.gate import GateSample, PassingFinder

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

WITHIN_S: Final = 4.0
"""A walker needs so long for the 3.5 m within which the set calls it a pass."""
DEAD_S: Final = 5.0


def passes_found(data: Path, faster: float = 1.0) -> dict[str, tuple[int, int, int]]:
    """(found, invented, true) over all recordings of the set, by program; a gate of one receiver each.

    Args:
        faster: how much faster than recorded it is played.
    """
    totals = {"touchline": [0, 0, 0], "threshold": [0, 0, 0]}
    for entry in json.loads((data / "manifest.json").read_text(encoding="utf-8")):
        if not str(entry["file"]).startswith("rssi/"):
            continue
        with (data / entry["file"]).open(encoding="utf-8") as file:
            heard: dict[str, list[tuple[int, float]]] = {}
            for row in csv.DictReader(file):
                heard.setdefault(row["receiver"], []).append((round(float(row["time_s"]) / faster * 1e9), float(row["rssi_dbm"])))
        with (data / entry["event_times_file"]).open(encoding="utf-8") as file:
            true = [(row["receiver"], float(row["t_s"]) / faster) for row in csv.DictReader(file)]
        for receiver, samples in heard.items():
            times = [t for name, t in true if name == receiver]
            finder = PassingFinder((0.0,), DEAD_S)
            ours = [one for t, rssi in samples for one in finder.feed(GateSample(t, 0, rssi))]
            ours += finder.flush()
            peaks = threshold_peaks([t for t, _ in samples], [rssi for _, rssi in samples], round(DEAD_S * 1e9))
            _count(totals["touchline"], (one.t_ns for one in ours), times, WITHIN_S / faster)
            _count(totals["threshold"], peaks, times, WITHIN_S / faster)
    return {name: (found, invented, true) for name, (found, invented, true) in totals.items()}


def _count(total: list[int], told_ns: Iterable[int], true_s: list[float], within_s: float) -> None:
    left = list(true_s)
    total[2] += len(true_s)
    for t_ns in told_ns:
        near = min(left, key=lambda t: abs(t - t_ns / 1e9), default=None)
        if near is None or abs(near - t_ns / 1e9) > within_s:
            total[1] += 1
            continue
        left.remove(near)
        total[0] += 1
