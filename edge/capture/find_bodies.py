"""Bodies in a picture of which nothing is known yet, small ones too.

The detector sees 224 px of whatever it is given: a body of less than about a third of the picture's side is not found (measured:
350 of 720 px found, 250 missed). So a picture is looked at whole, and then in overlapping squares, smaller and smaller, until
somebody is there.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from models.pose import PoseModel, Region

SHARES: Final = (1.0, 0.5, 1 / 3)
"""Sides of the squares, in shares of the shorter side of the picture; each overlaps the next by half."""
SQUARE_ENOUGH: Final = 1.2
"""A picture that is not longer than this many times its shorter side is not looked at again in squares of that side."""
LEAST_SIDE_PX: Final = 160
"""Smaller squares would show bodies of less than 60 px, in which nothing can be counted."""


def find_bodies(model: PoseModel, picture: NDArray[np.uint8], smallest_share: float = SHARES[-1]) -> list[Region]:
    """Bodies in the largest squares in which there are any, most certain first within each square.

    Args:
        picture: uint8[height, width, 3], BGR.
        smallest_share: stop at squares of this share of the shorter side.
    """
    found = model.detect(picture)
    shorter, longer = sorted(picture.shape[:2])
    for share in SHARES:
        side = round(share * shorter)
        whole = share >= 1.0 and longer <= SQUARE_ENOUGH * shorter
        if found or share < smallest_share or side < LEAST_SIDE_PX:
            break
        if not whole:
            found = bodies_in_pieces(model, picture, side)
    return found


def bodies_in_pieces(model: PoseModel, picture: NDArray[np.uint8], side: int) -> list[Region]:
    """Bodies in each of the overlapping squares of `side` pixels; one that is in two of them comes twice."""
    return [region for left, top in _corners(picture, side) for region in _within(model, picture, left, top, side)]


def _corners(picture: NDArray[np.uint8], side: int) -> Iterator[tuple[int, int]]:
    height, width = picture.shape[:2]
    for top in _offsets(height, side):
        for left in _offsets(width, side):
            yield left, top


def _offsets(length: int, side: int) -> list[int]:
    pieces = 1 + int(np.ceil(2 * (length - side) / side))
    return [round(float(offset)) for offset in np.linspace(0, length - side, pieces)]


def _within(model: PoseModel, picture: NDArray[np.uint8], left: int, top: int, side: int) -> list[Region]:
    piece = np.ascontiguousarray(picture[top : top + side, left : left + side])
    return [replace(r, center_x=r.center_x + left, center_y=r.center_y + top) for r in model.detect(piece)]
