"""Whom the camera does not see: a body behind another, or one in a hundred for no such reason. Pure numbers.

Beside the track, where the line points to, the farther of two bodies is hidden as long as their torsos overlap. So whoever is
hidden crosses within a tenth of a second of somebody who is seen, and in a bunch of eight that is likelier than in one of two.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge.counting.lap_likelihood import Waiting

CAMERA_MISSES: Final = 0.01
"""Share of bodies that it does not see though nobody is near them: none of 24 on real clips, more in hard views (docs/laps.md)."""
HIDDEN: Final = 0.25
"""Of those who cross in the same moment as another: every second is the farther one, and of the farther ones half are hidden, as
the camera stands two metres high or more. It falls to nothing in a straight line until `HIDDEN_NS`."""
HIDDEN_NS: Final = 120_000_000
"""0.4 m, a torso with its arms, at 3.3 m/s."""
STRAY: Final = 0.05
STRAY_TIMES: Final = 3.0
"""Share of passings whose time is off by a spread so many times wider; of 4,400 of three receivers (simulated) 0.8 % are off by
more than three spreads, and 0.2 % by more than five."""


def seen_share(t_ns: int, others_ns: Sequence[int]) -> float:
    """How likely a body that crosses at `t_ns` is seen, beside crossings at these other times."""
    share = 1.0 - CAMERA_MISSES
    for other_ns in others_ns:
        share *= 1.0 - HIDDEN * max(0.0, 1.0 - abs(other_ns - t_ns) / HIDDEN_NS)
    return share


def hidden_shares(t_ns: int, spread_ns: float, crossings: Sequence[Waiting]) -> list[float]:
    """How likely a body was hidden behind each of the crossings, over all times at which it may have crossed.

    Args:
        t_ns: when it crossed by what else is told, with a standard deviation of `spread_ns`.
    """
    spread_ns = math.hypot(spread_ns, HIDDEN_NS / math.sqrt(6.0))
    return [HIDDEN * HIDDEN_NS / 1e9 * beside(one.t_ns - t_ns, spread_ns) for one in crossings]


def beside(off_ns: float, spread_ns: float) -> float:
    """Density (1/s) of a witness's time by how far it is off, with a share of strays."""

    def density(spread_s: float) -> float:
        return math.exp(-0.5 * (off_ns / 1e9 / spread_s) ** 2) / (spread_s * math.sqrt(2.0 * math.pi))

    return (1.0 - STRAY) * density(spread_ns / 1e9) + STRAY * density(STRAY_TIMES * spread_ns / 1e9)
