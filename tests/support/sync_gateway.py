"""The saving and sending half of a gateway: a real journal in a file, and a real uplink over a real link."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from cloud_sync.contract.topics import GatewayIdentity
from cloud_sync.link import Link, parse_broker
from cloud_sync.uplink import Pace, Uplink, last_will
from edge.lesson import changes as ch
from edge.outgoing import JournalOutbox
from edge.store.database import open_database
from edge.store.journal import Entry, Journal

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

GATEWAY = GatewayIdentity("school", "field")
T_UTC_MS = 1_800_000_000_000


def entry(number: int, life: str = "a") -> Entry:
    """One change that is told by its number: every hundredth is a result, the others are skips of an attempt.

    `life` names the attempts and moves the times: in another life of the machine the same number is another event.
    """
    attempt, mono_ns = ch.AttemptId(f"{life}{number // 100}"), number * 1_000_000 + ord(life[0])
    change: ch.Change
    if number % 100 == 99:
        change = ch.ResultDecided(
            attempt=attempt, pupil=ch.PupilId("p1"), activity="rope-60", official=number, live=number, confidence=0.9,
            source="band", counts={"band": number}, events=99, chain_head="ab" * 32, score=None, bonus=0, mark=None, review=None,
        )  # fmt: skip
    else:
        change = ch.SkipsCounted(attempt, "band", number, (mono_ns,))
    return Entry(ch.kind_of(change), "lesson1", attempt, T_UTC_MS + number, mono_ns, ch.encode(change))


class SyncGateway:
    """Append, and look at what is not delivered."""

    def __init__(self, journal: Journal, link: Link, uplink: Uplink, life: str) -> None:
        self.journal, self.link, self.uplink, self._life = journal, link, uplink, life

    async def write(self, many: int) -> None:
        """Returns when they are saved; numbers go on from what the journal holds."""
        first = self.journal.newest_seq + 1
        await self.journal.append([entry(number, self._life) for number in range(first, first + many)])

    @property
    def waiting(self) -> int:
        return self.journal.status().pending


@asynccontextmanager
async def sync_gateway(file: Path, port: int, *, receipt_within_s: float = 1.5, life: str = "a") -> AsyncIterator[SyncGateway]:
    database = await open_database(file, max_bytes=256 << 20)
    journal = Journal(database, boot=f"boot-{life}", clock_ok=lambda: True, group_ms=0.0)
    await journal.load()
    link = Link(parse_broker(f"mqtt://127.0.0.1:{port}"), str(GATEWAY), will=last_will(GATEWAY, journal.epoch, "test"))
    uplink = Uplink(link, JournalOutbox(journal), GATEWAY, "test", Pace(receipt_within_s=receipt_within_s))
    tasks = [asyncio.create_task(one) for one in (journal.run(), link.run(), uplink.run())]
    try:
        yield SyncGateway(journal, link, uplink, life)
        for task in tasks:
            if task.done():
                task.result()  # a part of the gateway that has ended by itself is a fault
    finally:
        for task in reversed(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await database.close()


async def until(true: Callable[[], bool], within_s: float = 40.0) -> None:
    async with asyncio.timeout(within_s):
        while not true():
            await asyncio.sleep(0.02)
