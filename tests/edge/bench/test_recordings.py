"""Which recordings of a folder are of a kind, and what is allowed around the truth."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from edge.bench.recordings import rope_from_bands, side_swings, walks, without_rope

if TYPE_CHECKING:
    from pathlib import Path

ENTRIES = [
    {"file": "imu/a.csv", "activity": "rope_skip_single", "true_count": 40, "confidence": "high (+-2)", "subject": "one"},
    {"file": "imu/b.csv", "activity": "rope_side_swing", "true_count": 30, "subject": "one"},
    {"file": "imu/c.csv", "activity": "rope_skip_untold", "subject": "two"},
    {"file": "steps/d.npz", "activity": "walking", "true_count": 110, "subject": "two"},
    {"file": "steps/e.npz", "activity": "not walking: desk", "subject": "two"},
]


def test_each_recording_is_of_one_kind(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text(json.dumps(ENTRIES))
    kinds = [kind(tmp_path) for kind in (rope_from_bands, side_swings, walks, without_rope)]
    assert [[r.file.name for r in of_kind] for of_kind in kinds] == [["a.csv"], ["b.csv"], ["d.npz"], ["e.npz"]]
    ((rope,), _, (walk,), (quiet,)) = kinds
    assert (rope.truth, rope.low, rope.high, rope.subject) == (40, 38, 42, "one")
    assert (walk.low, walk.high) == (107, 113)
    assert (quiet.low, quiet.high) == (0, 0)
