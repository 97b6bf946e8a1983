"""What the platform tells a gateway: each directive has a key and a version, expires, and is answered once it had its effect.

A directive may arrive twice, late, or after a newer one: `(key, version)` decides. A pupil is a random id here; names are added at
the school.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from cloud_sync.contract.messages import Amount, Id, Reason, Seq  # noqa: TC001 - msgspec reads them

Version = Annotated[int, Meta(ge=1, le=2**53, description="grows with every change of what the key names")]
Label = Annotated[str, Meta(min_length=1, max_length=60)]


class _Body(Struct, frozen=True, tag_field="kind", forbid_unknown_fields=True):
    pass


class RosterPupil(Struct, frozen=True, forbid_unknown_fields=True):
    """A pupil of a class, by number; the name stands in the school's own list."""

    pupil: Id
    number: Annotated[int, Meta(ge=1, le=99)]
    sex: Literal["m", "f"]
    grade: Annotated[int, Meta(ge=1, le=12)]
    band: Annotated[int, Meta(ge=1, le=65_535)] | None = None
    station: Annotated[int, Meta(ge=1, le=99)] | None = None


class Roster(_Body, frozen=True, tag="roster"):
    """A class as the platform knows it."""

    class_id: Id
    class_name: Label
    pupils: Annotated[tuple[RosterPupil, ...], Meta(max_length=99)]


class Assignment(_Body, frozen=True, tag="assignment"):
    """Homework of a class, or of some of its pupils (`pupils` empty: all).

    Attributes:
        goal: in the unit of the activity: skips, milliseconds or metres.
    """

    class_id: Id
    pupils: Annotated[tuple[Id, ...], Meta(max_length=99)]
    activity: Id
    goal: Amount
    due_utc_ms: int


class Lane(Struct, frozen=True, forbid_unknown_fields=True):
    """Who stands where in a heat of a contest."""

    station: Annotated[int, Meta(ge=1, le=99)]
    pupil: Id


class PlannedHeat(Struct, frozen=True, forbid_unknown_fields=True):
    """One heat of a contest; `nonce` comes back with its results."""

    heat: Annotated[int, Meta(ge=1, le=1_000)]
    starts_utc_ms: int
    nonce: Id
    lanes: Annotated[tuple[Lane, ...], Meta(max_length=99)]


class ContestPlan(_Body, frozen=True, tag="contest_plan"):
    """What this venue does in a contest."""

    contest: Id
    title: Label
    activity: Id
    heats: Annotated[tuple[PlannedHeat, ...], Meta(max_length=200)]


class Setting(_Body, frozen=True, tag="setting"):
    """One setting that may be changed from afar (docs/settings.md says which); `None` gives the school its own value back."""

    name: Annotated[str, Meta(max_length=60)]
    value: bool | int | float | Annotated[str, Meta(max_length=200)] | None


class Withdrawn(_Body, frozen=True, tag="withdrawn"):
    """What the key names is no longer; of a roster, only what the platform had given goes, not the school's own list."""


class SendAgain(_Body, frozen=True, tag="send_again"):
    """Put these numbers of the journal into the outbox again."""

    first: Seq
    last: Seq


class SendEvidence(_Body, frozen=True, tag="send_evidence"):
    """Send the signals that an attempt was counted from; a person has asked for them. Never pictures."""

    attempt: Id


class Report(_Body, frozen=True, tag="report"):
    """Publish status and telemetry now."""


DirectiveBody = Roster | Assignment | ContestPlan | Setting | Withdrawn | SendAgain | SendEvidence | Report


class Directive(Struct, frozen=True, forbid_unknown_fields=True):
    """One thing the platform wants of a gateway.

    Attributes:
        key: what it is about, such as `roster.G3-2` or `setting.evidence`; versions are compared within a key.
        expires_utc_ms: not to be carried out after it, or `None`.
    """

    v: Literal[1]
    gateway: Annotated[str, Meta(max_length=64)]
    key: Annotated[str, Meta(pattern="^[a-z_]{1,20}[.][0-9A-Za-z_.-]{1,60}$")]
    version: Version
    issued_utc_ms: int
    expires_utc_ms: int | None
    body: DirectiveBody


class Answer(Struct, frozen=True, forbid_unknown_fields=True):
    """What became of a directive.

    Attributes:
        outcome: `applied` with this message; `known`: it had been applied before; `older`: a newer version has been applied;
            `refused`: it will not be, for the reason that is given.
    """

    v: Literal[1]
    key: Annotated[str, Meta(max_length=90)]
    version: Version
    outcome: Literal["applied", "known", "older", "refused"]
    reason: Reason = ""


class EvidencePart(Struct, frozen=True, forbid_unknown_fields=True):
    """A part of an attempt's evidence, on a person's request; the lowest in priority. `sha256` is of the whole, hex."""

    v: Literal[1]
    attempt: Id
    part: Annotated[int, Meta(ge=0, le=999)]
    parts: Annotated[int, Meta(ge=1, le=1_000)]
    sha256: Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
    data: Annotated[bytes, Meta(max_length=65_536)]
