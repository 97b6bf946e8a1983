"""One official count from what band and camera have each decided, and when a person has to look."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

from edge.counting.blind_spans import inside
from edge.counting.skip_fusion import Seen, cover, merge, one_a_skip

if TYPE_CHECKING:
    from collections.abc import Mapping

    from edge.counting.events import OfficialCount

Source = Literal["band", "camera"]

MOST_CROWDED_NS: Final = 3_000_000_000
"""Somebody who walks through the square, or a neighbour who steps over its edge, is gone sooner and needs no look."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why a person should look: the two numbers and the rule."""

    reason: Literal["disagree", "live_differs", "unsure", "no_signal", "rope_not_seen", "crowded"]
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


def fuse(
    counts: Mapping[Source, OfficialCount], live: int, *, allowed: int, least_confidence: float, needs_rope: bool = False
) -> Fused:
    """Decide one attempt.

    Band and camera that know the times of their skips, and agree within the rule wherever both could see, are put together skip
    by skip (`skip_fusion`): what one missed or could not see the other one gives. Else the surer source gives the number (the
    band on a tie). Sources that agree support each other; sources that do not, a live count that ended too far away, or low
    confidence put the attempt up for review. So does a square in which two were seen for more than `MOST_CROWDED_NS`, whoever
    counted.

    Args:
        live: what was shown when the heat ended.
        allowed: the largest difference that needs no look; judges of the sport discuss more than 3 (IJRU speed events).
        least_confidence: below this a single source is not enough.
        needs_rope: skips for which the camera looked at the hands and saw no rope are put up for review, whoever counted them.
    """
    if not counts:
        return Fused(live, 0.0, "none", Doubt("no_signal", live, None, allowed))
    band, camera = counts.get("band"), counts.get("camera")
    if band is not None and camera is not None:
        band = _one_a_skip(band, camera)
        counts = {**counts, "band": band}
    best = max(counts, key=lambda source: (counts[source].confidence, source == "band"))
    if band is not None and camera is not None and not band.count and camera.rope_seen:
        best = "camera"
    chosen = counts[best]
    if band is not None and camera is not None:
        if abs(_where_both_saw(band, camera) - _where_both_saw(camera, band)) > allowed:
            doubt = Doubt("disagree", band.count, camera.count, allowed)
            other = camera if best == "band" else band
            return Fused(_with_hidden(chosen, other), min(chosen.confidence, 0.5), best, doubt)
        # A skip is a landing: where a bout begins and ends the camera sees it, a wrist only swings.
        together = merge(_seen(camera), _seen(band)) if band.event_t_ns and band.timed and camera.event_t_ns else None
        count = _with_hidden(chosen, camera if best == "band" else band) if together is None else len(together)
        both = 1.0 - (1.0 - band.confidence) * (1.0 - camera.confidence)
        seen = _camera_doubt(camera, count, allowed, needs_rope=needs_rope)
        return Fused(count, both, "both", seen or _live_doubt(live, count, allowed))
    seen = _camera_doubt(camera, chosen.count, allowed, needs_rope=needs_rope)
    if seen is None and chosen.confidence < least_confidence:
        return Fused(chosen.count, chosen.confidence, best, Doubt("unsure", chosen.count, None, allowed))
    return Fused(chosen.count, chosen.confidence, best, seen or _live_doubt(live, chosen.count, allowed))


def _seen(count: OfficialCount) -> Seen:
    return Seen(count.event_t_ns, count.blind, frozenset(bout.start_ns for bout in count.bouts))


def _one_a_skip(band: OfficialCount, camera: OfficialCount) -> OfficialCount:
    """The band's count, without second turns where the camera saw double unders: a wrist goes round twice in them."""
    if not (band.timed and band.event_t_ns and 2 * camera.double_unders >= camera.count > 0):
        return band
    times = one_a_skip(_seen(band), _seen(camera))
    return replace(band, count=len(times), event_t_ns=times)


def _with_hidden(chosen: OfficialCount, other: OfficialCount) -> int:
    """The count of one source, and what the other one counted where it could not see."""
    if not (chosen.timed and chosen.event_t_ns and other.timed and chosen.blind):
        return chosen.count
    return len(cover(_seen(chosen), _seen(other)))


def _where_both_saw(count: OfficialCount, other: OfficialCount) -> int:
    """The skips of a source at times at which the other one could see as well; all of them where times are not known."""
    if not (count.timed and count.event_t_ns):
        return count.count
    return sum(not inside(t_ns, other.blind) for t_ns in count.event_t_ns)


def _camera_doubt(camera: OfficialCount | None, official: int, allowed: int, *, needs_rope: bool) -> Doubt | None:
    if camera is None:
        return None
    if needs_rope and camera.count > 0 and camera.rope_seen is False:
        return Doubt("rope_not_seen", official, None, allowed)
    return Doubt("crowded", official, None, allowed) if camera.crowded_ns > MOST_CROWDED_NS else None


def _live_doubt(live: int, official: int, allowed: int) -> Doubt | None:
    return Doubt("live_differs", live, official, allowed) if abs(live - official) > allowed else None
