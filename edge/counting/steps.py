"""Steps of a walk or a run, from the magnitude of acceleration.

Tops of the smoothed magnitude (`step_tops`) are candidates for footfalls; the likeliest walk through them (`step_path`) is counted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from edge.counting.events import Bout, OfficialCount, Step
from edge.counting.samples import MotionSamples
from edge.counting.step_ends import ends
from edge.counting.step_pace import own_pace, own_pace_at
from edge.counting.step_path import WalkSearch
from edge.counting.step_rules import LIVE_RULES, RULES
from edge.counting.step_tops import TopFinder, magnitude

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from edge.counting.events import Event
    from edge.counting.step_path import Walk
    from edge.counting.step_rules import StepRules
    from edge.counting.step_tops import Tops

    Floats = NDArray[np.float64]

TICK_NS: Final = 2_000_000_000
"""Looks are rare, so that one core carries many bands."""
LATE_NS: Final = 300_000_000
"""A live counter waits this long for late samples."""
SETTLED_S: Final = 1.0
"""What is younger, of the motion that was looked at, may still be explained otherwise."""
AHEAD: Final = 4096
"""Samples of a large block that are looked at in one go."""
MEMORY: Final = 32
"""Tops that a live counter can still tell of: some eight seconds or more."""
APART: Final = 0.9
"""Of the shortest step, between a step that is out and the next."""
RETOLD_S: Final = 8.0
"""The first steps of a bout are known only once there is a rhythm; older ones are not brought up any more."""


def count_steps_official(samples: MotionSamples, rules: StepRules = RULES) -> OfficialCount:
    """Steps in a whole recording, looked at both ways in time.

    The confidence is the mean likeness of a stride to the one before it, 0 to 1; it is not a probability.
    """
    t_ns, length = magnitude(samples)
    order = np.argsort(t_ns, kind="stable")
    t_ns, length = t_ns[order], length[order]
    times: list[int] = []
    bouts: list[Bout] = []
    likeness = 0.0
    for part in np.split(np.arange(len(t_ns)), np.flatnonzero(np.diff(t_ns) > rules.longest_gap_s * 1e9) + 1):
        if not len(part):
            continue
        finder = TopFinder(rules, int(t_ns[part[0]]))
        finder.take(t_ns[part], length[part])
        tops = finder.finish()
        first = _walks(tops, np.full(len(tops.t_s), np.nan), rules)
        steps_s = np.array([t_s for walk in first for t_s in walk.t_s])
        for walk in _walks(tops, own_pace_at(steps_s, tops.t_s, rules), rules):
            begin, end = ends(walk.t_s, walk.rise_mps2, rules)
            if end - begin < rules.least_steps:
                continue
            found = [finder.start_ns + round(t_s * 1e9) for t_s in walk.t_s[begin:end]]
            times += found
            bouts.append(Bout(found[0], found[-1], len(found)))
            likeness += walk.likeness * len(found)
    confidence = likeness / len(times) if times else 1.0
    return OfficialCount(len(times), tuple(times), (), tuple(bouts), max(0.0, min(1.0, confidence)))


def _walks(tops: Tops, own_s: Floats, rules: StepRules) -> list[Walk]:
    search = WalkSearch(rules, tops.shape.shape[1])
    search.add(tops, own_s)
    return [walk for walk in search.walks() if _is_walk(walk, rules)]


def _is_walk(walk: Walk, rules: StepRules) -> bool:
    return walk.steps >= rules.least_steps and walk.likeness >= rules.least_likeness


class StepCounter:
    """Counts steps as they come, a few seconds late; a step that is out stays out.

    Every two seconds of the samples' own time, tops that no later sample can change join the search, and what its best explanation
    has held for long enough is let out. A silence, or a clock that jumps back, by more than `longest_gap_s` is a new beginning.
    """

    def __init__(self, rules: StepRules = LIVE_RULES) -> None:
        self._rules = rules
        self._gap_ns = round(rules.longest_gap_s * 1e9)
        self._finder: TopFinder | None = None
        self._search: WalkSearch | None = None
        self._waiting: list[MotionSamples] = []
        self._newest_ns = 0
        self._tick_ns = 0
        self._recent_ns: list[int] = []
        self._last_ns: int | None = None
        self._count = 0

    def feed(self, sample: MotionSamples, /) -> Sequence[Event]:
        """See `Counter`."""
        t_ns = sample.t_ns
        if not len(t_ns):
            return ()
        newest_ns = max(self._newest_ns, int(t_ns.max()))
        if self._finder is not None and newest_ns < self._tick_ns and newest_ns - int(t_ns.min()) <= self._gap_ns:
            self._waiting.append(sample)
            self._newest_ns = newest_ns
            return ()
        found: list[Event] = []
        start = 0
        while start < len(t_ns):
            ahead = t_ns[start : start + AHEAD]
            at_ns = int(ahead[0])
            if self._finder is None or abs(at_ns - self._newest_ns) > self._gap_ns:
                found += self.flush()
                self._begin(at_ns)
            elif at_ns >= self._tick_ns:
                found += self._look()
                self._tick_ns += TICK_NS * ((at_ns - self._tick_ns) // TICK_NS + 1)
            newest = np.maximum.accumulate(np.maximum(ahead, self._newest_ns))
            stops = np.flatnonzero((ahead[1:] >= self._tick_ns) | (newest[1:] - ahead[1:] > self._gap_ns))
            taken = int(stops[0]) + 1 if len(stops) else len(ahead)
            self._waiting.append(MotionSamples(ahead[:taken], sample.accel_mps2[start : start + taken]))
            self._newest_ns = int(newest[taken - 1])
            start += taken
        return found

    def flush(self) -> Sequence[Event]:
        """See `Counter`."""
        if self._finder is None or self._search is None:
            return ()
        self._take()
        self._search.add(self._finder.finish())
        events = self._let_out(self._search.walks(None, self._since_s()), np.inf)
        self._finder = self._search = None
        return events

    def _begin(self, at_ns: int) -> None:
        self._finder = TopFinder(self._rules, at_ns)
        self._search = WalkSearch(self._rules, self._finder.width, MEMORY)
        self._newest_ns, self._tick_ns = at_ns, at_ns + TICK_NS

    def _take(self) -> None:
        """Hand on what has waited."""
        waiting, self._waiting = self._waiting, []
        assert self._finder is not None
        if waiting:
            stamps = waiting[0].t_ns if len(waiting) == 1 else np.concatenate([sample.t_ns for sample in waiting])
            accel = waiting[0].accel_mps2 if len(waiting) == 1 else np.concatenate([sample.accel_mps2 for sample in waiting])
            self._finder.take(*magnitude(MotionSamples(stamps, accel)))

    def _look(self) -> list[Event]:
        assert self._finder is not None
        assert self._search is not None
        self._take()
        until_ns = min(self._tick_ns - LATE_NS, self._newest_ns)
        self._recent_ns = [t_ns for t_ns in self._recent_ns if t_ns >= until_ns - self._rules.own_s * 1e9]
        own_s = own_pace([(t_ns - self._finder.start_ns) / 1e9 for t_ns in self._recent_ns], self._rules)
        self._search.add(self._finder.find((until_ns - self._finder.start_ns) / 1e9), own_s)
        known_s = self._finder.known_s
        return self._let_out(self._search.walks(known_s, self._since_s()), known_s - SETTLED_S)

    def _since_s(self) -> float:
        assert self._finder is not None
        known_s = self._finder.known_s - RETOLD_S
        return known_s if self._last_ns is None else max(known_s, (self._last_ns - self._finder.start_ns) / 1e9)

    def _let_out(self, walks: list[Walk], until_s: float) -> list[Event]:
        """The steps that are new, and older than a time."""
        assert self._finder is not None
        events: list[Event] = []
        since_s = self._since_s()
        for walk in walks:
            if not _is_walk(walk, self._rules):
                continue
            for t_s in walk.cut(self._rules.least_end):
                t_ns = self._finder.start_ns + round(t_s * 1e9)
                apart = self._last_ns is None or t_ns - self._last_ns >= APART * self._rules.shortest_s * 1e9
                if since_s <= t_s <= until_s and apart:
                    self._count += 1
                    self._last_ns = t_ns
                    events.append(Step(t_ns, self._count))
                    self._recent_ns.append(t_ns)
        return events
