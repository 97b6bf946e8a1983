"""Real brokers in processes of their own, so that a test can kill one."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import signal

ROOT = Path(__file__).resolve().parents[2]


_given: set[int] = set()


def free_port() -> int:
    """One that nobody listens on, and that was not given before: two services of a test must not get the same."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        if port not in _given:
            _given.add(port)
            return port


class BrokerProcess:
    """A broker of a kind.

    Args:
        persistent: mosquitto keeps messages and sessions on disk, and writes each change.
    """

    def __init__(self, kind: str, folder: Path, *, persistent: bool = False) -> None:
        self.kind, self.folder, self.port = kind, folder, free_port()
        self._disk = folder / "mosquitto.disk" if persistent else None
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        if self.kind == "mosquitto":
            program = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
            config = self.folder / "mosquitto.conf"
            told = f"listener {self.port} 127.0.0.1\nallow_anonymous true\nset_tcp_nodelay true\nlog_type error\n"
            if self._disk is not None:
                self._disk.mkdir(exist_ok=True)
                told += f"persistence true\npersistence_location {self._disk}/\nautosave_interval 1\nautosave_on_changes true\n"
            config.write_text(told)
            command = [program, "-c", str(config)]
        else:
            command = [sys.executable, "-c", "from edge.cli import main; main()", "broker", "--port", str(self.port)]
        self._process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(300):
            try:
                socket.create_connection(("127.0.0.1", self.port), 0.2).close()
            except OSError:
                time.sleep(0.05)
            else:
                return
        pytest.fail(f"{self.kind} does not start")

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def send(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(number)

    def lose_disk(self) -> None:
        if self._disk is not None:
            shutil.rmtree(self._disk)

    async def restart(self, after_s: float = 0.5) -> None:
        self.kill()
        await asyncio.sleep(after_s)
        await asyncio.to_thread(self.start)


def need_mosquitto() -> None:
    if not Path("/usr/sbin/mosquitto").exists() and shutil.which("mosquitto") is None:
        message = "mosquitto is not installed: apt-get install mosquitto"
        if os.environ.get("TOUCHLINE_REQUIRE_TOOLS") == "1":
            pytest.fail(message)
        pytest.skip(message)
