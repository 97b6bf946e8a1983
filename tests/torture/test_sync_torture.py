"""The faults of tests/cloud_sync/test_faults.py, for long: `make torture`. docs/reliability.md keeps the figures."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from support import sync_torture
from support.brokers import BrokerProcess, need_mosquitto
from support.journal_look import say
from support.sync_world import notice_soon

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from pathlib import Path

    from support.sync_torture import Tally

TIMES = float(os.environ.get("TOUCHLINE_TORTURE", "0"))
"""1 is what the documents print; a fraction is quicker, more is longer."""
pytestmark = [
    pytest.mark.fault,
    pytest.mark.timeout(7_200),
    pytest.mark.skipif(TIMES <= 0, reason="long: run it with `make torture`"),
]


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[BrokerProcess]:
    need_mosquitto()
    process = BrokerProcess("mosquitto", tmp_path, persistent=True)
    process.start()
    yield process
    process.kill()


@pytest.fixture(autouse=True)
def soon_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    notice_soon(monkeypatch)


@pytest.mark.parametrize(
    ("fault", "torture", "trials"),
    [
        ("bad network", sync_torture.bad_network, 200),
        ("broker killed", sync_torture.killed_broker, 100),
        ("platform killed", sync_torture.killed_platform, 50),
        ("gateway killed", sync_torture.killed_gateway, 200),
    ],
)
async def test_nothing_is_lost_or_twice(
    fault: str,
    torture: Callable[[Path, BrokerProcess, int, int], Awaitable[Tally]],
    trials: int,
    broker: BrokerProcess,
    tmp_path: Path,
) -> None:
    tally = await torture(tmp_path, broker, max(1, round(trials * TIMES)), 31)
    say(tally.told(fault))
    assert (tally.lost, tally.twice) == (0, 0)
    assert tally.events > 0
