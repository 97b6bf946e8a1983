"""How likely it is that a crossing was this pupil's, or that what was told of a pupil came without one. Pure numbers, in 1/s."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from edge.counting.lap_hiding import CAMERA_MISSES, HIDDEN_NS, beside, hidden_shares
from edge.counting.lap_marginals import NEVER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge.counting.events import Crossing
    from edge.counting.gate import Passing
    from edge.counting.lap_pace import Pace
    from edge.counting.lap_rules import LapRules

STRANGERS_A_SECOND: Final = 1 / 120
"""How often somebody who does not run goes over the line, or the camera sees a body twice."""
INVENTED_A_SECOND: Final = {1: 1e-3, 2: 3e-4, 3: 2e-4}
"""How often the radio invents a passing of one band, by number of receivers; measured with `simulators/gate_radio.py`, as are the
next."""
RADIO_MISSES: Final = {1: 0.04, 2: 0.006, 3: 0.003}
"""Share of passings that it does not find."""
INVENTED_ARE_WEAK: Final = 2.2
INVENTED_FROM: Final = 2.0
TRUE_ARE_STRONG: Final = {1: 12.0, 2: 24.0, 3: 35.0}
TRUE_SHAPE: Final = 5
"""Log-odds of the confidence of invented passings (exponential above the least of the gate) and of true ones (gamma): that has the
1st, 5th, 25th and 50th of 100 true ones at 9, 14, 24 and 33 with three receivers (measured 8.9, 15.1, 24.7, 32.9), and with two and
one as near."""
INVENTED_ARE_STRONG: Final = 0.04
"""Share of the invented ones that look like true ones: 15 of 216 are surer than 9 (with one, two and three receivers)."""
STRONGEST: Final = 18.0
MOST_HIDDEN: Final = 0.5
"""However many are around: the nearer one of two is seen."""
CAMERA_NS: Final = 20_000_000
RADIO_NS: Final = 80_000_000
"""Least spread of a passing, for what the curve's own figure does not know."""
UNSEEN_IN_A_CROWD: Final = 0.04
"""Share that the camera misses where it is not known how close others were; of 40 runners over 4 laps (simulated, 30 runs) 0.035,
0 to 0.07 in single ones."""
NOT_LEFT: Final = 0.5
"""Share of the laps of which neither band nor tap told whose crossing was hidden, or was taken for somebody else's: 60 of 89
without a tap, 14 of 30 of silent bands (simulated, 16 runs)."""
TAPPED_NOT_LEFT: Final = 0.2
"""The same of those that were tapped: 523 of 2,449."""
BAND_ALIVE_NS: Final = 3_000_000_000
"""A band has to be heard for so long after the line, or its curve has no end and no passing is found."""
TOLD_NS: Final = (3_500_000_000, 5_600_000_000)
"""How long after it a passing is told, at the earliest and at the latest: until then its absence says nothing."""
TAP_NS: Final = 300_000_000
"""Least spread of a time that only a tap tells."""
TAPS_FORGOTTEN: Final = 0.03
WRONG_TAPS_A_SECOND: Final = 2e-4
ENDS_SHORT: Final = 0.05
"""Share of runners who stop before the end, or whose end nobody saw."""
ENDS_WITH_STEPS: Final = 0.003
"""The same of those whose band has counted the steps of another lap: who stops does not take them."""
TOLD_RATHER: Final = 2.0
"""A lap that may be somebody else's is told from odds of one in two on: it is marked, while one that is not told is not noticed."""
LEAST_TAP: Final = 1e-6
EVERYTHING: Final = 2**62
TAPPED: Final = 0.2
"""A lap of which only a tap tells is told from here on, marked: the teacher's word is a strong one."""


@dataclass(slots=True, eq=False)
class Waiting:
    """A crossing that is not settled.

    Attributes:
        bib: whose number was read at it, and how surely.
        taps: by pupil, how well a tap of that name fits, as a density in 1/s.
        named: by pupil, how likely a tap of that name means this body, by taps and paces alone.
    """

    crossing: Crossing
    bib: tuple[str, float] | None = None
    taps: dict[str, float] = field(default_factory=dict)
    named: dict[str, float] = field(default_factory=dict)

    @property
    def t_ns(self) -> int:
        """When."""
        return self.crossing.t_ns


@dataclass(frozen=True, slots=True)
class Told:
    """What is told of one pupil in the window.

    Attributes:
        tap: when the name was tapped, and when its body then crossed.
        now_ns: what was told until then is known.
    """

    pupil: str
    pace: Pace
    passing: Passing | None
    tap: tuple[int, int] | None = None
    now_ns: int = EVERYTHING

    @property
    def t_ns(self) -> int | None:
        """When the pupil crossed, by radio or tap."""
        if self.passing is not None:
            return self.passing.t_ns
        return None if self.tap is None else self.tap[1]

    @property
    def spread_ns(self) -> float:
        """How far off that may be."""
        return math.hypot(self.passing.unsure_ns, RADIO_NS) if self.passing is not None else 2.0 * TAP_NS


@dataclass(frozen=True, slots=True)
class Alone:
    """What is told of a pupil, if no crossing was his.

    Attributes:
        cost: minus log-likelihood of it.
        ran: how likely a lap was run all the same.
        t_ns: when, if it was: a body that the camera did not see was mostly behind one that it saw.
        unsure_ns: standard deviation of it.
        behind: how likely it was hidden behind each of the crossings; the rest is seen by nobody and behind nobody.
    """

    cost: float = 0.0
    ran: float = 0.0
    t_ns: int = 0
    unsure_ns: int = 0
    behind: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """What tells of one possible end of a lap of a pupil.

    Attributes:
        deaf: no passing could be told, as the gate had just told another.
        stepped: the band had counted the steps of another lap when it was looked for.
    """

    pupil: str
    t_ns: int
    crossing: Waiting | None = None
    passing: Passing | None = None
    tapped: bool = False
    deaf: bool = False
    stepped: bool = False


def over(rules: LapRules, pace: Pace, t_ns: int) -> bool:
    """Whether a time cannot end a lap of this runner: too soon, after the end, or all laps are run."""
    done = rules.laps is not None and pace.laps >= rules.laps
    past = rules.end_ns is not None and t_ns > rules.end_ns
    return done or past or (t_ns - pace.last_ns) / 1e9 < pace.least_s


def together(rules: LapRules, told: Told, one: Waiting, seen: float, runners: int) -> float:
    """Minus log-likelihood that a crossing was this pupil's, with all that is told of the pupil.

    Args:
        seen: how likely the camera sees a body there.
    """
    pace = told.pace
    likely = 0.0 if over(rules, pace, one.t_ns) else pace.hazard_per_s(one.t_ns) * seen
    if likely <= 0.0:
        return NEVER
    if told.passing is not None:
        true, invented = _strength(rules, told.passing)
        likely *= true * beside(one.t_ns - told.passing.t_ns, told.spread_ns) + _radio_misses(rules) * invented
    elif _listens(rules, pace, one.t_ns):
        likely *= 1.0 - _told_by(told.now_ns - one.t_ns) * (1.0 - _radio_misses(rules))
    if told.tap is not None:
        likely *= max(one.taps.get(told.pupil, 0.0), LEAST_TAP)
    elif rules.taps:
        likely *= TAPS_FORGOTTEN
    likely *= by_bib(one, told.pupil, runners)
    return -math.log(likely) if likely > 0.0 else NEVER


def by_bib(one: Waiting, pupil: str, runners: int) -> float:
    """How much likelier the number on the chest makes it that the crossing is this pupil's; 1 where none was read."""
    if one.bib is None:
        return 1.0
    whose, sure = one.bib
    return runners * (sure if whose == pupil else (1.0 - sure) / max(1, runners - 1))


def belated(rules: LapRules, pace: Pace, one: Waiting, now_ns: int, *, ended: bool) -> float:
    """Minus log-likelihood ratio that a crossing which nobody claimed ended this pupil's lap, against a lap that still goes on.

    Args:
        ended: the run is over, and whoever had laps to run has run them, but for the few who stop.
    """
    if over(rules, pace, one.t_ns):
        return NEVER
    goes_on = ends_short(stepped=pace.has_run_on(now_ns)) if ended and rules.laps is not None else pace.goes_on(now_ns)
    likely = TOLD_RATHER * pace.density_per_s(one.t_ns) / goes_on / STRANGERS_A_SECOND
    likely *= _radio_misses(rules) if _listens(rules, pace, one.t_ns) else 1.0
    likely *= TAPS_FORGOTTEN if rules.taps else 1.0
    return -math.log(likely) if likely > 0.0 else NEVER


def ends_short(*, stepped: bool) -> float:
    """How likely a runner whose laps are too few when the run is over has stopped.

    Args:
        stepped: the band has counted the steps of another lap.
    """
    return ENDS_WITH_STEPS if stepped else ENDS_SHORT


def alone(rules: LapRules, told: Told, crossings: Sequence[Waiting]) -> Alone:
    """What is told of a pupil, if no crossing was his."""
    t_ns = told.t_ns
    if t_ns is None:
        return Alone()
    ran = 0.0 if over(rules, told.pace, t_ns) else told.pace.hazard_per_s(t_ns)
    behind, unseen, at_ns, unsure_ns = [0.0] * len(crossings), 1.0, t_ns, told.spread_ns
    if rules.camera:
        behind = hidden_shares(t_ns, told.spread_ns, crossings)
        unseen = CAMERA_MISSES + sum(behind)
        behind = [one / unseen for one in behind]
        at_ns, unsure_ns = _middle(t_ns, told.spread_ns, behind, crossings)
        ran *= min(MOST_HIDDEN, unseen)
    none = 1.0
    if told.passing is not None:
        true, invented = _strength(rules, told.passing)
        ran *= true
        none *= invented
    elif _listens(rules, told.pace, t_ns):
        ran *= _radio_misses(rules)
    if told.tap is not None:
        none *= WRONG_TAPS_A_SECOND
        if told.passing is not None:
            ran *= beside(told.tap[1] - t_ns, 2.0 * TAP_NS)
    elif rules.taps:
        ran *= TAPS_FORGOTTEN
    return Alone(-math.log(ran + none), ran / (ran + none), at_ns, round(unsure_ns), tuple(behind))


def _middle(t_ns: int, spread_ns: float, behind: Sequence[float], crossings: Sequence[Waiting]) -> tuple[int, float]:
    """When a body crossed that is behind one of these, or behind nobody: mean and standard deviation."""
    nobody = max(0.0, 1.0 - sum(behind))
    mean = sum(share * (one.t_ns - t_ns) for share, one in zip(behind, crossings, strict=True))
    square = sum(
        share * ((one.t_ns - t_ns - mean) ** 2 + HIDDEN_NS**2 / 6.0) for share, one in zip(behind, crossings, strict=True)
    )  # fmt: skip
    return t_ns + round(mean), math.sqrt(square + nobody * (mean**2 + spread_ns**2))


def found(rules: LapRules, pace: Pace, end: Found, runners: int) -> float:
    """Log of how much likelier what was seen and heard of an end of a lap is, if it was one, against chance."""
    likely = 1.0
    if end.crossing is not None:
        likely *= by_bib(end.crossing, end.pupil, runners) / STRANGERS_A_SECOND
    elif rules.camera:
        likely *= TAPPED_NOT_LEFT if end.tapped and end.passing is None else UNSEEN_IN_A_CROWD
    if end.passing is not None:
        true, invented = _strength(rules, end.passing)
        likely *= true / invented
        if end.crossing is not None:
            likely *= beside(end.crossing.t_ns - end.passing.t_ns, math.hypot(end.passing.unsure_ns, RADIO_NS))
    elif not end.deaf and _listens(rules, pace, end.t_ns):
        likely *= _radio_misses(rules)
    if end.tapped:
        likely *= 1.0 / WRONG_TAPS_A_SECOND
    elif rules.taps:
        likely *= TAPS_FORGOTTEN
    return math.log(max(likely, 1e-30))


def unseen(rules: LapRules, pace: Pace, t_ns: int) -> float:
    """Log of the likelihood that no witness told of the end of a lap at about `t_ns`."""
    likely = NOT_LEFT if rules.camera else 1.0
    likely *= _radio_misses(rules) if _listens(rules, pace, t_ns) else 1.0
    return math.log(likely * (TAPS_FORGOTTEN if rules.taps else 1.0))


def _strength(rules: LapRules, passing: Passing) -> tuple[float, float]:
    """Density of a passing's confidence if a body passed, and the same (a second) if the radio invented it."""
    receivers = min(3, max(1, rules.receivers))
    odds = math.log(max(passing.confidence, 1e-6) / max(1.0 - passing.confidence, 1e-9))
    odds, scale = min(STRONGEST, max(0.1, odds)), TRUE_ARE_STRONG[receivers] / TRUE_SHAPE
    weak = math.exp(-max(0.0, odds - INVENTED_FROM) / INVENTED_ARE_WEAK) / INVENTED_ARE_WEAK
    invented = INVENTED_A_SECOND[receivers] * ((1.0 - INVENTED_ARE_STRONG) * weak + INVENTED_ARE_STRONG / STRONGEST)
    return (odds / scale) ** (TRUE_SHAPE - 1) * math.exp(-odds / scale) / (math.factorial(TRUE_SHAPE - 1) * scale), invented


def _radio_misses(rules: LapRules) -> float:
    return RADIO_MISSES[min(3, max(1, rules.receivers))]


def _listens(rules: LapRules, pace: Pace, t_ns: int) -> bool:
    """Whether the radio would have found a passing of this band at a moment."""
    return rules.receivers > 0 and pace.heard_ns is not None and pace.heard_ns >= t_ns + BAND_ALIVE_NS


def _told_by(since_ns: int) -> float:
    """How likely a passing is told by so long after it."""
    first_ns, last_ns = TOLD_NS
    return min(1.0, max(0.0, (since_ns - first_ns) / (last_ns - first_ns)))
