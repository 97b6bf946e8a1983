"""The few values that counting speaks in, and the shape that every counter has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

Direction = Literal["left_to_right", "right_to_left", "top_to_bottom", "bottom_to_top"]
"""Direction of travel in the picture."""


@dataclass(frozen=True, slots=True)
class Skip:
    """The rope has passed once and the pupil has landed.

    Attributes:
        t_ns: time of the landing (or of the report, where a band reports a cumulative counter).
        index: 1 for the first skip of the attempt; never repeated, never skipped over.
        confidence: 0 to 1.
    """

    t_ns: int
    index: int
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class Trip:
    """The rope was caught; counting goes on."""

    t_ns: int


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a walking or running pupil; `index` counts from 1."""

    t_ns: int
    index: int


@dataclass(frozen=True, slots=True)
class Crossing:
    """A body over the line; `track` names the body for as long as it is in view.

    Attributes:
        t_ns: when the middle of the torso was over the line.
        along: where on the line: 0 at its first end, 1 at its second.
        confidence: 0 to 1; low where the body was mostly hidden by others.
        unsure_ns: standard error of the time; 0 if it is not known.
    """

    t_ns: int
    direction: Direction
    track: int
    along: float = 0.5
    confidence: float = 1.0
    unsure_ns: int = 0


@dataclass(frozen=True, slots=True)
class SignalLost:
    """The source was silent, or samples were dropped, from `t_ns` on for `gap_s` seconds."""

    t_ns: int
    gap_s: float


Event = Skip | Trip | Step | Crossing | SignalLost
"""Closed: match it and end with `assert_never`."""


@dataclass(frozen=True, slots=True)
class Bout:
    """Skips between two pauses."""

    start_ns: int
    end_ns: int
    count: int


@dataclass(frozen=True, slots=True)
class OfficialCount:
    """What is decided at the end, from the whole signal.

    Attributes:
        event_t_ns: times of the counted skips or steps, ascending; `len(event_t_ns) == count` where times are known.
        confidence: 0 to 1; how sure the count is right to one.
        double_unders: counted skips in which the rope went round twice. The count has each of them once, as the school test does;
            the rope has turned `count + double_unders` times. What they are worth is for the rule set to say.
        rope_seen: whether the hands were seen to turn a rope; `None` where nobody looks at hands, or could not.
        blind: spans (ns) in which the source could not see or hear the pupil.
        crowded_ns: how long somebody else was seen in the square as well.
        timed: whether the times are of the skips themselves; false where they were spread between two reports of a running total.
    """

    count: int
    event_t_ns: tuple[int, ...] = ()
    trip_t_ns: tuple[int, ...] = ()
    bouts: tuple[Bout, ...] = ()
    confidence: float = 1.0
    double_unders: int = 0
    rope_seen: bool | None = None
    blind: tuple[tuple[int, int], ...] = ()
    timed: bool = True
    crowded_ns: int = 0


SampleT_contra = TypeVar("SampleT_contra", contravariant=True)


class Counter(Protocol[SampleT_contra]):
    """A live, causal counter of one pupil. Time comes from the sample alone, state is bounded.

    `tests/edge/counting/conformance.py` holds what every counter must keep: any chunking gives equal events, a shift in time
    shifts the events and nothing else, silence gives nothing, the index never goes down, gaps and doubled stamps survive.
    """

    def feed(self, sample: SampleT_contra, /) -> Sequence[Event]:
        """Take one more sample or block of samples; return what is now certain, oldest first."""
        ...

    def flush(self) -> Sequence[Event]:
        """The attempt is over: return what was held back."""
        ...
