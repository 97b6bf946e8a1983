"""A person drawn into a picture: shaded limbs, clothes, a head with hair, a rope that turns. Drawn to be found by a pose model."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulators.pupil import Posture

SHIFT = 4
"""OpenCV draws with this many fractional bits: small motions stay smooth."""


@dataclass(frozen=True, slots=True)
class Look:
    """Colours (BGR) of one pupil."""

    skin: tuple[int, int, int]
    hair: tuple[int, int, int]
    shirt: tuple[int, int, int]
    trousers: tuple[int, int, int]
    shoes: tuple[int, int, int]


LOOKS = (
    Look((150, 180, 225), (25, 25, 35), (60, 60, 200), (90, 60, 40), (230, 230, 230)),
    Look((140, 170, 215), (30, 30, 30), (190, 120, 40), (60, 60, 60), (60, 60, 190)),
    Look((155, 185, 230), (35, 45, 60), (70, 160, 70), (110, 80, 50), (220, 220, 240)),
    Look((145, 175, 220), (20, 20, 25), (40, 170, 220), (80, 50, 70), (240, 240, 240)),
)


def draw_person(picture: NDArray[np.uint8], x: float, ground_y: float, torso_px: float, posture: Posture, look: Look) -> None:
    """Draw one person standing at `x` with the feet at `ground_y`, in place."""
    t = torso_px
    bent = posture.crouch
    foot_y = ground_y - posture.lift * t
    hip_y = foot_y - (1.62 - bent) * t
    knee_y = foot_y - (0.80 - 0.35 * bent) * t
    shoulder_y = hip_y - t * (1.0 - 0.15 * bent)
    hip, shoulder, foot = 0.17 * t, 0.33 * t, 0.15 * t
    knee_out = (0.02 + 0.35 * bent) * t
    turn = posture.rope_angle_rad if posture.skipping else 0.0
    swing = 0.10 * t if posture.skipping else 0.0
    pencil = _Pencil(picture)
    if posture.skipping:
        _rope(pencil, x, shoulder_y, hip_y, foot_y, t, turn, behind=True)
    for side in (-1, 1):
        knee = (x + side * (hip + knee_out), knee_y)
        ankle = (x + side * foot, foot_y - 0.08 * t)
        pencil.limb((x + side * hip, hip_y), knee, 0.17 * t, 0.13 * t, look.trousers)
        pencil.limb(knee, ankle, 0.125 * t, 0.085 * t, look.trousers)
        pencil.limb(
            (ankle[0] - 0.02 * t, foot_y - 0.03 * t),
            (ankle[0] + side * 0.08 * t, foot_y - 0.01 * t),
            0.07 * t,
            0.055 * t,
            look.shoes,
        )
    trunk = [(x - shoulder, shoulder_y), (x + shoulder, shoulder_y), (x + 1.15 * hip, hip_y), (x - 1.15 * hip, hip_y)]
    pencil.area(trunk, look.shirt)
    pencil.limb((x - shoulder, shoulder_y + 0.05 * t), (x + shoulder, shoulder_y + 0.05 * t), 0.11 * t, 0.11 * t, look.shirt)
    pencil.limb((x - hip, hip_y), (x + hip, hip_y), 0.14 * t, 0.14 * t, look.trousers)
    pencil.limb((x, shoulder_y - 0.02 * t), (x, shoulder_y - 0.22 * t), 0.085 * t, 0.08 * t, look.skin)
    head_y = shoulder_y - 0.48 * t
    pencil.ball((x, head_y - 0.05 * t), 0.235 * t, look.hair)
    pencil.ball((x, head_y + 0.02 * t), 0.205 * t, look.skin)
    for side in (-1, 1):
        pencil.ball((x + side * 0.075 * t, head_y), 0.022 * t, (40, 40, 40))
        elbow = (x + side * (shoulder + 0.16 * t), shoulder_y + 0.47 * t)
        hand = (x + side * (shoulder + 0.34 * t) + side * 0.5 * swing * math.cos(turn), hip_y - 0.10 * t - swing * math.sin(turn))
        pencil.limb((x + side * shoulder, shoulder_y + 0.06 * t), elbow, 0.095 * t, 0.075 * t, look.shirt)
        pencil.limb(elbow, hand, 0.07 * t, 0.055 * t, look.skin)
        pencil.ball(hand, 0.07 * t, look.skin)
    pencil.limb((x - 0.05 * t, head_y + 0.10 * t), (x + 0.05 * t, head_y + 0.10 * t), 0.012 * t, 0.012 * t, (90, 90, 170))
    if posture.skipping:
        _rope(pencil, x, shoulder_y, hip_y, foot_y, t, turn, behind=False)


def _rope(
    pencil: _Pencil, x: float, shoulder_y: float, hip_y: float, foot_y: float, t: float, turn: float, *, behind: bool
) -> None:
    """The rope as half an ellipse from hand to hand: below the feet at angle 0, above the head half a turn later."""
    if (math.sin(turn) < 0) != behind:
        return
    reach = 0.67 * t
    low, high = foot_y + 0.06 * t, shoulder_y - 1.0 * t
    middle, half = hip_y - 0.10 * t, (low - high) / 2
    bottom = (low + high) / 2 + half * math.cos(turn)
    points = [(x + reach * math.cos(a), middle + (bottom - middle) * math.sin(a)) for a in np.linspace(0, math.pi, 24)]
    pencil.line(points, max(1.0, 0.03 * t), (40, 90, 200))


class _Pencil:
    def __init__(self, picture: NDArray[np.uint8]) -> None:
        self._picture: Any = picture

    def limb(
        self, a: tuple[float, float], b: tuple[float, float], wide: float, narrow: float, colour: tuple[int, int, int]
    ) -> None:
        """A limb with a lighter middle, from one round end to the other."""
        length = max(math.hypot(b[0] - a[0], b[1] - a[1]), 1e-6)
        across = ((a[1] - b[1]) / length, (b[0] - a[0]) / length)
        for share, shade in ((1.0, 0.72), (0.8, 0.88), (0.5, 1.0)):
            tone = tuple(round(c * shade) for c in colour)
            w, n = wide * share, narrow * share
            self.ball(a, w, tone, shaded=False)
            self.ball(b, n, tone, shaded=False)
            corners = [
                (a[0] + across[0] * w, a[1] + across[1] * w), (b[0] + across[0] * n, b[1] + across[1] * n),
                (b[0] - across[0] * n, b[1] - across[1] * n), (a[0] - across[0] * w, a[1] - across[1] * w),
            ]  # fmt: skip
            self.area(corners, tone)

    def ball(self, at: tuple[float, float], radius: float, colour: tuple[int, ...], *, shaded: bool = True) -> None:
        """A round part."""
        for share, shade in ((1.0, 0.8), (0.8, 1.0)) if shaded else ((1.0, 1.0),):
            tone = tuple(round(c * shade) for c in colour)
            centre = (round(at[0] * 2**SHIFT), round(at[1] * 2**SHIFT))
            cv2.circle(self._picture, centre, max(1, round(radius * share * 2**SHIFT)), tone, -1, cv2.LINE_8, SHIFT)

    def area(self, corners: list[tuple[float, float]], colour: tuple[int, ...]) -> None:
        """A convex area."""
        points = np.round(np.array(corners) * 2**SHIFT).astype(np.int32)
        cv2.fillConvexPoly(self._picture, points, colour, cv2.LINE_8, SHIFT)

    def line(self, points: list[tuple[float, float]], width: float, colour: tuple[int, int, int]) -> None:
        """A bent line."""
        bent = np.round(np.array(points) * 2**SHIFT).astype(np.int32)
        cv2.polylines(
            self._picture, [bent], isClosed=False, color=colour, thickness=max(1, round(width)), lineType=cv2.LINE_AA, shift=SHIFT
        )
