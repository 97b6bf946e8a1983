"""A clip of one heat from one camera: small JPEG pictures one after the other, their stamps beside them.

`NAME.mjpeg` is a plain run of JPEG pictures that any player opens; `NAME.stamps` has one record a picture; `NAME.json` says where
each station is. Both files only grow, so a clip that was cut off by a power cut is whole up to its last record. Only what is inside
the squares of those who go is ever copied into a picture: the rest of it is black.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

import cv2
import msgspec
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from types import TracebackType

    from numpy.typing import NDArray

    from edge.capture.stations import Square

WIDEST_PX: Final = 640
QUALITY: Final = 70
"""Of JPEG: feet and hands are seen, a picture of 640 by 360 pixels is about 30 kB (measured)."""
STAMP: Final = np.dtype([("t_ns", "<i8"), ("at", "<i8"), ("size", "<i4")])

Box = tuple[int, int, int, int]
"""x, y, width, height in pixels of the clip."""


class ClipAbout(msgspec.Struct, frozen=True):
    """What the pictures show: the camera, their size, and the box of each station in them."""

    camera: str
    width_px: int
    height_px: int
    boxes: dict[int, Box]


class ClipWriter:
    """Writes one clip; used by one thread.

    Args:
        path: folder and name, without an ending.
        squares: of those who go, in pixels of the camera's picture.

    Raises:
        OSError: the folder cannot be written to.
    """

    def __init__(self, path: Path, camera: str, squares: Mapping[int, Square]) -> None:
        self._squares = dict(squares)
        left, top = min(s.x for s in squares.values()), min(s.y for s in squares.values())
        right, bottom = max(s.x + s.width for s in squares.values()), max(s.y + s.height for s in squares.values())
        scale = min(1.0, WIDEST_PX / (right - left))
        boxes = {
            number: (
                int((s.x - left) * scale),
                int((s.y - top) * scale),
                max(1, int(s.width * scale)),
                max(1, int(s.height * scale)),
            )
            for number, s in squares.items()
        }
        self.about = ClipAbout(camera, max(1, int((right - left) * scale)), max(1, int((bottom - top) * scale)), boxes)
        self._canvas = np.zeros((self.about.height_px, self.about.width_px, 3), dtype=np.uint8)
        path.with_suffix(".json").write_bytes(msgspec.json.encode(self.about))
        self._pictures = path.with_suffix(".mjpeg").open("wb")
        self._stamps = path.with_suffix(".stamps").open("wb")
        self._at = 0

    def add(self, t_ns: int, picture: NDArray[np.uint8]) -> None:
        """Write one picture of the camera. Raises `OSError` when the disk is full."""
        for number, square in self._squares.items():
            x, y, width, height = self.about.boxes[number]
            part = picture[square.y : square.y + square.height, square.x : square.x + square.width]
            self._canvas[y : y + height, x : x + width] = cv2.resize(part, (width, height), interpolation=cv2.INTER_AREA)
        jpeg = _jpeg(self._canvas)
        self._pictures.write(jpeg)
        self._pictures.flush()
        self._stamps.write(np.array([(t_ns, self._at, len(jpeg))], dtype=STAMP).tobytes())
        self._stamps.flush()
        self._at += len(jpeg)

    def close(self) -> None:
        """Let go of the files."""
        for file in (self._pictures, self._stamps):
            file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


@dataclass(frozen=True, slots=True)
class Clip:
    """A clip on disk, read for one station: no picture of it shows a neighbour.

    Attributes:
        path: folder and name, without an ending.
    """

    path: Path
    about: ClipAbout
    station: int

    def stamps(self) -> NDArray[np.void]:
        """Records of `STAMP`, those whose pictures are whole."""
        data = self.path.with_suffix(".stamps").read_bytes()
        records = np.frombuffer(data[: len(data) // STAMP.itemsize * STAMP.itemsize], dtype=STAMP)
        length = self.path.with_suffix(".mjpeg").stat().st_size
        whole: NDArray[np.void] = records[records["at"] + records["size"] <= length]
        return whole

    def pictures(self, from_ns: int, to_ns: int) -> list[tuple[int, bytes]]:
        """Times and JPEG pictures of the station from `from_ns` until before `to_ns`."""
        x, y, width, height = self.about.boxes[self.station]
        records = self.stamps()
        chosen = records[(records["t_ns"] >= from_ns) & (records["t_ns"] < to_ns)]
        cut: list[tuple[int, bytes]] = []
        with self.path.with_suffix(".mjpeg").open("rb") as file:
            for t_ns, at, size in chosen.tolist():
                file.seek(at)
                picture = cv2.imdecode(np.frombuffer(file.read(size), dtype=np.uint8), cv2.IMREAD_COLOR)
                if picture is not None:
                    part = np.ascontiguousarray(picture[y : y + height, x : x + width], dtype=np.uint8)
                    cut.append((t_ns, _jpeg(part)))
        return cut


def open_clip(folder: Path, station: int) -> Clip | None:
    """The clip of a heat that shows a station, or `None`."""
    for file in sorted(folder.glob("*.json")):
        try:
            about = msgspec.json.decode(file.read_bytes(), type=ClipAbout)
        except (OSError, msgspec.MsgspecError):
            continue
        if station in about.boxes and file.with_suffix(".stamps").exists() and file.with_suffix(".mjpeg").exists():
            return Clip(file.with_suffix(""), about, station)
    return None


def size_of(folder: Path) -> int:
    """Bytes of all files of a folder."""
    with os.scandir(folder) as entries:
        return sum(entry.stat().st_size for entry in entries if entry.is_file(follow_symlinks=False))


def _jpeg(picture: NDArray[np.uint8]) -> bytes:
    there, jpeg = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    assert there
    return jpeg.tobytes()
