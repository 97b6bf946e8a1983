"""The photo finish: what was on the line, picture after picture side by side, so that a person can see who was first.

From every picture a strip along the line is taken. A camera of 30 pictures a second is slow for this: a strip of one pixel would
show a runner as a sliver. So a strip is as wide as a body moves between two pictures, and strips put side by side show bodies in
about their right shape; who is slower is stretched, who is faster is squeezed. Time goes to the right. Bodies that go to the left
in the picture look as they do in it; for bodies that go to the right, strips are mirrored, so that their front comes first, too.

The strip follows the line upwards to the edge of the picture: if the camera stands where the line points to, a body that is over
the line is in it from the feet to the head. From elsewhere, only what is near the ground is on the line at the same time.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import cv2
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from edge.counting.events import Crossing

    Picture = NDArray[np.uint8]

MOST_ROWS: Final = 480
MOST_COLUMNS: Final = 6000
"""A rendered piece is at most so wide; a longer one is made narrower."""
CHUNK: Final = 64
"""Strips that are compressed together."""
QUALITY: Final = 85
BELOW: Final = 0.08
"""The strip also shows this share of the line's length below its lower end."""
FOOT_PX: Final = 22
"""Below the strips: the scale of time."""
STEPS_S: Final = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
MARK_EVERY_PX: Final = 70
INK, PAPER, FOUND = (40, 40, 40), (250, 250, 250), (40, 40, 230)


@dataclass(frozen=True, slots=True)
class _Chunk:
    t_ns: tuple[int, ...]
    packed: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Columns:
    """Where times are in a rendered piece.

    Attributes:
        t_ns: times of the pictures, ascending.
        x: the middle of the strip of each.
    """

    t_ns: tuple[int, ...]
    x: tuple[float, ...]

    def at(self, t_ns: int) -> float:
        """Column of a time; times outside the piece are at its edges."""
        return float(np.interp(t_ns, self.t_ns, self.x)) if self.t_ns else 0.0

    def time(self, x: float) -> int:
        """Time of a column."""
        return round(float(np.interp(x, self.x, np.array(self.t_ns) - self.t_ns[0]))) + self.t_ns[0] if self.t_ns else 0


def strip_width(speed_px_s: float, rate_hz: float) -> int:
    """How wide a strip should be: as far as a body moves across the line from one picture to the next, in pixels."""
    return max(1, round(speed_px_s / rate_hz))


class PhotoFinish:
    """Keeps what was on a line, for some minutes, in little memory (measured: 33 kB a second at 30 pictures).

    Args:
        line: x1, y1, x2, y2 in pixels of the picture.
        width: of a strip, across the line, in pixels; see `strip_width`.
        keep_s: older strips are forgotten.
        to_right: whether most bodies go to the right (or downwards, over a line that is more level than upright).
    """

    def __init__(
        self, line: tuple[float, float, float, float], width: int, *, keep_s: float = 600.0, to_right: bool = True
    ) -> None:
        if width < 1:
            raise ValueError("a strip is at least one pixel wide")
        self._line, self.width, self._keep_ns, self._to_right = line, width, round(keep_s * 1e9), to_right
        self._chunks: deque[_Chunk] = deque()
        self._open: list[tuple[int, Picture]] = []
        self._warp: Any = None
        self._rows = 0
        self._shape: tuple[int, ...] = ()

    @property
    def size_bytes(self) -> int:
        """Memory that the strips take."""
        return sum(chunk.packed.nbytes for chunk in self._chunks) + sum(strip.nbytes for _, strip in self._open)

    @property
    def span_ns(self) -> tuple[int, int] | None:
        """From when to when there are strips."""
        times = [t for chunk in self._chunks for t in (chunk.t_ns[0], chunk.t_ns[-1])] + [t for t, _ in self._open]
        return (times[0], times[-1]) if times else None

    def add(self, t_ns: int, picture: Picture) -> None:
        """Take the strip of one picture; pictures come in order of time."""
        if picture.shape != self._shape:
            self._shape = picture.shape
            self._lay(picture.shape[1], picture.shape[0])
            self._chunks.clear()
            self._open.clear()
        strip = cv2.warpAffine(
            picture,
            self._warp,
            (self.width, self._rows),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_CONSTANT,
        )
        self._open.append((t_ns, np.asarray(strip, dtype=np.uint8)))
        if len(self._open) >= CHUNK:
            self._close()
        while self._chunks and t_ns - self._chunks[0].t_ns[-1] > self._keep_ns:
            self._chunks.popleft()

    def columns(self, t0_ns: int, t1_ns: int) -> Columns:
        """Where times are in the piece that `render` makes of the same span."""
        times = [t for t in self._times() if t0_ns <= t <= t1_ns]
        shrink = self._shrink(len(times))
        return Columns(tuple(times), tuple((number + 0.5) * self.width * shrink for number in range(len(times))))

    def render(self, t0_ns: int, t1_ns: int, crossings: Sequence[Crossing] = (), *, marks: bool = True) -> Picture:
        """The piece from `t0_ns` to `t1_ns`: uint8[rows, columns, 3], BGR; one empty column if there is nothing.

        Args:
            crossings: drawn in where they are, numbered in order of time.
            marks: draw crossings and the scale of time; without, it is the strips alone.
        """
        strips = [strip for t, strip in self._strips(t0_ns, t1_ns) if t0_ns <= t <= t1_ns]
        if not strips:
            return np.full((max(1, self._rows), 1, 3), PAPER, dtype=np.uint8)
        piece: Any = np.concatenate(strips, axis=1)
        shrink = self._shrink(len(strips))
        if shrink < 1.0:
            piece = cv2.resize(piece, (round(piece.shape[1] * shrink), piece.shape[0]), interpolation=cv2.INTER_AREA)
        if marks:
            piece = cv2.copyMakeBorder(piece, 0, FOOT_PX, 0, 0, cv2.BORDER_CONSTANT, value=PAPER)
            columns = self.columns(t0_ns, t1_ns)
            self._mark_time(piece, columns)
            inside = sorted((c for c in crossings if t0_ns <= c.t_ns <= t1_ns), key=lambda crossing: crossing.t_ns)
            for number, crossing in enumerate(inside, 1):
                self._mark_crossing(piece, round(columns.at(crossing.t_ns)), number, crossing.along)
        out: Picture = piece
        return out

    # --- strips ---------------------------------------------------------------------------------------------------------

    def _lay(self, width: int, height: int) -> None:
        """From the strip to the picture: rows along the line from its upper end, columns across it."""
        x1, y1, x2, y2 = self._line
        upright = abs(y2 - y1) >= abs(x2 - x1)
        # From the upper end down, or from the left end to the right.
        if (y1 > y2) if upright else (x1 > x2):
            x1, y1, x2, y2 = x2, y2, x1, y1
        length = max(1.0, math.hypot(x2 - x1, y2 - y1))
        along = np.array([(x2 - x1) / length, (y2 - y1) / length])
        across = np.array([along[1], -along[0]])
        above = min(y1 / along[1], math.hypot(width, height)) if upright else 0.0
        below = BELOW * length
        self._first, self._length = -above / length, (length + above + below) / length
        scale = max(1.0, (length + above + below) / MOST_ROWS)
        self._rows = max(2, round((length + above + below) / scale))
        start = np.array([x1, y1]) - above * along
        # Across is to the right of an upright line, and upwards of a level one.
        forward = across if upright else -across
        step = -forward if self._to_right else forward
        origin = start - 0.5 * (self.width - 1) * step
        self._warp = np.column_stack([step, along * scale, origin])

    def _close(self) -> None:
        times, strips = zip(*self._open, strict=True)
        packed = cv2.imencode(".jpg", np.concatenate(strips, axis=1), (cv2.IMWRITE_JPEG_QUALITY, QUALITY))[1]
        self._chunks.append(_Chunk(tuple(times), np.asarray(packed, dtype=np.uint8)))
        self._open.clear()

    def _times(self) -> list[int]:
        return [t for chunk in self._chunks for t in chunk.t_ns] + [t for t, _ in self._open]

    def _strips(self, t0_ns: int, t1_ns: int) -> list[tuple[int, Picture]]:
        found: list[tuple[int, Picture]] = []
        for chunk in self._chunks:
            if chunk.t_ns[-1] < t0_ns or chunk.t_ns[0] > t1_ns:
                continue
            opened: Any = cv2.imdecode(chunk.packed, cv2.IMREAD_COLOR)
            found += [(t, opened[:, n * self.width : (n + 1) * self.width]) for n, t in enumerate(chunk.t_ns)]
        return found + self._open

    def _shrink(self, strips: int) -> float:
        return min(1.0, MOST_COLUMNS / max(1, strips * self.width))

    # --- marks ----------------------------------------------------------------------------------------------------------

    def _mark_time(self, piece: Any, columns: Columns) -> None:
        t0, t1 = columns.t_ns[0], columns.t_ns[-1]
        per_s = piece.shape[1] / max(1e-3, (t1 - t0) / 1e9)
        step_s = STEPS_S[min(len(STEPS_S) - 1, bisect_left(STEPS_S, MARK_EVERY_PX / per_s))]
        step_ns = round(step_s * 1e9)
        foot = piece.shape[0] - FOOT_PX
        for t_ns in range(-(-t0 // step_ns) * step_ns, t1 + 1, step_ns):
            x = round(columns.at(t_ns))
            cv2.line(piece, (x, foot), (x, foot + 6), INK, 1)
            text = f"{t_ns / 1e9:.2f}" if step_s < 0.1 else f"{t_ns / 1e9:.1f}"
            cv2.putText(piece, text, (x + 3, piece.shape[0] - 5), cv2.FONT_HERSHEY_SIMPLEX, 0.38, INK, 1, cv2.LINE_AA)

    def _mark_crossing(self, piece: Any, x: int, number: int, along: float) -> None:
        foot = piece.shape[0] - FOOT_PX
        cv2.line(piece, (x, 0), (x, foot), FOUND, 1)
        x1, y1, x2, y2 = self._line
        turned = (y1 > y2) if abs(y2 - y1) >= abs(x2 - x1) else (x1 > x2)
        share = (1.0 - along if turned else along) - self._first
        y = min(foot - 1, max(0, round(share / self._length * foot)))
        cv2.circle(piece, (x, y), 4, FOUND, -1, cv2.LINE_AA)
        cv2.putText(piece, str(number), (x + 4, 14), cv2.FONT_HERSHEY_SIMPLEX, 0.5, FOUND, 1, cv2.LINE_AA)
