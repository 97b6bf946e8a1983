"""What can happen in a lesson. Each of these is one row of the journal, and the lesson is nothing but their sum.

Times named `t_ns` and `*_mono_ns` are the gateway's monotonic clock, which goes on over a restart of the program but not of the
machine; `*_utc_ms` is the wall clock beside it.
"""

from __future__ import annotations

from typing import Literal, NewType

import msgspec

from edge.lesson.activity import Unit  # noqa: TC001 - msgspec reads the types when it runs

LessonId = NewType("LessonId", str)
AttemptId = NewType("AttemptId", str)
PupilId = NewType("PupilId", str)
"""Random; the only thing of a pupil that may leave the school."""

Source = Literal["band", "camera"]
Witness = Literal["camera", "band", "bib", "teacher"]
"""By what it is known that a runner was at the line: the camera's picture, the band's radio, the number on the chest, a tap."""
CorrectionReason = Literal["watched", "band_wrong", "camera_wrong", "rule", "other"]
ReviewReason = Literal[
    "disagree", "live_differs", "unsure", "no_signal", "rope_not_seen", "crowded",
    "order_open", "lap_unsure", "no_steps", "missed_touch", "false_start", "did_not_finish",
]  # fmt: skip
"""The second row is of runs."""
LapDoubt = Literal["unsure", "no_steps", "missed_touch"]
"""Why a lap should be looked at: nobody can say surely whose it was, the band has no steps for it, one end was not touched."""
Mark = Literal["excellent", "good", "pass", "fail"]
"""The words of the national standard: 优秀, 良好, 及格, 不及格."""


class Place(msgspec.Struct, frozen=True):
    """One pupil in one heat: the attempt, and by what it can be seen.

    Attributes:
        station: the square on the floor, or `None`.
        device: the band by its `DeviceId`, or `None`.
    """

    attempt: AttemptId
    pupil: PupilId
    station: int | None
    device: str | None


class _Change(msgspec.Struct, frozen=True, tag_field="kind", forbid_unknown_fields=True):
    pass


class LessonOpened(_Change, frozen=True, tag="lesson_opened"):
    """A class and an activity were chosen; the heats are drawn up."""

    lesson: LessonId
    roster: str
    activity: str
    heats: tuple[tuple[Place, ...], ...]


class PresenceSet(_Change, frozen=True, tag="presence_set"):
    """A pupil was marked here or absent."""

    pupil: PupilId
    present: bool


class HeatShown(_Change, frozen=True, tag="heat_shown"):
    """Another heat is on the page; `heat` counts from 0."""

    heat: int


class HeatRepeated(_Change, frozen=True, tag="heat_repeated"):
    """The heat goes again, with new attempts; the old ones stay in the record."""

    heat: int
    places: tuple[Place, ...]


class HeatStarted(_Change, frozen=True, tag="heat_started"):
    """The countdown has begun; the signal is a time in the future.

    Attributes:
        duration_s: `None` for free practice, which ends when the teacher stops it.
        waves: who starts together in a run, the first wave with the signal; empty where all do.
        wave_gap_ms: from one wave to the next.
        rolling: everybody's own time begins with the own first pass of the line.
    """

    heat: int
    starts_mono_ns: int
    starts_utc_ms: int
    duration_s: int | None
    waves: tuple[tuple[AttemptId, ...], ...] = ()
    wave_gap_ms: int = 0
    rolling: bool = False


class SignalGiven(_Change, frozen=True, tag="signal_given"):
    """The signal has sounded; `band_totals` are the bands' running totals at that moment, by attempt."""

    heat: int
    band_totals: dict[AttemptId, int]


class SkipsCounted(_Change, frozen=True, tag="skips_counted"):
    """The live count of one source has moved.

    Attributes:
        total: of this source, since the signal.
        new_t_ns: times of the skips that are new with this change.
        band_total: the band's own running total they came with, or `None` for a camera.
    """

    attempt: AttemptId
    source: Source
    total: int
    new_t_ns: tuple[int, ...]
    band_total: int | None = None


class TripSeen(_Change, frozen=True, tag="trip_seen"):
    """The rope was caught."""

    attempt: AttemptId
    source: Source
    t_ns: int


class LapCounted(_Change, frozen=True, tag="lap_counted"):
    """A runner has passed the line.

    Attributes:
        lap: random; names this pass for what may follow.
        t_ns: when the body was over the line.
        unsure_ns: how sure that is, one standard deviation.
        by: who says that it was this runner, and when; nobody where only twice the time of a lap tells of one that was missed.
        ways: laps (ways of a shuttle) that end with it.
        doubt: why it should be looked at, or `None`.
    """

    attempt: AttemptId
    lap: str
    t_ns: int
    unsure_ns: int
    by: tuple[Witness, ...]
    confidence: float
    ways: int = 1
    doubt: LapDoubt | None = None


class LapRemoved(_Change, frozen=True, tag="lap_removed"):
    """A pass is taken away: it was nobody, or somebody else, as the teacher says or as a later pass has made clear."""

    attempt: AttemptId
    lap: str


class OrderAsked(_Change, frozen=True, tag="order_asked"):
    """Runners crossed together, and who was first cannot be told: the teacher is asked.

    Attributes:
        dispute: random; names the question.
        crossings_ns: the times of the crossings, the first one first.
        laps: a name for the pass of each crossing.
        attempts: of those who may have been there, the likely first one first.
    """

    heat: int
    dispute: str
    crossings_ns: tuple[int, ...]
    laps: tuple[str, ...]
    attempts: tuple[AttemptId, ...]


class OrderSettled(_Change, frozen=True, tag="order_settled"):
    """The teacher has said who crossed when; the laps follow as changes of their own.

    Attributes:
        attempts: by crossing; `None` where it was nobody of these.
    """

    heat: int
    dispute: str
    attempts: tuple[AttemptId | None, ...]


class RunnerStopped(_Change, frozen=True, tag="runner_stopped"):
    """A runner has given up, or was taken out; with `stopped` false he runs on."""

    attempt: AttemptId
    stopped: bool


class FalseStartSeen(_Change, frozen=True, tag="false_start_seen"):
    """Somebody was over the line, or was running by the band, before the signal.

    Attributes:
        attempt: who, by the band or by the teacher; `None` as long as only the camera has seen it.
    """

    heat: int
    attempt: AttemptId | None
    early_ms: int


class HeatEnded(_Change, frozen=True, tag="heat_ended"):
    """The final signal: by the clock, by hand, or because all are at the finish; what is until `ends_mono_ns` counts."""

    heat: int
    reason: Literal["time", "stopped", "finished"]
    ends_mono_ns: int


class Review(msgspec.Struct, frozen=True):
    """Why a result waits for a look: the two numbers and the rule."""

    reason: ReviewReason
    first: int | None
    second: int | None
    allowed: int


class Rhythm(msgspec.Struct, frozen=True):
    """How the attempt went; see `edge.counting.rhythm.Rhythm`."""

    cadence_per_min: float
    spread: float | None
    trend_per_min: float | None
    longest: int


class ResultDecided(_Change, frozen=True, tag="result_decided"):
    """The official count of one attempt.

    Attributes:
        live: what the page showed at the end.
        counts: the official count of each source that saw the attempt.
        events: rows of the journal that belong to the attempt, before this one.
        chain_head: hex of their hash chain.
        rhythm: of the source that gave the number; `None` where it has no times.
        unit: what `official` and `live` are; 0 ms is the time of a runner who did not finish.
        laps_ms: of a run, the time of each lap.
    """

    attempt: AttemptId
    pupil: PupilId
    activity: str
    official: int
    live: int
    confidence: float
    source: Literal["band", "camera", "both", "teacher", "none"]
    counts: dict[Source, int]
    events: int
    chain_head: str
    score: int | None
    bonus: int
    mark: Mark | None
    review: Review | None
    rhythm: Rhythm | None = None
    unit: Unit = "skips"
    laps_ms: tuple[int, ...] = ()


class Corrected(_Change, frozen=True, tag="corrected"):
    """The teacher has set another count, with a reason."""

    attempt: AttemptId
    count: int
    reason: CorrectionReason
    score: int | None
    bonus: int
    mark: Mark | None


class Undone(_Change, frozen=True, tag="undone"):
    """The newest correction of the attempt is taken back; `count` is what stands again."""

    attempt: AttemptId
    count: int
    score: int | None
    bonus: int
    mark: Mark | None


class LessonClosed(_Change, frozen=True, tag="lesson_closed"):
    """The lesson is over."""

    lesson: LessonId


Change = (
    LessonOpened | PresenceSet | HeatShown | HeatRepeated | HeatStarted | SignalGiven | SkipsCounted | TripSeen | HeatEnded
    | LapCounted | LapRemoved | OrderAsked | OrderSettled | RunnerStopped | FalseStartSeen
    | ResultDecided | Corrected | Undone | LessonClosed
)  # fmt: skip
"""Closed: match it and end with `assert_never`."""


def attempt_of(change: Change) -> AttemptId | None:
    """The attempt a change belongs to, or `None` when it concerns the whole lesson."""
    return getattr(change, "attempt", None)


def kind_of(change: Change) -> str:
    """The name of a change in the journal."""
    return str(change.__struct_config__.tag)


def encode(change: Change) -> bytes:
    """A change as it stands in the journal."""
    return msgspec.json.encode(change)


def decode(body: bytes) -> Change:
    """Read a change back from the journal.

    Raises:
        ValueError: the bytes are not a change that this version knows; says which field is wrong.
    """
    try:
        return _decoder.decode(body)
    except msgspec.MsgspecError as exc:
        raise ValueError(f"not a change of a lesson: {exc}") from exc


_decoder: msgspec.json.Decoder[Change] = msgspec.json.Decoder(Change)
