"""All that waits in a window of time, and how it is best explained: which crossing was whose, and how likely each part is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from edge.counting.lap_hiding import seen_share
from edge.counting.lap_likelihood import STRANGERS_A_SECOND, Alone, Told, Waiting, alone, together
from edge.counting.lap_marginals import NEVER, assign, marginals

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from numpy.typing import NDArray

    from edge.counting.lap_rules import LapRules

    Floats = NDArray[np.float64]

QUIET_NS: Final = 1_200_000_000
LONGEST_GROUP_NS: Final = 3_000_000_000
"""Those who cross together are settled together: a group ends with a pause, or is cut where it gets too long."""
SURELY: Final = 100.0
BESIDE_NS: Final = 4_000_000_000
"""Crossings so long after a group are weighed with it, as some of its passings may be theirs, and those settled so long before it
are weighed on, as doubt does not end where a group does: passings are off by up to two seconds."""


@dataclass(frozen=True, slots=True, eq=False)
class Past:
    """A lap that is told already: what was told of its pupil, before it was counted, and the crossing that it was given."""

    told: Told
    crossing: Waiting | None
    t_ns: int


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """All that waits, with what was settled just before, and how it is best explained.

    Attributes:
        told: of those who wait, `waiting` of them, and then of those whose laps are told.
        best: by pupil, the crossing, or -1.
        chance: [pupil, crossing].
        ran: by pupil, how likely a lap was run, with a crossing or without.
        alone: by pupil, what was told of him if no crossing was his.
    """

    told: tuple[Told, ...]
    crossings: tuple[Waiting, ...]
    best: tuple[int, ...]
    chance: Floats
    ran: Floats
    alone: tuple[Alone, ...]
    waiting: int

    def hidden(self, row: int) -> Floats:
        """How likely the pupil ran a lap unseen, behind each of the crossings."""
        mine = self.alone[row]
        unseen = float(max(0.0, 1.0 - self.chance[row].sum())) * mine.ran
        return unseen * np.array(mine.behind) if mine.behind else np.zeros(len(self.crossings))

    def nobody(self, column: int) -> float:
        """How likely a crossing was nobody's of the run."""
        return float(max(0.0, 1.0 - self.chance[:, column].sum()))


def weigh(rules: LapRules, waiting: Sequence[Told], past: Sequence[Past], crossings: tuple[Waiting, ...], runners: int) -> Window:
    """Every way of laying crossings to pupils, by its likelihood; the best one keeps to the laps that are told.

    Args:
        past: laps told just before.
        crossings: ascending, with those of the past and those that nobody claimed.
    """
    told = (*waiting, *(one.told for one in past))
    pair, left = _pairs(rules, told, crossings, runners)
    chance, staying = marginals(pair)
    ran = chance.sum(axis=1) + staying * np.array([one.ran for one in left])
    for row, one in enumerate(waiting):
        chance[row] = _by_tap(one, crossings, chance[row])
    return Window(told, crossings, _best(pair, len(waiting), past, crossings), chance, ran, left, len(waiting))


def likeliest(
    rules: LapRules, waiting: Sequence[Told], past: Sequence[Past], crossings: tuple[Waiting, ...], runners: int
) -> tuple[int, ...]:
    """By those who wait, the crossing of the best way that keeps to the laps that are told, or -1.

    Without how likely it is, this is a tenth of the work of `weigh`.
    """
    taken = {id(one.crossing) for one in past}
    pair, _ = _pairs(rules, waiting, crossings, runners, taken)
    return tuple(assign(pair))


def _by_tap(told: Told, crossings: tuple[Waiting, ...], chance: Floats) -> Floats:
    """How likely each crossing is that of a pupil whom only a tap names: as likely as the order of the taps has it (`tap_chances`).

    A bib that was read is weighed with the rest: it makes nobody surer than the taps do, but it may contradict them.
    """
    if told.tap is None or told.passing is not None:
        return chance
    named = np.array([one.named.get(told.pupil, 0.0) for one in crossings])
    if all(one.bib is None for one in crossings):
        return named
    own = np.array([one.bib is not None and one.bib[0] == told.pupil for one in crossings])
    return np.where(own, chance, np.minimum(chance, named))


def _pairs(
    rules: LapRules, told: Sequence[Told], crossings: tuple[Waiting, ...], runners: int, taken: Container[int] = ()
) -> tuple[Floats, tuple[Alone, ...]]:
    """[pupil, crossing] costs as `marginals` has them, and what is told of each pupil if no crossing was his.

    Args:
        taken: crossings (by `id`) that are nobody's of these.
    """
    left = tuple(alone(rules, one, crossings) for one in told)
    times = [one.t_ns for one in crossings]
    pair = np.full((len(told), len(crossings)), NEVER)
    for column, one in enumerate(crossings):
        if id(one) in taken:
            continue
        seen = seen_share(one.t_ns, [*times[:column], *times[column + 1 :]])
        for row, mine in enumerate(told):
            cost = together(rules, mine, one, seen, runners)
            if cost < NEVER:
                pair[row, column] = cost - left[row].cost + np.log(STRANGERS_A_SECOND)
    return pair, left


def _best(pair: Floats, waiting: int, past: Sequence[Past], crossings: tuple[Waiting, ...]) -> tuple[int, ...]:
    """The best way that keeps to the laps that are told; `pair` is written into."""
    for row, lap in enumerate(past, start=waiting):
        pair[row] = NEVER
        for column, one in enumerate(crossings):
            if one is lap.crossing:
                pair[:, column], pair[row, column] = NEVER, -SURELY
    return tuple(assign(pair))


def end_of_group(times: Sequence[int]) -> int:
    """The last before a pause, or before the group gets too long; times ascend."""
    end_ns = times[0]
    for t in times:
        if t > times[0] + LONGEST_GROUP_NS or t - end_ns > QUIET_NS:
            break
        end_ns = t
    return end_ns
