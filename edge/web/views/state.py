"""The whole state of a gateway, and the messages that keep a page up to date."""

from __future__ import annotations

from typing import Literal

from edge.web.views.base import SavedView, View
from edge.web.views.lesson import ActivityView, LessonView, RosterView, TileView
from edge.web.views.run import RunView
from edge.web.views.sources import SourcesView
from edge.web.views.told import AssignmentView, ContestView


class StateView(View):
    """Everything a page needs to draw itself from nothing.

    `assignments` and `contests` are those that are not over.
    """

    now_ms: int
    gateway: str
    saved: SavedView
    rosters: list[RosterView]
    activities: list[ActivityView]
    class_record: int | None
    countdown_s: int
    lesson: LessonView | None
    sources: SourcesView
    assignments: list[AssignmentView]
    contests: list[ContestView]


class StateMessage(View):
    """WebSocket: sent on connecting and whenever the shape of the page changes."""

    type: Literal["state"] = "state"
    state: StateView


class TilesMessage(View):
    """WebSocket: the fast numbers of the running heat, five times a second at most, tiles in the order of the state."""

    type: Literal["tiles"] = "tiles"
    now_ms: int
    heat: str
    tiles: list[TileView]
    run: RunView | None


class SavedMessage(View):
    """WebSocket: the saved chip has changed."""

    type: Literal["saved"] = "saved"
    now_ms: int
    saved: SavedView
