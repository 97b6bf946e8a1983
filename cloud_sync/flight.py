"""What is on its way to the platform: sent, not receipted. Pure: the time comes in, what to send comes out.

What has no receipt in time goes again. A batch that fails while others pass is split, again and again, until the event that fails
stands alone; one that still fails several times is given up with a reason, and holds nothing up. A batch counts as failed

- when it got no receipt in time, and one that was sent after it on the same connection got its own (once it is suspected, any
  receipt tells that the platform answers);
- or when the connection broke while it was the only one that the broker had not acknowledged, and since it last did so the
  platform has answered something and the connection has broken at nothing else. So after a break what was not acknowledged
  travels alone, one after the other.

A platform or a network that is away lets nothing pass, so nothing is ever given up for it; then one batch at a time asks whether
it is back. Memory is bounded by the window.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

from cloud_sync.spans import SpanSet, first_of, size

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cloud_sync.spans import Span, Spans

Lane = Literal["results", "moments"]
WINDOW: Final = 4_000
"""Events that may be out until the platform has said something else."""
RECEIPT_WITHIN_S: Final = 15.0
"""A platform answers within tens of milliseconds; one that is busy makes the window small before it gets so late."""
LONGEST_S: Final = 120.0
"""The wait for a receipt doubles with each try up to this."""
AFTER_RECONNECT_S: Final = 2.0
"""What was out when a connection broke may have been lost with the broker: so long the receipt of a status has to tell."""
SPLIT_AFTER: Final = 2
"""Failures of a batch until it is split; what came of a split is under suspicion and is split at once."""
GIVEN_UP_AFTER: Final = 5
"""Failures of an event that stands alone: about six minutes. On a road that loses one message in twenty for no reason, one event in
a million would be given up without being poison; it waits for a person and can be sent again."""


@dataclass(slots=True, eq=False)
class Parcel:
    """A batch that is out, or waits to go again.

    Attributes:
        spans: its numbers that have no receipt yet.
        weight: how much of the window it takes: events, and entries of what is gone.
        order: counts what was sent.
        connection: which one it went by.
        alone: it travels with nothing else that is not acknowledged.
    """

    lane: Lane
    spans: Spans
    weight: int
    order: int = 0
    connection: int = 0
    sent_s: float = 0.0
    due_s: float = 0.0
    tries: int = 0
    faults: int = 0
    answers_at_fault: int = 0
    breaks_at_fault: int = 0
    acknowledged: bool = False
    alone: bool = False
    of_split: bool = False

    @property
    def suspicious(self) -> bool:
        """It has failed before, or is a part of what has: any answer that comes while it gets none counts against it."""
        return self.of_split or self.tries > 1


@dataclass(frozen=True, slots=True)
class GivenUp:
    """An event that cannot be delivered, and why, in words."""

    seq: int
    reason: str


@dataclass(slots=True)
class FlightState:
    """Counters; they only grow."""

    again: int = 0
    overdue: int = 0
    splits: int = 0
    given_up: int = 0


@dataclass(slots=True)
class Flight:
    """All parcels. Times are seconds of one monotonic clock.

    Attributes:
        window: events that may be out.
        spans: all numbers that are out or wait to go again; the outbox leaves them alone.
        given_up: to be taken by the caller, and emptied.
        heard: the platform has sent a receipt on this connection. Before it has, nothing goes out: it may have all of it, make the
            window small, or know another journal under this name. Its receipt of the gateway's status is the first.
    """

    window: int = WINDOW
    receipt_within_s: float = RECEIPT_WITHIN_S
    spans: SpanSet = field(default_factory=SpanSet)
    given_up: list[GivenUp] = field(default_factory=list)
    state: FlightState = field(default_factory=FlightState)
    heard: bool = False
    _out: list[Parcel] = field(default_factory=list)
    _waiting: list[Parcel] = field(default_factory=list)
    _order: int = 0
    _connection: int = 0
    _passed_order: int = 0
    _answers: int = 0
    _breaks: int = 0
    _receipt_s: float = float("-inf")

    # --- what may go ----------------------------------------------------------------------------------------------------

    def may_take(self, lane: Lane, now_s: float) -> int:
        """How many events may be sent for the first time now."""
        if not self.heard:
            return 0
        if any(parcel.alone for parcel in self._out):
            return 0
        if lane == "moments" and any(parcel.alone and parcel.due_s <= now_s for parcel in self._waiting):
            return 0
        return max(0, self.window - self._weight(self._out) - self._weight(self._waiting))

    def take(self, lane: Lane, spans: Spans, weight: int, now_s: float) -> Parcel:
        """These go out for the first time."""
        parcel = Parcel(lane, spans, weight)
        for low, high in spans:
            self.spans.add(low, high)
        self._send(parcel, now_s)
        return parcel

    def again(self, lane: Lane, now_s: float) -> Parcel | None:
        """The next parcel of a lane that goes out again now."""
        if not self.heard:
            return None
        self._look_at_overdue(now_s)
        room = self.window - self._weight(self._out)
        if any(parcel.alone for parcel in self._out):
            return None
        for at, parcel in enumerate(self._waiting):
            if parcel.lane != lane or parcel.due_s > now_s:
                continue
            if parcel.alone and any(not one.acknowledged for one in self._out):
                continue
            if parcel.weight > room and self._out:
                return None
            del self._waiting[at]
            if parcel.weight > self.window:  # the platform has made the window smaller
                self._waiting.insert(at, self._cut(parcel, self.window))
            self.state.again += 1
            self._send(parcel, now_s)
            return parcel
        return None

    def wake_s(self) -> float:
        """When to look again if nothing else happens; infinity when nothing is out."""
        return min((parcel.due_s for parcel in (*self._out, *self._waiting)), default=float("inf"))

    @property
    def empty(self) -> bool:
        """Nothing is out, and nothing waits to go again."""
        return not self._out and not self._waiting

    @property
    def events_out(self) -> int:
        """Events that are out."""
        return self._weight(self._out)

    # --- what happens ---------------------------------------------------------------------------------------------------

    def acknowledged(self, parcel: Parcel) -> None:
        """The broker has it: that is no storage, but it was not what breaks the connection."""
        if parcel.connection == self._connection:
            parcel.acknowledged = True
            parcel.alone = False

    def receipted(self, stored_up_to: int, also: Iterable[Span], window: int, now_s: float) -> None:
        """The platform has committed these."""
        self.window = window
        self._receipt_s = now_s
        self.heard = True
        self._answers += 1
        self.spans.changes.clear()
        for low, high in ((1, stored_up_to), *also):
            self.spans.discard(low, high)
        if not self.spans.changes:
            return
        for parcels in (self._out, self._waiting):
            for parcel in parcels:
                left = self._left(parcel.spans)
                if left != parcel.spans:
                    parcel.spans, parcel.weight = left, min(parcel.weight, size(left))
                if not left:
                    self._passed_order = max(self._passed_order, parcel.order)
            parcels[:] = [parcel for parcel in parcels if parcel.spans]

    def connected(self, now_s: float) -> None:
        """There is a new connection."""
        self._connection += 1
        self.heard = False
        for parcel in self._out:
            parcel.due_s = min(parcel.due_s, now_s + AFTER_RECONNECT_S)
        for parcel in self._waiting:
            parcel.due_s = now_s + AFTER_RECONNECT_S if parcel.alone else parcel.due_s

    def lost(self, now_s: float) -> None:
        """The connection has gone: what the broker had not acknowledged goes again, one after the other."""
        self._breaks += 1
        open_ones = [parcel for parcel in self._out if not parcel.acknowledged and parcel.connection == self._connection]
        for parcel in open_ones:
            self._out.remove(parcel)
            was_alone, parcel.alone, parcel.due_s = parcel.alone, True, now_s
            elsewhere, parcel.breaks_at_fault = self._breaks - parcel.breaks_at_fault > 1, self._breaks
            if elsewhere:
                parcel.faults = 0
            if was_alone and not elsewhere and len(open_ones) == 1 and self._answers > parcel.answers_at_fault:
                reason = "the connection broke each time it was sent: it may be larger than the broker allows"
                self._blame(parcel, now_s, reason)
            else:
                self._waiting.append(parcel)

    def too_large(self, parcel: Parcel, reason: str, now_s: float) -> None:
        """It cannot even be sent as one message."""
        self._forget(parcel)
        self._halve(parcel, now_s, reason)

    def narrowed(self, parcel: Parcel, spans: Spans, weight: int) -> None:
        """Only so much of it goes: the outbox has nothing to say about the others any more."""
        if spans != parcel.spans:
            keep = SpanSet(spans)
            for low, high in parcel.spans:
                for gap in keep.gaps(low, high):
                    self.spans.discard(*gap)
        parcel.spans, parcel.weight = spans, weight

    def nothing_left(self, parcel: Parcel) -> None:
        """The outbox has nothing of it any more."""
        self._forget(parcel)
        for low, high in parcel.spans:
            self.spans.discard(low, high)

    def forget_all(self) -> None:
        """The numbers have another meaning from now on."""
        self._out.clear()
        self._waiting.clear()
        self.spans = SpanSet()
        self.heard = False

    # --- within ---------------------------------------------------------------------------------------------------------

    def _send(self, parcel: Parcel, now_s: float) -> None:
        self._order += 1
        parcel.order, parcel.connection, parcel.acknowledged = self._order, self._connection, False
        parcel.sent_s = now_s
        parcel.due_s = now_s + min(LONGEST_S, self.receipt_within_s * 2.0 ** min(parcel.tries, 10))
        parcel.tries += 1
        self._out.append(parcel)

    def _look_at_overdue(self, now_s: float) -> None:
        asked = False
        for parcel in [parcel for parcel in self._out if parcel.due_s <= now_s]:
            silent = self._receipt_s < parcel.sent_s
            if silent and asked:
                parcel.due_s = now_s + self.receipt_within_s
                continue
            asked |= silent
            self._out.remove(parcel)
            self.state.overdue += 1
            if parcel.connection == self._connection and (
                self._passed_order > parcel.order or (parcel.suspicious and self._receipt_s > parcel.sent_s)
            ):
                self._blame(parcel, now_s, "the platform did not answer it, and answered others that were sent later")
            else:
                parcel.due_s = now_s
                self._waiting.append(parcel)

    def _blame(self, parcel: Parcel, now_s: float, reason: str) -> None:
        parcel.faults += 1
        parcel.answers_at_fault = self._answers
        parcel.due_s = now_s
        alone = size(parcel.spans) == 1
        if parcel.faults >= (GIVEN_UP_AFTER if alone else 1 if parcel.of_split else SPLIT_AFTER):
            self._halve(parcel, now_s, f"{reason} ({parcel.tries} tries)")
        else:
            self._waiting.append(parcel)

    def _halve(self, parcel: Parcel, now_s: float, reason: str) -> None:
        many = size(parcel.spans)
        if many > 1:
            self.state.splits += 1
            rest = self._cut(parcel, many // 2)
            for half in (parcel, rest):
                half.of_split, half.faults, half.tries, half.due_s = True, 0, 0, now_s
                half.answers_at_fault, half.breaks_at_fault = parcel.answers_at_fault, parcel.breaks_at_fault
                self._waiting.append(half)
            return
        for low, high in parcel.spans:
            self.spans.discard(low, high)
            self.given_up.append(GivenUp(low, reason))
        self.state.given_up += 1

    def _cut(self, parcel: Parcel, many: int) -> Parcel:
        """Leave a parcel its first numbers; the rest becomes another one."""
        head, tail = first_of(parcel.spans, many)
        head_weight = min(parcel.weight, size(head))
        rest = Parcel(
            parcel.lane, tail, max(1, parcel.weight - head_weight), alone=parcel.alone, of_split=parcel.of_split,
            faults=parcel.faults, tries=parcel.tries, due_s=parcel.due_s, answers_at_fault=parcel.answers_at_fault,
        )  # fmt: skip
        parcel.spans, parcel.weight = head, head_weight
        return rest

    def _forget(self, parcel: Parcel) -> None:
        self._out = [one for one in self._out if one is not parcel]
        self._waiting = [one for one in self._waiting if one is not parcel]

    def _left(self, spans: Spans) -> Spans:
        return tuple(self._pieces(spans))

    def _pieces(self, spans: Spans) -> Iterator[Span]:
        for low, high in spans:
            yield from self.spans.within(low, high)

    @staticmethod
    def _weight(parcels: list[Parcel]) -> int:
        return sum(parcel.weight for parcel in parcels)
