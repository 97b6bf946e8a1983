"""What a camera is asked for, and what it would not do: it is asked through OpenCV, read back, and every refusal is a sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, Protocol

import cv2

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Rotation = Literal[0, 90, 180, 270]

V4L2_MANUAL: Final = 1.0
V4L2_AUTO: Final = (3.0, 0.0)
"""UVC cameras know "aperture priority" as automatic, others plain "auto" (V4L2, `V4L2_CID_EXPOSURE_AUTO`)."""
V4L2_EXPOSURES_A_MS: Final = 10.0
"""`V4L2_CID_EXPOSURE_ABSOLUTE` counts 100 µs."""
TURNS: Final = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}


class Capture(Protocol):
    """The part of `cv2.VideoCapture` that is used here."""

    def set(self, prop: int, value: float, /) -> bool:
        """Ask for a value; whether the backend took the question."""
        ...

    def get(self, prop: int, /) -> float:
        """The value that is in force."""
        ...


@dataclass(frozen=True, slots=True)
class CameraWishes:
    """What is wished for; `None` leaves the camera as it is.

    Attributes:
        width: px, before it is turned.
        height: px, before it is turned.
        exposure: `auto`, or the time in milliseconds.
        fourcc: four letters of the format in which a V4L2 camera sends its pictures.
        rotate: degrees clockwise by which the gateway turns the picture; needs no camera.
    """

    width: int | None = None
    height: int | None = None
    fps: float | None = None
    exposure: Literal["auto"] | float | None = None
    fourcc: str | None = None
    rotate: Rotation = 0


def ask(capture: Capture, wishes: CameraWishes, *, v4l2: bool) -> tuple[str, ...]:
    """Ask an open camera for what is wished; one sentence for each thing that it would not do.

    The format comes first: a camera offers its sizes and rates by format.
    """
    refused: list[str] = []
    if wishes.fourcc is not None:
        capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*wishes.fourcc))
        given = int(capture.get(cv2.CAP_PROP_FOURCC)).to_bytes(4, "little", signed=True).decode("ascii", "replace")
        if given != wishes.fourcc:
            refused.append(f"fourcc {wishes.fourcc} refused: it sends {given if given.isprintable() else 'another format'}")
    if wishes.width is not None or wishes.height is not None:
        refused += _ask_size(capture, wishes)
    if wishes.fps is not None:
        capture.set(cv2.CAP_PROP_FPS, wishes.fps)
        rate_hz = capture.get(cv2.CAP_PROP_FPS)
        if abs(rate_hz - wishes.fps) > 0.05 * wishes.fps:
            refused.append(f"fps {wishes.fps:g} refused: it gives {rate_hz:g}")
    if wishes.exposure is not None:
        refused += _ask_exposure(capture, wishes.exposure, v4l2=v4l2)
    return tuple(refused)


def turned(picture: NDArray[np.uint8], degrees: Rotation) -> NDArray[np.uint8]:
    """The picture, turned clockwise."""
    return picture if degrees == 0 else cv2.rotate(picture, TURNS[degrees])  # type: ignore[return-value]


def _ask_size(capture: Capture, wishes: CameraWishes) -> list[str]:
    # OpenCV asks a V4L2 camera only when it has been told both.
    width = wishes.width or round(capture.get(cv2.CAP_PROP_FRAME_WIDTH))
    height = wishes.height or round(capture.get(cv2.CAP_PROP_FRAME_HEIGHT))
    capture.set(cv2.CAP_PROP_FRAME_WIDTH, width)
    capture.set(cv2.CAP_PROP_FRAME_HEIGHT, height)
    given = (round(capture.get(cv2.CAP_PROP_FRAME_WIDTH)), round(capture.get(cv2.CAP_PROP_FRAME_HEIGHT)))
    return [] if given == (width, height) else [f"size {width}×{height} refused: it gives {given[0]}×{given[1]}"]


def _ask_exposure(capture: Capture, wish: Literal["auto"] | float, *, v4l2: bool) -> list[str]:
    if not v4l2:
        return ["exposure refused: set it on the camera's own page"]
    if wish == "auto":
        taken = any(capture.set(cv2.CAP_PROP_AUTO_EXPOSURE, mode) for mode in V4L2_AUTO)
        return [] if taken else ["exposure auto refused"]
    units = float(wish) * V4L2_EXPOSURES_A_MS
    capture.set(cv2.CAP_PROP_AUTO_EXPOSURE, V4L2_MANUAL)
    capture.set(cv2.CAP_PROP_EXPOSURE, units)
    given = capture.get(cv2.CAP_PROP_EXPOSURE)
    if abs(given - units) <= max(1.0, 0.1 * units):
        return []
    instead = f"it gives {given / V4L2_EXPOSURES_A_MS:g} ms" if given > 0 else "it has no such setting"
    return [f"exposure {float(wish):g} ms refused: {instead}"]
