"""What each attempt is worth now, and from it the personal bests and the class record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge.store.rosters import Kin, Rosters

if TYPE_CHECKING:
    from edge.store.database import Database


class Records:
    """Standings on disk. A correction simply writes the attempt again, so a best can also fall.

    A class that the platform has told, and its pupils, have other ids than before: what was done under the old ones counts.
    """

    def __init__(self, database: Database) -> None:
        self._database, self._rosters = database, Rosters(database)

    async def note(self, attempt: str, pupil: str, roster: str, activity: str, lesson: str, count: int) -> None:
        """An attempt is worth `count` now."""
        values = (attempt, pupil, roster, activity, lesson, count)
        async with self._database.transaction() as connection:
            await connection.execute("INSERT OR REPLACE INTO standing VALUES (?, ?, ?, ?, ?, ?)", values)

    async def bests(self, roster: str, activity: str, *, lowest: bool = False) -> dict[str, int]:
        """Best official number of each pupil of a class that has one.

        Args:
            lowest: the number is a time: less is better, and 0 is none (did not finish).
        """
        best = "min(count)" if lowest else "max(count)"
        some = "AND count > 0" if lowest else ""
        kin = await self._rosters.kin(roster)
        rosters = ", ".join("?" * len(kin.rosters))
        sql = f"SELECT pupil, {best} FROM standing WHERE roster IN ({rosters}) AND activity = ? {some} GROUP BY pupil"  # noqa: S608 - constants
        rows = await self._database.read(sql, (*kin.rosters, activity))
        return _of_all_ids({str(pupil): int(count) for pupil, count in rows}, kin, lowest=lowest)

    async def class_record(self, roster: str, activity: str, *, lowest: bool = False) -> int | None:
        """The best of the class, or `None` before the first result."""
        bests = await self.bests(roster, activity, lowest=lowest)
        return min(bests.values(), default=None) if lowest else max(bests.values(), default=None)


def _of_all_ids(bests: dict[str, int], kin: Kin, *, lowest: bool) -> dict[str, int]:
    """The better one of the two ids of a pupil is the best of both."""
    better = min if lowest else max
    joined = dict(bests)
    for pupil, count in bests.items():
        other = kin.pupils.get(pupil)
        if other is not None:
            joined[other] = joined[pupil] = better(count, bests.get(other, count))
    return joined
