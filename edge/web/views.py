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


class LapView(View):
    """A pass of the line: `ms` since the pass before it, `at_ms` since the signal, `at_m` from the start.

    `by`: who says so. `doubt`: why to look at it. `in_question`: the teacher has been asked who it was.
    """

    lap: str
    ms: int
    at_ms: int
    at_m: int
    by: list[Literal["camera", "band", "bib", "teacher"]]
    doubt: Literal["unsure", "no_steps", "missed_touch"] | None
    in_question: bool


class RunnerView(View):
    """How far a runner is.

    `left`: laps to go, `None` without a finish. `finish_ms`: the time at the finish, before it at the pace so far. `gap_ms`: behind
    the first at the same distance. `early_ms`: over the line so long before the signal.
    """

    attempt: str
    passes: int
    left: int | None
    at_m: int
    elapsed_ms: int
    laps: list[LapView]
    pace_s_per_km: int | None
    finish_ms: int | None
    finished: bool
    place: int | None
    gap_ms: int | None
    laps_behind: int
    stopped: bool
    early_ms: int


class OrderView(View):
    """A question to the teacher: these crossed together, who was first? Crossings in ms since the signal, the first one first.

    `attempts`: who may have been there, in the likely order.
    """

    dispute: str
    crossings_ms: list[int]
    attempts: list[str]


class RunView(View):
    """A run: its course, the runners in the order of the tiles, and what the teacher is asked. All times are ms since the signal.

    `early_ms`: bodies over the line before it, of whom nobody has said who they were. `waiting_ms`: bodies over the line just now,
    of whom it is not yet sure who they are, `waiting_for`: the likeliest attempt of each. `strangers_ms`: the newest of whom nobody
    fits. `least_lap_s`: nobody is at the line again sooner. `gates`: what sees the line now. `photo`: there is a photo finish,
    `GET /api/finish/photo` has it.
    """

    lap_m: int
    distance_m: int | None
    shuttle: bool
    passes: int | None
    least_lap_s: float
    runners: list[RunnerView]
    orders: list[OrderView]
    early_ms: list[int]
    waiting_ms: list[int]
    waiting_for: list[str | None]
    strangers_ms: list[int]
    gates: list[Literal["camera", "radio"]]
    photo: bool


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


class RadioView(View):
    """A receiver, as a technician wants it."""

    name: str
    listening: bool
    heard: int
    dropped: int
    error: str | None


class CameraView(View):
    """A camera, as a technician wants it.

    `frames_dropped`: a newer one had come. `frames_left_out`: every second one, while the computer cannot keep up (`load`).
    `engine`: model and provider in use. `clock`: whose stamps the pictures have. `notes`: what the camera or the pose engine would
    not do.
    """

    name: str
    state: Literal["opening", "live", "frozen", "dark", "lost"]
    fps: float
    frames_dropped: int
    frames_left_out: int
    frames_broken: int
    stations: int
    engine: str | None
    pose_hz: float
    load: Literal["full", "fewer_poses", "fewer_pictures"]
    clock: Literal["source", "arrival"]
    notes: list[str]
    error: str | None


class EvidenceStatusView(View):
    """What is kept of attempts, and what had to go, as a technician wants it; clips only where the school allows them."""

    attempts: int
    bytes_used: int
    bytes_limit: int
    removed: int
    not_kept: int
    clips: int | None
    clip_bytes_used: int
    clip_bytes_limit: int


class SourcesView(View):
    """What the gateway hears, sees and keeps of it."""

    bands_heard: int
    radios: list[RadioView]
    cameras: list[CameraView]
    evidence: EvidenceStatusView


class AssignmentView(View):
    """Homework of a class; `goal` is in the unit of the activity, `pupils` is how many of the class it is for (`None`: all).

    `roster` is the class as the pages choose it, or `None` for one that this field has no list of.
    """

    key: str
    roster: str | None
    class_name: str
    pupils: int | None
    activity: str
    goal: int
    due_ms: int


class ContestHeatView(View):
    """When a heat of a contest starts, and how many are in it."""

    heat: int
    starts_at_ms: int
    lanes: int


class ContestView(View):
    """What this field does in a contest."""

    key: str
    title: str
    activity: str
    heats: list[ContestHeatView]


class DirectiveView(View):
    """What became of a directive of the platform, for the technician."""

    at_ms: int
    key: str
    version: int
    kind: str
    outcome: Literal["applied", "known", "older", "refused"]
    reason: str


class StateView(View):
    """Everything a page needs to draw itself from nothing.

    `assignments` and `contests` are those that are not over.
    """

    now_ms: int
    gateway: str
    saved: SavedView
    rosters: list[RosterView]
    activities: list[ActivityView]
    class_record: int | None
    countdown_s: int
    lesson: LessonView | None
    sources: SourcesView
    assignments: list[AssignmentView]
    contests: list[ContestView]


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
    run: RunView | None


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
    """Body of `POST /api/heats/start`: start the heat on the page; without a countdown, the one of the settings.

    A run may start in `waves`, `wave_gap_s` one after the other, or `rolling`: everybody's time begins at the own first pass.
    """

    countdown_s: Annotated[int, Field(ge=0, le=30)] | None = None
    waves: Annotated[int, Field(ge=1, le=20)] = 1
    wave_gap_s: Annotated[int, Field(ge=1, le=600)] = 30
    rolling: bool = False


class Correction(View):
    """Body of `POST /api/attempts/{attempt}/correct`."""

    count: int
    reason: Literal["watched", "band_wrong", "camera_wrong", "rule", "other"]


class Tap(View):
    """Body of `POST /api/attempts/{attempt}/laps`: the runner is at the line now, or was at `at_ms` since the signal."""

    at_ms: Annotated[int, Field(ge=0, le=86_400_000)] | None = None


class Stop(View):
    """Body of `POST /api/attempts/{attempt}/stop`: a runner gives up; with `stopped` false he runs on."""

    stopped: bool = True


class FalseStart(View):
    """Body of `POST /api/attempts/{attempt}/false-start`: this one was over the line so long before the signal; 0: it was not."""

    early_ms: Annotated[int, Field(ge=0, le=60_000)]


class OrderAnswer(View):
    """Body of `POST /api/orders/{dispute}`: by crossing who it was, `None` where it was nobody of these."""

    attempts: Annotated[list[str | None], Field(min_length=1, max_length=60)]


class Presence(View):
    """Body of `POST /api/pupils/{pupil}/presence`."""

    present: bool


class SquareView(View):
    """A station's square, in pixels of the picture it was drawn on."""

    number: Annotated[int, Field(ge=1, le=99)]
    x: Annotated[int, Field(ge=-100_000, le=100_000)]
    y: Annotated[int, Field(ge=-100_000, le=100_000)]
    width: Annotated[int, Field(ge=1, le=100_000)]
    height: Annotated[int, Field(ge=1, le=100_000)]


class StationsView(View):
    """The squares of a camera, and by which rules they are judged.

    `width_px` and `height_px` are those of the picture they were drawn on, `None` for squares of the settings. `elsewhere`: station
    numbers that another camera has. `most_shared`: the share of the smaller square that two may have in common.
    """

    camera: str
    source: Literal["settings", "teacher"]
    width_px: int | None
    height_px: int | None
    squares: list[SquareView]
    elsewhere: list[int]
    least_width_px: int
    least_height_px: int
    most_shared: float


class StillView(View):
    """A still, kept in memory for some minutes: `GET /api/stills/{id}` has the picture."""

    id: str
    width_px: int
    height_px: int


class DrawnSquares(View):
    """Body of `POST /api/cameras/{camera}/stations`: the whole set, in pixels of a picture of this size."""

    width_px: Annotated[int, Field(ge=1, le=100_000)]
    height_px: Annotated[int, Field(ge=1, le=100_000)]
    squares: Annotated[list[SquareView], Field(max_length=60)]


class FindSquares(View):
    """Body of `POST /api/stills/{still}/find`: by where pupils stand, or by tape and cones on the floor."""

    by: Literal["pupils", "marks"]


class FoundView(View):
    """Proposals, left to right; nothing is changed by finding them."""

    squares: list[SquareView]


class LineView(View):
    """The line of a camera for laps: x1, y1, x2, y2 in pixels of a picture of this size; `None` where it has none.

    `end`: which end of a shuttle it is at; `finish` for everything else. `direction`: how runners pass it in the picture; `None`
    where both ways count.
    """

    camera: str
    source: Literal["settings", "teacher"]
    width_px: int | None
    height_px: int | None
    line: list[int] | None
    end: Literal["finish", "far"]
    direction: Literal["left_to_right", "right_to_left", "top_to_bottom", "bottom_to_top"] | None


class DrawnLine(View):
    """Body of `POST /api/cameras/{camera}/line`: a line, or `None` for none, in pixels of a picture of this size."""

    width_px: Annotated[int, Field(ge=1, le=100_000)]
    height_px: Annotated[int, Field(ge=1, le=100_000)]
    line: Annotated[list[int], Field(min_length=4, max_length=4)] | None
    end: Literal["finish", "far"] = "finish"
    direction: Literal["left_to_right", "right_to_left", "top_to_bottom", "bottom_to_top"] | None = None


class WaveView(View):
    """An even signal: the value at `i` is of `first_ms + 1000 i / rate_hz`, ms since the signal."""

    rate_hz: float
    first_ms: int
    values: list[int]


class BoutView(View):
    """Skips between two pauses, ms since the signal."""

    from_ms: int
    to_ms: int
    count: int


class MarksView(View):
    """An official count on the time line, ms since the signal; `timed` is false where the times are only spread between reports."""

    count: int
    skips_ms: list[int]
    trips_ms: list[int]
    bouts: list[BoutView]
    confidence: float
    rope_seen: bool | None
    timed: bool


class PoseView(View):
    """A key frame: x and y in quarters of a pixel of nose, then left and right shoulder, elbow, wrist, hip, knee, ankle."""

    at_ms: int
    xy: list[int]


class CameraReplayView(View):
    """What a camera saw. Waves are thousandths of a torso; `present` has from and to (exclusive) of values with a body."""

    marks: MarksView
    bounce: WaveView
    stride: WaveView
    present: list[list[int]]
    poses: list[PoseView]
    torso_px: float
    width_px: int | None
    height_px: int | None


class BandReplayView(View):
    """What a band told; `motion` is the magnitude of its acceleration, 0.01 m/s²."""

    marks: MarksView
    motion: WaveView | None


class ClipView(View):
    """Pictures of the attempt's square; `GET /api/attempts/{attempt}/clip` gives `part_ms` of them at the most."""

    width_px: int
    height_px: int
    from_ms: int
    to_ms: int
    part_ms: int


class ReplayView(View):
    """The evidence of an attempt."""

    attempt: str
    length_ms: int
    camera: CameraReplayView | None
    band: BandReplayView | None
    clip: ClipView | None


class Problem(View):
    """Body of every 4xx answer: what is wrong and what to do, in both languages."""

    code: str
    message_zh: str
    message_en: str
