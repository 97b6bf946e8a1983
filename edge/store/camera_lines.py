"""The lines that teachers have drawn for laps, one a camera. No picture is kept, only numbers."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from edge.counting.gate_line import GateLine
from edge.counting.line import Line
from edge.store.database import translate

if TYPE_CHECKING:
    from edge.store.database import Database


class CameraLines:
    """Lines on disk."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def load(self) -> dict[str, GateLine | None]:
        """What was saved, by the name of the camera; `None` where the line was taken away."""
        sql = "SELECT camera, width_px, height_px, x1, y1, x2, y2, line_end, direction FROM camera_line"
        saved: dict[str, GateLine | None] = {}
        for camera, width_px, height_px, x1, y1, x2, y2, line_end, direction in await self._database.read(sql):
            saved[camera] = None if x1 is None else GateLine(Line(x1, y1, x2, y2), (width_px, height_px), line_end, direction)
        return saved

    async def save(self, camera: str, line: GateLine | None) -> None:
        """Put a line in the place of the one before; when this returns it is committed.

        Raises:
            StoreFull: the limit is reached; the line before stands.
        """
        ends = (None, None, None, None) if line is None else (line.line.x1, line.line.y1, line.line.x2, line.line.y2)
        size = (0, 0) if line is None or line.size_px is None else line.size_px
        row = (camera, *size, *(None if end is None else round(end) for end in ends), "finish" if line is None else line.end)
        row = (*row, None if line is None else line.direction)
        try:
            async with self._database.transaction() as connection:
                await connection.execute("INSERT OR REPLACE INTO camera_line VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
        except sqlite3.Error as exc:
            raise translate(exc) from exc
