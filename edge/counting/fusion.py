"""One official count from what band and camera have each decided, and when a person has to look."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from edge.counting.events import OfficialCount

Source = Literal["band", "camera"]


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why a person should look: the two numbers and the rule."""

    reason: Literal["disagree", "live_differs", "unsure", "no_signal"]
    first: int | None
    second: int | None
    allowed: int


@dataclass(frozen=True, slots=True)
class Fused:
    """The official count of an attempt, and whether it is in doubt."""

    count: int
    confidence: float
    source: Literal["band", "camera", "both", "none"]
    doubt: Doubt | None


def fuse(counts: Mapping[Source, OfficialCount], live: int, *, allowed: int, least_confidence: float) -> Fused:
    """Decide one attempt.

    The surer source gives the number (the band on a tie). Sources that agree within the rule support each other; sources that
    do not, a live count that ended too far away, or low confidence put the attempt up for review.

    Args:
        live: what was shown when the heat ended.
        allowed: the largest difference that needs no look; judges of the sport discuss more than 3 (IJRU speed events).
        least_confidence: below this a single source is not enough.
    """
    if not counts:
        return Fused(live, 0.0, "none", Doubt("no_signal", live, None, allowed))
    band, camera = counts.get("band"), counts.get("camera")
    best = max(counts, key=lambda source: (counts[source].confidence, source == "band"))
    chosen = counts[best]
    if band is not None and camera is not None:
        if abs(band.count - camera.count) > allowed:
            doubt = Doubt("disagree", band.count, camera.count, allowed)
            return Fused(chosen.count, min(chosen.confidence, 0.5), best, doubt)
        both = 1.0 - (1.0 - band.confidence) * (1.0 - camera.confidence)
        return Fused(chosen.count, both, "both", _live_doubt(live, chosen.count, allowed))
    if chosen.confidence < least_confidence:
        return Fused(chosen.count, chosen.confidence, best, Doubt("unsure", chosen.count, None, allowed))
    return Fused(chosen.count, chosen.confidence, best, _live_doubt(live, chosen.count, allowed))


def _live_doubt(live: int, official: int, allowed: int) -> Doubt | None:
    return Doubt("live_differs", live, official, allowed) if abs(live - official) > allowed else None
