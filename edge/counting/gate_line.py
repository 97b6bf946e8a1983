"""A line as a teacher has drawn it: where in which picture, at which end, and which way runners pass it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from edge.counting.events import Direction
    from edge.counting.line import Line

GateEnd = Literal["finish", "far"]
"""Which end of a shuttle; `finish` for all other runs."""


@dataclass(frozen=True, slots=True)
class GateLine:
    """A line of one camera.

    Attributes:
        size_px: width and height of the picture that it was drawn on; `None` for a line of the settings, which is taken to be of
            whatever size the camera gives.
        direction: how runners pass it in the picture; `None` where both ways count.
    """

    line: Line
    size_px: tuple[int, int] | None = None
    end: GateEnd = "finish"
    direction: Direction | None = None

    def on_picture(self, width_px: int, height_px: int) -> tuple[float, float, float, float]:
        """The same place, x1, y1, x2, y2, in a picture of another size."""
        width, height = self.size_px or (width_px, height_px)
        across, down = width_px / width, height_px / height
        return self.line.x1 * across, self.line.y1 * down, self.line.x2 * across, self.line.y2 * down
