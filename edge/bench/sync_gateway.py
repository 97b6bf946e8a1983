"""The gateway's side of `touchline bench sync`, a process of its own: `python -m edge.bench.sync_gateway WHAT FOLDER …`.

`fill` writes rows, `drain` delivers what is there, `live` writes and delivers at once. What was measured is printed as JSON.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
import time
from contextlib import asynccontextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cloud_sync.contract.topics import GatewayIdentity
from cloud_sync.link import Link, parse_broker
from cloud_sync.uplink import Uplink, last_will
from edge.bench.school_rows import school_rows
from edge.outgoing import JournalOutbox
from edge.settings import StoreSettings
from edge.store.database import open_database
from edge.store.journal import Journal

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from edge.store.journal import Entry

GATEWAY: Final = GatewayIdentity("school", "field")
A_BATCH: Final = 1_000
WRITERS: Final = 4
LOOK_S: Final = 0.05


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[Journal]:
    """A journal as the gateway has it."""
    store = StoreSettings()
    database = await open_database(folder / "gateway.db", max_bytes=store.max_bytes)
    journal = Journal(database, boot="3f1c7d0e-5b8a-4a55-9c4e-0f6d2b7a9e11", clock_ok=lambda: True, group_ms=store.group_ms)
    await journal.load()
    turning = asyncio.create_task(journal.run())
    try:
        yield journal
    finally:
        turning.cancel()
        await asyncio.gather(turning, return_exceptions=True)
        await database.close()


async def write(journal: Journal, rows: Iterator[Entry]) -> None:
    """Rows of lessons, in batches, by several writers."""

    def batch() -> list[Entry]:
        return list(islice(rows, A_BATCH))

    async def writer() -> None:
        while entries := batch():
            await journal.append(entries)

    async with asyncio.TaskGroup() as writers:
        for _ in range(WRITERS):
            writers.create_task(writer())


async def deliver(folder: Path, port: int, write_first: int) -> dict[str, float]:
    """Deliver until nothing waits; with rows to write, from the first accept on."""
    rows = list(school_rows(write_first))  # making them is no part of what is measured
    async with opened(folder) as journal:
        outbox = JournalOutbox(journal)
        link = Link(parse_broker(f"mqtt://127.0.0.1:{port}"), str(GATEWAY), will=last_will(GATEWAY, outbox.epoch, "bench"))
        uplink = Uplink(link, outbox, GATEWAY, "bench")
        begun = time.perf_counter()
        tasks = [asyncio.create_task(link.run()), asyncio.create_task(uplink.run())]
        await link.connected()
        gc.collect()
        rss = most = _rss_mb()
        started, first_s = time.perf_counter(), 0.0
        writing = asyncio.create_task(write(journal, iter(rows)))
        tasks.append(writing)
        while not writing.done() or journal.status().pending:
            await asyncio.sleep(LOOK_S)
            most = max(most, _rss_mb())
            if not first_s and uplink.state.batches:
                first_s = time.perf_counter() - begun
            for task in tasks:
                if task.done() and task is not writing:
                    task.result()
        took_s = time.perf_counter() - started
        state = uplink.state
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return {
            "events": journal.newest_seq, "took_s": took_s, "first_s": first_s, "rss_mb": rss, "grown_mb": most - rss,
            "batches": state.batches, "resends": state.resends,
        }  # fmt: skip


async def fill(folder: Path, many: int) -> dict[str, float]:
    """A backlog."""
    async with opened(folder) as journal:
        await write(journal, school_rows(many))
        return {"events": journal.newest_seq}


def _rss_mb() -> float:
    """Memory of this process now (proc_pid_status(5))."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024


def main(what: str, folder: str, number: str = "0", more: str = "0") -> None:
    """`fill FOLDER MANY`, `drain FOLDER PORT`, `live FOLDER PORT MANY`."""
    place = Path(folder)
    course = fill(place, int(number)) if what == "fill" else deliver(place, int(number), int(more))
    sys.stdout.write(json.dumps(asyncio.run(course)) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
