"""What the platform has told, on disk: the effect of a directive and its version are committed together.

Whatever a key had given before goes with each new version of it. So the tables follow from the newest version of each key alone,
however often and in which order directives came.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

import msgspec

from edge.lesson.told_class import ToldClass

if TYPE_CHECKING:
    from aiosqlite import Connection

    from edge.store.database import Database

Outcome = Literal["applied", "known", "older", "refused"]
SettingValue = bool | int | float | str
EFFECTS: Final = ("told_roster", "assignment", "contest", "told_setting", "evidence_wanted")
"""Tables with the effects of a key; what hangs on a row of them goes with it."""
LOG_ROWS: Final = 1_000
"""Directives remembered for the technician."""


@dataclass(frozen=True, slots=True)
class Homework:
    """What pupils of a class are to do; `pupils` empty: all. `goal` is in the unit of the activity."""

    class_id: str
    pupils: tuple[str, ...]
    activity: str
    goal: int
    due_utc_ms: int


@dataclass(frozen=True, slots=True)
class Lane:
    """Who stands where."""

    station: int
    pupil: str


@dataclass(frozen=True, slots=True)
class PlannedHeat:
    """One heat of a contest; `nonce` comes back with its results."""

    heat: int
    starts_utc_ms: int
    nonce: str
    lanes: tuple[Lane, ...]


@dataclass(frozen=True, slots=True)
class Contest:
    """What this field does in a contest."""

    contest: str
    title: str
    activity: str
    heats: tuple[PlannedHeat, ...]


@dataclass(frozen=True, slots=True)
class ToldSetting:
    """A setting that was changed from afar."""

    name: str
    value: SettingValue


@dataclass(frozen=True, slots=True)
class EvidenceWanted:
    """The evidence of an attempt is to be sent."""

    attempt: str


Effect = ToldClass | Homework | Contest | ToldSetting | EvidenceWanted


@dataclass(frozen=True, slots=True)
class LogRow:
    """What became of a directive."""

    at_utc_ms: int
    key: str
    version: int
    kind: str
    outcome: Outcome
    reason: str


class DirectiveStore:
    """The tables of directives."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def newest(self, key: str) -> int:
        """The version of a key that was carried out; 0: none."""
        return int(await self._database.read_one("SELECT version FROM directive WHERE key = ?", (key,)) or 0)

    async def keys(self) -> int:
        """How many keys there are."""
        return int(await self._database.read_one("SELECT count(*) FROM directive"))

    async def settle(self, row: LogRow, effect: Effect | None) -> None:
        """What the key had given before goes, `effect` comes, and the version is noted: one transaction."""
        async with self._database.transaction() as connection:
            for table in EFFECTS:
                await connection.execute(f"DELETE FROM {table} WHERE key = ?", (row.key,))  # noqa: S608 - names of our own
            if effect is not None:
                await _write(connection, row.key, effect)
            await connection.execute("INSERT OR REPLACE INTO directive VALUES (?, ?)", (row.key, row.version))
            await _log(connection, row)

    async def note(self, row: LogRow) -> None:
        """Note an answer that changed nothing. The same one again costs no write, and what was carried out stays so."""
        sql = "SELECT outcome, reason FROM directive_log WHERE key = ? AND version = ?"
        for outcome, reason in await self._database.read(sql, (row.key, row.version)):
            if outcome == "applied" or (outcome, reason) == (row.outcome, row.reason):
                return
        async with self._database.transaction() as connection:
            await _log(connection, row)

    async def log(self, most: int = 100) -> list[LogRow]:
        """The newest directives first."""
        sql = "SELECT at_utc_ms, key, version, kind, outcome, reason FROM directive_log ORDER BY id DESC LIMIT ?"
        return [LogRow(*row) for row in await self._database.read(sql, (most,))]

    async def homework(self) -> dict[str, Homework]:
        """All homework by key, the next due first."""
        sql = "SELECT key, class_id, pupils, activity, goal, due_utc_ms FROM assignment ORDER BY due_utc_ms, key"
        rows = await self._database.read(sql)
        return {key: Homework(class_id, tuple(json.loads(pupils)), *rest) for key, class_id, pupils, *rest in rows}

    async def contests(self) -> dict[str, Contest]:
        """All contests by key, the first heat first."""
        rows = await self._database.read("SELECT key, contest, title, activity, heats FROM contest ORDER BY key")
        found = {key: Contest(contest, title, activity, _heats(heats)) for key, contest, title, activity, heats in rows}
        return dict(sorted(found.items(), key=lambda item: min((heat.starts_utc_ms for heat in item[1].heats), default=0)))

    async def settings(self) -> dict[str, SettingValue]:
        """Settings that were changed from afar; one that has two keys has the value of the last of them."""
        rows = await self._database.read("SELECT name, value FROM told_setting ORDER BY key")
        return {str(name): json.loads(value) for name, value in rows}

    async def evidence_wanted(self) -> str | None:
        """An attempt whose evidence is to be sent, or `None`."""
        found = await self._database.read_one("SELECT attempt FROM evidence_wanted ORDER BY key LIMIT 1")
        return None if found is None else str(found)

    async def evidence_sent(self, attempt: str) -> None:
        """It was sent, or is no longer there."""
        async with self._database.transaction() as connection:
            await connection.execute("DELETE FROM evidence_wanted WHERE attempt = ?", (attempt,))


async def _write(connection: Connection, key: str, effect: Effect) -> None:
    match effect:
        case ToldClass():
            await connection.execute("INSERT INTO told_roster VALUES (?, ?, ?)", (key, effect.class_id, effect.class_name))
            rows = [(key, p.number, p.id, p.sex, p.grade, p.band, p.station) for p in effect.pupils]
            await connection.executemany("INSERT INTO told_pupil VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
        case Homework():
            values = (key, effect.class_id, json.dumps(effect.pupils), effect.activity, effect.goal, effect.due_utc_ms)
            await connection.execute("INSERT INTO assignment VALUES (?, ?, ?, ?, ?, ?)", values)
        case Contest():
            heats = msgspec.json.encode(effect.heats).decode()
            await connection.execute(
                "INSERT INTO contest VALUES (?, ?, ?, ?, ?)", (key, effect.contest, effect.title, effect.activity, heats)
            )
        case ToldSetting():
            await connection.execute("INSERT INTO told_setting VALUES (?, ?, ?)", (key, effect.name, json.dumps(effect.value)))
        case EvidenceWanted():
            await connection.execute("INSERT INTO evidence_wanted VALUES (?, ?)", (key, effect.attempt))


def _heats(text: Any) -> tuple[PlannedHeat, ...]:
    return msgspec.json.decode(text, type=tuple[PlannedHeat, ...])


async def _log(connection: Connection, row: LogRow) -> None:
    await connection.execute("DELETE FROM directive_log WHERE key = ? AND version = ?", (row.key, row.version))
    sql = "INSERT INTO directive_log (at_utc_ms, key, version, kind, outcome, reason) VALUES (?, ?, ?, ?, ?, ?)"
    values = (row.at_utc_ms, row.key, row.version, row.kind, row.outcome, row.reason)
    await connection.execute(sql, values)
    await connection.execute("DELETE FROM directive_log WHERE id <= (SELECT max(id) FROM directive_log) - ?", (LOG_ROWS,))
