"""The gateway's two clocks behind one port: monotonic for durations and order, the wall for people and the platform."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Protocol


class Clock(Protocol):
    """What the rest of the gateway may ask about time."""

    def monotonic_ns(self) -> int:
        """Never jumps; goes on over a restart of the program, not of the machine."""
        ...

    def utc_ms(self) -> int:
        """Wall clock; may be wrong until the network has set it."""
        ...

    def utc_is_set(self) -> bool:
        """Whether the wall clock can be believed."""
        ...

    @property
    def boot(self) -> str:
        """Random name of this start of the machine: monotonic times compare only within one."""
        ...


class SystemClock:
    """The machine's own clocks."""

    def __init__(self) -> None:
        self._boot = _read(Path("/proc/sys/kernel/random/boot_id")) or f"start-{os.getpid()}-{time.time_ns()}"

    def monotonic_ns(self) -> int:
        """See `Clock`."""
        return time.monotonic_ns()

    def utc_ms(self) -> int:
        """See `Clock`."""
        return time.time_ns() // 1_000_000

    def utc_is_set(self) -> bool:
        """Set by systemd-timesyncd, or at least not before this program was made (a Pi without a clock starts in the past)."""
        return Path("/run/systemd/timesync/synchronized").exists() or self.utc_ms() > _MADE_UTC_MS

    @property
    def boot(self) -> str:
        """The kernel's boot id."""
        return self._boot


_MADE_UTC_MS = 1_790_000_000_000


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except OSError:
        return ""
