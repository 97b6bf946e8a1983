"""Where the line for laps is drawn on a still of a camera. It is in use when it is committed, not before."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from edge.counting.gate_line import GateLine
from edge.counting.line import Line
from edge.lesson.session import Refused
from edge.store.errors import StoreFull
from edge.web.refusals import no_such_camera, store_is_full
from edge.web.views.drawn import LineView

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from edge.capture.gate_watch import GateWatch
    from edge.store.camera_lines import CameraLines
    from edge.web.views.drawn import DrawnLine

SHORTEST_SHARE: Final = 0.08
"""Of the picture's width: a shorter line is a slip of the finger, and nobody fits beside another on it."""


class LineDesk:
    """The lines of all cameras of a gateway.

    Args:
        heat_under_way: whether a heat is going, from the countdown to the last result.
    """

    def __init__(self, gates: Sequence[GateWatch], store: CameraLines, heat_under_way: Callable[[], bool]) -> None:
        self._gates = {gate.camera: gate for gate in gates}
        self._store, self._heat_under_way = store, heat_under_way
        self._drawn: set[str] = set()
        self._saving = asyncio.Lock()

    async def restore(self) -> None:
        """Put what was saved in the place of the lines of the settings; once, before the cameras run."""
        for camera, line in (await self._store.load()).items():
            if camera in self._gates:
                self._gates[camera].line = line
                self._drawn.add(camera)

    def line(self, camera: str) -> LineView:
        """The line of a camera. Raises `Refused` when there is no such camera."""
        line = self._gate(camera).line
        width, height = (None, None) if line is None or line.size_px is None else line.size_px
        return LineView(
            camera=camera,
            source="teacher" if camera in self._drawn else "settings",
            width_px=width,
            height_px=height,
            line=None if line is None else [round(v) for v in (line.line.x1, line.line.y1, line.line.x2, line.line.y2)],
            end="finish" if line is None else line.end,
            direction=None if line is None else line.direction,
        )

    async def save(self, camera: str, drawn: DrawnLine) -> LineView:
        """Keep a line, or none, and use it from the next picture on; when this returns it is committed.

        Raises:
            Refused: there is no such camera, a heat is under way, the line is too short or outside, or the store is full.
        """
        gate = self._gate(camera)
        async with self._saving:
            if self._heat_under_way():
                raise Refused(
                    "heat_running", "这一组正在进行，结束后再改线", "A heat is under way: change the line when it is over"
                )
            line = None if drawn.line is None else _checked(drawn)
            try:
                await self._store.save(camera, line)
            except StoreFull as exc:
                raise store_is_full() from exc
            gate.line = line
            self._drawn.add(camera)
        return self.line(camera)

    def _gate(self, camera: str) -> GateWatch:
        if camera not in self._gates:
            raise no_such_camera(camera)
        return self._gates[camera]


def _checked(drawn: DrawnLine) -> GateLine:
    x1, y1, x2, y2 = drawn.line or (0, 0, 0, 0)
    line = Line(x1, y1, x2, y2)
    if line.length < SHORTEST_SHARE * drawn.width_px:
        raise Refused(
            "line_short", "线太短：从跑道的一边拉到另一边", "The line is too short: draw it from one side of the track to the other"
        )
    if not all(0 <= x <= drawn.width_px for x in (x1, x2)) or not all(0 <= y <= drawn.height_px for y in (y1, y2)):
        raise Refused("line_outside", "线超出了画面", "The line reaches out of the picture")
    return GateLine(line, (drawn.width_px, drawn.height_px), drawn.end, drawn.direction)
