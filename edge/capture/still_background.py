"""What a fixed camera sees when nobody is there, and what differs from it: bodies, without their shadows.

Pictures are laid onto the background before they are compared, so a tripod may sway; the light of the whole picture may change.
A picture is looked at in a small size. Shadows are told by colour: a shadow takes light away and leaves the colour
(Horprasert, Harwood and Davis 1999).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import cv2
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    Picture = NDArray[np.uint8]

WORK_WIDTH_PX: Final = 480
"""About the width of the small picture: every side is divided by a whole number, which is quick."""
LEAST_DIFFERENCE: Final = 17.0
"""Grey levels; differences below are noise of the sensor and of compression."""
NOISES: Final = 4.5
"""A pixel differs when it does so by this many of its own mean differences."""
SHADOW_DARK: Final = (0.42, 0.97)
"""A shadow leaves this share of the light: the sky still shines into it."""
SHADOW_COLOUR: Final = 0.07
"""By how much a shadow's colour may be off, as a share of the background."""
LEARN_EVERY_S: Final = 0.095
LEARNT_S: Final = 6.0
"""The background follows slow changes of light over so long."""
STILL_S: Final = 6.0
"""Something that has changed once and then is still for so long, and is nobody, belongs to the background."""
STILL_LEVELS: Final = 9.0
LOST_SHARE: Final = 0.55
"""When so much of the picture differs, the camera was moved or the light switched."""
LOST_PICTURES: Final = 15
SAME_LIGHT: Final = 0.015
POINTS: Final = 70
SWAY_PX: Final = 0.12
"""Less than this, in pixels of the small picture, is not corrected."""
SWAY_RESTS_NS: Final = 60_000_000
"""While the camera stands still, sway is looked for so often. Wind that shakes a tripod twice a second by 4 of 1280 pixels moves
the small picture by 1 pixel in this time; from then on it is looked for in every picture."""


@dataclass(frozen=True, slots=True, eq=False)
class Moving:
    """What differs from the background in one picture.

    Attributes:
        picture: the small picture, laid onto the background.
        mask: 255 where something is that was not there before.
        back: float64[2, 3], from places in the small picture to places on the picture as it came.
        scale: of the small picture against the original.
    """

    picture: Picture
    mask: Picture
    back: NDArray[np.float64]
    scale: float


class StillBackground:
    """Learns the background of one camera.

    Args:
        width_px: of the pictures that will come.
        first: a few seconds of pictures, all of the same size, to learn the background from; taken one by one.
    """

    def __init__(self, width_px: int, first: Iterable[Picture]) -> None:
        self._times: int = max(1, round(width_px / WORK_WIDTH_PX))
        self._scale: float = 1.0 / self._times
        small = [self._small(picture) for picture in first]
        self._size = (small[0].shape[1], small[0].shape[0])
        # Steady first: sway in the pictures to learn from would blur the background.
        self._warp = np.eye(2, 3)
        self._anchor(small[len(small) // 2])
        steady = [self._steady(picture, self._swayed(picture))[0] for picture in small]
        self._background: Any = np.median(np.stack(steady), axis=0).astype(np.float32)
        self._noise: Any = np.full(self._background.shape[:2], LEAST_DIFFERENCE / NOISES, dtype=np.float32)
        self._recent: Any = self._background.copy()
        self._still_s: Any = np.zeros(self._background.shape[:2], dtype=np.float32)
        self._t_ns: int | None = None
        self._sway_due_ns: int | None = None
        self._lost = 0
        self._warp = np.eye(2, 3)
        self._settle()

    @property
    def scale(self) -> float:
        """Of the small pictures against those that came."""
        return self._scale

    def moving(self, t_ns: int, picture: Picture) -> Moving:
        """Compare one picture with the background, and learn from it."""
        small = self._small(picture)
        small, back = self._steady(small, self._sway(t_ns, small))
        lit = self._lit(small)
        most = _largest(cv2.absdiff(small, lit))
        other = cv2.compare(most, self._threshold, cv2.CMP_GT)
        there = other > 0
        mask = other.copy()
        places = np.flatnonzero(there)
        pixels = (picture.reshape(-1, 3).take(places, axis=0).astype(np.float32) for picture in (small, lit))
        mask.ravel()[places[_shadow(*pixels)]] = 0
        mask = cv2.medianBlur(mask, 3)
        since_s = LEARN_EVERY_S if self._t_ns is None else (t_ns - self._t_ns) / 1e9
        if since_s >= LEARN_EVERY_S or since_s < 0:
            self._t_ns = t_ns
            self._learn(small, most, there, float(np.clip(since_s, 0.0, 1.0)))
        self._watch(other)
        return Moving(small, mask, back, self._scale)

    def keep(self, boxes: Sequence[tuple[float, float, float, float]]) -> None:
        """Somebody stands at these places (x, y, width, height in the small picture): they never become background."""
        for x, y, width, height in boxes:
            left, top = max(0, int(x)), max(0, int(y))
            self._still_s[top : max(0, int(y + height)), left : max(0, int(x + width))] = 0.0

    def _small(self, picture: Picture) -> Any:
        if self._times == 1:
            return picture
        height, width = (side // self._times for side in picture.shape[:2])
        small: Any = picture[: height * self._times, : width * self._times]
        if self._times > 2:
            # Halving is quick; any other share in one step costs several times as much (measured: 0.6 ms against 2.5 ms).
            small = cv2.resize(small, (small.shape[1] // 2, small.shape[0] // 2), interpolation=cv2.INTER_AREA)
        return cv2.resize(small, (width, height), interpolation=cv2.INTER_AREA if self._times == 2 else cv2.INTER_LINEAR)

    def _lit(self, small: Any) -> Any:
        """The background in the light of now: each colour as much brighter as the median over a grid of pixels is."""
        now, then = (part[4::11, 4::11].reshape(-1, 3).astype(np.float32) for part in (small, self._plain))
        ratio = np.clip(np.median((now + 4.0) / (then + 4.0), axis=0), 0.4, 2.5)
        if np.abs(ratio - 1.0).max() < SAME_LIGHT:
            return self._plain
        return cv2.convertScaleAbs(self._background * ratio.astype(np.float32))

    def _learn(self, small: Any, most: Any, there: Any, dt: float) -> None:
        free = cv2.bitwise_not(there.astype(np.uint8) * 255)
        share = dt / (LEARNT_S + dt)
        cv2.accumulateWeighted(small, self._background, share, free)
        cv2.accumulateWeighted(most, self._noise, share, free)
        moved = _largest(cv2.absdiff(small, cv2.convertScaleAbs(self._recent)))
        cv2.accumulateWeighted(small, self._recent, dt / (0.5 + dt))
        self._still_s += dt
        self._still_s[(moved > STILL_LEVELS) | ~there] = 0.0
        settled = self._still_s > STILL_S
        if settled.any():
            self._background[settled] = self._recent[settled]
            self._still_s[settled] = 0.0
        self._settle()

    def _settle(self) -> None:
        """What pictures are compared with, in whole grey levels."""
        self._plain: Any = cv2.convertScaleAbs(self._background)
        self._threshold: Any = cv2.convertScaleAbs(np.maximum(self._noise * NOISES, LEAST_DIFFERENCE))

    def _watch(self, other: Any) -> None:
        self._lost = self._lost + 1 if cv2.countNonZero(other) > LOST_SHARE * other.size else 0
        if self._lost >= LOST_PICTURES:
            self._background, self._lost = self._recent.copy(), 0
            self._anchor(np.clip(self._background, 0, 255).astype(np.uint8))
            self._warp = np.eye(2, 3)
            self._settle()

    # --- sway -----------------------------------------------------------------------------------------------------------

    def _anchor(self, small: Any) -> None:
        """Choose the points that pictures are laid onto each other by."""
        self._anchor_grey: Any = cv2.cvtColor(small, cv2.COLOR_BGR2GRAY)
        found = cv2.goodFeaturesToTrack(self._anchor_grey, POINTS, 0.02, 14)
        self._points: Any = np.zeros((0, 1, 2), np.float32) if found is None else found.astype(np.float32)

    def _steady(self, small: Any, warp: NDArray[np.float64]) -> tuple[Any, NDArray[np.float64]]:
        """The small picture as it would be without sway, and from there to where things are in the original."""
        back = warp / self._scale
        if self._apart_px(warp, np.eye(2, 3)) < SWAY_PX:
            return small, np.eye(2, 3) / self._scale
        # OpenCV 5 moves four channels in half the time of three.
        steady = cv2.warpAffine(
            cv2.cvtColor(small, cv2.COLOR_BGR2BGRA), warp, self._size, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )  # fmt: skip
        return cv2.cvtColor(steady, cv2.COLOR_BGRA2BGR), back

    def _apart_px(self, one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
        """How far two warps put the same pixel apart, at most."""
        off = np.abs(one - other)
        return float(off[:, 2].max() + off[:, :2].max() * max(self._size))

    def _sway(self, t_ns: int, small: Any) -> NDArray[np.float64]:
        """See `_swayed`; as it was last, while the camera stands still."""
        if self._sway_due_ns is None or not 0 <= self._sway_due_ns - t_ns <= SWAY_RESTS_NS:
            before = self._warp
            still = self._apart_px(self._swayed(small), before) < SWAY_PX
            self._sway_due_ns = t_ns + SWAY_RESTS_NS if still else None
        return self._warp

    def _swayed(self, small: Any) -> NDArray[np.float64]:
        """float64[2, 3], from the background to the picture: shift and turn of the points that most agree on."""
        if len(self._points) < 12:
            return np.eye(2, 3)
        grey: Any = cv2.cvtColor(small, cv2.COLOR_BGR2GRAY)
        guess = (self._points.reshape(-1, 2) @ self._warp[:, :2].T + self._warp[:, 2]).astype(np.float32).reshape(-1, 1, 2)
        now, found, _ = cv2.calcOpticalFlowPyrLK(
            self._anchor_grey, grey, self._points, guess, winSize=(13, 13), maxLevel=1, flags=cv2.OPTFLOW_USE_INITIAL_FLOW,
            criteria=(cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 8, 0.03),
        )  # fmt: skip
        held = found.ravel() == 1
        then, now = self._points[held].reshape(-1, 2), now[held].reshape(-1, 2)
        if len(then) < 12:
            return self._warp
        shift = np.median(now - then, axis=0)
        agree = np.hypot(*(now - then - shift).T) < 2.0
        if agree.sum() < max(8, 0.4 * len(then)):
            return self._warp
        turned, _ = cv2.estimateAffinePartial2D(then[agree], now[agree], method=cv2.RANSAC, ransacReprojThreshold=1.0)
        self._warp = np.column_stack([np.eye(2), shift]) if turned is None else turned
        return self._warp


def _largest(difference: Any) -> Any:
    """The largest of the differences of the three colours."""
    blue, green, red = cv2.split(difference)
    return cv2.max(cv2.max(blue, green), red)


def _shadow(level: Any, lit: Any) -> Any:
    """Which of n pixels (float32[n, 3]) are the background with less light on it."""
    low, high = SHADOW_DARK
    power = (lit * lit).sum(axis=1) + 1.0
    dark = (level * lit).sum(axis=1) / power
    left = (level * level).sum(axis=1) - dark * dark * power
    return (dark > low) & (dark < high) & (left < SHADOW_COLOUR**2 * power)
