"""A run on the tablet and the big screen, in real Chromium: laps come, the photo finish settles a dispute, taps are undone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from edge.lesson.changes import OrderSettled
from support.browser import LANGUAGES, SIZES, look, open_page
from support.field import until
from support.run_field import NAMES, RunField

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

PAINTED = "() => [...document.querySelectorAll('.view img')].every((img) => img.complete && img.naturalWidth > 0)"
STONE, WILLOW, RIVER, MAPLE = 1, 2, 3, 4


@pytest.fixture(scope="module")
def field(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunField]:
    running = RunField(tmp_path_factory.mktemp("run"))
    running.start()
    yield running
    running.stop()


def order(page: Page) -> list[str]:
    return page.locator("[data-runner] .name b").all_inner_texts()


def row(page: Page, name: str) -> str:
    return page.locator(f"[data-runner]:has-text('{name}')").first.inner_text()


def hold_to_stop(page: Page) -> None:
    box = page.locator("button.bad:has-text('Hold to stop')").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 20, box["y"] + 20)
    page.mouse.down()
    page.wait_for_timeout(1_000)
    page.mouse.up()


def zoom_and_pan(page: Page) -> None:
    slider, before = page.get_by_role("slider"), int(page.locator("[data-rate]").get_attribute("data-rate") or 0)
    page.get_by_role("button", name="Zoom 4 times").click()
    assert int(page.locator("[data-rate]").get_attribute("data-rate") or 0) == pytest.approx(2 * before, abs=2)
    page.wait_for_function(PAINTED)
    box, middle = slider.bounding_box(), int(slider.get_attribute("aria-valuenow") or 0)
    assert box is not None
    page.mouse.move(box["x"] + 300, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + 200, box["y"] + 60, steps=4)
    page.mouse.up()
    assert int(slider.get_attribute("aria-valuenow") or 0) > middle, "a finger to the left goes on in time"


def test_a_12_minute_run_with_a_dispute_settled_by_the_photo_finish(field: RunField, browser: Browser) -> None:
    page, board = open_page(browser, field.url + "/"), open_page(browser, field.url + "/board", (1920, 1080))
    page.click("button.activity:has-text('12 min')")
    page.click("button.start")
    expect(page.locator("header [role=timer]")).to_be_visible()
    field.wind_to(0)
    field.until_running()

    for number, at_s in ((STONE, 52.0), (MAPLE, 55.1), (WILLOW, 56.0), (RIVER, 58.4)):
        field.passes(number, at_s)
    field.wind_to(60)
    page.wait_for_selector(".time b:has-text('200 m')")
    expect(page.locator("[data-runner] .name b").first).to_have_text("Stone")
    expect(page.locator("[role=timer] strong")).to_have_text(re.compile(r"10:|11:"))

    # Willow was before Stone, the gateway thinks it was the other way round.
    field.together((WILLOW, 110.10), (STONE, 110.22), likely=(STONE, WILLOW))
    field.wind_to(112)
    page.wait_for_selector("[data-order]")
    assert page.locator(".order h2").inner_text().startswith("Stone and Willow crossed together, 0.12 s apart")
    assert page.locator("[data-runner]").count() == 8, "the list stays beside the question"
    expect(page.locator("[data-runner]:has-text('Stone') .place")).to_have_text("?")
    page.wait_for_function(PAINTED)
    assert page.locator(".view .flag").count() == 2, "each crossing in question is a line with its time"
    expect(page.locator(".view svg")).to_contain_text("1 · 1:50.10")
    look(page)

    zoom_and_pan(page)
    assert field.line.asked, "the pictures came from the gateway"

    expect(board.locator("footer")).to_contain_text("provisional")
    page.get_by_role("button", name="Willow first").click()
    page.wait_for_selector("[data-order]", state="detached")
    expect(page.locator("[data-runner] .name b").first).to_have_text("Willow")
    assert order(page)[:2] == ["Willow", "Stone"]
    said = [change for change in field.journal_changes() if isinstance(change, OrderSettled)]
    assert [change.attempts for change in said] == [(field.attempt(WILLOW), field.attempt(STONE))]
    expect(board.locator("li.first .name")).to_have_text("Willow")
    assert "provisional" not in board.locator("footer").inner_text()
    look(board, targets=False)

    hold_to_stop(page)
    page.wait_for_selector("text=/Heat 1 results/")
    page.locator("button.row:has-text('Willow')").click()
    page.wait_for_selector(".why:has-text('Willow')")
    assert page.locator("[data-lap]").count() == 2
    assert page.locator("[data-lap]").nth(1).inner_text().split()[:3] == ["2", "54.1", "1:50.1"]
    assert "camera · teacher" in page.locator("[data-lap]").nth(1).inner_text(), "the teacher has said so"
    page.close()
    board.close()


def test_a_tap_gives_a_lap_and_undo_takes_it_back(field: RunField, browser: Browser) -> None:
    field.go("run-free")
    page = open_page(browser, field.url + "/")
    page.get_by_role("button", name="Tap names").click()
    attempt = field.attempt(RIVER)
    page.locator(f"[data-tap='{attempt}']").click()
    expect(page.locator(f"[data-tap='{attempt}']")).to_contain_text("1 laps")
    assert page.locator(f"[data-tap='{attempt}']").is_disabled(), "nobody is at the line again at once"
    (lap,) = next(runner for runner in field.run()["runners"] if runner["attempt"] == attempt)["laps"]
    assert lap["by"] == ["teacher"]
    page.get_by_role("button", name="Undo River: lap 1").click()
    expect(page.locator(f"[data-tap='{attempt}']")).to_contain_text("0 laps")
    assert field.run()["runners"][RIVER - 1]["laps"] == []
    assert field.journal_kinds()[-2:] == ["lap_counted", "lap_removed"]
    page.close()


def test_a_lap_is_taken_away_and_a_runner_gives_up_and_runs_on(field: RunField, browser: Browser) -> None:
    field.go("run-800")
    field.passes(MAPLE, 50.0)
    field.wind_to(60)
    page = open_page(browser, field.url + "/")
    runner = page.locator("[data-runner]:has-text('Maple')")
    expect(runner.locator(".last")).to_have_text("50.0")
    page.get_by_role("button", name="Maple: more").click()
    runner.get_by_role("button", name="lap 1").click()
    expect(runner.locator(".last")).to_have_text("")
    page.get_by_role("button", name="Put back Maple: lap 1").click()
    expect(runner.locator(".last")).to_have_text("50.0")
    page.get_by_role("button", name="Maple: more").click()
    page.get_by_role("button", name="Gives up").click()
    expect(runner).to_contain_text("gave up")
    expect(page.locator("[data-runner] .name b").last).to_have_text("Maple")
    page.get_by_role("button", name="Maple: more").click()
    look(page)
    page.get_by_role("button", name="Runs on").click()
    expect(runner).not_to_contain_text("gave up")
    page.close()


def test_several_questions_queue_and_more_than_two_are_said_in_turn(field: RunField, browser: Browser) -> None:
    field.go("run-1000")
    for number in (1, 2, 3, 4, 5):
        field.passes(number, 50.0 + number)
    field.together((1, 101.0), (2, 101.1), (3, 101.2))
    second = field.together((4, 102.0), (5, 102.1))
    field.starts_early(6, 180)
    field.wind_to(104)
    page = open_page(browser, field.url + "/")
    page.wait_for_selector(".order h2:has-text('1 of 2')")
    notice = page.locator(".notices").get_by_text("False start: 6 Clover, 0.18 s early")
    expect(notice).to_be_visible()
    page.get_by_role("button", name="Good start").click()
    expect(notice).to_be_hidden()
    page.locator("footer .undo button").click()
    expect(notice).to_be_visible()
    page.get_by_role("button", name="Later").click()
    assert page.locator("[data-order]").count() == 0
    page.get_by_role("button", name="Needs you").click()
    answers = page.locator(".answers")
    answers.get_by_role("button", name="River").click()
    answers.get_by_role("button", name="Nobody of these").click()
    answers.get_by_role("button", name="Step back").click()
    answers.get_by_role("button", name="Stone").click()
    answers.get_by_role("button", name="Willow").click()
    look(page)
    answers.get_by_role("button", name="Save: 1 River · 2 Stone · 3 Willow").click()
    page.wait_for_selector(f"[data-order='{second}']")
    expect(page.locator("[data-runner] .name b").first).to_have_text("River")
    page.get_by_role("button", name="Nobody of these").click()
    page.wait_for_selector("[data-order]", state="detached")
    assert [len(runner["laps"]) for runner in field.run()["runners"][:5]] == [2, 2, 2, 1, 1]
    page.close()


def test_without_a_picture_the_page_says_so(field: RunField, browser: Browser) -> None:
    field.go("run-free")
    field.passes(1, 30.0)
    field.line.from_ns = field.clock.monotonic_ns() + 10**15
    field.together((1, 70.0), (2, 70.1))
    field.wind_to(72)
    page = open_page(browser, field.url + "/")
    page.wait_for_selector(".photo >> text=No picture was kept of this time", timeout=15_000)
    assert page.get_by_role("button", name="Stone first").is_enabled(), "the question can be answered all the same"
    field.line.from_ns = 0
    page.close()


def test_50_m_stays_in_lanes_and_results_are_corrected_in_their_unit(field: RunField, browser: Browser) -> None:
    field.go("run-50")
    for number, at_s in ((STONE, 8.12), (RIVER, 8.04)):
        field.passes(number, at_s)
    field.wind_to(9.0)
    page = open_page(browser, field.url + "/")
    expect(page.locator("[data-runner]:has-text('Stone') .time")).to_have_text(re.compile("8.2"))
    assert order(page)[:3] == ["Stone", "Willow", "River"], "lanes stay where they are"
    assert [text.split()[0] for text in (row(page, "Stone"), row(page, "River"))] == ["2", "1"]
    page.set_viewport_size({"width": 800, "height": 1280})
    look(page)
    page.set_viewport_size({"width": 1280, "height": 800})
    hold_to_stop(page)
    page.wait_for_selector("text=/Heat 1 results · 50 m/")
    page.locator("button.row:has-text('River')").click()
    expect(page.locator("button.row.chosen strong")).to_have_text("8.1")
    page.get_by_role("button", name="0.1 s more").click()
    assert page.get_by_role("textbox", name="Time (m:ss.s)").input_value() == "8.2"
    page.get_by_role("textbox", name="Time (m:ss.s)").fill("nine")
    assert page.get_by_role("button", name="By the rule").is_disabled(), "that is no time"
    page.get_by_role("textbox", name="Time (m:ss.s)").fill("0:08.6")
    page.get_by_role("button", name="By the rule").click()
    expect(page.locator(".audit li").last).to_contain_text("set to 8.6 (By the rule)")
    expect(page.locator("button.row.chosen strong")).to_have_text("8.6")
    page.get_by_role("button", name="Undo correction").click()
    expect(page.locator(".audit li").last).to_contain_text("undone, 8.1 stands again")
    page.locator("button.row:has-text('Maple')").click()
    expect(page.locator(".why")).to_contain_text("did not finish")
    look(page)
    page.close()


@pytest.mark.parametrize(("size", "language"), list(zip(SIZES, LANGUAGES, strict=True)))
def test_the_pages_of_a_full_field_look_right(tmp_path: Path, browser: Browser, size: tuple[int, int], language: str) -> None:
    field = RunField(tmp_path, NAMES)
    field.start()
    try:
        field.go("run-12min")
        for number in range(1, 46):
            for lap in (1, 2, 3):
                field.passes(number, round(lap * (50 + number * 0.8), 3), doubt="no_steps" if (number, lap) == (7, 2) else None)
        field.together((44, 262.0), (45, 262.08))
        field.wind_to(264)
        page = open_page(browser, field.url + "/", size, language)
        page.wait_for_selector("[data-order]")
        look(page)
        page.locator("text=/^Later$|^先放着$/").click()
        page.locator("text=/^Tap names$|^点名字$/").click()
        look(page)
        board = open_page(browser, field.url + "/board", (1920, 1080), language)
        board.wait_for_selector("ol li >> nth=11")
        field.call("/api/heats/stop", {})
        until(lambda: field.call("/api/state")["lesson"]["heat"]["state"] == "ended")
        page.wait_for_selector("[data-lap]")
        look(page)
        page.close()
        board.wait_for_selector("text=/provisional|临时成绩/")
        look(board, targets=False)
        board.close()
    finally:
        field.stop()
