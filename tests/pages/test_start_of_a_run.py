"""How a run starts, in real Chromium: in waves, rolling, and that a tablet shows the choice only where there is one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.browser import LANGUAGES, SIZES, look
from support.run_field import NAMES, RunField, at_start

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]


@pytest.fixture
def field(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunField]:
    made = RunField(tmp_path_factory.mktemp("start"), NAMES[:9])
    made.start()
    yield made
    made.stop()


def test_three_waves_a_minute_apart(browser: Browser, field: RunField) -> None:
    page = at_start(browser, field)
    page.locator(".activity:has-text('800 m')").click()
    page.get_by_role("button", name="In waves").click()
    for _ in range(3):
        page.get_by_role("button", name="10 s more between").click()
    page.locator("button.start").click()
    page.wait_for_selector("[role=timer]")
    started = field.room.state.heat.started  # type: ignore[union-attr]
    assert started is not None
    assert [len(wave) for wave in started.waves] == [3, 3, 3]
    assert started.wave_gap_ms == 60_000
    page.close()


def test_a_rolling_start_and_lanes_have_no_choice(browser: Browser, field: RunField) -> None:
    page = at_start(browser, field)
    page.locator(".activity:has-text('50 m')").first.click()
    assert page.get_by_role("button", name="Rolling").count() == 0
    page.locator(".activity:has-text('12 min')").click()
    page.get_by_role("button", name="Rolling").click()
    page.locator("button.start").click()
    page.wait_for_selector("[role=timer]")
    assert field.room.state.heat.started.rolling  # type: ignore[union-attr]
    page.close()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("size", SIZES)
def test_it_is_fit_for_everybody(browser: Browser, field: RunField, size: tuple[int, int], language: str) -> None:
    page = at_start(browser, field, size, language)
    page.locator(".activity").nth(6).click()
    page.locator(".how .choices button").nth(1).click()
    look(page)
    page.close()
