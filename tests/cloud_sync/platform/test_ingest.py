"""From the link into the store: receipted and acknowledged after the commit, never before, and never for nothing."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from cloud_sync.contract.codec import decode
from cloud_sync.contract.messages import Receipt
from cloud_sync.errors import LinkLost
from cloud_sync.link import Message
from cloud_sync.platform import ingest as of_ingest
from cloud_sync.platform.ingest import Ingest
from cloud_sync.platform.store import Store, open_store
from cloud_sync.platform.window import MOST, TOTAL
from support.ingesting import batch
from support.outbox import event

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    import pytest

    from cloud_sync.platform.intake import Outcome
    from cloud_sync.platform.parcels import Parcel


class FakeLink:
    """A broker of which the test decides what it hands over."""

    def __init__(self) -> None:
        self.handlers: dict[str, Callable[[Message], None]] = {}
        self.log: list[tuple[str, Any]] = []
        self.lost = False

    def on(self, topic_filter: str, handler: Callable[[Message], None]) -> None:
        self.handlers[topic_filter.rsplit("/", 1)[1]] = handler

    async def publish(self, topic: str, payload: bytes, **_: Any) -> None:
        if self.lost:
            raise LinkLost("gone")
        self.log.append((topic, decode(Receipt, payload)))

    def come(self, parcel: Parcel, name: str, topic: str = "") -> None:
        topic = topic or f"touchline/v1/{parcel.gateway}/{parcel.channel}"
        self.handlers[parcel.channel](Message(topic, parcel.wire, lambda: self.log.append(("ack", name))))

    def acknowledged(self) -> list[str]:
        return [name for what, name in self.log if what == "ack"]

    def receipts(self) -> list[Receipt]:
        return [one for what, one in self.log if what != "ack"]


class BadDisk(Store):
    """A store that fails as often as it is told to."""

    faults = 0
    taken: list[int] | None = None

    async def take(self, parcels: Any, window: int = 100) -> list[Outcome]:
        if self.faults:
            self.faults -= 1
            raise sqlite3.OperationalError("database or disk is full")
        self.taken = [*(self.taken or []), len(parcels)]
        return await super().take(parcels, window)


@asynccontextmanager
async def running(tmp_path: Path, link: FakeLink, faults: int = 0) -> AsyncIterator[tuple[Ingest, BadDisk]]:
    store = await open_store(tmp_path / "platform.db")
    store.__class__ = BadDisk
    assert isinstance(store, BadDisk)
    store.faults = faults
    ingest = Ingest(link, store)  # type: ignore[arg-type] # it has what is needed
    task = asyncio.create_task(ingest.run())
    try:
        yield ingest, store
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await store.close()


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not true():
            await asyncio.sleep(0.005)


async def test_what_waits_shares_a_transaction_and_each_is_receipted_and_acknowledged(tmp_path: Path) -> None:
    link = FakeLink()
    async with running(tmp_path, link) as (ingest, store):
        for number in range(1, 31):
            link.come(batch(event(number)), str(number))
        await until(lambda: len(link.receipts()) == 30 and len(link.acknowledged()) == 30)
        assert store.taken == [20, 10]
        assert link.acknowledged() == [str(number) for number in range(1, 31)], "in the order the broker handed them over"
        assert link.receipts()[-1].stored_up_to == 30
        assert ingest.state.batches == ingest.state.new_events == 30
        assert {receipt.window for receipt in link.receipts()} == {MOST}
        for number in range(19):
            link.come(batch(event(1), gateway=f"school.field-{number}"), "another")
        await until(lambda: len(link.receipts()) == 49)
        assert link.receipts()[-1].window == TOTAL // 20


async def test_a_full_disk_keeps_messages_until_it_has_room_and_says_nothing_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(of_ingest, "AGAIN_S", 0.02)
    link = FakeLink()
    async with running(tmp_path, link, faults=3) as (ingest, _):
        link.come(batch(event(1)), "one")
        await until(lambda: ingest.state.failed == 2)
        assert link.log == [], "neither a receipt nor an acknowledgement for what is not stored"
        await until(lambda: len(link.log) == 2)
        assert (ingest.state.failed, ingest.state.transactions) == (3, 1)


async def test_beyond_the_room_for_waiting_a_message_is_dropped_counted_and_not_receipted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = batch(event(1))
    monkeypatch.setattr(of_ingest, "WAITING_BYTES", 2 * len(one.wire) + 10)
    link = FakeLink()
    async with running(tmp_path, link) as (ingest, _):
        for name in ("one", "two", "three"):
            link.come(one, name)
        assert (ingest.state.overrun, link.log) == (1, [("ack", "three")])
        await until(lambda: len(link.receipts()) == 2)
        link.come(one, "again")
        await until(lambda: len(link.receipts()) == 3)


async def test_rubbish_is_acknowledged_and_a_lost_link_stops_nothing(tmp_path: Path) -> None:
    link = FakeLink()
    async with running(tmp_path, link) as (ingest, store):
        link.come(batch(event(1)), "stranger", "touchline/v1/School/events")
        link.lost = True
        link.come(batch(event(1)), "one")
        await until(lambda: len(link.acknowledged()) == 2)
        assert (ingest.state.refused, ingest.state.new_events) == (1, 1)
        link.lost = False
        link.come(batch(event(2)), "two")
        await until(lambda: len(link.acknowledged()) == 3 and bool(link.receipts()))
        assert (await store.receipt("school.field", "epoch1")).stored_up_to == 2


async def test_what_a_command_changes_beside_is_noticed(tmp_path: Path) -> None:
    async with running(tmp_path, FakeLink()) as (_, store):
        await store.notice()
        before = store.changes
        await store.notice()
        assert store.changes == before
        other = await open_store(tmp_path / "platform.db")
        await other.revoke("school.field")
        await other.close()
        await store.notice()
        assert store.changes > before
        assert [(one.id, one.revoked) for one in (await store.view()).gateways] == [("school.field", True)]
