"""Video recordings as pictures with their times, from the container's own stamps where it has them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from edge.recordings.errors import RecordingError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

DEFAULT_HZ: Final = 30.0
HIGHEST_HZ: Final = 480.0


@dataclass(frozen=True, slots=True, eq=False)
class VideoFrame:
    """One picture of a recording: uint8[height, width, 3], BGR; `t_ns` from its beginning."""

    t_ns: int
    picture: NDArray[np.uint8]


class VideoFile:
    """An open recording; iterate over its pictures.

    Raises:
        RecordingError: missing, empty, not a video, or (while iterating) without a single picture.
    """

    def __init__(self, path: Path) -> None:
        try:
            if not path.stat().st_size:
                raise RecordingError("the file is empty")
        except OSError as exc:
            raise RecordingError(f"cannot be read ({exc.strerror})") from exc
        self._capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
        if not self._capture.isOpened():
            raise RecordingError("not a video, or cut short before its first picture")
        rate = self._capture.get(cv2.CAP_PROP_FPS)
        self.rate_hz = rate if 1.0 <= rate <= HIGHEST_HZ else DEFAULT_HZ
        self.frames_told = max(0, int(self._capture.get(cv2.CAP_PROP_FRAME_COUNT)))

    def __iter__(self) -> Iterator[VideoFrame]:
        count, newest_ns = 0, -1
        try:
            while True:
                stamp_ms = self._capture.get(cv2.CAP_PROP_POS_MSEC)
                there, picture = self._capture.read()
                if not there:
                    break
                stamp_ms = max(stamp_ms, self._capture.get(cv2.CAP_PROP_POS_MSEC))
                t_ns = round(stamp_ms * 1e6)
                if t_ns <= newest_ns:
                    t_ns = newest_ns + round(1e9 / self.rate_hz)
                newest_ns = t_ns
                count += 1
                yield VideoFrame(t_ns, np.asarray(picture, dtype=np.uint8))
        finally:
            self._capture.release()
        if not count:
            raise RecordingError("there is no picture in it; is the file cut short?")
        if self.frames_told and count < 0.8 * self.frames_told:
            raise RecordingError(f"cut short: {count} of {self.frames_told} pictures can be read")
