"""The live count from motion: frames of each band through the counting core, and what is new as events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from edge.counting.band_site import BandSite
from edge.counting.events import Skip, Trip
from edge.counting.motion_grid import MotionGrid, even_out
from edge.counting.rope_core import RULES_OF, RopeCore, shock_gain
from edge.counting.rope_trips import STILL_SAMPLES, STOPPED, LiveStops

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
        state = self._core.state
        energy = state["energy"]
        shares = np.sqrt(energy[rows, -STILL_SAMPLES:].mean(axis=1)) / np.maximum(state["usual_motion"][rows], 1e-6)
        moved = shares.tolist()
        for place, (band, frame) in enumerate(frames.items()):
            events[band] += self._bands[band].take(result, place, frame.end_ns)
            stops = self._bands[band].stops
            if stops.stood or moved[place] <= STOPPED:
                stops.moved(moved[place], energy[band], frame.end_ns)


class _Band:
    """What is kept of one band beside the core: where its time is, and where its limb stood."""

    def __init__(self) -> None:
        self.grid = MotionGrid()
        self.stops = LiveStops()
        self._count = 0
        self._newest_ns = 0

    def take(self, result: CoreFrame, place: int, end_ns: int) -> list[Event]:
        """The turns that a frame has brought, and the trips before them."""
        count, before = int(result.count[place]), self._count
        if count == before:
            return []
        period_s = float(result.period_s[place])
        reference_ns = end_ns - round(float(result.behind_s[place]) * 1e9)
        beyond = float(result.beyond[place])
        events: list[Event] = []
        for index in range(before + 1, count + 1):
            t_ns = reference_ns - round((beyond + count - index) * period_s * 1e9)
            t_ns = min(max(t_ns, self._newest_ns + 1), end_ns) if before or events else t_ns
            tripped_ns = self.stops.turn(t_ns, period_s)
            if tripped_ns is not None:
                events.append(Trip(max(tripped_ns, self._newest_ns)))
            events.append(Skip(t_ns, index))
            self._newest_ns = t_ns
        self._count = count
        return events


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
