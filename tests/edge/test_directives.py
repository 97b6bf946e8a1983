"""What the platform tells has its effect once, and the newest of each key stands, in whatever order it comes."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cloud_sync.contract import directives as told
from cloud_sync.contract.codec import decode, encode
from cloud_sync.contract.topics import GatewayIdentity
from cloud_sync.downlink import DirectiveRefused, Downlink, NotYet
from cloud_sync.link import Link, Message
from edge.directives import LESSON_IDLE_NS, EvidenceOnRequest, LessonUnderWay
from edge.lesson.roster import ClassList, Pupil
from edge.store.database import open_database
from edge.store.directives import EFFECTS
from edge.store.evidence import Kept
from support.brokers import ROOT
from support.directives import NOW_MS, US, FixedClock, GatewaySide, contest, directive, homework, roster

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    from edge.store.database import Database

TABLES = (*EFFECTS, "told_pupil", "directive")


@asynccontextmanager
async def opened(file: Path) -> AsyncIterator[GatewaySide]:
    database = await open_database(file, max_bytes=16 << 20)
    try:
        yield GatewaySide(database)
    finally:
        await database.close()


@pytest.fixture
async def side(tmp_path: Path) -> AsyncIterator[GatewaySide]:
    async with opened(tmp_path / "gateway.db") as made:
        yield made


async def tables(database: Database) -> dict[str, list[Any]]:
    return {table: await database.read(f"SELECT * FROM {table} ORDER BY 1, 2") for table in TABLES}


async def import_list(side: GatewaySide, *names: str, class_name: str = "4-3") -> None:
    pupils = tuple(Pupil("", n, name, "female", 4) for n, name in enumerate(names, 1))
    await side.rosters.store([ClassList(class_name, pupils)])


# --- each kind ----------------------------------------------------------------------------------------------------------


async def test_a_roster_gives_a_class_its_ids_and_keeps_the_names(side: GatewaySide) -> None:
    await import_list(side, "石溪", "云舒")
    await side.carry_out("roster.4-3", 1, roster(1, 3))
    (info,) = await side.rosters.list()
    assert (info.id, info.class_name, info.pupils) == ("c43", "4-3", 3)
    shown = {p.number: (p.id, p.name) for p in await side.rosters.pupils("c43")}
    assert shown[1] == ("c43-p1", "石溪")
    assert shown[2][1] == "云舒"
    assert shown[3] == ("c43-p3", "")
    assert side.drawn == 1


async def test_homework_and_contests_are_kept_and_go_when_they_are_withdrawn(side: GatewaySide) -> None:
    await side.carry_out("assignment.1", 1, homework(120))
    await side.carry_out("assignment.2", 1, homework(60, "rope-30"))
    await side.carry_out("assignment.1", 2, homework(140))
    await side.carry_out("contest.cup", 1, contest())
    assert [(key, one.goal) for key, one in (await side.store.homework()).items()] == [("assignment.1", 140), ("assignment.2", 60)]
    planned = (await side.store.contests())["contest.cup"]
    assert [(heat.heat, heat.nonce, heat.lanes[1].pupil) for heat in planned.heats] == [
        (1, "nonce1", "c43-p2"),
        (2, "nonce2", "c43-p2"),
    ]
    for key in ("assignment.1", "contest.cup"):
        await side.carry_out(key, 9, told.Withdrawn())
    assert list(await side.store.homework()) == ["assignment.2"]
    assert await side.store.contests() == {}


async def test_a_withdrawn_roster_leaves_the_schools_own_list(side: GatewaySide) -> None:
    await import_list(side, "石溪", "云舒")
    (own,) = await side.rosters.list()
    before = await side.rosters.pupils(own.id)
    await side.carry_out("roster.4-3", 1, roster(1, 3))
    await side.carry_out("roster.4-3", 2, told.Withdrawn())
    assert await side.rosters.list() == [own]
    assert await side.rosters.pupils(own.id) == before


async def test_a_setting_takes_effect_at_once_or_says_when_and_none_gives_it_back(side: GatewaySide) -> None:
    assert await side.carry_out("setting.title", 1, told.Setting("gateway.title", "东操场")) == ""
    assert side.taken == {"gateway.title": "东操场", "lesson.settle_s": 1.5}
    assert "next start" in await side.carry_out("setting.keep", 1, told.Setting("evidence.keep", False))
    assert await side.store.settings() == {"evidence.keep": False, "gateway.title": "东操场"}
    await side.carry_out("setting.title", 2, told.Setting("gateway.title", None))
    assert side.taken["gateway.title"] == "Field 1"
    await side.carry_out("setting.keep", 2, told.Withdrawn())
    assert await side.store.settings() == {}


async def test_numbers_are_sent_again_and_a_report_is_given(side: GatewaySide) -> None:
    await side.carry_out("send_again.now", 1, told.SendAgain(5, 90))
    await side.carry_out("report.now", 1, told.Report())
    assert (side.again, side.reports) == ([(5, 90)], 1)


async def test_evidence_that_is_there_is_wanted_until_it_was_sent(side: GatewaySide) -> None:
    await side.evidence.keep([Kept("a1", "l1", False, 0, 3, "clip-of-the-heat", b"signals")], NOW_MS)
    await side.carry_out("evidence.a1", 1, told.SendEvidence("a1"))
    wanted = EvidenceOnRequest(side.store, side.evidence)
    assert await wanted.next() == ("a1", b"signals")
    await wanted.sent("a1")
    assert await wanted.next() is None


async def test_evidence_whose_life_was_over_in_the_meantime_holds_up_no_other(side: GatewaySide) -> None:
    await side.evidence.keep([Kept(name, "l1", False, 0, 3, None, b"signals") for name in ("a1", "a2")], NOW_MS)
    await side.carry_out("evidence.a1", 1, told.SendEvidence("a1"))
    await side.carry_out("evidence.a2", 1, told.SendEvidence("a2"))
    async with side.database.transaction() as connection:
        await connection.execute("DELETE FROM evidence WHERE attempt = 'a1'")
    assert await EvidenceOnRequest(side.store, side.evidence).next() == ("a2", b"signals")


# --- what is refused ----------------------------------------------------------------------------------------------------

TWICE = told.Roster("c1", "4-1", (told.RosterPupil("p1", 1, "m", 4), told.RosterPupil("p2", 1, "m", 4)))
SAME_BAND = told.Roster("c1", "4-1", (told.RosterPupil("p1", 1, "m", 4, 7), told.RosterPupil("p2", 2, "m", 4, 7)))
REFUSED: list[tuple[told.DirectiveBody, str]] = [
    (TWICE, "number 1 is there twice"),
    (SAME_BAND, "band 7 is there twice"),
    (homework(activity="dance"), "no activity 'dance'"),
    (contest("City cup", 1, 1), "heat 1 is there twice"),
    (told.Setting("web.access_code", "0000"), "cannot be changed from afar"),
    (told.Setting("evidence.clips", True), "cannot be changed from afar"),
    (told.Setting("web.port", None), "cannot be changed from afar"),
    (told.Setting("lesson.settle_s", 99), "less than or equal to 10"),
    (told.Setting("lesson.settle_s", "5"), "wrong kind"),
    (told.Setting("lesson.countdown_s", True), "wrong kind"),
    (told.SendAgain(9, 8), "before first"),
    (told.SendEvidence("nobody"), "no evidence"),
]


@pytest.mark.parametrize(("body", "words"), REFUSED)
async def test_what_cannot_be_is_refused_with_a_reason_and_changes_nothing(
    side: GatewaySide, body: told.DirectiveBody, words: str
) -> None:
    await side.carry_out("x.y", 1, homework())
    before = await tables(side.database)
    with pytest.raises(DirectiveRefused, match=words):
        await side.carry_out("x.y", 2, body)
    assert await tables(side.database) == before
    assert side.again == []


async def test_a_class_list_never_changes_under_its_own_lesson(side: GatewaySide) -> None:
    await import_list(side, "石溪")
    (own,) = await side.rosters.list()
    for lesson in (own.id, "c43"):
        side.lesson = lesson
        with pytest.raises(NotYet):
            await side.carry_out("roster.4-3", 1, roster(1, 2))
        assert await side.directives.newest("roster.4-3") == 0
    await side.carry_out("roster.5-1", 1, roster(1, class_id="c51", class_name="5-1"))
    side.lesson = None
    await side.carry_out("roster.4-3", 1, roster(1, 2))
    side.lesson = "c43"
    with pytest.raises(NotYet):
        await side.carry_out("roster.4-3", 2, told.Withdrawn())
    await side.carry_out("assignment.1", 1, homework())


class _Room:
    shape = pulse = 0
    state: Any = None


class _State:
    lesson, roster, closed, heat_runs = "l1", "c43", False, False

    def running(self) -> bool:
        return self.heat_runs


async def test_a_lesson_that_nobody_has_closed_is_over_when_nothing_happens_in_it() -> None:
    room, clock = _Room(), FixedClock()
    lesson = LessonUnderWay(cast("Any", room), clock)
    assert lesson.roster() is None
    room.state = _State()
    assert lesson.roster() == "c43"
    clock.mono_ns = LESSON_IDLE_NS - 1
    assert lesson.roster() == "c43"
    room.pulse += 1
    assert lesson.roster() == "c43"
    clock.mono_ns += LESSON_IDLE_NS
    assert lesson.roster() is None
    room.state.heat_runs = True
    assert lesson.roster() == "c43"
    room.state.closed = True
    assert lesson.roster() is None


async def test_a_disk_that_is_full_is_no_refusal(side: GatewaySide, monkeypatch: pytest.MonkeyPatch) -> None:
    async def full(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(side.store, "settle", full)
    with pytest.raises(NotYet):
        await side.carry_out("assignment.1", 1, homework())


# --- order, repetition, death -------------------------------------------------------------------------------------------

BODIES: dict[str, Sequence[told.DirectiveBody]] = {
    "roster.4-3": (roster(1, 2), roster(2, 3, band=None), TWICE, told.Withdrawn(), roster(1, class_name="4-4")),
    "roster.twin": (roster(1, 4), roster(5), told.Withdrawn()),
    "assignment.1": (homework(1), homework(2, activity="dance"), homework(3), told.Withdrawn(), contest("In its place")),
    "contest.cup": (contest("A"), contest("B", 3), told.Withdrawn()),
    "setting.a": (told.Setting("gateway.title", "A"), told.Setting("lesson.settle_s", 3), told.Setting("lesson.settle_s", None)),
    "setting.b": (told.Setting("gateway.title", "B"), told.Setting("web.port", 1), told.Withdrawn()),
    "report.now": (told.Report(), told.SendAgain(1, 2), told.SendAgain(2, 1)),
}


@st.composite
def streams(draw: st.DrawFn) -> tuple[list[told.Directive], list[told.Directive]]:
    """Directives as they were made, and as they come: in any order, some of them several times."""
    made = [
        directive(key, version, draw(st.sampled_from(BODIES[key])), gateway=draw(st.sampled_from([US, US, US, "school.other"])))
        for key in draw(st.lists(st.sampled_from(sorted(BODIES)), min_size=1, max_size=4, unique=True))
        for version in range(1, draw(st.integers(1, 4)) + 1)
    ]
    return made, draw(st.permutations(made + draw(st.lists(st.sampled_from(made), max_size=4))))


class Silent:
    """A link that a test hands messages to; nothing of what is said matters here."""

    def __init__(self) -> None:
        self.answers: list[told.Answer] = []

    def on(self, _topic: str, handler: Any) -> None:
        self.handler = handler

    async def publish(self, _topic: str, payload: bytes) -> None:
        self.answers.append(decode(told.Answer, payload))


async def through(side: GatewaySide, stream: Sequence[told.Directive]) -> list[told.Answer]:
    link = Silent()
    task = asyncio.create_task(Downlink(cast("Link", link), GatewayIdentity("school", "field"), side.directives).run())
    for one in stream:
        link.handler(Message("", encode(one), lambda: None))
    async with asyncio.timeout(20):
        while len(link.answers) < len(stream):
            await asyncio.sleep(0.001)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    return link.answers


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(streams())
def test_any_order_and_any_repetition_end_in_the_same_tables(
    tmp_path_factory: pytest.TempPathFactory, told_stream: tuple[list[told.Directive], list[told.Directive]]
) -> None:
    made, stream = told_stream

    async def both() -> None:
        folder = tmp_path_factory.mktemp("any")
        async with opened(folder / "shuffled.db") as one, opened(folder / "plain.db") as other:
            await import_list(one, "石溪", "云舒", "雨晴")
            async with other.database.transaction() as connection:
                for table in ("roster", "pupil"):
                    rows = await one.database.read(f"SELECT * FROM {table}")
                    marks = ", ".join("?" * len(rows[0]))
                    await connection.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)
            await through(one, stream)
            await through(other, made)
            assert await tables(one.database) == await tables(other.database)
            assert one.taken == other.taken
            shown = [[(info, await side.rosters.pupils(info.id)) for info in await side.rosters.list()] for side in (one, other)]
            assert shown[0] == shown[1]

    asyncio.run(both())


KILLED = """
import asyncio, os, sys
from pathlib import Path
from cloud_sync.contract.codec import encode
from cloud_sync.contract.topics import GatewayIdentity
from cloud_sync.downlink import Downlink
from cloud_sync.link import Message
from edge.store.database import open_database
from support.directives import GatewaySide, directive, homework

class Deadly:
    def on(self, topic, handler):
        self.handler = handler
    async def publish(self, topic, payload):
        os.kill(os.getpid(), 9)

async def main():
    side = GatewaySide(await open_database(Path(sys.argv[1]), max_bytes=16 << 20))
    link = Deadly()
    made = Downlink(link, GatewayIdentity("school", "field"), side.directives)
    link.handler(Message("", encode(directive("assignment.1", 1, homework(7))), lambda: None))
    await made.run()

asyncio.run(main())
"""


@pytest.mark.fault
async def test_killed_between_commit_and_answer_it_is_known_the_next_time(tmp_path: Path) -> None:
    file = tmp_path / "gateway.db"
    died = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", KILLED, str(file)], cwd=ROOT, env={"PYTHONPATH": f"{ROOT}:{ROOT}/tests"}, check=False
    )
    assert died.returncode == -9
    async with opened(file) as side:
        before = await tables(side.database)
        assert [one.goal for one in (await side.store.homework()).values()] == [7]
        (answer,) = await through(side, [directive("assignment.1", 1, homework(7))])
        assert answer.outcome == "known"
        assert await tables(side.database) == before


async def test_everything_is_on_a_list_for_the_technician_and_repetition_adds_nothing(side: GatewaySide) -> None:
    stream = [
        directive("assignment.1", 2, homework()),
        directive("assignment.1", 1, homework()),
        directive("setting.x", 1, told.Setting("web.port", 1)),
        directive("report.now", 1, told.Report(), gateway="school.other"),
    ]
    await through(side, stream)
    await through(side, stream)
    rows = [(row.key, row.version, row.kind, row.outcome) for row in await side.store.log()]
    assert rows == [
        ("report.now", 1, "report", "refused"),
        ("setting.x", 1, "setting", "refused"),
        ("assignment.1", 1, "assignment", "older"),
        ("assignment.1", 2, "assignment", "applied"),
    ]
