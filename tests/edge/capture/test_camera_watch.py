"""One camera at work with a pose engine that is too slow: it sheds poses, then pictures, says so, and recovers."""

from __future__ import annotations

import asyncio
import socket
import time
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from edge.capture.camera_watch import CameraWatch
from edge.capture.cameras import Camera
from edge.capture.layout import Layout
from edge.capture.load_shedding import LEAST_POSE_HZ, LoadShedding
from edge.capture.stations import Square
from models.errors import ModelUnusable
from models.open import open_pose_model
from simulators.camera import STANDING, Scene, VirtualCamera

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    import numpy as np
    from numpy.typing import NDArray

    from edge.counting.samples import BodySample
    from models.pose import Pose, PoseModel, Region

SCENE = Scene(1, (320, 240))


class SlowModel:
    """A real pose engine on a computer that is too slow for it."""

    def __init__(self) -> None:
        self._model: PoseModel = open_pose_model("onnxruntime:lite")
        self.slower_s = 0.0
        self.name = self._model.name

    def detect(self, picture: NDArray[np.uint8]) -> list[Region]:
        return self._model.detect(picture)

    def pose(self, picture: NDArray[np.uint8], region: Region) -> Pose | None:
        time.sleep(self.slower_s)
        return self._model.pose(picture, region)

    def close(self) -> None:
        self._model.close()


@pytest.fixture
async def source() -> AsyncIterator[VirtualCamera]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    camera = VirtualCamera(SCENE, lambda: [STANDING], port=port, rate_hz=15)
    await camera.start()
    yield camera
    await camera.stop()


async def until(true: Callable[[], bool], within_s: float = 40.0) -> None:
    async with asyncio.timeout(within_s):
        while not true():
            await asyncio.sleep(0.05)


@pytest.mark.timeout(150)
async def test_a_computer_that_is_too_slow_sheds_poses_then_pictures_and_recovers(source: VirtualCamera) -> None:
    model, seen = SlowModel(), Counter[str]()

    def take(_station: int, sample: BodySample) -> None:
        seen["pictures"] += 1
        seen["poses"] += sample.key

    shedding = LoadShedding(5.0, window_ns=400_000_000)
    camera = Camera("north", source.url)
    layout = Layout({1: Square(*SCENE.squares[0])})
    watch = CameraWatch(camera, layout, lambda: model, 5.0, lambda: frozenset({1}), take, shedding)
    running = asyncio.create_task(watch.run())
    try:
        await until(lambda: seen["poses"] > 5)
        assert watch.shedding.load == "full"

        model.slower_s = 0.3
        await until(lambda: watch.shedding.load != "full")
        assert watch.shedding.load == "fewer_poses", "poses go first"
        model.slower_s = 1.0
        await until(lambda: watch.shedding.load == "fewer_pictures")
        assert watch.shedding.pose_hz == LEAST_POSE_HZ
        await until(lambda: watch.shedding.pictures_left_out > 3)
        assert [tracker.pose_hz for tracker in watch._trackers.values()] == [LEAST_POSE_HZ]
        assert camera.status.frames_dropped > 0

        model.slower_s = 0.0
        await until(lambda: watch.shedding.load == "full")
        assert watch.shedding.pose_hz == 5.0
        before = seen["poses"]
        await until(lambda: seen["poses"] > before + 5)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        model.close()


async def test_nobody_to_look_at_costs_and_sheds_nothing(source: VirtualCamera) -> None:
    def never() -> PoseModel:
        return SlowModel()

    camera = Camera("north", source.url)
    looked: list[BodySample] = []
    watch = CameraWatch(camera, Layout({1: Square(*SCENE.squares[0])}), never, 5.0, frozenset, lambda _s, b: looked.append(b))
    running = asyncio.create_task(watch.run())
    try:
        await until(lambda: bool(watch.model_name) and camera.status.frames > 20)
        assert looked == []
        assert watch.shedding.load == "full"
        assert watch.model_name.startswith("onnxruntime/lite/")
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_what_is_said_of_the_pose_engine_is_kept_for_the_technician(source: VirtualCamera) -> None:
    def unusable() -> PoseModel:
        watch.tell("provider cuda skipped")
        raise ModelUnusable("the model is missing")

    watch = CameraWatch(Camera("north", source.url), Layout({}), unusable, 5.0, frozenset, lambda _s, _b: None)
    running = asyncio.create_task(watch.run())
    try:
        await until(lambda: bool(watch.model_error))
        assert (watch.model_error, watch.notes) == ("the model is missing", ("provider cuda skipped",))
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
