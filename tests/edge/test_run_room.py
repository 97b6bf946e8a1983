"""A run in the lesson room: laps by tap and by camera, the question who was first, the finish, and a restart in the middle."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from edge.counting.events import Crossing
from edge.lesson import changes as ch
from edge.lesson.roster import read_roster
from edge.lesson.session import Refused
from edge.lesson_news import BibSeen, Crossed, Heard
from edge.lesson_room import LessonRoom
from edge.store.database import open_database
from edge.store.journal import Journal
from edge.store.records import Records
from edge.store.rosters import Rosters
from support.replay_field import HandClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from edge.lesson.session import AttemptState
    from edge.store.database import Database

S = 1_000_000_000
CLASS = "class,number,name,sex,grade\n" + "".join(f"4-2,{n},{name},{sex},7\n" for n, (name, sex) in enumerate(
    [("Ash", "m"), ("Birch", "f"), ("Cedar", "m")], start=1
))  # fmt: skip


@dataclass
class Track:
    """A gateway's room at the side of a track, with a clock that the test moves."""

    database: Database
    journal: Journal
    clock: HandClock
    room: LessonRoom

    def again(self, *, camera: bool = False) -> LessonRoom:
        """The room as after a restart of the program."""
        ends = frozenset({"finish"}) if camera else frozenset()
        return LessonRoom(
            self.journal, Rosters(self.database), Records(self.database), self.clock, settle_s=0.5, gate_ends=lambda: ends
        )

    async def begin(self, activity: str, **how: int | bool) -> None:
        """Open a lesson and give the signal."""
        roster = (await Rosters(self.database).list())[0]
        await self.room.open_lesson(roster.id, activity)
        await self.room.start_heat(5, **how)  # type: ignore[arg-type]
        await self.pass_s(5.0)
        assert self.room.state is not None
        assert self.room.state.heat.phase == "running"

    async def pass_s(self, seconds: float) -> None:
        """Time goes on in the run, a quarter of a second at a time."""
        for _ in range(max(1, round(seconds / 0.25))):
            self.clock.now_ns += round(min(seconds, 0.25) * S)
            async with self.room._log.lock:
                await self.room._on_time()
            if self.room.runs.wanted:
                await self.room.runs.go_on()

    def runner(self, name: str) -> AttemptState:
        """The newest attempt of a pupil."""
        assert self.room.state is not None
        places = [place for heat in self.room.state.heats for place in heat.places]
        return next(self.room.state.attempts[p.attempt] for p in places if self.room.pupils[p.pupil].name == name)

    async def tap(self, name: str) -> None:
        """The teacher taps a name."""
        await self.room.runs.give_lap(self.runner(name).place.attempt)


@pytest.fixture
async def track(tmp_path: Path) -> AsyncIterator[Track]:
    database = await open_database(tmp_path / "gateway.db", max_bytes=64 << 20)
    await Rosters(database).store(read_roster(CLASS.encode()))
    clock = HandClock()
    journal = Journal(database, boot=clock.boot, clock_ok=lambda: True, group_ms=0.0)
    await journal.load()
    writer = asyncio.create_task(journal.run())
    made = Track(database, journal, clock, LessonRoom(journal, Rosters(database), Records(database), clock, settle_s=0.5))
    yield made
    writer.cancel()
    await asyncio.gather(writer, return_exceptions=True)
    await database.close()


async def test_800_m_by_taps_ends_with_the_last_one_at_the_finish(track: Track) -> None:
    await track.begin("run-800")
    for lap in range(4):
        for name in ("Ash", "Birch", "Cedar"):
            await track.pass_s(15.0)
            await track.tap(name)
        assert track.room.state is not None
        assert track.room.state.heat.phase == ("running" if lap < 3 else "settling")
    await track.pass_s(1.0)
    ash, birch = track.runner("Ash").decided, track.runner("Birch").decided
    assert ash is not None
    assert birch is not None
    assert (ash.official, ash.unit, ash.laps_ms) == (150_000, "ms", (15_000, 45_000, 45_000, 45_000))
    assert ash.score is None, "the standard has no 800 m for boys"
    assert birch.score == 100
    assert track.room.state.heat.ended is not None
    assert track.room.state.heat.ended.reason == "finished"


async def test_who_stops_does_not_hold_up_the_heat_and_has_no_time(track: Track) -> None:
    await track.begin("run-50x8")
    for name in ("Ash", "Birch"):
        for _ in range(4):
            await track.pass_s(20.0)
            await track.tap(name)
    await track.room.runs.stop_runner(track.runner("Cedar").place.attempt, stopped=True)
    await track.pass_s(1.0)
    cedar = track.runner("Cedar").decided
    assert cedar is not None
    assert cedar.official == 0
    assert cedar.review is not None
    assert cedar.review.reason == "did_not_finish"
    assert track.runner("Ash").decided.official == 80_000  # type: ignore[union-attr]
    assert (await track.room._people._records.bests(track.room.state.roster, "run-50x8", lowest=True)).keys() == {  # type: ignore[union-attr]
        track.runner(name).place.pupil for name in ("Ash", "Birch")
    }, "no time is no best"


async def test_a_lap_taken_away_is_gone_and_the_tap_can_be_given_again(track: Track) -> None:
    await track.begin("run-free")
    await track.pass_s(40.0)
    await track.tap("Ash")
    lap = track.runner("Ash").laps[0]
    await track.room.runs.remove_lap(track.runner("Ash").place.attempt, lap.lap)
    assert track.runner("Ash").laps == ()
    await track.room.runs.give_lap(track.runner("Ash").place.attempt, at_ms=39_000)
    assert [one.t_ns - lap.t_ns for one in track.runner("Ash").laps] == [-1 * S]


async def test_after_a_restart_the_run_goes_on_with_the_same_laps(track: Track) -> None:
    await track.begin("run-800")
    await track.pass_s(50.0)
    await track.tap("Cedar")
    before = track.room.state
    track.room = track.again()
    await track.room.restore()
    assert track.room.state == before
    await track.pass_s(50.0)
    await track.tap("Cedar")
    assert len(track.runner("Cedar").laps) == 2


async def test_12_minutes_end_by_the_clock_and_are_metres(track: Track) -> None:
    await track.begin("run-12min")
    for _ in range(10):
        await track.pass_s(60.0)
        await track.tap("Birch")
    await track.pass_s(121.0)
    birch = track.runner("Birch").decided
    assert birch is not None
    assert (birch.unit, birch.official) == ("m", 2_190)
    ash = track.runner("Ash").decided
    assert ash is not None
    assert ash.review is not None
    assert ash.review.reason == "no_signal"


async def test_a_crossing_without_a_band_is_named_by_the_tap_and_timed_by_the_camera(track: Track) -> None:
    track.room = track.again(camera=True)
    await track.begin("run-800")
    await track.pass_s(48.0)
    crossed_ns = track.clock.now_ns - 700_000_000
    track.room.offer(Crossed("finish", Crossing(crossed_ns, "left_to_right", 1, 0.5, 1.0, 10_000_000)))
    taking = asyncio.create_task(track.room._take_news())
    async with asyncio.timeout(20):
        while not track.room.runs.crossings_waiting:
            await asyncio.sleep(0.01)
    taking.cancel()
    assert track.room.runs.crossings_waiting == ((crossed_ns, None),), "shown at once, before it is known who"
    await track.pass_s(0.25)
    await track.tap("Birch")
    pulse = track.room.pulse
    await track.pass_s(0.25)
    assert track.room.runs.crossings_waiting == ((crossed_ns, track.runner("Birch").place.attempt),), "most likely"
    assert track.room.pulse > pulse, "the pages are told"
    pulse = track.room.pulse
    await track.pass_s(0.25)
    assert track.room.pulse == pulse, "nothing new"
    await track.pass_s(9.5)
    assert [(lap.t_ns, lap.by) for lap in track.runner("Birch").laps] == [(crossed_ns, ("camera", "teacher"))]
    assert track.room.runs.crossings_waiting == ()


async def test_a_body_over_the_line_just_before_the_signal_is_told_and_the_teacher_says_who(track: Track) -> None:
    track.room = track.again(camera=True)
    roster = (await Rosters(track.database).list())[0]
    await track.room.open_lesson(roster.id, "run-800")
    await track.room.start_heat(5)
    await track.pass_s(4.5)
    async with track.room._log.lock:
        early = Crossing(track.clock.now_ns, "left_to_right", 1)
        await track.room._log.commit(track.room.runs._laps.crossed("finish", early))
    assert track.room.state is not None
    assert track.room.state.heat.early_ms == (500,)
    await track.pass_s(1.0)
    await track.room.runs.false_start(track.runner("Ash").place.attempt, 500)
    assert track.room.state.heat.early_ms == ()
    assert track.runner("Ash").early_ms == 500


async def test_a_shuttle_is_counted_at_both_ends_and_the_touch_that_was_missed_is_flagged(track: Track) -> None:
    track.room = LessonRoom(
        track.journal, Rosters(track.database), Records(track.database), track.clock,
        settle_s=0.5, gate_ends=lambda: frozenset({"finish", "far"}), bibs=True,
    )  # fmt: skip
    await track.begin("run-50x8")
    signal_ns = track.clock.now_ns
    ways = [(way * (10.5 + 1.2 * number), way, number) for number in (1, 2, 3) for way in range(1, 9) if (number, way) != (2, 5)]
    for body, (at_s, way, number) in enumerate(sorted(ways)):
        await track.pass_s((signal_ns - track.clock.now_ns) / S + at_s)
        end, t_ns = "far" if way % 2 else "finish", signal_ns + round(at_s * S)
        async with track.room._log.lock:
            crossing = Crossing(t_ns, "left_to_right", body, 0.5, 1.0, 10_000_000)
            await track.room.runs._commit(track.room.runs.crossed(Crossed(end, crossing)))  # type: ignore[arg-type]
            track.room.runs.bib(BibSeen(end, body, number, 0.97))  # type: ignore[arg-type]
    await track.pass_s(20.0)
    laps = {name: track.runner(name).laps for name in ("Ash", "Birch", "Cedar")}
    ways_told = {name: [lap.ways for lap in of_one] for name, of_one in laps.items()}
    assert ways_told == {"Ash": [1] * 8, "Birch": [1, 1, 1, 1, 2, 1, 1], "Cedar": [1] * 8}
    missed = [(name, at) for name, of_one in laps.items() for at, lap in enumerate(of_one) if lap.doubt == "missed_touch"]
    assert missed == [("Birch", 4)]
    assert track.room.state is not None
    assert track.room.state.heat.ended is not None
    assert track.room.state.heat.ended.reason == "finished", "a missed touch holds nobody up"
    ash, birch = track.runner("Ash").decided, track.runner("Birch").decided
    assert ash is not None
    assert birch is not None
    assert ash.official == 94_000
    assert birch.review is not None
    assert (birch.official, birch.review.reason) == (104_000, "missed_touch")


async def test_a_band_that_runs_before_the_signal_is_a_false_start_of_its_pupil(track: Track) -> None:
    banded = "class,number,name,sex,grade,band\n" + "".join(f"4-3,{n},{name},m,7,{n}\n" for n, name in enumerate(["Elm", "Fir"], 1))
    rosters = Rosters(track.database)
    await rosters.store(read_roster(banded.encode()))
    banded_class = next(one for one in await rosters.list() if one.class_name == "4-3")
    await track.room.open_lesson(banded_class.id, "run-800")
    await track.room.start_heat(5)
    signal_ns = track.clock.now_ns + 5 * S
    taking = asyncio.create_task(track.room._take_news())
    for tenth in range(-48, 45):
        for band, from_s in (("band-0001", 0.4), ("band-0002", -1.2)):
            steps = max(0, int((tenth / 10 - from_s) * 3.1) + 1) if tenth / 10 >= from_s else 0
            track.room.offer(Heard(band, signal_ns + tenth * S // 10, steps=steps))
        await asyncio.sleep(0)
    await track.pass_s(10.0)
    taking.cancel()
    assert track.runner("Elm").early_ms == 0
    assert track.runner("Fir").early_ms == pytest.approx(1_200, abs=100)
    await track.room.runs.false_start(track.runner("Fir").place.attempt, 0)
    assert track.runner("Fir").early_ms == 0, "the teacher has seen better"


async def run_with_a_question(track: Track) -> tuple[ch.AttemptId, ch.AttemptId]:
    """A decided run of Ash (81 s) and Birch (83 s), in which the order of the two is still asked about."""
    await track.begin("run-50x8")
    ash, birch = track.runner("Ash").place.attempt, track.runner("Birch").place.attempt
    await track.room.runs.stop_runner(track.runner("Cedar").place.attempt, stopped=True)
    finish = [(ash, track.clock.now_ns + 81 * S), (birch, track.clock.now_ns + 83 * S)]
    await track.pass_s(84.0)
    async with track.room._log.lock:
        laps = [ch.LapCounted(who, f"l{at}", t_ns, 10**7, ("camera",), 0.6, 8, "unsure") for at, (who, t_ns) in enumerate(finish)]
        asked = ch.OrderAsked(0, "d1", tuple(t_ns for _, t_ns in finish), ("l0", "l1"), (ash, birch))
        await track.room.runs._commit([asked, *laps])
    await track.pass_s(1.0)
    return ash, birch


@pytest.mark.parametrize(("swapped", "counts"), [(True, [83_000, 81_000]), (False, [81_000, 83_000])])
async def test_an_answer_after_the_result_settles_it_and_says_so(track: Track, *, swapped: bool, counts: list[int]) -> None:
    ash, birch = await run_with_a_question(track)
    assert track.runner("Ash").decided.review.reason == "order_open"  # type: ignore[union-attr]
    await track.room.runs.answer_order("d1", [birch, ash] if swapped else [ash, birch])
    assert [track.runner(name).standing.count for name in ("Ash", "Birch")] == counts  # type: ignore[union-attr]
    assert [one.kind for one in track.runner("Ash").audit] == ["decided", "corrected"]


async def test_a_time_set_by_hand_stands_when_laps_change_and_taking_it_back_shows_the_new_one(track: Track) -> None:
    ash, birch = await run_with_a_question(track)
    await track.room.correct(ash, 80_500, "other")
    await track.room.runs.answer_order("d1", [birch, ash])
    assert [track.runner(name).standing.count for name in ("Ash", "Birch")] == [80_500, 81_000]  # type: ignore[union-attr]
    await track.room.undo(ash)
    assert track.runner("Ash").standing.count == 83_000  # type: ignore[union-attr]


async def test_the_second_wave_starts_later_and_a_rope_has_no_laps(track: Track) -> None:
    await track.begin("run-800", waves=3, wave_gap_s=30)
    for name in ("Ash", "Birch", "Cedar"):
        await track.pass_s(30.0)
        await track.tap(name)
    assert track.room.state is not None
    started = track.room.state.heat.started
    assert started is not None
    assert [len(wave) for wave in started.waves] == [1, 1, 1]
    await track.room.stop_heat()
    await track.pass_s(1.0)
    await track.room.open_lesson(track.room.state.roster, "rope-60")
    with pytest.raises(Refused, match="no run"):
        await track.tap("Ash")
