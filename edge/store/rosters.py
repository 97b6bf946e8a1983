"""Class lists: the only table with names. Ids are random; a name never leaves this machine.

The school's own list and what the platform has told of a class lie in tables of their own, and are put together when they are read
(`edge.lesson.told_class`). So a list can be imported, told, changed and withdrawn in any order, and nothing of the other is lost.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from edge.lesson.roster import Pupil
from edge.lesson.told_class import ToldPupil, one_class, same_name, same_pupils

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from edge.lesson.roster import ClassList
    from edge.store.database import Database


@dataclass(frozen=True, slots=True)
class RosterInfo:
    """A class, for choosing."""

    id: str
    class_name: str
    pupils: int


@dataclass(frozen=True, slots=True)
class Kin:
    """All ids of one class, and of its pupils.

    Attributes:
        rosters: of the class.
        pupils: an id of a pupil to the other id of the same one, both ways.
    """

    rosters: tuple[str, ...]
    pupils: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Told:
    key: str
    class_id: str
    class_name: str
    own: str | None
    """The school's own list of the same class."""


class Rosters:
    """Class lists on disk."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list(self) -> list[RosterInfo]:
        """All classes, by name. One that the platform knows too has the platform's id."""
        own = await self._own()
        told = await self._told()
        counts = await self._counts() if told else {}
        matched = {one.own for one in told}
        infos = [RosterInfo(id_, name, pupils) for id_, (name, pupils) in own.items() if id_ not in matched]
        for one in told:
            name = one.class_name if one.own is None else own[one.own][0]
            infos.append(RosterInfo(one.class_id, name, len(counts.get(one.key, set()) | counts.get(one.own or "", set()))))
        return sorted(infos, key=lambda info: info.class_name)

    async def pupils(self, roster: str) -> Sequence[Pupil]:
        """The pupils of a class, by number. By the id of the school's own list it is that list alone."""
        one = await self._told_of(roster)
        if one is None:
            return await self._own_pupils(roster)
        return one_class(await self._own_pupils(one.own or ""), await self._told_pupils(one.key))

    async def current(self, roster: str) -> str:
        """The id that a class has for new lessons: the platform's, if it knows the class."""
        return next((one.class_id for one in await self._told() if one.own == roster), roster)

    async def kin(self, roster: str) -> Kin:
        """All that a class and its pupils are called, whichever of its ids is given."""
        told = next((one for one in await self._told() if roster in {one.own, one.class_id}), None)
        if told is None or told.own is None:
            return Kin((roster,))
        same = same_pupils(await self._own_pupils(told.own), await self._told_pupils(told.key))
        return Kin((told.class_id, told.own), same)

    async def ids_of_class(self, class_name: str) -> frozenset[str]:
        """The ids of the classes of that name."""
        own, told = await self._own(), await self._told()
        names = [(id_, name) for id_, (name, _) in own.items()] + [(one.class_id, one.class_name) for one in told]
        return frozenset(id_ for id_, name in names if same_name(name) == same_name(class_name))

    async def ids_of_key(self, key: str) -> frozenset[str]:
        """The ids of the class that the platform has told under a key; empty when there is none."""
        told = [one for one in await self._told() if one.key == key]
        return frozenset(id_ for one in told for id_ in (one.class_id, one.own) if id_ is not None)

    async def store(self, classes: Sequence[ClassList]) -> None:
        """Take class lists in, all or none; a pupil of the same number and name keeps the id, and with it the history.

        The platform's ids are its own matter: whoever has a number that it knows has its id, whatever the name.
        """
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

    # --- the two lists --------------------------------------------------------------------------------------------------

    async def _own(self) -> dict[str, tuple[str, int]]:
        """The school's own classes: id to name and number of pupils, by name."""
        sql = (
            "SELECT roster.id, class_name, count(pupil.id) FROM roster LEFT JOIN pupil ON pupil.roster = roster.id"
            " GROUP BY roster.id ORDER BY class_name"
        )
        return {str(id_): (str(name), int(pupils)) for id_, name, pupils in await self._database.read(sql)}

    async def _told(self) -> Sequence[_Told]:
        """The platform's classes; one that it has told under two keys is taken from the first of them."""
        rows = await self._database.read("SELECT key, class_id, class_name FROM told_roster ORDER BY key DESC")
        if not rows:
            return []
        names = await self._database.read("SELECT id, class_name FROM roster ORDER BY class_name DESC")
        own = {same_name(name): str(id_) for id_, name in names}
        return tuple({class_id: _Told(key, class_id, name, own.get(same_name(name))) for key, class_id, name in rows}.values())

    async def _told_of(self, roster: str) -> _Told | None:
        return next((one for one in await self._told() if one.class_id == roster), None)

    async def _counts(self) -> dict[str, set[int]]:
        """The numbers in each list, by its key or id."""
        numbers: dict[str, set[int]] = {}
        sql = "SELECT key, number FROM told_pupil UNION ALL SELECT roster, number FROM pupil"
        for name, number in await self._database.read(sql):
            numbers.setdefault(str(name), set()).add(int(number))
        return numbers

    async def _own_pupils(self, roster: str) -> Sequence[Pupil]:
        sql = "SELECT id, number, name, sex, grade, band, station FROM pupil WHERE roster = ? ORDER BY number"
        return [Pupil(*row) for row in await self._database.read(sql, (roster,))]

    async def _told_pupils(self, key: str) -> Sequence[ToldPupil]:
        sql = "SELECT pupil, number, sex, grade, band, station FROM told_pupil WHERE key = ? ORDER BY number"
        return [ToldPupil(*row) for row in await self._database.read(sql, (key,))]

    async def _known_ids(self) -> dict[tuple[str, int, str], str]:
        sql = "SELECT class_name, number, name, pupil.id FROM pupil JOIN roster ON roster.id = pupil.roster"
        return {(class_name, number, name): pupil for class_name, number, name, pupil in await self._database.read(sql)}
