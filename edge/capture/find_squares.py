"""Squares proposed from what lies on the floor: coloured tape around each station, coloured mats, or four cones.

Plain colour segmentation of one still. All marks are taken to be of one hue, more vivid than the ground, and the rows of cones to
run across the picture. What comes out is a proposal: a box in the picture in which a pupil who stands on the mark has room.
"""

from __future__ import annotations

from itertools import combinations, pairwise
from typing import TYPE_CHECKING, Any, Final

import cv2
import numpy as np

from edge.capture.layout import part_neighbours
from edge.capture.stations import Square

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

WORKED_PX: Final = 960
"""Longer side of the picture that is worked on: tape of 5 cm is still 3 px wide across a field of 16 m."""
LEAST_SATURATION: Final = 100
LEAST_VALUE: Final = 60
"""Of 255: tape, cones and mats are vivid; grass, tartan in shade, skin and wood mostly are not."""
HUES: Final = range(0, 180, 15)
HUE_WIDTH: Final = 11
"""OpenCV's hue runs from 0 to 179 for a whole circle; bands of 22 overlap, so no colour falls between two."""
LEAST_AREA: Final = 0.003
MOST_AREA: Final = 0.25
"""Share of the picture that one square on the floor may fill."""
MOST_CORNERS: Final = 12
QUAD: Final = 0.9
"""Share of its hull that a quadrilateral fills; a circle's largest one fills 0.64."""
FLAT: Final = 0.9
"""A square on the floor is seen at a slant: at least nearly as wide as high. A shirt is not."""
NEARER: Final = 0.9
"""The near part of a square on the floor is not narrower than the far part; shoulders and hips are the other way round."""
COVERED: Final = 0.75
"""Share of the four sides on which the colour must be; the rest may be hidden by feet."""
OUTSIDE: Final = 0.4
"""Share of a side a little farther out on which it may be, on two sides or more: a mark ends, a lawn goes on."""
HOLLOW: Final = 0.3
"""Share of the inside of taped squares that feet, ropes and numbers may colour."""
ALIKE: Final = 0.25
"""A square smaller than this share of the largest is something else."""
TALL: Final = 1.5
"""Height of the box in widths of the floor square: 2.2 m of pupil, arms and jump over a square of 1.5 m."""
ROOM: Final = 0.6
"""Share of the box that must be in the picture: a banner high on a wall is no place to stand."""
CONE_SIZES: Final = (0.008, 0.08)
"""Height of a cone in heights of the picture."""
ROW_GAP: Final = 1.5
"""Rows of cones are at least so many cone heights apart."""

Quad = Any
"""float[4, 2], corners in pixels, in order around."""


def find_squares(picture: NDArray[np.uint8]) -> list[Square]:
    """Boxes over the squares that are marked on the floor, left to right, within the picture.

    Args:
        picture: uint8[height, width, 3], BGR.
    """
    height, width = picture.shape[:2]
    smaller = max(1.0, max(height, width) / WORKED_PX)
    small = cv2.resize(picture, (round(width / smaller), round(height / smaller)), interpolation=cv2.INTER_AREA)
    hsv = cv2.cvtColor(cv2.GaussianBlur(small, (3, 3), 0), cv2.COLOR_BGR2HSV)
    vivid = (hsv[..., 1] >= LEAST_SATURATION) & (hsv[..., 2] >= LEAST_VALUE)
    best: list[Quad] = []
    for hue in HUES:
        away = np.abs((hsv[..., 0].astype(np.int16) - hue + 90) % 180 - 90)
        mask = (vivid & (away <= HUE_WIDTH)).astype(np.uint8)
        if mask.any():
            found = _outlined(mask) or _between_cones(mask)
            best = max(best, found, key=len)
    return part_neighbours(box for quad in best if (box := _over(quad * smaller, width, height)) is not None)


def _outlined(mask: NDArray[np.uint8]) -> list[Quad]:
    """Quadrilaterals with the colour along their sides, or all over them."""
    height, width = mask.shape
    wide = max(3, round(0.006 * width))
    closed = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((wide, wide), np.uint8))
    near = np.asarray(cv2.dilate(mask, np.ones((wide, wide), np.uint8)), dtype=np.uint8)
    contours, tree = cv2.findContours(closed, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    quads = []
    for at, contour in enumerate(contours):
        hole = tree[0][at][3] >= 0
        if not hole and _has_square_hole(contours, tree[0], at, height * width):
            continue
        quad = _four_corners(contour)
        if quad is not None and _fits(quad, height * width) and _is_mark(quad, near, wide):
            quads.append(quad)
    largest = max((_area(quad) for quad in quads), default=0.0)
    return [quad for quad in quads if _area(quad) >= ALIKE * largest]


def _has_square_hole(contours: Sequence[Any], tree: Any, outer: int, pixels: int) -> bool:
    """Whether tape runs around something: then its inner sides are the squares, also where neighbours share a side."""
    inner = tree[outer][2]
    while inner >= 0:
        quad = _four_corners(contours[inner])
        if quad is not None and _fits(quad, pixels):
            return True
        inner = tree[inner][0]
    return False


def _four_corners(contour: Any) -> Quad | None:
    """The largest quadrilateral in the hull, when it is nearly all of the hull."""
    hull = cv2.convexHull(contour)
    plain = cv2.approxPolyDP(hull, 0.01 * cv2.arcLength(hull, closed=True), closed=True).reshape(-1, 2).astype(np.float64)
    if not 4 <= len(plain) <= MOST_CORNERS:
        return None
    quads = plain[list(combinations(range(len(plain)), 4))]
    x, y = quads[..., 0], quads[..., 1]
    areas = np.abs((x * np.roll(y, -1, axis=1) - y * np.roll(x, -1, axis=1)).sum(axis=1)) / 2
    largest = int(areas.argmax())
    return quads[largest] if areas[largest] >= QUAD * cv2.contourArea(hull) else None


def _fits(quad: Quad, pixels: int) -> bool:
    across, down = np.ptp(quad, axis=0)
    if not (LEAST_AREA * pixels <= _area(quad) <= MOST_AREA * pixels and across >= FLAT * down):
        return False
    top = float(quad[:, 1].min())
    return _width_at(quad, top + 0.8 * down) >= NEARER * _width_at(quad, top + 0.2 * down)


def _width_at(quad: Quad, y: float) -> float:
    """How wide the quadrilateral is at a height of the picture."""
    crossings = []
    for (ax, ay), (bx, by) in zip(quad, np.roll(quad, -1, axis=0), strict=True):
        if (ay - y) * (by - y) < 0:
            crossings.append(ax + (bx - ax) * (y - ay) / (by - ay))
    return max(crossings) - min(crossings) if crossings else 0.0


def _area(quad: Quad) -> float:
    return float(cv2.contourArea(quad.astype(np.float32)))


def _is_mark(quad: Quad, near: NDArray[np.uint8], wide: int) -> bool:
    """Colour along the sides; none a little farther out on at least two of them; inside either none (tape) or all over (a mat)."""
    middle = quad.mean(axis=0)
    away = np.linalg.norm(quad - middle, axis=1, keepdims=True)
    outside = middle + (quad - middle) * (1 + 4 * wide / away)
    inside = np.mean([_covered(middle + (quad - middle) * share, near) for share in (0.3, 0.5, 0.7)])
    even = inside <= HOLLOW or inside >= 1 - HOLLOW
    ends = np.count_nonzero(_covered(outside, near) <= OUTSIDE) >= 2
    return bool(even and ends and _covered(quad, near).mean() >= COVERED)


def _covered(quad: Quad, near: NDArray[np.uint8]) -> NDArray[np.float64]:
    """On what share of each of the four sides the colour is."""
    steps = np.linspace(0, 1, 40, endpoint=False)[:, None]
    points = np.vstack([a + (b - a) * steps for a, b in zip(quad, np.roll(quad, -1, axis=0), strict=True)])
    rows, columns = points[:, 1].round().astype(int), points[:, 0].round().astype(int)
    there = near[rows.clip(0, near.shape[0] - 1), columns.clip(0, near.shape[1] - 1)]
    shares: NDArray[np.float64] = there.reshape(4, len(steps)).mean(axis=1, dtype=np.float64)
    return shares


def _between_cones(mask: NDArray[np.uint8]) -> list[Quad]:
    """Quadrilaterals between four cones each: two in a row, two in the next."""
    quads: list[Quad] = []
    for back, front in pairwise(_rows(_cones(mask))):
        if len(back) == len(front) >= 2:
            quads += _between(back, front)
    return [quad for quad in quads if np.ptp(quad[:, 0]) >= FLAT * np.ptp(quad[:, 1])]


def _cones(mask: NDArray[np.uint8]) -> list[tuple[float, float, float]]:
    """Middle, foot and height of each compact spot of the size of a cone, those of very different size left out."""
    count, _, stats, centers = cv2.connectedComponentsWithStats(cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8)))
    spots = []
    for at in range(1, count):
        _, top, width, height, area = (int(value) for value in stats[at])
        least, most = (share * mask.shape[0] for share in CONE_SIZES)
        if least <= height <= most and 0.4 * height <= width <= 2.5 * height and area >= 0.4 * width * height:
            spots.append((float(centers[at][0]), float(top + height), float(height)))
    usual = float(np.median([spot[2] for spot in spots])) if spots else 0.0
    return [spot for spot in spots if 0.5 * usual <= spot[2] <= 2.0 * usual]


def _rows(cones: list[tuple[float, float, float]]) -> list[list[tuple[float, float]]]:
    """Feet of the cones by rows, the farthest row first, each from left to right."""
    rows: list[list[tuple[float, float]]] = []
    last = -np.inf
    for x, foot, height in sorted(cones, key=lambda cone: cone[1]):
        if foot - last > ROW_GAP * height:
            rows.append([])
        rows[-1].append((x, foot))
        last = foot
    return [sorted(row) for row in rows]


def _between(back: list[tuple[float, float]], front: list[tuple[float, float]]) -> Iterator[Quad]:
    """Between neighbours; the narrow gaps between squares that stand apart are no squares."""
    gaps = [(a[0] + b[0]) / 2 for a, b in zip(back, front, strict=True)]
    widest = max(right - left for left, right in pairwise(gaps))
    for at, (left, right) in enumerate(pairwise(gaps)):
        if right - left >= 0.6 * widest:
            yield np.array([back[at], back[at + 1], front[at + 1], front[at]])


def _over(quad: Quad, width: int, height: int) -> Square | None:
    """The box in which a pupil who stands on the floor square has room; `None` when too little of it is in the picture."""
    left, right = max(0, round(quad[:, 0].min())), min(width, round(quad[:, 0].max()))
    bottom = min(height, round(quad[:, 1].max()))
    top = round(quad[:, 1].mean() - TALL * (right - left))
    if bottom <= ROOM * (bottom - top):
        return None
    return Square(left, max(0, top), right - left, bottom - max(0, top))
