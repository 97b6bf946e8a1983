"""A replay over HTTP: with the code only, kept by no browser, one station and not its neighbour, and gone when its time is over."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest

from edge.capture.clip_file import ClipWriter
from edge.capture.clip_shelf import ClipShelf
from edge.capture.stations import Square
from edge.counting.events import Bout, OfficialCount
from edge.counting.evidence import RawEvidence, evidence_of, to_bytes
from edge.counting.samples import BodySample, MotionSamples
from edge.store.database import open_database
from edge.store.evidence import DAY_MS, EvidenceStore, Kept
from edge.web.app import create_app
from edge.web.auth import Door
from edge.web.replay_desk import ReplayDesk
from support.asgi import Answer, ask

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from fastapi import FastAPI

CODE = "the-code"
S = 1_000_000_000
START_NS = 40 * S
NOW_MS = 1_800_000_000_000
HEAT = f"{NOW_MS}-lesson-1"


def official(count: int, *, rope_seen: bool | None = None) -> OfficialCount:
    times = tuple(START_NS + (index + 1) * S // 2 for index in range(count))
    return OfficialCount(count, times, times[:1], (Bout(times[0], times[-1], count),), 0.9, rope_seen=rope_seen)


def evidence() -> bytes:
    pose = np.arange(66, dtype=np.float32).reshape(33, 2)
    body = [
        BodySample(START_NS + index * S // 30, True, *[0.1 * (index % 3)] * 4, torso_px=50.0, key=True, pose_px=pose)
        for index in range(300)
    ]
    t_ns = START_NS + np.arange(0, 10 * S, S // 100)
    motion = MotionSamples(t_ns, np.full((len(t_ns), 3), 5.0, dtype=np.float32))
    made = evidence_of(
        RawEvidence(START_NS, body, motion, (1280, 720)), {"camera": official(18, rope_seen=False), "band": official(20)}
    )
    assert made is not None
    return to_bytes(made)


class Field:
    """A gateway's pages over one attempt with evidence."""

    def __init__(self, store: EvidenceStore, shelf: ClipShelf | None) -> None:
        self.store = store
        nothing: Any = None
        self.app: FastAPI = create_app(
            nothing_room(), nothing, Door(CODE), str, nothing, ReplayDesk(store, shelf), nothing, nothing
        )

    async def ask(self, path: str, query: str = "") -> Answer:
        return await ask(self.app, "GET", path, code=CODE, query=query)


def nothing_room() -> Any:
    class Nothing:
        room = None

    return Nothing()


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[EvidenceStore]:
    database = await open_database(tmp_path / "gateway.db", max_bytes=16 << 20)
    opened = EvidenceStore(database, life_days=30, doubt_life_days=180, max_bytes=8 << 20)
    whole = Kept("a", "lesson", in_doubt=False, starts_mono_ns=START_NS, station=2, clip=HEAT, body=evidence())
    broken = Kept("broken", "lesson", in_doubt=False, starts_mono_ns=0, station=2, clip=None, body=b"\x09x")
    await opened.keep([whole, broken], NOW_MS)
    yield opened
    await database.close()


@pytest.fixture
def shelf(tmp_path: Path) -> ClipShelf:
    made = ClipShelf(tmp_path / "clips", life_days=7, max_bytes=1 << 30)
    folder = made.begin(HEAT)
    assert folder is not None
    picture = np.zeros((720, 1280, 3), dtype=np.uint8)
    picture[:, :640], picture[:, 640:] = (0, 0, 255), (0, 255, 0)
    with ClipWriter(folder / "camera0", "north", {1: Square(0, 0, 640, 720), 2: Square(640, 0, 640, 720)}) as writer:
        for index in range(-5, 60):
            writer.add(START_NS + index * S // 5, picture)
    return made


async def test_it_needs_the_code_and_nobody_keeps_it(store: EvidenceStore, shelf: ClipShelf) -> None:
    field = Field(store, shelf)
    for path in ("/api/attempts/a/replay", "/api/attempts/a/clip"):
        assert (await ask(field.app, "GET", path)).status == 401
    for answer in (await field.ask("/api/attempts/a/replay"), await field.ask("/api/attempts/a/clip", "from_ms=0&to_ms=500")):
        assert answer.status == 200
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"


async def test_it_has_both_counts_their_marks_the_signal_and_the_poses(store: EvidenceStore, shelf: ClipShelf) -> None:
    view = (await Field(store, shelf).ask("/api/attempts/a/replay")).json
    camera, band = view["camera"], view["band"]
    assert (camera["marks"]["count"], band["marks"]["count"]) == (18, 20)
    assert camera["marks"]["skips_ms"][:2] == [500, 1000]
    assert camera["marks"]["bouts"] == [{"from_ms": 500, "to_ms": 9000, "count": 18}]
    assert camera["marks"]["rope_seen"] is False
    assert len(camera["bounce"]["values"]) == 300
    assert camera["present"] == [[0, 300]]
    joints = (0, 11, 12, 13, 14, 15, 16, 23, 24, 25, 26, 27, 28)
    assert camera["poses"][0] == {"at_ms": 0, "xy": [4 * v for joint in joints for v in (2 * joint, 2 * joint + 1)]}
    assert (camera["width_px"], camera["height_px"]) == (1280, 720)
    assert band["motion"]["rate_hz"] == 25
    assert view["length_ms"] == 10_000
    assert view["clip"] == {"width_px": 320, "height_px": 360, "from_ms": -1000, "to_ms": 11_800, "part_ms": 10_000}


async def test_the_clip_comes_in_parts_and_shows_one_station(store: EvidenceStore, shelf: ClipShelf) -> None:
    answer = await Field(store, shelf).ask("/api/attempts/a/clip", "from_ms=-1000&to_ms=60000")
    at, times = 0, []
    while at < len(answer.content):
        at_ms, size = struct.unpack_from("<iI", answer.content, at)
        jpeg = answer.content[at + 8 : at + 8 + size]
        picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
        assert picture is not None
        assert picture.shape == (360, 320, 3)
        assert picture[..., 2].max() < 40, "nothing of the red neighbour"
        times.append(at_ms)
        at += 8 + size
    assert times == list(range(-1000, 9000, 200)), "ten seconds and no more at once"


async def test_where_clips_are_not_allowed_none_is_shown(store: EvidenceStore) -> None:
    field = Field(store, None)
    assert (await field.ask("/api/attempts/a/replay")).json["clip"] is None
    answer = await field.ask("/api/attempts/a/clip", "from_ms=0&to_ms=500")
    assert (answer.status, answer.json["code"]) == (409, "no_clip")


async def test_what_is_gone_or_cannot_be_read_is_said(store: EvidenceStore, shelf: ClipShelf) -> None:
    field = Field(store, shelf)
    for attempt in ("nobody", "broken"):
        answer = await field.ask(f"/api/attempts/{attempt}/replay")
        assert (answer.status, answer.json["code"]) == (409, "no_evidence")
    shelf.tidy(NOW_MS + 8 * DAY_MS, frozenset({HEAT}))
    view = (await field.ask("/api/attempts/a/replay")).json
    assert view["clip"] is None, "the pictures have a shorter life than the signals"
    await store.tidy(NOW_MS + 31 * DAY_MS)
    assert (await field.ask("/api/attempts/a/replay")).json["code"] == "no_evidence"


@pytest.mark.parametrize("query", ["from_ms=0", "from_ms=x&to_ms=1", "from_ms=0&to_ms=99999999"])
async def test_a_part_that_cannot_be_is_refused(store: EvidenceStore, shelf: ClipShelf, query: str) -> None:
    assert (await Field(store, shelf).ask("/api/attempts/a/clip", query)).status == 422
