"""What accuracy costs, as a file: what is written is read, and what is no curve is said."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from edge.plots.curve_file import Curve, CurvePoint, CurveUnreadable, engines, read_curve, write_curve

if TYPE_CHECKING:
    from pathlib import Path


def point(engine: str, pose_hz: float | None) -> CurvePoint:
    return CurvePoint(
        engine, pose_hz, (5.1, 5.2), (0.9, 1.0), (1.0, 1.0), (0.0, 0.01), (0.0, 0.0), (0.8, 1.0), (0.02, 0.01), (0.0, 1.0)
    )


CURVE = Curve(7, 298, 6, (point("onnxruntime:lite", 5.0), point("onnxruntime:lite", None), point("mediapipe:lite", 5.0)))


def test_what_is_written_is_read(tmp_path: Path) -> None:
    write_curve(tmp_path / "curve.json", CURVE)
    assert read_curve(tmp_path / "curve.json") == CURVE
    assert engines(CURVE.points) == ["onnxruntime:lite", "mediapipe:lite"]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"points": []}, "no setting"),
        ({"points": [{"engine": "x"}]}, "not a file of"),
        ({"points": 3}, "not a file of"),
        ({"skips": "many"}, "not a file of"),
    ],
)
def test_what_is_no_curve_is_said(tmp_path: Path, change: dict[str, object], says: str) -> None:
    file = tmp_path / "curve.json"
    write_curve(file, CURVE)
    file.write_text(json.dumps(json.loads(file.read_text()) | change))
    with pytest.raises(CurveUnreadable, match=says):
        read_curve(file)


def test_no_json_and_no_file(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("{")
    with pytest.raises(CurveUnreadable, match="not a file of"):
        read_curve(tmp_path / "x.json")
    with pytest.raises(CurveUnreadable, match="cannot be read"):
        read_curve(tmp_path / "missing.json")
