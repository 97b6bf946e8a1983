"""Class lists keep their ids, and bests follow corrections."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from edge.lesson.roster import ClassList, Pupil
from edge.store.band_memory import BandMemory
from edge.store.database import open_database
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


def pupil(number: int, name: str, band: int | None = None) -> Pupil:
    return Pupil("", number, name, "female", 4, band, None)


async def test_a_pupil_keeps_the_id_when_the_list_is_imported_again(database: Database) -> None:
    rosters = Rosters(database)
    await rosters.store([ClassList("4-3", (pupil(1, "石溪"), pupil(2, "云舒")))])
    (info,) = await rosters.list()
    before = {p.name: p.id for p in await rosters.pupils(info.id)}
    await rosters.store([ClassList("4-3", (pupil(1, "石溪", band=9), pupil(2, "雨晴")))])
    after = {p.name: p for p in await rosters.pupils(info.id)}
    assert after["石溪"].id == before["石溪"]
    assert after["石溪"].device == "band-0009"
    assert after["雨晴"].id not in before.values(), "another pupil under the same number is another pupil"
    assert (await rosters.list())[0].pupils == 2


async def test_bests_are_of_what_stands_now(database: Database) -> None:
    records = Records(database)
    await records.note("a1", "p1", "r1", "rope-60", "l1", 120)
    await records.note("a2", "p1", "r1", "rope-60", "l1", 147)
    await records.note("a3", "p2", "r1", "rope-60", "l1", 130)
    assert await records.bests("r1", "rope-60") == {"p1": 147, "p2": 130}
    await records.note("a2", "p1", "r1", "rope-60", "l1", 104)
    assert await records.bests("r1", "rope-60") == {"p1": 120, "p2": 130}
    assert await records.class_record("r1", "rope-60") == 130
    assert await records.class_record("r1", "rope-30") is None


async def test_sequences_are_remembered(database: Database) -> None:
    memory = BandMemory(database)
    await memory.save({"band-0001": 7})
    await memory.save({"band-0001": 9, "band-0002": 1})
    assert await memory.load() == {"band-0001": 9, "band-0002": 1}
