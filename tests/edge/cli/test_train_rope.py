"""One command trains the network and judges it beside signal processing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

pytest.importorskip("jax", reason="the training extra is not installed")

from typer.testing import CliRunner

from edge.cli import app
from edge.cli.train_rope import write_simulated
from models.training.rope_tcn.recordings import Role, load

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_simulated(tmp_path_factory.mktemp("simulated"), 1)


def test_simulated_recordings_are_read_like_real_ones(simulated: Path) -> None:
    recordings = load(simulated)
    assert {recording.role for recording in recordings} == set(Role)
    for recording in recordings:
        if recording.role is Role.ROPE:
            assert sum(map(len, recording.bouts or ())) == recording.true_count > 0
        else:
            assert recording.true_count == 0


def test_it_trains_judges_and_writes(simulated: Path, tmp_path: Path) -> None:
    entries = json.loads((simulated / "manifest.json").read_text())
    wanted = ("rope_skip_single-bounce", "no rope: desk-work")
    two = [next(entry for entry in entries if entry["activity"] == activity) for activity in wanted]
    for entry, subject in zip(two, "ab", strict=True):
        entry["subject"] = subject
    (simulated / "two").mkdir()
    for kind in ("imu", "steps"):
        (simulated / "two" / kind).symlink_to(simulated / kind)
    (simulated / "two" / "manifest.json").write_text(json.dumps(two))
    out = tmp_path / "rope.onnx"
    arguments = ["models", "train-rope", str(simulated / "two"), "--steps", "1", "--no-simulated", "--out", str(out)]
    told = CliRunner().invoke(app, arguments, env={"COLUMNS": "200"})
    assert told.exit_code == 0, told.output
    assert "gate of attempts 1" in told.output
    assert 0 < out.stat().st_size < 200_000


def test_a_folder_without_a_manifest_is_named(tmp_path: Path) -> None:
    told = CliRunner().invoke(app, ["models", "train-rope", str(tmp_path)])
    assert told.exit_code == 2
    assert "manifest.json" in told.output
