"""The page on which the line for laps is drawn, in real Chromium, over a real gateway with a simulated camera."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from simulators.camera import Scene, write_clip
from simulators.pupil import Ability, attempt
from support.browser import LANGUAGES, SIZES, drag, look, open_page
from support.station_field import StationField

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]


@pytest.fixture(scope="module")
def field(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StationField]:
    folder = tmp_path_factory.mktemp("line")
    write_clip(folder / "track.avi", Scene(1), [attempt(Ability(), 2.0, 3)], 2.0)
    cameras = StationField(folder, {"track": folder / "track.avi"})
    cameras.start()
    yield cameras
    cameras.kill()


def drawing(browser: Browser, field: StationField, size: tuple[int, int] = (1280, 800), language: str = "en") -> Page:
    page = open_page(browser, f"{field.url}/line", size, language)
    page.wait_for_selector(".stage img")
    page.wait_for_selector("[data-line]")
    return page


def saved(page: Page) -> None:
    page.get_by_role("button", name="Save the line").click()
    page.wait_for_selector("[data-line='teacher']")


def test_a_line_is_drawn_given_a_way_saved_and_there_again(browser: Browser, field: StationField) -> None:
    page = drawing(browser, field)
    drag(page, (0.5, 0.2), (0.55, 0.9))
    page.get_by_role("button", name="left to right").click()
    saved(page)
    kept = field.call("/api/cameras/track/line")
    assert (kept["direction"], kept["end"], kept["source"]) == ("left_to_right", "finish", "teacher")
    x1, y1, x2, y2 = (value / whole for value, whole in zip(kept["line"], (1280, 720, 1280, 720), strict=True))
    assert [x1, y1, x2, y2] == pytest.approx([0.5, 0.2, 0.55, 0.9], abs=0.01)
    page.reload()
    page.wait_for_selector("[data-end='0']")
    drag(page, (0.55, 0.9), (0.9, 0.3))
    assert page.get_by_role("button", name="top to bottom").get_attribute("aria-pressed") == "true", "the way turns with the line"
    page.get_by_role("button", name="Undo").click()
    page.wait_for_selector("[data-line='teacher']")
    page.close()


def test_a_slip_of_the_finger_is_no_line_and_the_gateway_says_so(browser: Browser, field: StationField) -> None:
    page = drawing(browser, field)
    drag(page, (0.3, 0.3), (0.33, 0.31))
    page.get_by_role("button", name="Save the line").click()
    page.wait_for_selector("[role=alert]:has-text('too short')")
    page.get_by_role("button", name="No line").click()
    saved(page)
    assert field.call("/api/cameras/track/line")["line"] is None
    page.close()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("size", SIZES)
def test_it_is_fit_for_everybody(browser: Browser, field: StationField, size: tuple[int, int], language: str) -> None:
    page = drawing(browser, field, size, language)
    drag(page, (0.4, 0.25), (0.6, 0.85))
    page.locator(".three button").nth(1).click()
    look(page)
    page.close()
