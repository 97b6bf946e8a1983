"""A broker that means harm costs a connection, never a row, and never the gateway."""

from __future__ import annotations

import asyncio
import resource
from typing import TYPE_CHECKING

import pytest

from cloud_sync import link as link_module
from cloud_sync.back_off import BackOff
from support.hostile_broker import MODES, HostileBroker
from support.sync_gateway import sync_gateway, until

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.timeout(60)
MOST_GROWTH_KIB = 64 * 1024


@pytest.fixture(autouse=True)
def soon_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """The waits between connections, made short: their length is tested elsewhere."""
    monkeypatch.setattr(link_module, "BRIEF_WAIT_S", 0.2)
    monkeypatch.setattr(link_module, "CONNECT_WITHIN_S", 0.5)
    monkeypatch.setattr(link_module, "ACKNOWLEDGED_WITHIN_S", 0.5)
    monkeypatch.setattr(BackOff, "next_s", lambda _: 0.05)


@pytest.mark.parametrize("mode", MODES)
async def test_no_harm_of_a_broker_frees_a_row_or_ends_the_gateway(mode: str, tmp_path: Path) -> None:
    broker = HostileBroker()
    broker.mode = mode
    await broker.start()
    before_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    async with sync_gateway(tmp_path / "gateway.db", broker.port) as gateway:
        await gateway.write(250)
        await until(lambda: broker.connects >= 1)
        await asyncio.sleep(0.3)
        assert gateway.waiting == 250, "nothing but a receipt of what was stored frees a row"

        broker.mode = "honest"
        broker.kick()
        await until(lambda: gateway.waiting == 0, within_s=20)
    await broker.stop()
    grown_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kib
    assert grown_kib < MOST_GROWTH_KIB, "a packet that announces 256 MiB is not gathered"


async def test_what_a_broker_did_wrong_is_counted_and_said(tmp_path: Path) -> None:
    broker = HostileBroker()
    broker.mode = "oversize"
    await broker.start()
    async with sync_gateway(tmp_path / "gateway.db", broker.port) as gateway:
        await gateway.write(5)
        await until(lambda: gateway.link.counts.malformed >= 2)
        await until(lambda: "268435455 bytes" in gateway.link.last_error)
        broker.mode = "wrong packet ids"
        broker.kick()
        await until(lambda: gateway.link.counts.silent >= 1)
        broker.mode = "forged epoch"
        broker.kick()
        await until(lambda: gateway.uplink.state.refused >= 1)
        assert gateway.waiting == 5
    await broker.stop()
