"""A whole gateway at a simulated track: the camera times who passes the line and taps name them, or bands say who it was."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
import urllib.request
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest

from firmware_bridge.keys import KeyRing
from simulators.run_kit import RunKit
from simulators.running_course import Course
from simulators.running_field import Mishaps
from support.brokers import free_port
from support.field import until

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.gateway, pytest.mark.timeout(180)]

ROOT = Path(__file__).resolve().parents[2]
CALM = Mishaps(bunched=0.0, giving_up=0.0, silent_bands=0.0, strangers=0)


class Track:
    """A gateway process that plays a simulated run."""

    def __init__(self, folder: Path, course: Course, receivers_m: tuple[float, ...] = (), *, film: bool = True) -> None:
        self.folder, self.port = folder, free_port()
        kit = RunKit(
            course,
            2,
            KeyRing(bytes(16)).key,
            receivers_m=receivers_m,
            film=film,
            seed=3,
            lead_s=7.0,
            film_size=(640, 360),
            mishaps=CALM,
            carried=(2,),
        )
        self.truth = kit.write(folder)
        self.start()

    def start(self) -> None:
        folder = self.folder
        env = os.environ | {"TOUCHLINE_WEB__PORT": str(self.port)}
        command = [sys.executable, "-c", "from edge.cli import main; main()", "run", "--config", str(folder / "touchline.toml")]
        with (folder / "gateway.log").open("wb") as log:
            self.process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log, env=env)
        until(self._plays)
        self.began_s = time.monotonic()

    def call(self, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=20) as answer:
            told: dict[str, Any] = json.load(answer)
        return told

    def bring_roster(self) -> str:
        content = (self.folder / "class.csv").read_bytes()
        form = b'--x\r\nContent-Disposition: form-data; name="file"; filename="class.csv"\r\n\r\n' + content + b"\r\n--x--\r\n"
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/api/rosters", form, {"Content-Type": "multipart/form-data; boundary=x"}
        )
        with urllib.request.urlopen(request, timeout=20) as answer:
            return str(json.load(answer)["rosters"][0]["id"])

    def photo(self, from_ms: int, to_ms: int) -> Any:
        address = f"http://127.0.0.1:{self.port}/api/finish/photo?from_ms={from_ms}&to_ms={to_ms}&px_per_s=200"
        with urllib.request.urlopen(address, timeout=20) as answer:
            return cv2.imdecode(np.frombuffer(answer.read(), np.uint8), cv2.IMREAD_COLOR)

    def begin(self) -> Any:
        """Start the heat with the simulated run's signal; an earlier start would make the first lap look like two."""
        self.call("/api/lessons", {"roster": self.bring_roster(), "activity": "run-free"})
        time.sleep(max(0.0, self.began_s + self.truth["lead_s"] - time.monotonic()))
        return self.call("/api/heats/start", {"countdown_s": 0})

    def _plays(self) -> bool:
        with contextlib.suppress(OSError, ValueError):
            sources = self.call("/api/state")["sources"]
            return all(one["state"] == "live" for one in sources["cameras"]) and all(one["listening"] for one in sources["radios"])
        return False


@pytest.fixture
def track(tmp_path: Path) -> Iterator[Track]:
    made = Track(tmp_path / "kit", Course(lap_m=30.0, laps=2))
    yield made
    made.process.kill()
    made.process.wait()


@pytest.fixture
def banded_track(tmp_path: Path) -> Iterator[Track]:
    made = Track(tmp_path / "kit", Course(lap_m=50.0, laps=1), (-3.0, 0.0, 3.0), film=False)
    yield made
    made.process.kill()
    made.process.wait()


def test_each_lap_is_the_tapped_pupils_at_the_cameras_time_and_stands_on_the_photo_finish(track: Track) -> None:
    state = track.begin()
    attempts = {tile["number"]: tile["attempt"] for tile in state["lesson"]["heat"]["tiles"]}
    true = sorted((at_s + track.truth["lead_s"], int(who)) for who, laps in track.truth["laps_s"].items() for at_s in laps)
    for at_s, who in true:
        time.sleep(max(0.0, track.began_s + at_s + 0.7 - time.monotonic()))
        track.call(f"/api/attempts/{attempts[who]}/laps", {})
    until(lambda: not _waiting(track))
    heat = track.call("/api/state")["lesson"]["heat"]
    laps = {tile["number"]: runner["laps"] for tile, runner in zip(heat["tiles"], heat["run"]["runners"], strict=True)}
    assert {who: len(found) for who, found in laps.items()} == {1: 2, 2: 2}
    assert all("camera" in lap["by"] for found in laps.values() for lap in found), laps
    seen = sorted((lap["at_ms"], who) for who, found in laps.items() for lap in found)
    assert [who for _, who in seen] == [who for _, who in true]
    gaps = [(b - a) / 1e3 for (a, _), (b, _) in pairwise(seen)]
    assert gaps == pytest.approx([b - a for (a, _), (b, _) in pairwise(true)], abs=0.15)
    picture = track.photo(seen[0][0] - 500, seen[0][0] + 500)
    assert picture.shape[1] == 200


def test_bands_past_three_receivers_are_laps_with_names_and_steps_that_a_kill_does_not_take(banded_track: Track) -> None:
    track = banded_track
    track.begin()
    until(lambda: all(runner["laps"] for runner in _runners(track).values()), within_s=60)
    laps = {number: runner["laps"] for number, runner in _runners(track).items()}
    for number, true_s in track.truth["laps_s"].items():
        assert [lap["by"] for lap in laps[int(number)]] == [["band"]]
        assert [lap["at_ms"] / 1e3 for lap in laps[int(number)]] == pytest.approx(true_s, abs=1.5)
    assert [laps[number][0]["doubt"] == "no_steps" for number in (1, 2)] == [False, True]  # Birch's band is carried
    track.process.kill()
    track.process.wait()
    track.start()
    assert {number: runner["laps"] for number, runner in _runners(track).items()} == laps
    track.call("/api/heats/stop", {})
    until(lambda: track.call("/api/state")["lesson"]["heat"]["state"] == "ended")
    with urllib.request.urlopen(f"http://127.0.0.1:{track.port}/api/results.csv", timeout=20) as answer:
        table = answer.read().decode("utf-8-sig")
    assert all(name in table for name in ("Ash", "Birch")), table


def _runners(track: Track) -> dict[int, dict[str, Any]]:
    heat = track.call("/api/state")["lesson"]["heat"]
    return {tile["number"]: runner for tile, runner in zip(heat["tiles"], heat["run"]["runners"], strict=True)}


def _waiting(track: Track) -> bool:
    run = track.call("/api/state")["lesson"]["heat"]["run"]
    return bool(run["waiting_ms"]) or sum(len(runner["laps"]) for runner in run["runners"]) < 4
