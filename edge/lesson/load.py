"""How hard a heart works: five zones by share of the highest rate. Guidance for a teacher, never a mark."""

from __future__ import annotations

from typing import Final

ZONE_FLOORS: Final = (0.5, 0.6, 0.7, 0.8, 0.9)
"""Shares of the highest heart rate where zones 1 to 5 begin."""
SCHOOL_AGE: Final = 6
"""Age of a pupil is about the grade and this."""


def highest_rate_bpm(grade: int) -> float:
    """208 - 0.7 x age: best in a paediatric meta-analysis (PMC9984157)."""
    return 208.0 - 0.7 * (grade + SCHOOL_AGE)


def heart_zone(rate_bpm: int, grade: int) -> int:
    """The zone 1 to 5 of a heart rate, or 0 below all."""
    share = rate_bpm / highest_rate_bpm(grade)
    return sum(share >= floor for floor in ZONE_FLOORS)
