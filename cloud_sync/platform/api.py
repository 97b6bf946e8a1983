"""The platform's HTTP face: the page, its data, and live changes."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from fastapi import FastAPI, Request, WebSocket
from fastapi.responses import Response
from fastapi.staticfiles import StaticFiles
from starlette.websockets import WebSocketDisconnect

from cloud_sync.platform.views import PlatformMessage, PlatformView

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from cloud_sync.platform.store import Store

STATIC: Final = Path(__file__).parent / "static"
TICK_S: Final = 0.2
CONTENT_SECURITY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types svelte-trusted-html"
)


def create_app(store: Store) -> FastAPI:
    """Put the application together."""
    app = FastAPI(title="Touchline platform", version="1", docs_url=None, redoc_url=None)

    @app.middleware("http")
    async def headers(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        response = await call_next(request)
        response.headers["Content-Security-Policy"] = CONTENT_SECURITY
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
        unchanging = request.url.path.startswith("/assets/")
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if unchanging else "no-cache"
        return response

    @app.get("/api/platform")
    async def platform() -> PlatformView:
        return await store.view()

    @app.get("/api/live/messages", responses={200: {"model": PlatformMessage}})
    async def live_messages() -> Response:
        """The shape of what `/api/live` sends; only here so that it stands in this document."""
        return Response("connect by WebSocket to /api/live", status_code=426)

    @app.get("/health")
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    @app.websocket("/api/live")
    async def live(socket: WebSocket) -> None:
        await socket.accept()
        reader = asyncio.ensure_future(_until_gone(socket))
        seen = -1
        with suppress(WebSocketDisconnect, RuntimeError):
            while not reader.done():
                if store.changes != seen:
                    seen = store.changes
                    await socket.send_text(PlatformMessage(platform=await store.view()).model_dump_json())
                await asyncio.wait({reader}, timeout=TICK_S)
        reader.cancel()

    app.mount("/", StaticFiles(directory=STATIC, html=True, check_dir=False), name="pages")
    return app


async def _until_gone(socket: WebSocket) -> None:
    with suppress(WebSocketDisconnect, RuntimeError):
        while True:
            await socket.receive_text()
