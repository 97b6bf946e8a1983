"""The evidence of attempts on disk: for a stated life, within a byte budget, the oldest go first.

Evidence is second to the journal: it never takes the last fifth of the file, it is removed in small steps between which the journal
writes, and what cannot be kept is counted, never an error of the lesson.
"""

from __future__ import annotations

import logging
import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from edge.store.database import translate
from edge.store.errors import StoreFull

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge.store.database import Database

log = logging.getLogger(__name__)

DAY_MS: Final = 86_400_000
ROWS_A_STEP: Final = 20
"""Removed in one transaction: about 300 kB, a few milliseconds in which the journal waits."""
MOST_OF_FILE: Final = 0.8
"""Share of the file's limit beyond which no evidence is added."""


@dataclass(frozen=True, slots=True)
class Kept:
    """The evidence of one attempt, as it is kept.

    Attributes:
        in_doubt: a person has yet to look at the result.
        starts_mono_ns: the signal on the clock that the stamps of the clip are of.
        station: the square, or `None`.
        clip: name of the clip of the heat, or `None`.
        body: see `edge.counting.evidence.to_bytes`.
    """

    attempt: str
    lesson: str
    in_doubt: bool
    starts_mono_ns: int
    station: int | None
    clip: str | None
    body: bytes


@dataclass(frozen=True, slots=True)
class EvidenceStatus:
    """For the technician.

    Attributes:
        removed_by_age, removed_by_budget, not_kept: attempts, since the start.
    """

    attempts: int = 0
    bytes_used: int = 0
    bytes_limit: int = 0
    removed_by_age: int = 0
    removed_by_budget: int = 0
    not_kept: int = 0


class EvidenceStore:
    """Evidence by attempt. `load` first.

    Args:
        life_days: after this it is removed, unless somebody has yet to look at the result.
        doubt_life_days: after this it is removed although nobody has.
        max_bytes: budget; beyond it the oldest of what is settled goes.

    Attributes:
        life_days, doubt_life_days: may be changed at any time.
    """

    def __init__(self, database: Database, *, life_days: float, doubt_life_days: float, max_bytes: int) -> None:
        self._database = database
        self.life_days, self.doubt_life_days = life_days, doubt_life_days
        self._max_bytes = max_bytes
        self._attempts = self._bytes = self._by_age = self._by_budget = self._not_kept = 0

    async def load(self) -> None:
        """Learn how much there is."""
        rows = await self._database.read("SELECT count(*), coalesce(sum(bytes), 0) FROM evidence")
        self._attempts, self._bytes = int(rows[0][0]), int(rows[0][1])

    def status(self) -> EvidenceStatus:
        """How much there is, and what had to go."""
        return EvidenceStatus(self._attempts, self._bytes, self._max_bytes, self._by_age, self._by_budget, self._not_kept)

    async def keep(self, many: Sequence[Kept], now_utc_ms: int) -> frozenset[str]:
        """Write evidence; the oldest that is settled makes room.

        Returns:
            The attempts whose evidence is committed. Nothing is raised for what finds no room: it is counted.
        """
        kept: list[Kept] = []
        room = await self._make_room(sum(len(one.body) for one in many))
        for one in many:
            if len(one.body) <= room:
                room -= len(one.body)
                kept.append(one)
        rows = [
            (k.attempt, k.lesson, now_utc_ms, int(k.in_doubt), len(k.body), k.starts_mono_ns, k.station, k.clip, k.body)
            for k in kept
        ]
        try:
            async with self._database.transaction() as connection:
                await connection.executemany("INSERT OR REPLACE INTO evidence VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
        except sqlite3.Error as exc:
            _only_full(exc)
            kept = []
        if len(kept) < len(many):
            self._not_kept += len(many) - len(kept)
            log.warning("evidence kept=%d not_kept=%d: no room", len(kept), len(many) - len(kept))
        await self.load()
        return frozenset(one.attempt for one in kept)

    async def get(self, attempt: str) -> Kept | None:
        """The evidence of an attempt, or `None` when there is none or no longer."""
        sql = "SELECT attempt, lesson, in_doubt, starts_mono_ns, station, clip, body FROM evidence WHERE attempt = ?"
        rows = await self._database.read(sql, (attempt,))
        if not rows:
            return None
        name, lesson, in_doubt, starts_mono_ns, station, clip, body = rows[0]
        return Kept(name, lesson, bool(in_doubt), starts_mono_ns, station, clip, body)

    async def of_lesson(self, lesson: str) -> frozenset[str]:
        """The attempts of a lesson that there is evidence of."""
        rows = await self._database.read("SELECT attempt FROM evidence WHERE lesson = ?", (lesson,))
        return frozenset(str(row[0]) for row in rows)

    async def clips(self) -> frozenset[str]:
        """The clips that belong to evidence."""
        rows = await self._database.read("SELECT DISTINCT clip FROM evidence WHERE clip IS NOT NULL")
        return frozenset(str(row[0]) for row in rows)

    async def doubt(self, attempt: str, *, in_doubt: bool) -> None:
        """A person has settled the result, or opened it again."""
        try:
            async with self._database.transaction() as connection:
                await connection.execute("UPDATE evidence SET in_doubt = ? WHERE attempt = ?", (int(in_doubt), attempt))
        except sqlite3.Error as exc:
            _only_full(exc)

    async def tidy(self, now_utc_ms: int) -> None:
        """Remove what has had its life, and the oldest beyond the budget; may be called at any time, a lesson goes on beside it."""
        try:
            await self._remove_old(now_utc_ms)
            await self._make_room(0)
        except sqlite3.Error as exc:
            _only_full(exc)

    async def _remove_old(self, now_utc_ms: int) -> None:
        old = "SELECT attempt, bytes FROM evidence WHERE in_doubt = ? AND kept_utc_ms < ? ORDER BY kept_utc_ms, attempt LIMIT ?"
        for in_doubt, life_days in ((0, self.life_days), (1, max(self.life_days, self.doubt_life_days))):
            while rows := await self._database.read(old, (in_doubt, now_utc_ms - round(life_days * DAY_MS), ROWS_A_STEP)):
                self._by_age += await self._remove([str(attempt) for attempt, _ in rows])
        await self.load()

    async def _make_room(self, wanted: int) -> int:
        """Remove the oldest of what is settled until so many bytes have room, or nothing is left to remove; the room there is."""
        oldest = "SELECT attempt, bytes FROM evidence WHERE in_doubt = 0 ORDER BY kept_utc_ms, attempt LIMIT ?"
        while (room := await self._room()) < wanted or room < 0:
            rows = await self._database.read(oldest, (ROWS_A_STEP,))
            if not rows:
                break
            going: list[str] = []
            freed = 0
            for attempt, size in rows:
                if room + freed >= max(wanted, 0):
                    break
                going.append(str(attempt))
                freed += int(size)
            self._by_budget += await self._remove(going)
            await self.load()
        return max(0, room)

    async def _room(self) -> int:
        in_file = int(MOST_OF_FILE * self._database.max_bytes) - await self._database.bytes_used()
        return min(self._max_bytes - self._bytes, in_file)

    async def _remove(self, attempts: Sequence[str]) -> int:
        async with self._database.transaction() as connection:
            await connection.executemany("DELETE FROM evidence WHERE attempt = ?", [(attempt,) for attempt in attempts])
        return len(attempts)


def _only_full(exc: sqlite3.Error) -> None:
    """A full file is no fault of the lesson: it is said and goes on. Anything else is raised."""
    fault = translate(exc)
    if not isinstance(fault, StoreFull):
        raise fault from exc
    log.warning("evidence not written: %s", fault)
