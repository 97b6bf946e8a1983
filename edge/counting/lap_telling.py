"""From an explained window to the laps that are told: with which time, how sure, and why one is marked."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from edge.counting.lap_check import steps_fit
from edge.counting.lap_events import LapSeen
from edge.counting.lap_likelihood import CAMERA_NS

if TYPE_CHECKING:
    from edge.counting.lap_events import LapDoubt, Witness
    from edge.counting.lap_pace import Pace
    from edge.counting.lap_rules import LapRules
    from edge.counting.lap_window import Window

SURE: Final = 0.95
"""A lap is told without a mark if it is this likely to be right: a log-likelihood ratio of 3.9 against all else. Of those told,
fewer than 2 % can then be wrong, and on average far fewer."""
TENTH_NS: Final = 100_000_000
"""Which of two crossings within a tenth of a second it was changes no result of a lap; long runs are timed in whole seconds."""
TWO_TIMES: Final = 1.645 * math.sqrt(2.0)
"""Spreads of one camera time by which the way between two of them may be longer than measured, with 95 % certainty."""
ROUGHLY_NS: Final = 500_000_000
"""Doubt between crossings within half a second is one of order; if it is not `SURE` to be one of them, it is one of who."""


def by_camera(rules: LapRules, window: Window, row: int, column: int) -> LapSeen:
    """The lap of a pupil who is taken to have been at a crossing."""
    told, one = window.told[row], window.crossings[column]
    by: list[Witness] = ["camera"]
    by += ["radio"] if told.passing is not None else []
    by += ["tap"] if told.tap is not None else []
    by += ["bib"] if one.bib is not None and one.bib[0] == told.pupil else []
    at = window.chance[row] + window.hidden(row)
    others_ns = np.array([other.t_ns - one.t_ns for other in window.crossings], dtype=np.float64)
    same_ns = TENTH_NS - TWO_TIMES * max(one.crossing.unsure_ns, CAMERA_NS)
    sure = float(at[(np.abs(others_ns) <= same_ns) | (others_ns == 0)].sum())
    roughly = float(at[np.abs(others_ns) <= ROUGHLY_NS].sum())
    spread_ns = np.sqrt(at @ others_ns**2 / max(at.sum(), 1e-9))
    unsure_ns = float(np.hypot(max(one.crossing.unsure_ns, CAMERA_NS), spread_ns))
    doubt: LapDoubt | None = None if sure >= SURE else "order" if window.ran[row] >= SURE and roughly >= SURE else "who"
    lap = LapSeen(told.pupil, told.pace.laps + 1, one.t_ns, round(unsure_ns), tuple(by), min(1.0, sure), doubt)
    return by_steps(rules, told.pace, lap)


def without_camera(rules: LapRules, window: Window, row: int) -> LapSeen:
    """The lap of a pupil of whom only band or tap has told."""
    told, ran, mine = window.told[row], float(window.ran[row]), window.alone[row]
    by: list[Witness] = ["radio"] if told.passing is not None else []
    by += ["tap"] if told.tap is not None else []
    doubt: LapDoubt | None = None if ran >= SURE else "who"
    return by_steps(rules, told.pace, LapSeen(told.pupil, told.pace.laps + 1, mine.t_ns, mine.unsure_ns, tuple(by), ran, doubt))


def by_steps(rules: LapRules, pace: Pace, lap: LapSeen) -> LapSeen:
    """With the steps as a witness, or marked where they are missing."""
    steps = pace.steps_since(lap.t_ns)
    if steps is None or rules.lap_m is None:
        return lap
    if steps_fit(rules.lap_m, steps, usual_steps=pace.usual_steps):
        return replace(lap, by=(*lap.by, "steps"))
    return replace(lap, doubt=lap.doubt or "steps")
