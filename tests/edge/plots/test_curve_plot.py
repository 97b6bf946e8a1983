"""A picture of what accuracy costs: a mark for every engine and rate, at its cost and its error."""

from __future__ import annotations

import pytest

pytest.importorskip("matplotlib", reason="the plot extra is not installed")

from edge.plots.curve import draw_curve
from edge.plots.curve_file import Curve, CurvePoint
from edge.plots.sheet import BAD


def point(engine: str, pose_hz: float | None, cost_ms: float, wrong: float, false: float = 0.0) -> CurvePoint:
    runs = (wrong, wrong, wrong + 0.02)
    return CurvePoint(
        engine, pose_hz, (5.0,) * 3, (cost_ms,) * 3, (1.0,) * 3, runs, (0.0, 0.0, false), (1.0,) * 3, (2 * wrong,) * 3, (0.0,) * 3
    )


POINTS = (
    point("onnxruntime:lite", 5.0, 0.9, 0.01),
    point("onnxruntime:lite", None, 4.5, 0.0),
    point("mediapipe:lite", 5.0, 3.0, 0.03, 2.0),
)


def test_every_engine_and_rate_is_marked_at_its_cost_and_error() -> None:
    figure = draw_curve(Curve(7, 298, 6, POINTS))
    lines = {line.get_gid(): line for axes in figure.axes for line in axes.get_lines() if line.get_gid()}
    official = lines["official-onnxruntime:lite-5"]
    assert (official.get_xdata()[0], official.get_ydata()[0]) == pytest.approx((0.9, 1.0))
    assert lines["live-onnxruntime:lite-5"].get_ydata()[0] == pytest.approx(2.0)
    assert lines["official-onnxruntime:lite-every"].get_ydata()[0] == 0.0
    assert len(lines) == 2 * len(POINTS)


def test_who_counts_where_there_is_no_rope_is_marked_so() -> None:
    figure = draw_curve(Curve(7, 298, 6, POINTS))
    lines = {line.get_gid(): line for axes in figure.axes for line in axes.get_lines() if line.get_gid()}
    assert lines["official-mediapipe:lite-5"].get_markeredgecolor() == BAD
    assert lines["live-mediapipe:lite-5"].get_markeredgecolor() != BAD


def test_it_says_what_it_was_measured_on() -> None:
    figure = draw_curve(Curve(7, 298, 6, POINTS))
    assert any("7 clips with 298 skips, 6 clips without a rope" in text.get_text() for text in figure.texts)
    assert [text.get_text() for text in figure.axes[1].get_legend().get_texts()] == ["onnxruntime:lite", "mediapipe:lite"]
