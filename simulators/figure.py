"""A person drawn into a picture: joints in space become shaded limbs with cloth on them, a trunk and a head that turn, a rope.

Drawn to be found by a pose model and to be held by image motion; parts are drawn from the far ones to the near ones.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import cv2
import numpy as np

from simulators.body import Build, Joint
from simulators.clothes import AROUND_PX, LOOKS, Look, wardrobe

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from simulators.clothes import Colour
    from simulators.view import View

    Floats = NDArray[np.float64]
    Picture = NDArray[np.uint8]

__all__ = ["LOOKS", "Look", "draw_person", "draw_shadow"]

SHIFT: Final = 4
"""OpenCV draws with this many fractional bits: small motions stay smooth."""
FAR: Final = 2**26
LIMBS: Final = (
    ("thigh", Joint.HIP_L, Joint.KNEE_L, 0.053, 0.07),
    ("shank", Joint.KNEE_L, Joint.ANKLE_L, 0.038, 0.05),
    ("upper_arm", Joint.SHOULDER_L, Joint.ELBOW_L, 0.031, -0.06),
    ("forearm", Joint.ELBOW_L, Joint.WRIST_L, 0.025, -0.06),
)
"""Texture, from, to (of the left side), half its width at the beginning in body heights, how much farther it counts in order."""
TRUNK_ROWS: Final = np.array([0.0, 0.07, 0.13, 0.3, 0.62, 0.86, 1.0])
TRUNK_WIDE: Final = np.array([0.045, 0.088, 0.108, 0.1, 0.082, 0.093, 0.088])
TRUNK_DEEP: Final = np.array([0.04, 0.05, 0.058, 0.068, 0.06, 0.07, 0.062])
TURN_RAD: Final = math.radians(0.5)
"""A trunk or head that turns is drawn anew after so much."""
ROPE: Final = (40, 90, 200)
SUN: Final = np.array([0.45, 0.35, -1.0])
"""Where light goes."""


def draw_person(picture: Picture, view: View, points: Floats, build: Build, look: Look, rope: Floats | None = None) -> None:
    """Draw one person, in place.

    Args:
        points: float64[18, 3], joints in space.
        rope: float64[n, 3], if there is one.
    """
    pixels, depth_m = view.project(points)
    scale = view.focal_px / depth_m * build.height_m
    ink = _Ink(picture)
    clothes = wardrobe(look)
    toward = _toward(view, points)
    parts: list[tuple[float, Callable[[], None]]] = []

    def later(far_m: float, call: Callable[..., None], *given: Any) -> None:
        parts.append((float(far_m), lambda: call(*given)))

    for side in range(2):
        for name, first, second, half, bias_m in LIMBS:
            a, b = first + side, second + side
            wide = 0.5 * half * build.stout * float(scale[a] + scale[b])
            cloth, ends = clothes.limbs[name], clothes.ends[name]
            later(0.5 * (depth_m[a] + depth_m[b]) + bias_m, ink.limb, cloth, ends, pixels[a], pixels[b], wide)
        foot = [Joint.ANKLE_L + side, Joint.HEEL_L + side, Joint.TOE_L + side]
        later(depth_m[foot].mean() + 0.04, ink.shoe, *pixels[foot], scale[foot].mean(), look.shoes)
        wrist, elbow = pixels[Joint.WRIST_L + side], pixels[Joint.ELBOW_L + side]
        hand = 0.025 * scale[Joint.WRIST_L + side]
        later(depth_m[Joint.WRIST_L + side] - 0.08, ink.hand, wrist, wrist + 0.22 * (wrist - elbow), hand, look.skin)
    trunk_m = depth_m[[Joint.SHOULDER_L, Joint.SHOULDER_R, Joint.HIP_L, Joint.HIP_R]].mean()
    later(trunk_m + 0.03, ink.neck, pixels[Joint.NECK], pixels[Joint.HEAD], 0.03 * scale[Joint.NECK], look.skin)
    later(trunk_m, _trunk, ink, pixels, scale, toward, look, build)
    later(depth_m[Joint.HEAD] - 0.02, _head, ink, view, points, pixels, toward, look, build)
    if rope is not None:
        line, line_m = view.project(rope)
        width = max(1.0, 0.011 * float(scale[Joint.NECK]) / build.height_m)
        for far in (True, False):
            later(trunk_m + (1.5 if far else -1.5), ink.rope, line, (line_m > trunk_m) == far, width)
    for _, draw in sorted(parts, key=lambda part: -part[0]):
        draw()


def draw_shadow(picture: Picture, view: View, points: Floats, build: Build, *, strength: float = 0.45, cast: bool = True) -> None:
    """What a person takes away of the light on the floor: soft below the feet, and cast aside where the sun shines."""
    low = points.copy()
    low[:, 2] = 0.0
    if cast:
        low[:, :2] += points[:, 2:3] * SUN[:2]
    at, depth_m = view.project(low)
    scale = view.focal_px / float(depth_m.mean()) * build.height_m
    left, top = np.floor(at.min(axis=0) - 0.12 * scale - 2).astype(int)
    right, bottom = np.ceil(at.max(axis=0) + 0.12 * scale + 3).astype(int)
    left, top, right, bottom = max(left, 0), max(top, 0), min(right, picture.shape[1]), min(bottom, picture.shape[0])
    if right - left < 3 or bottom - top < 3:
        return
    mask: Any = np.zeros((bottom - top, right - left), dtype=np.uint8)
    origin = np.array([left, top])
    dark = round(255 * strength)
    if cast:
        for _, first, second, half, _ in LIMBS:
            for side in range(2):
                _stroke(mask, at[first + side] - origin, at[second + side] - origin, 1.6 * half * scale, dark)
        trunk = at[[Joint.SHOULDER_L, Joint.SHOULDER_R, Joint.HIP_R, Joint.HIP_L]] - origin
        cv2.fillConvexPoly(mask, np.round(cv2.convexHull(trunk.astype(np.float32))).astype(np.int32), dark)
        _stroke(mask, at[Joint.HEAD] - origin, at[Joint.NECK] - origin, 0.1 * scale, dark)
    else:
        middle = at[[Joint.ANKLE_L, Joint.ANKLE_R]].mean(axis=0) - origin
        fades = max(0.35, 1.0 - 1.5 * float(points[[Joint.TOE_L, Joint.TOE_R], 2].min()))
        axes = (max(1, round(0.13 * scale)), max(1, round(0.04 * scale)))
        cv2.ellipse(mask, (round(middle[0]), round(middle[1])), axes, 0, 0, 360, round(dark * fades), -1)
    mask = cv2.blur(mask, (max(1, round(0.02 * scale)),) * 2)
    part: Any = picture[top:bottom, left:right]
    cv2.multiply(part, cv2.merge([255 - mask] * 3), dst=part, scale=1.0 / 255.0)


def _stroke(mask: Any, a: Floats, b: Floats, width: float, tone: int) -> None:
    cv2.line(mask, (round(a[0]), round(a[1])), (round(b[0]), round(b[1])), tone, max(1, round(width)))


def _toward(view: View, points: Floats) -> float:
    """On which longitude of the body the camera is: 0 before it, growing to its left."""
    left = points[Joint.SHOULDER_L, :2] - points[Joint.SHOULDER_R, :2]
    ahead = np.array([left[1], -left[0]])
    camera = view.place_m[:2] - points[Joint.NECK, :2]
    return math.atan2(float(left @ camera), float(ahead @ camera))


def _trunk(ink: _Ink, pixels: Floats, scale: Floats, toward: float, look: Look, build: Build) -> None:
    shoulders, hips = (0.5 * (pixels[joint] + pixels[joint + 1]) for joint in (Joint.SHOULDER_L, Joint.HIP_L))
    axis = hips - shoulders
    length = math.hypot(*axis.tolist())
    size = 0.5 * float(scale[Joint.SHOULDER_L] + scale[Joint.HIP_R]) * build.stout
    strip, widest = _trunk_strip(look, round(toward / TURN_RAD), _rows(1.26 * length))
    # The strip's right is the picture's right, however the body leans.
    normal = np.array([axis[1], -axis[0]]) / max(length, 1e-6)
    ink.paste(strip, shoulders - 0.13 * axis, hips + 0.13 * axis, normal, widest * size)


@lru_cache(maxsize=1024)
def _trunk_strip(look: Look, turned: int, rows: int) -> tuple[Picture, float]:
    """A trunk as it is seen from one longitude, and half its breadth in body heights."""
    texture, toward, columns = wardrobe(look).trunk, turned * TURN_RAD, max(8, round(0.7 * rows))
    level = (np.arange(rows) + 0.5) / rows
    wide, deep = np.interp(level, TRUNK_ROWS, TRUNK_WIDE), np.interp(level, TRUNK_ROWS, TRUNK_DEEP)
    half = np.hypot(wide * math.cos(toward), deep * math.sin(toward))[:, None]
    widest = 1.06 * float(half.max())
    place = ((np.arange(columns) + 0.5) / columns * 2.0 - 1.0) * widest / half
    cover = np.clip((1.0 - np.abs(place)) * half / widest * columns / 2.0 + 0.5, 0.0, 1.0)
    around = toward + np.arcsin(np.clip(place, -1.0, 1.0))
    shade = 0.55 + 0.45 * np.sqrt(np.clip(1.0 - (0.9 * place + 0.2) ** 2, 0.0, 1.0))
    shade = shade * (1.08 - 0.2 * level[:, None])
    return _covered(texture, around, np.broadcast_to(level[:, None], place.shape), cover, shade), widest


def _head(ink: _Ink, view: View, points: Floats, pixels: Floats, toward: float, look: Look, build: Build) -> None:
    camera = view.place_m - points[Joint.HEAD]
    level_m = math.hypot(camera[0], camera[1])
    above = round(math.atan2(camera[2], level_m) / TURN_RAD)
    size = build.head_m * view.focal_px / math.hypot(level_m, camera[2])
    strip = _head_strip(look, round(toward / TURN_RAD), above, _rows(2.0 * size))
    at, neck = pixels[Joint.HEAD], pixels[Joint.NECK]
    axis = neck - at
    axis /= max(math.hypot(*axis.tolist()), 1e-6)
    normal = np.array([axis[1], -axis[0]])
    nose = at - 0.74 * size * math.sin(toward) * normal + 0.16 * size * axis
    behind = abs(toward) > 0.5 * math.pi
    tone = tuple(round(0.93 * c) for c in look.skin)
    if behind:
        ink.ball(nose, 0.13 * size, tone)
    ink.paste(strip, at - size * axis, at + size * axis, normal, 0.8 * size)
    if not behind:
        ink.ball(nose, 0.11 * size, tone)


@lru_cache(maxsize=1024)
def _head_strip(look: Look, turned: int, above: int, rows: int) -> Picture:
    """A head as it is seen from one longitude and height."""
    texture, toward, above_rad = wardrobe(look).head, turned * TURN_RAD, above * TURN_RAD
    line = (np.arange(rows) + 0.5) / rows * 2.0 - 1.0
    across, down = np.meshgrid(line, line)
    front = np.sqrt(np.clip(1.0 - across**2 - down**2, 0.0, 1.0))
    up = -down * math.cos(above_rad) + front * math.sin(above_rad)
    ahead = front * math.cos(above_rad) + down * math.sin(above_rad)
    cover = np.clip((1.0 - np.hypot(across, down)) * rows / 2.0 + 0.5, 0.0, 1.0)
    shade = 0.66 + 0.34 * np.clip(0.9 * front - 0.25 * across - 0.3 * down, 0.0, 1.0)
    return _covered(texture, toward + np.arctan2(across, ahead), 0.5 - np.arcsin(np.clip(up, -1.0, 1.0)) / np.pi, cover, shade)


def _rows(size_px: float) -> int:
    """A drawing surface about as fine as the picture, in few steps: nothing flickers where bodies are small."""
    return int(np.clip(6 * round(size_px / 6.0), 12, 96))


def _covered(texture: Picture, around: Floats, level: Floats, cover: Floats, shade: Floats) -> Picture:
    """A piece of an unrolled texture, with its cover as the fourth channel; nothing in it is finer than what it is drawn on."""
    step = max(1, round(0.7 * texture.shape[0] / cover.shape[0]))
    plain: Any = cv2.blur(texture, (step, step)) if step > 1 else texture
    across_px = ((around / (2 * np.pi) + 0.5) % 1.0 * AROUND_PX).astype(np.float32)
    down_px = (level * texture.shape[0]).astype(np.float32)
    strip: Any = cv2.remap(plain, across_px, down_px, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
    return np.dstack([strip * (cover * shade)[..., None], 255.0 * cover]).clip(0, 255).astype(np.uint8)


def _fine(at: Floats) -> tuple[int, int]:
    """As OpenCV takes points, far ones no farther than it can."""
    x, y = at.tolist()
    return max(-FAR, min(FAR, round(x * 2**SHIFT))), max(-FAR, min(FAR, round(y * 2**SHIFT)))


class _Ink:
    def __init__(self, picture: Picture) -> None:
        self._picture: Any = picture

    def limb(self, textures: list[Picture], ends: tuple[Colour, Colour], a: Floats, b: Floats, half: float) -> None:
        """A round part between two joints, with round ends."""
        length = float(np.hypot(*(b - a)))
        self.ball(a, 0.9 * half, ends[0])
        self.ball(b, 0.62 * half, ends[1])
        if length < 1.0:
            return
        size = 0
        while size + 1 < len(textures) and textures[size].shape[0] > 1.7 * length:
            size += 1
        normal = np.array([b[1] - a[1], a[0] - b[0]]) / length
        self.paste(textures[size], a, b, normal if normal[0] >= 0 else -normal, half)

    def shoe(self, ankle: Floats, heel: Floats, toe: Floats, scale: float, colour: tuple[int, int, int]) -> None:
        """From heel to toe, with a pale sole."""
        dark = tuple(round(0.55 * c) for c in colour)
        down = np.array([0.0, 0.008 * scale])
        self.thick(heel - down, toe - down, 0.04 * scale, dark)
        self.thick(heel + (ankle - heel) * 0.5, toe - 1.8 * down, 0.032 * scale, colour)
        self.thick(heel + 0.3 * down, toe + 0.3 * down, 0.012 * scale, (235, 235, 235))
        self.ball(ankle, 0.022 * scale, tuple(round(0.8 * c) for c in colour))

    def hand(self, wrist: Floats, tip: Floats, radius: float, skin: tuple[int, int, int]) -> None:
        """A fist and its handle."""
        self.ball(wrist, 0.75 * radius, tuple(round(0.85 * c) for c in skin))
        self.thick(wrist, tip, 1.7 * radius, skin)
        self.ball(tip, 0.8 * radius, tuple(round(0.92 * c) for c in skin))

    def neck(self, low: Floats, high: Floats, half: float, skin: tuple[int, int, int]) -> None:
        """Between trunk and head, in the shadow of the chin."""
        self.thick(low + 0.4 * (low - high), high, 2.0 * half, tuple(round(0.75 * c) for c in skin))

    def rope(self, points: Floats, chosen: NDArray[np.bool_], width: float) -> None:
        """The pieces of a rope that were chosen."""
        bent = np.clip(np.round(points * 2**SHIFT), -FAR, FAR).astype(np.int32)
        starts = np.flatnonzero(chosen[:-1] | chosen[1:])
        pieces = [bent[i : i + 2] for i in starts if chosen[i]]
        if pieces:
            cv2.polylines(
                self._picture, pieces, isClosed=False, color=ROPE, thickness=max(1, round(width)), lineType=cv2.LINE_AA, shift=SHIFT
            )

    def thick(self, a: Floats, b: Floats, width: float, colour: tuple[int, ...]) -> None:
        """A stroke with round ends."""
        thickness = max(1, min(round(width), 200))
        cv2.line(self._picture, _fine(a), _fine(b), colour, thickness, cv2.LINE_AA, SHIFT)

    def ball(self, at: Floats, radius: float, colour: tuple[int, ...]) -> None:
        """A round part."""
        cv2.circle(self._picture, _fine(at), max(1, round(min(radius, 400.0) * 2**SHIFT)), colour, -1, cv2.LINE_AA, SHIFT)

    def paste(self, texture: Picture, top: Floats, bottom: Floats, normal: Floats, half: float) -> None:
        """Lay a texture between two points, `half` to each side, in its own cover."""
        rows, columns = texture.shape[:2]
        (top_x, top_y), (low_x, low_y) = top.tolist(), bottom.tolist()
        wide_x, wide_y = half * float(normal[0]), half * float(normal[1])
        height, width = self._picture.shape[:2]
        left = max(0, math.floor(min(top_x, low_x) - abs(wide_x) - 1))
        up = max(0, math.floor(min(top_y, low_y) - abs(wide_y) - 1))
        right = min(width, math.ceil(max(top_x, low_x) + abs(wide_x) + 2))
        low = min(height, math.ceil(max(top_y, low_y) + abs(wide_y) + 2))
        if right <= left or low <= up:
            return
        down_x, down_y = (low_x - top_x) / rows, (low_y - top_y) / rows
        across_x, across_y = 2.0 * wide_x / columns, 2.0 * wide_y / columns
        first_x, first_y = top_x - wide_x + 0.5 * (down_x + across_x), top_y - wide_y + 0.5 * (down_y + across_y)
        matrix = np.array([[across_x, down_x, first_x - left], [across_y, down_y, first_y - up]])
        laid: Any = cv2.warpAffine(texture, matrix, (right - left, low - up), flags=cv2.INTER_LINEAR)
        part = self._picture[up:low, left:right]
        cover = 255 - laid[..., 3]
        cv2.multiply(part, cv2.merge([cover, cover, cover]), dst=part, scale=1.0 / 255.0)
        cv2.add(part, cv2.cvtColor(laid, cv2.COLOR_BGRA2BGR), dst=part)
