"""What a camera is asked for, and how a refusal is said."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from edge.capture.camera_wishes import CameraWishes, Rotation, ask, turned


class Webcam:
    """A V4L2 camera as OpenCV shows it: sizes by format, exposure in units of 100 µs, manual only when it is not automatic."""

    def __init__(self) -> None:
        self.has: dict[int, float] = {
            cv2.CAP_PROP_FRAME_WIDTH: 640,
            cv2.CAP_PROP_FRAME_HEIGHT: 480,
            cv2.CAP_PROP_FPS: 30,
            cv2.CAP_PROP_FOURCC: cv2.VideoWriter.fourcc(*"YUYV"),
            cv2.CAP_PROP_AUTO_EXPOSURE: 3,
            cv2.CAP_PROP_EXPOSURE: 157,
        }
        self.asked: list[int] = []

    def set(self, prop: int, value: float, /) -> bool:
        self.asked.append(prop)
        if prop == cv2.CAP_PROP_FOURCC and value not in {cv2.VideoWriter.fourcc(*name) for name in ("YUYV", "MJPG")}:
            return False
        if prop == cv2.CAP_PROP_FRAME_WIDTH and value > 640 and self.has[cv2.CAP_PROP_FOURCC] != cv2.VideoWriter.fourcc(*"MJPG"):
            return False
        if prop == cv2.CAP_PROP_FPS:
            value = min(value, 30)
        if prop == cv2.CAP_PROP_EXPOSURE and self.has[cv2.CAP_PROP_AUTO_EXPOSURE] != 1:
            return False
        if prop == cv2.CAP_PROP_AUTO_EXPOSURE and value not in {1, 3}:
            return False
        self.has[prop] = value
        return True

    def get(self, prop: int, /) -> float:
        return self.has.get(prop, -1.0)


class IpCamera:
    """Takes nothing."""

    def set(self, _prop: int, _value: float, /) -> bool:
        return False

    def get(self, prop: int, /) -> float:
        return {cv2.CAP_PROP_FRAME_WIDTH: 1920, cv2.CAP_PROP_FRAME_HEIGHT: 1080, cv2.CAP_PROP_FPS: 25}.get(prop, 0)


def test_all_that_a_camera_can_do_is_done_and_nothing_is_said() -> None:
    camera = Webcam()
    assert ask(camera, CameraWishes(1280, 720, 30, 4.0, "MJPG"), v4l2=True) == ()
    assert camera.has[cv2.CAP_PROP_FRAME_WIDTH] == 1280
    assert camera.has[cv2.CAP_PROP_EXPOSURE] == 40, "4 ms are 40 units of 100 µs"
    assert camera.has[cv2.CAP_PROP_AUTO_EXPOSURE] == 1, "manual"


def test_every_refusal_is_a_sentence_with_what_there_is_instead() -> None:
    refused = ask(Webcam(), CameraWishes(1280, 720, 60, "auto", "H264"), v4l2=True)
    assert refused == (
        "fourcc H264 refused: it sends YUYV",
        "size 1280×720 refused: it gives 640×720",
        "fps 60 refused: it gives 30",
    )


def test_a_network_camera_is_set_up_on_its_own_page() -> None:
    refused = ask(IpCamera(), CameraWishes(width=1280, fps=50, exposure=4.0), v4l2=False)
    assert [sentence.split(" refused")[0] for sentence in refused] == ["size 1280×1080", "fps 50", "exposure"]


def test_a_camera_without_wishes_is_left_alone() -> None:
    camera = Webcam()
    assert ask(camera, CameraWishes(rotate=90), v4l2=True) == ()
    assert camera.asked == []


def test_exposure_goes_back_to_automatic() -> None:
    camera = Webcam()
    camera.has[cv2.CAP_PROP_AUTO_EXPOSURE] = 1
    assert ask(camera, CameraWishes(exposure="auto"), v4l2=True) == ()
    assert camera.has[cv2.CAP_PROP_AUTO_EXPOSURE] == 3


@pytest.mark.parametrize(("degrees", "where"), [(0, (0, 0)), (90, (0, 29)), (180, (19, 29)), (270, (19, 0))])
def test_the_picture_is_turned_clockwise(degrees: Rotation, where: tuple[int, int]) -> None:
    picture = np.zeros((20, 30, 3) if degrees in {0, 180} else (30, 20, 3), dtype=np.uint8)
    picture[0, 0] = 255
    after = turned(picture, degrees)
    assert after.shape == (20, 30, 3)
    assert after[where].tolist() == [255, 255, 255]
