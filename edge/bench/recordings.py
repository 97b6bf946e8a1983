"""Real recordings with truth for the benches: which are of a kind, and what is allowed around the true count."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from math import ceil, floor
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from pathlib import Path

STEPS_TOLERANCE: Final = 0.03
"""Share of the steps: what the step counters of the literature are judged by."""


@dataclass(frozen=True, slots=True)
class Recording:
    """One recording: its file, the true count (0 where nothing must be counted), what is allowed, and whose it is."""

    file: Path
    truth: int
    low: int
    high: int
    subject: str


def rope_from_bands(data: Path) -> list[Recording]:
    """Rope skipping with a band, with a true count."""
    chosen = [c for c in _manifest(data) if c["file"].startswith("imu/") and c.get("true_count")]
    return [_recording(data, c) for c in chosen if str(c.get("activity", "")).startswith("rope_skip")]


def side_swings(data: Path) -> list[Recording]:
    """The rope passes beside the body: the truth is how often, and none of it is a skip."""
    chosen = [c for c in _manifest(data) if c["file"].startswith("imu/") and c.get("activity") == "rope_side_swing"]
    return [_recording(data, c) for c in chosen]


def walks(data: Path) -> list[Recording]:
    """Walks and the like with a true number of steps; `STEPS_TOLERANCE` of it is allowed."""
    chosen = [c for c in _manifest(data) if c["file"].startswith("steps/") and c.get("true_count")]
    spared = [(c, STEPS_TOLERANCE * int(c["true_count"])) for c in chosen]
    return [
        replace(_recording(data, c), low=ceil(int(c["true_count"]) - spare), high=floor(int(c["true_count"]) + spare))
        for c, spare in spared
    ]


def without_rope(data: Path) -> list[Recording]:
    """Desk work, dressing and the like: nothing may be counted."""
    chosen = [c for c in _manifest(data) if c["file"].startswith("steps/") and not c.get("true_count")]
    return [Recording(data / c["file"], 0, 0, 0, str(c.get("subject", ""))) for c in chosen]


def rope_on_video(data: Path) -> list[Recording]:
    """Clips of one skipper, with a true count."""
    chosen = [c for c in _manifest(data) if c.get("task") == "skip" and c.get("confidence") != "low"]
    return [_recording(data, c) for c in chosen]


def without_rope_on_video(data: Path) -> list[Recording]:
    """Clips of jumping jacks, high knees and people who come and go: nothing may be counted."""
    chosen = [c for c in _manifest(data) if c.get("task") in {"jumping_jack", "high_knees", "visits"}]
    return [Recording(data / c["file"], 0, 0, 0, str(c.get("subject", ""))) for c in chosen]


def _manifest(data: Path) -> list[dict[str, Any]]:
    cases: list[dict[str, Any]] = json.loads((data / "manifest.json").read_text(encoding="utf-8"))
    return cases


def _recording(data: Path, case: dict[str, Any]) -> Recording:
    truth = int(case["true_count"])
    told = str(case.get("confidence", ""))
    allowed = max(1, int(case.get("count_tolerance", next((n for n in (3, 2) if f"+-{n}" in told), 1))))
    low, high = case.get("accepted_range") or (truth - allowed, truth + allowed)
    return Recording(data / case["file"], truth, low, high, str(case.get("subject", "")))
