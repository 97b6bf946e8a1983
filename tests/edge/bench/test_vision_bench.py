"""The bench on cameras: ours beside others on the same pictures, a heat of ten, and what cannot be measured is said."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from edge.bench import heats, live_heat, vision, vision_cost
from edge.bench.figure import Place
from edge.cli import app
from models.errors import ModelUnusable

if TYPE_CHECKING:
    from pathlib import Path


def nobody_there(*_: object) -> tuple[float, float]:
    raise ModelUnusable("MediaPipe is not in the table: it is not installed")


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """One short run of two stations, without MediaPipe."""
    monkeypatch.delenv("TOUCHLINE_DATA", raising=False)
    for name, value in {"RUNS": 1, "PICTURES": 8, "HEAT_S": 4.5, "LIVE_S": 1.5, "STATIONS": 2}.items():
        monkeypatch.setattr(vision, name, value)
    monkeypatch.setattr(heats, "STATIONS", 2)
    monkeypatch.setattr(heats, "SMALL_HEAT", 2)
    monkeypatch.setattr(vision, "mediapipe_video", nobody_there)


@pytest.mark.timeout(240)
@pytest.mark.usefixtures("quick")
def test_without_clips_it_says_what_following_costs() -> None:
    done = CliRunner().invoke(app, ["bench", "vision", "--json"])
    assert done.exit_code == 0, done.output
    figures = {one["figure"]: one for one in map(json.loads, done.stdout.splitlines())}
    for name in vision.WAYS:
        parts = [figures[f"CPU a pupil and picture, {part}, {name}"]["value"] for part in ("poses", "motion", "around", "live")]
        assert figures[f"CPU a pupil and picture, all, {name}"]["value"] == pytest.approx(sum(parts), rel=1e-6)
    assert figures[f"CPU a pupil and picture, all, {vision.OURS}"]["goal"] == 1.0
    assert figures["2 stations live, memory"]["goal"] == 350
    assert figures["2 stations live, picture to live count, 99 of 100 samples"]["goal"] == 100
    assert figures["2 stations at 30 a second, share of one core, decode apart"]["goal"] == 0.33
    assert "not installed" in done.stderr
    assert "nothing is said of accuracy" in done.stderr


def test_a_pose_in_every_picture_is_dearer_than_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    """Calls are counted here; times are for the bench alone."""
    from edge.bench.timed_model import TimedModel
    from models.blazepose import BlazePose

    monkeypatch.setattr(heats, "SMALL_HEAT", 1)
    pictures, squares = heats.heat_of_four(12)
    model = TimedModel(BlazePose("lite"))
    now_and_then, samples = vision_cost.tracked(model, pictures, squares, vision.WAYS[vision.OURS].motion, 5.0)
    every, _ = vision_cost.tracked(model, pictures, squares, vision.LandmarksAlone, vision.EVERY_PICTURE_HZ)
    assert all(sample.present for sample in samples[0])
    assert every.poses_hz == pytest.approx(30)
    assert now_and_then.poses_hz < 16
    assert model.poses == round((now_and_then.poses_hz + every.poses_hz) * 11 / 30) + 2
    assert model.pose_s > 0


def test_mediapipe_finds_the_pupil_that_it_is_shown() -> None:
    pytest.importorskip("mediapipe", reason="the extra is not installed")
    pictures, squares = heats.heat_of_four(3)
    try:
        ms, found = vision_cost.mediapipe_video(pictures, squares[0], 1)
    except ModelUnusable as exc:
        pytest.skip(str(exc))
    assert found == 1
    assert ms > 0


def test_accuracy_is_judged_against_its_goals() -> None:
    from edge.bench.clips import Clips, Followed
    from edge.bench.recordings import Recording

    clips = Clips([Recording(vision.Path("a"), 50, 49, 51, "")], [Recording(vision.Path("b"), 0, 0, 0, "")])
    runs = [Followed(official=[50, 0], live=[47, 1]), Followed(official=[51, 0], live=[47, 1])]
    table = {f.figure: f for kind in ("official", "live") for f in vision._counted(clips, vision.OURS, kind, runs, "t")}
    official, live = (table[f"{kind} skips wrong, real clips, touchline"] for kind in ("official", "live"))
    assert (official.value, official.holds, official.spread) == (pytest.approx(0.01), True, (0.0, 0.02))
    assert (live.value, live.holds) == (pytest.approx(0.06), False)
    assert table["live false skips, real clips, touchline"].holds is False
    assert live.place == Place("t", "live skips wrong", vision.OURS)


@pytest.mark.timeout(120)
def test_a_live_heat_that_fails_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_heat, "WARM_S", 0.1)
    with pytest.raises(RuntimeError, match="the recording cannot be opened"):
        live_heat.live_heat(tmp_path / "missing.avi", [], 0.1)


def test_only_the_curve_keeps_a_file(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["bench", "motion", "--save", str(tmp_path / "x.json")])
    assert done.exit_code == 2
    assert "keeps no file" in done.stderr
