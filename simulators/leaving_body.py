"""A pupil who has enough, turns round and walks out of the square."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Final

import numpy as np

from simulators.body import Stance, joints
from simulators.exercising_body import Exercise, ExercisingBody
from simulators.rope import LYING, rope_points
from simulators.skipping_body import hands
from simulators.smooth import eased

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulators.body import Mover

    Floats = NDArray[np.float64]

TURN_S: Final = 0.9


class LeavingBody:
    """Does what `first` does until `leaves_s`, then walks away, the rope in its hands.

    Args:
        heading_rad: where it goes.
    """

    def __init__(self, first: Mover, leaves_s: float, heading_rad: float, seed: int) -> None:
        self.build, self._first, self._leaves_s = first.build, first, leaves_s
        self._walk = ExercisingBody(
            Exercise.WALKING_THROUGH, 2.0 * (leaves_s + 0.5 * TURN_S), seed, build=first.build, heading_rad=heading_rad
        )

    def stance(self, t_s: Floats) -> Stance:
        """See `Mover`."""
        share = eased(t_s, [self._leaves_s, self._leaves_s + TURN_S], [0.0, 1.0])
        before, after = self._first.stance(t_s), self._walk.stance(np.maximum(t_s, self._leaves_s + 0.5 * TURN_S))
        mixed = {}
        for field in fields(Stance):
            a, b = getattr(before, field.name), getattr(after, field.name)
            weight = share.reshape(-1, *[1] * (a.ndim - 1))
            mixed[field.name] = (1.0 - weight) * a + weight * b
        return Stance(**mixed)

    def joints(self, t_s: Floats) -> Floats:
        """See `Mover`."""
        return joints(self.build, self.stance(t_s))

    def rope(self, t_s: Floats) -> Floats | None:
        """See `Mover`."""
        rope = self._first.rope(t_s)
        gone = t_s > self._leaves_s
        if rope is None or not gone.any():
            return rope
        stance = self.stance(t_s[gone])
        held = hands(joints(self.build, stance))
        rope[gone] = rope_points(held, np.full(int(gone.sum()), LYING), stance.heading_rad, 0.9 * held[:, :, 2].mean(axis=1))
        return rope
