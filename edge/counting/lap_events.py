"""What the identity of laps tells: laps, crossings that nobody claims, and questions for the teacher."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from edge.counting.events import Crossing

Witness = Literal["camera", "radio", "tap", "bib", "steps", "teacher"]
LapDoubt = Literal["order", "who", "steps", "missed"]
"""Why a lap is marked: `order`: that the pupil passed is sure, but not which of several crossings within half a second was his;
`who`: it may be somebody else's, or nobody's, or off by more than that; `steps`: it lacks the steps of a lap; `missed`: nobody told
of it, or only a crossing that nobody claimed; twice the time of a lap tells of it, and twice its steps where a band counts them."""


@dataclass(frozen=True, slots=True)
class LapSeen:
    """A pupil has run a lap.

    Attributes:
        lap: 1 for the first.
        t_ns: when the line was crossed; the camera's time where `by` has it.
        unsure_ns: standard deviation of it; wide where the crossing is one of several.
        by: who witnessed it.
        confidence: 0 to 1, that this crossing is this pupil's.
        doubt: why it is marked, or `None`.
        dispute: number of the `Dispute` that it belongs to, or `None`.
    """

    pupil: str
    lap: int
    t_ns: int
    unsure_ns: int
    by: tuple[Witness, ...]
    confidence: float
    doubt: LapDoubt | None = None
    dispute: int | None = None

    @property
    def flagged(self) -> bool:
        """Whether it is marked."""
        return self.doubt is not None


@dataclass(frozen=True, slots=True)
class Dispute:
    """These crossed together: who was first?

    Attributes:
        number: to settle it by.
        crossings: ascending; each has the picture of its moment.
        pupils: who may have been at them, the likeliest first to last.
        chances: [crossing][pupil], how likely each is at each; a row need not sum to 1: the rest is nobody or somebody else.
        last_lap: whether the last lap of one of them is at stake: then a result hangs on it, else only a lap's time.
    """

    number: int
    crossings: tuple[Crossing, ...]
    pupils: tuple[str, ...]
    chances: tuple[tuple[float, ...], ...]
    last_lap: bool


@dataclass(frozen=True, slots=True)
class Unclaimed:
    """Somebody crossed who is, as far as can be told, no runner; `chance` is how likely that is."""

    crossing: Crossing
    chance: float


@dataclass(frozen=True, slots=True)
class Settled:
    """What a teacher's word changed: `laps` replace `withdrawn` of the same pupils and numbers."""

    dispute: int
    laps: tuple[LapSeen, ...]
    withdrawn: tuple[LapSeen, ...]


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """A lap that was told was none, as a later one has made clear; what was one in its stead is told beside it."""

    lap: LapSeen


LapEvent = LapSeen | Dispute | Unclaimed | Withdrawn
"""Closed: match it and end with `assert_never`."""
