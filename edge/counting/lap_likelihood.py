"""How likely it is that a crossing was this pupil's, or that what was told of a pupil came without one. Pure numbers, in 1/s."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

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
INVENTED_ARE_WEAK: Final = 2.0
TRUE_ARE_STRONG: Final = {1: 12.0, 2: 24.0, 3: 50.0}
"""Mean log-odds of the confidence of invented passings (exponential) and of true ones (gamma of shape 2)."""
STRONGEST: Final = 18.0
CAMERA_MISSES: Final = 0.005
HIDDEN: Final = 0.12
HIDDEN_NS: Final = 120_000_000
"""Share that the camera misses, and the one where another body crosses so close: every second of them is the farther one, and is
hidden the more the nearer the two are."""
HIDDEN_SOMEWHERE: Final = 0.04
"""The same where it is not known how close the other was."""
CAMERA_NS: Final = 20_000_000
RADIO_NS: Final = 80_000_000
"""Least spread of a passing, for what the curve's own figure does not know."""
STRAY: Final = 0.05
STRAY_TIMES: Final = 3.0
"""Share of passings whose time is off by a spread so many times wider."""
BAND_ALIVE_NS: Final = 2_000_000_000
TAP_NS: Final = 300_000_000
"""Least spread of a time that only a tap tells."""
TAPS_FORGOTTEN: Final = 0.03
WRONG_TAPS_A_SECOND: Final = 2e-4
ENDS_SHORT: Final = 0.05
"""Share of runners who stop before the end, or whose end nobody saw."""
TOLD_RATHER: Final = 2.0
"""A lap that may be somebody else's is told from odds of one in two on: it is marked, while one that is not told is not noticed."""
LEAST_TAP: Final = 1e-6
TAPPED: Final = 0.2
"""A lap of which only a tap tells is told from here on, marked: the teacher's word is a strong one."""


@dataclass(slots=True)
class Waiting:
    """A crossing that is not settled.

    Attributes:
        bib: whose number was read at it, and how surely.
        taps: by pupil, how well a tap of that name fits, as a density in 1/s.
    """

    crossing: Crossing
    bib: tuple[str, float] | None = None
    taps: dict[str, float] = field(default_factory=dict)

    @property
    def t_ns(self) -> int:
        """When."""
        return self.crossing.t_ns


@dataclass(frozen=True, slots=True)
class Told:
    """What is told of one pupil in the window; `tap` is when the name was tapped, and when its body then crossed."""

    pupil: str
    pace: Pace
    passing: Passing | None
    tap: tuple[int, int] | None = None

    @property
    def t_ns(self) -> int | None:
        """When the pupil crossed, by radio or tap."""
        if self.passing is not None:
            return self.passing.t_ns
        return None if self.tap is None else self.tap[1]


def over(rules: LapRules, pace: Pace, t_ns: int) -> bool:
    """Whether a time cannot end a lap of this runner: too soon, after the end, or all laps are run."""
    done = rules.laps is not None and pace.laps >= rules.laps
    past = rules.end_ns is not None and t_ns > rules.end_ns
    return done or past or (t_ns - pace.last_ns) / 1e9 < pace.least_s


def together(rules: LapRules, told: Told, one: Waiting, crossings: Sequence[Waiting], runners: int) -> float:
    """Minus log-likelihood that a crossing was this pupil's, with all that is told of the pupil."""
    pace = told.pace
    likely = 0.0 if over(rules, pace, one.t_ns) else pace.hazard_per_s(one.t_ns) * (1.0 - _camera_misses(one.t_ns, one, crossings))
    if likely <= 0.0:
        return NEVER
    if told.passing is not None:
        true, invented = _strength(rules, told.passing)
        near = _beside(one.t_ns - told.passing.t_ns, math.hypot(told.passing.unsure_ns, RADIO_NS))
        likely *= true * near + _radio_misses(rules) * invented
    elif _listens(rules, pace, one.t_ns):
        likely *= _radio_misses(rules)
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
    goes_on = ENDS_SHORT if ended and rules.laps is not None else pace.goes_on(now_ns)
    likely = TOLD_RATHER * pace.density_per_s(one.t_ns) / goes_on / STRANGERS_A_SECOND
    likely *= _radio_misses(rules) if _listens(rules, pace, one.t_ns) else 1.0
    likely *= TAPS_FORGOTTEN if rules.taps else 1.0
    return -math.log(likely) if likely > 0.0 else NEVER


def alone(rules: LapRules, told: Told, crossings: Sequence[Waiting]) -> tuple[float, float]:
    """Minus log-likelihood of what is told of a pupil where no crossing was his, and how likely a lap was run all the same."""
    t_ns = told.t_ns
    if t_ns is None:
        return 0.0, 0.0
    ran = 0.0 if over(rules, told.pace, t_ns) else told.pace.hazard_per_s(t_ns)
    ran *= _camera_misses(t_ns, None, crossings) if rules.camera else 1.0
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
            ran *= _beside(told.tap[1] - t_ns, 2.0 * TAP_NS)
    elif rules.taps:
        ran *= TAPS_FORGOTTEN
    return -math.log(ran + none), ran / (ran + none)


def _strength(rules: LapRules, passing: Passing) -> tuple[float, float]:
    """Density of a passing's confidence if a body passed, and the same (a second) if the radio invented it."""
    receivers = min(3, max(1, rules.receivers))
    odds = math.log(max(passing.confidence, 1e-6) / max(1.0 - passing.confidence, 1e-9))
    odds, half = min(STRONGEST, max(0.1, odds)), TRUE_ARE_STRONG[receivers] / 2.0
    invented = INVENTED_A_SECOND[receivers] * math.exp(-odds / INVENTED_ARE_WEAK) / INVENTED_ARE_WEAK
    return odds / half**2 * math.exp(-odds / half), invented


def _radio_misses(rules: LapRules) -> float:
    return RADIO_MISSES[min(3, max(1, rules.receivers))]


def _listens(rules: LapRules, pace: Pace, t_ns: int) -> bool:
    """Whether the radio would have heard this band at a moment."""
    return rules.receivers > 0 and pace.heard_ns is not None and pace.heard_ns >= t_ns - BAND_ALIVE_NS


def _camera_misses(t_ns: int, itself: Waiting | None, crossings: Sequence[Waiting]) -> float:
    within_ns = HIDDEN_NS if itself is not None else 4 * HIDDEN_NS
    near = any(one is not itself and abs(one.t_ns - t_ns) < within_ns for one in crossings)
    return CAMERA_MISSES if not near else HIDDEN if itself is not None else HIDDEN_SOMEWHERE


def _beside(off_ns: float, spread_ns: float) -> float:
    """Density (1/s) of a witness's time by how far it is off, with a share of strays."""

    def density(spread_s: float) -> float:
        return math.exp(-0.5 * (off_ns / 1e9 / spread_s) ** 2) / (spread_s * math.sqrt(2.0 * math.pi))

    return (1.0 - STRAY) * density(spread_ns / 1e9) + STRAY * density(STRAY_TIMES * spread_ns / 1e9)
