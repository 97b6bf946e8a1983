"""Stills: the picture that a teacher is looking at while squares are drawn. In memory only, few, and not for long."""

from __future__ import annotations

import secrets
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import cv2

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

MOST: Final = 4
"""Two tablets, each with a new and an old picture."""
LIFE_S: Final = 600.0
QUALITY: Final = 88
"""Of JPEG: edges of tape stay sharp, a full-HD still is about half a megabyte."""


@dataclass(frozen=True, slots=True, eq=False)
class Still:
    """A picture (uint8[height, width, 3], BGR) and the name of the camera that it is of."""

    camera: str
    picture: NDArray[np.uint8]


class Stills:
    """Pictures by random id; the oldest goes when there is one more, all go when their time is over.

    Args:
        now_s: a monotonic clock.
    """

    def __init__(self, now_s: Callable[[], float] = time.monotonic) -> None:
        self._now_s = now_s
        self._kept: OrderedDict[str, tuple[float, Still]] = OrderedDict()

    def keep(self, still: Still) -> str:
        """Keep one for a while; its id cannot be guessed."""
        self.forget_old()
        while len(self._kept) >= MOST:
            self._kept.popitem(last=False)
        key = secrets.token_urlsafe(12)
        self._kept[key] = (self._now_s(), still)
        return key

    def get(self, key: str) -> Still | None:
        """The still, or `None` when there is no such or no longer."""
        self.forget_old()
        found = self._kept.get(key)
        return None if found is None else found[1]

    def forget_old(self) -> None:
        """Let go of those whose time is over; to be called by a timer too."""
        end_s = self._now_s() - LIFE_S
        self._kept = OrderedDict((key, kept) for key, kept in self._kept.items() if kept[0] > end_s)


def jpeg_of(picture: NDArray[np.uint8]) -> bytes:
    """A picture as JPEG."""
    there, jpeg = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    assert there
    return jpeg.tobytes()
