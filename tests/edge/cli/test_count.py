"""`touchline count` as a user types it: one answer a file in order, one line a bad file, the others still counted."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import numpy as np
import pytest
from typer.testing import CliRunner

from edge.cli import app
from simulators.camera import Scene, write_clip
from simulators.pupil import Ability, attempt
from simulators.wrist import wrist_motion

if TYPE_CHECKING:
    from pathlib import Path

ATTEMPT = attempt(Ability(cadence_per_min=120, trips_per_min=0), 12.0, 3)
TURNS = len(ATTEMPT.landings_s)


def run(*words: object) -> tuple[int, list[dict[str, object]], str]:
    done = CliRunner().invoke(app, ["count", *map(str, words)])
    answers = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    return done.exit_code, answers, done.stderr


@pytest.fixture
def wrist(tmp_path: Path) -> Path:
    t_ns, accel = wrist_motion(ATTEMPT, seed=2)
    rows = np.column_stack([t_ns / 1e9, accel])
    file = tmp_path / "wrist.csv"
    np.savetxt(file, rows, delimiter=",", header="time_s,ax_mps2,ay_mps2,az_mps2", comments="", fmt="%.4f")
    return file


def test_one_answer_a_file_in_the_order_given(wrist: Path, tmp_path: Path) -> None:
    quiet = tmp_path / "quiet.csv"
    quiet.write_text("time_s,acc_mps2\n" + "".join(f"{n / 50},9.81\n" for n in range(500)))
    status, (first, second), _ = run("imu", "--json", wrist, quiet)
    assert status == 0
    assert first["file"] == str(wrist)
    assert abs(int(str(first["count"])) - TURNS) <= 1
    assert set(first) == {"file", "count", "events", "bouts", "trips", "double_unders", "rhythm", "confidence"}
    assert second["count"] == 0


def test_steps_tell_how_somebody_goes(tmp_path: Path) -> None:
    file = tmp_path / "walk.csv"
    t_s = np.arange(0, 30, 0.02)
    beat = 9.81 + 2.5 * np.sin(2 * np.pi * 1.8 * t_s) + 0.8 * np.sin(np.pi * 1.8 * t_s)
    np.savetxt(file, np.column_stack([t_s, beat]), delimiter=",", header="time_s,acc_mps2", comments="", fmt="%.4f")
    _, (walk,), _ = run("imu", "--task", "steps", "--json", file)
    assert walk["gait"] == "walking"
    assert abs(float(str(walk["steps_per_min"])) - 108) <= 2


def test_the_live_count_ends_near_the_official_one(wrist: Path) -> None:
    _, (live,), _ = run("imu", "--live", "--json", wrist)
    assert abs(int(str(live["count"])) - TURNS) <= 2


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "cannot be read"),
        (b"", "empty"),
        (b"time_s,ax_mps2\n1,2\n", "the columns are"),
        (b"time_s,acc_mps2\n0.0,9.8\n0.1,9.7\n0.2", "cut short"),
        (b"time_s,acc_mps2\n0.0,nine\n", "not a number"),
        (b"time_s,acc_mps2\n,\n,\n", "no samples"),
        (b"\x89PNG\r\n\x1a\n\xff\xfe", "not a CSV"),
    ],
)
def test_a_bad_file_is_one_line_and_the_others_are_counted(wrist: Path, tmp_path: Path, content: bytes | None, words: str) -> None:
    bad = tmp_path / "bad.csv"
    if content is not None:
        bad.write_bytes(content)
    status, answers, told = run("imu", "--json", bad, wrist)
    assert status == 2
    assert [answer["file"] for answer in answers] == [str(wrist)]
    (line,) = told.strip().splitlines()
    assert line.startswith(f"{bad}: ")
    assert words in line


def test_without_json_it_is_a_table(wrist: Path) -> None:
    done = CliRunner().invoke(app, ["count", "imu", str(wrist)])
    assert "confidence" in done.stdout
    assert not done.stdout.lstrip().startswith("{")


@pytest.mark.parametrize("live", [[], ["--live"]])
def test_a_band_at_the_ankle_is_told(live: list[str], tmp_path: Path) -> None:
    file = tmp_path / "running.csv"
    made = CliRunner().invoke(app, ["simulate", "motion", str(file), "--style", "running", "--limb", "ankle", "--seed", "1"])
    assert made.exit_code == 0
    told = [run("imu", "--json", *live, *site, file)[1][0]["count"] for site in ([], ["--site", "ankle"])]
    assert told[0] > 0
    assert told[1] == 0


def test_a_clip_is_counted_and_a_file_that_is_no_video_is_said(tmp_path: Path) -> None:
    clip, bad, cut = tmp_path / "clip.avi", tmp_path / "bad.mp4", tmp_path / "cut.avi"
    write_clip(clip, Scene(1, (480, 480)), [ATTEMPT], 13.0)
    bad.write_bytes(b"not a video at all" * 100)
    cut.write_bytes(clip.read_bytes()[: clip.stat().st_size // 2])
    status, answers, told = run("video", "--json", bad, clip, cut)
    assert status == 2
    (answer,) = answers
    (person,) = answer["people"]  # type: ignore[misc]
    assert abs(person["count"] - TURNS) <= 1
    assert (answer["frames"], answer["fps"]) == (390, 30.0)
    assert set(person) == {"count", "events", "trips", "confidence"}
    assert f"{bad}: not a video" in told
    assert str(cut) in told


def test_laps_need_a_line(tmp_path: Path) -> None:
    for line in ([], ["--line", "1,2,3"], ["--line", "5,5,5,5"]):
        status, _, told = run("video", "--task", "laps", *line, tmp_path / "x.mp4")
        assert status == 2
        assert "--line" in told


def test_the_command_is_installed() -> None:
    from pathlib import Path as Where
    from sys import executable

    done = subprocess.run([Where(executable).parent / "touchline", "--help"], capture_output=True, text=True, check=True)
    for command in ("run", "demo", "count", "bench", "models", "simulate"):
        assert command in done.stdout
