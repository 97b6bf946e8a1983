"""The page on which squares are drawn, in real Chromium, over a real gateway with two simulated cameras."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest

from simulators.camera import Scene, write_clip
from simulators.pupil import Ability, attempt
from support.browser import LANGUAGES, SIZES, drag, look, open_page
from support.station_field import StationField

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

PUPILS = 4
SETTINGS = "[[cameras.stations]]\nnumber = 31\nx = 40\ny = 120\nwidth = 280\nheight = 560\n"
ORANGE = (20, 120, 250)


def add_tape(scene: Scene) -> None:
    """Orange tape around a floor square before each station."""
    for x, _, width, _ in scene.squares:
        left, right = x + 40, x + width - 40
        corners = np.array([(left + 14, 640), (right - 14, 640), (right, 705), (left, 705)], dtype=np.int32)
        cv2.polylines(scene._background, [corners], isClosed=True, color=ORANGE, thickness=7, lineType=cv2.LINE_AA)


@pytest.fixture(scope="module")
def field(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StationField]:
    folder = tmp_path_factory.mktemp("stations")
    scene = Scene(PUPILS)
    add_tape(scene)
    write_clip(folder / "north.avi", scene, [attempt(Ability(), 3.0, seed) for seed in range(PUPILS)], 3.0)
    write_clip(folder / "south.avi", Scene(1, (640, 360)), [attempt(Ability(), 3.0, 9)], 3.0)
    cameras = StationField(folder, {"north": folder / "north.avi", "south": folder / "south.avi"}, {"north": SETTINGS})
    cameras.start()
    yield cameras
    cameras.kill()


def open_stations(browser: Browser, field: StationField, size: tuple[int, int] = (1280, 800), language: str = "en") -> Page:
    page = open_page(browser, f"{field.url}/stations", size, language)
    page.wait_for_selector(".stage img")
    page.wait_for_selector("[data-squares]")
    return page


def numbers(page: Page) -> list[str]:
    return [text.strip() for text in page.locator("[data-at] b").all_inner_texts()]


def clear(page: Page) -> None:
    while page.locator("[data-at]").count():
        page.locator("[data-at]").first.focus()
        page.keyboard.press("Delete")


def save(page: Page) -> None:
    page.locator("button.save").click()
    page.wait_for_selector("[data-squares=teacher]")


def kept(field: StationField, camera: str = "north") -> dict[str, Any]:
    return field.call(f"/api/cameras/{camera}/stations")


def test_squares_of_the_settings_are_the_beginning(field: StationField, browser: Browser) -> None:
    page = open_page(browser, field.url + "/")
    page.get_by_role("link", name="Set up the squares").click()
    page.wait_for_selector(".stage img")
    page.wait_for_selector("[data-squares=settings]")
    assert numbers(page) == ["31"]
    assert page.locator("button.save").is_disabled(), "nothing has been changed"
    page.goto(field.url + "/")
    page.locator("summary").click()
    page.locator("details a[href^='/stations']").nth(1).click()
    page.wait_for_selector("h1:has-text('Camera south')")
    page.close()


def test_drawn_moved_resized_deleted_undone_and_saved_over_a_restart(field: StationField, browser: Browser) -> None:
    page = open_stations(browser, field)
    clear(page)
    drag(page, (0.30, 0.30), (0.50, 0.80))
    drag(page, (0.05, 0.30), (0.25, 0.80))
    page.wait_for_selector("[data-squares=unsaved]")
    assert numbers(page) == ["1", "2"]
    page.click("text=Number left to right")
    assert numbers(page) == ["1", "2"]
    first = page.locator("[data-at='0']")
    before = first.bounding_box()
    assert before is not None
    drag(page, (0.15, 0.55), (0.17, 0.60))
    moved = page.locator("[data-at='0']").bounding_box()
    assert moved is not None
    assert moved["x"] > before["x"] + 5
    assert moved["width"] == pytest.approx(before["width"], abs=2)
    handle = page.locator("[data-corner=se]").bounding_box()
    assert handle is not None
    assert min(handle["width"], handle["height"]) >= 48
    page.mouse.move(handle["x"] + 24, handle["y"] + 24)
    page.mouse.down()
    page.mouse.move(handle["x"] + 44, handle["y"] + 64, steps=4)
    page.mouse.up()
    larger = page.locator("[data-at='0']").bounding_box()
    assert larger is not None
    assert larger["height"] == pytest.approx(moved["height"] + 40, abs=3)
    page.get_by_role("button", name="Delete").click()
    assert numbers(page) == ["2"]
    page.get_by_role("button", name="Undo").click()
    assert numbers(page) == ["1", "2"]

    drag(page, (0.17, 0.60), (0.35, 0.60))
    page.wait_for_selector("text=/Squares 1 and 2 lie over each other/")
    assert page.locator("button.save").is_disabled()
    page.get_by_role("button", name="Undo").click()
    save(page)
    view = kept(field)
    assert (view["source"], view["width_px"], view["height_px"]) == ("teacher", 1280, 720)
    assert [one["number"] for one in view["squares"]] == [1, 2]

    field.kill()
    field.start()
    assert kept(field) == view
    page.reload()
    page.wait_for_selector("[data-squares=teacher]")
    assert numbers(page) == ["1", "2"]
    assert page.faults == []  # type: ignore[attr-defined]
    page.close()


def test_a_row_is_proposed_and_taken(field: StationField, browser: Browser) -> None:
    page = open_stations(browser, field)
    clear(page)
    page.click("text=A row of 10")
    drag(page, (0.01, 0.40), (0.99, 0.95))
    assert page.locator("[data-proposal]").count() == 10
    assert numbers(page) == [], "nothing is decided by itself"
    page.locator("[data-proposal='10']").click()
    page.click("text=Use these 9")
    assert numbers(page) == [str(number) for number in range(1, 10)]
    save(page)
    squares = kept(field)["squares"]
    assert len({one["width"] for one in squares}) == 1
    page.reload()
    page.wait_for_selector("[data-squares=teacher]")
    assert len(numbers(page)) == 9
    page.close()


@pytest.mark.parametrize("button", ["Where pupils stand", "Tape or cones"])
def test_found_squares_are_proposed_and_taken(field: StationField, browser: Browser, button: str) -> None:
    page = open_stations(browser, field)
    clear(page)
    page.click(f"text={button}")
    page.wait_for_selector("[data-proposal]", timeout=60_000)
    assert page.locator("[data-proposal]").count() == PUPILS
    page.click(f"text=Use these {PUPILS}")
    save(page)
    scene = Scene(PUPILS)
    for (x, _, width, _), one in zip(scene.squares, kept(field)["squares"], strict=True):
        assert x <= one["x"] + one["width"] / 2 <= x + width, "each on its own station"
    page.close()


def test_each_camera_has_its_own_and_a_number_belongs_to_one(field: StationField, browser: Browser) -> None:
    page = open_stations(browser, field)
    clear(page)
    drag(page, (0.05, 0.30), (0.25, 0.80))
    save(page)
    page.get_by_role("button", name="south").click()
    page.wait_for_selector("[data-squares=settings]")
    assert numbers(page) == []
    drag(page, (0.30, 0.20), (0.70, 0.90))
    assert numbers(page) == ["2"], "1 is taken by the other camera"
    page.get_by_role("button", name="lower number").click()
    page.wait_for_selector("text=/Station 1 belongs to another camera/")
    page.get_by_role("button", name="north").click()
    page.wait_for_selector("[data-squares=teacher]")
    page.get_by_role("button", name="south").click()
    page.wait_for_selector("[data-squares=unsaved]")
    assert numbers(page) == ["1"], "what was not saved is still there"
    page.locator("[data-at]").focus()
    page.get_by_role("button", name="higher number").click()
    save(page)
    assert kept(field, "south")["width_px"] == 640
    page.close()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("size", SIZES)
def test_it_looks_right(field: StationField, browser: Browser, size: tuple[int, int], language: str) -> None:
    page = open_stations(browser, field, size, language)
    look(page)
    page.locator(".choice button").nth(3).click()
    drag(page, (0.02, 0.30), (0.98, 0.95))
    page.wait_for_selector("footer.next")
    look(page)
    page.locator("footer .go").click()
    drag(page, (0.5, 0.6), (0.55, 0.7))
    page.wait_for_selector(".faults")
    look(page)
    page.close()
