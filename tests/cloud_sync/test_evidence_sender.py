"""Evidence on request travels whole, in parts, and only while the line is free."""

from __future__ import annotations

import asyncio
import hashlib
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloud_sync import evidence_sender
from cloud_sync.contract.codec import MOST_WIRE_BYTES, decode, encode
from cloud_sync.contract.directives import EvidencePart
from cloud_sync.contract.topics import GatewayIdentity
from cloud_sync.errors import LinkLost
from cloud_sync.evidence_sender import MOST_PARTS, PART_BYTES, EvidenceSender, parts_of
from cloud_sync.link import Link, parse_broker

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

GATEWAY = GatewayIdentity("school", "field")
BODY = bytes(range(256)) * 700


class Shelf:
    """In the place of the gateway: the evidence that is wanted."""

    def __init__(self, **wanted: bytes) -> None:
        self.wanted = wanted

    async def next(self) -> tuple[str, bytes] | None:
        return next(iter(self.wanted.items()), None)

    async def sent(self, attempt: str) -> None:
        del self.wanted[attempt]


class Wire(Link):
    """A link without a broker, which is cut after so many messages."""

    def __init__(self, cut_after: int = 1_000) -> None:
        super().__init__(parse_broker("mqtt://nowhere"), "field")
        self.cut_after = cut_after
        self.parts: list[EvidencePart] = []

    async def connected(self) -> None:
        await asyncio.sleep(0)

    async def publish(self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False) -> None:  # noqa: ARG002 - the port's
        if len(self.parts) >= self.cut_after:
            raise LinkLost("cut")
        assert topic == GATEWAY.topic("evidence")
        self.parts.append(decode(EvidencePart, payload))


@asynccontextmanager
async def sending(wire: Wire, shelf: Shelf, idle: Callable[[], bool] = lambda: True) -> AsyncIterator[EvidenceSender]:
    sender = EvidenceSender(wire, GATEWAY, shelf, idle)
    task = asyncio.create_task(sender.run())
    try:
        yield sender
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not true():
            await asyncio.sleep(0.005)


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evidence_sender, "LOOK_EVERY_S", 0.01)


@given(st.integers(0, 3 * PART_BYTES))
def test_the_parts_are_the_whole(size: int) -> None:
    body = (BODY * 2)[:size]
    parts = [decode(EvidencePart, encode(part)) for part in parts_of("a1", body)]
    assert b"".join(part.data for part in parts) == body
    assert [(part.part, part.parts) for part in parts] == [(n, len(parts)) for n in range(len(parts))]
    assert {part.sha256 for part in parts} == {hashlib.sha256(body).hexdigest()}
    assert all(len(encode(part)) < MOST_WIRE_BYTES for part in parts)


def test_what_the_contract_cannot_carry_is_not_cut_off() -> None:
    with pytest.raises(ValueError, match="evidence of"):
        list(parts_of("a1", bytes(PART_BYTES * MOST_PARTS + 1)))


async def test_what_is_wanted_is_sent_once() -> None:
    wire, shelf = Wire(), Shelf(a1=BODY, a2=b"short")
    async with sending(wire, shelf) as sender:
        await until(lambda: not shelf.wanted)
        await asyncio.sleep(0.05)
    assert [(part.attempt, part.part) for part in wire.parts] == [("a1", 0), ("a1", 1), ("a1", 2), ("a2", 0)]
    assert sender.parts == 4


async def test_nothing_goes_while_something_else_waits() -> None:
    wire, shelf, free = Wire(), Shelf(a1=BODY), asyncio.Event()
    async with sending(wire, shelf, free.is_set):
        await asyncio.sleep(0.1)
        assert not wire.parts
        free.set()
        await until(lambda: not shelf.wanted)
    assert len(wire.parts) == 3


async def test_it_stops_between_two_parts_when_results_come() -> None:
    wire, shelf = Wire(), Shelf(a1=BODY)
    async with sending(wire, shelf, lambda: len(wire.parts) != 1):
        await until(lambda: len(wire.parts) == 1)
        await asyncio.sleep(0.1)
        assert len(wire.parts) == 1
        assert shelf.wanted, "what is not whole is not called sent"


async def test_one_that_was_interrupted_begins_again() -> None:
    wire, shelf = Wire(cut_after=2), Shelf(a1=BODY)
    async with sending(wire, shelf):
        await asyncio.sleep(0.1)
        assert shelf.wanted
        wire.cut_after = 1_000
        await until(lambda: not shelf.wanted)
    assert [part.part for part in wire.parts] == [0, 1, 0, 1, 2]


async def test_a_fault_of_the_disk_ends_nothing() -> None:
    class Failing(Shelf):
        faults = 3

        async def next(self) -> tuple[str, bytes] | None:
            self.faults -= 1
            if self.faults >= 0:
                raise OSError("disk")
            return await super().next()

    wire, shelf = Wire(), Failing(a1=BODY)
    async with sending(wire, shelf):
        await until(lambda: not shelf.wanted)
    assert len(wire.parts) == 3
