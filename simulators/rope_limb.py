"""How a wrist or an ankle goes while its owner skips: rope phase, raised arms, hops, shocks, trips, and a body's own unevenness."""

from __future__ import annotations

from dataclasses import fields, replace
from enum import StrEnum
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.ndimage import gaussian_filter1d

from simulators.feet import Contacts, contacts, in_air, thrown
from simulators.limb_motion import GRAVITY_MPS2, LimbTrack
from simulators.skipping_style import StyleShape
from simulators.wander import polyline, ring, wander

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulators.pupil import Attempt

    Floats = NDArray[np.float64]

FOREARM_M: Final = 0.24
SHANK_M: Final = 0.36
HANGING_RAD: Final = 1.35
RAISE_S: Final = 0.6
SHANK_RAD: Final = 0.04
FOOT_STANDS: Final = 1.3
SIZES: Final = frozenset(
    f.name for f in fields(StyleShape) if f.name.endswith(("_rad", "_m", "_mps2")) and f.name not in {"lead_rad", "elbow_m"}
)


class Limb(StrEnum):
    """Where the band is worn."""

    LEFT_WRIST = "left-wrist"
    RIGHT_WRIST = "right-wrist"
    ANKLE = "ankle"


def of_one_pupil(shape: StyleShape, draw: np.random.Generator) -> StyleShape:
    """The same style as one pupil does it: sizes differ by about a fifth from one to the next."""
    sizes = {f.name: getattr(shape, f.name) * float(np.exp(draw.normal(0, 0.18))) for f in fields(shape) if f.name in SIZES}
    gain = shape.bounce_gain * float(np.exp(draw.normal(0, 0.1)))
    ground = float(np.clip(shape.ground_share + draw.normal(0, 0.04), 0.25, 0.75))
    return replace(shape, bounce_gain=gain, ground_share=ground, **sizes)


def skipping_limb(
    attempt: Attempt, shape: StyleShape, limb: Limb, t_s: Floats, draw: np.random.Generator, *, backward: bool = False
) -> LimbTrack:
    """How the limb goes at the even times `t_s` (seconds after the start signal; may begin before it)."""
    usual_s = shape.turns_a_jump * 60.0 / attempt.ability.cadence_per_min / shape.hops_a_turn
    ground = min(FOOT_STANDS * shape.ground_share, 0.8) if limb is Limb.ANKLE else shape.ground_share
    feet = contacts(attempt.hops_s, ground, usual_s=usual_s, small_hop=shape.small_hop, group=shape.hops_a_turn)
    if limb is Limb.ANKLE:
        return _ankle(attempt, shape, feet, usual_s, t_s, draw)
    return _wrist(attempt, shape, feet, limb, t_s, draw, backward=backward)


def _wrist(
    attempt: Attempt, shape: StyleShape, feet: Contacts, limb: Limb, t_s: Floats, draw: np.random.Generator, *, backward: bool
) -> LimbTrack:
    rate_hz = 1.0 / (t_s[1] - t_s[0])
    usual_s = 60.0 / attempt.ability.cadence_per_min
    turned = rope_turned(attempt, t_s)
    active = _active(attempt, t_s, usual_s)
    ready = _raised(attempt, t_s, draw)
    way = -1.0 if backward else 1.0
    lead = shape.lead_rad + draw.normal(0, 0.3)
    phase = way * (2 * np.pi * turned + lead)
    phase += shape.uneven_rad * np.sin(phase + draw.normal(0.8, 0.5))
    strength = ready * (1.0 + (0.05 + attempt.ability.unevenness) * wander(draw, t_s, max(usual_s, 0.3)))
    aside = draw.uniform(0, 2 * np.pi)
    other_side = np.sin(phase / 2.0 + aside)
    cone = shape.cone_rad * strength
    hop = gaussian_filter1d(thrown(feet, t_s), 0.012 * rate_hz, truncate=3.0)
    flutter, sway = shape.flutter_rad * (0.05 + active), shape.sway_rad * (0.3 + 20.0 * attempt.ability.unevenness) * active
    yaw = ready * draw.normal(0.9, 0.15) + cone * np.sin(phase) + shape.sideways_rad * ready * other_side
    pitch = HANGING_RAD + ready * (draw.normal(0.5, 0.15) - HANGING_RAD) + cone * np.cos(phase)
    roll = ready * draw.normal(0.3, 0.3) + shape.roll_rad * strength * np.cos(phase + draw.normal(0.6, 0.5))
    roll += shape.snap_rad * strength * np.cos(2 * phase + draw.uniform(0, 2 * np.pi))
    roll += 1.5 * shape.sideways_rad * ready * np.sin(phase / 2.0 + aside + draw.normal(0, 0.3))
    give = gaussian_filter1d(hop, 0.02 * rate_hz, truncate=3.0) / GRAVITY_MPS2
    pitch += shape.sag_rad * give
    roll += shape.shake_rad * give
    yaw, pitch, roll = (
        angle + size * (sway * wander(draw, t_s, 0.7) + 0.02 * wander(draw, t_s, 0.9) + flutter * wander(draw, t_s, 0.06))
        for angle, size in ((yaw, 1.0), (pitch, 1.0), (roll, 2.0))
    )
    roll += _jolt(attempt, t_s, draw, 0.5)
    pitch += _jolt(attempt, t_s, draw, 0.3)
    joint = np.zeros((len(t_s), 3))
    joint[:, 0] = -shape.elbow_m * strength * np.sin(phase) + 0.25 * ready
    joint[:, 1] = shape.sideways_m * ready * other_side
    joint[:, 2] = -shape.elbow_m * strength * np.cos(phase) + 0.15 * ready
    body = np.zeros((len(t_s), 3))
    body[:, 2] = shape.bounce_gain * hop
    body += _shocks(feet, attempt, t_s, draw, shape.landing_mps2, aside=0.35, ring_hz=13.0, fade_s=0.04)
    side = 1.0 if limb is Limb.LEFT_WRIST else -1.0
    joint[:, 1] *= side
    return LimbTrack(rate_hz, side * yaw, pitch, side * roll, joint, body, FOREARM_M)


def _ankle(
    attempt: Attempt, shape: StyleShape, feet: Contacts, usual_s: float, t_s: Floats, draw: np.random.Generator
) -> LimbTrack:
    rate_hz = 1.0 / (t_s[1] - t_s[0])
    mine = feet.left if shape.feet_alternate else np.ones(len(feet.start_s), dtype=bool)
    own = Contacts(*(getattr(feet, f.name)[mine] for f in fields(feet)))
    air = np.sin(np.pi * in_air(own.start_s, own.length_s, t_s, 2.5 * usual_s)) ** 2
    active = _active(attempt, t_s, usual_s)
    pitch = np.pi / 2 + 0.05 + shape.kick_rad * air * (1.0 + 0.1 * wander(draw, t_s, usual_s))
    yaw, roll = 0.15 * air, np.zeros_like(t_s)
    yaw, pitch, roll = (
        angle + 0.02 * wander(draw, t_s, 0.9) + active * (0.06 * wander(draw, t_s, 0.4) + SHANK_RAD * wander(draw, t_s, 0.07))
        for angle in (yaw, pitch, roll)
    )
    joint = np.zeros((len(t_s), 3))
    joint[:, 0], joint[:, 2] = 0.6 * shape.knee_m * air, shape.knee_m * air
    body = np.zeros((len(t_s), 3))
    body[:, 2] = gaussian_filter1d(thrown(own, t_s, stands=True), 0.008 * rate_hz, truncate=3.0)
    body += _shocks(own, attempt, t_s, draw, shape.stamp_mps2, aside=0.7, ring_hz=18.0, fade_s=0.035)
    return LimbTrack(rate_hz, yaw, pitch, roll, joint, body, SHANK_M)


def rope_turned(attempt: Attempt, t_s: Floats) -> Floats:
    """Turns of the rope since the beginning, whole when a turn ends.

    The rope rests behind the body before a bout, and swings on a third of a turn after it.
    """
    turns_s = np.array(attempt.turns_s)
    usual_s = 60.0 / attempt.ability.cadence_per_min
    at_s, values = [float(t_s[0]) - 1.0], [-0.65]
    count = 0.0
    for first_s, last_s in attempt.bouts_s:
        inside = turns_s[(turns_s <= last_s + 1e-9) & (turns_s > first_s - 1e-9 - usual_s)]
        begin_s = inside[0] - 0.9 * usual_s
        at_s += [max(at_s[-1] + 0.05, begin_s), *inside.tolist()]
        values += [count - 0.65, *(count + np.arange(len(inside))).tolist()]
        count += len(inside) - 1
        trip_s = next((trip_s for trip_s in attempt.trips_s if 0 < trip_s - last_s < usual_s), None)
        swung = 0.6 if trip_s is not None else 0.3
        at_s.append(trip_s if trip_s is not None else last_s + 0.5 * usual_s)
        values.append(count + swung)
        count += 2.0
    return polyline(t_s, at_s, values, 0.1 * min(usual_s, 0.6))


def _active(attempt: Attempt, t_s: Floats, usual_s: float) -> Floats:
    """1 while skipping, 0 at rest."""
    at_s, values = [float(t_s[0])], [0.0]
    for first_s, last_s in attempt.bouts_s:
        for moment_s, value in ((first_s - usual_s, 0.0), (first_s, 1.0), (last_s, 1.0), (last_s + 0.5 * usual_s, 0.0)):
            at_s.append(max(moment_s, at_s[-1]))
            values.append(value)
    return polyline(t_s, at_s, values, 0.05)


def _raised(attempt: Attempt, t_s: Floats, draw: np.random.Generator) -> Floats:
    """1 with the arms ready for the rope, 0 hanging; in a long rest they sink half-way."""
    if not attempt.bouts_s:
        return np.zeros_like(t_s)
    usual_s = 60.0 / attempt.ability.cadence_per_min
    up_s = attempt.bouts_s[0][0] - 1.3 * usual_s - draw.uniform(0.2, 1.5)
    down_s = attempt.bouts_s[-1][1] + usual_s + draw.uniform(0.3, 1.2)
    at_s, values = [up_s - RAISE_S, up_s], [0.0, 1.0]
    for (_, last_s), (first_s, _) in pairwise(attempt.bouts_s):
        if first_s - last_s > 3.0:
            at_s += [last_s + 0.8, last_s + 1.4, first_s - usual_s - 1.0, first_s - usual_s - 0.4]
            values += [1.0, 0.5, 0.5, 1.0]
    return polyline(t_s, [*at_s, down_s, down_s + RAISE_S], [*values, 1.0, 0.0], 0.1)


def _shocks(
    feet: Contacts,
    attempt: Attempt,
    t_s: Floats,
    draw: np.random.Generator,
    size_mps2: float,
    *,
    aside: float,
    ring_hz: float,
    fade_s: float,
) -> Floats:
    """Shocks of the landings, mostly upwards, and the bursts of a rope that is caught or touched (4 to 5 g altogether)."""
    lands_s = feet.start_s[feet.landing]
    before_s = np.concatenate([[0.0], feet.flight_s[:-1]])[feet.landing]
    hard = size_mps2 * np.minimum(before_s / 0.3, 1.3) * np.exp(draw.normal(0, 0.25, len(lands_s)))
    sideways = draw.normal(0, aside, (2, len(lands_s)))
    caught_s = np.sort(np.array([*attempt.trips_s, *attempt.stumbles_s]))
    shocks = np.zeros((len(t_s), 3))
    for axis, share in enumerate((sideways[0], sideways[1], np.ones(len(lands_s)))):
        shocks[:, axis] = ring(t_s, lands_s, share * hard, ring_hz, fade_s)
        shocks[:, axis] += ring(t_s, caught_s, draw.normal(0, 32.0, len(caught_s)), 6.0, 0.09)
    return shocks


def _jolt(attempt: Attempt, t_s: Floats, draw: np.random.Generator, size_rad: float) -> Floats:
    """The wrist is turned aside when the rope is caught, and comes back."""
    turned = np.zeros_like(t_s)
    for trip_s in attempt.trips_s:
        since = np.maximum(t_s - trip_s, 0.0) / 0.08
        turned += draw.normal(0, size_rad) * since**2 * np.exp(2.0 - since) / 4.0
    return turned
