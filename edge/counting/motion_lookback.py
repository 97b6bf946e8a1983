"""Looking back on raw motion: the last seconds of a stream of blocks, searched again and again for turns or steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from edge.counting.lookback import Lookback
from edge.counting.samples import MotionSamples

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from edge.counting.lookback import Pace


class MotionLookback:
    """Keeps a bounded window of motion, and finds in it what is new.

    Args:
        find: gives times (ns, ascending) in a window, and may keep the phase of the last time that was let out.
        span_ns: how far back it looks.
        most_samples: bound of the memory; a source that sends more loses its oldest.
    """

    def __init__(
        self, find: Callable[[MotionSamples, int | None], list[int]], pace: Pace, *, span_ns: int, most_samples: int
    ) -> None:
        self._find, self._span_ns, self._most = find, span_ns, most_samples
        self._lookback = Lookback(pace)
        self._t_ns: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        self._accel: NDArray[np.float32] | None = None
        self._gyro: NDArray[np.float32] | None = None

    def feed(self, sample: MotionSamples) -> list[tuple[int, int]]:
        """Take a block; time and number of each new event. Equal for any chunking: looks fall between samples, not blocks."""
        if not sample.t_ns.size:
            return []
        new: list[tuple[int, int]] = []
        newest = np.maximum.accumulate(np.maximum(sample.t_ns, self._lookback.newest_ns))
        if self._lookback.next_look_ns is None:
            newest = np.maximum.accumulate(sample.t_ns)
            self._lookback.arrive(int(newest[0]), self._look)
        start = 0
        while start < len(newest):
            next_ns = self._lookback.next_look_ns
            assert next_ns is not None
            end = int(np.searchsorted(newest, next_ns, side="left"))
            self._keep(sample, start, end)
            start = max(start, end)
            if end < len(newest):
                new += self._lookback.arrive(int(newest[end]), self._look)
        self._lookback.newest_ns = int(newest[-1])
        return new

    def flush(self) -> list[tuple[int, int]]:
        """The attempt is over."""
        return self._lookback.finish(self._look)

    def _keep(self, sample: MotionSamples, start: int, end: int) -> None:
        if end <= start:
            return
        accel = sample.accel_mps2[start:end]
        self._t_ns = np.concatenate([self._t_ns, sample.t_ns[start:end]])
        self._accel = accel if self._accel is None else np.concatenate([self._accel, accel])
        if sample.gyro_rads is not None:
            gyro = sample.gyro_rads[start:end]
            self._gyro = gyro if self._gyro is None else np.concatenate([self._gyro, gyro])
        kept = self._t_ns >= int(self._t_ns.max()) - self._span_ns
        if len(kept) - int(kept.sum()) > len(kept) // 4 or len(kept) > self._most:
            kept[: max(0, len(kept) - self._most)] = False
            self._t_ns, self._accel = self._t_ns[kept], self._accel[kept]
            if self._gyro is not None:
                self._gyro = self._gyro[kept[-len(self._gyro) :]]

    def _look(self, now_ns: int) -> list[int]:
        if self._accel is None:
            return []
        recent = self._t_ns >= now_ns - self._span_ns
        whole = self._gyro is not None and len(self._gyro) == len(recent)
        gyro = self._gyro[recent] if whole and self._gyro is not None else None
        return self._find(MotionSamples(self._t_ns[recent], self._accel[recent], gyro), self._lookback.last_ns)
