"""The likeliest walk through tops: which of them are footfalls, by dynamic programming.

Each pair of neighbouring footfalls is a state, so that a third is judged by its rhythm and by its likeness to the same foot before.
The idea is that of beat tracking in music (Ellis 2007, "Beat tracking by dynamic programming"), with not walking as one more state.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log
from statistics import median
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge.counting.step_rules import StepRules
    from edge.counting.step_tops import Tops

    Floats = NDArray[np.float64]

REACH: Final = 16
"""Tops that the next may follow on or be compared with: smoothed motion has at most four or five a second."""
LOG_2: Final = log(2)
BESIDE: Final = 5
"""Steps beside an end, that it is compared with."""


@dataclass(frozen=True, slots=True)
class Walk:
    """One bout of steps.

    Attributes:
        t_s: times of the steps, ascending; the oldest are missing where they were not asked for.
        rise_mps2: how high the top of each is, with the mean of its neighbours for a hidden one.
        steps: how many there are, with those that are missing.
        likeness: mean likeness of a stride to the one before, -1 to 1.
    """

    t_s: tuple[float, ...]
    rise_mps2: tuple[float, ...]
    steps: int
    likeness: float

    def cut(self, share: float) -> tuple[float, ...]:
        """The times without ends that rise less than this share of the steps beside them.

        The band-pass leaves a small top after a walk has stopped, and before it begins.
        """
        first, end = 0, len(self.t_s)
        if end == self.steps:
            while end - first > BESIDE and self.rise_mps2[first] < share * median(self.rise_mps2[first + 1 : first + 1 + BESIDE]):
                first += 1
        while end - first > BESIDE and self.rise_mps2[end - 1] < share * median(self.rise_mps2[end - 1 - BESIDE : end - 1]):
            end -= 1
        return self.t_s[first:end]


@dataclass(frozen=True, slots=True)
class _Way:
    """A way of coming to a top: the best walk whose last two tops are given.

    Attributes:
        before: number of the top before.
        hidden: there is a hidden step between the two.
        onward: which of the ways of coming to the top before it continues; -1 where the walk starts there.
        gain: of the best explanation of all tops so far that ends so.
        log_step: logarithm of the step time in seconds.
        steps, likeness: of the walk so far, and the sum of their likeness.
    """

    before: int
    hidden: bool
    onward: int
    gain: float
    log_step: float
    steps: int
    likeness: float


@dataclass(frozen=True, slots=True)
class _Top:
    """A top, the ways of coming to it, and the best explanation that rests there: its gain, and the end of its last walk."""

    t_s: float
    rise_mps2: float
    ways: list[_Way]
    rest_gain: float
    rest_end: tuple[int, int] | None


class WalkSearch:
    """Takes tops one after another and knows the best explanation of all of them.

    Args:
        width: values in the shape of a top.
        memory: how many tops back it can tell of walks; `None`: all.
    """

    def __init__(self, rules: StepRules, width: int, memory: int | None = None) -> None:
        self._rules, self._memory = rules, memory
        self._tops: list[_Top] = []
        self._first = 0
        """Number of the first top in `_tops`."""
        self._shape: Floats = np.zeros((0, width))
        """Of the tops in reach."""
        self._energy: Floats = np.zeros(0)
        self._rest_gain = 0.0
        self._rest_end: tuple[int, int] | None = None

    def add(self, tops: Tops, own_s: Floats | float = np.nan) -> None:
        """Go on with more tops, later than all before.

        Args:
            own_s: the walker's own step time there, seconds; not a number where it is not known.
        """
        rules = self._rules
        if not len(tops.t_s):
            return
        old = len(self._energy)
        shape = np.concatenate([self._shape, tops.shape])
        energy = np.concatenate([self._energy, np.einsum("ij,ij->i", tops.shape, tops.shape)])
        usual_s = rules.usual_s * (rules.loud_mps2 / np.maximum(tops.loud_mps2, 0.05)) ** rules.quicker
        log_usual = np.log(np.minimum(np.maximum(usual_s, rules.usual_low_s), rules.usual_high_s))
        log_own = np.log(own_s)
        usual = np.where(np.isnan(log_own), log_usual, log_usual + rules.own_share * (log_own - log_usual)).tolist()
        worth = (rules.height_share * (tops.height - 0.6) - rules.idle).tolist()
        times, rises = tops.t_s.tolist(), tops.rise_mps2.tolist()
        for at, t_s in enumerate(times):
            row = old + at
            low = max(0, row - REACH)
            like = (2 * (shape[low:row] @ shape[row]) / (energy[low:row] + energy[row] + 1e-6)).tolist()
            self._arrive(t_s, rises[at], like[::-1], usual[at], worth[at])
        self._shape, self._energy = shape[-REACH:], energy[-REACH:]
        if self._memory is not None and len(self._tops) > self._memory:
            gone = len(self._tops) - self._memory
            self._first += gone
            del self._tops[:gone]

    def walks(self, now_s: float | None = None, since_s: float = -np.inf) -> list[Walk]:
        """The walks of the best explanation, oldest first.

        Args:
            now_s: until when the motion is known: the last walk may still go on. `None`: it is over.
            since_s: older steps are not asked for.
        """
        end, best = self._rest_end, self._rest_gain
        for number in range(self._first + len(self._tops) - 1, self._first - 1, -1):
            top = self._tops[number - self._first]
            if now_s is None or top.t_s < now_s - self._rules.longest_s:
                break
            for index, way in enumerate(top.ways):
                if way.gain > best:
                    end, best = (number, index), way.gain
        found: list[Walk] = []
        while end is not None and end[0] >= self._first:
            walk, end = self._trace(end, since_s)
            found.append(walk)
            if walk.t_s[0] < since_s:
                break
        return found[::-1]

    def _trace(self, end: tuple[int, int], since_s: float) -> tuple[Walk, tuple[int, int] | None]:
        """One walk back from its end, and the end of the walk before it."""
        top = self._tops[end[0] - self._first]
        way = last = top.ways[end[1]]
        times, rises = [top.t_s], [top.rise_mps2]
        rest = None
        while way.before >= self._first:
            before = self._tops[way.before - self._first]
            if way.hidden:
                times.append((top.t_s + before.t_s) / 2)
                rises.append((top.rise_mps2 + before.rise_mps2) / 2)
            times.append(before.t_s)
            rises.append(before.rise_mps2)
            rest = before.rest_end
            if way.onward < 0 or before.t_s < since_s:
                break
            top, way = before, before.ways[way.onward]
        return Walk(tuple(times[::-1]), tuple(rises[::-1]), last.steps, last.likeness / (last.steps - 1)), rest

    def _arrive(self, t_s: float, rise_mps2: float, like: list[float], log_usual: float, worth: float) -> None:
        """Add one top.

        Args:
            like: likeness to the tops before, the last one first.
            log_usual: logarithm of the usual step time at this loudness.
            worth: gain a second of ending a step here, whatever came before.
        """
        rules = self._rules
        ways: list[_Way] = []
        number = self._first + len(self._tops)
        for back in range(1, min(len(like), len(self._tops)) + 1):
            past_s = t_s - self._tops[-back].t_s
            if past_s > rules.longest_s:
                break
            if past_s >= rules.shortest_s:
                ways.append(self._best_way(number, back, past_s, like, log_usual, worth, hidden=False))
            if rules.hidden_s[0] <= past_s <= rules.hidden_s[1]:
                ways.append(self._best_way(number, back, past_s, like, log_usual, worth, hidden=True))
        self._tops.append(_Top(t_s, rise_mps2, ways, self._rest_gain, self._rest_end))
        for index, way in enumerate(ways):
            if way.gain - rules.stop_cost > self._rest_gain:
                self._rest_gain, self._rest_end = way.gain - rules.stop_cost, (number, index)

    def _best_way(
        self, number: int, back: int, past_s: float, like: list[float], log_usual: float, worth: float, *, hidden: bool
    ) -> _Way:
        """The best walk that comes to a top from one that is some tops back."""
        rules = self._rules
        before, last = self._tops[-back], like[back - 1]
        share = rules.stride_share
        log_step = log(past_s / 2 if hidden else past_s)
        unusual = (log_step - log_usual) / LOG_2
        alone = worth - (rules.long_cost * unusual if unusual > 0 else -rules.short_cost * unusual)
        alone += -rules.hidden_cost if hidden else (1 - share) * max(last, 0.0)
        best, onward, likeness = before.rest_gain - rules.start_cost + past_s * (alone + share * last), -1, last
        for index, way in enumerate(before.ways):
            if hidden or way.hidden:
                same = last
            else:
                stride = number - way.before
                same = like[stride - 1] if stride <= len(like) else 0.0
            change = abs(log_step - way.log_step) - rules.rhythm_free
            rate = alone + share * same
            if change > 0:
                rate -= rules.rhythm_cost * change
            gain = way.gain + past_s * rate
            if gain > best:
                best, onward, likeness = gain, index, same
        steps = 2 if hidden else 1
        if onward < 0:
            return _Way(number - back, hidden, onward, best, log_step, 1 + steps, steps * likeness)
        way = before.ways[onward]
        return _Way(number - back, hidden, onward, best, log_step, way.steps + steps, way.likeness + steps * likeness)
