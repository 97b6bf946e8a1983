"""Ten thousand gateways whose broker was away come back at once, in virtual time, with the code that gateways and platform run.

Real are the back-off of the link, the flight of the uplink and the platform's window. Played are the network (a delay), the broker
(it takes every connection; what waits for the platform beyond its bound is dropped, as mosquitto and the ingest do) and the
database (so many events and so many messages a second, one after the other).
"""

from __future__ import annotations

import heapq
from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Final

from cloud_sync.back_off import BackOff
from cloud_sync.flight import Flight
from cloud_sync.platform.window import Window
from cloud_sync.spans import SpanSet

if TYPE_CHECKING:
    from collections.abc import Callable

    from cloud_sync.flight import Parcel
    from cloud_sync.spans import Spans

AWAY_S: Final = 600.0
"""So long the broker was away: every back-off has reached its longest wait."""
A_BATCH: Final = 1_000
LEAST_PAUSE_S: Final = 0.1
ASK_AGAIN_S: Final = 5.0
"""The uplink's, while nothing has been heard on a connection."""
STATUS: Final[Spans] = ()
"""A message without events: the gateway says that it is there, and gets a receipt, too."""


@dataclass(frozen=True, slots=True)
class World:
    """What is played.

    Attributes:
        backlog: events that each gateway has waiting.
        delay_s: of the network, one way.
        events_s: events a second that the platform stores.
        messages_s: messages a second that it takes, whatever is in them.
        waiting: messages that may wait for the platform, in the broker and in its own queue.
    """

    gateways: int = 10_000
    backlog: int = 2_000
    delay_s: float = 0.03
    events_s: float = 25_000.0
    messages_s: float = 2_000.0
    waiting: int = 2_000
    seed: int = 1
    longest_s: float = 7_200.0


@dataclass(slots=True)
class Course:
    """What came of it.

    Attributes:
        connections_s: most connections in one second.
        connected_s: when the last gateway was connected.
        longest_queue: most messages that waited for the platform.
        dropped: messages that found no room, and came again.
        repeated: events that came although they were stored.
        window_broken: times that a gateway had more out than it was allowed.
        drained_s: when the last event was receipted.
        half_drained_s: when half of the gateways had nothing waiting any more.
        lost: events that are not in the platform's database in the end.
        given_up: events that became dead letters.
    """

    connections_s: int = 0
    connected_s: float = 0.0
    longest_queue: int = 0
    messages: int = 0
    dropped: int = 0
    repeated: int = 0
    window_broken: int = 0
    drained_s: float = 0.0
    half_drained_s: float = 0.0
    lost: int = 0
    given_up: int = 0


def come_back(world: World) -> Course:
    """Let it happen."""
    return _Play(world).course()


@dataclass(slots=True, eq=False)
class _Gateway:
    number: int
    flight: Flight = field(default_factory=Flight)
    stored: SpanSet = field(default_factory=SpanSet)
    """At the platform."""
    sent_to: int = 0
    up: bool = False
    heard: bool = False
    wakes_s: float = float("inf")
    done: bool = False


class _Play:
    def __init__(self, world: World) -> None:
        self._world, self._draw = world, Random(world.seed)  # noqa: S311 - a play
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._number = 0
        self._now_s = 0.0
        self._window = Window()
        self._queue: list[tuple[_Gateway, Spans]] = []
        self._busy = False
        self._gateways = [_Gateway(number) for number in range(world.gateways)]
        self._connections: Counter[int] = Counter()
        self._done = 0
        self._course = Course()

    def course(self) -> Course:
        for gateway in self._gateways:
            self._at(self._comes_back_s(), lambda gateway=gateway: self._connect(gateway))  # type: ignore[misc]
        while self._events and self._done < len(self._gateways) and self._now_s < self._world.longest_s:
            self._now_s, _, happen = heapq.heappop(self._events)
            happen()
        course = self._course
        course.connections_s = max(self._connections.values(), default=0)
        course.lost = sum(self._world.backlog - len(gateway.stored) for gateway in self._gateways)
        course.given_up = sum(gateway.flight.state.given_up for gateway in self._gateways)
        return course

    def _comes_back_s(self) -> float:
        """When the first try after the broker is back takes place: those before it have failed."""
        back_off = BackOff(self._draw.uniform)
        at_s = -AWAY_S + self._draw.uniform(0.0, 1.0)
        while at_s < 0.0:
            at_s += back_off.next_s()
        return at_s

    # --- a gateway ------------------------------------------------------------------------------------------------------

    def _connect(self, gateway: _Gateway) -> None:
        self._connections[int(self._now_s)] += 1
        self._course.connected_s = max(self._course.connected_s, self._now_s)
        gateway.up = True
        gateway.flight.connected(self._now_s)
        self._ask(gateway)

    def _ask(self, gateway: _Gateway) -> None:
        """Tell the status, until it is answered: before, nothing else goes."""
        if not gateway.heard:
            self._send(gateway, STATUS)
            self._at(self._now_s + ASK_AGAIN_S, lambda: self._ask(gateway))

    def _turn(self, gateway: _Gateway) -> None:
        """Send all that may go, as the uplink does, and look again when something is overdue."""
        flight = gateway.flight
        while True:
            parcel = flight.again("moments", self._now_s) or self._fresh(gateway)
            if parcel is None:
                break
            if flight.events_out > max(flight.window, 1):
                self._course.window_broken += 1
            flight.acknowledged(parcel)
            self._send(gateway, parcel.spans)
        if flight.wake_s() < gateway.wakes_s:
            gateway.wakes_s = flight.wake_s()
            gateway.wakes_s = max(gateway.wakes_s, self._now_s + LEAST_PAUSE_S)
            self._at(gateway.wakes_s, lambda: self._wake(gateway))

    def _wake(self, gateway: _Gateway) -> None:
        if self._now_s >= gateway.wakes_s:
            gateway.wakes_s = float("inf")
            self._turn(gateway)

    def _fresh(self, gateway: _Gateway) -> Parcel | None:
        room = min(A_BATCH, gateway.flight.may_take("moments", self._now_s), self._world.backlog - gateway.sent_to)
        if room <= 0:
            return None
        first, gateway.sent_to = gateway.sent_to + 1, gateway.sent_to + room
        return gateway.flight.take("moments", ((first, gateway.sent_to),), room, self._now_s)

    def _send(self, gateway: _Gateway, spans: Spans) -> None:
        self._at(self._now_s + self._world.delay_s, lambda: self._arrive(gateway, spans))

    def _receipt(self, gateway: _Gateway, up_to: int, also: Spans, window: int) -> None:
        gateway.heard = True
        gateway.flight.receipted(up_to, also, window, self._now_s)
        if up_to >= self._world.backlog and not gateway.done:
            gateway.done = True
            self._done += 1
            self._course.drained_s = self._now_s
            if self._done == (len(self._gateways) + 1) // 2:
                self._course.half_drained_s = self._now_s
        self._turn(gateway)

    # --- the platform ---------------------------------------------------------------------------------------------------

    def _arrive(self, gateway: _Gateway, spans: Spans) -> None:
        self._course.messages += 1
        if len(self._queue) >= self._world.waiting:
            self._course.dropped += 1
            return
        self._queue.append((gateway, spans))
        self._course.longest_queue = max(self._course.longest_queue, len(self._queue))
        if not self._busy:
            self._serve()

    def _serve(self) -> None:
        """Take what waits, as one group."""
        self._busy = bool(self._queue)
        if self._busy:
            group, self._queue = self._queue[:20], self._queue[20:]
            events = sum(high - low + 1 for _, spans in group for low, high in spans)
            took_s = events / self._world.events_s + len(group) / self._world.messages_s
            self._at(self._now_s + took_s, lambda: self._commit(group))

    def _commit(self, group: list[tuple[_Gateway, Spans]]) -> None:
        for gateway, spans in group:
            if spans:
                self._window.sent(str(gateway.number), self._now_s)
            before = len(gateway.stored)
            for low, high in spans:
                gateway.stored.add(low, high)
            self._course.repeated += sum(high - low + 1 for low, high in spans) - (len(gateway.stored) - before)
            window = self._window.size(self._now_s, len(self._queue) / self._world.waiting)
            self._answer(gateway, spans, window)
        self._serve()

    def _answer(self, gateway: _Gateway, spans: Spans, window: int) -> None:
        up_to = gateway.stored.whole_from_one()
        self._at(self._now_s + self._world.delay_s, lambda: self._receipt(gateway, up_to, spans, window))

    def _at(self, at_s: float, happen: Callable[[], None]) -> None:
        self._number += 1
        heapq.heappush(self._events, (at_s, self._number, happen))
