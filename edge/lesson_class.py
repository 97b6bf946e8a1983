"""The class of the lesson: its pupils, and the best of each so far."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge.lesson.activity import Activity
    from edge.lesson.roster import Pupil
    from edge.lesson.session import AttemptState, LessonState


class Rosters(Protocol):
    """What the lesson asks of the class lists."""

    async def pupils(self, roster: str) -> Sequence[Pupil]:
        """The pupils of a class, in the order of their numbers; empty when there is no such class."""
        ...


class Records(Protocol):
    """What the lesson asks of, and tells to, the table of personal bests."""

    async def bests(self, roster: str, activity: str, *, lowest: bool = False) -> dict[str, int]:
        """Best official number of each pupil of a class that has one; with `lowest` they are times."""
        ...

    async def note(self, attempt: str, pupil: str, roster: str, activity: str, lesson: str, count: int) -> None:
        """An attempt is worth `count` now (again after a correction)."""
        ...


class LessonClass:
    """Who takes part in the lesson.

    Attributes:
        pupils: by id.
        bests: best number of each pupil that has one, from before the lesson.
    """

    def __init__(self, rosters: Rosters, records: Records) -> None:
        self._rosters, self._records = rosters, records
        self.pupils: dict[str, Pupil] = {}
        self.bests: dict[str, int] = {}

    async def of_roster(self, roster: str) -> Sequence[Pupil]:
        """The pupils of a class list, whether it is the lesson's or not."""
        return await self._rosters.pupils(roster)

    async def take(self, pupils: Sequence[Pupil], roster: str, activity: str, known: Activity | None) -> None:
        """These are the lesson's now; `known` is the activity, if it is still one of ours."""
        self.pupils = {pupil.id: pupil for pupil in pupils}
        self.bests = await self._records.bests(roster, activity, lowest=known is not None and known.unit == "ms")

    async def note(self, state: LessonState, attempt: AttemptState) -> None:
        """Remember what an attempt is worth now."""
        if attempt.standing is not None:
            place = attempt.place
            await self._records.note(place.attempt, place.pupil, state.roster, state.activity, state.lesson, attempt.standing.count)
