"""The whole demo, headless: a heat, a gateway killed in the middle of it, and every saved event once in the platform's database."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from support.brokers import need_mosquitto

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).resolve().parents[2]
TOUCHLINE = [sys.executable, "-c", "from edge.cli import main; main()"]
pytestmark = [pytest.mark.gateway, pytest.mark.timeout(180)]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class WholeField:
    """Broker, platform, field and gateway as processes, as the demo starts them; each can be killed."""

    def __init__(self, folder: Path, broker: str) -> None:
        from edge.cli.demo import Demo, Ports

        self.ports = Ports(*(free_port() for _ in range(5)))
        self.folder, self.broker = folder, broker
        folder.mkdir(exist_ok=True)
        self.commands = Demo(folder, self.ports, pupils=12, activity="rope-30", loop=False)._commands()
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str) -> None:
        command = [*TOUCHLINE, *self.commands[name]]
        if name == "broker" and self.broker == "mosquitto":
            config = self.folder / "mosquitto.conf"
            config.write_text(f"listener {self.ports.broker} 127.0.0.1\nallow_anonymous true\nset_tcp_nodelay true\n")
            command = ["/usr/sbin/mosquitto", "-c", str(config)]
        with (self.folder / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                command, cwd=ROOT, stdout=log, stderr=log, env=os.environ | {"PYTHONUNBUFFERED": "1"}
            )

    def start_all(self) -> None:
        for name in ("broker", "platform", "field", "gateway"):
            self.start(name)
            if name == "broker":
                until(lambda: _answers(self.ports.broker))
        until(lambda: self.state() is not None)

    def kill(self, name: str) -> None:
        self.running[name].send_signal(signal.SIGKILL)
        self.running[name].wait()

    def stop_all(self) -> dict[str, int]:
        for process in self.running.values():
            if process.poll() is None:
                process.terminate()
        return {name: process.wait(20) for name, process in self.running.items()}

    def call(self, path: str, body: dict[str, Any] | bytes | None = None) -> dict[str, Any]:
        from edge.cli.demo import _call

        return _call("GET" if body is None else "POST", f"http://127.0.0.1:{self.ports.web}{path}", body)

    def state(self) -> dict[str, Any] | None:
        with contextlib.suppress(OSError, ValueError):
            return self.call("/api/state")
        return None

    def heat(self) -> dict[str, Any]:
        state = self.state()
        return state["lesson"]["heat"] if state and state["lesson"] else {"state": "none", "tiles": []}

    def platform(self) -> dict[str, Any]:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.ports.platform}/api/platform", timeout=5) as answer:
            view: dict[str, Any] = json.load(answer)
        return view

    def journal(self) -> list[tuple[int, str, str | None]]:
        with sqlite3.connect(self.folder / "gateway" / "gateway.db") as database:
            return list(database.execute("SELECT seq, kind, attempt FROM journal ORDER BY seq"))

    def words(self) -> str:
        return "\n".join(f"== {file.name}\n{file.read_text(errors='replace')[-1500:]}" for file in self.folder.glob("*.log"))


def until(true: Callable[[], bool], within_s: float = 60.0) -> None:
    end = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < end, "did not come true in time"
        time.sleep(0.1)


def _answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.3):
        return True
    return False


@pytest.fixture(params=["amqtt", "mosquitto"])
def field(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[WholeField]:
    if request.param == "mosquitto":
        need_mosquitto()
    whole = WholeField(tmp_path / "field", request.param)
    try:
        whole.start_all()
        yield whole
    except AssertionError:
        sys.stderr.write(whole.words())
        raise
    finally:
        whole.stop_all()


def test_a_heat_with_the_gateway_killed_in_the_middle(field: WholeField) -> None:
    from edge.cli.demo import roster_csv
    from simulators.field import SimulatedField

    state = field.call("/api/rosters", roster_csv(12))
    field.call("/api/lessons", {"roster": state["rosters"][0]["id"], "activity": "rope-30"})
    until(lambda: (field.state() or {})["sources"]["bands_heard"] == 12)
    field.call("/api/heats/start", {"countdown_s": 2})
    until(lambda: sum(tile["count"] > 8 for tile in field.heat()["tiles"]) == 12)
    before = {tile["attempt"]: tile["count"] for tile in field.heat()["tiles"]}

    field.kill("gateway")
    saved = field.journal()
    time.sleep(2)
    field.start("gateway")

    until(lambda: field.heat()["state"] == "running", within_s=20)
    after = {tile["attempt"]: tile["count"] for tile in field.heat()["tiles"]}
    assert after.keys() == before.keys(), "it comes back into the same heat"
    assert all(after[attempt] >= count for attempt, count in before.items()), "no count that was shown has gone back"

    until(lambda: field.heat()["state"] == "ended", within_s=60)
    tiles = field.heat()["tiles"]
    assert field.journal()[: len(saved)] == saved, "what was saved before the kill is still there"

    # The bands went on counting while the gateway was down: nothing of that is lost.
    simulated = SimulatedField(
        pupils=12, stations=0, radio_port=1, camera_port=1, key_of=lambda _: bytes(16), gateway="", seed=1
    )  # fmt: skip
    heat = field.heat()
    for pupil, tile in zip(simulated.pupils, tiles, strict=True):
        pupil.start(f"{heat['id']}-{tile['attempt']}", 0.0, 30.0)
        assert pupil.going is not None
        assert abs(tile["result"]["official"] - len(pupil.going.landings_s)) <= 1, f"pupil {pupil.number}"

    until(lambda: field.platform()["summary"]["results"] == 12)
    until(lambda: (field.state() or {})["saved"]["state"] == "delivered")
    rows = field.journal()
    with sqlite3.connect(field.folder / "platform" / "platform.db") as database:
        stored = list(database.execute("SELECT seq FROM event ORDER BY seq"))
    assert [seq for (seq,) in stored] == [seq for seq, _, _ in rows], "every saved event once, and none twice"
    assert {r["official"] for r in field.platform()["results"]} == {tile["result"]["official"] for tile in tiles}

    wire = json.dumps(field.platform())
    with sqlite3.connect(field.folder / "platform" / "platform.db") as database:
        wire += " ".join(body.decode() for (body,) in database.execute("SELECT body FROM event"))
    assert not [tile["name"] for tile in tiles if tile["name"] in wire], "no name has left the school"
    ended = field.stop_all()
    assert [ended[name] for name in ("platform", "field", "gateway")] == [0, 0, 0], "everything of ours stops cleanly"
