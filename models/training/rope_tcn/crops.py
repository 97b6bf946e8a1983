"""What the network is shown: stretches of recordings as another band might have felt them, and what is true in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
from scipy.ndimage import uniform_filter1d

from models.training.rope_tcn.recordings import RATE_HZ, Role

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from models.training.rope_tcn.recordings import Recording

    Floats = NDArray[np.float64]

STRIDE: Final = 2
"""Grid samples a frame of the network's answer."""
FRAME_HZ: Final = RATE_HZ / STRIDE
SHARES: Final = {Role.ROPE: 0.52, Role.SWING: 0.12, Role.QUIET: 0.12, Role.WALK: 0.16, Role.JUMPS: 0.08}
"""Of the crops of a batch: about half has a rope, and the confusable half is not left to the long walks."""


class Truth(NamedTuple):
    """What is true of each frame.

    Attributes:
        turning: 1 where a rope is turned and skipped, else 0.
        rate_hz: turns a second; its sum over the frames, divided by `FRAME_HZ`, is the number of turns.
        phase: radians, from an arbitrary zero; once round a turn.
    """

    turning: NDArray[np.float32]
    rate_hz: NDArray[np.float32]
    phase: NDArray[np.float32]


class Batch(NamedTuple):
    """Crops: `motion` float32[b, n, 4] and the truth, float32[b, n / STRIDE] each."""

    motion: NDArray[np.float32]
    truth: Truth


@dataclass(frozen=True, slots=True)
class Changes:
    """How far a crop may differ from its recording.

    Attributes:
        stretch: share by which time is stretched or pressed together; pupils turn from 60 to 250 times a minute, and each of
            the few who were recorded has one or two tempos, which the network learns by heart (docs/models/rope-tcn.md).
        gain: share by which the strength varies.
        clip_g: ranges of the accelerometers that may have been used; infinity is none.
        noise_g: standard deviation of the strongest white noise (typical wrist sensors are at 0.01 g and below).
        dropped: share of samples that the worst radio loses.
        slowest_hz: lowest rate of a band; one crop in `rarely` is brought to a rate between it and half the grid's.
        rarely: share of crops that get a rarer change: a slow band, and the magnitude only.
    """

    stretch: float = 0.60
    gain: float = 0.15
    clip_g: tuple[float, ...] = (2.0, 4.0, 8.0, 8.0, np.inf, np.inf)
    noise_g: float = 0.03
    dropped: float = 0.15
    slowest_hz: float = 12.5
    rarely: float = 0.15


def prepared(accel_g: NDArray[np.float32]) -> NDArray[np.float32]:
    """The network's input: three axes, and the magnitude less gravity, which no turning of the band changes.

    Args:
        accel_g: float32[..., 3].
    """
    size = np.linalg.norm(accel_g, axis=-1, keepdims=True) - np.float32(1)
    return np.concatenate([accel_g, size], axis=-1).astype(np.float32)


def truth_at(recording: Recording, t_s: Floats, stretch: float = 1.0) -> Truth:
    """What is true at these times of a recording with known turns, in seconds since its start.

    A bout reaches half a period beyond its first and its last turn, so that its phase goes round as often as there are turns.

    Args:
        stretch: seconds of the recording a second of the crop.
    """
    turning, rate_hz, phase = (np.zeros(len(t_s)) for _ in range(3))
    bouts = recording.bouts or ()
    gaps = np.concatenate([np.diff(turns_s) for turns_s in bouts]) if bouts else np.empty(0)
    usual_s = float(np.median(gaps)) if len(gaps) else 1.0
    for turns_s in bouts:
        first, last = (turns_s[1] - turns_s[0], turns_s[-1] - turns_s[-2]) if len(turns_s) > 1 else (usual_s, usual_s)
        knots = np.concatenate([[turns_s[0] - first / 2], turns_s, [turns_s[-1] + last / 2]])
        turns = np.concatenate([[-0.5], np.arange(len(turns_s)), [len(turns_s) - 0.5]])
        half_s = 0.5 * stretch / FRAME_HZ
        moved = np.interp(t_s + half_s, knots, turns) - np.interp(t_s - half_s, knots, turns)
        inside = (t_s >= knots[0]) & (t_s <= knots[-1])
        turning = np.maximum(turning, inside)
        rate_hz += moved * FRAME_HZ
        phase = np.where(inside, 2 * np.pi * np.interp(t_s, knots, turns), phase)
    return Truth(*(values.astype(np.float32) for values in (turning, rate_hz, phase)))


class Crops:
    """Draws batches from recordings; the same generator gives the same batches."""

    def __init__(self, recordings: Sequence[Recording], samples: int, changes: Changes | None = None) -> None:
        self._samples, self._changes = samples, changes or Changes()
        usable = [recording for recording in recordings if recording.bouts is not None]
        self._by_role = {role: [r for r in usable if r.role is role] for role in Role}
        self._roles = [role for role in Role if self._by_role[role]]
        shares = np.array([SHARES[role] for role in self._roles])
        self._shares = shares / shares.sum()

    def batch(self, size: int, chance: np.random.Generator) -> Batch:
        """The next crops."""
        crops = [self._crop(chance) for _ in range(size)]
        motion = np.stack([motion for motion, _ in crops])
        return Batch(motion, Truth(*(np.stack(values) for values in zip(*(truth for _, truth in crops), strict=True))))

    def _pick(self, chance: np.random.Generator) -> Recording:
        """By role, then by subject with the root of what there is of him, then any recording of his."""
        role = self._roles[chance.choice(len(self._roles), p=self._shares)]
        subjects = sorted({recording.subject for recording in self._by_role[role]})
        theirs = [[r for r in self._by_role[role] if r.subject == subject] for subject in subjects]
        weights = np.sqrt([sum(len(r.accel_g) for r in some) for some in theirs])
        some = theirs[chance.choice(len(theirs), p=weights / weights.sum())]
        return some[chance.integers(len(some))]

    def _crop(self, chance: np.random.Generator) -> tuple[NDArray[np.float32], Truth]:
        recording = self._pick(chance)
        stretch = float(np.exp(chance.uniform(-1, 1) * np.log1p(self._changes.stretch)))
        span_s = self._samples / RATE_HZ * stretch
        room_s = len(recording.accel_g) / RATE_HZ - span_s
        start_s = chance.uniform(min(-1.0, room_s - 1.0), max(1.0, room_s + 1.0))
        t_s = start_s + np.arange(self._samples) / RATE_HZ * stretch
        at_s = np.arange(len(recording.accel_g)) / RATE_HZ
        accel_g = np.stack([np.interp(t_s, at_s, recording.accel_g[:, axis]) for axis in range(3)], axis=1)
        frames_s = t_s.reshape(-1, STRIDE).mean(axis=1)
        return prepared(changed(accel_g, self._changes, chance).astype(np.float32)), truth_at(recording, frames_s, stretch)


def changed(accel_g: Floats, changes: Changes, chance: np.random.Generator) -> Floats:
    """The same motion as another band might have felt it: turned or mirrored, stronger or weaker, noisy, slow, lossy, clipped."""
    count = len(accel_g)
    if chance.random() < changes.rarely:
        accel_g = np.linalg.norm(accel_g, axis=1, keepdims=True) * np.array([[1.0, 0.0, 0.0]])
    accel_g = accel_g @ any_rotation(chance) * (1 + chance.uniform(-1, 1) * changes.gain)
    accel_g = accel_g + chance.normal(size=accel_g.shape) * changes.noise_g * chance.random()
    heard = chance.random(count) >= changes.dropped * chance.random()
    if chance.random() < changes.rarely:
        each = RATE_HZ / chance.uniform(changes.slowest_hz, RATE_HZ / 2)
        accel_g = uniform_filter1d(accel_g, round(each), axis=0, mode="nearest")
        slow = np.zeros(count, dtype=bool)
        slow[np.arange(0, count, each).astype(np.int64)] = True
        heard &= slow
    heard[0] = True
    at = np.arange(count)
    accel_g = np.stack([np.interp(at, at[heard], accel_g[heard, axis]) for axis in range(3)], axis=1)
    limit_g = changes.clip_g[chance.integers(len(changes.clip_g))]
    return np.clip(accel_g, -limit_g, limit_g)


def any_rotation(chance: np.random.Generator) -> Floats:
    """A turn of the axes, all equally likely (QR of normal numbers, Stewart 1980), mirrored half of the time."""
    turn, upper = np.linalg.qr(chance.normal(size=(3, 3)))
    result: Floats = turn * np.sign(np.diag(upper))
    return result
