"""Scores of the national fitness standard (国家学生体质健康标准, 2014): one minute of rope, and the runs."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from edge.lesson.changes import Mark

Sex = Literal["male", "female"]

SKIPS_A_BONUS_POINT: Final = 2
MOST_BONUS: Final = 20
BELOW_THE_TABLE: Final = 0
"""The official text does not say what a count below the 10-point row is worth; 0 is practice."""


@dataclass(frozen=True, slots=True)
class Scored:
    """Points of the table, bonus points above the pupil's own 100-mark, and the word for it."""

    score: int
    bonus: int
    mark: Mark


def score_rope(sex: Sex, grade: int, count: int) -> Scored | None:
    """Score a count of one minute; `None` where the standard has no table (grades above 6).

    A step table, without interpolation: the highest row whose count is reached. The bonus counts from the 100-mark of the pupil's
    own sex and grade, one point for two skips, 20 at most.
    """
    table = _standard()
    counts: list[int] | None = table["rope_skipping_1min"][sex].get(str(grade))
    if counts is None:
        return None
    reached = (score for score, least in zip(table["scores"], counts, strict=True) if count >= least)
    score = next(reached, BELOW_THE_TABLE)
    bonus = min(MOST_BONUS, max(0, count - counts[0]) // SKIPS_A_BONUS_POINT)
    return Scored(score, bonus, mark_of(score))


RUN_TABLES: Final = {"run-50": "run_50m_s", "run-50x8": "shuttle_50m_x8_s", "run-800": "run_800m_s", "run-1000": "run_1000m_s"}
"""The table of each run that has one."""
BONUS_TABLES: Final = {("run-1000", "male"): "run_1000m_male", ("run-800", "female"): "run_800m_female"}


def score_run(activity: str, sex: Sex, grade: int, time_ms: int) -> Scored | None:
    """Score the official time of a run; `None` where the standard has no table for the sex and grade.

    The highest row whose time is not exceeded. Bonus: grades 7 to 12, 1000 m of boys and 800 m of girls, up to 10 points for the
    seconds under the pupil's own 100-mark.
    """
    table = _standard()
    name = RUN_TABLES.get(activity)
    limits: list[float] | None = None if name is None else table[name].get(sex, {}).get(str(grade))
    if limits is None:
        return None
    time_s = time_ms / 1e3
    reached = (score for score, most in zip(table["scores"], limits, strict=True) if time_s <= most)
    score = next(reached, BELOW_THE_TABLE)
    under_s = limits[0] - time_s
    steps: dict[str, int] = table["run_bonus_s"].get(BONUS_TABLES.get((activity, sex), ""), {})
    bonus = max((int(points) for points, needed_s in steps.items() if under_s >= needed_s), default=0)
    return Scored(score, bonus, mark_of(score))


def mark_of(score: float) -> Mark:
    """优秀 from 90, 良好 from 80, 及格 from 60."""
    for least, mark in _MARKS:
        if score >= least:
            return mark
    return "fail"


_MARKS: Final[tuple[tuple[int, Mark], ...]] = ((90, "excellent"), (80, "good"), (60, "pass"))


@cache
def _standard() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(
        files("edge.lesson").joinpath("data/fitness-standard-2014.json").read_text(encoding="utf-8")
    )
    return loaded
