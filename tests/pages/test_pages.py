"""The pages of a real gateway in real Chromium: three taps to the countdown, live numbers, results, both languages, no overlap."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from edge.cli.demo import roster_csv
from support.field import WholeField, until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = Path("/usr/bin/chromium")
OPTIONS = [
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-sync",
    "--no-first-run",
    "--disable-gpu",
]
SIZES = [(1280, 800), (800, 1280)]
LANGUAGES = ["zh", "en"]
pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

CLIPPED = """() => [...document.querySelectorAll('body *')].filter((e) => {
  const style = getComputedStyle(e)
  if (style.visibility === 'hidden' || !e.offsetParent || e.closest('.visually-hidden')) return false
  const text = [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim())
  return text && e.scrollWidth > e.clientWidth + 2 && style.display !== 'inline' && style.overflowX !== 'visible'
}).map((e) => e.className + ': ' + e.textContent.trim().slice(0, 40))"""
OUTSIDE = """() => [...document.querySelectorAll('button, a, strong, h1, .chip')].filter((e) => {
  const box = e.getBoundingClientRect()
  return box.width && (box.left < -1 || box.right > innerWidth + 1)
}).map((e) => e.tagName + ' ' + e.textContent.trim().slice(0, 40))"""
OVERLAPPING = """() => {
  const parts = 'header > *, footer button, footer a, .tile .head > *, .tile .count, .tile .side, .tile .foot, .tile .way'
  const boxes = [...document.querySelectorAll(parts)]
    .filter((e) => e.offsetParent && e.textContent.trim()).map((e) => [e, e.getBoundingClientRect()])
  const found = []
  boxes.forEach(([a, p], i) => boxes.slice(i + 1).forEach(([b, q]) => {
    if (a.contains(b) || b.contains(a)) return
    const x = Math.min(p.right, q.right) - Math.max(p.left, q.left), y = Math.min(p.bottom, q.bottom) - Math.max(p.top, q.top)
    if (x > 2 && y > 2) found.push(a.textContent.trim().slice(0, 20) + ' / ' + b.textContent.trim().slice(0, 20))
  }))
  return found
}"""
SMALL = """() => [...document.querySelectorAll('button, a')].filter((e) => {
  const box = e.getBoundingClientRect()
  return box.width && (box.height < 47.5 || box.width < 47.5)
}).map((e) => e.textContent.trim().slice(0, 40) + ' ' + JSON.stringify(e.getBoundingClientRect()))"""
TINY = """() => [...document.querySelectorAll('body *')].filter((e) => e.offsetParent
  && parseFloat(getComputedStyle(e).fontSize) < 14
  && [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim())).map((e) => e.textContent.trim().slice(0, 40))"""


@pytest.fixture(scope="module")
def field(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WholeField]:
    whole = WholeField(tmp_path_factory.mktemp("pages") / "field", "amqtt")
    try:
        whole.start_all()
        whole.call("/api/rosters", roster_csv(12))
        until(lambda: (whole.state() or {})["sources"]["bands_heard"] == 12)
        yield whole
    finally:
        whole.stop_all()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        import os

        message = "chromium is not installed: apt-get install chromium"
        if os.environ.get("TOUCHLINE_REQUIRE_TOOLS") == "1":
            pytest.fail(message)
        pytest.skip(message)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=str(CHROMIUM), args=OPTIONS)
        yield opened
        opened.close()


def open_page(browser: Browser, url: str, size: tuple[int, int] = (1280, 800), language: str = "en") -> Page:
    page = browser.new_page(viewport={"width": size[0], "height": size[1]})
    page.faults = []  # type: ignore[attr-defined]
    page.on("console", lambda m: page.faults.append(m.text) if m.type == "error" and "WebSocket" not in m.text else None)  # type: ignore[attr-defined]
    page.on("pageerror", lambda e: page.faults.append(str(e)))  # type: ignore[attr-defined]
    page.goto(f"{url}?lang={language}")
    page.wait_for_selector("h1")
    return page


def look(page: Page, *, targets: bool = True) -> None:
    page.wait_for_timeout(250)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "no sideways scrolling"
    for name, script in (("clipped", CLIPPED), ("outside", OUTSIDE), ("overlapping", OVERLAPPING), ("below 14 px", TINY)):
        assert page.evaluate(script) == [], name
    if targets:
        assert page.evaluate(SMALL) == [], "targets of 48 px"
    page.evaluate((ROOT / "pages/node_modules/axe-core/axe.min.js").read_text())
    report: dict[str, Any] = page.evaluate("axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa']})")
    assert [(v["id"], v["nodes"][0]["html"][:120]) for v in report["violations"]] == []
    assert page.faults == []  # type: ignore[attr-defined]


def web(field: WholeField) -> str:
    return f"http://127.0.0.1:{field.ports.web}/"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("size", SIZES)
def test_start_looks_right(field: WholeField, browser: Browser, size: tuple[int, int], language: str) -> None:
    page = open_page(browser, web(field), size, language)
    page.wait_for_selector("button.start:not([disabled])")
    assert page.evaluate("document.documentElement.lang") == {"zh": "zh-CN", "en": "en"}[language]
    look(page)
    page.close()


def test_a_lesson_from_three_taps_to_a_corrected_result(field: WholeField, browser: Browser) -> None:
    page, board = open_page(browser, web(field)), open_page(browser, web(field) + "board", (1920, 1080), "zh")
    page.click("button.class")
    page.click("button.activity:has-text('Free')")
    page.click("button.start")
    page.wait_for_selector("[role=timer]")
    board.wait_for_selector(".countdown [role=timer]")
    assert field.heat()["state"] == "countdown"

    page.wait_for_function(
        "() => [...document.querySelectorAll('.tile .count')].every((e) => parseInt(e.textContent) > 4)", timeout=40_000
    )
    board.wait_for_selector("ol li >> nth=11")
    for size in SIZES:
        page.set_viewport_size({"width": size[0], "height": size[1]})
        look(page)
    look(board, targets=False)
    assert "bpm" not in board.content()

    page.click("text=中")
    page.wait_for_selector("text=按住结束")
    page.set_viewport_size({"width": 800, "height": 1280})
    look(page)
    page.set_viewport_size({"width": 1280, "height": 800})
    page.click("text=EN")

    stop = page.locator("button:has-text('Hold to stop')")
    stop.click()
    time.sleep(0.3)
    assert field.heat()["state"] == "running", "a brush of the hand ends nothing"
    box = stop.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 20, box["y"] + 20)
    page.mouse.down()
    page.wait_for_timeout(1_000)
    page.mouse.up()

    page.wait_for_selector("text=/Heat 1 results/", timeout=20_000)
    for size in SIZES:
        page.set_viewport_size({"width": size[0], "height": size[1]})
        look(page)
    page.set_viewport_size({"width": 1280, "height": 800})
    row = page.locator(".row").first
    row.click()
    before = int(page.locator("output").inner_text())
    page.click("button[aria-label='one more']")
    page.click("text=Watched it")
    page.wait_for_selector(f"text=/set to {before + 1}/")
    page.click("text=Undo correction")
    page.wait_for_selector(f"text=/undone, {before} stands again/")
    look(page)
    page.close()
    board.close()


def test_the_page_comes_back_when_the_gateway_does(field: WholeField, browser: Browser) -> None:
    page = open_page(browser, web(field))
    page.wait_for_selector("[data-saved=delivered], [data-saved=waiting]")
    field.kill("gateway")
    page.wait_for_selector("[data-saved=lost]")
    assert page.locator("h1").inner_text().strip(), "the last numbers stay"
    field.start("gateway")
    page.wait_for_selector("[data-saved=delivered], [data-saved=waiting]", timeout=30_000)
    page.close()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("size", SIZES)
def test_the_platform_shows_results_without_names(
    field: WholeField, browser: Browser, size: tuple[int, int], language: str
) -> None:
    page = open_page(browser, f"http://127.0.0.1:{field.ports.platform}/", size, language)
    page.wait_for_selector("tbody tr", timeout=30_000)
    look(page)
    assert not re.search("柳小禾|石溪|江一帆", page.content())
    page.close()


def test_a_class_list_with_faults_is_said_with_its_lines(field: WholeField, browser: Browser, tmp_path: Path) -> None:
    if field.heat()["state"] != "none":
        field.call("/api/lessons/close", {})
    (tmp_path / "class.csv").write_text("class,number,name,sex,grade\n4-3,x,Stone,F,4\n4-3,2,,F,99\n")
    page = open_page(browser, web(field))
    page.wait_for_selector("button.start")
    page.set_input_files("input[type=file]", tmp_path / "class.csv")
    page.wait_for_selector("[role=alert]")
    told = page.locator("[role=alert]").inner_text()
    assert "Line 2" in told
    assert "Line 3" in told
    look_at = page.locator("button.class").count()
    assert look_at == 1, "nothing was taken in"
    page.close()
