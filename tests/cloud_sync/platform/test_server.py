"""The whole platform at a real broker: all channels, and a copy of its database put back under a connected gateway."""

from __future__ import annotations

import asyncio
import json
import shutil
import sqlite3
import urllib.request
from contextlib import asynccontextmanager, closing
from typing import TYPE_CHECKING, Any

import pytest

from cloud_sync.contract.codec import decode, encode
from cloud_sync.contract.directives import Answer, Directive, Report
from cloud_sync.contract.messages import Batch, Receipt, Status, Telemetry
from cloud_sync.contract.topics import GatewayIdentity
from cloud_sync.link import Link, parse_broker
from cloud_sync.platform.server import run_platform
from support.brokers import BrokerProcess, free_port, need_mosquitto
from support.outbox import event

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from pathlib import Path

    from cloud_sync.link import Message

GATEWAY = GatewayIdentity("school", "field")


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[BrokerProcess]:
    need_mosquitto()
    process = BrokerProcess("mosquitto", tmp_path)
    process.start()
    yield process
    process.kill()


@asynccontextmanager
async def platform(broker: BrokerProcess, folder: Path) -> AsyncIterator[Callable[[], dict[str, Any]]]:
    """A running platform; gives what its page would show."""
    stop, port = asyncio.Event(), free_port()
    task = asyncio.create_task(run_platform(parse_broker(f"mqtt://127.0.0.1:{broker.port}"), folder, "127.0.0.1", port, stop))

    def page() -> dict[str, Any]:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/platform", timeout=5) as answer:
            shown: dict[str, Any] = json.load(answer)
        return shown

    yield page
    stop.set()
    await task


class SmallGateway:
    """Stays connected, answers a report by its status, and sends again what it is asked for."""

    def __init__(self, broker: BrokerProcess) -> None:
        self.link = Link(parse_broker(f"mqtt://127.0.0.1:{broker.port}"), str(GATEWAY))
        self.receipts: list[Receipt] = []
        self.directives: list[Directive] = []
        self.delivered = 0
        self.link.on(GATEWAY.topic("receipt"), self._on_receipt)
        self.link.on(GATEWAY.topic("directive"), self._on_directive)
        self._todo: set[asyncio.Task[None]] = set()

    async def say(self, status: Status) -> None:
        await self.link.publish(GATEWAY.topic("status"), encode(status), retain=True)

    async def send(self, *seqs: int) -> None:
        await self.link.publish(GATEWAY.topic("events"), encode(Batch(1, str(GATEWAY), "epoch1", tuple(map(event, seqs)))))

    def _on_receipt(self, message: Message) -> None:
        receipt = decode(Receipt, message.payload)
        self.receipts.append(receipt)
        for first, last in receipt.gaps:
            self._soon(self.send(*range(first, last + 1)))

    def _on_directive(self, message: Message) -> None:
        directive = decode(Directive, message.payload)
        self.directives.append(directive)
        self._soon(self.link.publish(GATEWAY.topic("answer"), encode(Answer(1, directive.key, directive.version, "applied"))))
        if isinstance(directive.body, Report):
            self._soon(self.say(Status(1, "online", "epoch1", self.delivered, "test")))

    def _soon(self, call: Any) -> None:
        task = asyncio.ensure_future(call)
        self._todo.add(task)
        task.add_done_callback(self._todo.discard)


@asynccontextmanager
async def gateway(broker: BrokerProcess) -> AsyncIterator[SmallGateway]:
    one = SmallGateway(broker)
    task = asyncio.create_task(one.link.run())
    await one.link.connected()
    await one.say(Status(1, "online", "epoch1", 0, "test"))
    yield one
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def heard(school: SmallGateway) -> None:
    """The platform is there: the status that the broker has kept is receipted."""
    await until(lambda: bool(school.receipts))


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not true():
            await asyncio.sleep(0.05)


def stored(file: Path) -> list[int]:
    with closing(sqlite3.connect(file)) as database:
        return [seq for (seq,) in database.execute("SELECT seq FROM event ORDER BY seq")]


async def test_all_channels_meet(broker: BrokerProcess, tmp_path: Path) -> None:
    async with platform(broker, tmp_path / "data") as page, gateway(broker) as school:
        await heard(school)
        await school.send(1, 2, 3)
        await school.link.publish(GATEWAY.topic("telemetry"), encode(Telemetry(1, 5, 7, 4, 0.5, 0, 0, ("camera 1",))))
        await until(lambda: bool(school.directives) and any(one.stored_up_to == 3 for one in school.receipts))

        def answered() -> int:
            with closing(sqlite3.connect(tmp_path / "data" / "platform.db")) as database:
                return int(database.execute("SELECT count(*) FROM directive WHERE outcome = 'applied'").fetchone()[0])

        await until(lambda: answered() == 1)
        shown = await asyncio.to_thread(page)
        (one,) = shown["gateways"]
        assert (one["state"], one["stored_up_to"], one["directives"]) == ("online", 3, 0)
        assert (one["telemetry"]["waiting"], one["telemetry"]["faults"]) == (7, ["camera 1"])


async def test_a_copy_put_back_under_a_connected_gateway_gets_what_it_lost_once(broker: BrokerProcess, tmp_path: Path) -> None:
    """The status that the broker has kept is of the time when nothing was delivered: only the report tells what is missing."""
    data = tmp_path / "data"
    async with gateway(broker) as school:
        async with platform(broker, data):
            await heard(school)
            await school.send(*range(1, 41))
            await until(lambda: any(one.stored_up_to == 40 for one in school.receipts))
        shutil.copytree(data, tmp_path / "yesterday")
        school.receipts.clear()
        async with platform(broker, data):
            await heard(school)
            await school.send(*range(41, 101))
            await until(lambda: any(one.stored_up_to == 100 for one in school.receipts))
            school.delivered = 100
        assert stored(data / "platform.db") == list(range(1, 101))
        await school.say(Status(1, "online", "epoch1", 0, "test"))
        shutil.rmtree(data)
        shutil.copytree(tmp_path / "yesterday", data)
        school.receipts.clear()
        async with platform(broker, data):
            await until(lambda: any(one.gaps == ((41, 100),) for one in school.receipts))
            await until(lambda: any(one.stored_up_to == 100 for one in school.receipts))
    assert stored(data / "platform.db") == list(range(1, 101))
