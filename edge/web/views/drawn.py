"""Squares and finish line on the still picture of a camera: as they are, as they are found, as the teacher draws them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from edge.web.views.base import View


class SquareView(View):
    """A station's square, in pixels of the picture it was drawn on."""

    number: Annotated[int, Field(ge=1, le=99)]
    x: Annotated[int, Field(ge=-100_000, le=100_000)]
    y: Annotated[int, Field(ge=-100_000, le=100_000)]
    width: Annotated[int, Field(ge=1, le=100_000)]
    height: Annotated[int, Field(ge=1, le=100_000)]


class StationsView(View):
    """The squares of a camera, and by which rules they are judged.

    `width_px` and `height_px` are those of the picture they were drawn on, `None` for squares of the settings. `elsewhere`: station
    numbers that another camera has. `most_shared`: the share of the smaller square that two may have in common.
    """

    camera: str
    source: Literal["settings", "teacher"]
    width_px: int | None
    height_px: int | None
    squares: list[SquareView]
    elsewhere: list[int]
    least_width_px: int
    least_height_px: int
    most_shared: float


class StillView(View):
    """A still, kept in memory for some minutes: `GET /api/stills/{id}` has the picture."""

    id: str
    width_px: int
    height_px: int


class DrawnSquares(View):
    """Body of `POST /api/cameras/{camera}/stations`: the whole set, in pixels of a picture of this size."""

    width_px: Annotated[int, Field(ge=1, le=100_000)]
    height_px: Annotated[int, Field(ge=1, le=100_000)]
    squares: Annotated[list[SquareView], Field(max_length=60)]


class FindSquares(View):
    """Body of `POST /api/stills/{still}/find`: by where pupils stand, or by tape and cones on the floor."""

    by: Literal["pupils", "marks"]


class FoundView(View):
    """Proposals, left to right; nothing is changed by finding them."""

    squares: list[SquareView]


class LineView(View):
    """The line of a camera for laps: x1, y1, x2, y2 in pixels of a picture of this size; `None` where it has none.

    `end`: which end of a shuttle it is at; `finish` for everything else. `direction`: how runners pass it in the picture; `None`
    where both ways count.
    """

    camera: str
    source: Literal["settings", "teacher"]
    width_px: int | None
    height_px: int | None
    line: list[int] | None
    end: Literal["finish", "far"]
    direction: Literal["left_to_right", "right_to_left", "top_to_bottom", "bottom_to_top"] | None


class DrawnLine(View):
    """Body of `POST /api/cameras/{camera}/line`: a line, or `None` for none, in pixels of a picture of this size."""

    width_px: Annotated[int, Field(ge=1, le=100_000)]
    height_px: Annotated[int, Field(ge=1, le=100_000)]
    line: Annotated[list[int], Field(min_length=4, max_length=4)] | None
    end: Literal["finish", "far"] = "finish"
    direction: Literal["left_to_right", "right_to_left", "top_to_bottom", "bottom_to_top"] | None = None
