"""`touchline bench journal`: how fast, how late, how dear "saved" is, and how soon the journal is back after a crash."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from edge.bench.figure import Place, figure
from edge.bench.peers import OTHER_PYTHON
from edge.bench.progress import stages
from edge.settings import StoreSettings
from edge.store.database import open_database
from edge.store.journal import Entry, Journal

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from edge.bench.figure import Figure

RUNS: Final = 5
EVENTS: Final = 200_000
A_BATCH: Final = 1_000
WRITERS: Final = 8
RATE_HZ: Final = 200.0
PACED_S: Final = 6.0
GROUPS_MS: Final = (StoreSettings().group_ms, 15.0, 60.0)
PENDING: Final = 100_000
PUBLISHED: Final = 500
"""Rows in the first batch that goes out."""
KIB: Final = 1024.0

PUPILS: Final = 1_500
LESSONS_A_WEEK: Final = 5
HEATS_A_LESSON: Final = 2
EVENTS_AN_ATTEMPT: Final = 155
"""A minute of rope at 150 skips, each a change of its own, two trips, the result, and a share of the lesson's own rows."""
WEEK: Final = PUPILS * LESSONS_A_WEEK * HEATS_A_LESSON * EVENTS_AN_ATTEMPT

GUEST_EVENTS: Final = 50_000
GUEST_RUNS: Final = 3
NOT_INSTALLED: Final = 3


def run(data: Path | None, notes: list[str] | None = None) -> list[Figure]:  # noqa: ARG001 - recordings have no say here
    """The journal's figures, beside the storage of ThingsBoard's gateway.

    Args:
        notes: takes what the figures cannot say.
    """
    told = [] if notes is None else notes
    with stages(5 + len(GROUPS_MS)) as begin, tempfile.TemporaryDirectory(prefix="touchline-bench-", dir=_disk()) as place:
        folder = Path(place)
        begin("thingsboard-gateway")
        guest = _guest(folder / "guest", told)
        begin("batches")
        batches = [asyncio.run(_batches(folder / f"batches-{number}")) for number in range(RUNS)]
        stored, drained, bytes_an_event = (list(values) for values in zip(*batches, strict=True))
        figures = [
            figure(
                f"saved in batches of {A_BATCH:,}", stored, "events/s", goal=100_000, better="more",
                beside={"thingsboard-gateway, not synced,": guest.get("stored", [])},
            ),
            figure(
                f"read and freed, {PUBLISHED} at once", drained, "events/s", better="more",
                beside={f"thingsboard-gateway, pack {n}": guest.get(f"pack {n}", []) for n in (10, 1_000)},
            ),
        ]  # fmt: skip
        for group_ms in GROUPS_MS:
            begin(f"200 a second, {group_ms:g} ms")
            figures += _paced(folder, group_ms)
        begin("recovery")
        recovery = asyncio.run(_recovery(folder / "recovery"))
        figures.append(figure(f"start with {PENDING:,} pending", recovery, "s", goal=2.0))
        budget = StoreSettings().max_bytes
        share = [WEEK * size / budget for size in bytes_an_event]
        figures += [
            figure("file, an event", bytes_an_event, "bytes"),
            figure(f"a week without network, {PUPILS:,} pupils", [WEEK], "events"),
            figure("of the default budget", share, "share", goal=0.95),
        ]
    told.append(f"loads of the machine in the last 1, 5, 15 minutes: {', '.join(f'{load:.1f}' for load in os.getloadavg())}")
    return figures


def _disk() -> str | None:
    """Not in memory: `TMPDIR` says where, else the folder the bench is started in."""
    return os.environ.get("TMPDIR") or str(Path.cwd())


def _entry(number: int) -> Entry:
    attempt = f"a-{number % 40:012d}"
    body = b'{"kind":"skips_counted","attempt":"%s","source":"band","total":%d,"new_t_ns":[%d],"band_total":%d}'
    filled = body % (attempt.encode(), number // 40, number * 5_000_000, number // 40 + 1_000)
    return Entry("skips_counted", "l-0123456789ab", attempt, 1_800_000_000_000 + number * 5, number * 5_000_000, filled)


@asynccontextmanager
async def _opened(folder: Path, group_ms: float) -> AsyncIterator[Journal]:
    database = await open_database(folder / "gateway.db", max_bytes=StoreSettings().max_bytes)
    journal = Journal(database, boot="3f1c7d0e-5b8a-4a55-9c4e-0f6d2b7a9e11", clock_ok=lambda: True, group_ms=group_ms)
    await journal.load()
    turning = asyncio.create_task(journal.run())
    try:
        yield journal
    finally:
        turning.cancel()
        await asyncio.gather(turning, return_exceptions=True)
        await database.close()


async def _batches(folder: Path) -> tuple[float, float, float]:
    """Events a second accepted and durable, events a second read and freed, and bytes an event takes in the file."""
    batches = [[_entry(number) for number in range(at, at + A_BATCH)] for at in range(0, EVENTS, A_BATCH)]
    async with _opened(folder, GROUPS_MS[0]) as journal:
        waiting = iter(batches)

        async def writer() -> None:
            for batch in waiting:
                await journal.append(batch)

        started = time.perf_counter()
        async with asyncio.TaskGroup() as writers:
            for _ in range(WRITERS):
                writers.create_task(writer())
        stored = EVENTS / (time.perf_counter() - started)
        await journal.append([_entry(EVENTS)])
        started, sent = time.perf_counter(), 0
        while rows := await journal.pending(sent, PUBLISHED, 1 << 20):
            sent = rows[-1].seq
            await journal.free(sent, [])
        drained = sent / (time.perf_counter() - started)
    size = (folder / "gateway.db").stat().st_size
    shutil.rmtree(folder)
    return stored, drained, size / EVENTS


def _paced(folder: Path, group_ms: float) -> list[Figure]:
    runs = [asyncio.run(_paced_once(folder / f"paced-{group_ms}-{number}", group_ms)) for number in range(RUNS)]
    table, column = f"One event at a time, {RATE_HZ:.0f} a second", f"commits wait {group_ms:g} ms"
    shipped = group_ms == GROUPS_MS[0]
    return [
        figure(
            f"half of the accepts, {column}", [run[0] for run in runs], "ms", place=Place(table, "half of the accepts, ms", column)
        ),
        figure(
            f"99 of 100 accepts, {column}", [run[1] for run in runs], "ms",
            goal=20.0 if shipped else None, place=Place(table, "99 of 100 accepts, ms", column),
        ),
        figure(
            f"written an event, {column}", [run[2] / KIB for run in runs], "KiB",
            goal=1.0 if shipped else None, place=Place(table, "written an event, KiB", column),
        ),
    ]  # fmt: skip


async def _paced_once(folder: Path, group_ms: float) -> tuple[float, float, float]:
    """Two quantiles of the time of one accept in milliseconds, and bytes written an event, checkpoints and all."""
    took_ms: list[float] = []
    many = int(RATE_HZ * PACED_S)
    async with _opened(folder, group_ms) as journal:

        async def accept(number: int) -> None:
            started = time.perf_counter()
            await journal.append([_entry(number)])
            took_ms.append((time.perf_counter() - started) * 1e3)

        before, begun = _written(), time.perf_counter()
        async with asyncio.TaskGroup() as writers:
            for number in range(many):
                await asyncio.sleep(max(0.0, begun + number / RATE_HZ - time.perf_counter()))
                writers.create_task(accept(number))
    written = _written() - before
    shutil.rmtree(folder)
    cuts = statistics.quantiles(took_ms, n=100, method="inclusive")
    return cuts[49], cuts[98], written / many


def _written() -> int:
    """Bytes that this process has sent towards the disk (proc_pid_io(5)): whole pages of 4 KiB, also for a part of one."""
    lines = Path("/proc/self/io").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("write_bytes"))


async def _recovery(folder: Path) -> list[float]:
    """Seconds from opening a file that was left as by `kill -9` until the first batch is in hand."""
    async with _opened(folder, GROUPS_MS[0]) as journal:
        for at in range(0, PENDING, A_BATCH):
            await journal.append([_entry(number) for number in range(at, at + A_BATCH)])
        await journal.append([_entry(PENDING)])
        copies = [folder / f"left-{number}" for number in range(RUNS)]
        for copy in copies:
            copy.mkdir()
            for name in ("gateway.db", "gateway.db-wal"):
                shutil.copy(folder / name, copy / name)
    took_s = []
    for copy in copies:
        started = time.perf_counter()
        async with _opened(copy, GROUPS_MS[0]) as journal:
            rows = await journal.pending(0, PUBLISHED, 1 << 20)
            took_s.append(time.perf_counter() - started)
            assert len(rows) == PUBLISHED
            assert journal.status().pending == PENDING + 1
    shutil.rmtree(folder)
    return took_s


def _guest(folder: Path, notes: list[str]) -> dict[str, list[float]]:
    script = str(Path(__file__).with_name("guest_store.py"))
    for python in [sys.executable, *filter(None, [os.environ.get(OTHER_PYTHON)])]:
        command = [python, script, str(folder), str(GUEST_EVENTS), str(GUEST_RUNS)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own script
        if done.returncode == 0:
            told = json.loads(done.stdout.splitlines()[-1])
            notes.append(f"thingsboard-gateway {told.pop('version')}")
            return {str(name): [float(value) for value in values] for name, values in told.items()}
        if done.returncode != NOT_INSTALLED:
            notes.append(f"thingsboard-gateway failed: {done.stderr.strip().splitlines()[-1:]}")
            return {}
    notes.append(f"thingsboard-gateway is not installed: give it an environment of its own and name its Python in {OTHER_PYTHON}")
    return {}
