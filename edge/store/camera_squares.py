"""The squares that teachers have drawn, one set a camera. No picture is kept, only numbers."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING

from edge.store.database import translate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from edge.store.database import Database

Box = tuple[int, int, int, int]
"""x, y, width, height in pixels."""


@dataclass(frozen=True, slots=True)
class SavedSquares:
    """Boxes by station number, and the size of the picture that they were drawn on; no boxes at all is a choice, too."""

    width_px: int
    height_px: int
    boxes: Mapping[int, Box]


class CameraSquares:
    """Squares on disk."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def load(self) -> dict[str, SavedSquares]:
        """What was saved, by the name of the camera; a camera without an entry has the squares of the settings."""
        sql = (
            "SELECT camera, width_px, height_px, station, x, y, width, height"
            " FROM camera_picture LEFT JOIN camera_square USING (camera) ORDER BY camera, station"
        )
        saved: dict[str, SavedSquares] = {}
        for camera, width_px, height_px, station, *box in await self._database.read(sql):
            one = saved.get(camera, SavedSquares(width_px, height_px, {}))
            boxes = one.boxes if station is None else {**one.boxes, station: (box[0], box[1], box[2], box[3])}
            saved[camera] = SavedSquares(width_px, height_px, boxes)
        return saved

    async def save(self, camera: str, squares: SavedSquares) -> None:
        """Put a set in the place of the one before, all or none; when this returns it is committed.

        Raises:
            StoreFull: the limit is reached; the set before stands.
        """
        picture = (camera, squares.width_px, squares.height_px)
        rows = [(camera, station, *box) for station, box in squares.boxes.items()]
        try:
            async with self._database.transaction() as connection:
                await connection.execute("DELETE FROM camera_picture WHERE camera = ?", (camera,))
                await connection.execute("INSERT INTO camera_picture VALUES (?, ?, ?)", picture)
                await connection.executemany("INSERT INTO camera_square VALUES (?, ?, ?, ?, ?, ?)", rows)
        except sqlite3.Error as exc:
            raise translate(exc) from exc
