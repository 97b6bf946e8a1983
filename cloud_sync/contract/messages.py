"""The messages between a gateway and the platform. What matters stands in the payload; MQTT 3.1.1 is enough to carry it.

A pupil is a random id here, a class too. The JSON Schema and the AsyncAPI document under docs/contract are made from this module.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

Id = Annotated[str, Meta(pattern="^[0-9A-Za-z_-]{1,40}$", description="a random id")]
Seq = Annotated[int, Meta(ge=1, le=2**53, description="place in the gateway's journal, without gaps within an epoch")]
Count = Annotated[int, Meta(ge=0, le=100_000)]
Amount = Annotated[int, Meta(ge=0, le=86_400_000, description="skips, laps, metres, or milliseconds up to a day")]
Source = Literal["band", "camera"]
VERSION: Literal[1] = 1


class _Body(Struct, frozen=True, tag_field="kind", forbid_unknown_fields=True):
    pass


class LessonOpened(_Body, frozen=True, tag="lesson_opened"):
    """A class and an activity were chosen."""

    class_id: Id
    activity: Id
    pupils: Count


class HeatStarted(_Body, frozen=True, tag="heat_started"):
    """The countdown has begun."""

    heat: Count
    starts_utc_ms: int
    duration_s: int | None


class Skips(_Body, frozen=True, tag="skips"):
    """The live count of one source has moved to `total`; the times are of the new skips."""

    total: Count
    new_t_mono_ns: Annotated[tuple[int, ...], Meta(max_length=10_000)]
    source: Source


class Trip(_Body, frozen=True, tag="trip"):
    """The rope was caught."""

    source: Source


class Lap(_Body, frozen=True, tag="lap"):
    """A runner has passed the line; sent again under the same name when somebody has looked at it.

    Attributes:
        lap: names the pass.
        t_mono_ns: when the body was over the line.
        ways: laps (ways of a shuttle) that end with it.
        by: who says that it was this runner; nobody where only twice the time of a lap tells of one that was missed.
        doubt: why it should be looked at, or `None`.
    """

    lap: Id
    t_mono_ns: int
    ways: Annotated[int, Meta(ge=1, le=100)]
    by: Annotated[tuple[Literal["camera", "band", "bib", "teacher"], ...], Meta(max_length=4)]
    doubt: Literal["unsure", "no_steps", "missed_touch"] | None


class LapRemoved(_Body, frozen=True, tag="lap_removed"):
    """The pass of that name was not this runner's."""

    lap: Id


class HeatEnded(_Body, frozen=True, tag="heat_ended"):
    """The final signal; `finished`: all runners are at the finish."""

    heat: Count
    reason: Literal["time", "stopped", "finished"]


class Counts(Struct, frozen=True, forbid_unknown_fields=True):
    """The official count of each source, where it saw the attempt."""

    band: Count | None
    camera: Count | None


class Rhythm(Struct, frozen=True, forbid_unknown_fields=True):
    """How an attempt went.

    Attributes:
        cadence_per_min: skips a minute while skipping.
        spread: of the periods, as a share of the usual one; 0.03 is very even, 0.10 uneven.
        trend_per_min: change of the cadence in a minute, as a share of it.
        longest: most skips without a pause.
    """

    cadence_per_min: Annotated[float, Meta(ge=0)]
    spread: Annotated[float, Meta(ge=0)] | None
    trend_per_min: float | None
    longest: Count


class Result(_Body, frozen=True, tag="result"):
    """The official count of one attempt.

    Attributes:
        events: events of the attempt before this one.
        chain_head: SHA-256 hash chain over them, hex.
        review: why it waits for a look, or `None`.
        rhythm: how it went, or `None` where no times are known.
        unit: what `official` and `live` are; a time of 0 ms is a runner who did not finish.
        laps_ms: of a run, the time of each lap.
    """

    pupil: Id
    activity: Id
    official: Amount
    live: Amount
    confidence: Annotated[float, Meta(ge=0, le=1)]
    source: Literal["band", "camera", "both", "teacher", "none"]
    counts: Counts
    events: Count
    chain_head: Annotated[str, Meta(pattern="^([0-9a-f]{64})?$")]
    score: Annotated[int, Meta(ge=0, le=100)] | None
    bonus: Annotated[int, Meta(ge=0, le=20)]
    review: (
        Literal[
            "disagree", "live_differs", "unsure", "no_signal", "rope_not_seen", "crowded",
            "order_open", "lap_unsure", "no_steps", "missed_touch", "false_start", "did_not_finish",
        ]
        | None
    )  # fmt: skip
    rhythm: Rhythm | None = None
    unit: Literal["skips", "ms", "m", "laps"] = "skips"
    laps_ms: Annotated[tuple[Annotated[int, Meta(ge=0, le=86_400_000)], ...], Meta(max_length=1_000)] = ()


class Corrected(_Body, frozen=True, tag="corrected"):
    """The teacher has set another number, or taken that back (`undone`)."""

    count: Amount
    reason: Literal["watched", "band_wrong", "camera_wrong", "rule", "other", "undone"]


class LessonClosed(_Body, frozen=True, tag="lesson_closed"):
    """The lesson is over."""


class Local(_Body, frozen=True, tag="local"):
    """Something that concerns the school alone; only its place in the sequence is told."""

    what: Id


Body = LessonOpened | HeatStarted | Skips | Trip | Lap | LapRemoved | HeatEnded | Result | Corrected | LessonClosed | Local


class Event(Struct, frozen=True, forbid_unknown_fields=True):
    """One row of a gateway's journal. Its identity is `(gateway, epoch, seq)`.

    Attributes:
        boot: the start of the machine that `t_mono_ns` belongs to.
        clock_ok: whether the gateway believed its wall clock.
    """

    seq: Seq
    lesson: Id
    attempt: Id | None
    t_utc_ms: int
    t_mono_ns: int
    boot: Annotated[str, Meta(max_length=64)]
    clock_ok: bool
    body: Body


Span = tuple[Seq, Seq]
"""First and last, both within."""
Reason = Annotated[str, Meta(max_length=200)]


class Gone(Struct, frozen=True, forbid_unknown_fields=True):
    """Numbers of the sequence that the gateway cannot send (again), so that the platform does not ask for them for ever.

    Attributes:
        why: `damaged` on the gateway's disk; `purged` to make room after they had been delivered; a `dead_letter` that was refused
            again and again and waits for a person; `earlier_epoch`: delivered before the journal got a new epoch.
    """

    first: Seq
    last: Seq
    why: Literal["damaged", "purged", "dead_letter", "earlier_epoch"]


class Batch(Struct, frozen=True, forbid_unknown_fields=True):
    """Events in the order of their sequence; compressed by zlib on the wire. Results may travel before older events."""

    v: Literal[1]
    gateway: Annotated[str, Meta(max_length=64)]
    epoch: Id
    events: Annotated[tuple[Event, ...], Meta(max_length=1_000)]
    gone: Annotated[tuple[Gone, ...], Meta(max_length=100)] = ()


class Refused(Struct, frozen=True, forbid_unknown_fields=True):
    """An event that the platform could not take; it has set it aside, and holds nothing up for it."""

    seq: Seq
    reason: Reason


class Receipt(Struct, frozen=True, forbid_unknown_fields=True):
    """What the platform has committed: everything up to `stored_up_to` but for the gaps, which the gateway sends again.

    Attributes:
        gaps: what the gateway has said (`Status.freed_up_to`) to be here, and is not; at most the first hundred.
        also: what is committed beyond `stored_up_to`: of the batch that is answered.
        refused: of the batch that is answered; they are among what is stored.
        window: events that the gateway may have out, not receipted. A busy platform makes it smaller.
        witness_mono_ns: `t_mono_ns` of the event at `stored_up_to`; a gateway that has another one there, or none, is working on an
            old copy of its journal and has to begin a new epoch.
    """

    v: Literal[1]
    epoch: Id
    stored_up_to: Annotated[int, Meta(ge=0, le=2**53)]
    gaps: Annotated[tuple[Span, ...], Meta(max_length=100)]
    also: Annotated[tuple[Span, ...], Meta(max_length=1_000)] = ()
    refused: Annotated[tuple[Refused, ...], Meta(max_length=1_000)] = ()
    window: Annotated[int, Meta(ge=1, le=100_000)] = 4_000
    witness_mono_ns: int | None = None


class ClockSet(Struct, frozen=True, forbid_unknown_fields=True):
    """The wall clock became right during this start of the machine: what has `clock_ok` false gets its time from `t_mono_ns`."""

    boot: Annotated[str, Meta(max_length=64)]
    utc_offset_ms: int


class Status(Struct, frozen=True, forbid_unknown_fields=True):
    """Retained; `offline` is the gateway's last will.

    Attributes:
        freed_up_to: the newest row that has left the gateway's outbox. A platform that has less asks for the gap in its receipt.
        since_seq: the numbers of this epoch begin after it; those before belong to an earlier epoch of the same journal.
        clocks: starts whose clock became right late; the newest hundred.
    """

    v: Literal[1]
    state: Literal["online", "offline"]
    epoch: Id
    freed_up_to: Annotated[int, Meta(ge=0, le=2**53)]
    version: Annotated[str, Meta(max_length=40)]
    since_seq: Annotated[int, Meta(ge=0, le=2**53)] = 0
    clocks: Annotated[tuple[ClockSet, ...], Meta(max_length=100)] = ()


class Telemetry(Struct, frozen=True, forbid_unknown_fields=True):
    """How the gateway is, for who looks after twenty schools. QoS 0, newest wins, never kept: results and events go before it.

    Attributes:
        waiting: events that the platform does not have.
        oldest_waiting_utc_ms: when the oldest of them happened.
        journal_fill: share of the journal's limit that is used.
        dead_letters: events that wait for a person.
        dropped: samples and pictures dropped since the start.
        faults: sources that have an error now, in words.
    """

    v: Literal[1]
    t_utc_ms: int
    waiting: Annotated[int, Meta(ge=0)]
    oldest_waiting_utc_ms: int | None
    journal_fill: Annotated[float, Meta(ge=0, le=2)]
    dead_letters: Annotated[int, Meta(ge=0)]
    dropped: Annotated[int, Meta(ge=0)]
    faults: Annotated[tuple[Reason, ...], Meta(max_length=20)]
