"""How late the live count is, and what many bands side by side cost."""

from __future__ import annotations

import pickle
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from edge.counting.events import Skip
from edge.counting.rope_motion import RopeMotionCounter, RopeMotionCounters
from edge.counting.samples import MotionSamples

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from edge.bench.cases import Case
    from edge.counting.events import OfficialCount

    Floats = NDArray[np.float64]

PACKET: Final = 5
"""Samples that come at once when lateness is measured: a tenth of a second, as a band sends them."""
BLOCK: Final = 10
BANDS: Final = 2_000
WARM_BLOCKS, TIMED_BLOCKS = 20, 10
"""Blocks before the clock is read, so that all bands are in a bout, and blocks of a run."""
LOOK_S: Final = 0.02


@dataclass(frozen=True, slots=True)
class Followed:
    """How a live count followed the official count of an attempt.

    Attributes:
        late_s: for each official turn, how long after it the live count had it; infinite where it never had.
        place: which turn of its bout each of them is, from 0.
        near: for each moment between the first and the last turn of a bout, whether live was at most one turn behind.
    """

    late_s: tuple[float, ...]
    place: tuple[int, ...]
    near: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class ManyBands:
    """What a run of many bands side by side took."""

    us_a_sample: tuple[float, ...]
    share_of_core: tuple[float, ...]
    bytes_a_band: float


def packets(samples: MotionSamples, size: int) -> Iterator[MotionSamples]:
    """A recording as it comes."""
    for at in range(0, len(samples.t_ns), size):
        gyro = None if samples.gyro_rads is None else samples.gyro_rads[at : at + size]
        yield MotionSamples(samples.t_ns[at : at + size], samples.accel_mps2[at : at + size], gyro)


def follow(samples: MotionSamples, official: OfficialCount) -> Followed:
    """Feed a recording in packets, and hold what is known when against the official times.

    Where in a turn the two say that it is complete is a convention, and differs by a constant in each bout; so the median of the
    differences between the times that both give to the same turns, at most half a turn, is taken off. What remains is waiting.
    """
    counter = RopeMotionCounter()
    told, known = [], []
    now_ns = 0
    for packet in packets(samples, PACKET):
        now_ns = max(now_ns, int(packet.t_ns.max()))
        for event in counter.feed(packet):
            if isinstance(event, Skip):
                told.append(event.t_ns / 1e9)
                known.append(now_ns / 1e9)
    for event in counter.flush():
        if isinstance(event, Skip):
            told.append(event.t_ns / 1e9)
            known.append(np.inf)
    turns = np.array(official.event_t_ns, dtype=np.float64) / 1e9
    late: list[float] = []
    place: list[int] = []
    near: list[bool] = []
    for bout in official.bouts:
        of_bout = turns[(turns >= bout.start_ns / 1e9) & (turns <= bout.end_ns / 1e9)]
        late += _lateness(of_bout, np.array(told), np.array(known))
        place += range(len(of_bout))
        moments = np.arange(of_bout[0], of_bout[-1] + LOOK_S, LOOK_S)
        behind = np.searchsorted(turns, moments, side="right") - np.searchsorted(np.array(known), moments, side="right")
        near += (behind <= 1).tolist()
    return Followed(tuple(late), tuple(place), tuple(near))


def _lateness(turns: Floats, told: Floats, known: Floats) -> list[float]:
    """Seconds after each official turn at which live had it; each live turn is one official turn's."""
    if not len(told):
        return [float("inf")] * len(turns)
    half = float(np.median(np.diff(turns))) / 2 if len(turns) > 1 else 0.3
    away = told[np.argmin(np.abs(told[None, :] - turns[:, None]), axis=1)] - turns
    shift = float(np.median(away[np.abs(away) <= half])) if (np.abs(away) <= half).any() else 0.0
    late, free = [], np.ones(len(told), dtype=bool)
    for turn in turns + shift:
        place = int(np.argmin(np.where(free, np.abs(told - turn), np.inf)))
        if not free[place] or abs(told[place] - turn) > half:
            late.append(float("inf"))
            continue
        free[place] = False
        late.append(max(0.0, float(known[place] - turn)))
    return late


def side_by_side(cases: Sequence[Case]) -> tuple[int, ...]:
    """What the live count of each recording ends at, all of them fed at once in blocks of `BLOCK`, as a gateway does."""
    counters = RopeMotionCounters(len(cases))
    streams = [packets(samples, BLOCK) for _, samples in cases]
    counts = [0] * len(cases)
    while blocks := {band: block for band, stream in enumerate(streams) if (block := next(stream, None)) is not None}:
        for band, events in counters.feed(blocks).items():
            counts[band] += sum(isinstance(event, Skip) for event in events)
    for band, events in counters.flush().items():
        counts[band] += sum(isinstance(event, Skip) for event in events)
    return tuple(counts)


def many_bands(cases: Sequence[Case], runs: int) -> ManyBands | None:
    """`BANDS` bands side by side, each with the middle of an attempt, in blocks of `BLOCK` samples; `None` if all are too short."""
    blocks = WARM_BLOCKS + runs * TIMED_BLOCKS
    long = [_middle(samples, blocks * BLOCK) for _, samples in cases if len(samples.t_ns) >= blocks * BLOCK]
    if not long:
        return None
    cuts = [list(packets(samples, BLOCK)) for samples in long]
    rounds = [{band: cuts[band % len(cuts)][block] for band in range(BANDS)} for block in range(blocks)]
    block_s = float(np.mean([np.ptp(samples.t_ns) for samples in long])) / blocks / 1e9
    counters = RopeMotionCounters(BANDS)
    for block in rounds[:WARM_BLOCKS]:
        counters.feed(block)
    cpu_s = []
    for run in range(runs):
        first = WARM_BLOCKS + run * TIMED_BLOCKS
        started = time.process_time()
        for block in rounds[first : first + TIMED_BLOCKS]:
            counters.feed(block)
        cpu_s.append(time.process_time() - started)
    us = tuple(one / (BANDS * TIMED_BLOCKS * BLOCK) * 1e6 for one in cpu_s)
    share = tuple(one / (TIMED_BLOCKS * block_s) for one in cpu_s)
    return ManyBands(us, share, len(pickle.dumps(counters)) / BANDS)


def _middle(samples: MotionSamples, size: int) -> MotionSamples:
    at = (len(samples.t_ns) - size) // 2
    return MotionSamples(samples.t_ns[at : at + size], samples.accel_mps2[at : at + size])
