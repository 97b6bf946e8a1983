"""Effect and version of a directive are one thing on disk, and the technician's list stays short."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from cloud_sync.contract import directives as told
from cloud_sync.downlink import DirectiveRefused
from edge.remote_settings import RemoteSettings
from edge.store.database import open_database
from edge.store.directives import EFFECTS, LOG_ROWS, EvidenceWanted, LogRow
from support.directives import NOW_MS, GatewaySide, contest, homework, roster

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

TABLES = (*EFFECTS, "told_pupil", "directive", "directive_log")


@pytest.fixture
async def side(tmp_path: Path) -> AsyncIterator[GatewaySide]:
    database = await open_database(tmp_path / "gateway.db", max_bytes=16 << 20)
    yield GatewaySide(database)
    await database.close()


async def tables(side: GatewaySide) -> dict[str, list[Any]]:
    return {table: await side.database.read(f"SELECT * FROM {table} ORDER BY 1, 2") for table in TABLES}


@pytest.mark.fault
@pytest.mark.parametrize("statement", ["INSERT ON told_pupil", "INSERT ON directive", "INSERT ON directive_log"])
async def test_a_death_within_the_effect_leaves_what_was_there(side: GatewaySide, statement: str) -> None:
    await side.carry_out("roster.4-3", 1, roster(1, 2))
    before = await tables(side)
    async with side.database.transaction() as connection:
        await connection.execute(f"CREATE TRIGGER death BEFORE {statement} BEGIN SELECT raise(ABORT, 'died here'); END")
    with pytest.raises(Exception, match="died here"):
        await side.carry_out("roster.4-3", 2, roster(1, 5))
    assert await tables(side) == before
    async with side.database.transaction() as connection:
        await connection.execute("DROP TRIGGER death")
    await side.carry_out("roster.4-3", 2, roster(1, 5))
    assert [pupil.number for pupil in await side.rosters.pupils("c43")] == [1, 5]


async def test_each_version_takes_the_place_of_what_the_key_had_given_whatever_it_is(side: GatewaySide) -> None:
    bodies = [roster(1), homework(), contest(), told.Setting("gateway.title", "East"), told.Setting("gateway.title", None)]
    for version, body in enumerate(bodies, start=1):
        await side.carry_out("any.thing", version, body)
        left = [row for table in EFFECTS for row in await side.database.read(f"SELECT 1 FROM {table}")]
        assert len(left) == (0 if version == len(bodies) else 1)
    assert await side.database.read("SELECT * FROM told_pupil") == []


async def test_the_list_for_the_technician_keeps_the_newest(side: GatewaySide) -> None:
    for version in range(1, 6):
        await side.store.note(LogRow(NOW_MS, "homework.w1", version, "assignment", "refused", "expired"))
    async with side.database.transaction() as connection:
        await connection.execute("UPDATE directive_log SET id = id + ? WHERE version > 2", (LOG_ROWS,))
    await side.carry_out("report.now", 1, told.Report())
    assert [(row.key, row.version) for row in await side.store.log()] == [
        ("report.now", 1), ("homework.w1", 5), ("homework.w1", 4), ("homework.w1", 3),
    ]  # fmt: skip


async def test_what_was_carried_out_is_not_called_refused_by_a_later_mishap(side: GatewaySide) -> None:
    await side.carry_out("homework.w1", 1, homework())
    await side.store.note(LogRow(NOW_MS, "homework.w1", 1, "assignment", "refused", "not for this gateway"))
    await side.store.note(LogRow(NOW_MS, "homework.w2", 1, "", "refused", "cannot be read"))
    await side.carry_out("homework.w2", 1, homework())
    assert [(row.key, row.outcome) for row in await side.store.log()] == [("homework.w2", "applied"), ("homework.w1", "applied")]


async def test_evidence_of_one_attempt_that_two_asked_for_is_sent_once(side: GatewaySide) -> None:
    for key in ("evidence.a", "evidence.b"):
        await side.store.settle(LogRow(NOW_MS, key, 1, "send_evidence", "applied", ""), EvidenceWanted("a1"))
    await side.store.evidence_sent("a1")
    assert await side.store.evidence_wanted() is None


LANES = (told.Lane(1, "p1"), told.Lane(1, "p2")), (told.Lane(1, "p1"), told.Lane(2, "p1"))


@pytest.mark.parametrize(
    "body",
    [
        told.Assignment("c43", ("p1", "p1"), "rope-60", 1, NOW_MS),
        told.Roster("c43", "4-3", (told.RosterPupil("p1", 1, "m", 4), told.RosterPupil("p1", 2, "m", 4))),
        *(told.ContestPlan("cup", "Cup", "rope-30", (told.PlannedHeat(1, NOW_MS, "n", lanes),)) for lanes in LANES),
        told.ContestPlan("cup", "Cup", "dance", ()),
    ],
)
async def test_what_is_there_twice_is_refused_and_changes_nothing(side: GatewaySide, body: told.DirectiveBody) -> None:
    before = await tables(side)
    with pytest.raises(DirectiveRefused):
        await side.carry_out("any.thing", 1, body)
    assert await tables(side) == before


async def test_a_setting_that_cannot_take_effect_is_carried_out_all_the_same(
    side: GatewaySide, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("the part is gone")

    monkeypatch.setattr(RemoteSettings, "take", broken)
    assert await side.carry_out("setting.title", 1, told.Setting("gateway.title", "East")) == "takes effect after the next start"
    assert await side.store.newest("setting.title") == 1
    assert await side.store.settings() == {"gateway.title": "East"}
    assert side.drawn == 1


async def test_a_pupil_of_the_platform_is_written_in_the_gateways_own_words(side: GatewaySide) -> None:
    body = told.Roster("c43", "4-3", (told.RosterPupil("p1", 7, "f", 5, band=12, station=3), told.RosterPupil("p2", 8, "m", 6)))
    await side.carry_out("roster.4-3", 1, body)
    shown = [(p.id, p.number, p.name, p.sex, p.grade, p.device, p.station) for p in await side.rosters.pupils("c43")]
    assert shown == [("p1", 7, "", "female", 5, "band-0012", 3), ("p2", 8, "", "male", 6, None, None)]
