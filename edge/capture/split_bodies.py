"""What moves, taken apart into bodies: who is followed already is looked for first, what is left over is somebody new.

People who walk close together are one patch in the mask. Each of them is found in it again by the look of the upper body, as it was
when they were last seen alone; a patch of nobody in particular is divided at the heads, if it is too large for one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import cv2
import numpy as np

from edge.counting.body_tracks import Box

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from numpy.typing import NDArray

    from edge.capture.still_background import Moving
    from edge.counting.body_tracks import Followed

    Mask = NDArray[np.uint8]

LEAST_HEIGHT_PX: Final = 18.0
"""In the small picture, 48 of 720 lines: landmarks of smaller bodies are off by more than 3 % of the height (measured)."""
WIDE: Final = 0.95
"""A body is at most this wide for its height; a sprinter's longest stride is nearly as wide as the body is high."""
NARROW: Final = 0.6
"""Two bodies side by side are wider than this share of their height; so is one in a stride, but with one head."""
AREA: Final = 0.21
"""Pixels of a body, as a share of its height squared: chosen on drawn and filmed bodies while the gate was made."""
UPPER: Final = 0.55
"""Head and torso, of the height: what keeps its look while legs swing."""
TORSO: Final = (0.18, 0.5)
"""The torso, from the top, in heights (Drillis and Contini 1966: shoulders at 0.18, hips at 0.47)."""
ARMS: Final = 0.4
SEARCH: Final = 0.22
"""A hidden body is looked for so far around where it should be, in heights."""
SEARCH_NEXT: Final = 0.10
"""The same for one that was seen in the picture before: from one picture to the next a body cannot leave its way by more. Farther
off, others fit by chance: of 572 drawn crossings 35 are missed with 0.10, 37 with 0.13 and 40 with 0.22."""
NOTHING: Final = np.array([255, 0, 255], dtype=np.uint8)
"""Where nothing moves, nobody's look fits."""
NOBODY: Final = np.array([255.0, 0.0, 255.0, 2 * 255.0**2], dtype=np.float32)
"""The same with its squares, see `_with_squares`."""
FITS: Final = 0.30
"""Root of the mean square difference of looks (1: black against white) up to which a body is found again."""


@dataclass(frozen=True, eq=False)
class Portrait:
    """How an upper body looked when it was last seen alone.

    Attributes:
        patch: uint8[height, width, 3].
        mask: uint8[height, width], 255 where the body is.
        left: from the torso's middle to the left edge.
        height: of the whole body.
        width: of the whole body.
    """

    patch: NDArray[np.uint8]
    mask: Mask
    left: float
    height: float
    width: float

    @cached_property
    def kernel(self) -> tuple[NDArray[np.float32], float]:
        """What `_with_squares` is correlated with, float32[height, width, 4], and what is added, for a sum of squared differences.

        Of pixels s of the scene and p of the portrait, (s - p)² = s² - 2 p s + p²: one correlation of four channels. OpenCV's own
        masked difference takes twice as long for the same numbers (measured).
        """
        inside = (self.mask > 0).astype(np.float32)
        own = self.patch.astype(np.float32) * inside[..., None]
        return np.dstack([-2.0 * own, inside]).astype(np.float32), float((own * own).sum())


class BodySizes:
    """How high bodies are in the picture, by where they stand: a straight line, learnt from bodies that are alone.

    On level ground, through a level lens, height is proportional to the distance of the feet below the horizon.
    """

    MEMORY: Final = 0.995
    ENOUGH: Final = 12.0

    def __init__(self) -> None:
        self._sums = np.zeros(5)

    def learn(self, foot_y: float, height: float, weight: float = 1.0) -> None:
        """Somebody alone stands there, and is so high."""
        told = weight * np.array([1.0, foot_y, foot_y**2, height, foot_y * height])
        self._sums = self.MEMORY**weight * self._sums + told

    def height(self, foot_y: float) -> float | None:
        """Of a usual body that stands there; `None` while too few have been seen."""
        n, y, yy, h, yh = self._sums
        if n < self.ENOUGH:
            return None
        middle, mean = y / n, h / n
        # A little evidence of no slope at all keeps the line calm while all bodies stand at the same distance.
        slope = (yh / n - middle * mean) / (yy / n - middle**2 + (0.1 * mean) ** 2)
        return float(max(0.35 * mean, mean + np.clip(slope, 0.0, 1.0) * (foot_y - middle)))


@dataclass(frozen=True, slots=True)
class _Patch:
    number: int
    x: int
    y: int
    width: int
    height: int
    area: int


class Scene:
    """One picture with everybody in it, in pixels of the small picture.

    Args:
        people: tracks that are known to be people.
        portraits: of those who are followed, by track.
        sizes: how high bodies are; learnt elsewhere.
    """

    def __init__(self, moving: Moving, people: Collection[int], portraits: Mapping[int, Portrait], sizes: BodySizes) -> None:
        self._moving, self._people, self._portraits, self._sizes = moving, people, portraits, sizes
        closed: Any = cv2.morphologyEx(moving.mask, cv2.MORPH_CLOSE, np.ones((7, 3), np.uint8))
        # Only where something is: sky and ground are most of a picture.
        x, y, width, height = cv2.boundingRect(closed)
        inside = slice(y, y + height), slice(x, x + width)
        self._labels = np.zeros(closed.shape, dtype=np.int32)
        self._patches: list[_Patch] = []
        if width and height:
            _, self._labels[inside], stats, _ = cv2.connectedComponentsWithStats(closed[inside], connectivity=8)
            stats[:, :2] += x, y
            self._patches = [_Patch(n, *(int(v) for v in row)) for n, row in enumerate(stats) if n and row[4] >= 12]

    def bodies(self, expected: Sequence[Followed]) -> list[Box]:
        """Everybody in the picture; `expected` is where everybody who is followed should be."""
        boxes: list[Box] = []
        for tracks, patches in self._clusters(expected):
            if not tracks:
                boxes.extend(box for patch in patches for box in self._new(self._pixels([patch]), patch.x, patch.y))
            else:
                boxes.extend(self._of_some(tracks, patches))
        return boxes

    # --- who is in which patch ------------------------------------------------------------------------------------------

    def _clusters(self, expected: Sequence[Followed]) -> list[tuple[list[Followed], list[_Patch]]]:
        """Bodies and patches that have to do with each other."""
        group: dict[tuple[str, int], int] = {}
        members: dict[int, list[tuple[str, int]]] = {}

        def join(a: tuple[str, int], b: tuple[str, int]) -> None:
            first, second = group[a], group[b]
            if first != second:
                for one in members.pop(second):
                    group[one] = first
                    members[first].append(one)

        by_patch = {patch.number: patch for patch in self._patches}
        by_track = {body.track: body for body in expected}
        for number, key in enumerate([*(("patch", n) for n in by_patch), *(("track", n) for n in by_track)]):
            group[key] = number
            members[number] = [key]
        for body in expected:
            for number, overlap in self._under(body.box).items():
                patch = by_patch.get(number)
                if patch is not None and overlap >= min(0.35 * patch.area, 0.25 * AREA * body.box.height**2):
                    join(("track", body.track), ("patch", number))
        found = []
        for keys in members.values():
            tracks = [by_track[n] for kind, n in keys if kind == "track"]
            patches = [by_patch[n] for kind, n in keys if kind == "patch"]
            if patches:
                found.append((tracks, patches))
        return found

    def _under(self, box: Box) -> dict[int, int]:
        """Pixels of each patch inside a box that is a little larger."""
        more = 0.06 * box.height
        part = self._labels[_span(box.y - more, box.foot_y + more), _span(box.x - more, box.x + box.width + more)]
        counts = np.bincount(part.ravel())
        return {int(n): int(counts[n]) for n in np.flatnonzero(counts) if n}

    def _of_some(self, tracks: Sequence[Followed], patches: Sequence[_Patch]) -> list[Box]:
        """Patches that have to do with bodies that are followed: of those, whoever is no person yet is a part of somebody."""
        people = [body for body in tracks if body.track in self._people]
        if len(people) > 1:
            return self._shared(people, patches)
        return self._of_one((people or [max(tracks, key=lambda body: body.boxes)])[0], patches)

    def _of_one(self, body: Followed, patches: Sequence[_Patch]) -> list[Box]:
        """Patches that have to do with one body: it alone, with others of whom nothing is known, or on a still patch."""
        x, y, right, low = _around(patches)
        usual = self._sizes.height(low)
        own = self._portraits.get(body.track)
        width, height, area = right - x, low - y, sum(patch.area for patch in patches)
        pixels = self._pixels(patches)
        if usual is None:
            if width <= WIDE * height:
                return [self._whole(patches, body.track)]
            return self._claimed(self._at_heads(pixels, x, y, [], float(height)), body)
        most = max(own.height if own else 0.0, usual)
        fits = height <= 1.3 * most + 3 and width <= WIDE * most + 2 and area <= 1.9 * AREA * most**2
        heads = _heads(pixels, usual) if width > NARROW * usual or not fits else []
        if fits and len(heads) < 2:
            return [self._whole(patches, body.track)]
        if own is None or (len(heads) > 1 and own.width > NARROW * usual):
            several = self._claimed(self._at_heads(pixels, x, y, heads, usual), body)
            if several:
                return several
        return self._shared([body], patches)

    @staticmethod
    def _claimed(boxes: list[Box], body: Followed) -> list[Box]:
        """The nearest of several boxes is that of a body which is followed."""
        if not boxes:
            return []
        nearest = min(range(len(boxes)), key=lambda n: abs(boxes[n].middle_x - body.box.middle_x))
        return [replace(box, claims=body.track) if n == nearest else box for n, box in enumerate(boxes)]

    # --- boxes ----------------------------------------------------------------------------------------------------------

    def _whole(self, patches: Sequence[_Patch], track: int) -> Box:
        x, y, right, low = _around(patches)
        return self._boxed(self._pixels(patches), x, y, right - x, low - y, track)

    def _pixels(self, patches: Sequence[_Patch]) -> Mask:
        x, y, right, low = _around(patches)
        part = self._labels[y:low, x:right]
        inside = np.isin(part, [patch.number for patch in patches]) if len(patches) > 1 else part == patches[0].number
        return inside.astype(np.uint8)

    def _boxed(self, pixels: Mask, x: float, y: float, width: float, height: float, track: int = 0, sure: float = 1.0) -> Box:
        usual = self._sizes.height(y + height) or height
        reach = min(height, 1.25 * usual)
        band = pixels[int(TORSO[0] * reach) : max(int(TORSO[1] * reach), int(TORSO[0] * reach) + 1)]
        columns = band.sum(axis=0, dtype=np.float64)
        # Arms that swing before and behind fill less of the height of the torso than the torso itself.
        columns = np.maximum(0.0, columns - ARMS * columns.max(initial=0.0))
        total = columns.sum()
        torso_x = x + float((columns * (np.arange(len(columns)) + 0.5)).sum() / total) if total else x + 0.5 * width
        return Box(x, y, width, height, torso_x, self._look(x, y, width, height), track, sure)

    def _look(self, x: float, y: float, width: float, height: float) -> tuple[float, ...]:
        """Mean colours of the torso and of the legs."""
        look: list[float] = []
        for top, low in ((0.15, 0.48), (0.52, 0.85)):
            rows, columns = _span(y + top * height, y + low * height), _span(x, x + width)
            colour = cv2.mean(self._moving.picture[rows, columns], self._moving.mask[rows, columns])
            look.extend(float(value) / 255.0 for value in colour[:3])
        return tuple(look)

    def portrait(self, box: Box) -> Portrait | None:
        """Of somebody who is alone in a box."""
        low = box.y + UPPER * box.height
        rows, columns = _span(box.y, low), _span(box.x, box.x + box.width)
        mask = np.ascontiguousarray(self._moving.mask[rows, columns])
        if mask.size < 40 or cv2.countNonZero(mask) < 0.15 * mask.size:
            return None
        return Portrait(self._moving.picture[rows, columns].copy(), mask, box.x - box.middle_x, box.height, box.width)

    # --- several in one patch -------------------------------------------------------------------------------------------

    def _shared(self, tracks: Sequence[Followed], patches: Sequence[_Patch]) -> list[Box]:
        boxes: list[Box] = []
        x, y, right, low = _around(patches)
        left_over = self._pixels(patches)
        colours = self._moving.picture[y:low, x:right].copy()
        colours[left_over == 0] = NOTHING
        seen = _with_squares(colours)
        # The nearest stands in front of the others.
        for body in sorted(tracks, key=lambda body: -body.box.foot_y):
            found = self._find(body, seen, x, y) if body.ripe else None
            box = found or body.box
            more = 0.08 * box.height
            rows = _span(box.y - more - y, box.foot_y + more - y)
            columns = _span(box.x - more - x, box.x + box.width + more - x)
            covered = left_over[rows, columns]
            if found is None and not body.ripe and covered.sum() > 0.4 * AREA * box.height**2:
                found = Box(box.x, box.y, box.width, box.height, box.torso_x, box.look, body.track, 0.3)
            left_over[rows, columns] = 0
            if found is not None:
                boxes.append(found)
        boxes.extend(self._left_over(left_over, x, y))
        return boxes

    def _find(self, body: Followed, seen: Any, x: int, y: int) -> Box | None:
        """Where a body is in a patch that it shares with others, by its portrait."""
        own = self._portraits.get(body.track)
        if own is None:
            return None
        reach = max(2, round((SEARCH_NEXT if body.seen else SEARCH) * own.height))
        left, top = round(body.box.middle_x + own.left) - reach - x, round(body.box.y) - reach // 2 - y
        rows, columns = own.mask.shape
        window = np.empty((rows + reach, columns + 2 * reach, 4), dtype=np.float32)
        window[:] = NOBODY
        from_y, from_x = max(0, top), max(0, left)
        to_y, to_x = min(seen.shape[0], top + window.shape[0]), min(seen.shape[1], left + window.shape[1])
        if to_y <= from_y or to_x <= from_x:
            return None
        window[from_y - top : to_y - top, from_x - left : to_x - left] = seen[from_y:to_y, from_x:to_x]
        kernel, own_square = own.kernel
        square = cv2.matchTemplate(window, kernel, cv2.TM_CCORR) + own_square
        off = np.sqrt(np.maximum(square, 0.0) / (3.0 * cv2.countNonZero(own.mask))) / 255.0
        # Where two places fit about as well, the one where the body was expected is right.
        across = (np.arange(off.shape[1]) - reach) / own.height
        down = (np.arange(off.shape[0]) - reach // 2) / own.height
        judged = off + 0.25 * np.hypot(across[None], 1.5 * down[:, None])
        row, column = np.unravel_index(int(np.argmin(judged)), off.shape)
        least = float(off[row, column])
        if least > FITS:
            return None
        box_x, box_y = left + x + float(column), top + y + float(row)
        sure = float(np.clip(1.0 - least / FITS, 0.15, 0.8))
        return Box(box_x, box_y, own.width, own.height, box_x - own.left, body.box.look, body.track, sure)

    def _left_over(self, pixels: Mask, x: int, y: int) -> list[Box]:
        """Somebody who is in a patch beside those who are known."""
        count, _, stats, _ = cv2.connectedComponentsWithStats(pixels, connectivity=8)
        boxes = []
        for row in stats[1:count]:
            left, top, width, height, area = (int(v) for v in row)
            usual = self._sizes.height(y + top + height)
            if usual is None or height < 0.65 * usual or area < 0.45 * AREA * usual**2:
                continue
            boxes.extend(self._new(pixels[top : top + height, left : left + width], x + left, y + top))
        return boxes

    def _new(self, pixels: Mask, x: int, y: int) -> list[Box]:
        """Somebody, or several, of whom nothing is known."""
        height, width = pixels.shape
        usual = self._sizes.height(y + height)
        if height < max(LEAST_HEIGHT_PX, 0.5 * (usual or 0.0)):
            return []
        if usual is not None:
            large = int(pixels.sum()) > 1.45 * AREA * usual**2 or width > NARROW * usual or height > 1.35 * usual
            heads = _heads(pixels, usual) if large else []
            if len(heads) > 1:
                return self._at_heads(pixels, x, y, heads, usual)
        if width > WIDE * max(height, usual or 0.0):
            # A body and something else, such as the place that it has just left: below the highest point is the body.
            return self._at_heads(pixels, x, y, [], usual or float(height))
        return [self._boxed(pixels, x, y, width, height)]

    def _at_heads(self, pixels: Mask, x: int, y: int, heads: Sequence[int], usual: float) -> list[Box]:
        """The bodies below heads; below the highest point, if there is none."""
        top = heads or [int(np.median(np.flatnonzero(pixels[: max(1, round(0.05 * usual))].any(axis=0))))]
        return [box for box in (self._below(pixels, x, y, head, usual) for head in top) if box is not None]

    def _below(self, pixels: Mask, x: int, y: int, head: int, usual: float) -> Box | None:
        """The body below a head, in a patch of several."""
        half = max(2, round(0.2 * usual))
        left, right = max(0, head - half), min(pixels.shape[1], head + half + 1)
        part = pixels[:, left:right]
        rows = np.flatnonzero(part.sum(axis=1) > 0)
        top = int(rows[0])
        low = min(int(rows[-1]) + 1, top + round(1.25 * usual))
        if low - top < 0.55 * usual:
            return None
        return self._boxed(part[top:low], x + left, y + top, right - left, low - top, sure=0.6)


def _with_squares(colours: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The three colours of each pixel and the sum of their squares, float32[height, width, 4]."""
    found = np.empty((*colours.shape[:2], 4), dtype=np.float32)
    found[..., :3] = colours
    found[..., 3] = np.einsum("ijk,ijk->ij", found[..., :3], found[..., :3])
    return found


def _heads(pixels: Mask, usual: float) -> list[int]:
    """Columns of heads: places where the upper edge is higher than all around, with a body below."""
    height = pixels.shape[0]
    top = np.where(pixels.any(axis=0), pixels.argmax(axis=0), height).astype(np.float64)
    depth = pixels.sum(axis=0, dtype=np.float64)
    wide = max(1, round(0.06 * usual))
    edge = np.convolve(np.pad(top, wide, constant_values=height), np.ones(2 * wide + 1) / (2 * wide + 1), "valid")
    solid = np.convolve(np.pad(depth, wide), np.ones(2 * wide + 1) / (2 * wide + 1), "valid")
    heads: list[int] = []
    for column in np.argsort(edge):
        if solid[column] < 0.3 * usual or edge[column] > height - 0.5 * usual:
            continue
        if any(abs(column - other) < 0.24 * usual for other in heads):
            continue
        if all(_dip(edge, int(column), other) > 0.06 * usual for other in heads):
            heads.append(int(column))
    return sorted(heads)


def _dip(edge: NDArray[np.float64], one: int, other: int) -> float:
    """How far the upper edge sinks between two columns, from the lower of them."""
    first, last = sorted((one, other))
    return float(edge[first : last + 1].max() - max(edge[one], edge[other]))


def _around(patches: Sequence[_Patch]) -> tuple[int, int, int, int]:
    return (
        min(p.x for p in patches), min(p.y for p in patches),
        max(p.x + p.width for p in patches), max(p.y + p.height for p in patches),
    )  # fmt: skip


def _span(low: float, high: float) -> slice:
    """Whole pixels, from 0 on."""
    return slice(max(0, round(low)), max(0, round(high)))
