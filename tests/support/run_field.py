"""A gateway within the test whose line is passed when the test says so: real room, journal and pages, a clock that can be moved."""

from __future__ import annotations

import asyncio
import json
import threading
import time
import urllib.request
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import cv2
import numpy as np
from hypercorn.asyncio import serve
from hypercorn.config import Config

from edge.clock import SystemClock
from edge.lesson import changes as ch
from edge.lesson.roster import read_roster
from edge.lesson_room import LessonRoom
from edge.store.camera_lines import CameraLines
from edge.store.camera_squares import CameraSquares
from edge.store.database import open_database
from edge.store.directives import DirectiveStore
from edge.store.evidence import EvidenceStore
from edge.store.journal import Journal
from edge.store.records import Records
from edge.store.rosters import Rosters
from edge.web.app import create_app
from edge.web.auth import Door
from edge.web.finish_desk import FinishDesk
from edge.web.gatehouse import Gatehouse
from edge.web.line_desk import LineDesk
from edge.web.live import Live
from edge.web.replay_desk import ReplayDesk
from edge.web.station_desk import StationDesk
from edge.web.told_desk import ToldDesk
from edge.web.views.sources import EvidenceStatusView, SourcesView
from support.brokers import free_port
from support.browser import open_page
from support.field import until

if TYPE_CHECKING:
    from collections.abc import Coroutine, Sequence
    from pathlib import Path

    from playwright.sync_api import Browser, Page

T = TypeVar("T")
NAMES = (
    "Stone", "Willow", "River", "Maple", "Barley", "Clover", "Hazel", "Pebble", "Rowan", "Meadow", "Thistle", "Cedar",
    "Bramble", "Juniper", "Sparrow", "Linden", "Poppy", "Heath", "Aspen", "Fern", "Marlow", "Dune", "Robin", "Sorrel", "Ember",
    "Brook", "Lark", "Moss", "Quill", "Saffron", "Tansy", "Vale", "Wren", "Yarrow", "Zephyr", "Alder", "Basil", "Cove", "Drift",
    "Elder", "Finch", "Glen", "Harbour", "Iris", "Jasper",
)  # fmt: skip
PHOTO_HEIGHT = 240


@dataclass
class MovedClock:
    """The machine's clock and so much more."""

    ahead_ns: int = 0
    boot: str = field(default_factory=lambda: SystemClock().boot)

    def monotonic_ns(self) -> int:
        return time.monotonic_ns() + self.ahead_ns

    def utc_ms(self) -> int:
        return time.time_ns() // 1_000_000 + self.ahead_ns // 1_000_000

    def utc_is_set(self) -> bool:
        return True


@dataclass
class DrawnLine:
    """The line as a camera would have it: a track, and a figure wherever somebody crosses. Nothing is kept before `from_ns`."""

    crossings_ns: dict[int, int] = field(default_factory=dict)
    from_ns: int = 0
    asked: list[tuple[int, int, float]] = field(default_factory=list)

    def jpeg(self, from_ns: int, to_ns: int, px_per_s: float) -> bytes | None:
        self.asked.append((from_ns, to_ns, px_per_s))
        if to_ns < self.from_ns:
            return None
        width = max(1, round((to_ns - from_ns) * px_per_s / 1e9))
        picture = np.full((PHOTO_HEIGHT, width, 3), (60, 90, 170), dtype=np.uint8)
        picture[: PHOTO_HEIGHT // 4] = (190, 200, 196)
        picture[PHOTO_HEIGHT // 2 :: 40] = (225, 225, 230)
        for t_ns, number in sorted(self.crossings_ns.items()):
            _figure(picture, (t_ns - from_ns) * px_per_s / 1e9, px_per_s / 400, number)
        done, coded = cv2.imencode(".jpg", picture)
        assert done
        return bytes(coded)


def _figure(picture: np.ndarray[Any, np.dtype[np.uint8]], x: float, wide: float, number: int) -> None:
    shirt = [(140, 60, 90), (30, 110, 160), (60, 130, 50), (150, 120, 30)][number % 4]
    middle = round(x)
    cv2.ellipse(picture, (middle, 70), (round(20 * wide), 22), 0, 0, 360, (90, 120, 150), -1)
    cv2.ellipse(picture, (middle - round(8 * wide), 125), (round(34 * wide), 40), 0, 0, 360, shirt, -1)
    cv2.rectangle(picture, (middle - round(40 * wide), 160), (middle + round(14 * wide), 192), (45, 35, 30), -1)
    cv2.line(picture, (middle, 190), (middle + round(46 * wide), 232), (90, 120, 150), 10)
    cv2.line(picture, (middle - round(30 * wide), 190), (middle - round(80 * wide), 212), (90, 120, 150), 10)


class RunSources:
    """What the agent would say of cameras and receivers."""

    camera_stations: frozenset[int] = frozenset()

    def __init__(self, gates: tuple[Literal["camera", "radio"], ...], *, photo: bool) -> None:
        self.gates, self.photo = gates, photo

    def view(self) -> SourcesView:
        kept = EvidenceStatusView(
            attempts=0, bytes_used=0, bytes_limit=1 << 20, removed=0, not_kept=0, clips=None, clip_bytes_used=0, clip_bytes_limit=0
        )
        return SourcesView(bands_heard=0, radios=[], cameras=[], evidence=kept)


class RunField:
    """A gateway in a thread of its own.

    Args:
        names: of the pupils, numbered from 1.
        gates: what the pages are told that sees the line.
        photo: whether a photo finish is kept.
    """

    def __init__(
        self,
        folder: Path,
        names: Sequence[str] = NAMES[:8],
        gates: tuple[Literal["camera", "radio"], ...] = ("camera",),
        *,
        photo: bool = True,
    ) -> None:
        self.folder, self.names, self.port = folder, names, free_port()
        self.clock, self.line = MovedClock(), DrawnLine()
        self._sources = RunSources(gates, photo=photo)
        self._scans = [self.line] if photo else []
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)
        self._laps = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self._thread.start()
        assert self._ready.wait(30)
        until(self._answers)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(30)

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        database = await open_database(self.folder / "gateway.db", max_bytes=64 << 20)
        self.journal = journal = Journal(database, boot=self.clock.boot, clock_ok=self.clock.utc_is_set, group_ms=0.0)
        await journal.load()
        rosters, records = Rosters(database), Records(database)
        self.room = LessonRoom(journal, rosters, records, self.clock, settle_s=0.0)
        evidence = EvidenceStore(database, life_days=30, doubt_life_days=180, max_bytes=1 << 20)
        await evidence.load()
        lines = ["class,number,name,sex,grade", *(f"4-3,{n + 1},{name},{'FM'[n % 2]},5" for n, name in enumerate(self.names))]
        await rosters.store(read_roster("\n".join(lines).encode()))
        self.directives = DirectiveStore(database)
        told = ToldDesk(self.directives, rosters)
        gatehouse = Gatehouse(
            self.room, rosters, records, journal, self._sources, self.clock,
            title="East field", silent_after_s=5.0, countdown_s=5, told=told,
        )  # fmt: skip
        live = Live(gatehouse)
        stations, lines_desk = (
            StationDesk([], CameraSquares(database), lambda: True),
            LineDesk([], CameraLines(database), lambda: True),
        )
        app = create_app(
            gatehouse, live, Door(None), lambda: "", stations, ReplayDesk(evidence, None),
            FinishDesk(self._signal_ns, self._scans), lines_desk, told,
        )  # fmt: skip
        config = Config()
        config.bind, config.graceful_timeout = [f"127.0.0.1:{self.port}"], 0.2
        tasks = [asyncio.create_task(one) for one in (journal.run(), self.room.run(), live.run())]
        self._ready.set()
        await serve(app, config, shutdown_trigger=self._stop.wait, mode="asgi")  # type: ignore[arg-type]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await database.close()

    def _signal_ns(self) -> int | None:
        state = self.room.state
        return None if state is None or state.heat.started is None else state.heat.started.starts_mono_ns

    # --- what a test does -----------------------------------------------------------------------------------------------

    def call(self, path: str, body: object = None) -> dict[str, Any]:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=20) as answer:
            told: dict[str, Any] = json.load(answer)
        return told

    def run(self) -> dict[str, Any]:
        """The run as the pages are told of it."""
        told: dict[str, Any] = self.call("/api/state")["lesson"]["heat"]["run"]
        return told

    def go(self, activity: str) -> None:
        """Open the lesson and give the signal at once."""
        state = self.call("/api/state")
        if state["lesson"] is not None and state["lesson"]["heat"]["state"] not in {"ready", "ended"}:
            self.call("/api/heats/stop", {})
            until(lambda: self.call("/api/state")["lesson"]["heat"]["state"] in {"ready", "ended"})
        self.call("/api/lessons", {"roster": state["rosters"][0]["id"], "activity": activity})
        self.call("/api/heats/start", {"countdown_s": 0})
        self.until_running()

    def until_running(self) -> None:
        until(lambda: self.room.state is not None and self.room.state.heat.phase == "running")

    def wind_to(self, at_s: float) -> None:
        """Let it be so long after the signal."""
        signal_ns = self._signal_ns()
        assert signal_ns is not None
        self.clock.ahead_ns += max(0, signal_ns + round(at_s * 1e9) - self.clock.monotonic_ns())

        async def tell() -> None:
            self.room._log.turned.set()
            self.room._log.pulse += 1

        self._do(tell())

    def attempt(self, number: int) -> ch.AttemptId:
        state = self.room.state
        assert state is not None
        return next(p.attempt for p in state.heat.places if self.room.pupils[p.pupil].number == number)

    def passes(
        self,
        number: int,
        at_s: float,
        *,
        by: tuple[ch.Witness, ...] = ("camera",),
        doubt: ch.LapDoubt | None = None,
        lap: str | None = None,
        ways: int = 1,
    ) -> str:
        """A pupil passes the line; returns the name of the pass."""
        name = lap if lap is not None else self._name()
        t_ns = self._at(at_s)
        self.line.crossings_ns[t_ns] = number
        confidence = 0.6 if doubt else 0.98
        self._commit([ch.LapCounted(self.attempt(number), name, t_ns, 5_000_000, by, confidence, ways, doubt)])
        return name

    def together(self, *crossings: tuple[int, float], likely: Sequence[int] | None = None) -> str:
        """Pupils cross together; the gateway gives the laps as it thinks, and asks. Returns the name of the question.

        Args:
            crossings: number and time of those who truly crossed, the first one first.
            likely: whom the gateway takes for each, where that is not so.
        """
        dispute, state = self._name(), self.room.state
        assert state is not None
        numbers = list(likely or [number for number, _ in crossings])
        laps = [self._name() for _ in crossings]
        for (number, at_s), taken, lap in zip(crossings, numbers, laps, strict=True):
            self.passes(taken, at_s, lap=lap, doubt="unsure")
            self.line.crossings_ns[self._at(at_s)] = number
        attempts = tuple(self.attempt(number) for number in numbers)
        times = tuple(self._at(at_s) for _, at_s in crossings)
        self._commit([ch.OrderAsked(state.shown, dispute, times, tuple(laps), attempts)])
        return dispute

    def starts_early(self, number: int | None, early_ms: int) -> None:
        """Somebody moves before the signal; `None` as long as nobody has said who it was."""
        assert self.room.state is not None
        self._commit([ch.FalseStartSeen(self.room.state.shown, None if number is None else self.attempt(number), early_ms)])

    def journal_kinds(self) -> list[str]:
        """The kinds of what has been committed in the newest lesson, oldest first."""
        return [ch.kind_of(change) for change in self.journal_changes()]

    def journal_changes(self) -> list[ch.Change]:
        async def read() -> list[ch.Change]:
            lesson = await self.journal.newest_lesson()
            assert lesson is not None
            return [ch.decode(row.entry.body) for row in await self.journal.lesson(lesson)]

        return self._do(read())

    def _at(self, at_s: float) -> int:
        signal_ns = self._signal_ns()
        assert signal_ns is not None
        return signal_ns + round(at_s * 1e9)

    def _name(self) -> str:
        self._laps += 1
        return f"pass{self._laps}"

    def _commit(self, changes: Sequence[ch.Change]) -> None:
        async def commit() -> None:
            async with self.room._log.lock:
                await self.room.runs._commit(changes)

        self._do(commit())

    def _do(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    def _answers(self) -> bool:
        try:
            self.call("/api/state")
        except OSError:
            return False
        return True


def at_start(browser: Browser, field: RunField, size: tuple[int, int] = (1280, 800), language: str = "en") -> Page:
    """The tablet's first page, with the activities on it."""
    page = open_page(browser, f"{field.url}/", size, language)
    page.wait_for_selector(".activity")
    return page
