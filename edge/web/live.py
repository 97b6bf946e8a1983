"""Live pages: one broadcaster looks at the gatehouse, every connected page gets the newest of what changed.

A page that is slow never slows the others: each has room for one message of a kind, and the newer one replaces the older.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from starlette.websockets import WebSocketDisconnect

from edge.web.views.state import SavedMessage, StateMessage, TilesMessage

if TYPE_CHECKING:
    from starlette.websockets import WebSocket

    from edge.web.gatehouse import Gatehouse
    from edge.web.views.base import View

TICK_S: Final = 0.2
"""Five pictures a second are enough for a number, and cheap for a tablet (measured: docs/pages.md)."""
QUIET_TICKS: Final = 5
"""Even when nothing happens the tiles go out once a second: seconds of silence grow."""
MOST_PAGES: Final = 64
"""Tablets and screens of one field; one more is turned away with 4429."""


class Page:
    """One connected page: the newest message of each kind that it has not been sent."""

    def __init__(self) -> None:
        self._waiting: dict[str, str] = {}
        self._there = asyncio.Event()

    def put(self, message: View) -> None:
        """Leave a message; a newer one of the same kind replaces it, and a whole state replaces tiles."""
        kind = str(getattr(message, "type", ""))
        if kind == "state":
            self._waiting.clear()
        self._waiting[kind] = message.model_dump_json()
        self._there.set()

    async def take(self) -> list[str]:
        """Wait for messages, and take all of them."""
        await self._there.wait()
        self._there.clear()
        messages, self._waiting = list(self._waiting.values()), {}
        return messages


class Live:
    """The broadcaster and its pages."""

    def __init__(self, gatehouse: Gatehouse) -> None:
        self._gatehouse = gatehouse
        self._pages: set[Page] = set()

    @property
    def pages(self) -> int:
        """How many pages are connected."""
        return len(self._pages)

    async def run(self) -> None:
        """Look five times a second, and at once when somebody is over the line; tell everyone what changed. Until cancelled."""
        room = self._gatehouse.room
        shape, pulse, quiet = -1, -1, 0
        saved, troubles = self._gatehouse.saved(), self._gatehouse.troubles()
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(TICK_S):
                    await room.runs.urgent.wait()
            room.runs.urgent.clear()
            if not self._pages:
                continue
            quiet += 1
            told, troubles = troubles, self._gatehouse.troubles()
            if room.shape != shape or troubles != told:
                shape, pulse, quiet = room.shape, room.pulse, 0
                self._tell(StateMessage(state=await self._gatehouse.state()))
            elif room.pulse != pulse or quiet >= QUIET_TICKS:
                pulse, quiet = room.pulse, 0
                self._tell_tiles()
            if (now := self._gatehouse.saved()) != saved:
                saved = now
                self._tell(SavedMessage(now_ms=self._gatehouse.now_ms(), saved=saved))

    def _tell_tiles(self) -> None:
        heat = self._gatehouse.heat()
        if heat is not None:
            self._tell(TilesMessage(now_ms=self._gatehouse.now_ms(), heat=heat.id, tiles=heat.tiles, run=heat.run))

    def _tell(self, message: View) -> None:
        for page in self._pages:
            page.put(message)

    def show(self, page: Page) -> None:
        """Tell this page from now on, too."""
        self._pages.add(page)

    async def serve(self, socket: WebSocket) -> None:
        """Serve one connected page until it goes."""
        await socket.accept()
        if len(self._pages) >= MOST_PAGES:
            await socket.close(4429, "too many pages")
            return
        page = Page()
        page.put(StateMessage(state=await self._gatehouse.state()))
        self.show(page)
        try:
            async with asyncio.TaskGroup() as tasks:
                sender = tasks.create_task(_send(socket, page), name="live.send")
                await _until_gone(socket)
                sender.cancel()
        finally:
            self._pages.discard(page)


async def _send(socket: WebSocket, page: Page) -> None:
    with suppress(WebSocketDisconnect, RuntimeError):
        while True:
            for message in await page.take():
                await socket.send_text(message)


async def _until_gone(socket: WebSocket) -> None:
    with suppress(WebSocketDisconnect, RuntimeError):
        while True:
            await socket.receive_text()
