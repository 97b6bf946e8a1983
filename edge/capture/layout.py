"""The squares of one camera, with the size of the picture that they were drawn on, and what can be wrong with them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING, Final, Literal

from edge.capture.stations import Square

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

LEAST_HEIGHT_PX: Final = 60
"""A lower square holds a body whose torso is under 15 px: too few points for motion between two poses."""
LEAST_WIDTH_PX: Final = 40
"""As in the settings."""
MOST_SHARED: Final = 0.10
"""Share of the smaller square that two may have in common: arms and ropes reach over, a body there would be counted twice."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Squares by station number.

    Attributes:
        size_px: width and height of the picture that they were drawn on; `None` for squares of the settings, which are taken to be
            of whatever size the camera gives.
    """

    squares: Mapping[int, Square]
    size_px: tuple[int, int] | None = None

    def on_picture(self, width_px: int, height_px: int) -> dict[int, Square]:
        """The same places on the floor in a picture of another size, cut at its border; what lies outside is left out."""
        width, height = self.size_px or (width_px, height_px)
        across, down = width_px / width, height_px / height
        scaled = {}
        for number, square in self.squares.items():
            left, right = (min(max(round(x * across), 0), width_px) for x in (square.x, square.x + square.width))
            top, bottom = (min(max(round(y * down), 0), height_px) for y in (square.y, square.y + square.height))
            if right > left and bottom > top:
                scaled[number] = Square(left, top, right - left, bottom - top)
        return scaled


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with squares, and of which stations."""

    kind: Literal["outside", "small", "shared"]
    stations: tuple[int, ...]


def faults_of(layout: Layout) -> list[Fault]:
    """Everything that is wrong, or an empty list. `shared` names two stations whose squares lie over each other."""
    faults = []
    for number, square in sorted(layout.squares.items()):
        if square.height < LEAST_HEIGHT_PX or square.width < LEAST_WIDTH_PX:
            faults.append(Fault("small", (number,)))
        if layout.size_px is not None and not _inside(square, *layout.size_px):
            faults.append(Fault("outside", (number,)))
    for (one, a), (other, b) in combinations(sorted(layout.squares.items()), 2):
        if shared(a, b) > MOST_SHARED:
            faults.append(Fault("shared", (one, other)))
    return faults


def shared(a: Square, b: Square) -> float:
    """What two squares have in common, as a share of the smaller one: 0 to 1."""
    across = min(a.x + a.width, b.x + b.width) - max(a.x, b.x)
    down = min(a.y + a.height, b.y + b.height) - max(a.y, b.y)
    smaller = min(a.width * a.height, b.width * b.height)
    return across * down / smaller if across > 0 and down > 0 and smaller else 0.0


def left_to_right(squares: Iterable[Square]) -> list[Square]:
    """Squares in the order in which stations are numbered: by the middle, from the left."""
    return sorted(squares, key=lambda square: (2 * square.x + square.width, square.y))


def part_neighbours(squares: Iterable[Square]) -> list[Square]:
    """Left to right, and neighbours that lie over each other cut in the middle between them, where each keeps half of its width."""
    row = left_to_right(squares)
    for left in range(len(row) - 1):
        for right in range(left + 1, len(row)):
            a, b = row[left], row[right]
            if not shared(a, b):
                continue
            cut = (a.x + a.width + b.x) // 2
            if cut - a.x >= a.width // 2 and b.x + b.width - cut >= b.width // 2:
                row[left], row[right] = replace(a, width=cut - a.x), replace(b, x=cut, width=b.x + b.width - cut)
    return row


def _inside(square: Square, width_px: int, height_px: int) -> bool:
    return square.x >= 0 and square.y >= 0 and square.x + square.width <= width_px and square.y + square.height <= height_px
