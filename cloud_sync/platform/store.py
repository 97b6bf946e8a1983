"""The reference platform's database, for the event loop: one thread writes, another reads for the page."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

from cloud_sync.platform import gateways, looks
from cloud_sync.platform.database import Database
from cloud_sync.platform.intake import Intake, receipt
from cloud_sync.platform.window import MOST

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from cloud_sync.contract.messages import Receipt
    from cloud_sync.platform.intake import Outcome
    from cloud_sync.platform.parcels import Parcel
    from cloud_sync.platform.views import PlatformView

T = TypeVar("T")


class Store:
    """The open database. `open_store` makes one."""

    def __init__(self, database: Database) -> None:
        self._database, self._intake = database, Intake(database)
        self._reader = database.reader()
        self._write = ThreadPoolExecutor(1, thread_name_prefix="platform.write")
        self._read = ThreadPoolExecutor(1, thread_name_prefix="platform.read")
        self._seen = 0
        self._view: tuple[int, PlatformView] | None = None
        self.changes = 0
        """Grows with everything that the page shows."""

    async def close(self) -> None:
        """Let go of the file, when what is being written is on the disk."""
        for pool in (self._write, self._read):
            await asyncio.to_thread(pool.shutdown)
        self._reader.close()
        self._database.close()

    async def take(self, parcels: Sequence[Parcel], window: int = MOST) -> list[Outcome]:
        """Take messages in one transaction; see `Intake.take`."""
        outcomes = await self._in(self._write, lambda: self._intake.take(parcels, window))
        self.changes += 1
        return outcomes

    async def write(self, effect: Callable[[sqlite3.Connection], T]) -> T:
        """Do something in one transaction; it has been committed when this returns."""

        def whole() -> T:
            with self._database.turn() as connection:
                return effect(connection)

        value = await self._in(self._write, whole)
        self.changes += 1
        return value

    async def read(self, look: Callable[[sqlite3.Connection], T]) -> T:
        """Look at what has been committed."""
        return await self._in(self._read, lambda: look(self._reader))

    async def notice(self) -> None:
        """Look whether another process (a command) has changed something, so that `changes` tells it."""
        (version,) = await self._in(self._read, lambda: self._reader.execute("PRAGMA data_version").fetchone())
        if version != self._seen:
            self._seen = version
            self.changes += 1

    async def revoke(self, gateway: str, *, revoked: bool = True) -> None:
        """Refuse a gateway's data from now on, or take it again."""
        await self.write(lambda connection: gateways.revoke(connection, gateway, revoked=revoked))

    async def receipt(self, gateway: str, epoch: str) -> Receipt:
        """What is here of a journal, and what is missing of what the gateway has called delivered."""
        return await self.read(lambda connection: receipt(connection, gateway, epoch, MOST))

    async def view(self) -> PlatformView:
        """What the page shows; worked out once for each change, however many look."""
        changes = self.changes
        if self._view is None or self._view[0] != changes:
            self._view = (changes, await self.read(looks.view))
        return self._view[1]

    async def _in(self, pool: ThreadPoolExecutor, call: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(pool, call)


async def open_store(path: Path) -> Store:
    """Open, or make, the platform's database.

    Raises:
        PermanentError: the file is of a newer version.
    """
    return Store(await asyncio.to_thread(Database, path))
