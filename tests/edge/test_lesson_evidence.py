"""What a heat leaves behind for a later look, and what a contest asks of it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from edge.counting.evidence import from_bytes
from edge.lesson.activity import ACTIVITIES, for_contest
from edge.lesson_room import LessonRoom
from edge.store.database import open_database
from edge.store.evidence import EvidenceStore
from edge.store.journal import Journal
from edge.store.records import Records
from edge.store.rosters import Rosters
from support.replay_field import HandClock, Seeded, seed_heat, skipper

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from edge.store.database import Database

SECONDS = 8.0


def pupils() -> list[Seeded]:
    """One for the camera alone, one whose band has counted on while the camera lost sight, one whose hands turn no rope."""
    hidden = skipper(5, SECONDS, trips_per_min=0, cadence_per_min=150)
    return [
        Seeded(skipper(4, SECONDS, trips_per_min=0)),
        Seeded(hidden, hidden.skips_until(SECONDS), (2.0, 6.5)),
        Seeded(skipper(7, SECONDS, trips_per_min=0), rope=False),
    ]


class After:
    """The gateway's store after the heat, opened again."""

    def __init__(self, room: LessonRoom, database: Database) -> None:
        self.before, self.database = room, database
        self.store = EvidenceStore(database, life_days=30, doubt_life_days=180, max_bytes=8 << 20)
        self.journal = Journal(database, boot=HandClock().boot, clock_ok=lambda: True, group_ms=0.0)
        self.room = LessonRoom(self.journal, Rosters(database), Records(database), HandClock(), evidence=self.store)
        assert room.state is not None
        self.attempts = [place.attempt for place in room.state.heat.places]


@pytest.fixture
async def after(tmp_path: Path) -> AsyncIterator[After]:
    room = await seed_heat(tmp_path, pupils(), SECONDS, clips=False)
    database = await open_database(tmp_path / "gateway.db", max_bytes=64 << 20)
    made = After(room, database)
    await made.journal.load()
    writer = asyncio.create_task(made.journal.run())
    await made.room.restore()
    yield made
    writer.cancel()
    await asyncio.gather(writer, return_exceptions=True)
    await database.close()


async def test_each_attempt_leaves_its_evidence_and_it_is_there_after_a_restart(after: After) -> None:
    assert after.room.replays == after.before.replays == set(after.attempts)
    assert after.before.state is not None
    for attempt in after.attempts:
        kept = await after.store.get(attempt)
        assert kept is not None
        evidence = from_bytes(kept.body)
        decided = after.before.state.attempts[attempt].decided
        assert decided is not None
        assert evidence.camera is not None
        assert evidence.camera.marks.count == decided.counts["camera"] == len(evidence.camera.marks.skips_ms)
        assert evidence.camera.picture_px == (1280, 720)
        assert all(0 <= at <= SECONDS * 1000 for at in evidence.camera.marks.skips_ms)
        assert kept.clip is not None
        assert kept.clip.endswith(f"-{after.before.state.lesson}-1")
    alone, banded, ropeless = [from_bytes((await after.store.get(a)).body) for a in after.attempts]  # type: ignore[union-attr]
    assert alone.camera is not None
    assert (alone.band, alone.camera.marks.rope_seen) == (None, True)
    assert banded.band is not None
    assert banded.band.motion is None
    assert ropeless.camera is not None
    assert ropeless.camera.marks.rope_seen is False


async def test_what_is_up_for_review_stays_until_it_is_settled(after: After) -> None:
    async def in_doubt() -> list[str]:
        return [a for a in after.attempts if (kept := await after.store.get(a)) is not None and kept.in_doubt]

    doubtful = after.attempts[1]
    assert await in_doubt() == [doubtful], "band and camera differ there; without a rope a lesson counts on"
    await after.room.correct(doubtful, 20, "watched")
    assert await in_doubt() == []
    await after.room.undo(doubtful)
    assert await in_doubt() == [doubtful]


async def test_evidence_that_finds_no_room_changes_no_result(tmp_path: Path) -> None:
    room = await seed_heat(tmp_path, pupils()[:1], SECONDS, clips=False, evidence_bytes=10)
    assert room.state is not None
    assert room.state.heat.phase == "ended"
    assert not room.replays


async def test_in_a_contest_skips_without_a_rope_are_put_to_review(tmp_path: Path) -> None:
    contest = for_contest(ACTIVITIES)
    assert contest.keys() == {activity.id for activity in ACTIVITIES}
    room = await seed_heat(tmp_path, pupils(), SECONDS, clips=False, activities=contest)
    assert room.state is not None
    decided = [room.state.attempts[place.attempt].decided for place in room.state.heat.places]
    reasons = [one.review.reason if one and one.review else None for one in decided]
    assert reasons == [None, "disagree", "rope_not_seen"]
    ropeless = decided[2]
    assert ropeless is not None
    assert ropeless.official == ropeless.counts["camera"] > 0, "the number stands until somebody has looked"


async def test_an_attempt_that_was_crowded_for_long_is_put_to_review_and_one_that_was_for_a_moment_is_not(tmp_path: Path) -> None:
    truth = skipper(4, SECONDS, trips_per_min=0)
    seeded = [Seeded(truth), Seeded(truth, crowded_s=(2.0, 4.5)), Seeded(truth, crowded_s=(2.0, 6.0))]
    room = await seed_heat(tmp_path, seeded, SECONDS, clips=False)
    assert room.state is not None
    decided = [room.state.attempts[place.attempt].decided for place in room.state.heat.places]
    assert [one.review.reason if one and one.review else None for one in decided] == [None, None, "crowded"]
    assert len({one.official for one in decided if one}) == 1, "nobody loses a skip to a neighbour"
    assert not room.squares, "nothing is said of squares after the signal"
