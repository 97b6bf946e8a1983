"""What the pages see: the one contract between the gateway and its pages.

The OpenAPI document, and from it the TypeScript types of the pages, are generated from these models. Names of pupils appear
here and nowhere further out. Times are milliseconds of the gateway's wall clock; `now_ms` lets a page work out its own offset.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

HeatState = Literal["ready", "countdown", "running", "settling", "ended"]
"""`settling`: time is up, the last samples come in and the official counts are taken."""

FootKind = Literal["alarm", "need", "info", "best", "none"]
FootCode = Literal[
    "band_silent", "no_source", "out_of_station", "two_in_station", "camera_lost", "trips", "best_ahead", "best_equalled",
    "best_beaten", "absent", "none",
]  # fmt: skip


class View(BaseModel):
    """Base of all views: frozen, and nothing unknown slips in."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class SavedView(View):
    """The saved chip: is all committed here, and how much has not yet been stored by the platform."""

    state: Literal["connecting", "delivered", "waiting", "full"]
    waiting: int


class RosterView(View):
    """A class that can be chosen."""

    id: str
    class_name: str
    pupils: int


class ActivityView(View):
    """What can be done; `duration_s` is `None` for free practice."""

    id: str
    duration_s: int | None
    name_zh: str
    name_en: str
    note_zh: str
    note_en: str


class FootView(View):
    """The one line under a count; `value` is the number in it (seconds silent, trips, best, missing skips)."""

    kind: FootKind
    code: FootCode
    value: int = 0


class ReviewView(View):
    """Why a result waits for a look, with the two numbers and the rule.

    `disagree`: band and camera differ by more than `allowed`. `live_differs`: live and official count do. `unsure`: low
    confidence. `no_signal`: nothing was heard or seen.
    """

    reason: Literal["disagree", "live_differs", "unsure", "no_signal"]
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
    """The result of an attempt; `score` and `mark` by the national standard where it has a table for the activity."""

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
    """Those who go at once."""

    id: str
    number: int
    state: HeatState
    starts_at_ms: int | None
    ends_at_ms: int | None
    tiles: list[TileView]


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


class RadioView(View):
    """A receiver, as a technician wants it."""

    name: str
    listening: bool
    heard: int
    dropped: int
    error: str | None


class CameraView(View):
    """A camera, as a technician wants it."""

    name: str
    state: Literal["opening", "live", "frozen", "dark", "lost"]
    fps: float
    frames_dropped: int
    stations: int
    error: str | None


class SourcesView(View):
    """What the gateway hears and sees."""

    bands_heard: int
    radios: list[RadioView]
    cameras: list[CameraView]


class StateView(View):
    """Everything a page needs to draw itself from nothing."""

    now_ms: int
    gateway: str
    saved: SavedView
    rosters: list[RosterView]
    activities: list[ActivityView]
    class_record: int | None
    lesson: LessonView | None
    sources: SourcesView


class StateMessage(View):
    """WebSocket: sent on connecting and whenever the shape of the page changes."""

    type: Literal["state"] = "state"
    state: StateView


class TilesMessage(View):
    """WebSocket: the fast numbers of the running heat, five times a second at most, tiles in the order of the state."""

    type: Literal["tiles"] = "tiles"
    now_ms: int
    heat: str
    tiles: list[TileView]


class SavedMessage(View):
    """WebSocket: the saved chip has changed."""

    type: Literal["saved"] = "saved"
    now_ms: int
    saved: SavedView


class OpenLesson(View):
    """Body of `POST /api/lessons`."""

    roster: str
    activity: str


class StartHeat(View):
    """Body of `POST /api/heats/start`: start the heat on the page; without a countdown, the one of the settings."""

    countdown_s: Annotated[int, Field(ge=0, le=30)] | None = None


class Correction(View):
    """Body of `POST /api/attempts/{attempt}/correct`."""

    count: int
    reason: Literal["watched", "band_wrong", "camera_wrong", "rule", "other"]


class Presence(View):
    """Body of `POST /api/pupils/{pupil}/presence`."""

    present: bool


class Problem(View):
    """Body of every 4xx answer: what is wrong and what to do, in both languages."""

    code: str
    message_zh: str
    message_en: str
