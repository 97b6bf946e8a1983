"""`touchline plot` as a user types it."""

from __future__ import annotations

import re
import struct
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest

pytest.importorskip("matplotlib", reason="the plot extra is not installed")

from typer.testing import CliRunner

from edge.capture.load_shedding import LEAST_POSE_HZ
from edge.cli import app
from edge.plots.curve_file import Curve, CurvePoint, write_curve
from simulators.band_motion import Limb, Style, skipping_motion, write_motion
from simulators.camera import Scene, write_clip
from simulators.pupil import Ability
from simulators.pupil import attempt as tries

if TYPE_CHECKING:
    from pathlib import Path

CLIP_S = 6.0


@pytest.fixture(scope="module")
def attempt(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("recordings") / "attempt.csv"
    write_motion(file, skipping_motion(Style.DOUBLE_BOUNCE, limb=Limb.LEFT_WRIST, seconds=10, seed=3))
    return file


def plot(*words: object) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, ["plot", "imu", *map(str, words)])
    return done.exit_code, done.stdout, done.stderr


def test_a_png_that_fits_a_page(attempt: Path, tmp_path: Path) -> None:
    out = tmp_path / "new" / "picture.png"
    status, told, _ = plot(attempt, "--out", out, "--live")
    assert (status, told.strip()) == (0, str(out))
    picture = out.read_bytes()
    assert picture.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", picture[16:24])
    assert 1000 <= width <= 1600
    assert height < width


def test_an_svg_with_a_mark_for_every_skip(attempt: Path, tmp_path: Path) -> None:
    out = tmp_path / "picture.svg"
    assert plot(attempt, "--out", out)[0] == 0
    picture = out.read_text()
    (count,) = set(re.findall(r"<!-- (\d+) skips -->", picture))
    assert [int(number) for number in re.findall(r'id="skip-(\d+)"', picture)] == list(range(1, int(count) + 1))


def test_the_same_recording_gives_the_same_picture(attempt: Path, tmp_path: Path) -> None:
    for name in ("a.svg", "b.svg"):
        plot(attempt, "--out", tmp_path / name)
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


def test_several_into_a_folder_and_a_bad_one_is_one_line(attempt: Path, tmp_path: Path) -> None:
    other, missing, out = tmp_path / "other.npz", tmp_path / "missing.csv", tmp_path / "pictures"
    t_s = np.arange(0, 10, 0.02)
    np.savez(other, time_s=t_s, acc_mps2=9.81 + np.sin(12 * t_s))
    status, told, errors = plot(attempt, missing, other, "--out", out)
    assert status == 2
    assert told.split() == [str(out / "attempt.png"), str(out / "other.png")]
    assert errors.strip() == f"{missing}: cannot be read (No such file or directory)"
    assert sorted(file.name for file in out.iterdir()) == ["attempt.png", "other.png"]


def test_steps_with_their_truth(attempt: Path, tmp_path: Path) -> None:
    truth, out = tmp_path / "truth.csv", tmp_path / "steps.svg"
    truth.write_text("t_s,foot\n4.1,L\n4.6,R\n5.1,L\n")
    assert plot(attempt, "--task", "steps", "--truth", truth, "--out", out)[0] == 0
    assert out.read_text().count('id="truth-') == 3


@pytest.mark.parametrize(
    ("content", "says"), [(None, "cannot be read"), ("cycle\n1\n", "no column of seconds"), ("t_s\nx\n", "not a number")]
)
def test_a_truth_that_is_none_is_said(attempt: Path, tmp_path: Path, content: str | None, says: str) -> None:
    truth = tmp_path / "truth.csv"
    if content is not None:
        truth.write_text(content)
    status, told, errors = plot(attempt, "--truth", truth, "--out", tmp_path / "x.png")
    assert (status, told) == (2, "")
    assert says in errors
    assert not (tmp_path / "x.png").exists()


def test_what_cannot_be_done_is_said(attempt: Path, tmp_path: Path) -> None:
    assert "ends in .png or .svg" in plot(attempt, "--out", tmp_path / "x.pdf")[2]
    assert "one recording" in plot(attempt, attempt, "--out", tmp_path / "x.png")[2]


def test_without_matplotlib_it_tells_how_to_install_it(attempt: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == "matplotlib" or name == "edge.plots.motion"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    status, _, errors = plot(attempt)
    assert status == 2
    assert errors.strip() == "pictures need matplotlib, which is not installed: pip install 'touchline[plot]'"


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("clips") / "clip.avi"
    write_clip(file, Scene(1, (240, 320)), [tries(Ability(cadence_per_min=120, trips_per_min=0), CLIP_S, 3)], CLIP_S)
    return file


def test_a_video_has_a_mark_for_every_skip_and_key_frame(clip: Path, tmp_path: Path) -> None:
    out = tmp_path / "picture.svg"
    done = CliRunner().invoke(app, ["plot", "video", str(clip), "--out", str(out), "--live"])
    assert (done.exit_code, done.stdout.strip()) == (0, str(out)), done.output
    picture = out.read_text()
    (count,) = set(re.findall(r"<!-- (\d+) skips -->", picture))
    assert int(count) > 5
    assert [int(number) for number in re.findall(r'id="skip-(\d+)"', picture)] == list(range(1, int(count) + 1))
    assert picture.count('id="key-') > LEAST_POSE_HZ * CLIP_S, "poses are not taken more seldom, however calm the body is"
    assert 'id="live-' in picture


def test_a_video_that_is_none_is_one_line(clip: Path, tmp_path: Path) -> None:
    missing = tmp_path / "missing.mp4"
    done = CliRunner().invoke(app, ["plot", "video", str(missing), str(clip), "--out", str(tmp_path)])
    assert done.exit_code == 2
    assert done.stderr.strip() == f"{missing}: cannot be read (No such file or directory)"
    assert (tmp_path / "clip.png").is_file()


def test_an_engine_that_is_none_is_said(clip: Path, tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["plot", "video", str(clip), "--out", str(tmp_path), "--pose", "abacus"])
    assert done.exit_code == 2
    assert "'abacus' names no pose engine" in done.stderr


def test_a_curve_is_drawn_from_its_file(tmp_path: Path) -> None:
    runs = (0.01, 0.02)
    file = tmp_path / "curve.json"
    write_curve(file, Curve(7, 298, 6, (CurvePoint("onnxruntime:lite", 5.0, *[runs] * 8),)))
    done = CliRunner().invoke(app, ["plot", "curve", str(file)])
    assert (done.exit_code, done.stdout.strip()) == (0, str(tmp_path / "curve.png")), done.output
    assert (tmp_path / "curve.png").read_bytes().startswith(b"\x89PNG")
    file.write_text("{}")
    assert "not a file of" in CliRunner().invoke(app, ["plot", "curve", str(file)]).stderr
