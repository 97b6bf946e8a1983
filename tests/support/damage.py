"""Damage a stopped journal, as old flash does, and see whether anybody is lied to."""

from __future__ import annotations

import asyncio
import random
import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from edge.store.database import open_database
from edge.store.errors import RowDamaged
from edge.store.journal import Journal
from support.journal_look import MIB, entry

if TYPE_CHECKING:
    from pathlib import Path

ROWS = 1_200


@dataclass
class Damaged:
    """Of many trials.

    Attributes:
        found: told at the start (the file was set aside) or by the row.
        harmless: every row was right.
        torn: the last one or two commits of the log were hit, or the log was cut short: nothing in the file tells that from a
            power cut.
        silent: rows were wrong or missing, and nothing said so; `what` tells which trials.
    """

    trials: int = 0
    found: int = 0
    harmless: int = 0
    torn: int = 0
    silent: int = 0
    what: list[str] = field(default_factory=list)

    def told(self) -> str:
        """One line."""
        return (
            f"flipped and cut bytes: trials {self.trials:,}, found {self.found:,}, harmless {self.harmless:,},"
            f" log cut short or hit in its last commits {self.torn:,}, silent {self.silent:,}"
        )


def damage(folder: Path, trials: int, seed: int) -> Damaged:
    """Damage copies of one journal, half of the times its log."""
    draw = random.Random(seed)
    (good := folder / "good").mkdir()
    last_commit = asyncio.run(_make(good))
    told = Damaged()
    for trial in range(trials):
        place = folder / f"trial-{trial}"
        shutil.copytree(good, place)
        file = place / ("gateway.db-wal" if trial % 2 else "gateway.db")
        cut = _hurt(file, draw)
        asyncio.run(_judge(place, ROWS if cut and trial % 2 else last_commit, told))
        shutil.rmtree(place)
    return told


async def _make(folder: Path) -> int:
    """A journal half in the database and half in the log, as after `kill -9`.

    Returns:
        How many rows were in the two last commits: a hole of 4 KiB can hide both.
    """
    work = folder / "work"
    work.mkdir()
    database = await open_database(work / "gateway.db", max_bytes=256 * MIB)
    journal = Journal(database, boot="b", clock_ok=lambda: True, group_ms=0)
    await journal.load()
    turning = asyncio.create_task(journal.run())
    for start in range(1, ROWS, 20):
        await journal.append([entry(seq) for seq in range(start, start + 20)])
        if start == ROWS // 2 + 1:
            await database.read("PRAGMA wal_checkpoint(TRUNCATE)")
    for name in ("gateway.db", "gateway.db-wal"):
        shutil.copy(work / name, folder / name)
    turning.cancel()
    await asyncio.gather(turning, return_exceptions=True)
    await database.close()
    shutil.rmtree(work)
    return 2 * 20


def _hurt(file: Path, draw: random.Random) -> bool:
    """Whether the file was cut short."""
    content = bytearray(file.read_bytes())
    at = draw.randrange(len(content))
    kind = draw.randrange(4)
    match kind:
        case 0:
            content[at] ^= 1 << draw.randrange(8)
        case 1:
            length = draw.choice((2, 16, 512, 4_096))
            content[at : at + length] = draw.randbytes(len(content[at : at + length]))
        case 2:
            content[at : at + 4_096] = bytes(len(content[at : at + 4_096]))
        case _:
            del content[at:]
    file.write_bytes(content)
    return kind == 3


async def _judge(place: Path, last_commit: int, told: Damaged) -> None:
    told.trials += 1
    database = await open_database(place / "gateway.db", max_bytes=256 * MIB)
    try:
        if database.set_aside:
            told.found += 1
            return
        journal = Journal(database, boot="b", clock_ok=lambda: True)
        try:
            await journal.load()
            rows = await journal.pending(0, 1 << 30, 1 << 40)
            if journal.status().damaged:
                told.found += 1
                return
        except RowDamaged:
            told.found += 1
            return
        right = all(row.entry == entry(row.seq) for row in rows) and [row.seq for row in rows] == [*range(1, len(rows) + 1)]
        if right and len(rows) == ROWS:
            told.harmless += 1
        elif right and len(rows) >= ROWS - last_commit:
            told.torn += 1
        else:
            told.silent += 1
            told.what.append(f"{place.name}: {len(rows)} rows")
    finally:
        await database.close()
