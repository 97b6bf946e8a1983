"""The live count from motion: frames of each band through the counting core, and what is new as events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from edge.counting.band_site import BandSite
from edge.counting.events import Skip, Trip
from edge.counting.motion_grid import MotionGrid, even_out
from edge.counting.rope_core import FRAME_S, RATE_HZ, RULES_OF, SPAN, RopeCore, shock_gain
from edge.counting.rope_trips import KNOWN_AFTER_S, LEAST_TURNS, find_trip

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from edge.counting.events import Event
    from edge.counting.motion_grid import RawFrame
    from edge.counting.rope_core import CoreFrame
    from edge.counting.samples import MotionSamples

ONE_CHUNK: Final = 128
"""Bands in one step of the core: as many as fit the processor's cache."""


class RopeMotionCounters:
    """Counts the turns of many bands side by side; about 10 kB a band.

    Args:
        bands: how many; they are told apart by their index.
        site: where they are worn.
    """

    def __init__(self, bands: int, site: BandSite = BandSite.WRIST) -> None:
        self._core = RopeCore(bands, RULES_OF[site])
        self._bands = [_Band() for _ in range(bands)]

    def feed(self, blocks: Mapping[int, MotionSamples]) -> dict[int, list[Event]]:
        """Take a block of some bands; what is new of each, oldest first."""
        return self._count({band: list(self._bands[band].grid.feed(block)) for band, block in blocks.items()})

    def flush(self) -> dict[int, list[Event]]:
        """The attempt is over."""
        return self._count({index: list(band.grid.flush()) for index, band in enumerate(self._bands)})

    @property
    def late(self) -> int:
        """Samples that came too late to be counted."""
        return sum(band.grid.late for band in self._bands)

    def _count(self, frames: Mapping[int, list[RawFrame]]) -> dict[int, list[Event]]:
        events: dict[int, list[Event]] = {band: [] for band in frames}
        for turn in range(max(map(len, frames.values()), default=0)):
            waiting = [band for band, of_band in frames.items() if len(of_band) > turn]
            for at in range(0, len(waiting), ONE_CHUNK):
                self._step({band: frames[band][turn] for band in waiting[at : at + ONE_CHUNK]}, events)
        return events

    def _step(self, frames: Mapping[int, RawFrame], events: dict[int, list[Event]]) -> None:
        rows = np.fromiter(frames, dtype=np.int64)
        accel, heard = even_out(list(frames.values()))
        for band, frame in frames.items():
            if frame.afresh:
                self._core.forget(band)
        result = self._core.step(accel, rows, heard, shock_gain(np.array([frame.rate_hz for frame in frames.values()])))
        for place, (band, frame) in enumerate(frames.items()):
            events[band] += self._bands[band].take(result, place, frame.end_ns)
            if self._bands[band].may_have_tripped:
                events[band] += self._bands[band].trip(self._core.state["energy"][band], frame.end_ns)


class _Band:
    """What is kept of one band beside the core: where its time is, and how its last bout ended."""

    def __init__(self) -> None:
        self.grid = MotionGrid()
        self._count = 0
        self._newest_ns = 0
        self._bout_turns = 0
        self._period_s = 0.0
        self._idle_s = 0.0

    def take(self, result: CoreFrame, place: int, end_ns: int) -> list[Event]:
        """The turns that a frame has brought."""
        count, before = int(result.count[place]), self._count
        self._idle_s += FRAME_S
        if count == before:
            return []
        period_s = float(result.period_s[place])
        reference_ns = end_ns - round(float(result.behind_s[place]) * 1e9)
        beyond = float(result.beyond[place])
        events: list[Event] = []
        for index in range(before + 1, count + 1):
            t_ns = reference_ns - round((beyond + count - index) * period_s * 1e9)
            self._newest_ns = min(max(t_ns, self._newest_ns + 1), end_ns) if before or events else t_ns
            events.append(Skip(self._newest_ns, index))
        if self._idle_s > KNOWN_AFTER_S:
            self._bout_turns = 0
        self._count, self._period_s, self._idle_s = count, period_s, 0.0
        self._bout_turns += count - before
        return events

    @property
    def may_have_tripped(self) -> bool:
        """A bout is over for just so long that its end can be judged."""
        return self._bout_turns >= LEAST_TURNS and KNOWN_AFTER_S <= self._idle_s < KNOWN_AFTER_S + FRAME_S

    def trip(self, energy: np.ndarray, end_ns: int) -> list[Event]:
        """A trip at the end of the bout, if there was one."""
        last = SPAN - 1 - round((end_ns - self._newest_ns) / 1e9 * RATE_HZ)
        at = find_trip(np.sqrt(energy), last, max(1, round(self._period_s * RATE_HZ))) if last >= 0 else None
        if at is None:
            return []
        self._newest_ns = max(self._newest_ns, end_ns - round((SPAN - 1 - at) / RATE_HZ * 1e9))
        return [Trip(self._newest_ns)]


class RopeMotionCounter:
    """Counts the turns of one band; see `Counter`."""

    def __init__(self, site: BandSite = BandSite.WRIST) -> None:
        self._counters = RopeMotionCounters(1, site)

    def feed(self, sample: MotionSamples, /) -> Sequence[Event]:
        """See `Counter`."""
        return self._counters.feed({0: sample})[0]

    def flush(self) -> Sequence[Event]:
        """See `Counter`."""
        return self._counters.flush()[0]
