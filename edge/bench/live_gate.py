"""A run, live: a process of its own that reads a clip as the camera at the line, and shows who is over it as a gateway does.

    python -m edge.bench.live_gate CLIP LINE SECONDS

LINE is a JSON list of x1, y1, x2, y2. All modules of the gateway are loaded, so that its memory is told as it is. It prints one
JSON object, see `LiveGate`.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from edge.bench.live_heat import highest_mb
from edge.capture.camera_watch import CameraWatch
from edge.capture.cameras import Camera
from edge.capture.gate_watch import GateWatch
from edge.capture.layout import Layout
from edge.clock import SystemClock
from edge.counting.gate_line import GateLine
from edge.counting.line import Line
from edge.lesson.activity import activities
from edge.lesson.roster import read_roster
from edge.lesson_news import Crossed
from edge.lesson_room import LessonRoom
from edge.store.database import open_database
from edge.store.journal import Journal
from edge.store.records import Records
from edge.store.rosters import Rosters
from edge.web.gatehouse import Gatehouse
from edge.web.live import Live, Page
from edge.web.views.sources import EvidenceStatusView, SourcesView
from models.open import open_pose_model

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge.counting.events import Crossing
    from edge.counting.gate_line import GateEnd
    from edge.store.database import Database

WARM_S: Final = 6.0
"""The engine opens, the background is learnt in two seconds, and the pictures of these are caught up in two more."""
RUNNERS: Final = 10


@dataclass(frozen=True, slots=True)
class LiveGate:
    """What a run took.

    Attributes:
        late_ms: 50, 99 and 100 of 100 crossings: from the crossing until the message that shows it was ready for the screens.
        crossings: how many these were.
        share_of_core: of the whole process, reading and unpacking of pictures among it.
        rss_mb: highest memory of the process; `None` where the system does not tell.
        left_out: share of the pictures that were dropped.
        looked: share of the others that were looked at, see `LookPace`.
    """

    late_ms: tuple[float, float, float]
    crossings: int
    share_of_core: float
    rss_mb: float | None
    left_out: float
    looked: float


def live_gate(clip: Path, line: Sequence[float], seconds: float) -> LiveGate:
    """Start the process and wait for it.

    Raises:
        RuntimeError: it failed; the last line that it said.
    """
    command = [sys.executable, "-m", "edge.bench.live_gate", str(clip), json.dumps(list(line)), str(seconds)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - no shell, our own words
    if done.returncode:
        raise RuntimeError(f"the live gate failed: {(done.stderr.splitlines() or ['no words'])[-1]}")
    told = json.loads(done.stdout.splitlines()[-1])
    return LiveGate(**told | {"late_ms": tuple(told["late_ms"])})


class _Sources:
    """One camera at the line, as the pages are told of it."""

    camera_stations: frozenset[int] = frozenset()
    gates: tuple[Literal["camera", "radio"], ...] = ("camera",)
    photo = True

    def view(self) -> SourcesView:
        """See `gatehouse.Sources`."""
        kept = EvidenceStatusView(
            attempts=0, bytes_used=0, bytes_limit=0, removed=0, not_kept=0, clips=None, clip_bytes_used=0, clip_bytes_limit=0
        )
        return SourcesView(bands_heard=0, radios=[], cameras=[], evidence=kept)


async def _watch(clip: Path, line: Sequence[float], seconds: float, database: Database) -> LiveGate:
    clock = SystemClock()
    journal = Journal(database, boot=clock.boot, clock_ok=clock.utc_is_set, group_ms=4.0)
    await journal.load()
    rosters, records = Rosters(database), Records(database)
    names = "".join(f"4-2,{n},Runner {n},f,7\n" for n in range(1, RUNNERS + 1))
    await rosters.store(read_roster(("class,number,name,sex,grade\n" + names).encode()))
    # The clip comes again every few seconds: the laps are short, so that nobody is too early.
    short = activities(lap_m=20.0)
    room = LessonRoom(journal, rosters, records, clock, activities=short, gate_ends=lambda: frozenset({"finish"}))
    crossed: list[int] = []

    def on_crossing(end: GateEnd, crossing: Crossing) -> None:
        crossed.append(crossing.t_ns)
        room.offer(Crossed(end, crossing))

    gate = GateWatch("bench", GateLine(Line(*line)), lambda: room.runs.wanted, on_crossing)
    camera = Camera("bench", f"file:{clip}?loop=1")
    watch = CameraWatch(
        camera, Layout({}), lambda: open_pose_model("onnxruntime:lite"), 4.0, frozenset, lambda _station, _sample: None, gate=gate
    )
    gatehouse = Gatehouse(
        room, rosters, records, journal, _Sources(), clock, title="Bench", silent_after_s=4.0, countdown_s=0
    )  # fmt: skip
    live, page = Live(gatehouse), Page()
    live.show(page)
    services = [journal.run(), room.run(), live.run(), watch.run()]
    running = [asyncio.create_task(service) for service in services]
    try:
        await room.open_lesson((await rosters.list())[0].id, "run-free")
        await room.start_heat(0)
        await asyncio.sleep(WARM_S)
        first, cpu_s, started_s, before = len(crossed), time.process_time(), time.monotonic(), camera.status
        passed_over = gate.pictures_left_out
        late_ms = await _shown_late(page, room, crossed, seconds)
        cpu_s, wall_s, after = time.process_time() - cpu_s, time.monotonic() - started_s, camera.status
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
    if not late_ms:
        raise RuntimeError(watch.model_error or after.error or f"nobody crossed ({first} before)")
    half, most, worst = np.quantile(np.array(late_ms), (0.5, 0.99, 1.0)).tolist()
    frames, dropped = after.frames - before.frames, after.frames_dropped - before.frames_dropped
    looked = 1.0 - (gate.pictures_left_out - passed_over) / max(1, frames - dropped)
    return LiveGate((half, most, worst), len(late_ms), cpu_s / wall_s, highest_mb(), dropped / max(1, frames), looked)


async def _shown_late(page: Page, room: LessonRoom, crossed: list[int], seconds: float) -> list[float]:
    """Read what a screen would get, and note for each crossing how late the first message with it was."""
    shown: set[int] = set(crossed)
    late_ms: list[float] = []
    ends_s = time.monotonic() + seconds
    while (left_s := ends_s - time.monotonic()) > 0:
        try:
            async with asyncio.timeout(left_s):
                messages = await page.take()
        except TimeoutError:
            break
        now_ns = time.monotonic_ns()
        state = room.state
        if state is None or state.heat.started is None:
            continue
        told = {at_ms for message in messages for at_ms in _waiting_ms(message)}
        for t_ns in [t for t in crossed if t not in shown]:
            if round((t_ns - state.heat.started.starts_mono_ns) / 1e6) in told:
                shown.add(t_ns)
                late_ms.append((now_ns - t_ns) / 1e6)
    return late_ms


def _waiting_ms(message: str) -> list[int]:
    told = json.loads(message)
    heat = told if told["type"] == "tiles" else (told.get("state", {}).get("lesson") or {}).get("heat") or {}
    run = heat.get("run") or {}
    return [*run.get("waiting_ms", []), *run.get("strangers_ms", [])]


async def _run(clip: Path, line: Sequence[float], seconds: float) -> LiveGate:
    with tempfile.TemporaryDirectory() as folder:
        database = await open_database(Path(folder) / "bench.db", max_bytes=64 << 20)
        try:
            return await _watch(clip, line, seconds, database)
        finally:
            await database.close()


def main(clip: str, line: str, seconds: str) -> None:
    """See the module."""
    importlib.import_module("edge.agent")
    result = asyncio.run(_run(Path(clip), json.loads(line), float(seconds)))
    print(json.dumps(asdict(result)))  # noqa: T201 - spoken to the bench


if __name__ == "__main__":
    main(*sys.argv[1:4])
