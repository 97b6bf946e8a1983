"""Turns of the rope in a stretch of motion: find the period, follow its phase, and keep the turns that moved enough.

A wrist that turns a rope goes once round in each turn, however often the feet hop, so the phase of that circle counts turns and not
hops. The steps, and what was learned about each, are in docs/counting.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.ndimage import uniform_filter1d

from edge.counting.signal import best_path, even, fundamental, returns, runs, self_likeness, without_drift

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge.counting.samples import MotionSamples
    from edge.counting.signal import EvenSignal, Floats

RATE_HZ: Final = 50.0


@dataclass(frozen=True, slots=True)
class TurnRules:
    """Every threshold of the search, in units of the world.

    Attributes:
        shortest_s, longest_s: period of a turn; 4.5 a second is beyond the best pupils (245 a minute).
        window_s: stretch over which likeness is judged.
        octave_cost: per doubling of the period; a multiple of the period resembles itself as well.
        periodic: likeness below which nothing is periodic.
        least_rms_mps2: motion of a skipper's limb; hand-held walks stay below (measured on the open recordings).
        change_cost, switch_cost: see `best_path`; frames are `frame_s` apart.
        least_share: a turn moves at least this share of the usual turn.
        half_amplitude: a turn has at least this share of the usual amplitude; at a clean edge the average over one period is
            half, and a little less lets noise pass.
        least_turn_mps2: amplitude of the part that goes once round: an arm that turns a rope, not one that swings in walking.
        shortest_bout: turns.
        least_of_session: a bout moves at least this share of the longest bout.
        gyro_share: weight of the gyroscope in the likeness.
    """

    shortest_s: float = 0.22
    longest_s: float = 1.40
    window_s: float = 2.0
    octave_cost: float = 0.12
    periodic: float = 0.40
    least_rms_mps2: float = 5.8
    change_cost: float = 3.6
    switch_cost: float = 0.6
    frame_s: float = 0.10
    least_share: float = 0.40
    half_amplitude: float = 0.45
    least_turn_mps2: float = 3.0
    shortest_bout: int = 3
    least_of_session: float = 0.40
    gyro_share: float = 0.5


RULES: Final = TurnRules()


@dataclass(frozen=True, slots=True, eq=False)
class TurnBout:
    """Turns between two pauses: their times, how much they moved, and how periodic the stretch was."""

    t_ns: NDArray[np.int64]
    move_mps2: float
    likeness: float


def find_turns(samples: MotionSamples, anchor_ns: int | None = None, rules: TurnRules = RULES) -> list[TurnBout]:
    """All bouts of turns, oldest first.

    Args:
        anchor_ns: time of a turn that was counted already; the phase of later turns is kept with it, so that none is counted
            twice or left out where a live count goes on.
    """
    signal = _even(samples)
    if signal is None or len(signal.values) < 2 * rules.longest_s * RATE_HZ:
        return []
    accel = without_drift(signal.values[:, : samples.accel_mps2.shape[1]], int(2 * rules.longest_s * RATE_HZ))
    accel[~signal.known] = 0.0
    motion = _with_gyro(signal, accel, rules)
    period, likeness = _periods(motion, accel, rules)
    step = int(rules.frame_s * RATE_HZ)
    bouts: list[TurnBout] = []
    for first, end in runs(period > 0):
        stretch = _Stretch(signal, accel, motion, period[first:end], first * step, step, rules)
        bout = stretch.bout(anchor_ns, float(np.mean(likeness[first:end])))
        if bout is not None and len(bout.t_ns) >= rules.shortest_bout:
            bouts.append(bout)
    return _of_one_session(bouts, rules)


def _even(samples: MotionSamples) -> EvenSignal | None:
    parts = [samples.accel_mps2] if samples.gyro_rads is None else [samples.accel_mps2, samples.gyro_rads]
    return even(samples.t_ns, np.hstack(parts).astype(np.float64), RATE_HZ)


def _with_gyro(signal: EvenSignal, accel: Floats, rules: TurnRules) -> Floats:
    """Acceleration and rotation in one vector, weighted to the same energy."""
    rotation = signal.values[:, accel.shape[1] :]
    if not rotation.shape[1]:
        return accel
    rotation = without_drift(rotation, int(2 * rules.longest_s * RATE_HZ))
    rotation[~signal.known] = 0.0
    scale = np.sqrt(np.sum(accel**2) / (np.sum(rotation**2) + 1e-9))
    return np.hstack([accel * np.sqrt(1 - rules.gyro_share), rotation * scale * np.sqrt(rules.gyro_share)])


def _periods(motion: Floats, accel: Floats, rules: TurnRules) -> tuple[Floats, Floats]:
    """Period in seconds of each frame, 0 where nothing turns, and the best likeness of each frame."""
    step = int(rules.frame_s * RATE_HZ)
    lags = np.unique(np.round(np.geomspace(rules.shortest_s / 3 * RATE_HZ, rules.longest_s * RATE_HZ, 80)).astype(np.int64))
    likeness = returns(self_likeness(motion, lags, int(rules.window_s * RATE_HZ))[:, ::step])
    allowed = lags >= rules.shortest_s * RATE_HZ
    likeness, lags = likeness[allowed], lags[allowed]
    rms = np.sqrt(np.maximum(0.0, uniform_filter1d(np.sum(accel**2, axis=1), int(rules.longest_s * RATE_HZ), mode="reflect")))
    quiet = rms[::step] < rules.least_rms_mps2
    octave = rules.octave_cost * np.log2(lags / lags[0])
    forbidden = quiet[None, :] | (likeness < rules.periodic)
    score = likeness - octave[:, None] - 2.0 * forbidden
    idle = np.full(score.shape[1], rules.periodic - octave[-1])
    path = best_path(score, idle, np.log(lags), rules.change_cost, rules.switch_cost)
    period = np.where(path > 0, lags[np.maximum(path - 1, 0)] / RATE_HZ, 0.0)
    return period, likeness.max(axis=0)


def _of_one_session(bouts: list[TurnBout], rules: TurnRules) -> list[TurnBout]:
    """Only bouts that move like the longest one, and no turn twice where two bouts touch."""
    if not bouts:
        return []
    usual = max(bouts, key=lambda bout: len(bout.t_ns)).move_mps2
    kept: list[TurnBout] = []
    newest_ns = None
    for bout in bouts:
        if bout.move_mps2 < rules.least_of_session * usual:
            continue
        fresh = bout.t_ns if newest_ns is None else bout.t_ns[bout.t_ns > newest_ns + rules.shortest_s * 1e9]
        if len(fresh):
            kept.append(TurnBout(fresh, bout.move_mps2, bout.likeness))
            newest_ns = int(fresh[-1])
    return kept


class _Stretch:
    """One unbroken stretch of periodicity, with room on both sides to find where the turns begin and end."""

    def __init__(
        self, signal: EvenSignal, accel: Floats, motion: Floats, period_s: Floats, first: int, step: int, rules: TurnRules
    ) -> None:
        self._signal, self._rules = signal, rules
        self._end = min(len(accel), first + len(period_s) * step)
        room = int(3 * np.median(period_s) * RATE_HZ)
        self._from = max(0, first - room)
        until = min(len(accel), self._end + room)
        self._accel, self._motion = accel[self._from : until], motion[self._from : until]
        at = np.arange(self._from, until)
        self._period = np.interp(at, first + np.arange(len(period_s)) * step, period_s) * RATE_HZ
        self._first = first

    def bout(self, anchor_ns: int | None, likeness: float) -> TurnBout | None:
        """The turns of the stretch, or `None` when it is no skipping."""
        rules = self._rules
        core = slice(self._first - self._from, self._end - self._from)
        swing, _ = fundamental(self._accel, self._period)
        if np.median(np.sqrt(2 * np.sum(np.abs(swing[core]) ** 2, axis=1))) < rules.least_turn_mps2:
            return None
        turned, carrier = fundamental(self._motion, self._period)
        main = np.linalg.svd(turned[core].conj().T @ turned[core])[0][:, 0]
        circle = turned @ main
        energy = np.sum(self._accel**2, axis=1)
        turns = self._turns(np.unwrap(np.angle(circle)) + carrier, energy, core, anchor_ns)
        at = np.interp(np.arange(np.ceil(turns[0]), np.floor(turns[-1]) + 1), turns, np.arange(len(turns)))
        moved = self._moved(at, energy)
        inside = (at >= core.start) & (at <= core.stop)
        if not inside.any():
            return None
        usual = float(np.median(moved[inside]))
        amplitude = np.abs(circle)
        strong = np.interp(at, np.arange(len(amplitude)), amplitude) >= rules.half_amplitude * np.median(amplitude[core])
        sure = strong & (moved >= max(rules.least_share * usual, rules.least_rms_mps2))
        kept = _grown(sure, inside)
        t_ns = np.array([self._signal.t_ns(self._from + index) for index in at[kept]], dtype=np.int64)
        return TurnBout(t_ns, usual, likeness) if len(t_ns) else None

    def _turns(self, phase: Floats, energy: Floats, core: slice, anchor_ns: int | None) -> Floats:
        """Turns since an arbitrary one, never falling; whole numbers lie where the limb moves most, or on the anchor."""
        zero = float(np.angle(np.sum(energy[core] * np.exp(1j * phase[core]))))
        if anchor_ns is not None:
            at = (anchor_ns - self._signal.start_ns) / 1e9 * RATE_HZ - self._from
            if 0 <= at <= len(phase) - 1:
                zero = float(np.interp(at, np.arange(len(phase)), phase))
        result: Floats = np.maximum.accumulate((phase - zero) / (2 * np.pi))
        return result

    def _moved(self, at: Floats, energy: Floats) -> Floats:
        """Rms motion over the turn around each time."""
        summed = np.concatenate([[0.0], np.cumsum(energy)])
        half = np.interp(at, np.arange(len(self._period)), self._period) / 2
        low, high = np.clip(at - half, 0, len(energy)), np.clip(at + half, 0, len(energy))
        index = np.arange(len(summed))
        result: Floats = np.sqrt((np.interp(high, index, summed) - np.interp(low, index, summed)) / np.maximum(high - low, 1))
        return result


def _grown(sure: NDArray[np.bool_], inside: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Sure turns of the stretch, and those just outside that follow without a break."""
    wanted = np.flatnonzero(sure & inside)
    if not len(wanted):
        return np.zeros(len(sure), dtype=bool)
    first, last = int(wanted[0]), int(wanted[-1])
    while first > 0 and sure[first - 1]:
        first -= 1
    while last + 1 < len(sure) and sure[last + 1]:
        last += 1
    kept = sure.copy()
    kept[:first] = False
    kept[last + 1 :] = False
    return kept
