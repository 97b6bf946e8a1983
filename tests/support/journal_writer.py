"""A process that writes a journal and says what was saved: `python journal_writer.py FILE SAYS EVENTS [OPTION …]`.

SAYS is a file that takes one record of five 64-bit numbers {6, 0, seq, 0, 0} an event that was called saved (the log of
`faulty_disk.c`, or a file of its own). Options: `normal` turns the safety off that the journal needs, `free` lets rows leave the
outbox on the way, `status` prints the journal's status as JSON at the end.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import struct
import sys
from dataclasses import asdict
from pathlib import Path

if __name__ == "__main__":
    sys.path[:0] = [str(Path(__file__).resolve().parents[2]), str(Path(__file__).resolve().parents[1])]

from edge.store.database import open_database
from edge.store.journal import Journal
from support.journal_look import entry

RECORD = struct.Struct("<5q")
SAVED = 6


async def write(file: Path, says: int, events: int, options: frozenset[str], seed: int = 1) -> None:
    """Write so many events, several writers at once, and say which were saved."""
    draw = random.Random(seed)
    database = await open_database(file, max_bytes=256 << 20)
    if "normal" in options:
        await database._writer.execute("PRAGMA synchronous=NORMAL")
    journal = Journal(database, boot="writer", clock_ok=lambda: True, group_ms=0.5)
    await journal.load()
    turning = asyncio.create_task(journal.run())
    try:
        failed = await _write(journal, says, events, options, draw)
        if "status" in options:
            sys.stdout.write(json.dumps(asdict(journal.status()) | {"raised": failed}))
    finally:
        turning.cancel()
        await asyncio.gather(turning, return_exceptions=True)
        await database.close()


async def _write(journal: Journal, says: int, events: int, options: frozenset[str], draw: random.Random) -> int:
    failed = 0
    next_seq = journal.status().newest_seq + 1
    end = next_seq + events
    while next_seq < end:
        many = min(draw.choice((1, 1, 1, 2, 5, 40)), end - next_seq)
        try:
            rows = await journal.append([entry(seq) for seq in range(next_seq, next_seq + many)])
        except Exception:
            failed += 1
            if "faults" not in options:
                raise
            continue
        os.write(says, b"".join(RECORD.pack(SAVED, 0, row.seq, 0, 0) for row in rows))
        next_seq = rows[-1].seq + 1
        if "free" in options and draw.random() < 0.1:
            await journal.free(rows[0].seq - 1, [])
    return failed


def said(record: bytes) -> list[int]:
    """Numbers that were called saved, of a file of its own."""
    return [seq for what, _, seq, _, _ in RECORD.iter_unpack(record[: len(record) // RECORD.size * RECORD.size]) if what == SAVED]


if __name__ == "__main__":
    where = os.open(sys.argv[2], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    asyncio.run(write(Path(sys.argv[1]), where, int(sys.argv[3]), frozenset(sys.argv[4:])))
