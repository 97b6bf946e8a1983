"""Squares over HTTP: a still that nobody keeps, proposals that change nothing, a set that is in use when it is committed."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest

from edge.capture.cameras import CameraStatus, Frame
from edge.capture.layout import Layout
from edge.capture.stations import Square
from edge.store.camera_squares import CameraSquares
from edge.store.database import open_database
from edge.store.errors import StoreFull
from edge.web.app import create_app
from edge.web.auth import Door
from edge.web.station_desk import StationDesk
from models.errors import ModelUnusable
from support.asgi import Answer, Redraws, ask

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from fastapi import FastAPI

    from edge.store.database import Database

CODE = "the-code"
PICTURE = np.full((720, 1280, 3), (96, 128, 104), dtype=np.uint8)


def square(number: int, x: int, y: int = 200, width: int = 200, height: int = 400) -> dict[str, int]:
    return {"number": number, "x": x, "y": y, "width": width, "height": height}


def drawn(*squares: dict[str, int], width_px: int = 1280, height_px: int = 720) -> dict[str, Any]:
    return {"width_px": width_px, "height_px": height_px, "squares": list(squares)}


class Watch:
    """A camera that shows one picture, with a pose engine that finds two bodies, or none."""

    def __init__(self, name: str, layout: Layout) -> None:
        self.layout = layout
        self.camera = SimpleNamespace(name=name, newest=Frame(1, 1, PICTURE), status=CameraStatus("live"))
        self.engine = True

    async def find_pupils(self, picture: Any) -> list[Square]:
        assert picture is PICTURE
        if not self.engine:
            raise ModelUnusable("lite.onnx is missing: touchline models build")
        return [Square(700, 200, 200, 400), Square(100, 200, 200, 400)]


class Field:
    """Two cameras on one gateway, and what its pages see."""

    def __init__(self, database: Database) -> None:
        self.north = Watch("north", Layout({1: Square(0, 0, 50, 50)}))
        self.south = Watch("south/2", Layout({7: Square(0, 0, 100, 100)}))
        self.heat = False
        self.room = Redraws()
        watches: Any = [self.north, self.south]
        self.desk = StationDesk(watches, CameraSquares(database), lambda: self.heat)
        gatehouse: Any = SimpleNamespace(room=self.room)
        live: Any = None
        self.app: FastAPI = create_app(gatehouse, live, Door(CODE), str, self.desk, live, live, live)

    async def ask(self, method: str, path: str, body: Any = None) -> Answer:
        return await ask(self.app, method, path, body, code=CODE)

    async def still(self, camera: str = "north") -> str:
        answer = await self.ask("POST", f"/api/cameras/{camera}/still", {})
        assert answer.status == 200
        assert (answer.json["width_px"], answer.json["height_px"]) == (1280, 720)
        return str(answer.json["id"])


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    opened = await open_database(tmp_path / "gateway.db", max_bytes=16 << 20)
    yield opened
    await opened.close()


@pytest.fixture
def field(database: Database) -> Field:
    return Field(database)


async def test_a_still_needs_the_code_and_is_kept_by_nobody(field: Field) -> None:
    still = await field.still()
    for method, path in (
        ("POST", "/api/cameras/north/still"),
        ("GET", f"/api/stills/{still}"),
        ("GET", "/api/cameras/north/stations"),
    ):
        assert (await ask(field.app, method, path)).status == 401
    picture = await field.ask("GET", f"/api/stills/{still}")
    assert picture.status == 200
    assert picture.headers["content-type"] == "image/jpeg"
    assert picture.headers["cache-control"] == "no-store"
    assert picture.headers["cross-origin-resource-policy"] == "same-origin"
    shown = cv2.imdecode(np.frombuffer(picture.content, np.uint8), cv2.IMREAD_COLOR)
    assert shown is not None
    assert shown.shape == PICTURE.shape
    gone = await field.ask("GET", "/api/stills/guessed")
    assert (gone.status, gone.json["code"]) == (409, "still_gone")
    state = await field.ask("GET", "/api/cameras/north/stations")
    assert state.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("state", ["opening", "lost"])
async def test_a_camera_without_a_picture_says_what_to_do(field: Field, state: Any) -> None:
    field.north.camera.status = CameraStatus(state)
    answer = await field.ask("POST", "/api/cameras/north/still", {})
    assert (answer.status, answer.json["code"]) == (409, "no_picture")
    assert "plug" in answer.json["message_en"]
    assert (await field.ask("POST", "/api/cameras/west/still", {})).json["code"] == "no_such_camera"


async def test_squares_are_in_use_when_they_are_committed(field: Field, database: Database) -> None:
    before = (await field.ask("GET", "/api/cameras/north/stations")).json
    assert (before["source"], before["width_px"], before["elsewhere"]) == ("settings", None, [7])
    answer = await field.ask("POST", "/api/cameras/north/stations", drawn(square(1, 100), square(2, 300)))
    assert answer.status == 200
    assert answer.json["source"] == "teacher"
    assert field.north.layout == Layout({1: Square(100, 200, 200, 400), 2: Square(300, 200, 200, 400)}, (1280, 720))
    assert field.room.times == 1, "other pages are told"

    after_restart = Field(database)
    assert after_restart.north.layout.size_px is None
    await after_restart.desk.restore()
    assert after_restart.north.layout == field.north.layout
    assert after_restart.south.layout.squares.keys() == {7}, "the other camera keeps the squares of the settings"


async def test_a_camera_whose_name_has_a_slash(field: Field) -> None:
    answer = await field.ask("POST", "/api/cameras/south%2F2/stations", drawn(square(9, 100)))
    assert answer.status == 200
    assert field.south.layout.squares.keys() == {9}
    assert await field.still("south%2F2")


@pytest.mark.parametrize(
    ("squares", "said"),
    [
        ([square(1, 100), square(2, 200)], "lie over each other"),
        ([square(1, 1200)], "out of the picture"),
        ([square(1, 100, height=59)], "too small"),
        ([square(1, 100), square(1, 500)], "two squares with the number 1"),
        ([square(7, 100)], "another camera"),
    ],
)
async def test_what_is_wrong_is_said_and_nothing_changes(field: Field, squares: list[dict[str, int]], said: str) -> None:
    before = field.north.layout
    answer = await field.ask("POST", "/api/cameras/north/stations", drawn(*squares))
    assert (answer.status, answer.json["code"]) == (409, "squares_faulty")
    assert said in answer.json["message_en"]
    assert answer.json["message_zh"]
    assert field.north.layout is before
    assert (await field.ask("GET", "/api/cameras/north/stations")).json["source"] == "settings"


async def test_nothing_changes_while_a_heat_is_under_way(field: Field) -> None:
    still = await field.still()
    field.heat = True
    for path, body in (("/api/cameras/north/stations", drawn(square(1, 100))), (f"/api/stills/{still}/find", {"by": "pupils"})):
        answer = await field.ask("POST", path, body)
        assert (answer.status, answer.json["code"]) == (409, "heat_running")
    assert (await field.ask("GET", f"/api/stills/{still}")).status == 200, "looking is free"
    field.heat = False
    assert (await field.ask("POST", "/api/cameras/north/stations", drawn(square(1, 100)))).status == 200


async def test_proposals_are_numbered_from_the_left_and_change_nothing(field: Field) -> None:
    field.south.layout = Layout({1: Square(0, 0, 100, 100)})
    before = field.north.layout
    found = (await field.ask("POST", f"/api/stills/{await field.still()}/find", {"by": "pupils"})).json["squares"]
    assert [(one["number"], one["x"]) for one in found] == [(2, 100), (3, 700)], "number 1 is the other camera's"
    assert (await field.ask("POST", f"/api/stills/{await field.still()}/find", {"by": "marks"})).json["squares"] == []
    assert field.north.layout is before
    field.north.engine = False
    answer = await field.ask("POST", f"/api/stills/{await field.still()}/find", {"by": "pupils"})
    assert answer.json["code"] == "no_pose_engine"
    assert "models build" in answer.json["message_en"]


async def test_a_full_store_keeps_the_old_squares_in_use(field: Field, monkeypatch: pytest.MonkeyPatch) -> None:
    async def full(*_: object) -> None:
        raise StoreFull("the limit is reached")

    before = field.north.layout
    monkeypatch.setattr(CameraSquares, "save", full)
    answer = await field.ask("POST", "/api/cameras/north/stations", drawn(square(1, 100)))
    assert (answer.status, answer.json["code"]) == (409, "store_full")
    assert field.north.layout is before
