"""`touchline demo` as a newcomer meets it: the addresses, a port that is taken, Ctrl-C."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.brokers import free_port

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).resolve().parents[2]
pytestmark = [pytest.mark.gateway, pytest.mark.timeout(120)]


def demo(*options: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", "from edge.cli import main; main()", "demo", *options]
    return subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=os.environ | {"COLUMNS": "200"}
    )


def ports(web: int) -> Sequence[str]:
    names = ("--platform-port", "--broker-port", "--radio-port", "--camera-port")
    return ["--web-port", str(web), *(word for name in names for word in (name, str(free_port())))]


def test_a_port_that_is_taken_is_said_with_what_to_do(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        process = demo("--data", str(tmp_path), *ports(other.getsockname()[1]))
        told, _ = process.communicate(timeout=30)
    assert process.returncode == 2
    assert "--web-port" in told
    assert "Traceback" not in told


def test_it_prints_the_addresses_and_ctrl_c_stops_everything(tmp_path: Path) -> None:
    web = free_port()
    process = demo("--data", str(tmp_path), "--no-loop", *ports(web))
    assert process.stdout is not None
    guard = threading.Timer(60, process.kill)
    guard.start()
    seen = []
    for line in process.stdout:
        seen.append(line)
        if "Ctrl-C stops" in line:
            break
    process.send_signal(signal.SIGINT)
    rest, _ = process.communicate(timeout=40)
    guard.cancel()
    assert f"http://127.0.0.1:{web}/" in "".join(seen)
    assert "stopped" in rest
    assert process.returncode == 0
    with socket.socket() as again:
        again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        again.bind(("127.0.0.1", web))
