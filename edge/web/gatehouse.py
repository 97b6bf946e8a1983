"""Everything the pages may ask of the gateway, in one place: the state of the moment, and the commands.

The HTTP and WebSocket shells in `app` and `live` only carry what is worked out here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol

from edge.web.presenter import Presenter, activity_view
from edge.web.views.base import SavedView
from edge.web.views.lesson import HeatView, RosterView
from edge.web.views.sources import SourcesView
from edge.web.views.state import StateView

if TYPE_CHECKING:
    from edge.clock import Clock
    from edge.lesson_room import LessonRoom
    from edge.store.journal import Journal
    from edge.store.records import Records
    from edge.store.rosters import Rosters
    from edge.web.told_desk import ToldDesk

NEARLY_FULL = 0.95
"""Share of the journal's limit from which a technician is called."""
CALM_NS = 2_000_000_000
"""All is called delivered when nothing has waited for this long: the chip does not flicker with every event of a heat."""


class Sources(Protocol):
    """What the agent knows of its receivers and cameras."""

    def view(self) -> SourcesView:
        """The receivers and cameras of the moment."""
        ...

    @property
    def camera_stations(self) -> frozenset[int]:
        """Squares that a camera is set up for."""
        ...

    @property
    def gates(self) -> tuple[Literal["camera", "radio"], ...]:
        """What sees the line of a run."""
        ...

    @property
    def photo(self) -> bool:
        """Whether there is a photo finish."""
        ...


class Gatehouse:
    """Joins the room, the tables and the sources into views."""

    def __init__(
        self,
        room: LessonRoom,
        rosters: Rosters,
        records: Records,
        journal: Journal,
        sources: Sources,
        clock: Clock,
        *,
        title: str,
        silent_after_s: float,
        countdown_s: int,
        told: ToldDesk | None = None,
    ) -> None:
        self._told = told
        self.room, self.rosters, self.records = room, rosters, records
        self._journal, self._sources, self._clock = journal, sources, clock
        self._busy_until_ns = self._newest_waiting = 0
        self.title, self._silent_after_s, self.countdown_s = title, silent_after_s, countdown_s

    def now_ms(self) -> int:
        """The gateway's wall clock."""
        return self._clock.utc_ms()

    def saved(self) -> SavedView:
        """The saved chip."""
        status, now_ns = self._journal.status(), self._clock.monotonic_ns()
        if status.pending:
            self._busy_until_ns, self._newest_waiting = now_ns + CALM_NS, status.pending
        if status.bytes_used >= NEARLY_FULL * status.bytes_limit:
            return SavedView(state="full", waiting=status.pending)
        if now_ns < self._busy_until_ns:
            return SavedView(state="waiting", waiting=self._newest_waiting)
        return SavedView(state="delivered", waiting=0)

    def troubles(self) -> tuple[object, ...]:
        """What of the receivers and cameras a page must know at once: it changes when one of them goes, comes or sheds load."""
        view = self._sources.view()
        radios = [(radio.name, radio.listening, radio.error) for radio in view.radios]
        return (*radios, *((c.name, c.state, c.load, c.engine, c.error, *c.notes) for c in view.cameras))

    def heat(self) -> HeatView | None:
        """The heat on the page, or `None` without a lesson."""
        presenter = self._presenter()
        return None if presenter is None else presenter.heat()

    async def state(self) -> StateView:
        """Everything a page needs to draw itself from nothing."""
        rosters = await self.rosters.list()
        names = {roster.id: roster.class_name for roster in rosters}
        lesson, record = None, None
        room = self.room
        presenter = self._presenter()
        if presenter is not None and room.state is not None and not room.state.closed:
            lesson = presenter.lesson(names.get(room.state.roster, ""), room.activities[room.state.activity], room.per_heat)
            lowest = room.activities[room.state.activity].unit == "ms"
            record = await self.records.class_record(room.state.roster, room.state.activity, lowest=lowest)
        return StateView(
            now_ms=self.now_ms(),
            gateway=self.title,
            saved=self.saved(),
            rosters=[RosterView(id=r.id, class_name=r.class_name, pupils=r.pupils) for r in rosters],
            activities=[activity_view(activity, room.per_heat) for activity in room.activities.values()],
            class_record=record,
            countdown_s=self.countdown_s,
            lesson=lesson,
            sources=self._sources.view(),
            assignments=await self._told.assignments(self.now_ms()) if self._told else [],
            contests=await self._told.contests(self.now_ms()) if self._told else [],
        )

    def _presenter(self) -> Presenter | None:
        room = self.room
        if room.state is None:
            return None
        return Presenter(
            room.state,
            room.pupils,
            room.bests,
            room.signs,
            now_ns=self._clock.monotonic_ns(),
            now_ms=self._clock.utc_ms(),
            camera_stations=self._sources.camera_stations,
            silent_after_s=self._silent_after_s,
            replays=room.replays,
            squares=room.squares,
            activity=room.activities.get(room.state.activity),
            gates=self._sources.gates,
            photo=self._sources.photo,
            at_line=(room.runs.crossings_waiting, room.runs.strangers),
        )
