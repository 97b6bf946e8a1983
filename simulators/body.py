"""A body as joints in space: how long its parts are, and where knees and elbows go when hips, feet and hands are known.

Space is in metres: x to the right of the picture, y away from the camera, z up, the floor at 0. Somebody with heading 0 looks at
the camera; the heading grows as the body turns to its own left.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


class Mover(Protocol):
    """A body that can be asked for any moments, in seconds, ascending or not."""

    build: Build

    def stance(self, t_s: Floats) -> Stance:
        """How it is held."""
        ...

    def joints(self, t_s: Floats) -> Floats:
        """float64[n, 18, 3], in space."""
        ...

    def rope(self, t_s: Floats) -> Floats | None:
        """float64[n, m, 3]: a rope from hand to hand; `None` without one."""
        ...


class Joint(IntEnum):
    """The row of a joint in `float64[n, 18, 3]`."""

    HEAD = 0
    NECK = 1
    SHOULDER_L = 2
    SHOULDER_R = 3
    ELBOW_L = 4
    ELBOW_R = 5
    WRIST_L = 6
    WRIST_R = 7
    HIP_L = 8
    HIP_R = 9
    KNEE_L = 10
    KNEE_R = 11
    ANKLE_L = 12
    ANKLE_R = 13
    HEEL_L = 14
    HEEL_R = 15
    TOE_L = 16
    TOE_R = 17


SIDES: Final = (1.0, -1.0)
"""Left, right: the sign of the axis that goes to the body's left."""
HANGING: Final = (0.045, 0.012, -0.318)
"""A hand beside the thigh: outwards, forwards and up from its shoulder, in body heights."""


@dataclass(frozen=True, slots=True)
class Build:
    """How large somebody is.

    Lengths of the parts in body heights after Drillis and Contini 1966 (in Winter, Biomechanics and Motor Control of Human
    Movement, 4th ed., fig. 4.1); joints of shoulders and hips lie inside the breadths given there. A head grows little after the
    sixth year, so a child's is larger against the body.

    Args:
        height_m: 1.2 for a child of seven, 1.8 for a tall adult.
        stout: breadth against the usual; 0.9 slim, 1.15 stout.
    """

    height_m: float = 1.5
    stout: float = 1.0

    @property
    def thigh_m(self) -> float:
        """Hip to knee."""
        return 0.245 * self.height_m

    @property
    def shank_m(self) -> float:
        """Knee to ankle."""
        return 0.246 * self.height_m

    @property
    def upper_arm_m(self) -> float:
        """Shoulder to elbow."""
        return 0.186 * self.height_m

    @property
    def forearm_m(self) -> float:
        """Elbow to wrist."""
        return 0.146 * self.height_m

    @property
    def torso_m(self) -> float:
        """Middle of the hips to middle of the shoulders."""
        return 0.288 * self.height_m

    @property
    def ankle_m(self) -> float:
        """Ankle above the sole."""
        return 0.039 * self.height_m

    @property
    def foot_m(self) -> float:
        """Ankle to the tip of the foot, level."""
        return 0.115 * self.height_m

    @property
    def hips_m(self) -> float:
        """Middle of the hips above the floor, standing at ease."""
        return 0.986 * (self.thigh_m + self.shank_m) + self.ankle_m

    @property
    def head_m(self) -> float:
        """Half the height of the head."""
        return 0.045 * self.height_m + 0.042


@dataclass(slots=True, eq=False)
class Stance:
    """What holds a body at n moments, from which every joint follows; sides are left, right.

    Attributes:
        place_m: float64[n, 2], where it stands on the floor.
        heading_rad: float64[n].
        lift_m: float64[n], how far the hips are above their height at ease.
        lean_rad: float64[n], how far the trunk leans forwards.
        sway_m: float64[n], how far the hips are shifted to the left.
        toes_m: float64[n, 2, 3], tips of the feet: to the left, forwards and up from the place.
        heels_rad: float64[n, 2], how far each heel is raised about its tip.
        hands: float64[n, 2, 3], wrists: outwards, forwards and up from their shoulders, in body heights.
    """

    place_m: Floats
    heading_rad: Floats
    lift_m: Floats
    lean_rad: Floats
    sway_m: Floats
    toes_m: Floats
    heels_rad: Floats
    hands: Floats


def at_ease(build: Build, moments: int) -> Stance:
    """Somebody who stands, arms hanging."""
    toes = np.zeros((moments, 2, 3))
    toes[:, :, 0] = 0.052 * build.height_m * np.array(SIDES)
    toes[:, :, 1] = build.foot_m - 0.02 * build.height_m
    hands = np.broadcast_to(np.array(HANGING), (moments, 2, 3)).copy()
    still = np.zeros(moments)
    return Stance(
        np.zeros((moments, 2)), still.copy(), still.copy(), still + 0.03, still.copy(), toes, np.zeros((moments, 2)), hands
    )


def joints(build: Build, stance: Stance) -> Floats:
    """float64[n, 18, 3]: every joint in space. A hand or foot out of reach is pulled in along its limb."""
    height = build.height_m
    moments = len(stance.lift_m)
    own = np.zeros((moments, len(Joint), 3))
    hip = np.zeros((moments, 3))
    hip[:, 0], hip[:, 2] = stance.sway_m, build.hips_m + stance.lift_m
    lean = np.stack([np.zeros(moments), np.sin(stance.lean_rad), np.cos(stance.lean_rad)], axis=-1)
    chest = hip + build.torso_m * lean
    chest[:, 0] -= 0.5 * stance.sway_m
    nod = np.stack([np.zeros(moments), np.sin(0.6 * stance.lean_rad), np.cos(0.6 * stance.lean_rad)], axis=-1)
    own[:, Joint.NECK] = chest + 0.045 * height * nod
    own[:, Joint.HEAD] = own[:, Joint.NECK] + (0.018 * height + build.head_m) * nod
    for side, sign in enumerate(SIDES):
        out = np.array([sign, 0.0, 0.0])
        shoulder = chest + 0.102 * height * build.stout**0.5 * out
        hand = stance.hands[:, side] * np.array([sign, 1.0, 1.0]) * height
        elbow, wrist = _bend(shoulder, shoulder + hand, build.upper_arm_m, build.forearm_m, np.array([0.35 * sign, -1.0, -0.35]))
        joint = hip + 0.056 * height * out
        ankle, heel = _foot(build, stance.toes_m[:, side], stance.heels_rad[:, side])
        knee, ankle_at = _bend(joint, ankle, build.thigh_m, build.shank_m, np.array([0.12 * sign, 1.0, 0.05]))
        # A leg that is too short for its target takes the foot with it.
        pulled = ankle_at - ankle
        for name, point in (
            (Joint.SHOULDER_L, shoulder), (Joint.ELBOW_L, elbow), (Joint.WRIST_L, wrist), (Joint.HIP_L, joint),
            (Joint.KNEE_L, knee), (Joint.ANKLE_L, ankle_at), (Joint.HEEL_L, heel + pulled),
            (Joint.TOE_L, stance.toes_m[:, side] + pulled),
        ):  # fmt: skip
            own[:, name + side] = point
    return _into_space(own, stance)


def _foot(build: Build, toe: Floats, heel_rad: Floats) -> tuple[Floats, Floats]:
    """Ankle and heel of a foot that stands on its tip at `toe`."""
    cos, sin = np.cos(heel_rad), np.sin(heel_rad)

    def behind(back_m: float, up_m: float) -> Floats:
        zero = np.zeros_like(cos)
        point: Floats = toe + np.stack([zero, -back_m * cos + up_m * sin, back_m * sin + up_m * cos], axis=-1)
        return point

    return behind(build.foot_m, build.ankle_m), behind(build.foot_m + 0.035 * build.height_m, 0.012 * build.height_m)


def _bend(root: Floats, target: Floats, upper_m: float, lower_m: float, way: Floats) -> tuple[Floats, Floats]:
    """The middle joint and the end of a limb of two parts that reaches for `target` and bends to the side of `way`."""
    along = target - root
    distance = np.linalg.norm(along, axis=-1, keepdims=True)
    along /= np.maximum(distance, 1e-9)
    reach = np.clip(distance, abs(upper_m - lower_m) + 0.02, 0.999 * (upper_m + lower_m))
    before = (upper_m**2 - lower_m**2 + reach**2) / (2.0 * reach)
    aside = way - along * (along @ way)[:, None]
    aside /= np.maximum(np.linalg.norm(aside, axis=-1, keepdims=True), 1e-9)
    return root + along * before + aside * np.sqrt(np.maximum(upper_m**2 - before**2, 0.0)), root + along * reach


def _into_space(own: Floats, stance: Stance) -> Floats:
    """From left, forwards, up of the body to x, y, z."""
    cos, sin = np.cos(stance.heading_rad)[:, None], np.sin(stance.heading_rad)[:, None]
    space = np.empty_like(own)
    space[..., 0] = own[..., 0] * cos + own[..., 1] * sin + stance.place_m[:, 0:1]
    space[..., 1] = own[..., 0] * sin - own[..., 1] * cos + stance.place_m[:, 1:2]
    space[..., 2] = own[..., 2]
    return space
