"""Whatever happens between a gateway and the platform, in the end both have the same rows (docs/reliability.md)."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import signal
import sqlite3
import sys
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cloud_sync.link import Link, parse_broker
from simulators.network import FAULTS, Conditions, Network, conditions_of
from support.brokers import BrokerProcess, need_mosquitto
from support.clocks import faked, need_faketime
from support.sync_gateway import GATEWAY, sync_gateway, until
from support.sync_world import World, assert_same_rows, at_platform, in_journal, notice_soon, platform, standing, world

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.fault, pytest.mark.timeout(90)]
PROCESS = Path(__file__).resolve().parents[1] / "support" / "sync_process.py"


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[BrokerProcess]:
    need_mosquitto()
    process = BrokerProcess("mosquitto", tmp_path)
    process.start()
    yield process
    process.kill()


@pytest.fixture(autouse=True)
def soon_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    notice_soon(monkeypatch)


def copy(database: Path, to: Path) -> None:
    with closing(sqlite3.connect(database)) as whole, closing(sqlite3.connect(to)) as made:
        whole.backup(made)


def put_back(made: Path, database: Path) -> None:
    for old in database.parent.glob(f"{database.name}*"):
        old.unlink()
    shutil.copy(made, database)


async def write_through(world: World, *, seconds: float, draw: random.Random) -> None:
    """A lesson goes on, whatever the network does."""
    loop = asyncio.get_running_loop()
    until_s = loop.time() + seconds
    while loop.time() < until_s:
        await world.gateway.write(draw.randint(1, 60))
        await asyncio.sleep(0.03)


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_network_that_is(fault: str, broker: BrokerProcess, tmp_path: Path) -> None:
    draw = random.Random(fault)
    async with world(tmp_path, broker, seed=3) as w:
        await w.gateway.write(150)
        w.network.conditions = conditions_of(fault, draw)
        await write_through(w, seconds=1.5, draw=draw)
        w.network.heal()
        await w.gateway.write(50)
        await until(lambda: w.gateway.waiting == 0)
    assert_same_rows(tmp_path)


async def test_a_cable_that_is_pulled_again_and_again(broker: BrokerProcess, tmp_path: Path) -> None:
    draw = random.Random(11)
    async with world(tmp_path, broker) as w:
        for _ in range(5):
            await write_through(w, seconds=draw.uniform(0.05, 0.4), draw=draw)
            w.network.cut()
            await write_through(w, seconds=0.1, draw=draw)
            w.network.heal()
        await until(lambda: w.gateway.waiting == 0)
        assert w.gateway.link.counts.lost > 0, "a loss is counted"
    assert_same_rows(tmp_path)


@pytest.mark.parametrize("disk", ["nothing on disk", "on disk", "disk lost"])
async def test_a_broker_that_is_killed(disk: str, tmp_path: Path) -> None:
    need_mosquitto()
    broker = BrokerProcess("mosquitto", tmp_path, persistent=disk != "nothing on disk")
    broker.start()
    draw = random.Random(disk)
    try:
        async with world(tmp_path, broker) as w:
            await write_through(w, seconds=0.5, draw=draw)
            broker.kill()
            if disk == "disk lost":
                broker.lose_disk()
            await write_through(w, seconds=0.3, draw=draw)
            await asyncio.to_thread(broker.start)
            await write_through(w, seconds=0.3, draw=draw)
            await until(lambda: w.gateway.waiting == 0)
    finally:
        broker.kill()
    assert_same_rows(tmp_path)


async def test_a_broker_that_stops_and_goes_on(broker: BrokerProcess, tmp_path: Path) -> None:
    """Half-open: nothing is closed, nothing is answered (SIGSTOP)."""
    draw = random.Random(5)
    async with world(tmp_path, broker) as w:
        await write_through(w, seconds=0.3, draw=draw)
        broker.send(signal.SIGSTOP)
        await write_through(w, seconds=1.5, draw=draw)
        assert w.gateway.waiting > 0, "saved here, and waiting"
        broker.send(signal.SIGCONT)
        await until(lambda: w.gateway.waiting == 0)
    assert_same_rows(tmp_path)


async def test_another_one_takes_the_name(broker: BrokerProcess, tmp_path: Path) -> None:
    async with world(tmp_path, broker) as w:
        thief = Link(parse_broker(f"mqtt://127.0.0.1:{broker.port}"), str(GATEWAY))
        stealing = asyncio.create_task(thief.run())
        await write_through(w, seconds=2.0, draw=random.Random(6))
        assert w.gateway.link.counts.brief + thief.counts.brief > 0
        stealing.cancel()
        await asyncio.gather(stealing, return_exceptions=True)
        await until(lambda: w.gateway.waiting == 0)
    assert_same_rows(tmp_path)


async def test_messages_that_come_twice_and_in_another_order(broker: BrokerProcess, tmp_path: Path) -> None:
    heard: list[tuple[str, bytes]] = []
    async with world(tmp_path, broker) as w:
        echo = Link(parse_broker(f"mqtt://127.0.0.1:{broker.port}"), "echo")
        echo.on(GATEWAY.topic("events"), lambda message: heard.append((message.topic, message.payload)))
        running = asyncio.create_task(echo.run())
        await echo.connected()
        await write_through(w, seconds=1.0, draw=random.Random(7))
        await until(lambda: w.gateway.waiting == 0)
        batches = w.platform.ingest.state.batches
        again = heard * 3
        random.Random(8).shuffle(again)
        for topic, payload in again:
            await echo.publish(topic, payload)
        await until(lambda: w.platform.ingest.state.batches >= batches + len(again))
        assert w.platform.ingest.state.known_events > 0
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert_same_rows(tmp_path)


async def test_a_platform_put_back_from_yesterday(broker: BrokerProcess, tmp_path: Path) -> None:
    """While it is away the gateway goes on; then it asks for what it lost, gets it, and has it once."""
    file = tmp_path / "platform.db"
    async with sync_gateway(tmp_path / "gateway.db", broker.port) as gateway:
        async with platform(broker.port, file):
            await gateway.write(150)
            await until(lambda: gateway.waiting == 0)
        copy(file, tmp_path / "yesterday.db")
        async with platform(broker.port, file):
            await gateway.write(1_250)
            await until(lambda: gateway.waiting == 0)
        put_back(tmp_path / "yesterday.db", file)
        async with platform(broker.port, file):
            await gateway.uplink.report()
            await until(lambda: len(at_platform(file)) == 1_400 and gateway.waiting == 0)
    assert_same_rows(tmp_path)


@pytest.mark.parametrize("order", ["connects first", "writes first"])
async def test_a_journal_put_back_from_yesterday(order: str, broker: BrokerProcess, tmp_path: Path) -> None:
    """It gives numbers that the platform knows already: what was written since has to arrive all the same, under another epoch."""
    journal, file = tmp_path / "gateway.db", tmp_path / "platform.db"
    async with platform(broker.port, file):
        async with sync_gateway(journal, broker.port) as gateway:
            await gateway.write(120)
            await until(lambda: gateway.waiting == 0)
        copy(journal, tmp_path / "yesterday.db")
        async with sync_gateway(journal, broker.port) as gateway:
            await gateway.write(180)
            await until(lambda: gateway.waiting == 0)
        put_back(tmp_path / "yesterday.db", journal)
        network = Network(broker.port)
        await network.start()
        network.conditions = Conditions(refused=order == "writes first")
        async with sync_gateway(journal, network.port, life="b") as gateway:
            if order == "connects first":
                await gateway.link.connected()
            await gateway.write(300)
            network.heal()
            await until(lambda: gateway.waiting == 0)
            assert gateway.uplink.state.new_epochs == 1, "counted, and told"
        await network.stop()
    with closing(sqlite3.connect(file)) as database:
        there = set(database.execute("SELECT t_mono_ns FROM event"))
        (twice,) = database.execute("SELECT count(*) - count(DISTINCT t_mono_ns) FROM event").fetchone()
    written_since = {(mono,) for _, (_, _, mono, _) in in_journal(journal).items()}
    assert written_since <= there, "whatever is saved is at the platform"
    assert len(there) == 600, "and so is what the older life of the journal had sent"
    assert twice == 0


async def test_a_gateway_that_is_revoked_and_taken_again(broker: BrokerProcess, tmp_path: Path) -> None:
    async with world(tmp_path, broker) as w:
        await w.gateway.write(10)
        await until(lambda: w.gateway.waiting == 0)
        await w.platform.store.revoke(str(GATEWAY))
        await w.gateway.write(10)
        await until(lambda: w.platform.ingest.state.revoked > 0)
        assert w.gateway.waiting == 10, "refused, so it stays saved at the school"
        assert len(at_platform(tmp_path / "platform.db")) == 10
        await w.platform.store.revoke(str(GATEWAY), revoked=False)
        await until(lambda: w.gateway.waiting == 0)
    assert_same_rows(tmp_path)


async def run_gateway_process(folder: Path, port: int, total: int, **environment: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, str(PROCESS), str(folder / "gateway.db"), str(port), str(total), str(folder / "says"),
        env=os.environ | environment, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip


def newest_called_saved(folder: Path) -> int:
    said = folder / "says"
    return max((int(line) for line in said.read_text().split()), default=0) if said.exists() else 0


async def test_a_gateway_that_is_killed_at_any_moment(broker: BrokerProcess, tmp_path: Path) -> None:
    draw = random.Random(21)
    async with platform(broker.port, tmp_path / "platform.db"):
        for total in (1_000, 2_000, 3_000):
            process = await run_gateway_process(tmp_path, broker.port, total)
            await until(lambda before=total - 1_000: newest_called_saved(tmp_path) > before)  # type: ignore[misc]
            await asyncio.sleep(draw.uniform(0.0, 0.4))
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
        process = await run_gateway_process(tmp_path, broker.port, 3_200)
        assert await process.wait() == 0
    assert len(in_journal(tmp_path / "gateway.db")) == 3_200 == newest_called_saved(tmp_path)
    assert_same_rows(tmp_path)


@pytest.mark.parametrize("jump_s", [-86_400, 2 * 365 * 86_400], ids=["a day back", "two years on"])
async def test_a_clock_that_jumps(jump_s: int, broker: BrokerProcess, tmp_path: Path) -> None:
    library = need_faketime()
    stamp = tmp_path / "clock"
    stamp.write_text("+0s")
    async with platform(broker.port, tmp_path / "platform.db") as at:
        process = await run_gateway_process(tmp_path, broker.port, 1_500, **faked(library, stamp))
        await until(lambda: len(at_platform(tmp_path / "platform.db")) > 50)
        stamp.write_text(f"{jump_s:+d}s")
        assert await process.wait() == 0
        assert at.ingest.state.known_events == 0, "nothing was sent twice because of a clock"
    assert_same_rows(tmp_path)


async def test_results_come_before_what_happened_earlier(broker: BrokerProcess, tmp_path: Path) -> None:
    """After a long outage a parent waits for one number among many moments."""
    async with sync_gateway(tmp_path / "gateway.db", broker.port) as gateway:
        await gateway.write(20_000)
        async with platform(broker.port, tmp_path / "platform.db"):
            await until(lambda: len(standing(tmp_path / "platform.db")) == 200)
            assert gateway.waiting > 0, "all results are there, and moments are still on their way"
            await until(lambda: gateway.waiting == 0)
    assert_same_rows(tmp_path)
