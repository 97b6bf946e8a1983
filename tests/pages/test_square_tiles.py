"""Who is not in the square, and who is not alone in it, on the live page: a camera that sees it, a gateway, real Chromium."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from simulators.camera import STANDING, Scene, VirtualCamera
from support.brokers import free_port
from support.browser import SIZES, look, open_page
from support.on_air import on_air
from support.station_field import StationField

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from simulators.pupil import Posture

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

SCENE = Scene(3, (960, 360))
"""Three stand in the picture; the gateway has two squares, the second one around two of them."""
WORDS = {"en": ("Nobody in square 1", "Two in square 2"), "zh": ("1 号框里没有人", "2 号框里有两个人")}


@pytest.fixture
def standing() -> list[Posture | None]:
    """Who stands in the picture, from left to right: the first pupil and the neighbour of the second are not there yet."""
    return [None, STANDING, None]


@pytest.fixture
def field(standing: list[Posture | None], tmp_path: Path) -> Iterator[StationField]:
    (x, y, width, height), (second, *_), (third, *_) = SCENE.squares
    squares = "".join(
        f"[[cameras.stations]]\nnumber = {number}\nx = {left}\ny = {y}\nwidth = {wide}\nheight = {height}\n"
        for number, left, wide in ((1, x, width), (2, second, third + width - second))
    )
    with on_air(VirtualCamera(SCENE, lambda: list(standing), port=free_port(), rate_hz=12)) as camera:
        gateway = StationField(tmp_path, {"north": camera.url}, {"north": squares})
        gateway.start()
        yield gateway
        gateway.kill()


def looks_right(page: Page) -> None:
    for told in WORDS.values():
        for size in SIZES:
            page.set_viewport_size({"width": size[0], "height": size[1]})
            for words in told:
                page.locator(".tile.needs .foot.need", has_text=words).wait_for()
            look(page)
        page.click("header button:text-is('中'), header button:text-is('EN')")


def test_a_pupil_who_is_missing_and_one_who_is_not_alone_are_on_the_tiles(
    field: StationField, standing: list[Posture | None], browser: Browser, tmp_path: Path
) -> None:
    (tmp_path / "class.csv").write_text("class,number,name,sex,grade,band,station\n4-3,1,Stone,F,4,,1\n4-3,2,Willow,M,4,,2\n")
    page = open_page(browser, field.url + "/")
    page.set_input_files("input[type=file]", tmp_path / "class.csv")
    page.click("button.class")
    page.click("button.activity:has-text('Free')")
    page.click("button.start")
    page.locator("header.next [role=timer]").wait_for()
    missing, two = (page.locator(".tile .foot.need", has_text=words) for words in WORDS["en"])
    missing.wait_for()
    assert page.locator("header.next").count() == 1, "it is said in the countdown already"
    assert two.count() == 0

    standing[2] = STANDING
    two.wait_for()
    looks_right(page)

    standing[0], standing[2] = STANDING, None
    missing.wait_for(state="detached")
    two.wait_for(state="detached")
    page.close()
