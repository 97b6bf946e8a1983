"""The reference platform's database on SQLite: inserts once, and has the effect in the same transaction."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import aiosqlite
import msgspec

from cloud_sync.contract.messages import Body, Corrected, Event, Receipt, Result, Status
from cloud_sync.errors import PermanentError
from cloud_sync.platform.views import GatewayView, PlatformView, ResultView, SummaryView

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

SCHEMA: Final = Path(__file__).parent / "schema"
MOST_GAPS: Final = 100
NEWEST_RESULTS: Final = 60


class Store:
    """The open database. `open_store` makes one."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection
        self.changes = 0
        """Grows with everything that the page shows."""

    async def close(self) -> None:
        """Let go of the file."""
        await self._connection.close()

    async def is_revoked(self, gateway: str) -> bool:
        """Whether this gateway's data is refused."""
        return bool(await self._one("SELECT revoked FROM gateway WHERE id = ?", gateway))

    async def revoke(self, gateway: str, *, revoked: bool = True) -> None:
        """Refuse a gateway's data from now on, or take it again."""
        await self._connection.execute("UPDATE gateway SET revoked = ? WHERE id = ?", (int(revoked), gateway))
        self.changes += 1

    async def status(self, gateway: str, status: Status) -> None:
        """A gateway has come or gone."""
        sql = (
            "INSERT INTO gateway (id, state, epoch, version, seen_utc_ms) VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET"
            " state = excluded.state, epoch = excluded.epoch, version = excluded.version, seen_utc_ms = excluded.seen_utc_ms"
        )
        await self._connection.execute(sql, (gateway, status.state, status.epoch, status.version, _now_ms()))
        if status.freed_up_to:
            await self._connection.execute(
                "INSERT INTO progress VALUES (?, ?, 0, ?) ON CONFLICT DO UPDATE SET newest = max(newest, excluded.newest)",
                (gateway, status.epoch, status.freed_up_to),
            )
        self.changes += 1

    async def take(self, gateway: str, epoch: str, events: Sequence[Event], bad: Iterable[BadEvent] = ()) -> int:
        """Store events and their effect in one transaction; what is here already is left alone.

        Returns:
            How many were new.
        """
        now_ms = _now_ms()
        execute = self._connection.execute
        await execute("BEGIN IMMEDIATE")
        try:
            before = self._connection.total_changes
            rows = [_values(gateway, epoch, event, now_ms) for event in events]
            await self._connection.executemany("INSERT OR IGNORE INTO event VALUES (?,?,?,?,?,?,?,?,?,?)", rows)
            new = self._connection.total_changes - before
            for one in bad:
                sql = "INSERT OR IGNORE INTO quarantine VALUES (NULL, ?, ?, ?, ?, ?, ?)"
                await execute(sql, (gateway, epoch, one.seq, one.reason, one.wire, now_ms))
            if new:
                for attempt in {event.attempt for event in events if isinstance(event.body, Result | Corrected)}:
                    await self._stand(gateway, attempt, now_ms)
            await self._progress(gateway, epoch)
            await execute("UPDATE gateway SET seen_utc_ms = ? WHERE id = ?", (now_ms, gateway))
            await execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                await execute("ROLLBACK")
            raise
        self.changes += 1
        return new

    async def receipt(self, gateway: str, epoch: str) -> Receipt:
        """What is here of a journal, and what is missing in between."""
        sql = "SELECT whole_to, newest FROM progress WHERE gateway = ? AND epoch = ?"
        rows = await self._all(sql, gateway, epoch)
        whole_to, newest = rows[0] if rows else (0, 0)
        gaps = await self._gaps(gateway, epoch, whole_to, newest)
        if len(gaps) > MOST_GAPS:
            newest, gaps = gaps[MOST_GAPS][0] - 1, gaps[:MOST_GAPS]
        return Receipt(1, epoch, newest, tuple(gaps))

    async def view(self) -> PlatformView:
        """What the page shows."""
        counts = await self._all(
            "SELECT (SELECT count(*) FROM gateway), (SELECT count(*) FROM gateway WHERE state = 'online'),"
            " (SELECT count(DISTINCT pupil) FROM result), (SELECT count(*) FROM result), (SELECT count(*) FROM event),"
            " (SELECT count(*) FROM quarantine)"
        )
        names = ("gateways", "online", "pupils", "results", "events", "quarantined")
        columns = (
            "gateway, class_id, attempt, pupil, activity, official, live, confidence, source, score, bonus, review, corrected,"
            " decided_utc_ms AS decided_ms, received_utc_ms AS received_ms, change, unit"
        )
        results = await self._dicts(f"SELECT {columns} FROM result ORDER BY change DESC LIMIT {NEWEST_RESULTS}")  # noqa: S608 - fixed text
        return PlatformView(
            now_ms=_now_ms(),
            summary=SummaryView(**dict(zip(names, counts[0], strict=True))),
            gateways=await self._gateways(),
            results=[ResultView(**row) for row in results],
        )

    async def _gateways(self) -> list[GatewayView]:
        views = []
        for row in await self._dicts("SELECT id, state, epoch, version, seen_utc_ms AS seen_ms FROM gateway ORDER BY id"):
            receipt = await self.receipt(row["id"], row["epoch"])
            missing = sum(last - first + 1 for first, last in receipt.gaps)
            views.append(GatewayView(**row, stored_up_to=receipt.stored_up_to, missing=missing))
        return views

    async def _progress(self, gateway: str, epoch: str) -> None:
        """Move `whole_to` over everything that is here, or in quarantine, without a gap."""
        known = await self._all("SELECT whole_to, newest FROM progress WHERE gateway = ? AND epoch = ?", gateway, epoch)
        whole_to, newest = known[0] if known else (0, 0)
        here = f"SELECT seq FROM ({_HERE}) ORDER BY seq"  # noqa: S608 - fixed text
        async with self._connection.execute(here, (gateway, epoch, whole_to, gateway, epoch, whole_to)) as rows:
            async for (seq,) in rows:
                newest = max(newest, seq)
                if seq == whole_to + 1:
                    whole_to = seq
        await self._connection.execute("INSERT OR REPLACE INTO progress VALUES (?, ?, ?, ?)", (gateway, epoch, whole_to, newest))

    async def _gaps(self, gateway: str, epoch: str, whole_to: int, newest: int) -> list[tuple[int, int]]:
        if newest <= whole_to:
            return []
        gaps, expected = [], whole_to + 1
        here = f"SELECT seq FROM ({_HERE}) ORDER BY seq"  # noqa: S608 - fixed text
        for (seq,) in await self._all(here, gateway, epoch, whole_to, gateway, epoch, whole_to):
            if seq > expected:
                gaps.append((expected, seq - 1))
            expected = seq + 1
        if expected <= newest:
            gaps.append((expected, newest))
        return gaps

    async def _stand(self, gateway: str, attempt: str | None, now_ms: int) -> None:
        """Work out anew what an attempt is worth, from all its events in their order: late or doubled ones change nothing."""
        sql = (
            "SELECT body, t_utc_ms, lesson, epoch FROM event WHERE gateway = ? AND attempt = ? AND kind IN ('result', 'corrected')"
            " ORDER BY epoch, seq"
        )
        rows = await self._all(sql, gateway, attempt)
        bodies = [(msgspec.json.decode(body, type=Body), at_ms, lesson) for body, at_ms, lesson, _ in rows]
        results = [(body, at_ms, lesson) for body, at_ms, lesson in bodies if isinstance(body, Result)]
        if not results:
            return
        result, decided_ms, lesson = results[-1]
        corrections = [body for body, _, _ in bodies if isinstance(body, Corrected)]
        corrected = bool(corrections) and corrections[-1].reason != "undone"
        official = corrections[-1].count if corrections else result.official
        change = 1 + int(await self._one("SELECT coalesce(max(change), 0) FROM result"))
        opened = "SELECT json_extract(body, '$.class_id') FROM event WHERE gateway = ? AND lesson = ? AND kind = 'lesson_opened'"
        class_id = await self._one(opened, gateway, lesson) or ""
        await self._connection.execute(
            "INSERT OR REPLACE INTO result VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
            (
                gateway, attempt, class_id, result.pupil, result.activity, official, result.live, result.confidence, result.source,
                result.score, result.bonus, None if corrected else result.review, int(corrected), decided_ms, now_ms, change,
                result.unit,
            ),
        )  # fmt: skip

    async def _all(self, sql: str, *values: Any) -> list[Any]:
        async with self._connection.execute(sql, values) as rows:
            return list(await rows.fetchall())

    async def _one(self, sql: str, *values: Any) -> Any:
        rows = await self._all(sql, *values)
        return rows[0][0] if rows else None

    async def _dicts(self, sql: str) -> list[dict[str, Any]]:
        async with self._connection.execute(sql) as rows:
            names = [column[0] for column in rows.description]
            return [dict(zip(names, row, strict=True)) for row in await rows.fetchall()]


class BadEvent(msgspec.Struct, frozen=True):
    """One event of a batch that could not be taken."""

    seq: int | None
    reason: str
    wire: bytes


async def open_store(path: Path) -> Store:
    """Open, or make, the platform's database.

    Raises:
        PermanentError: the file is of a newer version.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = await aiosqlite.connect(path, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "journal_size_limit=8388608"):
        await connection.execute(f"PRAGMA {pragma}")
    async with connection.execute("PRAGMA user_version") as rows:
        found = await rows.fetchone()
    version = int(found[0]) if found else 0
    files = [(int(file.name.split("_")[0]), file) for file in sorted(SCHEMA.glob("[0-9]*.sql"))]
    if version > files[-1][0]:
        await connection.close()
        raise PermanentError(f"{path} is of a newer version ({version}): install the newer Touchline again")
    for number, file in files:
        if number > version:
            sql = file.read_text(encoding="utf-8")
            await connection.executescript(f"BEGIN IMMEDIATE;\n{sql}\nPRAGMA user_version={number};\nCOMMIT;")
    return Store(connection)


_HERE: Final = (
    "SELECT seq FROM event WHERE gateway = ? AND epoch = ? AND seq > ?"
    " UNION SELECT seq FROM quarantine WHERE gateway = ? AND epoch = ? AND seq > ?"
)


def _values(gateway: str, epoch: str, event: Event, now_ms: int) -> tuple[Any, ...]:
    kind = event.body.__struct_config__.tag
    body = msgspec.json.encode(event.body)
    return (
        gateway, epoch, event.seq, kind, event.lesson, event.attempt, event.t_utc_ms, int(event.clock_ok), body, now_ms,
    )  # fmt: skip


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
