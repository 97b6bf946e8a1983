"""The counting core that a band can run itself: turns of the rope from three axes of acceleration, as they come.

It works in frames of a tenth of a second at 50 Hz, in single precision, with a state of fixed size (`STATE.itemsize` bytes a band)
and without any allocation that depends on the signal. The gateway runs it for many bands at once: every step below is the same
for one band and for two thousand. docs/counting-motion.md tells it step by step for a port.

What is counted is the phase of the limb's circle, not peaks: a wrist that turns a rope goes once round a turn, however often the
feet hop. A turn is certain when half of it is in the past, so the count can stop where the motion stops.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from edge.counting.band_site import BandSite
from edge.counting.rope_ankle import BOTH_FEET, NOTHING, FootRules, Footwork, ratio, share_along, skips_a_turn

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Complexes = NDArray[np.complex64]
    Flags = NDArray[np.bool_]
    Rows = slice | NDArray[np.int64]

RATE_HZ: Final = 50
FRAME: Final = 5
"""Samples in a frame: a tenth of a second, less than one turn of the fastest pupil."""
FRAME_S: Final = FRAME / RATE_HZ
SPAN: Final = 150
"""Samples kept: three seconds, room to look back on the first turns of a bout when its rhythm is known."""
SHORTEST, LONGEST = 8, 58
"""Period of a turn in samples: 0.16 s (375 a minute; the best pupils make 245, records 420 with either foot) to 1.16 s (a slow
double bounce: the slowest in the open recordings is 1.06 s). A side swing whose figure of eight is longer is no turn."""
FIRST_LAG: Final = 4
"""Shorter lags are looked at only to see the signal depart from itself."""
ACTIVE: Final = 60
"""Samples that the longest period needs."""


@dataclass(frozen=True, slots=True)
class CoreRules:
    """Thresholds of the core, in units of the world; what each was measured on is told in docs/counting-motion.md.

    Attributes:
        memory_s, memory_periods: time constant of the likeness: the sum of a fixed part and a share of the lag.
        octave_cost: likeness that a doubled period must gain; any multiple of a period resembles itself as well.
        periodic: likeness below which nothing is periodic.
        convinced: likeness at which a bout begins.
        change_cost, switch_cost: of a change of the period by a factor of e, and of starting or stopping, from frame to frame.
        gravity_s: time constant of the mean that is taken for gravity.
        least_motion_mps2: motion below which nothing is looked for.
        least_swing_mps2: rms of what goes once and twice round in each turn. Over eight seconds skippers' limbs reach 7.7 and
            more, walkers' hands, pockets, bags and arms 6.2 at most (open recordings).
        least_shock: share of the motion that is quicker than about 3.5 Hz. Feet that land shake the arm (0.23 and more on the
            open recordings); a rope that swings beside the body mostly does not (0.21 and less in four of five recordings, up to
            0.35 in the fifth), and neither do swinging arms.
        keep_swing, keep_shock: shares of the two that keep a bout alive.
        least_round: how round the motion is, 0 for to and fro (clapping), 1 for a circle; wrists with a rope 0.35 and more.
        half: share of the usual amplitude at which a turn begins or ends; at a clean edge an average over one period is at half.
        certain_s: a turn is shown when this much has passed since, or half of it.
        completed: share of a turn that makes it one. At both edges of a bout it is as likely to be seen too short as too long.
        still: share of the usual motion below which nothing new is shown.
        least_turns: a bout is shown from this many turns on.
        revised_s: a bout so young may still turn out to have the doubled or halved period.
        bridged: turns that may be too weak to be seen, if the motion goes on behind them.
        carried_s: longest gap of the source over which a bout goes on.
        feet: what landings are worth, where the band feels them and no rope.
    """

    memory_s: float = 0.3
    memory_periods: float = 0.4
    octave_cost: float = 0.12
    periodic: float = 0.40
    convinced: float = 0.50
    change_cost: float = 3.6
    switch_cost: float = 0.6
    gravity_s: float = 1.0
    least_motion_mps2: float = 3.0
    least_swing_mps2: float = 6.5
    least_shock: float = 0.22
    keep_swing: float = 0.95
    keep_shock: float = 0.80
    least_round: float = 0.15
    half: float = 0.45
    certain_s: float = 0.15
    completed: float = 0.70
    still: float = 0.35
    least_turns: float = 2.5
    revised_s: float = 5.0
    bridged: float = 1.5
    carried_s: float = 1.2
    feet: FootRules | None = None


RULES: Final = CoreRules()
ANKLE_RULES: Final = replace(RULES, least_swing_mps2=8.0, least_shock=0.45, least_round=0.0, least_turns=4.0, feet=FootRules())
"""For a band at the ankle.

Simulated walking swings 6 m/s² at a usual pace and up to 15 hurried, bounces 20 and more (recordings 27), alternate feet 9 and
more. The share of shock is 0.72 and more in the recordings, 0.54 and more in simulated alternate feet, 0.36 at most in
simulated walking. A shank goes to and fro: how round its motion is tells nothing. The first strides and jumping jacks look like
skips for three turns or so.
"""
RULES_OF: Final[Mapping[BandSite, CoreRules]] = {BandSite.WRIST: RULES, BandSite.ANKLE: ANKLE_RULES}

LAGS: Final = np.arange(FIRST_LAG, LONGEST + 1)
PERIODS: Final = np.arange(SHORTEST, LONGEST + 1)
_ALLOWED: Final = slice(SHORTEST - FIRST_LAG, None)
_LAGGED: Final = (SPAN - FRAME + np.arange(FRAME))[:, None] - LAGS[None, :]

STATE: Final = np.dtype(
    [
        ("motion", np.float32, (SPAN, 3)),
        ("energy", np.float32, (SPAN,)),
        ("gravity", np.float32, (3,)),
        ("products", np.float32, (len(LAGS),)),
        ("energies", np.float32, (len(LAGS),)),
        ("scores", np.float32, (len(PERIODS) + 1,)),
        ("spread", np.complex64, (3, 3)),
        ("axis", np.complex64, (3,)),
        ("period", np.int32),
        ("bout_period", np.int32),
        ("angle", np.float32),
        ("turns", np.float32),
        ("unseen", np.float32),
        ("age_s", np.float32),
        ("since_s", np.float32),
        ("unheard_s", np.float32),
        ("amplitude", np.float32),
        ("usual_motion", np.float32),
        ("swing", np.float32),
        ("round", np.float32),
        ("shock", np.float32),
        ("all_motion", np.float32),
        ("shock_gain", np.float32),
        ("once", np.float32),
        ("twice", np.float32),
        ("along", np.float32),
        ("half", np.float32),
        ("along_half", np.float32),
        ("worth", np.float32),
        ("worth_now", np.float32),
        ("base", np.int32),
        ("count", np.int32),
        ("in_bout", np.bool_),
        ("begun", np.bool_),
    ],
    align=True,
)
"""Everything a band remembers."""


def _one_period(turns: int) -> Complexes:
    """For each period: the weights that make, of the newest samples, the amplitude of what goes `turns` times round in it."""
    back = np.arange(ACTIVE)[::-1]
    weights = np.clip(PERIODS[:, None] - back[None, :] + 0.5, 0.0, 1.0)
    weights /= weights.sum(axis=1, keepdims=True)
    table: Complexes = (2 * weights * np.exp(2j * np.pi * turns * back[None, :] / PERIODS[:, None])).astype(np.complex64)
    return table


_ONCE: Final = _one_period(1)
_TWICE: Final = _one_period(2)
SOME_PERIODS: Final = 4
"""Turns over which it is looked at what goes round once in two of them: in fewer, chance looks like it too."""


def _some_periods(turns: float) -> Complexes:
    """The same over `SOME_PERIODS` of each period; nothing where there is no room for them."""
    back = np.arange(SPAN)[::-1]
    length = SOME_PERIODS * PERIODS[:, None]
    weights = np.where((back < length) & (length <= SPAN), 2.0 / length, 0.0)
    table: Complexes = (weights * np.exp(2j * np.pi * turns * back[None, :] / PERIODS[:, None])).astype(np.complex64)
    return table


_SOME_HALF: Final = _some_periods(0.5)
_SOME_ONCE: Final = _some_periods(1)


def _shock_taps() -> Floats:
    """A high pass of 17 taps: what is left of a signal when its mean over nine samples is taken off, twice; a half at 4 Hz."""
    one = -np.ones(9) / 9
    one[4] += 1
    return np.convolve(one, one).astype(np.float32)


def shock_gain(rate_hz: NDArray[np.floating] | float) -> Floats:
    """How much of the shock of a landing, around 5 Hz, is left at a sampling rate below 50 Hz.

    The mean over a sampling step and the straight lines between two samples take sinc(f/rate) once and twice (any textbook of
    signal processing), here relative to 50 Hz.
    """
    left = np.sinc(SHOCK_HZ / np.maximum(rate_hz, SHOCK_HZ)) / np.sinc(SHOCK_HZ / RATE_HZ)
    return np.asarray(np.minimum(1.0, left**3), dtype=np.float32)


SHOCK_HZ: Final = 5.0
"""Where the shock of a landing lies that tells it from an arm that swings."""
SHOCK_TAPS: Final = _shock_taps()
LEAP: Final = 1.4
"""A period that changes by more than this from one frame to the next has leapt: no pupil does, but an octave was mistaken."""
FORBIDDEN: Final = np.float32(2.0)
"""Taken off the score of what cannot be a period; more than a likeness can bring back."""
MOST_FURTHER: Final = 3.0
"""No frame brings more turns than this many times what the period tells."""
POWER_STEPS: Final = 6
"""Of the power iteration that finds the main direction; the next frames go on from it."""
JUST_NOW: Final = 12
"""Samples that tell whether the limb moves at all now: a quarter of a second."""
_SHOCK_DECAY: Final = np.float32(0.93)
_SPREAD_DECAY: Final = np.float32(0.97)
_AMPLITUDE_GAIN: Final = np.float32(0.04)
_SWING_GAIN: Final = np.float32(0.10)


@dataclass(frozen=True, slots=True, eq=False)
class CoreFrame:
    """What a frame has shown, one value a band.

    Attributes:
        count: turns shown since the start; never falls.
        beyond: how much of a further turn has been seen, in turns; negative right after the number was held back.
        behind_s: how long before the end of the frame that holds.
        period_s: of a turn of the rope.
        in_bout: whether the rope is being turned.
    """

    count: NDArray[np.int32]
    beyond: Floats
    behind_s: Floats
    period_s: Floats
    in_bout: Flags


class RopeCore:
    """The core of `bands` bands side by side.

    Args:
        bands: how many.
    """

    def __init__(self, bands: int, rules: CoreRules = RULES) -> None:
        self.state = np.repeat(self._blank(), bands)
        self._rules = rules
        self._climb = (rules.change_cost * np.log(PERIODS / SHORTEST)).astype(np.float32)
        octaves = rules.octave_cost * np.log2(PERIODS / SHORTEST)
        self._octaves = octaves.astype(np.float32)
        self._idle = np.float32(rules.periodic - octaves[-1])
        self._forget = np.exp(-FRAME_S / (rules.memory_s + rules.memory_periods * LAGS / RATE_HZ)).astype(np.float32)
        self._gravity_gain = np.float32(-np.expm1(-1 / (RATE_HZ * rules.gravity_s)))

    @staticmethod
    def _blank() -> NDArray[np.void]:
        state = np.zeros(1, dtype=STATE)
        state["scores"][:, 1:] = -5.0
        state["axis"] = 1 / np.sqrt(3)
        state["period"] = state["bout_period"] = RATE_HZ // 2
        state["since_s"] = 99.0
        state["shock_gain"] = state["worth"] = 1.0
        return state

    def step(
        self, accel_mps2: Floats, rows: Rows | None = None, heard: Flags | None = None, shock_gain: Floats | None = None
    ) -> CoreFrame:
        """Take one frame of each band.

        Args:
            accel_mps2: float32[n, 5, 3], evenly sampled at 50 Hz, with gravity.
            rows: which bands the n are; all, if not given.
            heard: bool[n]; false where there were no samples. A bout is carried over a gap of up to `RULES.carried_s` as if the
                last turn had come again; a longer one ends it.
            shock_gain: float32[n], see `shock_gain`; 1 for a band that is sampled at 50 Hz or more.
        """
        state = self.state if rows is None else self.state[rows]
        if shock_gain is not None:
            state["shock_gain"] = shock_gain
        self._take_in(state, accel_mps2, np.ones(len(state), dtype=bool) if heard is None else heard)
        likeness = self._likeness(state)
        voiced, sure = self._follow(state, likeness)
        once = self._amplitudes(state, _ONCE)
        self._judge(state, once)
        self._count(state, once, voiced, sure)
        frame = self._show(state, voiced)
        if rows is not None:
            self.state[rows] = state
        return frame

    def forget(self, band: int) -> None:
        """The source was silent for too long to be looked back over: begin anew, but for the number that is shown."""
        count = self.state["count"][band]
        self.state[band] = self._blank()
        self.state["count"][band] = count

    def _take_in(self, state: NDArray[np.void], accel_mps2: Floats, heard: Flags) -> None:
        """Take gravity off, and keep the newest three seconds."""
        first = ~state["begun"]
        state["gravity"][first] = accel_mps2[first, 0]
        state["begun"] = True
        motion, energy, gravity = state["motion"], state["energy"], state["gravity"]
        motion[:, :-FRAME] = motion[:, FRAME:]
        energy[:, :-FRAME] = energy[:, FRAME:]
        gain = np.where(heard, self._gravity_gain, np.float32(0.0))[:, None]
        for k in range(FRAME):
            gravity += gain * (accel_mps2[:, k] - gravity)
            motion[:, SPAN - FRAME + k] = accel_mps2[:, k] - gravity
        state["unheard_s"] = np.where(heard, 0.0, state["unheard_s"] + np.float32(FRAME_S))
        carried = state["in_bout"] & (state["unheard_s"] <= self._rules.carried_s)
        for row in np.flatnonzero(~heard):
            before = SPAN - FRAME - int(state["period"][row])
            motion[row, -FRAME:] = motion[row, before : before + FRAME] if carried[row] else 0.0
        energy[:, -FRAME:] = np.einsum("bkc,bkc->bk", motion[:, -FRAME:], motion[:, -FRAME:])

    def _likeness(self, state: NDArray[np.void]) -> Floats:
        """How like itself the motion is, a period later: -1 to 1 for each period; 0 before it has departed from itself."""
        motion, energy = state["motion"], state["energy"]
        lagged = motion[:, _LAGGED]
        products, energies = state["products"], state["energies"]
        products *= self._forget
        products += np.einsum("bkc,bklc->bl", motion[:, -FRAME:], lagged)
        energies *= self._forget
        energies += np.float32(0.5) * (energy[:, -FRAME:].sum(axis=1)[:, None] + energy[:, _LAGGED].sum(axis=1))
        likeness = products / (energies + np.float32(1e-3))
        departed = np.maximum(np.float32(0.0), np.minimum.accumulate(likeness, axis=1))
        return np.asarray((likeness - departed)[:, _ALLOWED], dtype=np.float32)

    def _follow(self, state: NDArray[np.void], likeness: Floats) -> tuple[Flags, Flags]:
        """The likeliest period so far (Viterbi 1967, forward only); whether there is one, and whether it is a good one."""
        rules = self._rules
        motion = np.sqrt(state["energy"][:, -RATE_HZ:].mean(axis=1))
        forbidden = (motion < rules.least_motion_mps2)[:, None] | (likeness < rules.periodic)
        scores = state["scores"]
        reached = self._reached(scores[:, :1], scores[:, 1:])
        reached[:, 0] += self._idle
        reached[:, 1:] += likeness - self._octaves - FORBIDDEN * forbidden
        scores[:] = reached - reached.max(axis=1, keepdims=True)
        best = reached.argmax(axis=1)
        voiced = best > 0
        chosen = np.maximum(best - 1, 0)
        state["period"] = np.where(voiced, PERIODS[chosen], state["period"])
        sure = np.take_along_axis(likeness, chosen[:, None], axis=1)[:, 0] >= rules.convinced
        return voiced, voiced & sure

    def _reached(self, idle: Floats, periods: Floats) -> Floats:
        """The best score that each state can be reached with: from a near period by a climb, from any by a stop and a start.

        The price of a change grows with the logarithm of the ratio, so it adds up along the periods, and the best way up or down
        to each is a running maximum.
        """
        switch = np.float32(self._rules.switch_cost)
        best = periods.max(axis=1, keepdims=True)
        up = np.maximum.accumulate(periods + self._climb, axis=1) - self._climb
        down = np.maximum.accumulate((periods - self._climb)[:, ::-1], axis=1)[:, ::-1] + self._climb
        near = np.maximum(up, down)
        far = np.maximum(best - 2 * switch, idle - switch)
        return np.concatenate([np.maximum(idle, best - switch), np.maximum(near, far)], axis=1)

    def _amplitudes(self, state: NDArray[np.void], table: Complexes) -> Complexes:
        """complex64[n, 3]: what goes round in the newest period; its angle holds for the newest sample."""
        weights = table[state["period"] - SHORTEST]
        result: Complexes = np.einsum("bm,bmc->bc", weights, state["motion"][:, -ACTIVE:])
        return result

    def _judge(self, state: NDArray[np.void], once: Complexes) -> None:
        """What tells a rope from other motion: how much swings, how round it is, and how much of it is the shock of landing."""
        rules = self._rules
        twice = self._amplitudes(state, _TWICE)
        power = [np.einsum("bc,bc->b", z.real, z.real) + np.einsum("bc,bc->b", z.imag, z.imag) for z in (once, twice)]
        straight = [np.abs(np.einsum("bc,bc->b", z, z)) for z in (once, twice)]
        area = [np.sqrt(np.maximum(0.0, p * p - s * s)) for p, s in zip(power, straight, strict=True)]
        total = power[0] + power[1]
        swing, how_round = np.sqrt(total / 2), (area[0] + area[1]) / (total + np.float32(1e-6))
        going = state["in_bout"]
        for name, value in (("swing", swing), ("round", how_round)):
            state[name] = np.where(going, state[name] + _SWING_GAIN * (value - state[name]), value)
        newest = state["motion"][:, -(FRAME + len(SHOCK_TAPS) - 1) :]
        shocks = np.zeros(len(state), dtype=np.float32)
        for k in range(FRAME):
            shocks += np.square(np.einsum("k,bkc->bc", SHOCK_TAPS, newest[:, k : k + len(SHOCK_TAPS)])).sum(axis=1)
        gain = np.float32(1.0) - _SHOCK_DECAY
        state["shock"] += gain * (shocks / np.float32(FRAME) - state["shock"])
        state["all_motion"] += gain * (state["energy"][:, -FRAME:].mean(axis=1) - state["all_motion"])
        if rules.feet is not None:
            self._judge_feet(state, rules.feet, (once, twice), power)

    def _judge_feet(
        self, state: NDArray[np.void], rules: FootRules, circles: tuple[Complexes, Complexes], power: list[Floats]
    ) -> None:
        """What each landing is worth, where a band feels no rope; a bout that is no longer young keeps what it has."""
        once, twice = circles
        going = state["in_bout"]
        power_once, along = share_along(once, twice)
        half, whole = (self._over_some(state, table) for table in (_SOME_HALF, _SOME_ONCE))
        power_half, along_half = share_along(half, whole)
        for name, value in (
            ("once", power_once), ("twice", power[1]), ("along", along), ("half", power_half), ("along_half", along_half),
        ):  # fmt: skip
            state[name] = np.where(going, state[name] + _SWING_GAIN * (value - state[name]), value)
        feet = Footwork(
            period_s=state["period"] / np.float32(RATE_HZ),
            once_mps2=np.sqrt(state["once"]),
            twice_mps2=np.sqrt(state["twice"]),
            to_and_fro=ratio(state["half"], state["along_half"]),
            aside=ratio(state["once"], state["along"]),
            shock=_shaken(state) / state["shock_gain"],
        )
        state["worth_now"] = skips_a_turn(feet, rules, np.where(going, state["worth"], np.float32(NOTHING)))
        settled = going & ((state["age_s"] > self._rules.revised_s) | (state["worth_now"] == NOTHING))
        state["worth"] = np.where(settled, state["worth"], np.maximum(state["worth_now"], BOTH_FEET))

    def _over_some(self, state: NDArray[np.void], table: Complexes) -> Complexes:
        """complex64[n, 3]: what goes round in the newest `SOME_PERIODS`."""
        result: Complexes = np.einsum("bm,bmc->bc", table[state["period"] - SHORTEST], state["motion"])
        return result

    def _is_rope(self, state: NDArray[np.void], swing: float = 1.0, shock: float = 1.0) -> Flags:
        rules = self._rules
        shaken = _shaken(state) >= (shock * rules.least_shock * state["shock_gain"])
        result: Flags = shaken & (state["swing"] >= swing * rules.least_swing_mps2) & (state["round"] >= rules.least_round)
        if rules.feet is not None:
            result &= state["worth_now"] != NOTHING
        return result

    def _count(self, state: NDArray[np.void], once: Complexes, voiced: Flags, sure: Flags) -> None:
        """Begin, revise or carry on each band's bout."""
        state["age_s"] += np.float32(FRAME_S)
        state["since_s"] += np.float32(FRAME_S)
        going = state["in_bout"].copy()
        start = sure & ~going & self._is_rope(state)
        ratio = state["period"] / state["bout_period"]
        leap = going & voiced & ((ratio > LEAP) | (ratio < 1 / LEAP))
        for row in np.flatnonzero(start).tolist():
            state["base"][row] = state["count"][row]
            state["in_bout"][row] = True
            self._look_back(state, row)
        for row in np.flatnonzero(leap).tolist():
            self._leap(state, row)
        going &= ~leap
        self._carry_on(state, once, going)
        state["in_bout"] &= voiced

    def _carry_on(self, state: NDArray[np.void], once: Complexes, going: Flags) -> None:
        """Follow the angle of the circle along its main direction."""
        rules = self._rules
        spread = _SPREAD_DECAY * state["spread"] + once[:, :, None] * once[:, None, :].conj()
        axis = np.einsum("bij,bj->bi", spread, state["axis"])
        axis /= np.sqrt(np.einsum("bi,bi->b", axis, axis.conj()).real)[:, None] + np.float32(1e-9)
        along = np.einsum("bi,bi->b", axis.conj(), once)
        size, angle = np.abs(along), (np.angle(along) / np.float32(2 * np.pi)).astype(np.float32)
        expected = (np.float32(FRAME) / state["period"]).astype(np.float32)
        further = angle - state["angle"] - expected
        further = np.clip(further - np.round(further) + expected, 0.0, MOST_FURTHER * expected)
        strong = (size >= rules.half * state["amplitude"]) & self._is_rope(state, rules.keep_swing, rules.keep_shock)
        seen = going & strong
        caught_up = np.where(state["unseen"] <= rules.bridged, state["unseen"], np.float32(0.0))
        motion = np.sqrt(state["energy"][:, -RATE_HZ:].mean(axis=1))
        for name, value, where in (
            ("turns", state["turns"] + further + caught_up, seen),
            ("unseen", np.where(strong, np.float32(0.0), state["unseen"] + further), going),
            ("usual_motion", state["usual_motion"] + _AMPLITUDE_GAIN * (motion - state["usual_motion"]), seen),
            ("amplitude", state["amplitude"] + _AMPLITUDE_GAIN * (size - state["amplitude"]), seen),
            ("angle", angle, going),
            ("bout_period", state["period"], going),
        ):
            state[name] = np.where(where, value, state[name])
        state["spread"][going], state["axis"][going] = spread[going], axis[going]

    def _leap(self, state: NDArray[np.void], row: int) -> None:
        """The period has doubled or halved: in a young bout it was mistaken, in an old one the pupil skips otherwise now."""
        turns, before = float(state["turns"][row]), int(state["bout_period"][row])
        if state["age_s"][row] <= self._rules.revised_s:
            age_s = state["age_s"][row]
            self._look_back(state, row)
            state["turns"][row] = turns * before / int(state["period"][row])
            state["age_s"][row] = age_s
            return
        due = turns * float(state["worth"][row]) + 1 - self._rules.completed
        state["base"][row] = max(int(state["count"][row]), int(state["base"][row]) + int(np.floor(due)))
        self._look_back(state, row)
        state["turns"][row] = due - np.floor(due) - (1 - self._rules.completed)

    def _look_back(self, state: NDArray[np.void], row: int) -> None:
        """Find the main direction of the circle, and how many turns of it there have been already."""
        period = int(state["period"][row])
        motion = state["motion"][row]
        frames = (SPAN - ACTIVE) // FRAME + 1
        windows = np.stack([motion[SPAN - ACTIVE - FRAME * k : SPAN - FRAME * k] for k in range(frames)])
        circles = np.einsum("m,kmc->kc", _ONCE[period - SHORTEST], windows)
        recent = min(frames, max(2, round(1.5 * period / FRAME)))
        spread = np.einsum("ki,kj->ij", circles[:recent], circles[:recent].conj())
        axis = np.full(3, 1 / np.sqrt(3), dtype=np.complex64)
        for _ in range(POWER_STEPS):
            axis = spread @ axis
            axis /= np.sqrt(np.vdot(axis, axis).real) + np.float32(1e-9)
        along = circles @ axis.conj()
        size, angle = np.abs(along), np.angle(along) / (2 * np.pi)
        usual = float(np.median(size[:recent]))
        least = self._rules.half * usual
        room = max(1, min(frames, int(state["since_s"][row] / FRAME_S)))
        strong = size[:room] >= least
        reach = room if strong.all() else max(1, int(np.argmin(strong)))
        expected = FRAME / period
        steps = angle[: reach - 1] - angle[1:reach] - expected
        turns = float(np.sum(steps - np.round(steps) + expected))
        if reach < room:
            turns += expected * float(np.clip((size[reach - 1] - least) / (size[reach - 1] - size[reach] + 1e-9), 0.0, 1.0))
        state["spread"][row], state["axis"][row] = spread, axis
        state["amplitude"][row], state["angle"][row] = usual, angle[0]
        state["turns"][row], state["unseen"][row] = max(0.0, turns), 0.0
        state["age_s"][row] = (reach - 1) * FRAME_S
        state["bout_period"][row] = period
        state["usual_motion"][row] = np.sqrt(state["energy"][row, -period:].mean())

    def _show(self, state: NDArray[np.void], voiced: Flags) -> CoreFrame:
        """The number that may be shown now, and when its last turn was."""
        rules = self._rules
        period_s = (state["period"] / np.float32(RATE_HZ)).astype(np.float32)
        moving = np.sqrt(state["energy"][:, -JUST_NOW:].mean(axis=1)) >= rules.still * state["usual_motion"]
        fresh = moving & (state["unseen"] == 0) & state["in_bout"]
        ahead = np.where(fresh, np.maximum(0.0, 0.5 - rules.certain_s / period_s), 0.0).astype(np.float32)
        due = (state["turns"] + ahead) * state["worth"] + np.float32(1 - rules.completed)
        may = voiced & state["in_bout"] & (state["turns"] >= rules.least_turns)
        shown = np.where(may, np.maximum(state["count"], state["base"] + np.floor(due).astype(np.int32)), state["count"])
        state["since_s"] = np.where(shown > state["count"], 0.0, state["since_s"])
        state["count"] = shown
        beyond = (state["base"] + due - shown).astype(np.float32)
        behind_s = ((0.5 - ahead) * period_s).astype(np.float32)
        return CoreFrame(shown.astype(np.int32), beyond, behind_s, period_s / state["worth"], state["in_bout"].copy())


def _shaken(state: NDArray[np.void]) -> Floats:
    """Share of the motion that is the shock of landing."""
    result: Floats = np.sqrt(state["shock"] / (state["all_motion"] + np.float32(1e-6)))
    return result
