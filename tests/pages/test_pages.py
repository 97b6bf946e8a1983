"""The pages of a real gateway in real Chromium: three taps to the countdown, live numbers, results, both languages, no overlap."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import pytest

from edge.cli.demo import roster_csv
from support.browser import LANGUAGES, SIZES, look, open_page
from support.field import WholeField, until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]


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
