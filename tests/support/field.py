"""A whole field as processes: broker, platform, simulated field, gateway; each can be killed and started again."""

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

from edge.cli.demo import Demo, Ports, _call
from support.brokers import free_port

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parents[2]
TOUCHLINE = [sys.executable, "-c", "from edge.cli import main; main()"]


class WholeField:
    """Broker, platform, field and gateway as processes, as the demo starts them; each can be killed.

    Attributes:
        uplink_port: where the gateway looks for its broker, if that is another port than the broker's own.
    """

    def __init__(self, folder: Path, broker: str) -> None:
        self.uplink_port: int | None = None
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
        surroundings = os.environ | {"PYTHONUNBUFFERED": "1"}
        if name == "gateway" and self.uplink_port is not None:
            surroundings["TOUCHLINE_UPLINK__BROKER"] = f"mqtt://127.0.0.1:{self.uplink_port}"
        with (self.folder / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log, env=surroundings)

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
