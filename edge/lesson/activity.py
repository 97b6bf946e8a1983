"""What can be done, and under which rules. Rules are data: a city with other rules needs no other code."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class RuleSet:
    """How a count becomes a result.

    Attributes:
        allowed_difference: counts that differ by more go to review; judges of the sport discuss more than 3 (IJRU speed events).
        least_confidence: a single source below this goes to review.
        double_under_counts: what a double under is worth; 1 in the school test, where a jump is a jump, 2 where turns are counted.
        national_standard: whether the tables of the national standard apply (one minute of rope, grades 1 to 6).
        needs_rope: skips in which the camera saw no rope turn go to review, as in a contest; in a lesson that is only a note.
    """

    allowed_difference: int = 3
    least_confidence: float = 0.8
    double_under_counts: int = 1
    national_standard: bool = False
    needs_rope: bool = False

    def worth(self, skips: int, double_unders: int) -> int:
        """What so many skips are worth, `double_unders` of which had two turns of the rope."""
        return skips + (self.double_under_counts - 1) * double_unders


@dataclass(frozen=True, slots=True)
class Activity:
    """One thing to do; `duration_s` is `None` where the teacher ends it."""

    id: str
    duration_s: int | None
    name_zh: str
    name_en: str
    note_zh: str
    note_en: str
    rules: RuleSet


def for_contest(activities: Iterable[Activity]) -> dict[str, Activity]:
    """The same activities by id, under the rules of a contest."""
    return {one.id: replace(one, rules=replace(one.rules, needs_rope=True)) for one in activities}


ACTIVITIES: Final = (
    Activity("rope-30", 30, "30 秒", "30 s", "速度", "speed", RuleSet()),
    Activity("rope-60", 60, "1 分钟", "60 s", "国家体测", "national test", RuleSet(national_standard=True)),
    Activity("rope-180", 180, "3 分钟", "3 min", "耐力", "endurance", RuleSet()),
    Activity("rope-free", None, "自由练", "Free", "练习，不排名", "practice, no ranking", RuleSet()),
)
"""In the order of the start page."""
