"""The bench on real recordings: the counters beat the naive baselines, and a figure that falls short is not left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from edge.bench import motion
from edge.bench.figure import figure

if TYPE_CHECKING:
    from pathlib import Path


def test_a_figure_tells_whether_it_holds() -> None:
    assert figure("speed", [1.0, 3.0, 2.0], "ms", goal=1.5).as_json() == {
        "figure": "speed", "value": 2.0, "unit": "ms", "goal": 1.5, "holds": False, "runs": 3, "spread": (1.0, 3.0), "beside": {},
    }  # fmt: skip
    assert figure("share", [0.9], "share", goal=0.8, better="more", beside={"peer": [0.5]}).holds is True


@pytest.mark.recordings
@pytest.mark.timeout(180)
def test_ours_is_better_than_what_a_tutorial_does(recordings: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(motion, "RUNS", 1)
    figures = {one.figure: one for one in motion.run(recordings)}
    for kind in ("official", "live"):
        wrong = figures[f"{kind} turns wrong, real recordings"]
        assert wrong.value < 0.03
        assert all(wrong.value < 0.3 * peer for peer in wrong.beside.values())
        within = figures[f"{kind} within tolerance, real recordings"]
        assert all(within.value > peer for peer in within.beside.values())
    assert figures["false skips a minute without a rope"].value == 0
