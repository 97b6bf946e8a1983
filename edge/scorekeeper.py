"""The counters of the heat that is going: samples of pupils in, changes of the lesson out.

It knows which band and which square belong to which attempt, when the signal was, and when time is up. It has no clock and no
disk of its own: the lesson room calls it, and commits what it returns.
"""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from edge.counting.band_site import BandSite
from edge.counting.band_total import BandTotalCounter
from edge.counting.events import OfficialCount, Skip, Trip
from edge.counting.evidence import RawEvidence
from edge.counting.rope_motion import RopeMotionCounters
from edge.counting.rope_official import count_official as count_motion
from edge.counting.rope_pose import RopePoseCounter
from edge.counting.rope_pose import count_official as count_bodies
from edge.counting.samples import BodySample, MotionSamples, TotalSample
from edge.counting.square_watch import SquareWatch
from edge.lesson.changes import AttemptId, SkipsCounted, Source, TripSeen

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from edge.counting.events import Event
    from edge.lesson.session import AttemptState

MOST_BODY_SAMPLES: Final = 20_000
"""Kept of one pupil for the official count: 11 minutes at 30 pictures a second, about 4 MB."""
MOST_MOTION_BLOCKS: Final = 20_000
"""Kept of one pupil for the official count: 66 minutes at 5 blocks a second."""
LATE_REPORT_NS: Final = 1_000_000_000
"""A band whose newest report is older than this at the final signal may have skipped on unheard."""


class Scorekeeper:
    """Everything that counts in one heat; `begin` sets it up anew.

    Args:
        site: where bands that stream motion are worn.
    """

    def __init__(self, site: BandSite = BandSite.WRIST) -> None:
        self._site = site
        self._newest_total: dict[str, TotalSample] = {}
        self._bands: dict[str, _BandTrack] = {}
        self._stations: dict[int, _CameraTrack] = {}
        self._starts_ns: int | None = None
        self._motion = RopeMotionCounters(0, site)
        self._motion_of: dict[str, int] = {}
        self._late_before = 0

    @property
    def samples_late(self) -> int:
        """Samples of raw motion that came too late for the live count, since the start."""
        return self._late_before + self._motion.late

    @property
    def stations(self) -> frozenset[int]:
        """The squares that somebody of the heat stands on."""
        return frozenset(self._stations)

    @property
    def squares(self) -> Mapping[int, SquareWatch]:
        """Who is in the squares of the heat, since its countdown."""
        return {station: track.watch for station, track in self._stations.items()}

    def begin(self, attempts: Iterable[AttemptState], starts_ns: int) -> None:
        """Set up the counters of a heat; attempts that have counted already (a restart) go on from there.

        Args:
            starts_ns: the signal; what happens before it does not count.
        """
        self._starts_ns = starts_ns
        self._bands, self._stations = {}, {}
        self._motion_of = {}
        for attempt in attempts:
            place, live = attempt.place, attempt.live
            if place.device is not None:
                self._motion_of[place.device] = len(self._motion_of)
                self._bands[place.device] = _BandTrack(
                    place.attempt, starts_ns, live.get("band", 0), attempt.band_total, self._site
                )
            if place.station is not None:
                self._stations[place.station] = _CameraTrack(
                    place.attempt, starts_ns, live.get("camera", 0), place.station % 10 / 10
                )
        self._late_before += self._motion.late
        self._motion = RopeMotionCounters(len(self._motion_of), self._site)

    def drop(self) -> None:
        """Forget the heat, when its results are decided."""
        self._bands, self._stations, self._starts_ns = {}, {}, None

    def give_signal(self) -> dict[AttemptId, int]:
        """The newest running totals of the bands: zero for the count that begins now."""
        totals: dict[AttemptId, int] = {}
        for device, track in self._bands.items():
            newest = self._newest_total.get(device)
            if newest is not None and track.begin_from(newest):
                totals[track.attempt] = newest.total
        return totals

    def total(self, device: str, sample: TotalSample) -> list[SkipsCounted | TripSeen]:
        """A band has reported its running total."""
        self._newest_total[device] = sample
        track = self._bands.get(device)
        return track.total(sample) if track else []

    def motion(self, blocks: Iterable[tuple[str, MotionSamples]]) -> list[SkipsCounted | TripSeen]:
        """Bands have streamed raw motion: all that has come since the last time, so that they are counted side by side."""
        of_band: dict[str, list[MotionSamples]] = {}
        for device, samples in blocks:
            track = self._bands.get(device)
            if track is not None and track.keep(samples):
                of_band.setdefault(device, []).append(samples)
        events = self._motion.feed({self._motion_of[device]: _joined(parts) for device, parts in of_band.items()})
        return [change for device in of_band for change in self._bands[device].changes(events[self._motion_of[device]])]

    def body(self, station: int, sample: BodySample) -> list[SkipsCounted | TripSeen]:
        """A camera has looked at a square."""
        track = self._stations.get(station)
        return track.body(sample) if track else []

    def end(self, ends_ns: int) -> None:
        """The final signal: later skips do not count, reports of earlier ones still do."""
        for track in self._tracks():
            track.ends_ns = ends_ns

    def settle(self) -> list[SkipsCounted | TripSeen]:
        """Release what the counters held back."""
        moved = self._motion.flush()
        changes = [change for device, track in self._bands.items() for change in track.changes(moved[self._motion_of[device]])]
        return [*changes, *(change for track in self._tracks() for change in track.flush())]

    def official(self, attempt: AttemptId) -> dict[Source, OfficialCount]:
        """The official count of every source that has heard or seen the attempt."""
        counts: dict[Source, OfficialCount] = {}
        for track in self._tracks():
            if track.attempt == attempt and (count := track.official()) is not None:
                counts[track.source] = count
        return counts

    def raw_evidence(self, attempt: AttemptId) -> RawEvidence:
        """What the counters of an attempt had before them: for a look at the count later on."""
        starts_ns = self._starts_ns or 0
        body = next((t.seen for t in self._stations.values() if t.attempt == attempt), ())
        motion = next((t.moved for t in self._bands.values() if t.attempt == attempt), None)
        return RawEvidence(starts_ns, body, motion)

    def _tracks(self) -> Sequence[_BandTrack | _CameraTrack]:
        return [*self._bands.values(), *self._stations.values()]


class _Track:
    """What band and camera share: the window of the attempt, and the numbering of its skips."""

    source: Source

    def __init__(self, attempt: AttemptId, starts_ns: int, before: int) -> None:
        self.attempt = attempt
        self.starts_ns = starts_ns
        self.ends_ns: int | None = None
        self.before = before
        self.times: list[int] = []

    @property
    def total_skips(self) -> int:
        return self.before + len(self.times)

    def inside(self, t_ns: int) -> bool:
        return t_ns >= self.starts_ns and (self.ends_ns is None or t_ns <= self.ends_ns)

    def changes(self, events: Sequence[Event], band_total: int | None = None) -> list[SkipsCounted | TripSeen]:
        new = tuple(e.t_ns for e in events if isinstance(e, Skip) and self.inside(e.t_ns))
        self.times.extend(new)
        out: list[SkipsCounted | TripSeen] = []
        if new:
            out.append(SkipsCounted(self.attempt, self.source, self.total_skips, new, band_total))
        out.extend(TripSeen(self.attempt, self.source, e.t_ns) for e in events if isinstance(e, Trip) and self.inside(e.t_ns))
        return out


class _BandTrack(_Track):
    """A band, counted by its own running total, or from raw motion where it streams that."""

    source: Source = "band"

    def __init__(self, attempt: AttemptId, starts_ns: int, before: int, restored_total: int | None, site: BandSite) -> None:
        super().__init__(attempt, starts_ns, before)
        self._site = site
        self._totals: BandTotalCounter | None = None
        self._newest: TotalSample | None = None
        self._moves = False
        self._blocks: deque[MotionSamples] = deque(maxlen=MOST_MOTION_BLOCKS)
        self._blocks_dropped = False
        if restored_total is not None:
            self.begin_from(TotalSample(starts_ns, restored_total))

    def begin_from(self, sample: TotalSample) -> bool:
        if self._totals is not None:
            return False
        self._totals = BandTotalCounter(baseline=sample)
        return True

    def total(self, sample: TotalSample) -> list[SkipsCounted | TripSeen]:
        if sample.t_ns < self.starts_ns or self._moves:
            return []
        self._newest = sample
        if self._totals is None:
            self.begin_from(sample)
        assert self._totals is not None
        return self.changes(self._totals.feed(sample), sample.total)

    def keep(self, samples: MotionSamples) -> bool:
        """Keep raw motion for the official count; whether it belongs to the attempt."""
        if not samples.t_ns.size or samples.t_ns[-1] < self.starts_ns:
            return False
        self._moves = True
        self._blocks_dropped |= len(self._blocks) == MOST_MOTION_BLOCKS
        self._blocks.append(samples)
        return True

    @property
    def moved(self) -> MotionSamples | None:
        """All raw motion that was kept."""
        return _joined(self._blocks) if self._blocks else None

    def flush(self) -> list[SkipsCounted | TripSeen]:
        if self._moves:
            return []
        return self.changes(self._totals.flush(), self._newest.total if self._newest else None) if self._totals else []

    def official(self) -> OfficialCount | None:
        if self._moves and not self._blocks_dropped and not self.before:
            return _within(count_motion(_joined(self._blocks), self._site), self)
        if self._newest is None and not self._moves:
            return None
        end_ns = self.ends_ns or (self._newest.t_ns if self._newest else self.starts_ns)
        heard_to_the_end = self._newest is not None and end_ns - self._newest.t_ns <= LATE_REPORT_NS
        return OfficialCount(self.total_skips, tuple(self.times), confidence=0.98 if heard_to_the_end else 0.6, timed=False)


class _CameraTrack(_Track):
    """A square on the floor."""

    source: Source = "camera"

    def __init__(self, attempt: AttemptId, starts_ns: int, before: int, phase: float) -> None:
        super().__init__(attempt, starts_ns, before)
        self.watch = SquareWatch(starts_ns)
        self._counter = RopePoseCounter(phase)
        self._samples: deque[BodySample] = deque(maxlen=MOST_BODY_SAMPLES)
        self._dropped = False

    def body(self, sample: BodySample) -> list[SkipsCounted | TripSeen]:
        if self.ends_ns is None or sample.t_ns <= self.ends_ns:
            self.watch.feed(sample)
        if sample.t_ns < self.starts_ns:
            return []
        self._dropped |= len(self._samples) == MOST_BODY_SAMPLES
        self._samples.append(sample)
        return self.changes(self._counter.feed(sample))

    @property
    def seen(self) -> Sequence[BodySample]:
        """All looks that were kept."""
        return tuple(self._samples)

    def flush(self) -> list[SkipsCounted | TripSeen]:
        return self.changes(self._counter.flush())

    def official(self) -> OfficialCount | None:
        count = self._counted()
        return None if count is None else replace(count, crowded_ns=self.watch.crowded_ns)

    def _counted(self) -> OfficialCount | None:
        seen = sum(sample.present for sample in self._samples)
        if not seen:
            return OfficialCount(self.before, confidence=0.3) if self.before else None
        if self._dropped:
            return OfficialCount(self.total_skips, tuple(self.times), confidence=0.6)
        count = _within(count_bodies(tuple(self._samples)), self)
        if not self.before:
            return count
        # The pictures of before the restart are gone: what was saved of them stands, and a person has to look.
        confidence = min(count.confidence, 0.5)
        return replace(count, count=self.before + count.count, confidence=confidence)


def _within(count: OfficialCount, track: _Track) -> OfficialCount:
    """The official count without what fell outside the attempt."""
    times = tuple(t_ns for t_ns in count.event_t_ns if track.inside(t_ns))
    trips = tuple(t_ns for t_ns in count.trip_t_ns if track.inside(t_ns))
    return replace(count, count=len(times), event_t_ns=times, trip_t_ns=trips)


def _joined(blocks: Iterable[MotionSamples]) -> MotionSamples:
    import numpy as np  # noqa: PLC0415 - a gateway without streaming bands does not need it here

    parts = list(blocks)
    gyros = [part.gyro_rads for part in parts if part.gyro_rads is not None]
    return MotionSamples(
        np.concatenate([part.t_ns for part in parts]),
        np.concatenate([part.accel_mps2 for part in parts]),
        np.concatenate(gyros) if len(gyros) == len(parts) else None,
    )


def sources_of(counts: Mapping[Source, OfficialCount]) -> dict[Source, int]:
    """The bare numbers of several sources, for the record."""
    return {source: count.count for source, count in counts.items()}
