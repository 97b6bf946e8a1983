"""What systemd is told arrives on its socket; without systemd nothing happens."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

from edge.notify import Notifier

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_messages_arrive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        monkeypatch.setenv("WATCHDOG_USEC", "30000000")
        notifier = Notifier()
        notifier.ready()
        notifier.alive()
        notifier.stopping()
        assert [manager.recv(100) for _ in range(3)] == [b"READY=1", b"WATCHDOG=1", b"STOPPING=1"]
        assert notifier.watchdog_s == 30.0


def test_without_a_service_manager_nothing_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    monkeypatch.delenv("WATCHDOG_USEC", raising=False)
    notifier = Notifier()
    notifier.ready()
    assert notifier.watchdog_s is None
