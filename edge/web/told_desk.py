"""What the platform has told, as the pages show it: homework, contests, and the list of directives for the technician."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from edge.web.views.told import AssignmentView, ContestHeatView, ContestView, DirectiveView

if TYPE_CHECKING:
    from edge.store.directives import DirectiveStore
    from edge.store.rosters import Rosters

OVER_AFTER_MS: Final = 12 * 3_600_000
"""Homework and contests of this day are still shown when their time has passed."""


class ToldDesk:
    """Reads the tables of directives."""

    def __init__(self, store: DirectiveStore, rosters: Rosters) -> None:
        self._store, self._rosters = store, rosters

    async def assignments(self, now_ms: int) -> list[AssignmentView]:
        """Homework that is not over, the next due first."""
        going = {key: one for key, one in (await self._store.homework()).items() if one.due_utc_ms > now_ms - OVER_AFTER_MS}
        names = {info.id: info.class_name for info in await self._rosters.list()} if going else {}
        return [
            AssignmentView(
                key=key,
                roster=one.class_id if one.class_id in names else None,
                class_name=names.get(one.class_id, ""),
                pupils=len(one.pupils) or None,
                activity=one.activity,
                goal=one.goal,
                due_ms=one.due_utc_ms,
            )
            for key, one in going.items()
        ]

    async def contests(self, now_ms: int) -> list[ContestView]:
        """Contests with a heat that is not over, the first heat first."""
        found: list[ContestView] = []
        for key, one in (await self._store.contests()).items():
            heats = [ContestHeatView(heat=h.heat, starts_at_ms=h.starts_utc_ms, lanes=len(h.lanes)) for h in one.heats]
            heats.sort(key=lambda heat: (heat.starts_at_ms, heat.heat))
            if heats and heats[-1].starts_at_ms > now_ms - OVER_AFTER_MS:
                found.append(ContestView(key=key, title=one.title, activity=one.activity, heats=heats))
        return found

    async def directives(self) -> list[DirectiveView]:
        """The newest hundred directives, the newest first."""
        return [
            DirectiveView(at_ms=r.at_utc_ms, key=r.key, version=r.version, kind=r.kind, outcome=r.outcome, reason=r.reason)
            for r in await self._store.log(100)
        ]
