"""The squares of a camera come back as they were saved, and an older store learns to keep them."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest

from edge.store.camera_squares import CameraSquares, SavedSquares
from edge.store.database import open_database, schema_files
from edge.store.errors import StoreFull

if TYPE_CHECKING:
    from pathlib import Path

TWO = SavedSquares(1280, 720, {1: (10, 20, 100, 200), 2: (150, 20, 100, 200)})


async def test_what_was_saved_is_there_after_a_restart(tmp_path: Path) -> None:
    database = await open_database(tmp_path / "gateway.db", max_bytes=16 << 20)
    squares = CameraSquares(database)
    assert await squares.load() == {}
    await squares.save("north", SavedSquares(640, 480, {7: (0, 0, 50, 70)}))
    await squares.save("north", TWO)
    await squares.save("south/2", SavedSquares(640, 480, {}))
    await database.close()

    again = await open_database(tmp_path / "gateway.db", max_bytes=16 << 20)
    assert await CameraSquares(again).load() == {"north": TWO, "south/2": SavedSquares(640, 480, {})}
    await again.close()


async def test_a_full_store_says_so_and_the_old_set_stands(tmp_path: Path) -> None:
    database = await open_database(tmp_path / "gateway.db", max_bytes=16 << 20)
    squares = CameraSquares(database)
    await squares.save("north", TWO)
    async with database.transaction() as connection:
        used = await database.read_one("PRAGMA page_count")
        await connection.execute(f"PRAGMA max_page_count={used}")
    with pytest.raises(StoreFull):
        for number in range(1_000):
            await squares.save(f"camera {number}", SavedSquares(1, 1, dict.fromkeys(range(99), (0, 0, 1, 1))))
    assert (await squares.load())["north"] == TWO
    await database.close()


async def test_a_store_of_the_first_schema_is_brought_up(tmp_path: Path) -> None:
    (_, first), *_ = schema_files()
    with sqlite3.connect(tmp_path / "gateway.db") as old:
        old.executescript(first.read_text(encoding="utf-8"))
        old.execute("PRAGMA user_version=1")
        old.execute("INSERT INTO roster VALUES ('r1', '4-3')")
    old.close()
    database = await open_database(tmp_path / "gateway.db", max_bytes=16 << 20)
    squares = CameraSquares(database)
    await squares.save("north", TWO)
    assert await squares.load() == {"north": TWO}
    assert await database.read_one("SELECT class_name FROM roster") == "4-3"
    await database.close()
