"""Where a band is worn."""

from __future__ import annotations

from enum import StrEnum


class BandSite(StrEnum):
    """Where a band is worn. A wrist goes round with the rope; an ankle only tells landings."""

    WRIST = "wrist"
    ANKLE = "ankle"
