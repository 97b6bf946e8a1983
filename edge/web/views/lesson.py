"""A lesson as the pages see it: classes and exercises to choose from, heats, tiles, results."""

from __future__ import annotations

from typing import Literal

from edge.web.views.base import View
from edge.web.views.run import RunView

HeatState = Literal["ready", "countdown", "running", "settling", "ended"]
"""`settling`: time is up, the last samples come in and the official counts are taken."""

FootKind = Literal["alarm", "need", "info", "best", "none"]
FootCode = Literal[
    "band_silent", "no_source", "out_of_station", "two_in_station", "camera_lost", "trips", "best_ahead", "best_equalled",
    "best_beaten", "absent", "none",
]  # fmt: skip


class RosterView(View):
    """A class that can be chosen."""

    id: str
    class_name: str
    pupils: int


class ActivityView(View):
    """What can be done; `duration_s` is `None` for free practice and for runs to a finish.

    `unit`: what the numbers of its results are (`ms`: a time). `lap_m` is `None` for what is no run, `distance_m` for runs without
    a finish. `per_heat`: how many go at once at the most.
    """

    id: str
    duration_s: int | None
    name_zh: str
    name_en: str
    note_zh: str
    note_en: str
    unit: Literal["skips", "ms", "m", "laps"]
    distance_m: int | None
    lap_m: int | None
    per_heat: int


class FootView(View):
    """The one line under a count; `value` is the number in it (seconds silent, trips, best, missing skips, the station)."""

    kind: FootKind
    code: FootCode
    value: int = 0


class ReviewView(View):
    """Why a result waits for a look, with the two numbers and the rule.

    `disagree`: band and camera differ by more than `allowed`. `live_differs`: live and official count do. `unsure`: low
    confidence. `no_signal`: nothing was heard or seen. `rope_not_seen`: in a contest, the hands turned no rope.
    `crowded`: two were in the square for more than three seconds. Of runs, without numbers: `order_open`: who was first has not
    been answered. `lap_unsure`: whose lap it was is not sure. `no_steps`: the band has no steps for a lap. `missed_touch`: one end
    of the shuttle was not touched. `false_start`, `did_not_finish`: as they say.
    """

    reason: Literal[
        "disagree", "live_differs", "unsure", "no_signal", "rope_not_seen", "crowded",
        "order_open", "lap_unsure", "no_steps", "missed_touch", "false_start", "did_not_finish",
    ]  # fmt: skip
    first: int | None
    second: int | None
    allowed: int


class AuditView(View):
    """One line of the audit trail of an attempt."""

    at_ms: int
    kind: Literal["decided", "corrected", "undone"]
    count: int
    reason: str


class RhythmView(View):
    """How the attempt went: skips a minute, spread of the periods and change of the cadence in a minute as shares, longest run."""

    cadence_per_min: int
    spread: float | None
    trend_per_min: float | None
    longest: int


class ResultView(View):
    """The result of an attempt; `score` and `mark` by the national standard where it has a table for the activity.

    `official` and `live` are in the unit of the activity; a time of 0 ms: did not finish.
    `replay`: there is evidence, `GET /api/attempts/{attempt}/replay` has it.
    """

    official: int
    live: int
    confidence: float
    source: Literal["band", "camera", "both", "teacher", "none"]
    score: int | None
    bonus: int
    mark: Literal["excellent", "good", "pass", "fail"] | None
    personal_best: bool
    review: ReviewView | None
    rhythm: RhythmView | None
    audit: list[AuditView]
    replay: bool


class TileView(View):
    """One pupil in the heat."""

    attempt: str
    pupil: str
    name: str
    number: int
    station: int | None
    present: bool
    count: int
    plus_minus: int
    cadence_per_min: int | None
    heart_rate_bpm: int | None
    heart_zone: int
    place: int | None
    trips: int
    silent_s: int | None
    source: Literal["band", "camera", "both", "none"]
    best: int | None
    foot: FootView
    result: ResultView | None


class HeatView(View):
    """Those who go at once; `run` where it is a run."""

    id: str
    number: int
    state: HeatState
    starts_at_ms: int | None
    ends_at_ms: int | None
    tiles: list[TileView]
    run: RunView | None


class HeatSummary(View):
    """A heat of the lesson that is not the one on the page."""

    number: int
    state: HeatState
    pupils: int


class LessonView(View):
    """The lesson that is open."""

    id: str
    class_name: str
    activity: ActivityView
    heats: list[HeatSummary]
    heat: HeatView
