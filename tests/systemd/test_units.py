"""The units are valid, and allow the service no more than it needs."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from edge.settings import load_settings

SYSTEMD = Path(__file__).resolve().parents[2] / "systemd"
UNITS = sorted(SYSTEMD.glob("*.service"))
each_unit = pytest.mark.parametrize("unit", UNITS, ids=[unit.stem for unit in UNITS])


def analyze(*words: str) -> subprocess.CompletedProcess[str]:
    if shutil.which("systemd-analyze") is None:
        message = "systemd-analyze is not installed: apt-get install systemd"
        if os.environ.get("TOUCHLINE_REQUIRE_TOOLS") == "1":
            pytest.fail(message)
        pytest.skip(message)
    return subprocess.run(["systemd-analyze", *words], capture_output=True, text=True, check=False)


@each_unit
def test_systemd_finds_nothing_wrong(unit: Path, tmp_path: Path) -> None:
    # The program is not installed where the tests run; all else is checked as it is.
    there = tmp_path / unit.name
    there.write_text(re.sub(r"/opt/touchline/\.venv/bin/touchline", "/bin/true", unit.read_text()))
    done = analyze("verify", "--man=no", str(there))
    assert (done.returncode, done.stderr.strip()) == (0, "")


@each_unit
def test_the_exposure_is_at_most_two(unit: Path) -> None:
    done = analyze("security", "--offline=true", "--threshold=20", str(unit))
    assert done.returncode == 0, done.stdout[-600:]
    score = re.search(r"Overall exposure level for .*: ([0-9.]+)", done.stdout)
    assert score is not None
    assert float(score.group(1)) <= 2.0


def test_the_gateway_is_watched() -> None:
    text = (SYSTEMD / "touchline.service").read_text()
    assert "Type=notify" in text
    assert "WatchdogSec=" in text


def test_the_example_settings_are_good() -> None:
    assert load_settings(SYSTEMD / "touchline.example.toml").web.host == "0.0.0.0"
