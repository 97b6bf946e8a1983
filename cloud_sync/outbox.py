"""What the uplink asks of whoever keeps the events: the port, and the values that pass it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloud_sync.contract.messages import ClockSet, Event, Gone, Receipt
    from cloud_sync.flight import GivenUp, Lane
    from cloud_sync.spans import Spans, SpanSet


@dataclass(frozen=True, slots=True)
class Load:
    """What is to be said about some numbers: events, and what is gone.

    Attributes:
        spans: all numbers that this deals with.
    """

    events: Sequence[Event]
    gone: Sequence[Gone]
    spans: Spans

    @property
    def weight(self) -> int:
        """How much of the window it takes."""
        return len(self.events) + len(self.gone)


@dataclass(frozen=True, slots=True)
class Waiting:
    """How much is not delivered.

    Attributes:
        events: that the platform does not have.
        oldest_utc_ms: when the oldest of them happened, or `None`.
        fill: share of the journal's limit that is used.
        dead_letters: events that wait for a person.
    """

    events: int
    oldest_utc_ms: int | None
    fill: float
    dead_letters: int


class Outbox(Protocol):
    """What must reach the platform."""

    @property
    def epoch(self) -> str:
        """Random id of the journal: sequence numbers are unique within it."""
        ...

    @property
    def since_seq(self) -> int:
        """The numbers of this epoch begin after it."""
        ...

    @property
    def newest_seq(self) -> int:
        """The newest row."""
        ...

    @property
    def freed_up_to(self) -> int:
        """Everything up to here has left."""
        ...

    @property
    def clocks(self) -> tuple[ClockSet, ...]:
        """Starts of the machine that wrote rows before their clock was right, and what puts them right; the newest hundred."""
        ...

    async def pending(self, lane: Lane, out: SpanSet, max_events: int, max_bytes: int) -> Load:
        """What the platform does not have and is not out, oldest first, within both bounds (but at least one, if there is one).

        `results` are the events that a person waits for; `moments` is everything.
        """
        ...

    async def again(self, spans: Spans) -> Load:
        """What is still to be said about these numbers."""
        ...

    async def stored(self, receipts: Sequence[Receipt]) -> None:
        """What the platform has, may leave; what is in a gap is pending again; what it refused is noted as a dead letter."""
        ...

    async def bury(self, given_up: Sequence[GivenUp]) -> None:
        """These are dead letters now: they wait for a person, and the platform is told that they do not come."""
        ...

    async def why_old_copy(self, receipt: Receipt) -> str | None:
        """Why this journal must be an old copy of the one that the platform knows, or `None`."""
        ...

    async def begin_epoch(self, why: str) -> None:
        """What is not delivered gets a new epoch."""
        ...

    async def waiting(self) -> Waiting:
        """How much is not delivered."""
        ...

    async def wait_for_more(self, after_seq: int) -> None:
        """Return when there is an event after `after_seq`."""
        ...
