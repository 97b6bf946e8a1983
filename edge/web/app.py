"""The HTTP face of the gateway: state, commands, the live socket, and the pages themselves."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

from fastapi import FastAPI, Request, UploadFile, WebSocket
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from fastapi.staticfiles import StaticFiles

from edge.lesson.roster import RosterFault, read_roster
from edge.lesson.session import Refused
from edge.web.auth import COOKIE, Door
from edge.web.live import Live
from edge.web.replay_api import add_replays
from edge.web.run_api import add_runs
from edge.web.stations_api import add_stations
from edge.web.told_api import add_told
from edge.web.views.asked import Correction, OpenLesson, Presence, StartHeat
from edge.web.views.base import Problem
from edge.web.views.state import SavedMessage, StateMessage, StateView, TilesMessage

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from edge.web.finish_desk import FinishDesk
    from edge.web.gatehouse import Gatehouse
    from edge.web.line_desk import LineDesk
    from edge.web.replay_desk import ReplayDesk
    from edge.web.station_desk import StationDesk
    from edge.web.told_desk import ToldDesk

STATIC: Final = Path(__file__).parent / "static"
MOST_ROSTER_BYTES: Final = 1 << 20
CONTENT_SECURITY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; "
    "manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types svelte-trusted-html"
)
NO_CODE: Final = (
    '<!doctype html><html lang="zh"><meta charset="utf-8"><title>Touchline 场边</title>'
    "<p>请用网关启动时给出的地址打开（地址里带有访问码）。"
    '<p lang="en">Open the address that the gateway printed when it started: it carries the access code.'
)
PROBLEMS: Final[dict[int | str, dict[str, Any]]] = {409: {"model": Problem}, 422: {"model": Problem}}


def create_app(
    gatehouse: Gatehouse,
    live: Live,
    door: Door,
    metrics: Callable[[], str],
    desk: StationDesk,
    replays: ReplayDesk,
    finish: FinishDesk,
    lines: LineDesk,
    told: ToldDesk | None = None,
) -> FastAPI:
    """Put the application together.

    Args:
        metrics: text for Prometheus.
        desk: where squares are drawn.
        replays: where counts are looked at again.
        finish: where the line is looked at again.
        lines: where the line for laps is drawn.
        told: what the platform has told; without it that is nothing.
    """
    app = FastAPI(title="Touchline gateway", version="1", docs_url=None, redoc_url=None)
    _add_door(app, door)
    _add_problems(app)
    _add_commands(app, gatehouse)
    _add_rosters(app, gatehouse)
    _add_reading(app, gatehouse, metrics)
    add_stations(app, gatehouse, desk, lines)
    add_replays(app, replays)
    add_runs(app, gatehouse, finish)
    add_told(app, gatehouse, told)

    @app.websocket("/api/live")
    async def live_socket(socket: WebSocket) -> None:
        if not door.lets_in(socket.cookies):
            await socket.accept()
            await socket.close(4401, "access code needed")
            return
        await live.serve(socket)

    app.add_api_route("/board", _board, include_in_schema=False)
    app.add_api_route("/stations", _stations, include_in_schema=False)
    app.add_api_route("/line", _line, include_in_schema=False)
    app.mount("/", StaticFiles(directory=STATIC, html=True, check_dir=False), name="pages")
    return app


async def _board() -> Response:
    return FileResponse(STATIC / "board.html")


async def _stations() -> Response:
    return FileResponse(STATIC / "stations.html")


async def _line() -> Response:
    return FileResponse(STATIC / "line.html")


def _add_door(app: FastAPI, door: Door) -> None:
    @app.middleware("http")
    async def guard(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        code = request.query_params.get("code")
        if code is not None and door.knows(code):
            response: Response = RedirectResponse(request.url.path, status_code=303)
            response.set_cookie(COOKIE, code, httponly=True, samesite="strict", max_age=180 * 86_400)
        elif request.url.path == "/health" or door.lets_in(request.cookies):
            response = await call_next(request)
        elif request.url.path.startswith("/api"):
            problem = Problem(code="code_needed", message_zh="需要访问码", message_en="The access code is needed")
            response = JSONResponse(problem.model_dump(), 401)
        else:
            response = HTMLResponse(NO_CODE, 401)
        response.headers["Content-Security-Policy"] = CONTENT_SECURITY
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
        unchanging = request.url.path.startswith("/assets/")
        # A still or a replay says for itself that it must not be kept at all.
        response.headers.setdefault("Cache-Control", "public, max-age=31536000, immutable" if unchanging else "no-cache")
        return response


def _add_problems(app: FastAPI) -> None:
    @app.exception_handler(Refused)
    async def refused(_: Request, exc: Refused) -> JSONResponse:
        problem = Problem(code=exc.code, message_zh=exc.message_zh, message_en=exc.message_en)
        return JSONResponse(problem.model_dump(), 409)

    @app.exception_handler(RosterFault)
    async def roster_fault(_: Request, exc: RosterFault) -> JSONResponse:
        problem = Problem(code="roster_faults", message_zh=exc.message_zh, message_en=exc.message_en)
        return JSONResponse(problem.model_dump(), 422)

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, exc: RequestValidationError) -> JSONResponse:
        where = "; ".join(f"{'.'.join(map(str, error['loc']))}: {error['msg']}" for error in exc.errors())
        problem = Problem(code="invalid", message_zh=f"内容不对：{where}", message_en=f"Not understood: {where}")
        return JSONResponse(problem.model_dump(), 422)


def _add_commands(app: FastAPI, gatehouse: Gatehouse) -> None:
    room = gatehouse.room

    @app.post("/api/lessons", responses=PROBLEMS)
    async def open_lesson(body: OpenLesson) -> StateView:
        await room.open_lesson(await gatehouse.rosters.current(body.roster), body.activity)
        return await gatehouse.state()

    @app.post("/api/lessons/close", responses=PROBLEMS)
    async def close_lesson() -> StateView:
        await room.close_lesson()
        return await gatehouse.state()

    @app.post("/api/heats/start", responses=PROBLEMS)
    async def start_heat(body: StartHeat) -> StateView:
        countdown_s = gatehouse.countdown_s if body.countdown_s is None else body.countdown_s
        await room.start_heat(countdown_s, waves=body.waves, wave_gap_s=body.wave_gap_s, rolling=body.rolling)
        return await gatehouse.state()

    @app.post("/api/heats/stop", responses=PROBLEMS)
    async def stop_heat() -> StateView:
        await room.stop_heat()
        return await gatehouse.state()

    @app.post("/api/heats/next", responses=PROBLEMS)
    async def next_heat() -> StateView:
        await room.show_next()
        return await gatehouse.state()

    @app.post("/api/heats/repeat", responses=PROBLEMS)
    async def repeat_heat() -> StateView:
        await room.repeat_heat()
        return await gatehouse.state()

    @app.post("/api/attempts/{attempt}/correct", responses=PROBLEMS)
    async def correct(attempt: str, body: Correction) -> StateView:
        await room.correct(attempt, body.count, body.reason)
        return await gatehouse.state()

    @app.post("/api/attempts/{attempt}/undo", responses=PROBLEMS)
    async def undo(attempt: str) -> StateView:
        await room.undo(attempt)
        return await gatehouse.state()

    @app.post("/api/pupils/{pupil}/presence", responses=PROBLEMS)
    async def presence(pupil: str, body: Presence) -> StateView:
        await room.set_presence(pupil, present=body.present)
        return await gatehouse.state()


def _add_rosters(app: FastAPI, gatehouse: Gatehouse) -> None:
    @app.post("/api/rosters", responses=PROBLEMS)
    async def import_rosters(file: Annotated[UploadFile, "a CSV file"]) -> StateView:
        content = await file.read(MOST_ROSTER_BYTES + 1)
        if len(content) > MOST_ROSTER_BYTES:
            raise Refused("roster_large", "名单文件不能超过 1 MB", "A roster file must not be larger than 1 MB")
        await gatehouse.rosters.store(read_roster(content))
        gatehouse.room.redraw()
        return await gatehouse.state()


def _add_reading(app: FastAPI, gatehouse: Gatehouse, metrics: Callable[[], str]) -> None:
    @app.get("/api/state")
    async def state() -> StateView:
        return await gatehouse.state()

    @app.get("/api/live/messages", responses={200: {"model": StateMessage | TilesMessage | SavedMessage}})
    async def live_messages() -> Response:
        """The shapes of what `/api/live` sends; only here so that they stand in this document."""
        return PlainTextResponse("connect by WebSocket to /api/live", status_code=426)

    @app.get("/api/results.csv", response_class=PlainTextResponse)
    async def results() -> Response:
        text = _results_csv(await gatehouse.state())
        return Response(
            text.encode("utf-8-sig"),
            media_type="text/csv",
            headers={"Content-Disposition": 'attachment; filename="results.csv"'},
        )

    @app.get("/metrics", response_class=PlainTextResponse)
    async def metrics_text() -> str:
        return metrics()

    @app.get("/health")
    async def health() -> dict[str, str]:
        return {"status": "ok"}


def _results_csv(state: StateView) -> str:
    """Results of the heat on the page, in the columns that a school's spreadsheet expects."""
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(
        ["班级 class", "学号 number", "姓名 name", "项目 activity", "成绩 result", "得分 score", "附加分 bonus", "待看 review"]
    )
    if state.lesson is not None:
        for tile in state.lesson.heat.tiles:
            result = tile.result
            row = [state.lesson.class_name, tile.number, _cell(tile.name), state.lesson.activity.name_zh]
            unit = state.lesson.activity.unit
            row += (
                [_in_unit(result.official, unit), result.score, result.bonus, result.review.reason if result.review else ""]
                if result
                else []
            )
            table.writerow(row)
    return out.getvalue()


def _in_unit(number: int, unit: str) -> str:
    """A number as a school's sheet has it: times as minutes and seconds, metres and laps with their unit."""
    match unit:
        case "ms":
            minutes, ms = divmod(number, 60_000)
            return f"{minutes}:{ms / 1e3:04.1f}" if number else "DNF"
        case "m":
            return f"{number} m"
        case _:
            return str(number)


def _cell(text: str) -> str:
    """A name that a spreadsheet would take for a formula is made plain text."""
    return "'" + text if text[:1] in "=+-@" else text
