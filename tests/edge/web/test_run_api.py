"""The line and the photo finish over HTTP: in use when committed, refused with a sentence, never kept by a browser."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from edge.capture.gate_watch import GateWatch
from edge.counting.gate_line import GateLine
from edge.counting.line import Line
from edge.store.camera_lines import CameraLines
from edge.store.database import open_database
from edge.web.app import create_app
from edge.web.auth import Door
from edge.web.finish_desk import FinishDesk
from edge.web.line_desk import LineDesk
from support.asgi import Answer, Redraws, ask

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from edge.store.database import Database

CODE = "the-code"
S = 1_000_000_000


class Scan:
    """A photo finish that has only the seconds 10 to 20 of the run."""

    def jpeg(self, from_ns: int, to_ns: int, px_per_s: float) -> bytes | None:
        inside = from_ns >= 110 * S and to_ns <= 120 * S
        return f"{from_ns} {to_ns} {px_per_s}".encode() if inside else None


class Field:
    """One camera with a line of the settings, one without any."""

    def __init__(self, database: Database) -> None:
        self.database, self.going, self.starts_ns = database, False, 100 * S
        self.gates = [
            GateWatch("north", GateLine(Line(10, 10, 10, 400)), lambda: False, lambda _end, _crossing: None),
            GateWatch("south/2", None, lambda: False, lambda _end, _crossing: None),
        ]
        self.lines = LineDesk(self.gates, CameraLines(database), lambda: self.going)
        room: Any = SimpleNamespace(room=Redraws())
        nothing: Any = room
        self.room = room.room
        finish = FinishDesk(lambda: self.starts_ns, [Scan()])
        self.app = create_app(room, nothing, Door(CODE), str, nothing, nothing, finish, self.lines)

    async def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Answer:
        where, _, query = path.partition("?")
        return await ask(self.app, method, where, body, code=CODE, query=query)


@pytest.fixture
async def field(tmp_path: Path) -> AsyncIterator[Field]:
    database = await open_database(tmp_path / "gateway.db", max_bytes=16 << 20)
    yield Field(database)
    await database.close()


DRAWN = {"width_px": 1280, "height_px": 720, "line": [640, 100, 700, 700], "direction": "left_to_right"}


async def test_a_drawn_line_is_used_and_comes_back_after_a_restart(field: Field) -> None:
    before = (await field.ask("GET", "/api/cameras/north/line")).json
    assert (before["source"], before["line"]) == ("settings", [10, 10, 10, 400])
    saved = (await field.ask("POST", "/api/cameras/north/line", DRAWN)).json
    assert (saved["source"], saved["line"], saved["direction"]) == ("teacher", [640, 100, 700, 700], "left_to_right")
    assert field.gates[0].line == GateLine(Line(640, 100, 700, 700), (1280, 720), "finish", "left_to_right")
    assert field.room.times == 1
    again = Field(field.database)
    await again.lines.restore()
    assert again.gates[0].line == field.gates[0].line


async def test_no_line_is_a_choice_that_is_kept_too(field: Field) -> None:
    assert (await field.ask("POST", "/api/cameras/north/line", DRAWN | {"line": None})).json["line"] is None
    again = Field(field.database)
    await again.lines.restore()
    assert again.gates[0].line is None


@pytest.mark.parametrize(
    ("camera", "change", "code"),
    [
        ("nowhere", {}, "no_such_camera"),
        ("north", {"line": [640, 100, 650, 110]}, "line_short"),
        ("north", {"line": [640, 100, 1300, 110]}, "line_outside"),
        ("north", {"line": [640, -5, 650, 700]}, "line_outside"),
    ],
)
async def test_what_cannot_be_a_line_is_refused_and_the_old_one_stands(
    field: Field, camera: str, change: dict[str, Any], code: str
) -> None:
    answer = await field.ask("POST", f"/api/cameras/{camera}/line", DRAWN | change)
    assert answer.status == 409
    assert answer.json["code"] == code
    assert field.gates[0].line == GateLine(Line(10, 10, 10, 400))


async def test_nothing_is_drawn_while_a_heat_is_under_way(field: Field) -> None:
    field.going = True
    assert (await field.ask("POST", "/api/cameras/south/2/line", DRAWN)).json["code"] == "heat_running"


async def test_a_piece_of_the_photo_finish_is_by_the_time_since_the_signal_and_nobody_keeps_it(field: Field) -> None:
    answer = await field.ask("GET", "/api/finish/photo?from_ms=11000&to_ms=13500&px_per_s=300")
    assert answer.status == 200
    assert answer.content == f"{111 * S} {113_500_000_000} 300.0".encode()
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-type"] == "image/jpeg"


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("from_ms=0&to_ms=2000", "photo_gone"),
        ("from_ms=11000&to_ms=11000", "photo_range"),
        ("from_ms=0&to_ms=60000", "photo_range"),
        ("from_ms=10000&to_ms=20000&px_per_s=1000", "photo_range"),
    ],
)
async def test_what_is_not_there_is_said(field: Field, query: str, code: str) -> None:
    answer = await field.ask("GET", f"/api/finish/photo?{query}")
    assert answer.status == 409
    assert answer.json["code"] == code


async def test_without_a_signal_there_is_no_photo_finish(field: Field) -> None:
    field.starts_ns = None  # type: ignore[assignment]
    assert (await field.ask("GET", "/api/finish/photo?from_ms=11000&to_ms=13500")).json["code"] == "no_photo"
