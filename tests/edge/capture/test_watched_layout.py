"""Squares that are changed while the camera runs: used from the next picture on, in pixels of whatever picture comes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from edge.capture.camera_watch import CameraWatch
from edge.capture.cameras import Camera
from edge.capture.layout import Layout
from edge.capture.stations import Square
from models.errors import ModelUnusable
from models.open import open_pose_model
from simulators.camera import Scene, write_clip
from simulators.pupil import Ability, attempt

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from edge.counting.samples import BodySample


async def until(true: Callable[[], bool], within_s: float = 40.0) -> None:
    async with asyncio.timeout(within_s):
        while not true():
            await asyncio.sleep(0.05)


async def test_a_new_layout_is_used_without_a_restart(tmp_path: Path) -> None:
    scene = Scene(2, (640, 360))
    write_clip(tmp_path / "clip.avi", scene, [attempt(Ability(), 2.0, seed) for seed in (1, 2)], 2.0)
    seen: list[tuple[int, BodySample]] = []
    watch = CameraWatch(
        Camera("north", f"file:{tmp_path / 'clip.avi'}?loop=1"),
        Layout({1: Square(*scene.squares[0])}),
        lambda: open_pose_model("onnxruntime:lite"),
        5.0,
        lambda: frozenset(range(10)),
        lambda station, sample: seen.append((station, sample)),
    )
    with pytest.raises(ModelUnusable, match="still being opened"):
        await watch.find_pupils(scene.render([None, None]))
    running = asyncio.create_task(watch.run())
    try:
        await until(lambda: any(station == 1 and sample.present for station, sample in seen))
        # Drawn on a picture twice as large as the camera gives.
        x, y, width, height = (2 * value for value in scene.squares[1])
        watch.layout = Layout({7: Square(x, y, width, height)}, (1280, 720))
        seen.clear()
        await until(lambda: any(station == 7 and sample.present for station, sample in seen))
        seen.clear()
        await until(lambda: len(seen) > 5)
        assert {station for station, _ in seen} == {7}, "the old square is looked at no more"
        newest = watch.camera.newest
        assert newest is not None
        assert len(await watch.find_pupils(newest.picture)) == 2
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
