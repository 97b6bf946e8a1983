"""A pupil's laps looked at again: when a later one makes an earlier one clear, or at the end of a run.

Live, a lap is told some seconds after the line. Now and then it only shows later that it was none: somebody walked over the line
while the radio had heard the band near it; or a band is silent, and of two crossings that nobody claimed the second one turns out
to fit both laps. So all ends that a pupil's laps may have had are laid out in time, and the likeliest way through them is found.
Pure numbers.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from edge.counting.lap_pace import LONGEST, NEXT_IS_SLOWER, NEXT_SPREAD, SURPRISES, surprise

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge.counting.lap_events import LapSeen
    from edge.counting.lap_likelihood import Found

MOST_UNSEEN: Final = 2
"""So many laps in a row may have gone by unseen."""
WAYS_KEPT: Final = 16
"""Ways that come to the same end and are followed on, the likeliest ones."""


@dataclass(frozen=True, slots=True, eq=False)
class End:
    """What may have been the end of a lap.

    Attributes:
        gain: log of how much likelier it makes what was seen and heard of it, against its being nobody's and chance.
        lap: if it is told.
    """

    of: Found
    gain: float
    lap: LapSeen | None = None

    @property
    def t_ns(self) -> int:
        """When."""
        return self.of.t_ns


@dataclass(frozen=True, slots=True)
class Course:
    """What is known of a pupil's run beside the ends of laps.

    Attributes:
        first_s: what a first lap takes in this class, and `first_spread` as a logarithm.
        least_s: no lap is shorter.
        laps: how many are run; `None` for no end.
        unseen: log of the likelihood that a lap went by unseen by all witnesses.
        short: log of the likelihood that who has too few laps at the end has stopped.
    """

    began_ns: int
    first_s: float
    first_spread: float
    least_s: float
    laps: int | None
    unseen: float
    short: float


@dataclass(frozen=True, slots=True)
class Way:
    """Ends that follow one another, each with how many laps went by unseen before it."""

    score: float
    ends: tuple[tuple[End, int], ...] = ()
    laps: int = 0
    usual_s: float = 0.0


def likeliest(course: Course, ends: Sequence[End], now_ns: int, *, over: bool) -> Way:
    """The likeliest way through a pupil's run.

    Args:
        ends: ascending.
        now_ns: until when it is known that no other lap ended.
        over: the run is over: whoever has laps to run has run them, but for the few who stop.
    """
    by_end: list[list[Way]] = []
    for index, end in enumerate(ends):
        ways = _onwards(course, Way(0.0), course.began_ns, end)
        for before, earlier in zip(ends[:index], by_end, strict=True):
            for way in earlier:
                ways += _onwards(course, way, before.t_ns, end)
        by_end.append(sorted(ways, key=lambda one: -one.score)[:WAYS_KEPT])
    every = [Way(0.0), *(way for ways in by_end for way in ways)]
    return max(every, key=lambda one: ended(course, one, now_ns, over=over))


def ended(course: Course, way: Way, now_ns: int, *, over: bool) -> float:
    """The score of a way to which nothing is added any more."""
    if course.laps is not None and way.laps >= course.laps:
        return way.score
    if over and course.laps is not None:
        return way.score + (course.laps - way.laps) * course.short
    last_ns = way.ends[-1][0].t_ns if way.ends else course.began_ns
    usual_s, spread = (way.usual_s, NEXT_SPREAD) if way.laps else (course.first_s, course.first_spread)
    done = max(1e-3, (now_ns - last_ns) / 1e9 / usual_s)
    usual = 0.5 * math.erfc(math.log(done) / spread / math.sqrt(2.0))
    goes_on = (1.0 - SURPRISES) * usual + SURPRISES * max(0.0, 1.0 - done / LONGEST)
    return way.score + max(math.log(max(goes_on, 1e-9)), course.unseen, course.short)


def told_way(course: Course, ends: Sequence[tuple[End, int]]) -> Way:
    """The way that is told: these ends, each with the laps unseen before it."""
    way, last_ns = Way(0.0), course.began_ns
    for end, unseen in ends:
        longer = [one for one in _onwards(course, way, last_ns, end) if one.ends[-1][1] == unseen]
        if not longer:
            return Way(-math.inf, tuple(ends))
        way, last_ns = longer[0], end.t_ns
    return way


def _onwards(course: Course, way: Way, from_ns: int, end: End) -> list[Way]:
    ways = []
    for unseen in range(MOST_UNSEEN + 1):
        laps, lap_s = way.laps + unseen + 1, (end.t_ns - from_ns) / 1e9 / (unseen + 1)
        if lap_s < course.least_s or (course.laps is not None and laps > course.laps):
            break
        usual_s, spread = (way.usual_s, NEXT_SPREAD) if way.laps else (course.first_s, course.first_spread)
        if lap_s >= LONGEST * usual_s:
            continue
        score = way.score + end.gain + unseen * course.unseen + math.log(_density(lap_s, usual_s, spread) / (unseen + 1))
        slower = NEXT_IS_SLOWER if way.laps == 0 else 1.0
        ways.append(Way(score, (*way.ends, (end, unseen)), laps, lap_s * slower))
    return ways


def _density(lap_s: float, usual_s: float, spread: float) -> float:
    """Of the time of a lap by the one before it, 1/s."""
    usual = math.exp(-0.5 * (math.log(lap_s / usual_s) / spread) ** 2) / (spread * math.sqrt(2.0 * math.pi) * lap_s)
    return (1.0 - SURPRISES) * usual + SURPRISES * surprise(lap_s / usual_s) / usual_s
