"""The HTTP face of what the platform has told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import FastAPI

from edge.web.views.told import AssignmentView, ContestView, DirectiveView

if TYPE_CHECKING:
    from edge.web.gatehouse import Gatehouse
    from edge.web.told_desk import ToldDesk


def add_told(app: FastAPI, gatehouse: Gatehouse, told: ToldDesk | None) -> None:
    """Add the routes; without a desk nothing was told."""

    @app.get("/api/assignments")
    async def assignments() -> list[AssignmentView]:
        """Homework that is not over, the next due first."""
        return await told.assignments(gatehouse.now_ms()) if told else []

    @app.get("/api/contests")
    async def contests() -> list[ContestView]:
        """Contests of this field that are not over; only shown and kept."""
        return await told.contests(gatehouse.now_ms()) if told else []

    @app.get("/api/directives")
    async def directives() -> list[DirectiveView]:
        """What became of the platform's directives: the newest hundred."""
        return await told.directives() if told else []
