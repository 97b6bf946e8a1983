"""A count looked at again, in real Chromium over a real gateway: scrub, take a skip away, correct it, and the trail shows it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from support.browser import LANGUAGES, SIZES, look, open_page
from support.replay_field import ReplayField, Seeded, skipper

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

SECONDS = 10.0
PAINTED = """() => {
  const canvas = document.querySelector('canvas.clip')
  return canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some((value) => value > 60 && value < 250)
}"""
WORDS = {"en": ("Add a skip here", "Not a skip"), "zh": ("这里补一跳", "这不是一跳")}


@pytest.fixture(scope="module")
def field(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReplayField]:
    """Stone trips; Willow has a band and is hidden for a while, so the two counts differ; River's hands turn no rope."""
    stone = skipper(3, SECONDS, trips_per_min=4, cadence_per_min=130)
    willow = skipper(5, SECONDS, trips_per_min=0, cadence_per_min=150)
    river = skipper(7, SECONDS, trips_per_min=0, cadence_per_min=120)
    pupils = [Seeded(stone), Seeded(willow, willow.skips_until(SECONDS), (4.0, 8.5)), Seeded(river, rope=False)]
    seeded = ReplayField(tmp_path_factory.mktemp("replay"), pupils, SECONDS)
    seeded.start()
    yield seeded
    seeded.kill()


def results(browser: Browser, field: ReplayField, size: tuple[int, int] = (1280, 800), language: str = "en") -> Page:
    page = open_page(browser, field.url + "/", size, language)
    page.wait_for_selector("[data-replay]")
    return page


def choose(page: Page, name: str) -> None:
    page.locator(f".row:has-text('{name}')").click()
    page.wait_for_selector(f".why:has-text('{name}')")
    page.wait_for_selector("[data-replay]")


def moment(page: Page) -> int:
    return int(page.get_by_role("slider").get_attribute("aria-valuenow") or "-1")


def scrub(page: Page, share: float) -> None:
    """A finger on the strip of the whole attempt."""
    box = page.get_by_role("slider").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 0.2 * box["width"], box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + share * box["width"], box["y"] + 20, steps=5)
    page.mouse.up()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("size", SIZES)
def test_the_replay_looks_right(field: ReplayField, browser: Browser, size: tuple[int, int], language: str) -> None:
    page = results(browser, field, size, language)
    for name in ("River", "Stone", "Willow"):
        choose(page, name)
        look(page)
    page.close()


def test_band_and_camera_stand_side_by_side_where_they_differ(field: ReplayField, browser: Browser) -> None:
    page = results(browser, field)
    choose(page, "Willow")
    caption = page.locator("figcaption").inner_text()
    assert re.search(r"camera\s+\d+", caption)
    assert re.search(r"band\s+\d+", caption)
    assert moment(page) == pytest.approx(4_000, abs=100), "it begins where the camera lost sight"
    page.wait_for_selector("[data-figure=none]")
    choose(page, "River")
    assert "band" not in page.locator("figcaption").inner_text()
    assert page.locator("figcaption >> text=rope not seen").count() == 1
    choose(page, "Stone")
    assert page.locator("figcaption >> text=rope not seen").count() == 0
    assert page.locator("figcaption >> text=trips: 1").count() == 1
    page.close()


def test_it_is_scrubbed_played_slowly_and_stepped_and_the_figure_moves(field: ReplayField, browser: Browser) -> None:
    page = results(browser, field)
    choose(page, "River")
    page.wait_for_selector("[data-figure=there]")
    scrub(page, 0.5)
    assert moment(page) == pytest.approx(SECONDS * 500, abs=300)
    figure = page.locator(".stage svg path").last
    before = figure.get_attribute("d")
    page.keyboard.press("ArrowRight")
    assert moment(page) == pytest.approx(SECONDS * 500 + 100, abs=300)
    assert figure.get_attribute("d") != before
    page.get_by_role("button", name="0.25×").click()
    start = moment(page)
    page.get_by_role("button", name="Play").click()
    page.wait_for_function(f"() => Number(document.querySelector('[role=slider]').ariaValueNow) > {start + 200}")
    page.get_by_role("button", name="Pause").click()
    stopped = moment(page)
    page.get_by_role("button", name="Next skip").click()
    assert moment(page) > stopped
    assert page.get_by_role("button", name="Not a skip").count() == 1, "it stands on a skip"
    page.wait_for_function(PAINTED)
    assert page.faults == []  # type: ignore[attr-defined]
    page.close()


def test_a_finger_takes_skips_away_and_adds_some_and_each_step_is_undone(field: ReplayField, browser: Browser) -> None:
    page = results(browser, field)
    choose(page, "River")
    before = int(page.locator("output").inner_text())
    scrub(page, 0.5)
    page.get_by_role("button", name="Next skip").click()
    zoom, marks = page.locator(".zoom").bounding_box(), page.locator("circle.on")
    assert zoom is not None
    head = zoom["x"] + zoom["width"] / 2
    row = marks.first.bounding_box()
    assert row is not None
    page.mouse.click(head, row["y"] + 8)
    assert page.locator("output").inner_text() == str(before - 1)
    assert page.locator(".off").count() == 1
    step = zoom["width"] / 4_000 * 500
    page.mouse.click(head + step / 2, row["y"] + 8)
    assert page.locator("output").inner_text() == str(before), "half way to the next one there was none: it is added"
    assert page.locator(".new").count() == 1
    page.mouse.move(head, row["y"] + 8)
    page.mouse.down()
    page.mouse.move(head - 90, row["y"] + 8, steps=4)
    page.mouse.up()
    assert page.locator("output").inner_text() == str(before), "a finger that moves scrubs and changes nothing"
    undo = page.get_by_role("button", name="Undo", exact=True)
    undo.click()
    undo.click()
    assert page.locator("output").inner_text() == str(before)
    assert page.locator("[data-edit]").count() == 0
    assert undo.is_disabled()
    page.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_skip_is_taken_away_with_a_reason_and_the_trail_shows_it(field: ReplayField, browser: Browser, language: str) -> None:
    page = results(browser, field, language=language)
    choose(page, "Stone")
    before = int(page.locator("output").inner_text())
    page.locator("[aria-label='Next skip'], [aria-label='下一跳']").click()
    page.get_by_role("button", name=WORDS[language][1]).click()
    assert page.locator("output").inner_text() == str(before - 1)
    page.click("text=/Watched it|看了回放/")
    expect(page.locator(".audit li").last).to_contain_text(
        re.compile(rf"set to {before - 1} \(Watched it\)|改为 {before - 1} 次（看了回放）")
    )
    page.wait_for_selector("[data-edit]", state="detached")
    assert page.locator(".row.chosen strong").inner_text() == str(before - 1)
    page.click("text=/Undo correction|撤销更正/")
    expect(page.locator(".audit li").last).to_contain_text(re.compile(f"undone, {before} stands again|撤销，恢复 {before} 次"))
    expect(page.locator("output")).to_have_text(str(before))
    look(page)
    page.close()


def test_the_gateway_tells_how_much_is_kept(field: ReplayField) -> None:
    state = field.state()
    assert state["sources"]["evidence"]["attempts"] == 3
    assert state["sources"]["evidence"]["clips"] == 1
    assert 0 < state["sources"]["evidence"]["bytes_used"] < 20_000
