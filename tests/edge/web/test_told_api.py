"""What the platform has told, as the pages and the technician get it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest

from edge.lesson.told_class import ToldClass, ToldPupil
from edge.store.database import open_database
from edge.store.directives import Contest, Homework, Lane, LogRow, PlannedHeat
from edge.web.app import create_app
from edge.web.auth import Door
from edge.web.told_desk import OVER_AFTER_MS, ToldDesk
from support.asgi import ask
from support.directives import NOW_MS, GatewaySide

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from fastapi import FastAPI


class _Gatehouse:
    room = None

    def now_ms(self) -> int:
        return NOW_MS


def app_with(desk: ToldDesk | None, code: str | None = None) -> FastAPI:
    nothing = cast("Any", _Gatehouse())
    return create_app(nothing, nothing, Door(code), str, nothing, nothing, nothing, nothing, desk)


@pytest.fixture
async def side(tmp_path: Path) -> AsyncIterator[GatewaySide]:
    database = await open_database(tmp_path / "gateway.db", max_bytes=16 << 20)
    made = GatewaySide(database)
    pupils = tuple(ToldPupil(f"p{n}", n, "male", 4) for n in (1, 2))
    heats = (PlannedHeat(2, NOW_MS + 2, "b", ()), PlannedHeat(1, NOW_MS + 1, "a", (Lane(1, "p1"),)))
    effects = {
        "roster.a": ToldClass("c1", "4-3", pupils),
        "assignment.later": Homework("c1", ("p1",), "rope-30", 60, NOW_MS + 9_000),
        "assignment.soon": Homework("c1", (), "rope-60", 120, NOW_MS + 1_000),
        "assignment.over": Homework("c1", (), "rope-60", 120, NOW_MS - OVER_AFTER_MS),
        "assignment.elsewhere": Homework("c9", (), "rope-60", 120, NOW_MS + 5_000),
        "contest.cup": Contest("cup", "City cup", "rope-30", heats),
        "contest.over": Contest("old", "Old cup", "rope-30", (PlannedHeat(1, NOW_MS - OVER_AFTER_MS, "a", ()),)),
    }
    for key, effect in effects.items():
        await made.store.settle(LogRow(NOW_MS, key, 1, key.split(".")[0], "applied", ""), effect)
    await made.store.note(LogRow(NOW_MS, "setting.x", 3, "setting", "refused", "web.port cannot be changed from afar"))
    yield made
    await database.close()


async def test_homework_that_is_not_over_the_next_due_first(side: GatewaySide) -> None:
    told = (await ask(app_with(ToldDesk(side.store, side.rosters)), "GET", "/api/assignments")).json
    assert [(one["key"], one["roster"], one["class_name"], one["pupils"], one["goal"]) for one in told] == [
        ("assignment.soon", "c1", "4-3", None, 120),
        ("assignment.elsewhere", None, "", None, 120),
        ("assignment.later", "c1", "4-3", 1, 60),
    ]


async def test_contests_that_are_not_over_with_their_heats_in_order(side: GatewaySide) -> None:
    told = (await ask(app_with(ToldDesk(side.store, side.rosters)), "GET", "/api/contests")).json
    heats = [{"heat": 1, "starts_at_ms": NOW_MS + 1, "lanes": 1}, {"heat": 2, "starts_at_ms": NOW_MS + 2, "lanes": 0}]
    assert told == [{"key": "contest.cup", "title": "City cup", "activity": "rope-30", "heats": heats}]


async def test_the_technician_sees_what_became_of_each(side: GatewaySide) -> None:
    told = (await ask(app_with(ToldDesk(side.store, side.rosters)), "GET", "/api/directives")).json
    reason = "web.port cannot be changed from afar"
    assert told[0] == {"at_ms": NOW_MS, "key": "setting.x", "version": 3, "kind": "setting", "outcome": "refused", "reason": reason}
    assert len(told) == 8


async def test_a_stranger_sees_nothing_and_without_a_platform_there_is_nothing(side: GatewaySide) -> None:
    for path in ("/api/assignments", "/api/contests", "/api/directives"):
        assert (await ask(app_with(ToldDesk(side.store, side.rosters), "4711"), "GET", path)).status == 401
        assert (await ask(app_with(None), "GET", path)).json == []
