"""The live count from motion: the last seconds are looked at again and again, and a turn that is out is never taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from edge.counting.events import Skip
from edge.counting.rope_turns import find_turns
from edge.counting.samples import MotionSamples

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from edge.counting.events import Event

SPAN_NS: Final = 6_000_000_000
"""How far back it looks: four of the longest turns."""
EVERY_NS: Final = 200_000_000
GUARD_NS: Final = 150_000_000
"""The newest part of a turn may still move: turns are let out when they are this old."""
OLDEST_NS: Final = 2_500_000_000
"""The first turns of a bout are known only when there is a rhythm; older ones are not brought up any more."""
APART: Final = 0.6
"""Two turns are at least this share of the usual period apart."""
MOST_SAMPLES: Final = 6 * 250
"""Bound of the memory: six seconds at 250 Hz; a source that sends more loses its oldest."""


class RopeMotionCounter:
    """Counts turns of the rope as they come; causal, bounded (about 50 kB), the same for any chunking.

    It looks at moments of the samples' own time, 0.2 s apart from the first sample on.
    """

    def __init__(self) -> None:
        self._t_ns: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        self._accel: NDArray[np.float32] = np.zeros((0, 3), dtype=np.float32)
        self._gyro: NDArray[np.float32] | None = None
        self._next_look_ns: int | None = None
        self._newest_ns = 0
        self._last_ns: int | None = None
        self._usual_ns = 500_000_000
        self._count = 0

    def feed(self, sample: MotionSamples, /) -> Sequence[Event]:
        """See `Counter`."""
        if not sample.t_ns.size:
            return ()
        if self._next_look_ns is None:
            self._next_look_ns = int(sample.t_ns[0]) + EVERY_NS
            self._newest_ns = int(sample.t_ns[0])
        newest = np.maximum.accumulate(np.maximum(sample.t_ns, self._newest_ns))
        events: list[Event] = []
        start = 0
        while start < len(newest):
            end = int(np.searchsorted(newest, self._next_look_ns, side="left"))
            self._keep(sample, start, end)
            start = max(start, end)
            if end < len(newest):
                events += self._look(self._next_look_ns)
                self._next_look_ns += EVERY_NS * ((int(newest[end]) - self._next_look_ns) // EVERY_NS + 1)
        self._newest_ns = int(newest[-1])
        return events

    def flush(self) -> Sequence[Event]:
        """See `Counter`."""
        return self._look(self._newest_ns, guard_ns=0) if self._next_look_ns is not None else ()

    def _keep(self, sample: MotionSamples, start: int, end: int) -> None:
        if end <= start:
            return
        first = len(self._t_ns) == 0
        accel = sample.accel_mps2[start:end]
        self._t_ns = np.concatenate([self._t_ns, sample.t_ns[start:end]])
        self._accel = accel if first else np.concatenate([self._accel, accel])
        if sample.gyro_rads is not None:
            gyro = sample.gyro_rads[start:end]
            self._gyro = gyro if self._gyro is None else np.concatenate([self._gyro, gyro])
        newest_ns = int(self._t_ns.max())
        kept = self._t_ns >= newest_ns - SPAN_NS
        if len(self._t_ns) - int(kept.sum()) > len(self._t_ns) // 4 or len(self._t_ns) > MOST_SAMPLES:
            self._cut(kept)

    def _cut(self, kept: NDArray[np.bool_]) -> None:
        kept[: max(0, len(kept) - MOST_SAMPLES)] = False
        self._t_ns, self._accel = self._t_ns[kept], self._accel[kept]
        if self._gyro is not None:
            self._gyro = self._gyro[kept]

    def _look(self, now_ns: int, guard_ns: int = GUARD_NS) -> list[Event]:
        recent = self._t_ns >= now_ns - SPAN_NS
        gyro = self._gyro[recent] if self._gyro is not None and len(self._gyro) == len(recent) else None
        seen = MotionSamples(self._t_ns[recent], self._accel[recent], gyro)
        turns = [int(t_ns) for bout in find_turns(seen, self._last_ns) for t_ns in bout.t_ns]
        if len(turns) > 1:
            self._usual_ns = int(np.median(np.diff(turns)))
        events: list[Event] = []
        for t_ns in turns:
            apart = self._last_ns is None or t_ns > self._last_ns + APART * self._usual_ns
            if apart and now_ns - OLDEST_NS <= t_ns <= now_ns - guard_ns:
                self._count += 1
                self._last_ns = t_ns
                events.append(Skip(t_ns, self._count))
        return events
