"""Chromium, and how a page is judged: nothing clipped, outside, overlapping, tiny or small, and axe finds nothing."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

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


@contextmanager
def chromium() -> Iterator[Browser]:
    """The machine's own Chromium; without it the test is skipped, or fails where all tools are required."""
    if not CHROMIUM.exists():
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
        found = page.evaluate(script)
        assert not found, f"{name}: {found}"
    if targets:
        small = page.evaluate(SMALL)
        assert not small, f"targets of 48 px: {small}"
    page.evaluate((ROOT / "pages/node_modules/axe-core/axe.min.js").read_text())
    report: dict[str, Any] = page.evaluate("axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa']})")
    violations = [(v["id"], v["nodes"][0]["html"][:120]) for v in report["violations"]]
    assert not violations, violations
    assert not page.faults, page.faults  # type: ignore[attr-defined]


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    """A finger from one place of the picture that is drawn on to another, in shares of it."""
    box = page.locator(".stage").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + start[0] * box["width"], box["y"] + start[1] * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + end[0] * box["width"], box["y"] + end[1] * box["height"], steps=6)
    page.mouse.up()
