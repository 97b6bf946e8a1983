"""What tests share: where the real recordings are, and that a skip of them is said (or, on the build machine, is a failure)."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parent.parent

# No test asserts a time: a loaded machine is slow, not wrong.
settings.register_profile("touchline", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("touchline")


def _recordings() -> Path | None:
    folder = Path(os.environ.get("TOUCHLINE_DATA") or ROOT.parent / "shared" / "data")
    return folder if (folder / "manifest.json").is_file() else None


@pytest.fixture(scope="session")
def recordings() -> Path:
    """The folder of real recordings with truth; the test is skipped where it is not there.

    `TOUCHLINE_REQUIRE_RECORDINGS=1` (set by `.ci/run`) turns the skip into a failure.
    """
    folder = _recordings()
    if folder is None:
        message = "the real recordings are not beside this checkout (set TOUCHLINE_DATA to their folder)"
        if os.environ.get("TOUCHLINE_REQUIRE_RECORDINGS") == "1":
            pytest.fail(message)
        pytest.skip(message)
    return folder
