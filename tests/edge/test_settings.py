"""Settings: every fault at once, the environment wins, and everything is documented."""

from __future__ import annotations

import typing
from pathlib import Path

import pytest
from pydantic import BaseModel

from edge.metrics import COUNTERS, GAUGES
from edge.settings import Settings, SettingsError, load_settings

ROOT = Path(__file__).resolve().parents[2]


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    file = tmp_path / "touchline.toml"
    file.write_text('[web]\nport = 99999\ncolour = "red"\n[gateway]\nid = "Field One"\n')
    with pytest.raises(SettingsError) as told:
        load_settings(file)
    assert [fault.split(":")[0] for fault in told.value.faults] == ["gateway.id", "web.port", "web.colour"]


@pytest.mark.parametrize(("content", "words"), [(None, "cannot be read"), ("[web", "not TOML")])
def test_a_file_that_is_no_settings_file(tmp_path: Path, content: str | None, words: str) -> None:
    file = tmp_path / "touchline.toml"
    if content is not None:
        file.write_text(content)
    with pytest.raises(SettingsError, match=words):
        load_settings(file)


def test_the_environment_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "touchline.toml"
    file.write_text("[web]\nport = 9000\nhost = '127.0.0.2'\n")
    monkeypatch.setenv("TOUCHLINE_WEB__PORT", "9001")
    web = load_settings(file).web
    assert (web.port, web.host) == (9001, "127.0.0.2")


def test_a_camera_is_told_what_to_ask_for(tmp_path: Path) -> None:
    file = tmp_path / "touchline.toml"
    file.write_text(
        '[[cameras]]\nname = "a"\nsource = "v4l2:0"\nexposure = 4\n[[cameras]]\nname = "b"\nsource = "v4l2:1"\nrotate = 90\n'
    )
    one, other = load_settings(file).cameras
    assert (one.exposure, one.rotate) == (4.0, 0)
    assert (other.exposure, other.rotate, other.width) == (None, 90, None)
    file.write_text('[[cameras]]\nname = "a"\nsource = "v4l2:0"\nexposure = "auto"\n')
    assert load_settings(file).cameras[0].exposure == "auto"
    file.write_text('[[cameras]]\nname = "a"\nsource = "v4l2:0"\nexposure = "long"\nrotate = 45\nfourcc = "jpeg"\nfps = 1\n')
    with pytest.raises(SettingsError) as told:
        load_settings(file)
    assert {fault.split(":")[0].split(".")[2] for fault in told.value.faults} == {"exposure", "rotate", "fourcc", "fps"}


def test_secrets_are_not_shown() -> None:
    settings = Settings(bands={"master_key": "00" * 16})  # type: ignore[arg-type]
    assert "0000" not in settings.model_dump_json()


def _fields(model: type[BaseModel], before: str) -> list[str]:
    names = []
    for name, field in model.model_fields.items():
        inner = [
            t for t in (field.annotation, *typing.get_args(field.annotation)) if isinstance(t, type) and issubclass(t, BaseModel)
        ]
        names += _fields(inner[0], f"{before}{name}.") if inner else [before + name]
    return names


def test_every_setting_is_documented() -> None:
    text = (ROOT / "docs/settings.md").read_text(encoding="utf-8")
    assert [name for name in _fields(Settings, "") if f"`{name}`" not in text] == []


def test_every_metric_is_documented() -> None:
    text = (ROOT / "docs/metrics.md").read_text(encoding="utf-8")
    assert [name for name in (*COUNTERS, *GAUGES) if f"`{name}`" not in text] == []
