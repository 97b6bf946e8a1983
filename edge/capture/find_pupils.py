"""Squares proposed from where pupils stand: bodies found in one still, and a square drawn around each.

The detector sees 224 px of what it is given, so small bodies are looked for in overlapping pieces of the picture as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from edge.capture.find_bodies import bodies_in_pieces
from edge.capture.layout import LEAST_HEIGHT_PX, LEAST_WIDTH_PX, part_neighbours, shared
from edge.capture.stations import Square

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from models.pose import Pose, PoseModel, Region

PIECES: Final = (1.0, 0.5, 0.35)
"""Sides of the pieces, in shares of the shorter side of the picture; each piece overlaps the next by half."""
ABOVE: Final = 0.32
"""Room above the nose, in shares of nose to feet: 0.1 of head, the rest for the jump and the rope."""
BELOW: Final = 0.08
ASIDE: Final = 0.48
"""Half the width, in the same shares: the hands of a skipper are about a third of that height from the middle of the body."""
SAME: Final = 0.4
"""Share of the smaller square from which on two bodies are one: pieces cut bodies, and half a body gives a wrong one."""
ALIKE: Final = 0.6
"""Share of the larger square from which on two pieces agree on a body."""
NOSE: Final = 0
HIPS: Final = (23, 24)
FEET: Final = (27, 28, 29, 30, 31, 32)


def find_pupils(model: PoseModel, picture: NDArray[np.uint8]) -> list[Square]:
    """A square around each body in the picture (uint8[height, width, 3], BGR), left to right, within the picture.

    Bodies whose square would be too small to count in are left out: they stand behind the field.
    """
    height, width = picture.shape[:2]
    poses = [pose for region in _regions(model, picture) if (pose := model.pose(picture, region)) is not None]
    squares = [square for pose in poses if (square := _square(pose, width, height)) is not None]
    # What most pieces agree on comes first.
    agreed = {at: sum(_alike(one, other) > ALIKE for other in squares) for at, one in enumerate(squares)}
    kept: list[Square] = []
    for at in sorted(agreed, key=lambda at: -agreed[at]):
        if all(shared(squares[at], other) < SAME for other in kept):
            kept.append(squares[at])
    return part_neighbours(kept)


def _alike(a: Square, b: Square) -> float:
    """What two squares have in common, as a share of the larger one."""
    one, other = a.width * a.height, b.width * b.height
    return shared(a, b) * min(one, other) / max(one, other)


def _regions(model: PoseModel, picture: NDArray[np.uint8]) -> Iterator[Region]:
    yield from model.detect(picture)
    for share in PIECES:
        yield from bodies_in_pieces(model, picture, max(1, round(share * min(picture.shape[:2]))))


def _square(pose: Pose, width: int, height: int) -> Square | None:
    """The square around a body, cut at the border; `None` when it is too small, or the body stands outside."""
    xy: NDArray[Any] = pose.xy_px
    middle = float(np.mean([xy[list(HIPS), 0].mean(), xy[list(FEET), 0].mean()]))
    top, feet = float(xy[NOSE, 1]), float(xy[list(FEET), 1].max())
    tall = feet - top
    left, right = max(0, round(middle - ASIDE * tall)), min(width, round(middle + ASIDE * tall))
    upper, lower = max(0, round(top - ABOVE * tall)), min(height, round(feet + BELOW * tall))
    if right - left < LEAST_WIDTH_PX or lower - upper < LEAST_HEIGHT_PX or not 0 <= middle <= width:
        return None
    return Square(left, upper, right - left, lower - upper)
