"""Serving an application by hypercorn in this process, stopped by an event. Used by the gateway's pages and by the platform's."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

from hypercorn.asyncio import serve
from hypercorn.config import Config

from cloud_sync.errors import PermanentError

if TYPE_CHECKING:
    import asyncio


def check_port(host: str, port: int, what: str, how: str) -> None:
    """Say clearly, and before anything is started, when a port is taken.

    Raises:
        PermanentError: it is; the text names the port and what to do.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as exc:
            raise PermanentError(f"{what} cannot use port {port} on {host}: {exc.strerror}. {how}") from exc


async def serve_app(app: Any, host: str, port: int, stop: asyncio.Event) -> None:
    """Serve until `stop` is set. hypercorn closes half-open connections; uvicorn closed none of 900 (docs/decisions/0006)."""
    config = Config()
    config.bind = [f"[{host}]:{port}" if ":" in host else f"{host}:{port}"]
    config.graceful_timeout = 1.0
    config.websocket_ping_interval = 10.0
    config.errorlog = None
    config.include_server_header = False
    await serve(app, config, shutdown_trigger=stop.wait)
