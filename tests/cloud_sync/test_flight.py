"""Whatever is lost, doubled or reordered on the way: every event is receipted in the end, and only a poison one is given up."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from cloud_sync.flight import AFTER_RECONNECT_S, GIVEN_UP_AFTER, RECEIPT_WITHIN_S, Flight, Parcel
from cloud_sync.spans import SpanSet, size

BATCH = 10


@dataclass
class World:
    """A gateway, a platform and a bad road between them, in virtual time."""

    seed: int
    events: int
    loss: float = 0.0
    breaks: float = 0.0
    poison: int | None = None
    drops_connection: bool = False
    window: int = 40
    now_s: float = 0.0
    here: SpanSet = field(default_factory=SpanSet)
    delivered: SpanSet = field(default_factory=SpanSet)
    sent: int = 0
    most_out: int = 0
    given_up: dict[int, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.draw = random.Random(self.seed)
        self.flight = Flight(window=self.window)
        self.flight.connected(0.0)
        self.answers: list[tuple[float, tuple[tuple[int, int], ...]]] = [(0.0, ())]

    def road(self, parcel: Parcel) -> None:
        """One message on its way: it may break the connection, vanish, come twice, and its receipt may be late or lost."""
        self.sent += 1
        numbers = [n for low, high in parcel.spans for n in range(low, high + 1)]
        poisoned = self.poison in numbers and self.poison not in self.given_up
        if (poisoned and self.drops_connection) or self.draw.random() < self.breaks:
            self.flight.lost(self.now_s)
            self.now_s += 0.5
            self.flight.connected(self.now_s)
            self.answers.append((self.now_s + (0.05 if self.draw.random() >= self.loss else 5.05), ()))  # to the status
            return
        self.flight.acknowledged(parcel)
        if poisoned or self.draw.random() < self.loss:
            return
        for low, high in parcel.spans:
            self.here.add(low, high)
        for _ in range(1 + (self.draw.random() < 0.1)):
            if self.draw.random() >= self.loss:
                self.answers.append((self.now_s + self.draw.expovariate(20.0), parcel.spans))

    def step(self) -> None:
        due = sorted(one for one in self.answers if one[0] <= self.now_s)
        self.answers = [one for one in self.answers if one[0] > self.now_s]
        for _, also in due:
            whole = self.here.whole_from_one()
            self.delivered.add(1, whole)
            for low, high in also:
                self.delivered.add(low, high)
            self.flight.receipted(whole, also, self.window, self.now_s)
        for one in self.flight.given_up:
            self.given_up[one.seq] = one.reason
        self.flight.given_up.clear()
        while (parcel := self.next()) is not None:
            self.most_out = max(self.most_out, sum(size([span]) for span in self.flight.spans))
            self.road(parcel)
        wake = min([self.flight.wake_s(), *(at for at, _ in self.answers), self.now_s + 20.0])
        self.now_s = max(self.now_s + 0.01, wake)

    def next(self) -> Parcel | None:
        parcel = self.flight.again("moments", self.now_s)
        if parcel is not None:
            if parcel.suspicious and self.draw.random() >= self.loss:
                self.answers.append((self.now_s + 0.05, ()))
            return parcel
        room = min(BATCH, self.flight.may_take("moments", self.now_s))
        wanted: list[tuple[int, int]] = []
        for gap in self.delivered.gaps(1, self.events):
            for low, high in self.flight.spans.gaps(*gap):
                if room <= 0:
                    break
                wanted.append((low, min(high, low + room - 1)))
                room -= size(wanted[-1:])
        if not wanted:
            return None
        if self.poison in self.given_up and any(low <= (self.poison or 0) <= high for low, high in wanted):
            self.here.add(self.poison or 0, self.poison or 0)  # told as gone
        return self.flight.take("moments", tuple(wanted), size(wanted), self.now_s)

    def run(self, most_s: float = 5_000.0) -> None:
        while len(self.delivered) < self.events and self.now_s < most_s:
            self.step()


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 1 << 30), loss=st.floats(0, 0.05), breaks=st.floats(0, 0.05), window=st.integers(1, 60))
def test_every_event_is_receipted_in_the_end(seed: int, loss: float, breaks: float, window: int) -> None:
    world = World(seed, 80, loss, breaks, window=window)
    world.run()
    assert list(world.delivered) == [(1, 80)]
    assert not world.given_up, "a bad road is no fault of an event"
    assert world.most_out <= window
    assert world.flight.empty


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 1 << 30), poison=st.integers(1, 150), drops=st.booleans(), loss=st.floats(0, 0.05))
def test_only_the_poison_is_given_up_and_its_neighbours_pass(seed: int, poison: int, drops: object, loss: float) -> None:
    world = World(seed, 150, loss, poison=poison, drops_connection=bool(drops))
    world.run(10_000.0)
    assert list(world.given_up) == [poison]
    assert "tries" in world.given_up[poison]
    assert list(world.delivered) == [(1, 150)]


def test_a_platform_that_is_away_is_asked_by_one_batch_at_a_time_and_nothing_is_given_up() -> None:
    world = World(1, 1_000, loss=1.0, window=100)
    world.run(3_600.0)
    assert not world.given_up
    assert world.sent < 10 + 3_600 / RECEIPT_WITHIN_S + 10, "never a flood"
    world.loss = 0.0
    world.run(8_000.0)
    assert list(world.delivered) == [(1, 1_000)]


def connected(window: int = 4_000) -> Flight:
    flight = Flight(window=window)
    flight.connected(0.0)
    flight.receipted(0, (), window, 0.0)
    return flight


def test_what_was_not_acknowledged_at_a_break_travels_alone() -> None:
    flight = connected(100)
    first, second = (flight.take("moments", ((low, low + 9),), 10, 0.0) for low in (1, 11))
    third = flight.take("moments", ((21, 30),), 10, 0.0)
    flight.acknowledged(third)
    flight.lost(1.0)
    flight.connected(2.0)
    assert flight.may_take("results", 2.0) == 0, "nothing before the platform has answered"
    flight.receipted(0, (), 100, 2.0)
    assert flight.may_take("results", 2.0) == 70, "results do not wait for it"
    now_s = 2.0 + AFTER_RECONNECT_S
    assert flight.may_take("moments", now_s) == 0
    assert flight.again("moments", now_s) is first
    assert flight.again("moments", now_s) is None, "nothing beside it"
    flight.acknowledged(first)
    assert flight.again("moments", now_s) is second


def test_a_smaller_window_cuts_what_goes_again() -> None:
    flight = connected(100)
    flight.take("moments", ((1, 50),), 50, 0.0)
    flight.receipted(0, (), 20, 1.0)
    parcel = flight.again("moments", RECEIPT_WITHIN_S)
    assert parcel is not None
    assert parcel.spans == ((1, 20),)
    assert flight.events_out == 20
    assert flight.again("moments", RECEIPT_WITHIN_S) is None


def test_one_event_that_is_too_large_is_given_up_at_once() -> None:
    flight = connected()
    flight.too_large(flight.take("moments", ((1, 4),), 4, 0.0), "it is large", 0.0)
    spans = []
    while (parcel := flight.again("moments", 0.0)) is not None:
        spans.append(parcel.spans)
        flight.acknowledged(parcel)
    assert spans == [((1, 2),), ((3, 4),)]
    flight.too_large(flight.take("moments", ((9, 9),), 1, 0.0), "it is large", 0.0)
    assert [(one.seq, one.reason) for one in flight.given_up] == [(9, "it is large")]
    assert 9 not in flight.spans


def test_a_lone_result_is_not_blamed_for_what_the_broker_lost() -> None:
    """It was acknowledged by a broker that then lost it: that happens to any event, however often."""
    flight = connected()
    now_s = 0.0
    flight.take("results", ((1, 1),), 1, now_s)
    for _ in range(3 * GIVEN_UP_AFTER):
        flight.acknowledged(next(iter(flight._out)))
        flight.lost(now_s)
        flight.connected(now_s)
        now_s += RECEIPT_WITHIN_S
        flight.receipted(0, (), 100, now_s)
        assert flight.again("results", now_s) is not None
    assert not flight.given_up


def test_an_event_at_which_a_bad_road_breaks_is_not_blamed_when_it_breaks_elsewhere_too() -> None:
    flight, now_s = connected(), 0.0
    for _ in range(4 * GIVEN_UP_AFTER):
        now_s += 2 * AFTER_RECONNECT_S
        parcel = flight.again("moments", now_s)
        if parcel is None:
            assert flight.take("moments", ((1, 1),), 1, now_s)
        for _ in range(2):  # at the event, and then at nothing
            flight.lost(now_s)
            flight.connected(now_s)
            flight.receipted(0, (), 100, now_s)
    assert not flight.given_up
