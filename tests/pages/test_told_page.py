"""What the platform has told, on the teacher's start page, in real Chromium: homework, contests, pupils without a name."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from edge.lesson.told_class import ToldClass, ToldPupil
from edge.store.directives import Contest, Homework, Lane, LogRow, PlannedHeat
from support.browser import LANGUAGES, SIZES, look
from support.run_field import NAMES, RunField, at_start

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

    from edge.store.directives import Effect

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]


class ToldField(RunField):
    def tell(self, key: str, effect: Effect | None, version: int = 1) -> None:
        row = LogRow(self.clock.utc_ms(), key, version, "told", "applied", "")
        asyncio.run_coroutine_threadsafe(self.directives.settle(row, effect), self._loop).result(20)
        self._loop.call_soon_threadsafe(self.room.redraw)

    def at(self, days: int, hour: int, minute: int = 0) -> int:
        """In the time zone that the page has, too."""
        today = (
            datetime.fromtimestamp(self.clock.utc_ms() / 1000, UTC)
            .astimezone()
            .replace(hour=hour, minute=0, second=0, microsecond=0)
        )
        return round((today + timedelta(days=days, minutes=minute)).timestamp() * 1000)


@pytest.fixture(scope="module")
def field(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ToldField]:
    made = ToldField(tmp_path_factory.mktemp("told"), NAMES[:9])
    made.start()
    pupils = tuple(ToldPupil(f"p{n}", n, "female" if n % 2 else "male", 5) for n in range(1, 13))
    made.tell("roster.4-3", ToldClass("c43", "4-3", pupils))
    made.tell("assignment.1", Homework("c43", (), "rope-60", 120, made.at(3, 18)))
    made.tell("assignment.2", Homework("c43", ("p1", "p2", "p12"), "run-800", 250_000, made.at(12, 18)))
    made.tell("assignment.3", Homework("elsewhere", (), "rope-30", 60, made.at(1, 18)))
    heats = tuple(PlannedHeat(n, made.at(1, 14, 10 * n), f"n{n}", (Lane(1, "p1"), Lane(2, "p2"))) for n in range(1, 8))
    made.tell("contest.cup", Contest("cup", "City cup 城市杯", "rope-30", heats))
    yield made
    made.stop()


def test_homework_and_contests_are_said_and_a_tap_chooses_the_activity(browser: Browser, field: ToldField) -> None:
    page = at_start(browser, field)
    homework = page.locator(".told")
    assert homework.count() == 2, "another class's homework is not shown"
    weekday = datetime.fromtimestamp(field.at(3, 18) / 1000, UTC).astimezone().strftime("%A")
    assert homework.nth(0).inner_text().strip() == f"Homework: 60 s rope, goal 120, until {weekday}"
    assert "800 m, goal 4:10.0" in homework.nth(1).inner_text()
    assert "for 3 pupils" in homework.nth(1).inner_text()
    homework.nth(1).click()
    assert page.locator(".activity.chosen").inner_text().startswith("800 m")
    contest = page.locator(".contests").inner_text()
    assert "City cup" in contest
    assert "14:10" in contest
    assert "1 more" in contest
    page.close()


def test_a_pupil_without_a_name_is_a_number_in_the_language_of_the_moment(browser: Browser, field: ToldField) -> None:
    page = at_start(browser, field)
    page.locator(".activity").first.click()
    page.get_by_role("button", name="Roll call").click()
    page.wait_for_selector(".stations li")
    names = page.locator(".stations li span").all_inner_texts()
    assert NAMES[0] in names, "who has a name here keeps it"
    assert "No. 12" in names
    page.locator("header button").last.click()
    assert "12 号" in page.locator(".stations li span").all_inner_texts()
    page.close()
    field.call("/api/lessons/close", {})


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("size", SIZES)
def test_it_is_fit_for_everybody(browser: Browser, field: ToldField, size: tuple[int, int], language: str) -> None:
    page = at_start(browser, field, size, language)
    look(page)
    page.close()
