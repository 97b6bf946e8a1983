"""From outbox to database over real brokers: every event once, whatever is killed on the way."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import zlib
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import msgspec
import pytest

from cloud_sync.contract.codec import encode
from cloud_sync.contract.messages import Batch, Corrected
from cloud_sync.contract.topics import GatewayIdentity
from cloud_sync.link import Link, parse_broker
from cloud_sync.platform.ingest import Ingest
from cloud_sync.platform.store import Store, open_store
from cloud_sync.uplink import Uplink, last_will
from support.brokers import BrokerProcess, need_mosquitto
from support.outbox import MemoryOutbox, event, result

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.timeout(90)
GATEWAY = GatewayIdentity("school", "field")


@pytest.fixture(params=["amqtt", "mosquitto"])
def broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[BrokerProcess]:
    if request.param == "mosquitto":
        need_mosquitto()
    process = BrokerProcess(request.param, tmp_path)
    process.start()
    yield process
    process.kill()


@asynccontextmanager
async def platform(broker: BrokerProcess, file: Path) -> AsyncIterator[tuple[Store, Ingest]]:
    store = await open_store(file)
    link = Link(parse_broker(f"mqtt://127.0.0.1:{broker.port}"), "touchline-platform", manual_ack=True)
    ingest = Ingest(link, store)
    tasks = [asyncio.create_task(link.run()), asyncio.create_task(ingest.run())]
    try:
        await link.connected()
        yield store, ingest
    finally:
        await end(tasks)
        await store.close()


@asynccontextmanager
async def gateway(broker: BrokerProcess, outbox: MemoryOutbox) -> AsyncIterator[Uplink]:
    link = Link(parse_broker(f"mqtt://127.0.0.1:{broker.port}"), str(GATEWAY), will=last_will(GATEWAY, outbox.epoch, "test"))
    uplink = Uplink(link, outbox, GATEWAY, "test")
    tasks = [asyncio.create_task(link.run()), asyncio.create_task(uplink.run())]
    try:
        yield uplink
    finally:
        await end(tasks)


async def end(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def until(true: Callable[[], bool], within_s: float = 40.0) -> None:
    async with asyncio.timeout(within_s):
        while not true():
            await asyncio.sleep(0.02)


def stored(file: Path) -> list[int]:
    with sqlite3.connect(file) as database:
        return [seq for (seq,) in database.execute("SELECT seq FROM event ORDER BY seq")]


async def test_every_event_arrives_once_and_leaves_the_outbox(broker: BrokerProcess, tmp_path: Path) -> None:
    outbox = MemoryOutbox()
    await outbox.add(*(event(seq) for seq in range(1, 500)), event(500, result(147)))
    async with platform(broker, tmp_path / "p.db") as (store, ingest), gateway(broker, outbox):
        await until(lambda: not outbox.waiting_seqs)
        await outbox.add(event(501, Corrected(150, "watched")))
        await until(lambda: not outbox.waiting_seqs)
        view = await store.view()
        assert ingest.state.new_events == 501
    assert stored(tmp_path / "p.db") == list(range(1, 502))
    (shown,) = view.results
    assert (shown.official, shown.corrected, shown.pupil) == (150, True, "pupil1")
    assert view.gateways[0].stored_up_to == 501


async def test_the_broker_is_killed_in_the_middle(broker: BrokerProcess, tmp_path: Path) -> None:
    """Neither broker keeps anything over `kill -9`: what it had acknowledged comes again from the outbox."""
    outbox = MemoryOutbox()
    async with platform(broker, tmp_path / "p.db"), gateway(broker, outbox) as uplink:
        for start in range(1, 1_200, 100):
            await outbox.add(*(event(seq) for seq in range(start, start + 100)))
            await asyncio.sleep(0.05)
            if start == 501:
                await broker.restart()
        await until(lambda: not outbox.waiting_seqs)
        assert uplink.state.receipts > 0
    assert stored(tmp_path / "p.db") == list(range(1, 1_201))


async def test_the_platform_is_away_for_a_while(broker: BrokerProcess, tmp_path: Path) -> None:
    outbox = MemoryOutbox()
    async with gateway(broker, outbox):
        async with platform(broker, tmp_path / "p.db"):
            await outbox.add(*(event(seq) for seq in range(1, 51)))
            await until(lambda: not outbox.waiting_seqs)
        await outbox.add(*(event(seq) for seq in range(51, 101)))
        await asyncio.sleep(0.5)
        assert outbox.waiting_seqs, "nothing leaves the outbox on the broker's word alone"
        async with platform(broker, tmp_path / "p.db"):
            await until(lambda: not outbox.waiting_seqs)
    assert stored(tmp_path / "p.db") == list(range(1, 101))


@pytest.mark.parametrize("stays", [False, True], ids=["gateway comes back", "gateway stays connected"])
async def test_a_platform_restored_from_yesterday_asks_for_what_it_lost(
    broker: BrokerProcess, tmp_path: Path, *, stays: bool
) -> None:
    outbox, file, yesterday = MemoryOutbox(), tmp_path / "p.db", tmp_path / "yesterday.db"
    async with gateway(broker, outbox) as uplink:
        async with platform(broker, file):
            await outbox.add(*(event(seq) for seq in range(1, 40)))
            await until(lambda: not outbox.waiting_seqs)
        shutil.copy(file, yesterday)
        async with platform(broker, file):
            await outbox.add(*(event(seq) for seq in range(40, 101)))
            await until(lambda: not outbox.waiting_seqs)
        shutil.copy(yesterday, file)
        if stays:
            async with platform(broker, file):
                await uplink.report()  # the platform asks each gateway for it once a run, by a directive
                await until(lambda: len(stored(file)) == 100)
                await until(lambda: not outbox.waiting_seqs)
    if not stays:
        async with platform(broker, file), gateway(broker, outbox):
            await until(lambda: len(stored(file)) == 100)
            await until(lambda: not outbox.waiting_seqs)
    assert stored(file) == list(range(1, 101))


async def test_one_poison_row_is_set_aside_and_its_neighbours_are_stored(broker: BrokerProcess, tmp_path: Path) -> None:
    async with platform(broker, tmp_path / "p.db") as (store, ingest):
        link = Link(parse_broker(f"mqtt://127.0.0.1:{broker.port}"), str(GATEWAY))
        task = asyncio.create_task(link.run())
        await link.connected()

        wire = zlib.decompress(encode(Batch(1, str(GATEWAY), "epoch1", (event(1), event(2), event(3)))))
        poisoned = msgspec.json.decode(wire)
        poisoned["events"][1]["body"] = {"kind": "skips", "total": -5}
        await link.publish(GATEWAY.topic("events"), zlib.compress(msgspec.json.encode(poisoned)))
        await until(lambda: ingest.state.quarantined == 1)
        receipt = await store.receipt(str(GATEWAY), "epoch1")
        assert (receipt.stored_up_to, receipt.gaps) == (3, ()), "a row that is set aside holds nothing up"
        await end([task])
    assert stored(tmp_path / "p.db") == [1, 3]


async def test_rubbish_and_strangers_are_refused_and_counted(broker: BrokerProcess, tmp_path: Path) -> None:
    async with platform(broker, tmp_path / "p.db") as (store, ingest):
        link = Link(parse_broker(f"mqtt://127.0.0.1:{broker.port}"), "stranger")
        task = asyncio.create_task(link.run())
        await link.connected()

        await link.publish(GATEWAY.topic("events"), b"rubbish")
        await link.publish(GATEWAY.topic("events"), encode(Batch(1, "school.other", "epoch1", (event(1),))))
        await until(lambda: ingest.state.refused == 2)
        await store.revoke(str(GATEWAY))
        await link.publish(GATEWAY.topic("events"), encode(Batch(1, str(GATEWAY), "epoch1", (event(1),))))
        await until(lambda: ingest.state.refused == 3)
        await end([task])
    assert stored(tmp_path / "p.db") == []
