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

import numpy as np

from edge.counting.lap_pace import LONGEST, NEXT_IS_SLOWER, NEXT_SPREAD, SURPRISES, surprises

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from edge.counting.lap_events import LapSeen
    from edge.counting.lap_likelihood import Found

    Floats = NDArray[np.float64]

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
    ways = _Ways.begun(course)
    for number, end in enumerate(ends):
        ways = ways.with_more(_onwards(course, ways, end), number, end)
    best, best_score = Way(0.0), -math.inf
    # Nothing that is added at the end makes a way likelier.
    for index in np.argsort(-ways.score, kind="stable").tolist():
        if ways.score[index] < best_score:
            break
        way = ways.way(index, ends)
        score = ended(course, way, now_ns, over=over)
        if score > best_score:
            best, best_score = way, score
    return best


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
    ways = _Ways.begun(course)
    for number, (end, unseen) in enumerate(ends):
        score = np.full((len(ways.score), MOST_UNSEEN + 1), -math.inf)
        score[-1, unseen] = _onwards(course, ways, end)[-1, unseen]
        if math.isinf(score[-1, unseen]):
            return Way(-math.inf, tuple(ends))
        ways = ways.with_more(score, number, end)
    return ways.way(len(ways.score) - 1, [end for end, _ in ends])


@dataclass(frozen=True, slots=True, eq=False)
class _Ways:
    """Many ways, each by its last end and by the way before that; the first is the one that has none yet.

    Attributes:
        before: which way it goes on from, and `end`, `unseen`: with which end, after how many laps that went by unseen.
        usual_s, spread: what the next lap takes.
    """

    score: Floats
    last_ns: NDArray[np.int64]
    laps: NDArray[np.int64]
    usual_s: Floats
    spread: Floats
    before: NDArray[np.int64]
    end: NDArray[np.int64]
    unseen: NDArray[np.int64]

    @classmethod
    def begun(cls, course: Course) -> _Ways:
        none = np.zeros(1, dtype=np.int64)
        first_s, spread = np.array([course.first_s]), np.array([course.first_spread])
        return cls(np.zeros(1), none + course.began_ns, none, first_s, spread, none - 1, none - 1, none)

    def with_more(self, score: Floats, number: int, end: End) -> _Ways:
        """With the likeliest `WAYS_KEPT` of those that go on to an end.

        Args:
            score: [way, unseen], of each; minus infinity where it cannot.
        """
        flat = score.ravel()
        best = np.argsort(-flat, kind="stable")[:WAYS_KEPT]
        before, unseen = np.divmod(best[flat[best] > -math.inf], score.shape[1])
        lap_s = (end.t_ns - self.last_ns[before]) / 1e9 / (unseen + 1) * np.where(self.laps[before] == 0, NEXT_IS_SLOWER, 1.0)
        of_all = np.ones(len(before), dtype=np.int64)
        more = (
            score[before, unseen], end.t_ns * of_all, self.laps[before] + unseen + 1, lap_s, NEXT_SPREAD * of_all, before,
            number * of_all, unseen,
        )  # fmt: skip
        mine = (self.score, self.last_ns, self.laps, self.usual_s, self.spread, self.before, self.end, self.unseen)
        return _Ways(*(np.concatenate(both) for both in zip(mine, more, strict=True)))

    def way(self, index: int, ends: Sequence[End]) -> Way:
        """One of them, whole."""
        steps, at = [], index
        while at > 0:
            steps.append((ends[self.end[at]], int(self.unseen[at])))
            at = int(self.before[at])
        return Way(float(self.score[index]), tuple(reversed(steps)), int(self.laps[index]), float(self.usual_s[index]))


def _onwards(course: Course, ways: _Ways, end: End) -> Floats:
    """[way, unseen]: the score of each way that goes on to an end after so many unseen laps; minus infinity if it cannot."""
    unseen = np.arange(MOST_UNSEEN + 1)
    lap_s = (end.t_ns - ways.last_ns[:, None]) / 1e9 / (unseen + 1)
    can = (lap_s >= course.least_s) & (lap_s < LONGEST * ways.usual_s[:, None])
    if course.laps is not None:
        can &= ways.laps[:, None] + unseen + 1 <= course.laps
    density = _density(np.where(can, lap_s, 1.0), ways.usual_s[:, None], ways.spread[:, None])
    score = ways.score[:, None] + end.gain + unseen * course.unseen + np.log(density / (unseen + 1))
    return np.where(can, score, -math.inf)


def _density(lap_s: Floats, usual_s: Floats, spread: Floats) -> Floats:
    """Of the time of a lap by the one before it, 1/s."""
    usual = np.exp(-0.5 * (np.log(lap_s / usual_s) / spread) ** 2) / (spread * math.sqrt(2.0 * math.pi) * lap_s)
    return np.asarray((1.0 - SURPRISES) * usual + SURPRISES * surprises(lap_s / usual_s) / usual_s)
