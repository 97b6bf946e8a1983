"""What is behind and below the pupils: a floor with grain and tape, a wall, trees, a sky; nothing of it is one flat colour."""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import cv2
import numpy as np
from scipy.ndimage import gaussian_filter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from simulators.view import View

    Floats = NDArray[np.float64]
    Picture = NDArray[np.uint8]

TILE_PX: Final = 512
TILE_M: Final = 3.0
"""Grain repeats after so many metres."""
WALL_M: Final = 3.2
TAPE: Final = (245, 245, 245)
FLOORS: Final = ((88, 112, 96), (70, 78, 150), (120, 150, 176), (128, 126, 122))
"""Green turf, red track, a wooden hall, asphalt (BGR)."""
WALLS: Final = ((120, 132, 150), (150, 160, 168), (95, 110, 140))


def backdrop(view: View, squares_m: Sequence[Floats], wall_m: float, seed: int) -> Picture:
    """The empty field.

    Args:
        squares_m: float64[4, 2] each, corners of the numbered squares.
        wall_m: how far behind the middle of the floor a wall stands.
    """
    draw = np.random.default_rng([seed, 15])
    rays = view.rays()
    eye = view.place_m
    with np.errstate(divide="ignore", invalid="ignore"):
        to_floor = -eye[2] / rays[..., 2]
        to_wall = (wall_m - eye[1]) / rays[..., 1]
    at_wall_m = eye + rays * np.where(np.isfinite(to_wall) & (to_wall > 0), to_wall, 0.0)[..., None]
    floor = (to_floor > 0) & ((to_wall <= 0) | (to_floor < to_wall))
    wall = ~floor & (to_wall > 0) & (at_wall_m[..., 2] < WALL_M)
    grain = _grain()
    picture = _sky(view, draw)
    picture[wall] = _wall(at_wall_m, grain, draw)[wall]
    at_floor_m = eye + rays * np.where(floor, to_floor, 0.0)[..., None]
    colour = np.array(FLOORS[draw.integers(len(FLOORS))])
    rough = 1.0 + 0.45 * (_tiled(grain, at_floor_m[..., 0], at_floor_m[..., 1]) - 0.5)
    picture[floor] = (colour * rough[..., None])[floor]
    # Seen through a lens: no grain is finer than two pixels.
    out: Any = cv2.blur(picture.clip(0, 255).astype(np.uint8), (3, 3))
    for line_m in (-2.4, 2.9, 4.2):
        _tape(out, view, np.array([[-40.0, line_m], [40.0, line_m]]), 0.05, (200, 215, 225))
    for number, corners in enumerate(squares_m, 1):
        _tape(out, view, np.concatenate([corners, corners[:1]]), 0.05, TAPE)
        _number(out, view, corners, number)
    made: Picture = out
    return made


@cache
def _grain() -> NDArray[np.float32]:
    """Roughness from grains to patches, which repeats without a seam."""
    draw = np.random.default_rng(15)
    grain = sum(
        weight * _even(gaussian_filter(draw.normal(size=(TILE_PX, TILE_PX)), width, mode="wrap"))
        for width, weight in ((1.5, 0.25), (4.0, 0.35), (14.0, 0.35), (40.0, 0.3))
    )
    return np.clip(0.5 + 0.25 * np.asarray(grain), 0.0, 1.0).astype(np.float32)


def _even(values: Floats) -> Floats:
    even: Floats = (values - values.mean()) / values.std()
    return even


def _tiled(grain: NDArray[np.float32], x_m: Floats, y_m: Floats) -> Floats:
    per_m = TILE_PX / TILE_M
    across, down = (np.mod(np.clip(part, -500, 500) * per_m, TILE_PX - 1).astype(np.float32) for part in (x_m, y_m))
    tiled: Floats = cv2.remap(grain, across, down, cv2.INTER_LINEAR).astype(np.float64)
    return tiled


def _sky(view: View, draw: np.random.Generator) -> Floats:
    """A pale sky with trees against it."""
    width, height = view.size
    picture = np.empty((height, width, 3))
    picture[:] = np.linspace((238, 218, 196), (242, 234, 226), height)[:, None]
    leaves = _even(gaussian_filter(draw.normal(size=(height, width)), 0.006 * height + 1.0))
    crown = _even(gaussian_filter(draw.normal(size=width), 0.04 * width + 1.0))
    far_m = view.distance_m + 12.0
    horizon = view.project(np.array([[0.0, far_m, 5.5]]))[0][0, 1]
    trees = np.arange(height)[:, None] > horizon + (0.05 * height) * crown[None]
    picture[trees] = (np.array([62, 98, 74]) * (1.0 + 0.22 * leaves[..., None]))[trees]
    return picture


def _wall(at_m: Floats, grain: NDArray[np.float32], draw: np.random.Generator) -> Floats:
    """Bricks, with a darker foot and a few banners."""
    colour = np.array(WALLS[draw.integers(len(WALLS))])
    x_m, z_m = at_m[..., 0], at_m[..., 2]
    course = np.floor(z_m / 0.2)
    joint = (np.mod(z_m, 0.2) < 0.02) | (np.mod(x_m + 0.2 * np.mod(course, 2), 0.4) < 0.02)
    light = 0.9 + 0.2 * _tiled(grain, x_m, z_m) - 0.14 * joint - 0.12 * (z_m < 0.5)
    wall: Floats = colour * light[..., None]
    # Long banners, not upright posters: a pose model takes something upright, as wide as a body, for a body.
    for place_m in (-7.5, 0.5, 7.0):
        banner = (np.abs(x_m - place_m - draw.uniform(-1, 1)) < draw.uniform(1.4, 2.2)) & (np.abs(z_m - 1.9) < 0.35)
        wall[banner] = (draw.integers(60, 230, 3) * (0.75 + 0.5 * _tiled(grain, x_m, z_m))[..., None])[banner]
    return wall


def _tape(picture: Any, view: View, line_m: Floats, width_m: float, colour: tuple[int, int, int]) -> None:
    """A line on the floor, as wide as it is seen there; pieces behind the camera are left out."""
    for begin, end in pairwise(line_m):
        points = begin + np.linspace(0.0, 1.0, 24)[:, None] * (end - begin)
        at, depth_m = view.project(np.column_stack([points, np.zeros(len(points))]))
        for a, b, far_m in zip(at[:-1], at[1:], depth_m[:-1], strict=True):
            if far_m < 0.4 or np.abs([a, b]).max() > 20_000:
                continue
            width = max(1, round(width_m * view.focal_px / far_m * 0.6))
            start, stop = (tuple((np.round(p * 16)).astype(int).tolist()) for p in (a, b))
            cv2.line(picture, start, stop, colour, min(width, 60), cv2.LINE_AA, 4)


def _number(picture: Any, view: View, corners: Floats, number: int) -> None:
    """In the near corner of its square."""
    at, depth_m = view.project(np.append(corners[0] * 0.86 + corners[2] * 0.14, 0.0)[None])
    scale = 0.006 * view.focal_px / float(depth_m[0])
    place = (round(at[0, 0] - 5 * scale), round(at[0, 1]))
    thickness = max(1, round(1.5 * scale))
    cv2.putText(picture, str(number), place, cv2.FONT_HERSHEY_DUPLEX, max(0.35, scale), TAPE, thickness, cv2.LINE_AA)
