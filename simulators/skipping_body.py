"""A whole body that skips with a rope, drawn from an attempt: the truth of the picture is the truth of the attempt.

Heights follow from times (g·t²/8 for a flight of t). How high knees come, how wide arms are held and how far hands circle are
models of what is known of the sport, of one pupil each; they have no data beside them.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

from simulators.body import HANGING, Build, Joint, at_ease, joints
from simulators.footwork import Footwork
from simulators.rope import RopeTurns, rope_points
from simulators.skipping_style import SHAPES, Style
from simulators.smooth import Wandering, eased

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulators.body import Stance
    from simulators.pupil import Attempt

    Floats = NDArray[np.float64]

LONGEST_FLIGHT_S: Final = {
    Style.SINGLE_BOUNCE: 0.34, Style.CROSS_OVER: 0.36, Style.DOUBLE_BOUNCE: 0.32, Style.RUN: 0.2, Style.ALTERNATE_FEET: 0.12,
    Style.SIDE_SWING: 0.16, Style.DOUBLE_UNDER: 0.58,
}  # fmt: skip
"""Who skips slowly stands longer, and does not jump higher: 0.34 s is 14 cm, 0.58 s is 41 cm."""
SPEED_STEP_HZ: Final = 5.0
"""From about this many steps a second knees stay low."""
RUN_MPS: Final = 0.8
RUN_WAY_M: Final = 1.6
RAISE_S: Final = 0.7


@dataclass(frozen=True, slots=True)
class _Manner:
    """How one pupil does it: drawn once."""

    out: float
    ahead: float
    down: float
    circle: float
    lead_rad: float
    lean_rad: float
    knee: float
    shank_rad: float
    heels_rad: float
    tuck: float
    stub: float


class SkippingBody:
    """One pupil and one attempt.

    Args:
        attempt: the truth; `landings_s` are skips unless the style is a side swing.
        seed: the same seed gives the same body.
        heading_rad: 0 to face the camera.
    """

    def __init__(self, attempt: Attempt, style: Style, seed: int, *, build: Build | None = None, heading_rad: float = 0.0) -> None:
        draw = np.random.default_rng([seed, 11])
        self.attempt, self.style, self.build = attempt, style, build or Build()
        self._heading_rad = heading_rad
        self._shape = SHAPES[style]
        self._hop_s = self._shape.turns_a_jump * 60.0 / attempt.ability.cadence_per_min / self._shape.hops_a_turn
        self._manner = _manner(draw, style, 1.0 / self._hop_s)
        self._draw_footwork(draw)
        self._rope = RopeTurns(*self._passes())
        self._draw_arms(draw)
        until_s = attempt.duration_s + 10.0
        self._drift = [Wandering(draw, until_s, 1.7) for _ in range(6)]
        self._restless = [Wandering(draw, until_s, 0.35) for _ in range(4)]
        self._way_m = min(RUN_WAY_M, RUN_MPS * attempt.duration_s) if style is Style.RUN else 0.0

    def joints(self, t_s: Floats) -> Floats:
        """See `Mover`."""
        return joints(self.build, self.stance(t_s))

    def rope(self, t_s: Floats) -> Floats:
        """float64[n, 27, 3], through the hands."""
        stance = self.stance(t_s)
        held = hands(joints(self.build, stance))
        reach = held[:, :, 2].mean(axis=1) + 0.03
        reach = np.maximum(reach, 0.55 * self.build.height_m)
        return rope_points(held, self._rope.at(t_s), stance.heading_rad, reach)

    def stance(self, t_s: Floats) -> Stance:
        """How the body is held."""
        build, manner, height = self.build, self._manner, self.build.height_m
        stance = at_ease(build, len(t_s))
        active = self._active(t_s)
        stance.place_m[:] = np.stack([0.03 * self._drift[0].at(t_s), 0.03 * self._drift[1].at(t_s)], axis=-1)
        stance.heading_rad[:] = self._heading_rad + 0.07 * self._drift[2].at(t_s)
        stance.lift_m[:] = self._feet.lift_m(t_s)
        stance.sway_m[:] = 0.008 * self._drift[3].at(t_s)
        stance.lean_rad[:] = 0.03 + active * manner.lean_rad + 0.02 * self._drift[4].at(t_s)
        stance.lean_rad -= np.minimum(stance.lift_m, 0.0) / height * 1.2
        if self._shape.feet_alternate:
            self._step(stance, t_s, active)
        else:
            self._hop(stance, t_s, active)
        self._hold_rope(stance, t_s)
        if self._way_m:
            gone_m = self._way_m * (self._gone(t_s) - 0.5)
            stance.place_m[:, 0] += gone_m * np.sin(self._heading_rad)
            stance.place_m[:, 1] -= gone_m * np.cos(self._heading_rad)
        return stance

    def landed_by(self, side: int) -> Floats:
        """Landings of the left (0) or right (1) foot; of both where they land together."""
        return self._feet.landed_by(side) if self._shape.feet_alternate else self._feet.hops_s

    # --- feet -----------------------------------------------------------------------------------------------------------

    def _draw_footwork(self, draw: np.random.Generator) -> None:
        attempt, shape = self.attempt, self._shape
        hops_s = sorted({*attempt.landings_s, *(attempt.hops_s or attempt.landings_s)})
        main = set(attempt.landings_s)
        # Somebody whose rope is caught has often jumped already, lower than usual; no skip comes of it.
        stubs_s = [trip_s + 0.05 for trip_s in attempt.trips_s if draw.random() < self._manner.stub]
        longest_s = LONGEST_FLIGHT_S[self.style] * float(np.exp(draw.normal(0, 0.12)))
        rows: list[tuple[float, float]] = []
        for index, hop_s in enumerate(hops_s):
            gap_s = hop_s - hops_s[index - 1] if index and hop_s - hops_s[index - 1] < 1.7 * self._hop_s else self._hop_s
            share = 1.0 if hop_s in main else shape.small_hop * (0.8 if not shape.feet_alternate else 1.0)
            rows.append((hop_s, min(longest_s, (1.0 - shape.ground_share) * gap_s) * share * float(np.exp(draw.normal(0, 0.06)))))
        if not shape.feet_alternate:
            rows = sorted([*rows, *((stub_s, 0.45 * min(longest_s, self._hop_s)) for stub_s in stubs_s)])
        begun = [(-9e9, 0.0), *rows]
        rows = [(hop_s, min(flight_s, 0.85 * (hop_s - before_s))) for (before_s, _), (hop_s, flight_s) in pairwise(begun)]
        self._feet = Footwork(
            [hop_s for hop_s, _ in rows], [flight_s for _, flight_s in rows], self._hop_s, first_left=bool(draw.random() < 0.5)
        )

    def _hop(self, stance: Stance, t_s: Floats, active: Floats) -> None:
        """Both feet together: on their balls, pointing downwards in flight."""
        flown = np.sin(np.pi * self._feet.flown(t_s))
        height = self.build.height_m
        tuck_m = self._manner.tuck * height * flown**2
        up_m = np.where(self._feet.flown(t_s) > 0, stance.lift_m, 0.0) + tuck_m
        for side in range(2):
            stance.toes_m[:, side, 0] *= 1.0 - 0.35 * active
            restless = 0.006 * self._restless[side].at(t_s) - 0.012
            stance.toes_m[:, side, 1] += height * restless * active - 0.5 * tuck_m
            stance.toes_m[:, side, 2] += up_m
            stance.heels_rad[:, side] = active * self._manner.heels_rad + 0.35 * flown

    def _step(self, stance: Stance, t_s: Floats, active: Floats) -> None:
        """One foot after the other: the knee comes up, the shank hangs behind it."""
        build, manner = self.build, self._manner
        thigh_rad = np.arccos(1.0 - min(0.95, manner.knee * build.torso_m / build.thigh_m))
        peak_m = (
            build.thigh_m * (1.0 - np.cos(thigh_rad)) + build.shank_m * (1.0 - np.cos(manner.shank_rad)),
            build.thigh_m * np.sin(thigh_rad) - build.shank_m * np.sin(manner.shank_rad),
        )
        landings_s = self.attempt.landings_s
        pace_mps = self._way_m / (landings_s[-1] - landings_s[0]) if self._way_m and len(landings_s) > 1 else 0.0
        stride_m = 0.5 * pace_mps * self._hop_s
        for side in range(2):
            share = self._feet.swung(t_s, side)
            air = np.sin(np.pi * share)
            varied = 1.0 + 0.08 * self._restless[side].at(t_s)
            stance.toes_m[:, side, 0] *= 1.0 - 0.3 * active
            stance.toes_m[:, side, 1] += peak_m[1] * air**2 * varied + stride_m * self._feet.carried(t_s, side)
            stance.toes_m[:, side, 2] += peak_m[0] * air * varied
            stance.heels_rad[:, side] = active * manner.heels_rad + 0.5 * air**2
            stance.sway_m += (-1.0, 1.0)[side] * 0.012 * build.height_m * air**2

    def _gone(self, t_s: Floats) -> Floats:
        """Share of the way that somebody who runs has gone."""
        landings_s = self.attempt.landings_s
        if len(landings_s) < 2:
            return np.zeros_like(t_s)
        return np.interp(t_s, landings_s, np.linspace(0.0, 1.0, len(landings_s)))

    def _active(self, t_s: Floats) -> Floats:
        """1 while skipping, 0 at rest."""
        active = np.zeros_like(t_s)
        for first_s, last_s in self.attempt.bouts_s:
            begin_s = first_s - max(0.5, 1.2 * self._hop_s)
            active = np.maximum(active, eased(t_s, [begin_s, begin_s + 0.3, last_s + 0.1, last_s + 0.6], [0.0, 1.0, 1.0, 0.0]))
        return active

    # --- rope and arms --------------------------------------------------------------------------------------------------

    def _passes(self) -> tuple[list[list[float]], tuple[float, ...], float]:
        """When the rope is under the feet: in the flight before each landing."""
        flights = dict(zip(self._feet.hops_s.tolist(), self._feet.flights_s.tolist(), strict=True))
        turns = self._shape.turns_a_jump
        runs: list[list[float]] = []
        for first_s, last_s in self.attempt.bouts_s:
            inside = [t for t in self.attempt.landings_s if first_s <= t <= last_s]
            runs.append([t - flights[t] * (1.0 - (part + 0.5) / turns) for t in inside for part in range(turns)])
        turn_s = 60.0 / self.attempt.ability.cadence_per_min
        return [run for run in runs if run], self.attempt.trips_s, turn_s

    def _draw_arms(self, draw: np.random.Generator) -> None:
        """Up before the first skip, half down in a long rest, down after the last."""
        bouts = self.attempt.bouts_s
        if not bouts:
            self._arms = ([0.0, 1.0], [0.0, 0.0])
            return
        up_s = bouts[0][0] - 1.4 * self._hop_s - draw.uniform(0.3, 1.2)
        at_s, held = [up_s - RAISE_S, up_s], [0.0, 1.0]
        for (_, last_s), (first_s, _) in pairwise(bouts):
            if first_s - last_s > 1.6:
                at_s += [last_s + 0.6, last_s + 1.1, first_s - self._hop_s - 0.5, first_s - self._hop_s - 0.1]
                held += [1.0, 0.45, 0.45, 1.0]
        down_s = max(bouts[-1][1] + 1.5 * self._hop_s, at_s[-1]) + draw.uniform(0.4, 1.4)
        self._arms = ([*at_s, down_s, down_s + RAISE_S], [*held, 1.0, 0.0])

    def _hold_rope(self, stance: Stance, t_s: Floats) -> None:
        manner = self._manner
        raised = eased(t_s, *self._arms)
        turns = self._rope.at(t_s)
        angle = 2 * np.pi * turns + manner.lead_rad
        turning = self._turning(t_s)
        small = manner.circle * (1.0 + 0.1 * self._drift[5].at(t_s)) * turning
        crossed = self._active(t_s) if self.style is Style.CROSS_OVER else 0.0
        aside = np.cos(np.pi * turns) * self._active(t_s) if self.style is Style.SIDE_SWING else np.zeros_like(t_s)
        for side, sign in enumerate((1.0, -1.0)):
            ready = np.empty((len(t_s), 3))
            ready[:, 0] = manner.out + 0.008 * self._restless[2 + side].at(t_s) - crossed * (manner.out + 0.27)
            ready[:, 1] = manner.ahead - small * np.sin(angle) + crossed * 0.06
            ready[:, 2] = -manner.down - small * np.cos(angle) + 0.006 * self._restless[3 - side].at(t_s)
            if self.style is Style.SIDE_SWING:
                # Both hands go to one side of the body, then to the other while the rope is above the head.
                ready[:, 0] += np.where(sign * aside > 0, 0.06, -0.24) * np.abs(aside)
                ready[:, 1] += 0.08 * np.abs(aside)
            stance.hands[:, side] = np.array(HANGING) + raised[:, None] * (ready - np.array(HANGING))

    def _turning(self, t_s: Floats) -> Floats:
        """1 while the rope turns."""
        pace = (self._rope.at(t_s + 0.04) - self._rope.at(t_s - 0.04)) / 0.08
        return np.clip(pace * 60.0 / self.attempt.ability.cadence_per_min, 0.0, 1.0)


def hands(points: Floats) -> Floats:
    """float64[n, 2, 3]: where the hands hold something, beyond the wrists."""
    wrists, elbows = points[:, [Joint.WRIST_L, Joint.WRIST_R]], points[:, [Joint.ELBOW_L, Joint.ELBOW_R]]
    return wrists + 0.3 * (wrists - elbows)


def _manner(draw: np.random.Generator, style: Style, steps_hz: float) -> _Manner:
    fast = min(1.0, max(0.0, (steps_hz - 2.0) / (SPEED_STEP_HZ - 2.0)))
    high = 0.3 if style is Style.RUN else draw.uniform(0.35, 0.6) * (1.0 - fast) + draw.uniform(0.15, 0.3) * fast
    return _Manner(
        out=draw.uniform(0.07, 0.15),
        ahead=draw.uniform(0.06, 0.12),
        down=draw.uniform(0.2, 0.25),
        circle=draw.uniform(0.02, 0.035) * (1.4 if style is Style.SIDE_SWING else 1.0),
        lead_rad=draw.normal(0.9, 0.3),
        lean_rad=draw.uniform(0.02, 0.09) + 0.06 * fast,
        knee=high,
        shank_rad=draw.uniform(0.75, 1.1) * (1.0 - fast) + draw.uniform(0.3, 0.5) * fast,
        heels_rad=draw.uniform(0.15, 0.35),
        tuck=draw.uniform(0.0, 0.02) + (0.03 if style is Style.DOUBLE_UNDER else 0.0),
        stub=0.5,
    )
