"""One Chromium for the tests of a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.browser import chromium

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Without a page yet."""
    with chromium() as opened:
        yield opened
