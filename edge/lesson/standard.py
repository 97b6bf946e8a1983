"""Scores of the national fitness standard (国家学生体质健康标准, 2014) for one-minute rope skipping, grades 1 to 6."""

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
