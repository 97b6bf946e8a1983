"""Built models are what was built; an altered byte is found and nothing is loaded."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from edge.cli import app
from models.build import build
from models.catalog import load_catalog, models_folder, read_model, verify
from models.errors import BuildFailed, ModelUnusable

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    copy = tmp_path / "models"
    shutil.copytree(models_folder(), copy)
    monkeypatch.setenv("TOUCHLINE_MODELS", str(copy))
    return copy


def test_what_was_built_is_whole(folder: Path) -> None:
    assert verify(folder) == []
    assert build(folder) == [], "nothing is built twice"
    assert CliRunner().invoke(app, ["models", "verify"]).exit_code == 0


def test_one_altered_byte_is_found(folder: Path) -> None:
    file = folder / "lite.onnx"
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    assert [fault.split(":")[0] for fault in verify(folder)] == ["lite.onnx"]
    with pytest.raises(ModelUnusable, match="not what was built"):
        read_model("lite.onnx")
    told = CliRunner().invoke(app, ["models", "verify"])
    assert told.exit_code == 2
    assert "build --again" in told.output


def test_a_model_that_is_missing_says_what_to_type(folder: Path) -> None:
    (folder / "full.onnx").unlink()
    with pytest.raises(ModelUnusable, match="touchline models build"):
        read_model("full.onnx")


def test_without_npm_and_without_a_network_it_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    with pytest.raises(BuildFailed, match="Is there a network"):
        build(tmp_path / "models")


def test_the_list_names_every_model() -> None:
    told = CliRunner().invoke(app, ["models", "list"]).output
    assert all(model.name in told for model in load_catalog().models)
