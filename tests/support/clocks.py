"""The library that moves a process's wall clock."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


def need_faketime() -> Path:
    library = next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)
    if library is None:
        message = "the clock is moved by libfaketime: apt-get install libfaketime"
        if os.environ.get("TOUCHLINE_REQUIRE_TOOLS") == "1":
            pytest.fail(message)
        pytest.skip(message)
    return library


def faked(library: Path, stamp: Path) -> dict[str, str]:
    """Surroundings of a process whose wall clock is moved by what stands in `stamp`; its monotonic clock goes on.

    The library's own mending of waits (`FORCE_MONOTONIC_FIX`) makes Python's wait tens of times too long: it is off.
    """
    return {
        "LD_PRELOAD": str(library), "FAKETIME_TIMESTAMP_FILE": str(stamp), "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1", "FAKETIME_FORCE_MONOTONIC_FIX": "0",
    }  # fmt: skip
