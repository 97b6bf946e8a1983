"""A pupil who runs or walks straight past a line, or stands on it and sways: the body of one actor of a gate film."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from simulators.body import HANGING, Build, Joint, at_ease, joints
from simulators.footwork import Footwork

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulators.body import Stance

    Floats = NDArray[np.float64]

WALKS_BELOW_MPS: Final = 1.9
"""Children and adults begin to run at about 2 m/s."""
BENT: Final = (0.05, 0.1, -0.17)
"""The hand of an arm that is bent as runners do."""
SWAY_S: Final = 2.3


class RunningBody:
    """Somebody who is over the origin at `over_s`, and goes on at an even pace.

    Args:
        pace_mps: 0 for somebody who stands there.
        over_s: when the body's place is at the origin.
        heading_rad: 0 towards the camera, growing to its right.
        sway_m: how far somebody who stands leans and steps to and fro.
    """

    def __init__(
        self,
        pace_mps: float,
        over_s: float,
        seed: int,
        *,
        build: Build | None = None,
        heading_rad: float = math.pi / 2,
        sway_m: float = 0.0,
    ) -> None:
        draw = np.random.default_rng([seed, 31])
        self.build, self.pace_mps, self.over_s = build or Build(), pace_mps, over_s
        self._heading_rad, self._sway_m = heading_rad, sway_m
        self.runs = pace_mps > WALKS_BELOW_MPS
        # Step rates: walking 1.3 + 0.4 v, running 2.4 + 0.12 v a second (usual figures of gait, not a fit),
        # with shorter legs quicker by the root of their length.
        rate_hz = (2.4 + 0.12 * pace_mps if self.runs else 1.3 + 0.4 * pace_mps) * math.sqrt(1.7 / self.build.height_m)
        self._beat_s = 1.0 / (rate_hz * draw.uniform(0.95, 1.05))
        span_s = 2.0 + 12.0 / max(pace_mps, 0.5)
        steps = int(2 * span_s / self._beat_s) if pace_mps else 0
        landings = over_s - span_s + draw.uniform(0.0, self._beat_s) + self._beat_s * np.arange(steps)
        self._feet = Footwork(landings.tolist(), [0.09 if self.runs else -0.11] * steps, self._beat_s)

    def joints(self, t_s: Floats) -> Floats:
        """See `Mover`."""
        return joints(self.build, self.stance(t_s))

    def rope(self, _t_s: Floats) -> Floats | None:
        """See `Mover`; none."""
        return None

    def torso_m(self, t_s: Floats) -> Floats:
        """float64[n, 2]: where on the floor the middle of the torso is above."""
        at: Floats = self.joints(t_s)[:, [Joint.SHOULDER_L, Joint.SHOULDER_R, Joint.HIP_L, Joint.HIP_R], :2].mean(axis=1)
        return at

    def stance(self, t_s: Floats) -> Stance:
        """How the body is held."""
        stance = at_ease(self.build, len(t_s))
        stance.heading_rad[:] = self._heading_rad
        gone_m = self.pace_mps * (t_s - self.over_s) + self._sway_m * np.sin(2 * np.pi * (t_s - self.over_s) / SWAY_S)
        stance.place_m[:, 0] = gone_m * np.sin(self._heading_rad)
        stance.place_m[:, 1] = -gone_m * np.cos(self._heading_rad)
        if self.pace_mps:
            self._stride(stance, t_s)
        return stance

    def _stride(self, stance: Stance, t_s: Floats) -> None:
        build = self.build
        stance.lean_rad += 0.12 if self.runs else 0.03
        stance.lift_m[:] = self._feet.lift_m(t_s) - (0.03 if self.runs else 0.012) * build.height_m
        # A foot goes back under the body, while it stands, as far as the body goes on.
        stands = 0.42 if self.runs else 0.6
        reach_m = min(stands * self.pace_mps * self._beat_s, 0.42 * build.height_m)
        for side in range(2):
            air = np.sin(np.pi * self._feet.swung(t_s, side))
            stance.toes_m[:, side, 1] += reach_m * self._feet.carried(t_s, side)
            stance.toes_m[:, side, 2] += (0.2 if self.runs else 0.07) * build.height_m * air
            stance.heels_rad[:, side] = (0.9 if self.runs else 0.45) * air**2
            arm = 1 - side
            if self.runs:
                stance.hands[:, arm] += np.array(BENT) - np.array(HANGING)
            stance.hands[:, arm, 1] += (0.12 if self.runs else 0.08) * self._feet.carried(t_s, side)
