"""Where squares are drawn: stills of the cameras, proposals, and the one set a camera that is kept.

A set is in use when it is committed, not before; nothing changes while a heat is under way.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, Literal, Protocol

from edge.capture.find_squares import find_squares
from edge.capture.layout import (
    LEAST_HEIGHT_PX,
    LEAST_WIDTH_PX,
    MOST_SHARED,
    Fault,
    Layout,
    faults_of,
    left_to_right,
)
from edge.capture.stations import Square
from edge.capture.stills import LIFE_S, Still, Stills, jpeg_of
from edge.lesson.session import Refused
from edge.store.camera_squares import SavedSquares
from edge.store.errors import StoreFull
from edge.web.refusals import no_such_camera, store_is_full
from edge.web.views.drawn import FoundView, SquareView, StationsView, StillView
from models.errors import ModelUnusable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from edge.capture.cameras import CameraStatus, Frame
    from edge.store.camera_squares import CameraSquares
    from edge.web.views.drawn import DrawnSquares

MOST_FAULTS: Final = 4
"""Sentences at once; the rest is seen when these are put right."""


class Watched(Protocol):
    """What the desk asks of a camera."""

    layout: Layout

    @property
    def camera(self) -> CameraFace:
        """The camera itself."""
        ...

    async def find_pupils(self, picture: NDArray[np.uint8]) -> list[Square]:
        """Squares around bodies. Raises `ModelUnusable` without a pose engine."""
        ...


class CameraFace(Protocol):
    """The newest picture of a camera, and how it is."""

    name: str

    @property
    def newest(self) -> Frame | None:
        """The newest picture, if there was one."""
        ...

    @property
    def status(self) -> CameraStatus:
        """How it is now."""
        ...


class StationDesk:
    """Stills, proposals and sets of all cameras of a gateway.

    Args:
        heat_under_way: whether a heat is going, from the countdown to the last result.
    """

    def __init__(self, watches: Sequence[Watched], store: CameraSquares, heat_under_way: Callable[[], bool]) -> None:
        self._watches = {watch.camera.name: watch for watch in watches}
        self._store, self._heat_under_way = store, heat_under_way
        self._stills = Stills()
        self._drawn: set[str] = set()
        self._saving = asyncio.Lock()

    async def restore(self) -> None:
        """Put what was saved in the place of the squares of the settings; once, before the cameras run."""
        for name, saved in (await self._store.load()).items():
            if name in self._watches:
                self._watches[name].layout = _layout(saved)
                self._drawn.add(name)

    def stations(self, camera: str) -> StationsView:
        """The squares of a camera. Raises `Refused` when there is no such camera."""
        layout = self._watch(camera).layout
        width, height = layout.size_px or (None, None)
        return StationsView(
            camera=camera,
            source="teacher" if camera in self._drawn else "settings",
            width_px=width,
            height_px=height,
            squares=_views(layout.squares),
            elsewhere=sorted(self._elsewhere(camera)),
            least_width_px=LEAST_WIDTH_PX,
            least_height_px=LEAST_HEIGHT_PX,
            most_shared=MOST_SHARED,
        )

    def take_still(self, camera: str) -> StillView:
        """Keep the newest picture of a camera for some minutes, in memory only.

        Raises:
            Refused: there is no such camera, or it gives no picture.
        """
        face = self._watch(camera).camera
        frame = face.newest
        if frame is None or face.status.state in {"opening", "lost"}:
            raise Refused(
                "no_picture",
                f"镜头 {camera} 没有画面：请看插头和电源",
                f"Camera {camera} gives no picture: check its plug and power",
            )
        key = self._stills.keep(Still(camera, frame.picture))
        asyncio.get_running_loop().call_later(LIFE_S + 1, self._stills.forget_old)
        height, width = frame.picture.shape[:2]
        return StillView(id=key, width_px=width, height_px=height)

    async def jpeg(self, still: str) -> bytes:
        """The picture of a still. Raises `Refused` when it is gone."""
        return await asyncio.to_thread(jpeg_of, self._still(still).picture)

    async def find(self, still: str, by: Literal["pupils", "marks"]) -> FoundView:
        """Propose squares for a still; changes nothing.

        Raises:
            Refused: the still is gone, a heat is under way, or there is no pose engine to find pupils with.
        """
        self._refuse_in_heat()
        taken = self._still(still)
        if by == "marks":
            squares = await asyncio.to_thread(find_squares, taken.picture)
        else:
            try:
                squares = await self._watch(taken.camera).find_pupils(taken.picture)
            except ModelUnusable as exc:
                raise Refused("no_pose_engine", f"找人的模型用不了：{exc}", f"Pupils cannot be found: {exc}") from exc
        elsewhere = self._elsewhere(taken.camera)
        numbers = (number for number in range(1, 100) if number not in elsewhere)
        return FoundView(squares=_views(dict(zip(numbers, left_to_right(squares), strict=False))))

    async def save(self, camera: str, drawn: DrawnSquares) -> StationsView:
        """Keep a set and use it from the next picture on; when this returns it is committed.

        Raises:
            Refused: there is no such camera, a heat is under way, something is wrong with the squares, or the store is full.
        """
        watch = self._watch(camera)
        async with self._saving:
            self._refuse_in_heat()
            squares = {one.number: Square(one.x, one.y, one.width, one.height) for one in drawn.squares}
            layout = Layout(squares, (drawn.width_px, drawn.height_px))
            self._refuse_faults(camera, drawn, layout)
            boxes = {number: (s.x, s.y, s.width, s.height) for number, s in squares.items()}
            try:
                await self._store.save(camera, SavedSquares(drawn.width_px, drawn.height_px, boxes))
            except StoreFull as exc:
                raise store_is_full() from exc
            watch.layout = layout
            self._drawn.add(camera)
        return self.stations(camera)

    # --- what stands in the way -------------------------------------------------------------------------------------------

    def _watch(self, camera: str) -> Watched:
        if camera not in self._watches:
            raise no_such_camera(camera)
        return self._watches[camera]

    def _still(self, still: str) -> Still:
        taken = self._stills.get(still)
        if taken is None:
            raise Refused("still_gone", "这张画面已经不在了：请取新画面", "This picture is gone: take a new one")
        return taken

    def _refuse_in_heat(self) -> None:
        if self._heat_under_way():
            raise Refused(
                "heat_running", "这一组正在进行，结束后再改方框", "A heat is under way: change the squares when it is over"
            )

    def _refuse_faults(self, camera: str, drawn: DrawnSquares, layout: Layout) -> None:
        told = [_say(fault) for fault in faults_of(layout)]
        numbers = [one.number for one in drawn.squares]
        twice = sorted({number for number in numbers if numbers.count(number) > 1})
        told += [(f"有两个 {number} 号站位", f"There are two squares with the number {number}") for number in twice]
        taken = sorted(self._elsewhere(camera) & set(numbers))
        told += [(f"{number} 号站位已经在另一个镜头里", f"Station {number} belongs to another camera already") for number in taken]
        if told:
            zh, en = zip(*told[:MOST_FAULTS], strict=True)
            raise Refused("squares_faulty", "\n".join(zh), "\n".join(en))

    def _elsewhere(self, camera: str) -> set[int]:
        return {number for name, watch in self._watches.items() if name != camera for number in watch.layout.squares}


def _layout(saved: SavedSquares) -> Layout:
    return Layout({number: Square(*box) for number, box in saved.boxes.items()}, (saved.width_px, saved.height_px))


def _views(squares: Mapping[int, Square]) -> list[SquareView]:
    return [SquareView(number=n, x=s.x, y=s.y, width=s.width, height=s.height) for n, s in sorted(squares.items())]


def _say(fault: Fault) -> tuple[str, str]:
    told = fault.stations
    if fault.kind == "outside":
        return f"{told[0]} 号方框超出了画面", f"Square {told[0]} reaches out of the picture"
    if fault.kind == "small":
        return (
            f"{told[0]} 号方框太小，站不下一个人（至少高 {LEAST_HEIGHT_PX}、宽 {LEAST_WIDTH_PX} 像素）",
            f"Square {told[0]} is too small for a pupil (at least {LEAST_HEIGHT_PX} px high and {LEAST_WIDTH_PX} px wide)",
        )
    return (
        f"{told[0]} 号和 {told[1]} 号方框叠在一起，中间的人会算两次",
        f"Squares {told[0]} and {told[1]} lie over each other: who stands there would count in both",
    )
