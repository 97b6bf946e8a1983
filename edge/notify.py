"""Telling systemd how the service is: the `sd_notify` protocol, one datagram a message."""

from __future__ import annotations

import os
import socket


class Notifier:
    """Speaks to the service manager; silent where there is none."""

    def __init__(self) -> None:
        address = os.environ.get("NOTIFY_SOCKET", "")
        self._address = "\0" + address[1:] if address.startswith("@") else address
        told = os.environ.get("WATCHDOG_USEC", "")
        self.watchdog_s = int(told) / 1e6 if told.isdigit() else None
        """How often the watchdog must hear from us, or `None` without one."""

    def ready(self) -> None:
        """The service is up."""
        self._send("READY=1")

    def alive(self) -> None:
        """The watchdog may wait again."""
        self._send("WATCHDOG=1")

    def stopping(self) -> None:
        """The service is on its way down."""
        self._send("STOPPING=1")

    def status(self, words: str) -> None:
        """One line for `systemctl status`."""
        self._send(f"STATUS={words}")

    def _send(self, message: str) -> None:
        if not self._address:
            return
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as to:
            to.connect(self._address)
            to.sendall(message.encode())
