"""The HTTP face of a run: laps by hand, who gave up, and who was first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

from fastapi import FastAPI, Query
from fastapi.responses import Response

from edge.web.views.asked import FalseStart, OrderAnswer, Stop, Tap
from edge.web.views.base import Problem
from edge.web.views.state import StateView

if TYPE_CHECKING:
    from edge.web.finish_desk import FinishDesk
    from edge.web.gatehouse import Gatehouse

PROBLEMS: Final[dict[int | str, dict[str, Any]]] = {409: {"model": Problem}, 422: {"model": Problem}}


PHOTO: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {"image/jpeg": {}}, "description": "the line, time running to the right at px_per_s"},
    **PROBLEMS,
}
UNKEPT: Final = {"Cache-Control": "no-store", "Cross-Origin-Resource-Policy": "same-origin"}
"""Pupils are in it: no browser and no proxy keeps it, and no other site may show it."""
LONGEST_MS: Final = 86_400_000


def add_runs(app: FastAPI, gatehouse: Gatehouse, finish: FinishDesk) -> None:
    """Add the commands of a run, and the photo finish."""
    room = gatehouse.room

    @app.get("/api/finish/photo", response_class=Response, responses=PHOTO)
    async def photo(
        from_ms: Annotated[int, Query(ge=-LONGEST_MS, le=LONGEST_MS)],
        to_ms: Annotated[int, Query(ge=-LONGEST_MS, le=LONGEST_MS)],
        px_per_s: Annotated[float, Query(gt=0, le=2_000)] = 200.0,
    ) -> Response:
        """The photo finish from `from_ms` until `to_ms` since the signal; 20 s and 4096 px at the most."""
        return Response(await finish.photo(from_ms, to_ms, px_per_s), media_type="image/jpeg", headers=UNKEPT)

    @app.post("/api/attempts/{attempt}/laps", responses=PROBLEMS)
    async def give_lap(attempt: str, body: Tap) -> StateView:
        await room.runs.give_lap(attempt, body.at_ms)
        return await gatehouse.state()

    @app.post("/api/attempts/{attempt}/laps/{lap}/remove", responses=PROBLEMS)
    async def remove_lap(attempt: str, lap: str) -> StateView:
        await room.runs.remove_lap(attempt, lap)
        return await gatehouse.state()

    @app.post("/api/attempts/{attempt}/stop", responses=PROBLEMS)
    async def stop_runner(attempt: str, body: Stop) -> StateView:
        await room.runs.stop_runner(attempt, stopped=body.stopped)
        return await gatehouse.state()

    @app.post("/api/attempts/{attempt}/false-start", responses=PROBLEMS)
    async def false_start(attempt: str, body: FalseStart) -> StateView:
        await room.runs.false_start(attempt, body.early_ms)
        return await gatehouse.state()

    @app.post("/api/orders/{dispute}", responses=PROBLEMS)
    async def answer_order(dispute: str, body: OrderAnswer) -> StateView:
        await room.runs.answer_order(dispute, body.attempts)
        return await gatehouse.state()
