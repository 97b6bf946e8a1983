"""A lap needs steps: whether a way of so many metres can have been run, or walked, with so many of them."""

from __future__ import annotations

from typing import Final

SHORTEST_HEIGHTS: Final = 0.30
"""A slow walk of a child; its usual one has 0.42 of the height (Lythgo et al., Gait & Posture 2009, ages 5 to 13)."""
LONGEST_HEIGHTS: Final = 1.35
"""A sprinter's step at top speed (Mann, The Mechanics of Sprinting and Hurdling, 2011: about 1.3 heights)."""
SMALLEST_M: Final = 1.1
TALLEST_M: Final = 1.9
"""Where no height is known: 6 years to grown up."""
BAND_MISSES: Final = 0.15
"""A band at the wrist may miss or invent this share of the steps."""
OWN_LAPS_DIFFER: Final = 0.35
"""A pupil's laps of one run differ by walking breaks and a sprint, but hardly by more than this share of their steps."""


def steps_fit(lap_m: float, steps: int, *, height_m: float | None = None, usual_steps: float | None = None) -> bool:
    """Whether the steps are enough for a lap, and not absurdly many.

    Args:
        lap_m: the way.
        steps: counted since the lap before.
        height_m: of the pupil, where it is known.
        usual_steps: of the pupil's earlier laps, where there are any.
    """
    tall, small = height_m or TALLEST_M, height_m or SMALLEST_M
    least = lap_m / (LONGEST_HEIGHTS * tall) * (1.0 - BAND_MISSES)
    most = lap_m / (SHORTEST_HEIGHTS * small) * (1.0 + BAND_MISSES)
    if usual_steps is not None:
        least = max(least, usual_steps * (1.0 - OWN_LAPS_DIFFER))
    return least <= steps <= most
