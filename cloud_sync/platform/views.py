"""What the platform's page sees. Pupils and classes are random ids: their names never left the school."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict


class View(BaseModel):
    """Base of all views."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class SummaryView(View):
    """The platform in five numbers."""

    gateways: int
    online: int
    pupils: int
    results: int
    events: int
    quarantined: int


class ResultView(View):
    """What an attempt is worth now; `change` grows with every result that is new or corrected.

    `unit` is what `official` and `live` are: `skips`, `laps`, `m` or `ms` (a time; 0 ms: did not finish).
    """

    gateway: str
    class_id: str
    attempt: str
    pupil: str
    activity: str
    official: int
    live: int
    confidence: float
    source: str
    score: int | None
    bonus: int
    review: str | None
    corrected: bool
    decided_ms: int
    received_ms: int
    change: int
    unit: str


class TelemetryView(View):
    """How a gateway is, as it said at `t_ms`; the fields are those of `Telemetry` in the contract."""

    t_ms: int
    waiting: int
    oldest_waiting_ms: int | None
    journal_fill: float
    dead_letters: int
    dropped: int
    faults: list[str]


class HoleView(View):
    """Events that are missing for good: from `first` to `last`, and why the gateway cannot send them."""

    first: int
    last: int
    why: str


class GatewayView(View):
    """One gateway, and how much of its newest journal is here.

    `missing` counts the events that it calls delivered and that are not here: it is asked for them. `lost` counts what is missing
    for good, `holes` are the newest of it. `refused` counts messages that were not taken, `directives` what waits for its answer.
    """

    id: str
    state: Literal["online", "offline"]
    epoch: str
    version: str
    stored_up_to: int
    missing: int
    seen_ms: int
    revoked: bool
    refused: int
    lost: int
    holes: list[HoleView]
    directives: int
    telemetry: TelemetryView | None


class PlatformView(View):
    """Everything the page needs to draw itself."""

    now_ms: int
    summary: SummaryView
    gateways: list[GatewayView]
    results: list[ResultView]


class PlatformMessage(View):
    """WebSocket `/api/live`: sent on connecting and after every change, five times a second at most."""

    type: Literal["platform"] = "platform"
    platform: PlatformView
