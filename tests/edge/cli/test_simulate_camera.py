"""`touchline simulate camera` writes a clip that `touchline count video` can read, with its truth beside it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from edge.cli import app
from edge.recordings.video_file import VideoFile

if TYPE_CHECKING:
    from pathlib import Path


def simulate(*words: object) -> tuple[int, dict[str, Any], str]:
    done = CliRunner().invoke(app, ["simulate", "camera", *map(str, words)])
    return done.exit_code, json.loads(done.stdout) if done.exit_code == 0 else {}, done.stderr


def test_a_clip_with_its_truth(tmp_path: Path) -> None:
    out = tmp_path / "heat.avi"
    status, told, _ = simulate(
        out, "--style", "single-bounce", "--style", "empty", "--stations", 3, "--size", "320x180", "--seconds", 6, "--rate", 10
    )
    assert status == 0
    assert [pupil["doing"] for pupil in told["pupils"]] == ["single-bounce", "", "single-bounce"]
    truth = json.loads((tmp_path / "heat.json").read_text())
    assert [pupil["skips"] for pupil in truth["pupils"]] == [pupil["skips"] for pupil in told["pupils"]]
    frames = list(VideoFile(out))
    assert len(frames) == 60 == len(truth["frames_s"])
    assert frames[0].picture.shape == (180, 320, 3)


def test_the_same_seed_gives_the_same_clip(tmp_path: Path) -> None:
    small = ("--size", "100x120", "--body-px", 80, "--seconds", 6, "--conditions", "slow", "--view", "side")
    for name, seed in (("a", 3), ("b", 3), ("c", 4)):
        assert simulate(tmp_path / f"{name}.avi", *small, "--seed", seed)[0] == 0
    a, b, c = ((tmp_path / f"{name}.avi").read_bytes() for name in "abc")
    assert a == b != c


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--style", "hopping"), "alternate-feet, clapping"),
        (("--view", "above"), "front, oblique, side, back"),
        (("--conditions", "rain"), "clear, windy"),
        (("--size", "large"), "1280x720"),
        (("--stations", 4, "--body-px", 200), "one pupil"),
    ],
)
def test_a_wrong_word_lists_what_there_is(tmp_path: Path, words: tuple[object, ...], told: str) -> None:
    status, _, said = simulate(tmp_path / "out.avi", *words)
    assert status == 2
    assert told in said


def test_a_file_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    status, _, said = simulate(tmp_path / "no" / "out.avi", "--size", "100x120", "--seconds", 6)
    assert status == 2
    assert "cannot be written" in said
