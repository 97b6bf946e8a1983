"""A camera at the line: its pictures become crossings, and the photo finish that shows them."""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from edge.capture.look_pace import LookPace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from edge.capture.bib_desk import BibDesk
    from edge.capture.cameras import Frame
    from edge.capture.finish_line import FinishLine
    from edge.capture.photo_finish import PhotoFinish
    from edge.counting.events import Crossing
    from edge.counting.gate_line import GateEnd, GateLine
    from models.pose import PoseModel

log = logging.getLogger(__name__)

RUNNER_MPS: Final = 4.0
BODY_M: Final = 1.5
BODY_SHARE: Final = 0.35
"""How high a runner on the line is in the picture, where the camera stands as docs/laps.md advises."""
USUAL_RATE_HZ: Final = 30.0
KEEP_S: Final = 900.0
"""A run of twelve minutes and the talk after it; about 30 MB (33 kB a second, measured)."""
QUALITY: Final = 85


class GateWatch:
    """Counts one camera's pictures over its line while a run wants it, and keeps the photo finish of the last minutes.

    `look` is called on the camera's worker, `tell` where `on_crossing` may be called, `jpeg` on any thread.

    Args:
        camera: its name.
        line: where it looks; another one may be set at any time, and is used from the next picture on.
        wanted: whether a run is going.
        on_crossing: gets the end and the crossing; must not block.
        bibs: reads the numbers of those who cross, where pupils wear them.
        pace: how often it looks; as often as a share of one core allows if not given.
    """

    def __init__(
        self,
        camera: str,
        line: GateLine | None,
        wanted: Callable[[], bool],
        on_crossing: Callable[[GateEnd, Crossing], None],
        bibs: BibDesk | None = None,
        pace: LookPace | None = None,
    ) -> None:
        self._bibs, self._pace = bibs, pace or LookPace()
        self.camera, self.line = camera, line
        self._wanted, self._on_crossing = wanted, on_crossing
        self._made_for: tuple[GateLine, tuple[int, int]] | None = None
        self._finish: FinishLine | None = None
        self._photo: PhotoFinish | None = None
        self._photo_of: tuple[GateLine, tuple[int, int]] | None = None
        self._lock = threading.Lock()

    @property
    def wanted(self) -> bool:
        """Whether the next picture should be looked at."""
        return self.line is not None and self._wanted()

    @property
    def pictures_left_out(self) -> int:
        """Pictures that were not looked at, because looking took its share of the computer; they are in the photo finish."""
        return self._pace.left_out

    def tell(self, crossings: Iterable[Crossing]) -> None:
        """Hand on what `look` has found; on the thread of whoever takes it."""
        line = self.line
        for crossing in crossings:
            if line is not None:
                self._on_crossing(line.end, crossing)

    def look(self, frame: Frame, model: PoseModel) -> list[Crossing]:
        """Look at one picture; crossings in the direction of the run."""
        line = self.line
        if line is None:
            return []
        height, width = frame.picture.shape[:2]
        if self._made_for != (line, (width, height)):
            self._set_up(line, (width, height), model)
        assert self._finish is not None
        assert self._photo is not None
        with self._lock:
            self._photo.add(frame.t_ns, frame.picture)
        if not self._pace.wants(frame.t_ns):
            return []
        began_ns = time.thread_time_ns()
        found = [one for one in self._finish.look(frame.t_ns, frame.picture) if line.direction in {None, one.direction}]
        self._pace.took(time.thread_time_ns() - began_ns)
        for crossing in found if self._bibs is not None else ():
            torso = self._finish.torso(crossing.track)
            if self._bibs is not None and torso is not None:
                self._bibs.offer(line.end, crossing.track, torso)
        return found

    def forget(self) -> None:
        """No run is going: the next one learns the background anew. The photo finish stays until it is too old."""
        self._made_for, self._finish = None, None

    def jpeg(self, from_ns: int, to_ns: int, px_per_s: float) -> bytes | None:
        """See `finish_desk.SlitScan`."""
        with self._lock:
            if self._photo is None:
                return None
            columns, piece = self._photo.columns(from_ns, to_ns), self._photo.render(from_ns, to_ns, marks=False)
        if len(columns.t_ns) < 2:
            return None
        width = max(1, round((to_ns - from_ns) / 1e9 * px_per_s))
        times = from_ns + (np.arange(width) + 0.5) / px_per_s * 1e9
        first_ns = columns.t_ns[0]
        across = np.interp(times - first_ns, np.array(columns.t_ns, dtype=np.float64) - first_ns, columns.x).astype(np.float32)
        down = np.arange(piece.shape[0], dtype=np.float32)
        even = cv2.remap(
            piece,
            np.tile(across, (len(down), 1)),
            np.tile(down[:, None], (1, width)),
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )
        return bytes(cv2.imencode(".jpg", even, (cv2.IMWRITE_JPEG_QUALITY, QUALITY))[1])

    def _set_up(self, line: GateLine, size: tuple[int, int], model: PoseModel) -> None:
        from edge.capture.finish_line import FinishLine  # noqa: PLC0415 - a field without runs does not need it
        from edge.capture.photo_finish import PhotoFinish, strip_width  # noqa: PLC0415 - as above

        ends = line.on_picture(*size)
        self._finish = FinishLine(ends, model)
        to_right = line.direction not in {"right_to_left", "bottom_to_top"}
        width_px = strip_width(RUNNER_MPS * BODY_SHARE * size[1] / BODY_M, USUAL_RATE_HZ)
        with self._lock:
            if self._photo is None or self._photo_of != (line, size):
                self._photo = PhotoFinish(ends, width_px, keep_s=KEEP_S, to_right=to_right)
                self._photo_of = (line, size)
        self._made_for = (line, size)
        log.info("camera=%s line=%s", self.camera, [round(value) for value in ends])
