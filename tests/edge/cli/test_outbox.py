"""`touchline outbox`: what waits, also while the gateway runs; a stick to the platform and its answer; and what goes again."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from contextlib import asynccontextmanager, closing
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from typer.testing import CliRunner

from cloud_sync.contract.messages import Receipt
from cloud_sync.flight import GivenUp
from cloud_sync.platform import gateways
from cloud_sync.platform.database import Database
from cloud_sync.platform.sticks import import_stick
from cloud_sync.spans import SpanSet
from cloud_sync.stick import read_stick, write_answer
from edge.bench.school_rows import school_rows
from edge.cli import app
from edge.lesson import changes as ch
from edge.outgoing import JournalOutbox
from edge.store.database import open_database
from edge.store.journal import Entry, Journal
from support.journal_look import entry

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

ROWS = 2_100
"""One whole heat with its twelve results, and a part of the next."""
PLATFORM = Ed25519PrivateKey.from_private_bytes(bytes(32))


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOUCHLINE_GATEWAY__DATA_DIR", str(tmp_path))
    monkeypatch.setenv("TOUCHLINE_GATEWAY__TENANT", "school")
    monkeypatch.setenv("TOUCHLINE_GATEWAY__ID", "field")


@asynccontextmanager
async def gateway(folder: Path) -> AsyncIterator[JournalOutbox]:
    database = await open_database(folder / "gateway.db", max_bytes=64 << 20)
    journal = Journal(database, boot="b", clock_ok=lambda: True)
    await journal.load()
    turning = asyncio.create_task(journal.run())
    try:
        yield JournalOutbox(journal)
    finally:
        turning.cancel()
        await asyncio.gather(turning, return_exceptions=True)
        await database.close()


async def written(folder: Path, many: int = ROWS) -> None:
    async with gateway(folder) as outbox:
        await outbox._journal.append(list(school_rows(many)))


def call(*words: str, status: int = 0) -> str:
    done = CliRunner().invoke(app, ["outbox", *words])
    assert done.exit_code == status, done.output
    return done.output


async def call_beside(*words: str, status: int = 0) -> str:
    """As a technician does while this process runs."""
    return await asyncio.to_thread(call, *words, status=status)


async def test_it_tells_what_waits_and_how_full(tmp_path: Path) -> None:
    await call_beside("status", status=1)
    async with gateway(tmp_path) as outbox:
        await outbox._journal.append([entry(seq) for seq in range(1, 313)])
        await outbox._journal.free(12, [(3, 4)])
        (tmp_path / "gateway.db.damaged-0a1b2c3d").write_bytes(b"")
        told = json.loads(await call_beside("status", "--json"))
        assert (told["waiting"], told["newest_seq"], told["epoch"]) == (302, 312, outbox.epoch)
        assert told["oldest_waiting_utc_ms"] == entry(3).t_utc_ms
        assert told["set_aside"] == ["gateway.db.damaged-0a1b2c3d"]
        assert "waiting   302 of 312 events, the oldest from 2027-01-15" in await call_beside("status")


async def test_it_tells_lanes_pace_and_what_waits_for_a_person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOUCHLINE_UPLINK__QUIET_HOURS", "07:30-16:30")
    monkeypatch.setenv("TOUCHLINE_UPLINK__MAX_KBIT_S", "256")
    await written(tmp_path)
    async with gateway(tmp_path) as outbox:
        await outbox.bury([GivenUp(7, "the platform did not answer it (5 tries)")])
        first = await outbox.pending("results", SpanSet(), 2, 1 << 20)
        await outbox.stored([Receipt(1, outbox.epoch, 0, (), first.spans)])
        text = await call_beside("status")
    assert "lanes     11 results and corrections first, then 2,087 moments" in text
    assert "pace      only results travel 07:30-16:30 (local time), at most 256 kbit/s" in text
    assert "the platform did not answer it (5 tries)" in text
    assert "dead      7 (given_up, " in text


async def test_a_range_goes_out_again_only_when_the_gateway_stands_still(tmp_path: Path) -> None:
    await written(tmp_path)
    async with gateway(tmp_path) as outbox:
        await outbox._journal.free(ROWS, [])
        assert "stop it" in await call_beside("replay", "--first", "5", "--last", "9", status=1)
    await call_beside("replay", status=2)
    assert "5 events" in await call_beside("replay", "--first", "5", "--last", "9")
    async with gateway(tmp_path) as outbox:
        assert (await outbox.waiting()).events == 5
        await outbox.bury([GivenUp(6, "no answer")])
    assert "1 events" in await call_beside("replay", "--dead")
    async with gateway(tmp_path) as outbox:
        assert (await outbox.waiting()).dead_letters == 0


async def test_a_stick_brings_everything_and_the_answer_frees_it(tmp_path: Path) -> None:
    await written(tmp_path)
    stick, back = tmp_path / "stick", tmp_path / "answer"
    async with gateway(tmp_path) as outbox:
        await outbox.stored([Receipt(1, outbox.epoch, 100, ())])
        text = await call_beside("export", str(stick))  # a lesson goes on meanwhile
        assert (await outbox.waiting()).events == ROWS - 100, "a stick in a pocket is no storage"
    assert f"{ROWS - 100:,} events" in text
    with read_stick(stick) as one:
        key = one.header.public_key
        assert key in text
        assert (one.header.gateway, one.header.status.freed_up_to) == ("school.field", 100)
    with closing(Database(tmp_path / "platform.db")) as platform:
        gateways.trust(platform.connection, "school.field", key)
        done = import_stick(platform, stick, PLATFORM, 1)
        assert done.new == ROWS - 100
        assert done.answer.receipt.gaps == ((1, 100),), "this platform has never had these"
        write_answer(back, done.answer, PLATFORM)
        assert "stop it" in await refused_while_running(tmp_path, back)
        assert f"{ROWS - 200:,} events freed, 100 waiting" in await call_beside("answer", str(back))
        await call_beside("export", str(stick))
        write_answer(back, import_stick(platform, stick, PLATFORM, 1).answer, PLATFORM)
        assert "100 events freed, 0 waiting" in await call_beside("answer", str(back))


async def refused_while_running(folder: Path, back: Path) -> str:
    async with gateway(folder):
        return await call_beside("answer", str(back), status=1)


async def test_only_the_platform_that_answered_first_is_believed(tmp_path: Path) -> None:
    from cloud_sync.signing import public_key_of
    from cloud_sync.stick import StickAnswer

    await written(tmp_path, 10)
    async with gateway(tmp_path) as outbox:
        receipt = Receipt(1, outbox.epoch, 4, ())
    for key, status in ((PLATFORM, 0), (Ed25519PrivateKey.generate(), 1)):
        answer = StickAnswer(1, "school.field", receipt, 1, "ab" * 32, public_key_of(key))
        write_answer(tmp_path / "answer", answer, key)
        await call_beside("answer", str(tmp_path / "answer"), status=status)


async def test_large_rows_make_more_batches_and_none_is_left_out(tmp_path: Path) -> None:
    times = tuple(range(10**15, 10**15 + 200))
    skips = [ch.SkipsCounted(ch.AttemptId("a1"), "band", n, times) for n in range(300)]
    async with gateway(tmp_path) as outbox:
        await outbox._journal.append([Entry(ch.kind_of(one), "l1", one.attempt, 1, 1, ch.encode(one)) for one in skips])
    assert "300 events in 5 batches" in await call_beside("export", str(tmp_path / "stick"))


async def test_a_damaged_row_is_told_as_gone_and_holds_up_no_other(tmp_path: Path) -> None:
    await written(tmp_path, 50)
    async with gateway(tmp_path):
        with closing(sqlite3.connect(tmp_path / "gateway.db", isolation_level=None)) as file:
            file.execute("UPDATE journal SET body = x'00' WHERE seq = 20")
        assert "49 events" in await call_beside("export", str(tmp_path / "stick"))
