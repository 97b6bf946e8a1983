"""Frames of evenly sampled motion out of streams of blocks: what the counting core takes.

`MotionGrid` cuts the stream of one band: a frame is closed when the stream's own time has passed it by `WAIT_NS`. Nothing but
stamps is looked at, so any cutting of the stream into blocks gives the same frames. A sample that comes later than that is left out
and counted. `even_out` then makes the frames of many bands even in one step. Gaps are told, not filled.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Final

import numpy as np

from edge.counting.rope_core import FRAME, FRAME_S, RATE_HZ

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from edge.counting.samples import MotionSamples

    Floats = NDArray[np.float64]

STEP_NS: Final = 1_000_000_000 // RATE_HZ
FRAME_NS: Final = FRAME * STEP_NS
WAIT_NS: Final = 30_000_000
"""How long a frame waits for samples that are out of order: a little more than one step. Waiting is lateness of the live count."""
GAP_NS: Final = 300_000_000
"""Samples that are further apart leave a gap; 12.5 Hz has 80 ms between two."""
CLOSES_NS: Final = FRAME_NS - STEP_NS + WAIT_NS
"""When a frame closes, after its first even sample."""
PIECE: Final = 64
"""Samples that are taken in together."""
MOST_SAMPLES: Final = 2 * PIECE
"""Kept while a frame is open."""
RATE_GAIN: Final = 0.1
"""Of the newest frame in what is known of the sampling rate."""
LONGEST_SILENCE_NS: Final = 3_000_000_000
"""After a longer silence the frames begin anew."""


@dataclass(frozen=True, slots=True, eq=False)
class RawFrame:
    """The samples that a frame is made of.

    Attributes:
        start_ns: time of its first even sample.
        t_ns, accel_mps2: int64[k], float32[k, 3]; from the last sample before it to the first behind it, where there are any.
        afresh: whether it is the first after a silence too long to look back over.
        rate_hz: at which the source seems to be sampled.
    """

    start_ns: int
    t_ns: NDArray[np.int64]
    accel_mps2: NDArray[np.float32]
    afresh: bool
    rate_hz: float

    @property
    def end_ns(self) -> int:
        """Time of its last even sample."""
        return self.start_ns + FRAME_NS - STEP_NS


class MotionGrid:
    """Takes the blocks of one band, gives its frames. A magnitude alone becomes the first axis.

    Attributes:
        late: samples left out because their frame was closed.
    """

    def __init__(self) -> None:
        self._t_ns: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        self._accel: NDArray[np.float32] = np.zeros((0, 3), dtype=np.float32)
        self._newest_ns: int | None = None
        self._next_ns = 0
        self._afresh = True
        self._in_order = True
        self._rate_hz = 0.0
        self.late = 0

    def feed(self, samples: MotionSamples) -> Iterator[RawFrame]:
        """The frames that a block closes, oldest first."""
        accel = _three_axes(samples)
        for at in range(0, len(samples.t_ns), PIECE):
            yield from self._feed(samples.t_ns[at : at + PIECE], accel[at : at + PIECE])

    def _feed(self, t_ns: NDArray[np.int64], accel: NDArray[np.float32]) -> Iterator[RawFrame]:
        if self._newest_ns is None:
            self._newest_ns = self._next_ns = int(t_ns[0])
        gaps = t_ns[1:] - t_ns[:-1]
        in_order = t_ns[0] >= self._newest_ns and (len(t_ns) == 1 or gaps.min() >= 0)
        if in_order and t_ns[-1] - self._newest_ns <= LONGEST_SILENCE_NS:
            self._keep(t_ns, accel)
            yield from self._close_until(int(t_ns[-1]))
            return
        for one in range(len(t_ns)):
            self._in_order = False
            newest_ns = max(self._newest_ns, int(t_ns[one]))
            self._keep(t_ns[one : one + 1], accel[one : one + 1])
            if newest_ns - self._newest_ns > LONGEST_SILENCE_NS:
                self._begin_anew(newest_ns)
            yield from self._close_until(newest_ns)

    def _close_until(self, newest_ns: int) -> Iterator[RawFrame]:
        self._newest_ns = newest_ns
        while self._next_ns + CLOSES_NS <= newest_ns:
            yield self._close()

    def flush(self) -> Iterator[RawFrame]:
        """The stream is over: the frames that are whole though nobody waited for late samples."""
        while self._newest_ns is not None and self._next_ns + CLOSES_NS - WAIT_NS <= self._newest_ns:
            yield self._close()

    def _begin_anew(self, newest_ns: int) -> None:
        self._t_ns, self._accel = self._t_ns[-1:], self._accel[-1:]
        self._next_ns = newest_ns
        self._afresh = True

    def _keep(self, t_ns: NDArray[np.int64], accel: NDArray[np.float32]) -> None:
        if not isfinite(accel.sum()):
            good = np.isfinite(accel).all(axis=1)
            t_ns, accel = t_ns[good], accel[good]
        if len(t_ns) and t_ns.min() < self._next_ns - STEP_NS:
            in_time = t_ns >= self._next_ns - STEP_NS
            self.late += int(np.count_nonzero(~in_time))
            t_ns, accel = t_ns[in_time], accel[in_time]
        self._t_ns = np.concatenate([self._t_ns, t_ns])[-MOST_SAMPLES:]
        self._accel = np.concatenate([self._accel, accel])[-MOST_SAMPLES:]

    def _close(self) -> RawFrame:
        start_ns, self._next_ns = self._next_ns, self._next_ns + FRAME_NS
        t_ns, accel = self._t_ns, self._accel
        if not self._in_order:
            order = np.argsort(t_ns, kind="stable")
            t_ns, accel = t_ns[order], accel[order]
            self._in_order = True
        first, behind, end = t_ns.searchsorted((start_ns, self._next_ns - STEP_NS // 2, self._next_ns)).tolist()
        if end > first:
            rate_hz = (end - first) / FRAME_S
            self._rate_hz += RATE_GAIN * (rate_hz - self._rate_hz) if self._rate_hz else rate_hz
        behind += 1
        afresh, self._afresh = self._afresh, False
        frame = RawFrame(start_ns, t_ns[:behind], accel[:behind], afresh, self._rate_hz)
        keep = max(0, end - 2)
        self._t_ns, self._accel = t_ns[keep:], accel[keep:]
        return frame


def _three_axes(samples: MotionSamples) -> NDArray[np.float32]:
    accel = samples.accel_mps2
    return accel if accel.shape[1] == 3 else np.hstack([accel, np.zeros((len(accel), 2), dtype=np.float32)])


_EDGES_S: Final = (np.arange(FRAME + 1) - 0.5) / RATE_HZ
_CENTRES_S: Final = np.arange(FRAME) / RATE_HZ


def even_out(frames: Sequence[RawFrame]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Even samples of frames side by side: each is the mean, over its 20 ms, of the straight lines between the samples.

    Returns:
        float32[n, 5, 3], and bool[n]: whether the source was heard all through the frame.
    """
    width = max(2, *(len(frame.t_ns) for frame in frames)) if frames else 2
    t_s = np.empty((len(frames), width))
    accel = np.empty((len(frames), width, 3))
    for place, frame in enumerate(frames):
        size = len(frame.t_ns)
        t_s[place, :size] = frame.t_ns - frame.start_ns
        accel[place, :size] = frame.accel_mps2
        if size < width:
            t_s[place, size:] = t_s[place, size - 1] if size else np.inf
            accel[place, size:] = frame.accel_mps2[-1] if size else 0.0
    t_s /= 1e9
    near = np.abs(t_s[:, :, None] - _CENTRES_S).min(axis=1)
    values = _means(t_s, accel)
    return values.astype(np.float32), (near <= GAP_NS / 2e9).all(axis=1)


def _means(t_s: Floats, accel: Floats) -> Floats:
    """The mean of the piecewise linear signal between each two of `_EDGES_S`, exactly; beyond the samples the nearest one."""
    before, behind = t_s[:, :-1, None], t_s[:, 1:, None]
    low, high = np.maximum(before, _EDGES_S[:-1]), np.minimum(behind, _EDGES_S[1:])
    length = np.where(high > low, high - low, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        along = np.where(length > 0, ((low + high) / 2 - before) / (behind - before), 0.0)
    covered = length.sum(axis=1)[:, :, None]
    summed = np.einsum("nkw,nkc->nwc", length * (1 - along), accel[:, :-1]) + np.einsum(
        "nkw,nkc->nwc", length * along, accel[:, 1:]
    )
    nearest = np.abs(t_s[:, :, None] - _CENTRES_S).argmin(axis=1)
    held = np.take_along_axis(accel, nearest[:, :, None], axis=1)
    result: Floats = np.where(covered > 0, summed / np.where(covered > 0, covered, 1.0), held)
    return result
