"""What can be done, and under which rules. Rules are data: a city with other rules needs no other code."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

from edge.lesson.course import Course

if TYPE_CHECKING:
    from collections.abc import Iterable

Unit = Literal["skips", "ms", "m", "laps"]
"""What the number of a result is: skips, the milliseconds of a run to its finish, the metres of a run against time, laps."""


@dataclass(frozen=True, slots=True)
class RuleSet:
    """How a count becomes a result.

    Attributes:
        allowed_difference: counts that differ by more go to review; judges of the sport discuss more than 3 (IJRU speed events).
        least_confidence: a single source below this goes to review.
        double_under_counts: what a double under is worth; 1 in the school test, where a jump is a jump, 2 where turns are counted.
        national_standard: whether the tables of the national standard apply (one minute of rope, grades 1 to 6).
        needs_rope: skips in which the camera saw no rope turn go to review, as in a contest; in a lesson that is only a note.
        time_step_ms: an official time is the next multiple of it that is not less. Tenths with 50 m, whole seconds with longer
            runs are field practice (the text of the national standard does not say: `rounding` in its data).
        least_lap_s: nobody is at the line again sooner; for one lap of 200 m, 20 s would be faster than any record.
    """

    allowed_difference: int = 3
    least_confidence: float = 0.8
    double_under_counts: int = 1
    national_standard: bool = False
    needs_rope: bool = False
    time_step_ms: int = 1_000
    least_lap_s: float = 5.0

    def worth(self, skips: int, double_unders: int) -> int:
        """What so many skips are worth, `double_unders` of which had two turns of the rope."""
        return skips + (self.double_under_counts - 1) * double_unders


@dataclass(frozen=True, slots=True)
class Activity:
    """One thing to do; `duration_s` is `None` where the teacher ends it, or where a run ends with the last one at the finish.

    Attributes:
        course: where a run goes; `None` for everything that is done on the spot.
        per_heat: how many go at once, where the settings for rope do not fit.
    """

    id: str
    duration_s: int | None
    name_zh: str
    name_en: str
    note_zh: str
    note_en: str
    rules: RuleSet
    course: Course | None = None
    per_heat: int | None = None

    @property
    def unit(self) -> Unit:
        """What the number of a result is."""
        if self.course is None:
            return "skips"
        if self.course.distance_m is not None:
            return "ms"
        return "m" if self.duration_s is not None else "laps"


def for_contest(activities: Iterable[Activity]) -> dict[str, Activity]:
    """The same activities by id, under the rules of a contest."""
    return {one.id: replace(one, rules=replace(one.rules, needs_rope=True)) for one in activities}


def runs(lap_m: float) -> tuple[Activity, ...]:
    """What can be run on a track of this length, in the order of the start page."""
    loop = RuleSet(national_standard=True, least_lap_s=lap_m / FASTEST_MPS)
    return (
        Activity("run-50", None, "50 米", "50 m", "国家体测", "national test", _DASH, Course(50.0, 50.0, lanes=True), per_heat=8),
        Activity(
            "run-50x8", None, "50 米×8", "50 m × 8", "往返跑", "shuttle", _SHUTTLE,
            Course(400.0, 50.0, shuttle=True, lanes=True), per_heat=8,
        ),
        Activity("run-800", None, "800 米", "800 m", "女生体测", "girls", loop, Course(800.0, lap_m), per_heat=MOST_RUNNERS),
        Activity("run-1000", None, "1000 米", "1000 m", "男生体测", "boys", loop, Course(1000.0, lap_m), per_heat=MOST_RUNNERS),
        Activity(
            "run-12min", 720, "12 分钟", "12 min", "跑多远", "how far", replace(loop, national_standard=False),
            Course(None, lap_m), per_heat=MOST_RUNNERS,
        ),
        Activity(
            "run-free", None, "自由跑", "Free laps", "练习，不排名", "practice, no ranking", replace(loop, national_standard=False),
            Course(None, lap_m), per_heat=MOST_RUNNERS,
        ),
    )  # fmt: skip


MOST_RUNNERS: Final = 45
FASTEST_MPS: Final = 9.0
"""No pupil laps faster; a lap of 400 m at the world record is run at 9.3 m/s."""
_DASH: Final = RuleSet(national_standard=True, time_step_ms=100)
_SHUTTLE: Final = RuleSet(national_standard=True, least_lap_s=50.0 / FASTEST_MPS)
ACTIVITIES: Final = (
    Activity("rope-30", 30, "30 秒", "30 s", "速度", "speed", RuleSet()),
    Activity("rope-60", 60, "1 分钟", "60 s", "国家体测", "national test", RuleSet(national_standard=True)),
    Activity("rope-180", 180, "3 分钟", "3 min", "耐力", "endurance", RuleSet()),
    Activity("rope-free", None, "自由练", "Free", "练习，不排名", "practice, no ranking", RuleSet()),
)
"""What is done on the spot, in the order of the start page."""


def activities(lap_m: float = 200.0) -> dict[str, Activity]:
    """Everything that can be done, by id; `lap_m` is the length of the track."""
    return {activity.id: activity for activity in (*ACTIVITIES, *runs(lap_m))}
