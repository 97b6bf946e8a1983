"""Rows as a school's lessons write them: a minute of rope for everybody, twice a lesson."""

from __future__ import annotations

from itertools import count, islice
from random import Random
from typing import TYPE_CHECKING, Final

from edge.lesson import changes as ch
from edge.store.journal import Entry

if TYPE_CHECKING:
    from collections.abc import Iterator

A_HEAT: Final = 12
HEATS: Final = 8
"""Heats a lesson: 48 attempts."""
SKIPS: Final = 150
EVENTS_AN_ATTEMPT: Final = 155
"""150 skips, each a change of its own, two trips, the result, and a share of the lesson's own rows."""
START_UTC_MS: Final = 1_800_000_000_000
A_SKIP_NS: Final = 400_000_000
SPREAD_NS: Final = 40_000_000
"""Times are as irregular as people are, or they would compress too well."""


def school_rows(many: int) -> Iterator[Entry]:
    """The first so many rows of lesson after lesson."""
    return islice(_lessons(), many)


def _lessons() -> Iterator[Entry]:
    for lesson in count():
        yield from _lesson(lesson)


def _lesson(lesson: int) -> Iterator[Entry]:
    draw = Random(lesson)  # noqa: S311 - seeded, so that a run can be repeated
    name = ch.LessonId(f"l-{lesson:012d}")
    heats = tuple(tuple(_place(lesson, heat, place) for place in range(A_HEAT)) for heat in range(HEATS))
    yield _entry(name, ch.LessonOpened(name, "class-1", "rope-60", heats), 0)
    for heat, places in enumerate(heats):
        t_ns = (lesson * HEATS + heat) * 120_000_000_000
        yield _entry(name, ch.HeatShown(heat), t_ns)
        yield _entry(name, ch.HeatStarted(heat, t_ns, START_UTC_MS + t_ns // 1_000_000, 60), t_ns)
        yield _entry(name, ch.SignalGiven(heat, dict.fromkeys((place.attempt for place in places), 1_000)), t_ns)
        for skip in range(1, SKIPS + 1):
            t_ns += A_SKIP_NS
            for place in places:
                at_ns = t_ns + draw.randrange(SPREAD_NS)
                yield _entry(name, ch.SkipsCounted(place.attempt, "band", skip, (at_ns,), 1_000 + skip), at_ns)
                if skip in {50, 100}:
                    yield _entry(name, ch.TripSeen(place.attempt, "band", at_ns), at_ns)
        yield _entry(name, ch.HeatEnded(heat, "time", t_ns), t_ns)
        for place in places:
            yield _entry(name, _result(place), t_ns)
        for number in range(2 * A_HEAT - 4):  # the class's list, and who looked at what
            yield _entry(name, ch.PresenceSet(places[number % A_HEAT].pupil, present=True), t_ns)


def _place(lesson: int, heat: int, place: int) -> ch.Place:
    attempt = ch.AttemptId(f"a-{lesson:06d}{heat:03d}{place:03d}")
    return ch.Place(attempt, ch.PupilId(f"p-{(lesson * A_HEAT + place) % 1_500:012d}"), place + 1, f"band-{place}")


def _result(place: ch.Place) -> ch.ResultDecided:
    return ch.ResultDecided(
        attempt=place.attempt, pupil=place.pupil, activity="rope-60", official=SKIPS, live=SKIPS, confidence=0.97, source="band",
        counts={"band": SKIPS}, events=SKIPS + 2, chain_head="ab" * 32, score=90, bonus=0, mark="excellent", review=None,
    )  # fmt: skip


def _entry(lesson: ch.LessonId, change: ch.Change, t_ns: int) -> Entry:
    return Entry(ch.kind_of(change), lesson, ch.attempt_of(change), START_UTC_MS + t_ns // 1_000_000, t_ns, ch.encode(change))
