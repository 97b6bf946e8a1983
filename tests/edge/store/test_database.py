"""A transaction is whole or nothing, also for who is cancelled in it."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import pytest

from edge.store.database import open_database

if TYPE_CHECKING:
    from pathlib import Path

    from edge.store.database import Database


async def write(database: Database, key: str) -> None:
    async with database.transaction() as connection:
        await connection.execute("INSERT INTO about VALUES (?, 'half')", (key,))
        await connection.execute("UPDATE about SET value = 'whole' WHERE key = ?", (key,))


async def test_a_cancel_at_any_moment_stays_a_cancel_and_leaves_nothing_open(tmp_path: Path) -> None:
    database = await open_database(tmp_path / "gateway.db", max_bytes=16 << 20)
    for steps in range(40):
        task = asyncio.create_task(write(database, f"cancelled{steps}"))
        for _ in range(steps):
            await asyncio.sleep(0)
            time.sleep(0.0002)  # noqa: ASYNC251 - the connection's own thread goes on meanwhile
        task.cancel()
        (ended,) = await asyncio.gather(task, return_exceptions=True)
        assert ended is None or isinstance(ended, asyncio.CancelledError), ended
        await write(database, f"after{steps}")
    assert {value for (value,) in await database.read("SELECT value FROM about WHERE key <> 'epoch'")} == {"whole"}
    await database.close()


async def test_what_raises_within_it_changes_nothing(tmp_path: Path) -> None:
    database = await open_database(tmp_path / "gateway.db", max_bytes=16 << 20)
    with pytest.raises(ValueError, match="in the middle"):
        async with database.transaction() as connection:
            await connection.execute("INSERT INTO about VALUES ('a', 'half')")
            raise ValueError("in the middle")
    await write(database, "b")
    assert await database.read("SELECT key FROM about WHERE key <> 'epoch'") == [("b",)]
    await database.close()
