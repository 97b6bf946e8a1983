"""The bench's own processes bring every row of a journal into the platform's database, once."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from edge.bench import sync
from support.brokers import need_mosquitto

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.timeout(120)
def test_what_was_freed_stands_in_the_platforms_database(tmp_path: Path) -> None:
    need_mosquitto()
    broker = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
    told = sync._measured(tmp_path / "live", broker, None, 2_500)
    assert (told["events"], told["resends"]) == (2_500, 0)
    assert told["batches"] >= 3
