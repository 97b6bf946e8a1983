"""Lists that the platform has told beside the school's own: ids, names, and history."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from edge.lesson.roster import ClassList, Pupil
from edge.lesson.told_class import ToldClass, ToldPupil
from edge.store.database import open_database
from edge.store.directives import DirectiveStore, LogRow
from edge.store.records import Records
from edge.store.rosters import Rosters

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from edge.store.database import Database


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    opened = await open_database(tmp_path / "gateway.db", max_bytes=16 << 20)
    yield opened
    await opened.close()


async def bring(database: Database, class_name: str, **names: str) -> None:
    pupils = tuple(Pupil("", int(n[1:]), name, "female", 4) for n, name in names.items())
    await Rosters(database).store([ClassList(class_name, pupils)])


async def tell(
    database: Database, class_name: str, *numbers: int, key: str = "roster.a", version: int = 1, class_id: str = "c1"
) -> None:
    told = ToldClass(class_id, class_name, tuple(ToldPupil(f"{class_id}-p{n}", n, "female", 4) for n in numbers))
    await DirectiveStore(database).settle(LogRow(0, key, version, "roster", "applied", ""), told)


async def shown(database: Database, roster: str) -> dict[int, tuple[str, str]]:
    return {p.number: (p.id, p.name) for p in await Rosters(database).pupils(roster)}


async def test_names_that_come_later_go_to_the_platforms_ids(database: Database) -> None:
    await tell(database, "三（2）班", 1, 2)
    assert await shown(database, "c1") == {1: ("c1-p1", ""), 2: ("c1-p2", "")}
    await bring(database, "三(2)班", n1="石溪", n2="云舒")
    assert [(info.id, info.class_name, info.pupils) for info in await Rosters(database).list()] == [("c1", "三(2)班", 2)]
    assert await shown(database, "c1") == {1: ("c1-p1", "石溪"), 2: ("c1-p2", "云舒")}
    await bring(database, "三(2)班", n1="石溪", n2="雨晴")
    assert await shown(database, "c1") == {1: ("c1-p1", "石溪"), 2: ("c1-p2", "雨晴")}, "who has the number has the platform's id"


async def test_bests_from_before_the_platform_knew_the_class_still_count(database: Database) -> None:
    rosters, records = Rosters(database), Records(database)
    await bring(database, "4-3", n1="石溪", n2="云舒")
    (own,) = await rosters.list()
    ids = {p.number: p.id for p in await rosters.pupils(own.id)}
    await records.note("a1", ids[1], own.id, "rope-60", "l1", 140)
    await records.note("a2", ids[2], own.id, "rope-60", "l1", 120)
    await tell(database, "4-3", 1, 2)
    assert await rosters.current(own.id) == "c1"
    await records.note("a3", "c1-p1", "c1", "rope-60", "l2", 150)
    await records.note("a4", "c1-p2", "c1", "rope-60", "l2", 100)
    bests = await records.bests("c1", "rope-60")
    assert (bests["c1-p1"], bests["c1-p2"]) == (150, 120)
    assert await records.class_record("c1", "rope-60") == 150
    await records.note("a2", ids[2], own.id, "rope-60", "l1", 90)
    assert (await records.bests("c1", "rope-60"))["c1-p2"] == 100, "a correction of an old attempt counts as well"


async def test_the_best_time_is_the_lower_one_of_both_ids(database: Database) -> None:
    rosters, records = Rosters(database), Records(database)
    await bring(database, "4-3", n1="石溪")
    (own,) = await rosters.list()
    (pupil,) = await rosters.pupils(own.id)
    await tell(database, "4-3", 1)
    await records.note("a1", pupil.id, own.id, "run-50", "l1", 9_000)
    await records.note("a2", "c1-p1", "c1", "run-50", "l2", 9_400)
    assert (await records.bests("c1", "run-50", lowest=True))["c1-p1"] == 9_000


async def test_a_lesson_from_before_still_finds_its_pupils_by_the_old_ids(database: Database) -> None:
    await bring(database, "4-3", n1="石溪")
    (own,) = await Rosters(database).list()
    before = await shown(database, own.id)
    await tell(database, "4-3", 1, 2)
    assert await shown(database, own.id) == before


async def test_a_class_without_a_list_of_the_school_and_one_without_the_platform_stand_side_by_side(database: Database) -> None:
    await bring(database, "4-3", n1="石溪")
    await tell(database, "5-1", 1, 2, 3)
    assert [(info.class_name, info.pupils) for info in await Rosters(database).list()] == [("4-3", 1), ("5-1", 3)]


async def test_a_class_that_is_told_under_two_keys_is_there_once(database: Database) -> None:
    await tell(database, "4-3", 1, 2, key="roster.b")
    await tell(database, "4-3", 1, key="roster.a")
    assert [(info.id, info.pupils) for info in await Rosters(database).list()] == [("c1", 1)]


async def test_no_name_stands_in_what_the_platform_has_told(database: Database) -> None:
    await bring(database, "4-3", n1="石溪")
    await tell(database, "4-3", 1)
    for table in ("told_roster", "told_pupil", "directive", "directive_log"):
        assert "石溪" not in str(await database.read(f"SELECT * FROM {table}"))


async def test_what_was_told_is_taken_over_from_a_damaged_file(tmp_path: Path) -> None:
    file = tmp_path / "gateway.db"
    database = await open_database(file, max_bytes=16 << 20)
    await bring(database, "4-3", n1="石溪")
    await tell(database, "4-3", 1, 2, version=7)
    async with database.transaction() as connection:
        await connection.execute("CREATE TABLE filler (x BLOB)")
        await connection.execute("INSERT INTO filler VALUES (zeroblob(400000))")
    await database.close()
    content = bytearray(file.read_bytes())
    content[-40 * 4096 : -39 * 4096] = b"\xff" * 4096
    file.write_bytes(content)
    database = await open_database(file, max_bytes=16 << 20)
    found = await shown(database, "c1"), await DirectiveStore(database).newest("roster.a")
    await database.close()
    assert database.set_aside, "the damage was seen"
    assert found == ({1: ("c1-p1", "石溪"), 2: ("c1-p2", "")}, 7)
