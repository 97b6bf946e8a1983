"""Take pictures of every page of a running demo, in both languages and orientations.

    .venv/bin/python scripts/screenshots.py FOLDER

Starts its own demo on ports of its own, with a 30-second test, and ends it again.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

WEB, PLATFORM = 18480, 18490
PORTS = [
    "--web-port",
    str(WEB),
    "--platform-port",
    str(PLATFORM),
    "--broker-port",
    "18831",
    "--radio-port",
    "17801",
    "--camera-port",
    "17802",
]
SIZES = {"landscape": (1280, 800), "portrait": (800, 1280), "board": (1920, 1080)}
CHROMIUM = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-background-networking", "--disable-sync", "--no-first-run"]


def main() -> int:
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as data:
        touchline = Path(sys.executable).parent / "touchline"
        demo = subprocess.Popen([touchline, "demo", "--data", data, "--activity", "rope-30", "--no-loop", *PORTS])
        try:
            wait_for(f"http://127.0.0.1:{WEB}/api/state")
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM)
                take_all(browser, folder)
                take_run(browser, folder)
                browser.close()
        finally:
            demo.send_signal(signal.SIGINT)
            demo.wait(30)
    return 0


def take_all(browser: Browser, folder: Path) -> None:
    """Walk through a heat and take each page at each moment."""
    time.sleep(3)
    shoot(browser, folder, "start", "/", ("landscape", "portrait"))
    shoot(browser, folder, "stations", "/stations", ("landscape", "portrait"))
    page = browser.new_page()
    page.goto(f"http://127.0.0.1:{WEB}/?lang=zh")
    page.locator("button.start").click()
    page.wait_for_selector("[role=timer]")
    shoot(browser, folder, "board-countdown", "/board", ("board",), languages=("zh",))
    time.sleep(18)
    shoot(browser, folder, "live", "/", ("landscape", "portrait"))
    shoot(browser, folder, "board-live", "/board", ("board", "landscape", "portrait"))
    page.wait_for_selector("text=/成绩表|Sheet/", timeout=60_000)
    time.sleep(1)
    shoot(browser, folder, "results", "/", ("landscape", "portrait"))
    shoot(browser, folder, "board-results", "/board", ("board",))
    shoot(browser, folder, "platform", "/", ("landscape", "portrait"), port=PLATFORM)


def take_run(browser: Browser, folder: Path) -> None:
    """A run of 1000 m with a question about who was first, on a gateway whose line is passed by this script."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
    from support.run_field import NAMES, RunField  # noqa: PLC0415 - beside the tests, and only for this picture

    with tempfile.TemporaryDirectory() as data:
        field = RunField(Path(data), NAMES[:22])
        field.start()
        try:
            field.go("run-1000")
            laps = [(lap * (50.2 + number * 0.43) + number * lap % 3, number) for number in range(1, 23) for lap in range(1, 6)]
            laps = sorted((at_s, number) for at_s, number in laps if at_s < 256 or number not in {3, 4})
            for at_s, number in [one for one in laps if one[0] < 256]:
                field.passes(number, at_s, by=("camera", "band"))
            field.together((3, 256.72), (4, 256.78))
            field.wind_to(258)
            shoot(browser, folder, "run", "/", ("landscape", "portrait"), port=field.port)
            shoot(browser, folder, "board-run", "/board", ("board",), port=field.port)
            field.call(f"/api/orders/{field.run()['orders'][0]['dispute']}", {"attempts": [field.attempt(3), field.attempt(4)]})
            field.wind_to(400)
            for at_s, number in [one for one in laps if one[0] >= 256]:
                field.passes(number, at_s, by=("camera", "band"), doubt="no_steps" if number == 9 else None)
            time.sleep(2)
            shoot(browser, folder, "run-results", "/", ("landscape", "portrait"), port=field.port)
        finally:
            field.stop()


def shoot(
    browser: Browser,
    folder: Path,
    name: str,
    path: str,
    sizes: tuple[str, ...],
    languages: tuple[str, ...] = ("zh", "en"),
    port: int = WEB,
) -> None:
    """One page in every size and language that is asked for."""
    for size in sizes:
        width, height = SIZES[size]
        for language in languages:
            page = browser.new_page(viewport={"width": width, "height": height})
            page.goto(f"http://127.0.0.1:{port}{path}?lang={language}")
            page.wait_for_timeout(700)
            page.screenshot(path=folder / f"{name}.{language}.{size}.png")
            page.close()


def wait_for(url: str) -> None:
    """Return when the address answers."""
    for _ in range(600):
        try:
            with urllib.request.urlopen(url, timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    sys.exit(f"{url} does not answer")


if __name__ == "__main__":
    sys.exit(main())
