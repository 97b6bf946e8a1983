"""How often a body needs a pose: seldom while image motion alone is right about it, often where it is not."""

from __future__ import annotations

from math import exp
from typing import Final

from edge.capture.load_shedding import LEAST_POSE_HZ

DOUBT: Final = 0.12
"""Torso lengths between where image motion has carried the knees and where the next pose finds them, in the mean: from here on
motion alone is not trusted and poses come oftener. Two-foot skips stay below 0.1, speed steps are at 0.3 (measured on clips)."""
DOUBT_MEMORY: Final = 0.6
OFTENER: Final = 4.0
MOST_POSE_HZ: Final = 15.0
CALM_KNEES: Final = 0.08
CALM_TRUNK: Final = 0.06
"""Torso lengths, in the mean of about two seconds: below both, poses and image motion agree. On clips the trunk is at 0.02 to 0.05,
and at 0.08 for a small, dark figure that needs its poses."""
BOUNCES: Final = 0.03
"""Torso lengths between the heights of the trunk at two poses, in the mean of two seconds. Whoever stands still is about to begin,
and a first skip needs its poses. The trunk of a skipper goes up and down by 0.04 and more (standard deviation), which is 1.15 times
as much between two moments."""
CALM_S: Final = 2.0
CALM_SHARE: Final = 0.6
"""Of the usual poses, while they agree."""
STIRRED: Final = 0.2
"""Torso lengths of one knee against the other since the last pose, by image motion alone: feet that begin to step end the calm at
once. In two-foot skips it stays below 0.1."""


class PosePace:
    """Learns from each pose how far image motion was off."""

    def __init__(self) -> None:
        self._doubt = 0.0
        self._knees, self._trunk, self._bounce = 2 * CALM_KNEES, 2 * CALM_TRUNK, 0.0
        self._before_ns: int | None = None

    def rate_hz(self, usual_hz: float) -> float:
        """Poses a second.

        Args:
            usual_hz: what the computer can afford.
        """
        if self._doubt > DOUBT:
            return min(OFTENER * usual_hz, max(MOST_POSE_HZ, usual_hz))
        return max(CALM_SHARE * usual_hz, min(usual_hz, LEAST_POSE_HZ)) if self._is_calm else usual_hz

    def posed(self, t_ns: int, knees: float, trunk: float, bounce: float) -> None:
        """A pose was taken.

        Args:
            knees, trunk: how far image motion was off since the pose before, in torso lengths: one knee against the other, and the
                height of the trunk.
            bounce: how far the trunk has gone up or down since the pose before.
        """
        self._doubt = DOUBT_MEMORY * self._doubt + (1 - DOUBT_MEMORY) * knees
        if self._before_ns is not None:
            # By time, not by number: poses that follow each other at once agree whatever the body does.
            share = 1 - exp((self._before_ns - t_ns) / 1e9 / CALM_S)
            self._knees += share * (knees - self._knees)
            self._trunk += share * (trunk - self._trunk)
            self._bounce += share * (bounce - self._bounce)
        self._before_ns = t_ns

    def stirs(self, knees: float) -> bool:
        """Whether a body that was calm is no longer, and needs a pose now.

        Args:
            knees: how far one has gone against the other since the pose before, by image motion, in torso lengths.
        """
        if abs(knees) <= STIRRED or not self._is_calm:
            return False
        self._knees = 2 * CALM_KNEES
        return True

    @property
    def _is_calm(self) -> bool:
        return self._knees <= CALM_KNEES and self._trunk <= CALM_TRUNK and self._bounce >= BOUNCES
