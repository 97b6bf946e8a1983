"""A gateway's journal and uplink, a bad network, a real broker, and the platform: and whether the same rows are at both ends."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from cloud_sync import link as link_module
from cloud_sync.link import Link, parse_broker
from cloud_sync.platform.ingest import Ingest
from cloud_sync.platform.store import Store, open_store
from edge.lesson import changes as ch
from edge.outgoing import body_of
from simulators.network import Network
from support.sync_gateway import GATEWAY, SyncGateway, sync_gateway

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    import pytest

    from support.brokers import BrokerProcess


@dataclass(frozen=True)
class AtPlatform:
    """The platform as a running thing."""

    store: Store
    ingest: Ingest
    link: Link


@asynccontextmanager
async def platform(port: int, file: Path) -> AsyncIterator[AtPlatform]:
    store = await open_store(file)
    link = Link(parse_broker(f"mqtt://127.0.0.1:{port}"), "touchline-platform", manual_ack=True)
    ingest = Ingest(link, store)
    tasks = [asyncio.create_task(link.run()), asyncio.create_task(ingest.run())]
    try:
        await link.connected()
        yield AtPlatform(store, ingest, link)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await store.close()


@dataclass(frozen=True)
class World:
    """Everything at once; the gateway reaches the broker through `network`."""

    folder: Path
    broker: BrokerProcess
    network: Network
    gateway: SyncGateway
    platform: AtPlatform


@asynccontextmanager
async def world(folder: Path, broker: BrokerProcess, *, seed: int = 0) -> AsyncIterator[World]:
    network = Network(broker.port, seed=seed)
    await network.start()
    try:
        async with (
            platform(broker.port, folder / "platform.db") as at,
            sync_gateway(folder / "gateway.db", network.port) as gateway,
        ):
            await gateway.link.connected()
            yield World(folder, broker, network, gateway, at)
    finally:
        await network.stop()


def notice_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """A silent connection is noticed after seconds instead of minutes, and waits are short: tests would mostly wait."""
    monkeypatch.setattr(link_module, "KEEPALIVE_S", 2)
    monkeypatch.setattr(link_module, "CONNECT_WITHIN_S", 2.0)
    monkeypatch.setattr(link_module, "ACKNOWLEDGED_WITHIN_S", 3.0)
    monkeypatch.setattr(link_module, "BRIEF_WAIT_S", 0.5)
    monkeypatch.setattr(link_module, "LONGEST_WAIT_S", 1.0)


Rows = dict[int, tuple[str, str | None, int, bytes]]
"""Number to kind, attempt, monotonic time, and body as the contract has it."""


def in_journal(file: Path) -> Rows:
    """What a journal holds, as it has to stand at the platform."""
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
        rows = database.execute("SELECT seq, attempt, t_mono_ns, body FROM journal ORDER BY seq").fetchall()
    told: Rows = {}
    for seq, attempt, t_mono_ns, body in rows:
        message = body_of(ch.decode(body))
        told[seq] = (message.__struct_config__.tag, attempt, t_mono_ns, msgspec.json.encode(message))  # type: ignore[assignment]
    return told


def at_platform(file: Path) -> Rows:
    """What the platform has of the gateway, whatever the epoch; a number that stands twice fails."""
    sql = "SELECT seq, kind, attempt, t_mono_ns, body FROM event WHERE gateway = ? ORDER BY seq"
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
        rows = database.execute(sql, (str(GATEWAY),)).fetchall()
    told = {seq: (kind, attempt, t_mono_ns, bytes(body)) for seq, kind, attempt, t_mono_ns, body in rows}
    assert len(told) == len(rows), "a number stands twice at the platform"
    return told


def standing(file: Path) -> dict[str, int]:
    """What each attempt is worth at the platform."""
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
        return dict(database.execute("SELECT attempt, official FROM result").fetchall())


def assert_same_rows(folder: Path) -> None:
    """Every row of the journal stands at the platform once, as it was written, and nothing else does."""
    here, there = in_journal(folder / "gateway.db"), at_platform(folder / "platform.db")
    assert sorted(here) == sorted(there), (
        f"lost {sorted(set(here) - set(there))[:5]}, invented {sorted(set(there) - set(here))[:5]}"
    )
    assert here == there
    results = {attempt: number for number, (kind, attempt, _, _) in here.items() if kind == "result" and attempt}
    assert standing(folder / "platform.db") == results
