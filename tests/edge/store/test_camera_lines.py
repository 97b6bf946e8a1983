"""The line of a camera comes back as it was saved, also that there is none; an older store learns to keep it."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from edge.counting.gate_line import GateLine
from edge.counting.line import Line
from edge.store.camera_lines import CameraLines
from edge.store.database import open_database, schema_files

if TYPE_CHECKING:
    from pathlib import Path

LINE = GateLine(Line(100, 20, 140, 700), (1280, 720), "far", "right_to_left")


async def test_what_was_saved_is_there_after_a_restart(tmp_path: Path) -> None:
    database = await open_database(tmp_path / "gateway.db", max_bytes=16 << 20)
    lines = CameraLines(database)
    assert await lines.load() == {}
    await lines.save("north", LINE)
    await lines.save("south", LINE)
    await lines.save("south", None)
    await database.close()
    again = await open_database(tmp_path / "gateway.db", max_bytes=16 << 20)
    assert await CameraLines(again).load() == {"north": LINE, "south": None}
    await again.close()


async def test_a_store_of_the_schema_before_is_brought_up(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "gateway.db") as old:
        for number, file in list(schema_files())[:3]:
            old.executescript(f"{file.read_text(encoding='utf-8')}\nPRAGMA user_version={number};")
    old.close()
    database = await open_database(tmp_path / "gateway.db", max_bytes=16 << 20)
    await CameraLines(database).save("north", LINE)
    assert await CameraLines(database).load() == {"north": LINE}
    await database.close()


def test_a_line_keeps_its_place_in_a_picture_of_another_size() -> None:
    assert LINE.on_picture(640, 360) == (50.0, 10.0, 70.0, 350.0)
    assert GateLine(LINE.line).on_picture(640, 360) == (100.0, 20.0, 140.0, 700.0)
