"""When a picture was taken: the source's own stamps, carried over to the gateway's monotonic clock.

A picture arrives late, and not always equally late. It cannot arrive before it was taken, so the true offset between the two clocks
lies at or below every difference (arrival − stamp). The line that lies under all of them and as high as it
can in their middle is the offset, and its slope is the drift (the convex hull way of Zhang, Liu and Xia, "Clock synchronization
algorithms for network measurements", INFOCOM 2002). Stamps that jump, stand still, run backwards or at another pace are no clock:
then a picture counts as taken when it arrived, and `clock` and `why` say so.
"""

from __future__ import annotations

import math
from collections import deque
from itertools import pairwise
from typing import Final, Literal

Clock = Literal["source", "arrival"]

BUCKET_NS: Final = 500_000_000
"""Only the quickest picture of each half second is remembered."""
BUCKETS: Final = 40
"""Twenty seconds: long against the jitter of a network, short against the warming of a quartz."""
MOST_DRIFT: Final = 500e-6
"""A clock that drifts faster is no quartz (100 ppm are usual, RFC 5905 tolerates 500 ppm)."""
MOST_DELAY_NS: Final = 2_000_000_000
"""A picture held up longer, or one from so far ahead, has a stamp that jumped."""
MOST_PACE: Final = 0.02
"""Stamps that run this much faster or slower than time were counted, not measured."""
PACE_AFTER_NS: Final = 4_000_000_000
LEAST_LAG_NS: Final = 150_000_000
"""A network may hold pictures up by this much for seconds without the stamps being at fault."""
TRUST_AFTER_NS: Final = 6_000_000_000
"""After a fault, stamps must behave for this long before they are believed again; longer than their pace takes to be seen."""
SLOWEST: Final = 0.5
"""When the offset turns out smaller, time goes on at this share of the stamps' pace until it fits: it never goes back."""
EARLY_NS: Final = 5_000_000
"""Stamps of the gateway's own clock may be this far ahead of it: they are told in milliseconds."""


class SourceClock:
    """Turns arrivals and stamps into times of capture. Pure: it asks no clock.

    The times it gives always increase, and never lie after the arrival (except by nanoseconds when arrivals do not increase).

    Args:
        same_clock: the stamps are of the gateway's own monotonic clock (Linux stamps the buffers of V4L2 with it), so nothing needs
            to be estimated while they are plausible.
        after_ns: the last time given for the same camera before it was opened again.
    """

    def __init__(self, *, same_clock: bool = False, after_ns: int = 0) -> None:
        self._same_clock = same_clock
        self._given_ns = after_ns
        self._arrival_ns = after_ns
        self._stamp_ns: int | None = None
        self._quickest: deque[tuple[int, int]] = deque(maxlen=BUCKETS)
        """Of each half second: stamp and (arrival − stamp) of the picture with the smallest difference."""
        self._trusted_from_ns: int | None = None
        self.clock: Clock = "arrival"
        self.why = "no stamps yet"
        self.faults = 0

    def capture_ns(self, arrival_ns: int, stamp_ms: float) -> int:
        """When the picture was taken, on the gateway's monotonic clock.

        Args:
            arrival_ns: when it was read, gateway's monotonic clock.
            stamp_ms: what the source says, from any zero; what is no finite number is no stamp.
        """
        told_ns = round(stamp_ms * 1e6) if math.isfinite(stamp_ms) and abs(stamp_ms) < 1e12 else None
        fault = self._fault(arrival_ns, told_ns)
        if fault:
            self._distrust(arrival_ns, fault)
        step_ns = 0 if fault or told_ns is None or self._stamp_ns is None else told_ns - self._stamp_ns
        self._arrival_ns, self._stamp_ns = arrival_ns, told_ns
        taken_ns = arrival_ns
        if told_ns is not None:
            self._remember(told_ns, arrival_ns - told_ns)
            if self._trusted(arrival_ns):
                taken_ns = min(arrival_ns, max(self._mapped(told_ns, arrival_ns), self._given_ns + int(SLOWEST * step_ns)))
        self._given_ns = max(taken_ns, self._given_ns + 1)
        return self._given_ns

    # --- is it a clock? -------------------------------------------------------------------------------------------------

    def _fault(self, arrival_ns: int, told_ns: int | None) -> str:
        if told_ns is None:
            return "the source gives no stamps"
        if self._stamp_ns is None:
            return ""
        step_ns = told_ns - self._stamp_ns
        if step_ns == 0:
            return "the source's stamps stand still"
        if step_ns < 0:
            return "the source's stamps ran backwards"
        if step_ns - max(arrival_ns - self._arrival_ns, 0) > MOST_DELAY_NS:
            return "the source's stamps jumped ahead"
        if self._quickest and arrival_ns - told_ns - min(offset for _, offset in self._quickest) > MOST_DELAY_NS:
            return "the source's stamps fell behind"
        return self._pace_fault()

    def _pace_fault(self) -> str:
        if len(self._quickest) < PACE_AFTER_NS // BUCKET_NS:
            return ""
        half = len(self._quickest) // 2
        points = list(self._quickest)
        first, last = min(points[:half], key=lambda point: point[1]), min(points[half:], key=lambda point: point[1])
        passed_ns = last[0] - first[0]
        if abs(last[1] - first[1]) > max(MOST_PACE * passed_ns, LEAST_LAG_NS):
            return "the source's stamps run at another pace than time"
        return ""

    def _distrust(self, arrival_ns: int, why: str) -> None:
        if self.clock == "source":
            self.faults += 1
        self.clock, self.why = "arrival", why
        self._quickest.clear()
        self._trusted_from_ns = arrival_ns + TRUST_AFTER_NS

    def _trusted(self, arrival_ns: int) -> bool:
        if self._trusted_from_ns is not None and arrival_ns < self._trusted_from_ns:
            return False
        if self.clock != "source":
            self.clock, self.why = "source", ""
        self._trusted_from_ns = None
        return True

    # --- the line under the differences ---------------------------------------------------------------------------------

    def _remember(self, stamp_ns: int, offset_ns: int) -> None:
        if self._quickest and stamp_ns // BUCKET_NS == self._quickest[-1][0] // BUCKET_NS:
            if offset_ns < self._quickest[-1][1]:
                self._quickest[-1] = (stamp_ns, offset_ns)
        else:
            self._quickest.append((stamp_ns, offset_ns))

    def _mapped(self, stamp_ns: int, arrival_ns: int) -> int:
        if self._same_clock and -EARLY_NS <= arrival_ns - stamp_ns <= MOST_DELAY_NS:
            return min(stamp_ns, arrival_ns)
        points = list(self._quickest)
        (low_stamp, low_offset), drift = _line_under(points)
        return stamp_ns + low_offset + round(drift * (stamp_ns - low_stamp))


def _line_under(points: list[tuple[int, int]]) -> tuple[tuple[int, int], float]:
    """A point and the slope of the line under all points that is highest in their middle; slopes are those of a quartz."""
    middle = (points[0][0] + points[-1][0]) / 2
    hull: list[tuple[int, int]] = []
    for point in points:
        while len(hull) > 1 and _turns_down(hull[-2], hull[-1], point):
            hull.pop()
        hull.append(point)
    lowest = min(hull, key=lambda point: point[1])
    for left, right in pairwise(hull):
        if left[0] <= middle <= right[0]:
            slope = (right[1] - left[1]) / (right[0] - left[0])
            return (left, slope) if abs(slope) <= MOST_DRIFT else (lowest, 0.0)
    return lowest, 0.0


def _turns_down(a: tuple[int, int], b: tuple[int, int], c: tuple[int, int]) -> bool:
    """Whether `b` lies on or above the line from `a` to `c`."""
    return (b[1] - a[1]) * (c[0] - a[0]) >= (c[1] - a[1]) * (b[0] - a[0])
