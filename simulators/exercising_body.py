"""A whole body that does something else than skip: jumps without a rope, exercises, walks, stands. Nothing here is a skip."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final, assert_never

import numpy as np

from simulators.body import HANGING, Build, at_ease, joints
from simulators.footwork import Footwork
from simulators.rope import LYING, rope_points
from simulators.skipping_body import hands
from simulators.smooth import Wandering, eased

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulators.body import Stance

    Floats = NDArray[np.float64]


class Exercise(StrEnum):
    """What somebody does in front of a camera without skipping."""

    JUMPING = "jumping"
    JUMPING_HANDS_ON_HIPS = "jumping-hands-on-hips"
    JUMPING_JACKS = "jumping-jacks"
    SQUATS = "squats"
    HIGH_KNEES = "high-knees"
    WALKING_ON_THE_SPOT = "walking-on-the-spot"
    WALKING_THROUGH = "walking-through"
    STANDING = "standing"
    PICKING_UP_A_ROPE = "picking-up-a-rope"
    CLAPPING = "clapping"


BEATS_HZ: Final = {
    Exercise.JUMPING: (1.5, 2.5), Exercise.JUMPING_HANDS_ON_HIPS: (1.5, 2.5), Exercise.JUMPING_JACKS: (1.5, 2.4),
    Exercise.SQUATS: (0.35, 0.6), Exercise.HIGH_KNEES: (2.2, 3.6), Exercise.WALKING_ON_THE_SPOT: (1.5, 2.0),
    Exercise.WALKING_THROUGH: (1.6, 2.0), Exercise.CLAPPING: (1.5, 3.0), Exercise.STANDING: (0.2, 0.3),
    Exercise.PICKING_UP_A_ROPE: (0.2, 0.3),
}  # fmt: skip
"""Landings, squats, claps a second: slowest and fastest."""
ON_HIPS: Final = (0.105, 0.03, -0.235)
BESIDE: Final = (0.06, 0.03, -0.31)
HELD: Final = (0.08, 0.06, -0.27)
STEPS: Final = frozenset({Exercise.HIGH_KNEES, Exercise.WALKING_ON_THE_SPOT, Exercise.WALKING_THROUGH})
HOPS: Final = frozenset({Exercise.JUMPING, Exercise.JUMPING_HANDS_ON_HIPS, Exercise.JUMPING_JACKS})
WALK_MPS: Final = 1.1


class ExercisingBody:
    """One person, from 1 s after the start until 1 s before the end; before and after they stand.

    Args:
        exercise: what is done.
        seconds: how long there is.
        seed: the same seed gives the same body.
        heading_rad: 0 to face the camera; somebody who walks through goes where they look.
        walk_mps: speed of somebody who walks through; they are at their place in the middle of the time.
    """

    def __init__(
        self,
        exercise: Exercise,
        seconds: float,
        seed: int,
        *,
        build: Build | None = None,
        heading_rad: float = 0.0,
        walk_mps: float = WALK_MPS,
    ) -> None:
        draw = np.random.default_rng([seed, 12])
        self.exercise, self.seconds, self.build = exercise, seconds, build or Build()
        self._heading_rad, self._walk_mps = heading_rad, walk_mps
        self._beat_s = 1.0 / draw.uniform(*BEATS_HZ[exercise])
        self._beats_s = self._draw_beats(draw)
        self._drift = [Wandering(draw, seconds + 5.0, 1.8) for _ in range(6)]
        self._knee = draw.uniform(0.5, 0.75) if exercise is Exercise.HIGH_KNEES else 0.14
        self._deep = draw.uniform(0.7, 1.0)
        hops_s = self._beats_s if exercise in STEPS | HOPS else []
        flight_s = {Exercise.HIGH_KNEES: 0.05, Exercise.WALKING_ON_THE_SPOT: -0.12, Exercise.WALKING_THROUGH: -0.11}.get(
            exercise, 0.55 * self._beat_s
        )
        self._feet = Footwork(hops_s, [min(flight_s, 0.34)] * len(hops_s), self._beat_s)

    @property
    def hops_s(self) -> tuple[float, ...]:
        """Landings of the feet."""
        return tuple(self._feet.hops_s.tolist())

    def joints(self, t_s: Floats) -> Floats:
        """See `Mover`."""
        return joints(self.build, self.stance(t_s))

    def rope(self, t_s: Floats) -> Floats | None:
        """Only in the hands of somebody who has picked one up: it hangs behind the heels."""
        if self.exercise is not Exercise.PICKING_UP_A_ROPE:
            return None
        stance = self.stance(t_s)
        held = hands(joints(self.build, stance))
        return rope_points(held, np.full(len(t_s), LYING), stance.heading_rad, np.maximum(held[:, :, 2].mean(axis=1), 0.4))

    def stance(self, t_s: Floats) -> Stance:
        """How the body is held."""
        stance = at_ease(self.build, len(t_s))
        still = self.exercise is Exercise.STANDING
        stance.place_m[:] = np.stack([0.015 * self._drift[0].at(t_s), 0.015 * self._drift[1].at(t_s)], axis=-1)
        stance.heading_rad[:] = self._heading_rad + (0.12 if still else 0.04) * self._drift[2].at(t_s)
        stance.sway_m[:] = (0.03 if still else 0.006) * self._drift[3].at(t_s)
        stance.lean_rad += 0.02 * self._drift[4].at(t_s)
        stance.hands[:, :, 1] += 0.012 * self._drift[5].at(t_s)[:, None]
        self._do(stance, t_s)
        return stance

    def _do(self, stance: Stance, t_s: Floats) -> None:
        match self.exercise:
            case Exercise.JUMPING | Exercise.JUMPING_HANDS_ON_HIPS:
                self._jump(stance, t_s)
            case Exercise.JUMPING_JACKS:
                self._jack(stance, t_s)
            case Exercise.SQUATS:
                self._squat(stance, t_s)
            case Exercise.HIGH_KNEES | Exercise.WALKING_ON_THE_SPOT | Exercise.WALKING_THROUGH:
                self._walk(stance, t_s)
            case Exercise.PICKING_UP_A_ROPE:
                self._pick_up(stance, t_s)
            case Exercise.CLAPPING:
                self._clap(stance, t_s)
            case Exercise.STANDING:
                self._stand(stance, t_s)
            case _:
                assert_never(self.exercise)

    # --- what is done ---------------------------------------------------------------------------------------------------

    def _stand(self, stance: Stance, t_s: Floats) -> None:
        """A hand goes to the hair now and then."""
        lifted = np.clip(self._drift[5].at(t_s) - 1.2, 0.0, 1.0)
        stance.hands[:, 0] += lifted[:, None] * (np.array([-0.1, 0.12, 0.14]) - np.array(HANGING))

    def _jump(self, stance: Stance, t_s: Floats) -> None:
        self._hop(stance, t_s)
        where = ON_HIPS if self.exercise is Exercise.JUMPING_HANDS_ON_HIPS else BESIDE
        stance.hands += (self._active(t_s)[:, None] * (np.array(where) - np.array(HANGING)))[:, None]

    def _jack(self, stance: Stance, t_s: Floats) -> None:
        """Arms over the head and feet apart with one landing, back with the next."""
        self._hop(stance, t_s)
        beats_s = self._feet.hops_s
        index = np.searchsorted(beats_s, t_s)
        before_s = np.concatenate([[0.0], beats_s])[index]
        after_s = np.concatenate([beats_s, [beats_s[-1] + 1.0]])[index]
        share = np.clip((t_s - (after_s - 0.7 * self._beat_s)) / (0.7 * self._beat_s), 0.0, 1.0)
        soft = share**2 * (3.0 - 2.0 * share)
        inside = (index < len(beats_s)) & (after_s - before_s < 1e9)
        wide = np.where(inside, np.where(index % 2 == 0, soft, 1.0 - soft), (len(beats_s) % 2) * (1.0 - self._ended(t_s)))
        angle = 0.14 + wide * 2.75
        for side in range(2):
            stance.hands[:, side] = 0.325 * np.stack([np.sin(angle), 0.05 + 0 * angle, -np.cos(angle)], axis=-1)
            stance.toes_m[:, side, 0] *= 1.0 + 2.6 * wide
        spread = wide * 0.16 * self.build.height_m
        reach = self.build.hips_m - self.build.ankle_m
        stance.lift_m -= reach - np.sqrt(reach**2 - spread**2)

    def _squat(self, stance: Stance, t_s: Floats) -> None:
        down = np.zeros_like(t_s)
        for beat_s in self._beats_s:
            half_s = 0.42 * self._beat_s
            down = np.maximum(down, np.cos(0.5 * np.pi * np.clip((t_s - beat_s) / half_s, -1.0, 1.0)) ** 2)
        stance.lift_m -= 0.36 * self._deep * down * self.build.hips_m
        stance.lean_rad += 0.6 * self._deep * down
        for side in range(2):
            stance.toes_m[:, side, 0] *= 2.0
            stance.hands[:, side] += down[:, None] * (np.array([0.0, 0.32, -0.03]) - np.array(HANGING))

    def _walk(self, stance: Stance, t_s: Floats) -> None:
        """On the spot, with high knees, or through the picture."""
        build = self.build
        travels = self.exercise is Exercise.WALKING_THROUGH
        stance.lift_m[:] = self._feet.lift_m(t_s) - 0.012 * build.height_m
        thigh_rad = np.arccos(1.0 - min(0.97, self._knee * build.torso_m / build.thigh_m))
        shank_rad = 0.25 if self.exercise is Exercise.HIGH_KNEES else 0.55
        up_m = build.thigh_m * (1 - np.cos(thigh_rad)) + build.shank_m * (1 - np.cos(shank_rad))
        ahead_m = 0.0 if travels else build.thigh_m * np.sin(thigh_rad) - build.shank_m * np.sin(shank_rad)
        stride_m = self._walk_mps * self._beat_s * 0.6 if travels else 0.0
        for side in range(2):
            share = self._feet.swung(t_s, side)
            air = np.sin(np.pi * share)
            stance.toes_m[:, side, 1] += ahead_m * air**2 + stride_m * self._feet.carried(t_s, side)
            stance.toes_m[:, side, 2] += up_m * air
            stance.heels_rad[:, side] = 0.45 * air**2
            stance.lift_m += 0.006 * build.height_m * air**2
            # The opposite arm swings with the leg.
            lifts = self.exercise is Exercise.HIGH_KNEES
            stance.hands[:, 1 - side, 1] += (0.2 if lifts else 0.1) * air**2
            stance.hands[:, 1 - side, 2] += (0.13 if lifts else 0.02) * air**2
        if travels:
            gone_m = self._walk_mps * (t_s - 0.5 * self.seconds)
            stance.place_m[:, 0] += gone_m * np.sin(self._heading_rad)
            stance.place_m[:, 1] -= gone_m * np.cos(self._heading_rad)

    def _pick_up(self, stance: Stance, t_s: Floats) -> None:
        middle_s = 0.35 * self.seconds
        bent = eased(t_s, [middle_s - 1.3, middle_s - 0.3, middle_s + 0.3, middle_s + 1.4], [0.0, 1.0, 1.0, 0.0])
        holds = eased(t_s, [middle_s + 0.5, middle_s + 1.5], [0.0, 1.0])
        stance.lean_rad += 1.15 * bent
        stance.lift_m -= 0.17 * self.build.height_m * bent
        stance.hands += bent[:, None, None] * (np.array([0.0, 0.1, -0.31]) - np.array(HANGING))
        stance.hands += holds[:, None, None] * (1.0 - bent)[:, None, None] * (np.array(HELD) - np.array(HANGING))

    def _clap(self, stance: Stance, t_s: Floats) -> None:
        index = np.clip(np.searchsorted(self._beats_s, t_s), 1, len(self._beats_s) - 1)
        beats_s = np.array(self._beats_s)
        share = np.clip((t_s - beats_s[index - 1]) / (beats_s[index] - beats_s[index - 1]), 0.0, 1.0)
        apart = np.sin(np.pi * share)
        active = self._active(t_s)[:, None]
        for side in range(2):
            clapping = np.stack([-0.085 + 0.1 * apart, 0.2 + 0 * apart, -0.08 + 0 * apart], axis=-1)
            stance.hands[:, side] += active * (clapping - np.array(HANGING))

    # --- parts ----------------------------------------------------------------------------------------------------------

    def _hop(self, stance: Stance, t_s: Floats) -> None:
        stance.lift_m[:] = self._feet.lift_m(t_s)
        flown = self._feet.flown(t_s)
        stance.lean_rad -= np.minimum(stance.lift_m, 0.0) / self.build.height_m * 1.2
        stance.toes_m[:, :, 2] += np.where(flown > 0, stance.lift_m, 0.0)[:, None]
        stance.heels_rad[:] = (0.2 * self._active(t_s) + 0.35 * np.sin(np.pi * flown))[:, None]

    def _active(self, t_s: Floats) -> Floats:
        if self.exercise is Exercise.WALKING_THROUGH:
            return np.ones_like(t_s)
        first_s, last_s = self._beats_s[0], self._beats_s[-1]
        return eased(t_s, [first_s - 0.8, first_s - 0.3, last_s + 0.2, last_s + 0.7], [0.0, 1.0, 1.0, 0.0])

    def _ended(self, t_s: Floats) -> Floats:
        return eased(t_s, [self._beats_s[-1] + 0.1, self._beats_s[-1] + 0.7], [0.0, 1.0])

    def _draw_beats(self, draw: np.random.Generator) -> list[float]:
        margin_s = -2.0 if self.exercise is Exercise.WALKING_THROUGH else 1.0
        beats_s = [margin_s + draw.uniform(0.3, 0.8) + (self._beat_s if self.exercise is Exercise.SQUATS else 0.0)]
        while beats_s[-1] < max(self.seconds - margin_s, beats_s[0] + 2.5 * self._beat_s):
            beats_s.append(beats_s[-1] + self._beat_s * max(0.7, draw.normal(1.0, 0.05)))
        return beats_s
