"""The HTTP face of the desks where squares and lines are drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from fastapi import FastAPI
from fastapi.responses import Response

from edge.web.views.base import Problem
from edge.web.views.drawn import DrawnLine, DrawnSquares, FindSquares, FoundView, LineView, StationsView, StillView

if TYPE_CHECKING:
    from edge.web.gatehouse import Gatehouse
    from edge.web.line_desk import LineDesk
    from edge.web.station_desk import StationDesk

REFUSED: Final[dict[int | str, dict[str, Any]]] = {409: {"model": Problem}, 422: {"model": Problem}}
JPEG: Final[dict[int | str, dict[str, Any]]] = {200: {"content": {"image/jpeg": {}}, "description": "the picture"}, **REFUSED}
UNKEPT: Final = {"Cache-Control": "no-store", "Cross-Origin-Resource-Policy": "same-origin"}
"""Children may be in it: no browser and no proxy keeps it, and no other site may show it."""


def add_stations(app: FastAPI, gatehouse: Gatehouse, desk: StationDesk, lines: LineDesk) -> None:
    """Add the routes. Names of cameras may hold a slash."""

    @app.get("/api/cameras/{camera:path}/stations", responses=REFUSED)
    async def stations(camera: str) -> StationsView:
        return desk.stations(camera)

    @app.post("/api/cameras/{camera:path}/stations", responses=REFUSED)
    async def save_stations(camera: str, body: DrawnSquares) -> StationsView:
        """Keep a set of squares; answered when it is committed."""
        view = await desk.save(camera, body)
        gatehouse.room.redraw()
        return view

    @app.get("/api/cameras/{camera:path}/line", responses=REFUSED)
    async def line(camera: str) -> LineView:
        return lines.line(camera)

    @app.post("/api/cameras/{camera:path}/line", responses=REFUSED)
    async def save_line(camera: str, body: DrawnLine) -> LineView:
        """Keep the line for laps, or none; answered when it is committed."""
        view = await lines.save(camera, body)
        gatehouse.room.redraw()
        return view

    @app.post("/api/cameras/{camera:path}/still", responses=REFUSED)
    async def take_still(camera: str) -> StillView:
        """Hold the newest picture of a camera still, in memory, for some minutes."""
        return desk.take_still(camera)

    @app.get("/api/stills/{still}", response_class=Response, responses=JPEG)
    async def still_picture(still: str) -> Response:
        return Response(await desk.jpeg(still), media_type="image/jpeg", headers=UNKEPT)

    @app.post("/api/stills/{still}/find", responses=REFUSED)
    async def find_squares(still: str, body: FindSquares) -> FoundView:
        return await desk.find(still, body.by)
