"""Class lists: the only table with names. Ids are random and made at import; a name never leaves this machine."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from edge.lesson.roster import Pupil

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge.lesson.roster import ClassList
    from edge.store.database import Database


@dataclass(frozen=True, slots=True)
class RosterInfo:
    """A class, for choosing."""

    id: str
    class_name: str
    pupils: int


class Rosters:
    """Class lists on disk."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list(self) -> list[RosterInfo]:
        """All classes, by name."""
        sql = (
            "SELECT roster.id, class_name, count(pupil.id) FROM roster LEFT JOIN pupil ON pupil.roster = roster.id"
            " GROUP BY roster.id ORDER BY class_name"
        )
        return [RosterInfo(*row) for row in await self._database.read(sql)]

    async def pupils(self, roster: str) -> Sequence[Pupil]:
        """The pupils of a class, by number."""
        sql = "SELECT id, number, name, sex, grade, band, station FROM pupil WHERE roster = ? ORDER BY number"
        return [Pupil(*row) for row in await self._database.read(sql, (roster,))]

    async def store(self, classes: Sequence[ClassList]) -> None:
        """Take class lists in, all or none; a pupil of the same number and name keeps the id, and with it the history."""
        known = await self._known_ids()
        async with self._database.transaction() as connection:
            for one in classes:
                await connection.execute("INSERT OR IGNORE INTO roster VALUES (?, ?)", (secrets.token_hex(8), one.class_name))
                of_class = "(SELECT id FROM roster WHERE class_name = ?)"
                await connection.execute(f"DELETE FROM pupil WHERE roster = {of_class}", (one.class_name,))  # noqa: S608 - fixed text
                await connection.executemany(
                    f"INSERT INTO pupil VALUES (?, {of_class}, ?, ?, ?, ?, ?, ?)",  # noqa: S608 - fixed text
                    [
                        (
                            known.get((one.class_name, p.number, p.name)) or secrets.token_hex(8),
                            one.class_name, p.number, p.name, p.sex, p.grade, p.band, p.station,
                        )
                        for p in one.pupils
                    ],
                )  # fmt: skip

    async def _known_ids(self) -> dict[tuple[str, int, str], str]:
        sql = "SELECT class_name, number, name, pupil.id FROM pupil JOIN roster ON roster.id = pupil.roster"
        return {(class_name, number, name): pupil for class_name, number, name, pupil in await self._database.read(sql)}
