"""What a camera at the side of a field has to bear, and what that makes of its pictures and their times."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import cv2
import numpy as np

from simulators.smooth import Wandering

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Picture = NDArray[np.uint8]

NOISES: Final = 4
CARD: Final = (70, 40, 30)


@dataclass(frozen=True, slots=True)
class CameraConditions:
    """Everything is off unless it is asked for; what is drawn by chance follows the seed of the film.

    Attributes:
        rate_hz: pictures a second.
        uneven: standard deviation of the time between two pictures, as a share of it (a variable frame rate).
        dropped: share of pictures that are lost.
        sway_px: how far the picture wanders while wind shakes the tripod (standard deviation); it turns a little, too.
        light: 1 by day, 0.2 in a dim hall.
        noise: standard deviation of the sensor's noise, in grey levels of 255.
        exposure_s: how long the shutter is open; 0.03 blurs whatever moves.
        cast_shadows: sun from the side; otherwise only a soft shadow below the feet.
        behind: people who walk by behind the squares.
        passers: people who walk through a square, in front of or behind its pupil.
        leavers: pupils who stop half-way and walk away.
        companions: pupils who have somebody else with them in their square.
        cut_s: from when to when a title card is shown instead of the field.
        fade_s: how long the clip takes to come out of black, and to go into it.
    """

    rate_hz: float = 30.0
    uneven: float = 0.0
    dropped: float = 0.0
    sway_px: float = 0.0
    light: float = 1.0
    noise: float = 2.0
    exposure_s: float = 0.0
    cast_shadows: bool = False
    behind: int = 0
    passers: int = 0
    leavers: int = 0
    companions: int = 0
    cut_s: tuple[float, float] | None = None
    fade_s: float = 0.0


NAMED: Final = {
    "clear": CameraConditions(),
    "windy": CameraConditions(sway_px=4.0, cast_shadows=True),
    "dim": CameraConditions(light=0.25, noise=9.0, exposure_s=0.03),
    "busy": CameraConditions(behind=3, passers=1, cast_shadows=True),
    "restless": CameraConditions(leavers=1, companions=1, behind=1),
    "uneven": CameraConditions(uneven=0.25, dropped=0.08),
    "slow": CameraConditions(rate_hz=12.0),
    "fast": CameraConditions(rate_hz=60.0),
    "edited": CameraConditions(cut_s=(6.0, 7.5), fade_s=1.0),
}
"""Conditions by the names that the command knows."""


def stamps_s(conditions: CameraConditions, seconds: float, seed: int) -> Floats:
    """When pictures are taken: ascending, from 0."""
    draw = np.random.default_rng([seed, 16])
    count = round(seconds * conditions.rate_hz)
    steps = 1.0 + np.clip(conditions.uneven * draw.normal(size=count), -0.8, 2.0)
    times: Floats = np.concatenate([[0.0], np.cumsum(steps)[:-1]]) / conditions.rate_hz
    kept = draw.random(count) >= conditions.dropped
    kept[:1] = True
    return times[kept]


class Lens:
    """What happens to a picture between the field and the file.

    Args:
        size: of the pictures.
        seconds: of the clip.
    """

    def __init__(self, conditions: CameraConditions, size: tuple[int, int], seconds: float, seed: int) -> None:
        draw = np.random.default_rng([seed, 17])
        self._conditions, self._size, self._seconds = conditions, size, seconds
        self._draw = draw
        self._gusts = [Wandering(draw, seconds, pace_s) for pace_s in (0.35, 0.35, 0.5, 1.3)]
        shape = (size[1] + 16, size[0] + 16, 3)
        self._noise = [
            np.rint(conditions.noise * draw.standard_normal(shape, dtype=np.float32)).astype(np.int16)
            for _ in range(NOISES if conditions.noise else 0)
        ]
        self._card = _title_card(size)
        self._taken = 0

    def swayed(self, t_s: float) -> Floats:
        """float64[2, 3]: from where something would be in the picture to where it is."""
        sway_px = self._conditions.sway_px
        if not sway_px:
            return np.eye(2, 3)
        at = np.array([t_s])
        slow = 0.8 + 0.6 * float(self._gusts[3].at(at)[0])
        right, down, turn = (sway_px * slow * float(gust.at(at)[0]) for gust in self._gusts[:3])
        angle = 0.6 * turn / max(self._size)
        middle = np.array(self._size) / 2.0
        matrix = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        return np.column_stack([matrix, middle - matrix @ middle + [right, 0.7 * down]])

    def shows_field(self, t_s: float) -> bool:
        """False while a title card is shown."""
        cut_s = self._conditions.cut_s
        return cut_s is None or not cut_s[0] <= t_s < cut_s[1]

    def take(self, t_s: float, field: Picture) -> Picture:
        """The picture as it comes out of the camera; `field` may be changed."""
        conditions = self._conditions
        picture: Any = field if self.shows_field(t_s) else self._card.copy()
        if conditions.sway_px and self.shows_field(t_s):
            picture = cv2.warpAffine(picture, self.swayed(t_s), self._size, borderMode=cv2.BORDER_REFLECT)
        light = conditions.light
        if conditions.fade_s:
            light *= float(np.clip(min(t_s, self._seconds - t_s) / conditions.fade_s, 0.0, 1.0))
        if light != 1.0:
            picture = cv2.convertScaleAbs(picture, alpha=light)
        if self._noise:
            self._taken += 1
            x, y = self._draw.integers(0, 16, 2)
            noise = self._noise[self._taken % NOISES][y : y + self._size[1], x : x + self._size[0]]
            picture = cv2.add(picture, noise, dtype=cv2.CV_8U)
        out: Picture = picture
        return out


def _title_card(size: tuple[int, int]) -> Picture:
    card: Any = np.full((size[1], size[0], 3), CARD, dtype=np.uint8)
    scale = size[0] / 420.0
    place = (round(size[0] * 0.18), size[1] // 2)
    cv2.putText(card, "ROPE SKIPPING", place, cv2.FONT_HERSHEY_DUPLEX, scale, (235, 235, 235), 2, cv2.LINE_AA)
    out: Picture = card
    return out
