"""The sender: what is due goes out, and each gateway that is there is asked once what it calls delivered."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from cloud_sync.contract.codec import decode, encode
from cloud_sync.contract.directives import Answer, Directive, Report, Setting
from cloud_sync.contract.messages import Status
from cloud_sync.errors import LinkLost
from cloud_sync.platform import gateways
from cloud_sync.platform.directives import REPORT_KEY, Wanted, order
from cloud_sync.platform.parcels import Parcel
from cloud_sync.platform.sender import Sender
from cloud_sync.platform.store import Store, open_store

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

GATEWAY = "school.field"
NOW = 1_800_000_000_000


class Wire:
    """A link that writes down what is published."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, Directive]] = []
        self.up = True

    async def connected(self) -> None:
        await asyncio.sleep(0)

    async def publish(self, topic: str, payload: bytes, **_: Any) -> None:
        if not self.up:
            raise LinkLost("gone")
        self.sent.append((topic, decode(Directive, payload)))

    def keys(self) -> list[str]:
        sent, self.sent = self.sent, []
        return [directive.key for _, directive in sent]


@asynccontextmanager
async def sending(folder: Path) -> AsyncIterator[tuple[Wire, Sender, Store]]:
    store = await open_store(folder / "platform.db")
    wire: Any = Wire()
    yield wire, Sender(wire, store), store
    await store.close()


async def online(store: Store, gateway: str = GATEWAY) -> None:
    await store.take([Parcel(gateway, "status", encode(Status(1, "online", "epoch1", 0, "test")))])


async def test_a_directive_goes_to_its_gateway_until_it_is_answered(tmp_path: Path) -> None:
    async with sending(tmp_path) as (wire, sender, store):
        await online(store)
        await sender.send_due(NOW)
        assert wire.keys() == [REPORT_KEY]
        wanted = Wanted("setting.evidence", Setting("evidence.max_bytes", 5))
        given = await store.write(lambda database: order(database, GATEWAY, wanted, NOW))
        await sender.send_due(NOW)
        assert wire.sent == [(f"touchline/v1/{GATEWAY}/directive", given)]
        await store.take([Parcel(GATEWAY, "answer", encode(Answer(1, given.key, given.version, "refused", "not this one")))])
        await sender.send_due(NOW + 10_000_000)
        assert "setting.evidence" not in wire.keys()[1:]
        told = await store.read(
            lambda database: database.execute("SELECT outcome, reason FROM directive WHERE key = ?", (given.key,)).fetchone()
        )
        assert told == ("refused", "not this one")


async def test_one_that_is_lost_on_the_way_goes_again_when_the_gateway_is_back(tmp_path: Path) -> None:
    async with sending(tmp_path) as (wire, sender, store):
        await online(store)
        wire.up = False
        await sender.send_due(NOW)
        assert (sender.state.lost, sender.state.sent) == (1, 0)
        wire.up = True
        await sender.send_due(NOW + 60_000)
        assert wire.keys() == [REPORT_KEY]


async def test_each_gateway_is_asked_for_a_report_once_a_run(tmp_path: Path) -> None:
    for _ in range(2):
        async with sending(tmp_path) as (wire, sender, store):
            for gateway in ("school.field", "school.hall"):
                await online(store, gateway)
            await store.write(lambda database: gateways.revoke(database, "school.hall", revoked=True))
            await sender.send_due(NOW)
            assert [directive.body for _, directive in wire.sent] == [Report()], "not of who is revoked"
            await online(store)
            await sender.send_due(NOW + 1)
            assert sender.state.reports == 1


async def test_it_runs_until_it_is_stopped(tmp_path: Path) -> None:
    async with sending(tmp_path) as (wire, sender, store):
        await online(store)
        task = asyncio.create_task(sender.run())
        while not wire.sent:
            await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
