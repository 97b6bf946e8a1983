"""Look at a journal after something was done to it: is all there that was called saved, and nothing else than was written."""

from __future__ import annotations

import asyncio
import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from edge.store.database import open_database
from edge.store.journal import Entry, Journal

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

MIB = 1 << 20


@dataclass
class Outcome:
    """Of many trials.

    Attributes:
        acknowledged: events that were called saved.
        lost: of these, how many were not there afterwards.
        wrong: rows that were there and are not what was written, or numbers given twice.
        set_aside: trials after which the file counted as damaged.
        recovery_ms: from opening the file to the first rows that could be published, a trial each.
    """

    trials: int = 0
    acknowledged: int = 0
    lost: int = 0
    wrong: int = 0
    set_aside: int = 0
    losing_trials: int = 0
    recovery_ms: list[float] = field(default_factory=list)

    def told(self, name: str) -> str:
        """One line for `make torture` and `pytest -s`."""
        ms = sorted(self.recovery_ms) or [0.0]
        bound = f", rate below {3 / self.trials:.2g} (95 %)" if self.trials and not self.lost else ""
        return (
            f"{name}: trials {self.trials:,}, acknowledged {self.acknowledged:,}, lost {self.lost:,}{bound},"
            f" wrong {self.wrong:,}, set aside {self.set_aside:,},"
            f" recovery p50 {ms[len(ms) // 2]:.1f} ms, p99 {ms[len(ms) * 99 // 100]:.1f} ms"
        )


def body_of(number: int) -> bytes:
    """A body that tells whether it is the right one."""
    return b'{"kind":"skips_counted","total":%d,"more":"%s"}' % (number, b"." * (number * 7 % 97))


def entry(number: int) -> Entry:
    """An event like those of a heat."""
    t_utc_ms, t_mono_ns = 1_800_000_000_000 + number, number * 5_000_000
    return Entry("skips_counted", f"l{number // 400}", f"a{number % 40}", t_utc_ms, t_mono_ns, body_of(number))


async def look(file: Path, acknowledged: Iterable[int], outcome: Outcome) -> None:
    """Open a journal whose row `seq` has the body `body_of(seq)`, and add what is found to the outcome."""
    wanted = set(acknowledged)
    started = time.perf_counter()
    database = await open_database(file, max_bytes=256 * MIB)
    try:
        journal = Journal(database, boot="look", clock_ok=lambda: True)
        await journal.load()
        await journal.pending(0, 100, MIB)
        outcome.recovery_ms.append((time.perf_counter() - started) * 1e3)
        rows = await journal.pending(journal.freed_up_to, 1 << 30, 1 << 40)
        found = {row.seq for row in rows} | set(range(1, journal.freed_up_to + 1))
        outcome.wrong += sum(row.entry != entry(row.seq) for row in rows) + (len(found) != journal.status().newest_seq)
        outcome.trials += 1
        outcome.acknowledged += len(wanted)
        outcome.lost += len(wanted - found)
        outcome.losing_trials += bool(wanted - found)
        outcome.set_aside += bool(database.set_aside)
    finally:
        await database.close()


def say(text: str) -> None:
    """Speak to whoever runs the tests with `-s`, as `make torture` does."""
    sys.stdout.write(f"\n{text}\n")


def look_at(file: Path, acknowledged: Iterable[int], outcome: Outcome) -> None:
    """See `look`."""
    asyncio.run(look(file, acknowledged, outcome))
