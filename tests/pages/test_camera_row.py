"""A camera as the pages show it: a gateway of its own, a camera that freezes and goes dark, and real Chromium."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from simulators.camera import STANDING, Scene, VirtualCamera
from support.brokers import free_port
from support.browser import SIZES, look, open_page
from support.field import until
from support.on_air import on_air

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

ROOT = Path(__file__).resolve().parents[2]
WITHIN_MS = 3_000
"""What is promised: an error is on the page within this time."""
pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]


@pytest.fixture
def camera() -> Iterator[VirtualCamera]:
    with on_air(VirtualCamera(Scene(1, (320, 240)), lambda: [STANDING], port=free_port(), rate_hz=12)) as source:
        yield source


@pytest.fixture
def gateway(camera: VirtualCamera, tmp_path: Path) -> Iterator[str]:
    port = free_port()
    config = tmp_path / "touchline.toml"
    config.write_text(
        f'[gateway]\ndata_dir = "{tmp_path / "data"}"\n[web]\nport = {port}\n'
        f'[[cameras]]\nname = "north"\nsource = "{camera.url}"\nfps = 50\npose_providers = ["tensorrt"]\n'
    )
    command = [sys.executable, "-c", "from edge.cli import main; main()", "run", "--config", str(config)]
    with (tmp_path / "gateway.log").open("ab") as log:
        process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log, env=os.environ | {"PYTHONUNBUFFERED": "1"})
    until(lambda: answers(f"http://127.0.0.1:{port}/api/state"))
    yield f"http://127.0.0.1:{port}/"
    process.terminate()
    assert process.wait(20) == 0, (tmp_path / "gateway.log").read_text()[-2000:]


def answers(url: str) -> bool:
    with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=5):
        return True
    return False


def test_a_camera_that_freezes_or_is_covered_is_on_the_page_in_time_and_goes_again(
    gateway: str, camera: VirtualCamera, browser: Browser
) -> None:
    page = open_page(browser, gateway)
    page.click("summary:has-text('Cameras: 1')")
    row = page.locator("details li")
    row.filter(has_text="working").filter(has_text="pictures/s").filter(has_text="onnxruntime/lite/CPUExecutionProvider").wait_for()
    told = row.inner_text()
    assert "poses 4/s" in told
    assert "times of arrival" in told
    assert "fps 50 refused: it gives 25" in told
    assert "provider tensorrt skipped" in told
    for size in SIZES:
        page.set_viewport_size({"width": size[0], "height": size[1]})
        look(page)

    problems = page.locator("ul.problems")
    for fault, words in (("frozen", "stands still"), ("dark", "is dark"), ("drop", "no picture")):
        setattr(camera.faults, fault, True)
        problems.filter(has_text=words).wait_for(timeout=WITHIN_MS)
        setattr(camera.faults, fault, False)
        problems.wait_for(state="detached", timeout=20_000)
    page.close()
