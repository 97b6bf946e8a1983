"""Whether a camera's pictures can be used: one that repeats itself is frozen, one that shows nothing is dark. Judged by time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Health = Literal["live", "frozen", "dark"]

FROZEN_AFTER_NS: Final = 2_200_000_000
"""The page says it within three seconds; what is left is the way to the page (it looks five times a second)."""
DARK_AFTER_NS: Final = 1_000_000_000
"""Somebody who walks past the lens is no lens cap."""
LOOK_EVERY_NS: Final = 150_000_000
ROWS: Final = 8
"""Every eighth row is compared, whole: noise anywhere in it shows that the sensor is alive."""
DARK_LEVEL: Final = 8.0
"""Mean brightness of 255 below which nothing can be seen."""
DIM_LEVEL: Final = 48.0
FLAT_LEVELS: Final = 1.5
"""A covered lens whose gain went up is grey with noise: dim, and the means of its tiles do not differ."""
TILES: Final = 8


class PictureHealth:
    """Looks at pictures now and then. Pure: times come with the pictures.

    A picture that is the same to the last bit for 2.2 s is frozen: the same JPEG sent again unpacks to the same bits, and two
    pictures of a sensor never do. A picture is dark when it is black, or dim and without any structure.
    """

    def __init__(self) -> None:
        self.health: Health = "live"
        self._next_ns = 0
        self._rows: NDArray[np.uint8] | None = None
        self._new_ns = 0
        self._dark_ns: int | None = None

    def look(self, t_ns: int, picture: NDArray[np.uint8]) -> Health:
        """Judge, at most every 150 ms.

        Args:
            t_ns: when the picture arrived; increases.
            picture: uint8[height, width, 3].
        """
        if t_ns < self._next_ns:
            return self.health
        self._next_ns = t_ns + LOOK_EVERY_NS
        rows = picture[::ROWS]
        if self._rows is None or self._rows.shape != rows.shape or not np.array_equal(self._rows, rows):
            self._rows, self._new_ns = rows.copy(), t_ns
        if not _is_dark(rows):
            self._dark_ns = None
        elif self._dark_ns is None:
            self._dark_ns = t_ns
        if self._dark_ns is not None and t_ns - self._dark_ns >= DARK_AFTER_NS:
            self.health = "dark"
        elif t_ns - self._new_ns >= FROZEN_AFTER_NS:
            self.health = "frozen"
        else:
            self.health = "live"
        return self.health


def _is_dark(rows: NDArray[np.uint8]) -> bool:
    mean = float(rows.mean(dtype=np.float32))
    if mean < DARK_LEVEL:
        return True
    return mean < DIM_LEVEL and _spread(rows) < FLAT_LEVELS


def _spread(rows: NDArray[Any]) -> float:
    """Standard deviation of the means of tiles: structure without the noise."""
    high, wide = max(rows.shape[0] // TILES, 1), max(rows.shape[1] // TILES, 1)
    part = rows[: high * TILES, : wide * TILES].mean(axis=2)
    down, across = part.shape[0] // high, part.shape[1] // wide
    return float(part[: down * high, : across * wide].reshape(down, high, across, wide).mean(axis=(1, 3)).std())
