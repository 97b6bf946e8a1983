"""`touchline simulate motion` writes a recording that `touchline count imu` reads, and says what happened in it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from edge.cli import app
from edge.recordings.motion_file import read_motion

if TYPE_CHECKING:
    from pathlib import Path


def simulate(*words: object) -> tuple[int, dict[str, Any], str]:
    done = CliRunner().invoke(app, ["simulate", "motion", *map(str, words)])
    return done.exit_code, json.loads(done.stdout) if done.exit_code == 0 else {}, done.stderr


def test_a_recording_with_its_truth(tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    status, told, _ = simulate(out, "--style", "double-under", "--limb", "left-wrist", "--seconds", 20, "--rate", 100, "--seed", 7)
    assert status == 0
    assert told["turns"] == 2 * told["jumps"] == len(told["turns_s"])
    assert (told["file"], told["style"], told["limb"]) == (str(out), "double-under", "left-wrist")
    samples = read_motion(out)
    assert samples.gyro_rads is not None
    assert len(samples.t_ns) == pytest.approx(2600, abs=5)


def test_the_same_seed_gives_the_same_file(tmp_path: Path) -> None:
    files = [tmp_path / "a.csv", tmp_path / "b.csv", tmp_path / "c.csv"]
    for file, seed in zip(files, (3, 3, 4), strict=True):
        simulate(file, "--poor", "--faults", "--no-gyro", "--seed", seed)
    a, b, c = (file.read_bytes() for file in files)
    assert a == b != c
    assert a.startswith(b"time_s,ax_mps2,ay_mps2,az_mps2\n")


def test_cadence_and_what_is_no_skipping(tmp_path: Path) -> None:
    _, told, _ = simulate(tmp_path / "out.csv", "--cadence", 120, "--seconds", 30)
    assert told["turns"] == pytest.approx(59, abs=3)
    _, told, _ = simulate(tmp_path / "out.csv", "--style", "walking")
    assert (told["turns"], told["jumps"], told["turns_s"]) == (0, 0, [])
    assert told["steps"] > 30


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--style", "tap-dance"], "--style: there is no 'tap-dance'; choose one of: single-bounce"),
        (["--limb", "nose"], "--limb: there is no 'nose'; choose one of: left-wrist"),
        (["--style", "walking", "--cadence", 100], "there is none in walking"),
        (["--style", "clapping", "--poor"], "there is none in clapping"),
        (["--rate", 500], "--rate"),
    ],
)
def test_what_cannot_be_done_is_said(tmp_path: Path, words: list[object], says: str) -> None:
    status, _, told = simulate(tmp_path / "out.csv", *words)
    assert status == 2
    assert says in told
    assert not (tmp_path / "out.csv").exists()


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    status, _, told = simulate(tmp_path / "nowhere" / "out.csv")
    assert status == 2
    assert told.strip() == f"{tmp_path / 'nowhere' / 'out.csv'}: cannot be written (No such file or directory)"
