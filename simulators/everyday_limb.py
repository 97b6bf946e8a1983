"""How a wrist or an ankle goes when there is no rope, or a rope that does not pass: nothing here may be counted as a skip.

Walking, desk work and gestures are as restless as recorded wrists are (spread of |a| in four seconds, usual and busy, measured on
5 recordings of walking, 10 of work at a keyboard and one of dressing, by one person): 0.14..0.19 and 0.20..0.34 g walking,
simulated 0.19 and 0.21; 0.04..0.11 and 0.08..0.21 g at the keyboard, simulated 0.10 and 0.24; 0.26 and 0.41 g dressing, simulated
0.25 and 0.46. The others are models without data beside them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.ndimage import gaussian_filter1d

from simulators.feet import Contacts, contacts, in_air, thrown
from simulators.limb_motion import LimbTrack
from simulators.rope_limb import FOREARM_M, HANGING_RAD, SHANK_M, Limb
from simulators.wander import polyline, ring, wander

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

ARM_M: Final = 0.55


class Everyday(StrEnum):
    """What a pupil does without skipping."""

    WALKING = "walking"
    RUNNING = "running"
    JUMPING_JACKS = "jumping-jacks"
    CLAPPING = "clapping"
    DESK_WORK = "desk-work"
    GESTURES = "gestures"
    STANDING = "standing"
    ROPE_SWING = "rope-swing"
    ARM_LIFTS = "arm-lifts"
    FREE_JUMPS = "free-jumps"


@dataclass(frozen=True, slots=True, eq=False)
class EverydayMotion:
    """How the limb goes, and which landings and steps there were (seconds, ascending)."""

    track: LimbTrack
    hops_s: tuple[float, ...] = ()
    steps_s: tuple[float, ...] = ()


def everyday_limb(activity: Everyday, limb: Limb, t_s: Floats, draw: np.random.Generator, *, pace: float = 1.0) -> EverydayMotion:
    """How the limb goes at the even times `t_s`; `pace` is 1 for usual, 0.7 for slow, 1.4 for hurried."""
    made = _MAKERS[activity](limb, t_s, draw, pace)
    if limb is Limb.RIGHT_WRIST:
        made.track.yaw_rad[:] *= -1.0
        made.track.roll_rad[:] *= -1.0
        made.track.joint_m[:, 1] *= -1.0
    return made


def _track(t_s: Floats, draw: np.random.Generator, yaw: Floats, pitch: Floats, roll: Floats, *, lever_m: float) -> LimbTrack:
    yaw, pitch, roll = (angle + 0.015 * wander(draw, t_s, 0.8) + 0.0006 * wander(draw, t_s, 0.06) for angle in (yaw, pitch, roll))
    still = np.zeros((len(t_s), 3))
    return LimbTrack(1.0 / (t_s[1] - t_s[0]), yaw, pitch, roll, still, still.copy(), lever_m)


def _beats(t_s: Floats, interval_s: float, draw: np.random.Generator, spread: float = 0.04) -> Floats:
    """Moments about `interval_s` apart, from a second after the beginning to a second before the end."""
    count = max(0, int((t_s[-1] - t_s[0] - 2.0) / interval_s))
    beats: Floats = t_s[0] + 1.0 + np.cumsum(interval_s * np.clip(draw.normal(1.0, spread, count), 0.6, 1.4))
    kept: Floats = beats[beats < t_s[-1] - 1.0]
    return kept


def _beat_phase(t_s: Floats, beats_s: Floats) -> tuple[Floats, Floats]:
    """How many beats have gone, running on evenly in between, and 1 while they go on (0 before and after)."""
    if len(beats_s) < 2:
        return np.zeros_like(t_s), np.zeros_like(t_s)
    soft_s = 0.12 * float(np.median(np.diff(beats_s)))
    phase = polyline(t_s, beats_s.tolist(), list(range(len(beats_s))), soft_s)
    on = polyline(t_s, [beats_s[0] - 0.4, beats_s[0], beats_s[-1], beats_s[-1] + 0.4], [0.0, 1.0, 1.0, 0.0], 0.1)
    return phase, on


def _walking(limb: Limb, t_s: Floats, draw: np.random.Generator, pace: float) -> EverydayMotion:
    """Steps of 1.4 to 2.2 a second; the arm hangs and swings once in two steps, the trunk goes up and down in each."""
    steps_s = _beats(t_s, draw.uniform(0.5, 0.6) / pace, draw)
    phase, on = _beat_phase(t_s, steps_s)
    stride, size = np.pi * phase, float(np.exp(draw.normal(0, 0.25))) * pace
    if limb is Limb.ANKLE:
        return EverydayMotion(_striding_shank(t_s, draw, phase, on, 0.55, 25.0 * pace, steps_s), steps_s=tuple(steps_s.tolist()))
    pitch = 1.4 + 0.15 * size * on * np.sin(stride + 0.3)
    roll = 0.3 + 0.1 * size * on * np.sin(stride + 1.0)
    pitch, roll = pitch + 0.06 * on * wander(draw, t_s, 0.25), roll + 0.15 * on * wander(draw, t_s, 0.3)
    track = _track(t_s, draw, np.full_like(t_s, 0.2), pitch, roll, lever_m=ARM_M)
    beat, on = 2 * np.pi * phase, on * np.exp(0.25 * wander(draw, t_s, 1.5))
    track.body_mps2[:, 2] = on * pace * (2.2 * np.cos(beat - 0.6) + 0.6 * np.cos(2 * beat + draw.uniform(0, 6)))
    track.body_mps2[:, 0] = on * pace * 0.9 * np.sin(beat)
    track.body_mps2[:, 1] = on * pace * 0.5 * np.sin(stride)
    track.body_mps2[:, 2] += ring(t_s, steps_s, 4.0 * pace * np.exp(draw.normal(0, 0.3, len(steps_s))), 12.0, 0.04)
    return EverydayMotion(track, steps_s=tuple(steps_s.tolist()))


def _running(limb: Limb, t_s: Floats, draw: np.random.Generator, pace: float) -> EverydayMotion:
    """Steps of 2.4 to 3.1 a second with flight; the forearm is bent and swings once in two steps."""
    steps_s = _beats(t_s, draw.uniform(0.34, 0.4) / pace, draw)
    phase, on = _beat_phase(t_s, steps_s)
    if limb is Limb.ANKLE:
        return EverydayMotion(_striding_shank(t_s, draw, phase, on, 1.0, 60.0, steps_s), steps_s=tuple(steps_s.tolist()))
    swing = on * np.sin(np.pi * phase)
    pitch = HANGING_RAD - on * (HANGING_RAD - 0.1) + 0.45 * float(np.exp(draw.normal(0, 0.2))) * swing
    track = _track(t_s, draw, -0.3 * on + 0.25 * swing, pitch, 0.3 * swing, lever_m=FOREARM_M)
    track.joint_m[:, 0] = 0.12 * swing
    feet = contacts(steps_s.tolist(), 0.65, usual_s=0.37 / pace)
    track.body_mps2[:, 2] = 0.9 * gaussian_filter1d(thrown(feet, t_s), 0.012 * track.rate_hz, truncate=3.0)
    track.body_mps2[:, 2] += ring(t_s, steps_s, 8.0 * np.exp(draw.normal(0, 0.2, len(steps_s))), 13.0, 0.04)
    return EverydayMotion(track, steps_s=tuple(steps_s.tolist()))


def _striding_shank(
    t_s: Floats, draw: np.random.Generator, phase: Floats, on: Floats, bend_rad: float, shock_mps2: float, steps_s: Floats
) -> LimbTrack:
    stride = np.pi * phase
    air = on * np.clip(np.sin(stride), 0.0, None) ** 2
    track = _track(
        t_s, draw, np.zeros_like(t_s), np.pi / 2 + 0.25 * on * np.cos(stride) + bend_rad * air, np.zeros_like(t_s), lever_m=SHANK_M
    )
    track.joint_m[:, 0], track.joint_m[:, 2] = -0.15 * on * np.cos(stride), 0.05 * air
    track.body_mps2[:, 2] = ring(t_s, steps_s[1::2], shock_mps2 * np.ones(len(steps_s[1::2])), 16.0, 0.03)
    track.body_mps2[:, 0] = -0.4 * track.body_mps2[:, 2]
    return track


def _jumping_jacks(limb: Limb, t_s: Floats, draw: np.random.Generator, pace: float) -> EverydayMotion:
    """Arms from the hips over the side to above the head and back; feet apart and together: two hops a jack."""
    hops_s = _beats(t_s, draw.uniform(0.42, 0.6) / pace, draw)
    phase, on = _beat_phase(t_s, hops_s)
    feet = contacts(hops_s.tolist(), 0.5, usual_s=0.5 / pace)
    up = on * 0.5 * (1.0 - np.cos(np.pi * phase))
    if limb is Limb.ANKLE:
        air = np.sin(np.pi * in_air(feet.start_s, feet.length_s, t_s, 1.0)) ** 2
        track = _track(t_s, draw, np.zeros_like(t_s), np.pi / 2 + 0.3 * air, 0.35 * up, lever_m=SHANK_M)
        track.joint_m[:, 1] = 0.25 * up
        shock = 60.0
    else:
        track = _track(t_s, draw, np.full_like(t_s, 1.4), HANGING_RAD - (HANGING_RAD + 1.2) * up, 0.6 * up, lever_m=ARM_M)
        shock = 8.0
    track.body_mps2[:, 2] = 0.9 * gaussian_filter1d(thrown(feet, t_s), 0.012 * track.rate_hz, truncate=3.0)
    track.body_mps2[:, 2] += _landings(feet, t_s, draw, shock)
    return EverydayMotion(track, hops_s=tuple(hops_s.tolist()))


def _clapping(limb: Limb, t_s: Floats, draw: np.random.Generator, pace: float) -> EverydayMotion:
    claps_s = _beats(t_s, draw.uniform(0.25, 0.5) / pace, draw, 0.06)
    phase, on = _beat_phase(t_s, claps_s)
    if limb is Limb.ANKLE:
        return _standing(limb, t_s, draw, pace)
    apart = on * 0.5 * (1.0 - np.cos(2 * np.pi * phase))
    pitch = HANGING_RAD - on * (HANGING_RAD + 0.2)
    track = _track(t_s, draw, -0.5 * on + draw.uniform(0.3, 0.6) * apart, pitch, 0.2 * apart, lever_m=FOREARM_M)
    hard = 25.0 * np.exp(draw.normal(0, 0.3, len(claps_s)))
    track.body_mps2[:, 1] = ring(t_s, claps_s, hard, 20.0, 0.02)
    return EverydayMotion(track)


def _postures(t_s: Floats, draw: np.random.Generator, every_s: float, spread_rad: float, soft_s: float) -> Floats:
    """Held angles that change now and then."""
    moments = np.sort(draw.uniform(t_s[0], t_s[-1], max(1, int((t_s[-1] - t_s[0]) / every_s))))
    values = np.repeat(draw.normal(0, spread_rad, len(moments) + 1), 2)
    edges = np.column_stack([moments, moments + soft_s]).ravel()
    return polyline(t_s, [float(t_s[0]) - 1.0, *edges.tolist(), float(t_s[-1]) + 1.0], values.tolist(), soft_s / 2)


def _desk_work(limb: Limb, t_s: Floats, draw: np.random.Generator, pace: float) -> EverydayMotion:
    if limb is Limb.ANKLE:
        return _standing(limb, t_s, draw, pace)
    busy = np.clip(wander(draw, t_s, 2.0) + 0.3, 0.0, None)
    yaw, pitch, roll = (
        _postures(t_s, draw, 3.0 / pace, wide, 0.35) + tremble * busy * wander(draw, t_s, 0.12)
        for wide, tremble in ((0.4, 0.03), (0.2, 0.03), (0.5, 0.06))
    )
    track = _track(t_s, draw, yaw, pitch + 0.1, roll, lever_m=FOREARM_M)
    for axis in range(3):
        track.joint_m[:, axis] = 0.01 * busy * wander(draw, t_s, 0.2 / pace)
    return EverydayMotion(track)


def _gestures(limb: Limb, t_s: Floats, draw: np.random.Generator, pace: float) -> EverydayMotion:
    """Dressing, waving, tying laces: wide movements of 0.5 to 2 a second that come and go."""
    if limb is Limb.ANKLE:
        return _standing(limb, t_s, draw, pace)
    busy = np.clip(wander(draw, t_s, 3.0) + 0.5, 0.0, 1.5)
    yaw, pitch, roll = (
        base + _postures(t_s, draw, 3.0, size, 0.6) + size * 0.6 * busy * wander(draw, t_s, 0.35 / pace)
        for base, size in ((0.0, 0.5), (0.4, 0.5), (0.0, 0.7))
    )
    track = _track(t_s, draw, yaw, pitch, roll, lever_m=FOREARM_M)
    for axis in range(3):
        track.joint_m[:, axis] = 0.08 * busy * wander(draw, t_s, 0.3 / pace)
    return EverydayMotion(track)


def _standing(limb: Limb, t_s: Floats, draw: np.random.Generator, _pace: float) -> EverydayMotion:
    hanging = np.full_like(t_s, np.pi / 2 if limb is Limb.ANKLE else 1.4)
    return EverydayMotion(_track(t_s, draw, np.zeros_like(t_s), hanging, np.zeros_like(t_s), lever_m=FOREARM_M))


def _rope_swing(limb: Limb, t_s: Floats, draw: np.random.Generator, pace: float) -> EverydayMotion:
    """The rope swings to and fro before the feet or behind the heels, and never passes."""
    if limb is Limb.ANKLE:
        return _standing(limb, t_s, draw, pace)
    phase, on = _beat_phase(t_s, _beats(t_s, draw.uniform(0.9, 1.5) / pace, draw, 0.08))
    swing = on * (1.0 + 0.3 * wander(draw, t_s, 1.5)) * np.sin(2 * np.pi * phase)
    pitch = HANGING_RAD - 0.6 * on + draw.uniform(0.2, 0.6) * swing
    track = _track(t_s, draw, 0.6 * on + 0.3 * swing, pitch, draw.uniform(0.1, 0.5) * swing, lever_m=FOREARM_M)
    track.joint_m[:, 0] = draw.uniform(0.03, 0.12) * swing
    return EverydayMotion(track)


def _arm_lifts(limb: Limb, t_s: Floats, draw: np.random.Generator, pace: float) -> EverydayMotion:
    """The rope is lifted, held, lowered: what comes before and after an attempt."""
    if limb is Limb.ANKLE:
        return _standing(limb, t_s, draw, pace)
    count = 2 * max(1, int((t_s[-1] - t_s[0]) / 5.0))
    moments = np.sort(draw.uniform(t_s[0] + 0.5, t_s[-1] - 0.5, count))
    edges = np.maximum.accumulate(np.column_stack([moments, moments + 0.5 / pace]).ravel())
    lifted = polyline(t_s, edges.tolist(), np.repeat(np.arange(count + 1) % 2, 2)[1:-1].tolist(), 0.12)
    return EverydayMotion(_track(t_s, draw, 0.9 * lifted, HANGING_RAD - 0.9 * lifted, 0.5 * lifted, lever_m=FOREARM_M))


def _free_jumps(limb: Limb, t_s: Floats, draw: np.random.Generator, pace: float) -> EverydayMotion:
    """Jumps as high as can be, each on its own, 1.5 to 4 s apart, with a swing of the arms."""
    hops: list[float] = []
    at_s = t_s[0] + 2.0
    while at_s < t_s[-1] - 1.0:
        hops.append(at_s)
        at_s += draw.uniform(1.5, 4.0) / pace
    feet = contacts(hops, 0.45, usual_s=0.9)
    swing = np.zeros_like(t_s)
    for hop_s in hops:
        swing += np.exp(-(((t_s - hop_s + 0.3) / 0.18) ** 2)) - 0.4 * np.exp(-(((t_s - hop_s + 0.75) / 0.15) ** 2))
    if limb is Limb.ANKLE:
        track = _track(t_s, draw, np.zeros_like(t_s), np.pi / 2 + 0.3 * np.clip(swing, 0, 1), np.zeros_like(t_s), lever_m=SHANK_M)
        shock = 70.0
    else:
        track = _track(t_s, draw, 0.3 * swing, HANGING_RAD - 1.2 * swing, 0.2 * swing, lever_m=ARM_M)
        shock = 12.0
    track.body_mps2[:, 2] = gaussian_filter1d(thrown(feet, t_s), 0.015 * track.rate_hz, truncate=3.0)
    track.body_mps2[:, 2] += _landings(feet, t_s, draw, shock)
    return EverydayMotion(track, hops_s=tuple(hops))


def _landings(feet: Contacts, t_s: Floats, draw: np.random.Generator, shock_mps2: float) -> Floats:
    lands_s = feet.start_s[feet.landing]
    return ring(t_s, lands_s, shock_mps2 * np.exp(draw.normal(0, 0.2, len(lands_s))), 14.0, 0.04)


_MAKERS: Final[dict[Everyday, Callable[[Limb, Floats, np.random.Generator, float], EverydayMotion]]] = {
    Everyday.WALKING: _walking,
    Everyday.RUNNING: _running,
    Everyday.JUMPING_JACKS: _jumping_jacks,
    Everyday.CLAPPING: _clapping,
    Everyday.DESK_WORK: _desk_work,
    Everyday.GESTURES: _gestures,
    Everyday.STANDING: _standing,
    Everyday.ROPE_SWING: _rope_swing,
    Everyday.ARM_LIFTS: _arm_lifts,
    Everyday.FREE_JUMPS: _free_jumps,
}
