"""The network is pulled in a lesson: the teacher sees that all is saved here and how much waits, plugs it in, and sees it drain."""

from __future__ import annotations

import os
import re
import sqlite3
import sys
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from edge.cli.demo import roster_csv
from support.brokers import need_mosquitto
from support.browser import LANGUAGES, SIZES, chromium, look, open_page
from support.cable import Cable
from support.field import WholeField, until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]
SHOTS = os.environ.get("TOUCHLINE_SHOTS")
"""A folder for pictures of the page, to look at."""
WAITING = "[data-saved=waiting]"


@pytest.fixture
def wired(tmp_path: Path) -> Iterator[tuple[WholeField, Cable]]:
    need_mosquitto()
    whole = WholeField(tmp_path / "field", "mosquitto")
    try:
        with Cable(whole.ports.broker) as cable:
            whole.uplink_port = cable.port
            whole.start_all()
            yield whole, cable
    except AssertionError:
        sys.stderr.write(whole.words())
        raise
    finally:
        whole.stop_all()


def waiting(page: Page) -> int:
    """The number on the chip."""
    return int(re.sub(r"\D", "", page.locator(f"{WAITING} small").inner_text()))


def test_the_network_is_pulled_in_a_lesson_and_plugged_in_again(wired: tuple[WholeField, Cable]) -> None:
    field, cable = wired
    roster = field.call("/api/rosters", roster_csv(12))["rosters"][0]["id"]
    field.call("/api/lessons", {"roster": roster, "activity": "rope-30"})
    until(lambda: (field.state() or {})["sources"]["bands_heard"] == 12)
    with chromium() as browser:
        page = open_page(browser, f"http://127.0.0.1:{field.ports.web}/")
        field.call("/api/heats/start", {"countdown_s": 1})
        page.wait_for_selector("[data-saved=delivered], [data-saved=waiting]")
        cable.pull()
        page.wait_for_selector(WAITING)
        until(lambda: waiting(page) > 200)
        expect(page.locator(WAITING)).to_contain_text("Saved here")
        expect(page.locator(WAITING)).to_contain_text("waiting to send")
        assert field.heat()["state"] == "running", "the heat goes on, whatever the network does"
        for size in SIZES:
            for language in LANGUAGES:
                other = open_page(browser, f"http://127.0.0.1:{field.ports.web}/", size, language)
                other.wait_for_selector(WAITING)
                look(other)
                if SHOTS:
                    other.screenshot(path=f"{SHOTS}/pulled.{language}.{size[0]}.png")
                other.close()
        if field.heat()["state"] == "running":
            field.call("/api/heats/stop", {})
        until(lambda: field.heat()["state"] == "ended")
        before = len(field.journal())

        cable.plug_in()
        page.wait_for_selector("[data-saved=delivered]", timeout=60_000)
        expect(page.locator("[data-saved=delivered]")).to_contain_text("all delivered")
    with sqlite3.connect(field.folder / "platform" / "platform.db") as database:
        stored = [seq for (seq,) in database.execute("SELECT seq FROM event ORDER BY seq")]
    assert len(stored) >= before
    assert stored == [seq for seq, _, _ in field.journal()][: len(stored)]
    assert field.platform()["summary"]["results"] == 12
