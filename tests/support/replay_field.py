"""A gateway whose newest heat was skipped by simulated pupils: the camera saw their true poses, journal and evidence have them."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from edge.capture.clip_file import ClipWriter
from edge.capture.clip_shelf import ClipShelf
from edge.capture.stations import Square
from edge.clock import SystemClock
from edge.counting.samples import BodySample
from edge.lesson.roster import read_roster
from edge.lesson_news import Heard, Seen
from edge.lesson_room import LessonRoom
from edge.store.database import open_database
from edge.store.evidence import EvidenceStore
from edge.store.journal import Journal
from edge.store.records import Records
from edge.store.rosters import Rosters
from simulators.body import Joint
from simulators.camera import BUILD, Scene
from simulators.posed_body import posed
from simulators.pupil import Ability, Attempt, attempt
from support.brokers import free_port
from support.field import until

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from edge.lesson.activity import Activity

ROOT = Path(__file__).resolve().parents[2]
S = 1_000_000_000
FPS = 30
LANDMARKS = {
    Joint.HEAD: 0, Joint.SHOULDER_L: 11, Joint.SHOULDER_R: 12, Joint.ELBOW_L: 13, Joint.ELBOW_R: 14, Joint.WRIST_L: 15,
    Joint.WRIST_R: 16, Joint.HIP_L: 23, Joint.HIP_R: 24, Joint.KNEE_L: 25, Joint.KNEE_R: 26, Joint.ANKLE_L: 27, Joint.ANKLE_R: 28,
}  # fmt: skip
ARMS = [13, 14, 15, 16]


@dataclass
class HandClock:
    """A clock that a test moves."""

    now_ns: int = 500 * S
    boot: str = field(default_factory=lambda: SystemClock().boot)
    began_ms: int = field(default_factory=lambda: round(time.time() * 1000) - 120_000)

    def monotonic_ns(self) -> int:
        return self.now_ns

    def utc_ms(self) -> int:
        return self.began_ms + (self.now_ns - 500 * S) // 1_000_000

    def utc_is_set(self) -> bool:
        return True


def look_at(scene: Scene, station: int, truth: Attempt, t_s: float, t_ns: int, *, key: bool, still_hands: bool) -> BodySample:
    """What a camera that makes no mistakes sees of a pupil."""
    xy = _landmarks(scene, station, truth, t_s)
    if still_hands:
        standing = _landmarks(scene, station, truth, 0.0)
        xy[ARMS] = standing[ARMS] + xy[11] - standing[11] + np.random.default_rng(t_ns).normal(0, 1.5, (4, 2))
    torso = float(np.linalg.norm(xy[[11, 12]].mean(axis=0) - xy[[23, 24]].mean(axis=0)))
    usual = 62.0
    heights = [float(-xy[rows, 1].mean() / usual) for rows in ([11, 12], [23, 24], [25, 26], [27, 28])]
    hips = xy[[23, 24], 1].mean()
    return BodySample(
        t_ns, True, *heights, stride=float(xy[26, 1] - xy[25, 1]) / usual, hands=float(hips - xy[[15, 16], 1].mean()) / torso,
        torso_px=torso, key=key, pose_px=xy if key else None,
    )  # fmt: skip


def _landmarks(scene: Scene, station: int, truth: Attempt, t_s: float) -> NDArray[np.float32]:
    points, _ = posed(truth.posture(t_s), BUILD)
    pixels, _ = scene._view.project(points + scene._middles[station])
    xy = np.zeros((33, 2), dtype=np.float32)
    for joint, place in LANDMARKS.items():
        xy[place] = pixels[joint]
    return xy


@dataclass(frozen=True)
class Seeded:
    """One pupil of the heat.

    Attributes:
        band: what the band has at the end, or `None` without one.
        hidden_s: from and to when the camera does not see the pupil.
        rope: hands turn it.
        crowded_s: from and to when somebody else is in the square too.
    """

    truth: Attempt
    band: int | None = None
    hidden_s: tuple[float, float] | None = None
    rope: bool = True
    crowded_s: tuple[float, float] | None = None

    def bodies(self, t_s: float) -> int:
        """How many are in the square."""
        return 2 if self.crowded_s is not None and self.crowded_s[0] <= t_s < self.crowded_s[1] else 1


async def seed_heat(
    data_dir: Path,
    pupils: Sequence[Seeded],
    seconds: float,
    *,
    clips: bool = True,
    evidence_bytes: int = 8 << 20,
    activities: dict[str, Activity] | None = None,
) -> LessonRoom:
    """Run a heat of free practice through the room, as the gateway does, and leave it in `data_dir`."""
    scene = Scene(len(pupils))
    clock = HandClock()
    database = await open_database(data_dir / "gateway.db", max_bytes=64 << 20)
    journal = Journal(database, boot=clock.boot, clock_ok=clock.utc_is_set, group_ms=0.0)
    await journal.load()
    evidence = EvidenceStore(database, life_days=30, doubt_life_days=180, max_bytes=evidence_bytes)
    rosters = Rosters(database)
    room = LessonRoom(
        journal, rosters, Records(database), clock,
        settle_s=0.0, activities=activities, evidence=evidence, picture_px=lambda _: scene.size,
    )  # fmt: skip
    lines = ["class,number,name,sex,grade,band,station"]
    names = ("Stone", "Willow", "River", "Maple")
    lines += [f"4-3,{n + 1},{names[n]},F,4,{n + 1 if p.band is not None else ''},{n + 1}" for n, p in enumerate(pupils)]
    await rosters.store(read_roster("\n".join(lines).encode()))
    tasks = [asyncio.create_task(journal.run()), asyncio.create_task(room.run())]
    try:
        await room.open_lesson((await rosters.list())[0].id, "rope-free")
        await room.start_heat(0.0)
        await _until(lambda: room.heat_name is not None)
        assert room.state is not None
        assert room.heat_name is not None
        devices = {n: room.state.heat.places[n].device for n in range(len(pupils))}
        starts_ns = clock.now_ns
        squares = {n + 1: Square(*square) for n, square in enumerate(scene.squares)}
        folder = ClipShelf(data_dir / "clips", life_days=7, max_bytes=1 << 30).begin(room.heat_name) if clips else None
        writer = ClipWriter(folder / "camera0", "north", squares) if folder else None
        for index in range(round(seconds * FPS)):
            t_s = index / FPS
            clock.now_ns = starts_ns + round(t_s * 1e9)
            for n, pupil in enumerate(pupils):
                there = pupil.hidden_s is None or not pupil.hidden_s[0] <= t_s < pupil.hidden_s[1]
                sample = (
                    replace(
                        look_at(scene, n, pupil.truth, t_s, clock.now_ns, key=index % 6 == 0, still_hands=not pupil.rope),
                        bodies=pupil.bodies(t_s),
                    )
                    if there
                    else BodySample(clock.now_ns, present=False)
                )
                room.offer(Seen(n + 1, sample))
                device = devices[n]
                if device is not None and pupil.band is not None and index % 6 == 0:
                    room.offer(Heard(device, clock.now_ns, min(pupil.truth.skips_until(t_s), pupil.band)))
            if writer is not None and index % 2 == 0:
                writer.add(clock.now_ns, scene.render([p.truth.posture(t_s) for p in pupils]))
            if index % 15 == 0:
                await asyncio.sleep(0.001)
        if writer is not None:
            writer.close()
        await asyncio.sleep(0.05)
        await room.stop_heat()
        shape = room.shape
        await _until(lambda: room.state is not None and room.state.heat.phase == "ended")
        await _until(lambda: room.shape > shape + 1)  # evidence is kept after the results
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await database.close()
    return room


async def _until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not true():
            await asyncio.sleep(0.01)


def skipper(seed: int, seconds: float, **ability: float) -> Attempt:
    """A simulated attempt."""
    return attempt(Ability(**ability), seconds, seed)


class ReplayField:
    """A gateway process over a seeded heat."""

    def __init__(self, folder: Path, pupils: Sequence[Seeded], seconds: float) -> None:
        self.folder, self.port = folder, free_port()
        self.room = asyncio.run(seed_heat(folder / "data", pupils, seconds))
        self._config = folder / "touchline.toml"
        self._config.write_text(
            f'[gateway]\ntitle = "East field"\ndata_dir = "{folder / "data"}"\n'
            f"[web]\nport = {self.port}\n[evidence]\nclips = true\n"
        )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        command = [sys.executable, "-c", "from edge.cli import main; main()", "run", "--config", str(self._config)]
        with (self.folder / "gateway.log").open("ab") as log:
            self._process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log, env=os.environ | {"PYTHONUNBUFFERED": "1"})
        until(self._answers)

    def state(self) -> dict[str, Any]:
        with urllib.request.urlopen(f"{self.url}/api/state", timeout=10) as answer:
            told: dict[str, Any] = json.load(answer)
        return told

    def _answers(self) -> bool:
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{self.url}/api/state", timeout=5):
            return True
        return False

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()
