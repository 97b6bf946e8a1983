"""Many settings on the same clips: each counts as it would alone, and what they cost is kept apart."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from edge.bench import vision_changes, vision_curve
from edge.bench.clips import EVERY_PICTURE_HZ, Clips, Setting, follow
from edge.bench.picture_changes import unchanged
from edge.bench.recordings import Recording
from edge.capture.stations import StationTracker
from edge.counting.rope_pose import count_official
from edge.plots.curve_file import read_curve
from edge.recordings.video_file import VideoFile
from models.blazepose import BlazePose
from simulators.heat_film import HeatFilm
from simulators.skipping_style import Style

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from edge.recordings.video_file import VideoFrame
    from models.pose import PoseModel

LITE = "onnxruntime:lite"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a manifest: one clip with skips, which is also said to be one without."""
    folder = tmp_path_factory.mktemp("clips")
    film = HeatFilm.of_one(Style.SINGLE_BOUNCE, size=(200, 300), body_px=190.0, seconds=8.0, seed=3)
    film.write(folder / "skips.avi")
    clip = {"file": "skips.avi", "task": "skip", "true_count": film.truths[0].skips, "confidence": "high"}
    (folder / "manifest.json").write_text(json.dumps([clip, {"file": "skips.avi", "task": "jumping_jack", "true_count": 3}]))
    return folder


@pytest.fixture(scope="module")
def engines() -> dict[str, PoseModel]:
    return {LITE: BlazePose("lite")}


def test_each_setting_counts_as_it_would_alone(data: Path, engines: dict[str, PoseModel]) -> None:
    clips, begun = Clips.of(data), list[str]()
    settings = [Setting(LITE, 5.0), Setting(LITE, 3.0, 0.5)]
    for result, setting in zip(follow(clips, settings, engines, begun.append), settings, strict=True):
        tracker = StationTracker(engines[LITE], None, setting.pose_hz, setting.phase)
        samples = [tracker.track(frame.t_ns, frame.picture) for frame in VideoFile(clips.rope[0].file)]
        assert result.official == [count_official(samples).count] * 2
        followed = sum(a.present and b.present for a, b in pairwise(samples))
        assert result.pictures == followed, "the clip without a rope costs nothing here"
        assert result.seconds == pytest.approx(followed / 30, rel=0.02)
        assert result.poses == sum(b.key for a, b in pairwise(samples) if a.present and b.present)
        assert 0 < result.live_s < result.track_s
    assert begun == ["skips", "skips"]


def test_what_is_counted_is_judged() -> None:
    def clip(truth: int, spare: int) -> Recording:
        return Recording(Path("clip.mp4"), truth, truth - spare, truth + spare, "somebody")

    clips = Clips([clip(20, 1), clip(80, 1)], [clip(0, 0), clip(0, 0)])
    counts = [21, 76, 0, 3]
    assert clips.within(counts) == 0.5
    assert clips.wrong(counts) == pytest.approx(0.05)
    assert clips.false(counts) == 3


def test_a_curve_has_a_point_a_rate_and_a_value_a_placing(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vision_curve, "PLACINGS", 2)
    monkeypatch.setattr(vision_curve, "ENGINES", {LITE: (5.0, EVERY_PICTURE_HZ), "unheard:of": (5.0,)})
    notes: list[str] = []
    figures = vision_curve.run(data, notes, tmp_path / "curve.json")
    curve = read_curve(tmp_path / "curve.json")
    assert [(point.engine, point.pose_hz, len(point.cost_ms)) for point in curve.points] == [(LITE, 5.0, 2), (LITE, None, 1)]
    few, every = curve.points
    assert max(few.poses_hz) < 16 < min(every.poses_hz)
    assert [note.split(" is not")[0] for note in notes] == ["unheard:of"]
    assert {figure.place.row for figure in figures if figure.place} == {"5/s", "every picture"}


def test_a_curve_needs_real_clips() -> None:
    notes: list[str] = []
    assert vision_curve.run(None, notes) == []
    assert "--data" in notes[0]


def test_clips_are_counted_as_another_camera_would_show_them(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As it is nothing is missing; nobody is there where all pictures are black."""

    def black(frames: Iterable[VideoFrame]) -> Iterator[VideoFrame]:
        return (replace(frame, picture=np.zeros_like(frame.picture)) for frame in frames)

    monkeypatch.setattr(vision_changes, "CHANGES", {"as it is": unchanged, "black": black})
    figures = {one.figure: one.value for one in vision_changes.run(data)}
    assert figures["official wrong, as it is"] <= 0.1
    assert figures["official wrong, black"] == 1.0
    assert figures["false, official, black"] == 0.0


def test_changes_need_real_clips() -> None:
    notes: list[str] = []
    assert vision_changes.run(None, notes) == []
    assert "--data" in notes[0]


def test_what_several_look_for_in_one_picture_is_looked_for_once() -> None:
    from edge.bench.shared_model import SharedModel
    from edge.bench.timed_model import TimedModel

    film = HeatFilm.of_one(Style.SINGLE_BOUNCE, size=(200, 300), body_px=190.0, seconds=4.0, seed=3)
    picture = next(iter(film.shots())).picture
    counted = TimedModel(BlazePose("lite"))
    shared = SharedModel(counted)
    first = shared.detect(picture)
    assert len(first) == 1
    assert shared.detect(picture.copy()) == first
    assert counted.detections == 1
    assert shared.detect(picture[:200]) is not first
    assert counted.detections == 2
    shared.next_picture()
    shared.detect(picture)
    assert counted.detections == 3
