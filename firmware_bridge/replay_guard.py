"""Refuses packets that were heard before: by a second receiver (harmless) or replayed by somebody (counted as such)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from firmware_bridge.readings import DeviceId

Verdict = Literal["new", "doubled", "replayed"]

RECENT: Final = 32
"""Two receivers hand over the same packet within a few packets of each other; what is older was replayed."""


class ReplayGuard:
    """The last sequence accepted of each device.

    Args:
        known: what was accepted before the restart, so that a packet recorded then is refused now.
    """

    def __init__(self, known: Mapping[str, int] | None = None) -> None:
        self._last: dict[str, int] = dict(known or {})
        self._changed: set[str] = set()

    def judge(self, device: DeviceId, sequence: int) -> Verdict:
        """Whether a packet is new; a new one is remembered."""
        last = self._last.get(device)
        if last is None or sequence > last:
            self._last[device] = sequence
            self._changed.add(device)
            return "new"
        return "doubled" if last - sequence < RECENT else "replayed"

    def take_changes(self) -> dict[str, int]:
        """What has moved since the last call, to be kept on disk."""
        changed = {device: self._last[device] for device in self._changed}
        self._changed.clear()
        return changed
