"""The HTTP face of the desk where a count is looked at again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

from fastapi import FastAPI, Query
from fastapi.responses import Response

from edge.web.views.base import Problem
from edge.web.views.replay import ReplayView

if TYPE_CHECKING:
    from edge.web.replay_desk import ReplayDesk

REFUSED: Final[dict[int | str, dict[str, Any]]] = {409: {"model": Problem}, 422: {"model": Problem}}
PART: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "content": {"application/octet-stream": {}},
        "description": "JPEG pictures, before each its time (int32, ms since the signal) and its bytes (uint32), little-endian",
    },
    **REFUSED,
}
UNKEPT: Final = {"Cache-Control": "no-store", "Cross-Origin-Resource-Policy": "same-origin"}
"""A pupil is in it: no browser and no proxy keeps it, and no other site may show it."""
LONGEST_MS: Final = 3_600_000


def add_replays(app: FastAPI, desk: ReplayDesk) -> None:
    """Add the routes."""

    @app.get("/api/attempts/{attempt}/replay", responses=REFUSED)
    async def replay(attempt: str, response: Response) -> ReplayView:
        response.headers.update(UNKEPT)
        return await desk.replay(attempt)

    @app.get("/api/attempts/{attempt}/clip", response_class=Response, responses=PART)
    async def clip(
        attempt: str,
        from_ms: Annotated[int, Query(ge=-LONGEST_MS, le=LONGEST_MS)],
        to_ms: Annotated[int, Query(ge=-LONGEST_MS, le=LONGEST_MS)],
    ) -> Response:
        """Pictures of the attempt's square from `from_ms` until before `to_ms`; ten seconds at the most."""
        return Response(await desk.clip(attempt, from_ms, to_ms), media_type="application/octet-stream", headers=UNKEPT)
