"""Recorded advertisements: written line by line while listening, read back as if they were on the air."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Self

import msgspec

from firmware_bridge.errors import PermanentError
from firmware_bridge.radio.inbox import InboxRadio
from firmware_bridge.radio.port import Advertisement

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


class _Line(msgspec.Struct, frozen=True):
    t_ns: int
    address: str
    rssi_dbm: int
    local_name: str | None
    manufacturer_data: dict[str, str]
    service_data: dict[str, str]


def write_recording(path: Path, heard: Iterable[Advertisement]) -> None:
    """Write advertisements as JSON lines; bytes in hexadecimal."""
    with path.open("wb") as file:
        for one in heard:
            line = _Line(
                one.t_ns,
                one.address,
                one.rssi_dbm,
                one.local_name,
                {str(company): data.hex() for company, data in one.manufacturer_data.items()},
                {uuid: data.hex() for uuid, data in one.service_data.items()},
            )
            file.write(msgspec.json.encode(line) + b"\n")


def read_recording(path: Path) -> list[Advertisement]:
    """Read a recording.

    Raises:
        PermanentError: missing, or a line of it cannot be read (named).
    """
    try:
        lines = path.read_bytes().splitlines()
    except OSError as exc:
        raise PermanentError(f"{path}: cannot be read ({exc.strerror})") from exc
    return [_advertisement(path, number, line) for number, line in enumerate(lines, 1) if line.strip()]


class ReplayRadio(InboxRadio):
    """A recording as a receiver; paced by its stamps (moved to now), or as fast as it is read."""

    def __init__(self, name: str, path: Path, *, paced: bool = True) -> None:
        super().__init__(name)
        self._path, self._paced = path, paced
        self._player: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        recording = await asyncio.to_thread(read_recording, self._path)
        self._inbox.begin()
        self._player = asyncio.create_task(self._play(recording), name=f"radio[{self._name}].play")
        return self

    async def __aexit__(self, *exc: object) -> None:
        if self._player is not None:
            self._player.cancel()
            await asyncio.gather(self._player, return_exceptions=True)

    async def _play(self, recording: list[Advertisement]) -> None:
        shift_ns = time.monotonic_ns() - recording[0].t_ns if recording else 0
        for one in recording:
            if self._paced:
                await asyncio.sleep(max(0.0, (one.t_ns + shift_ns - time.monotonic_ns()) / 1e9))
            else:
                await asyncio.sleep(0)
            self._inbox.put(
                Advertisement(
                    one.t_ns + shift_ns, one.address, one.rssi_dbm, one.local_name, one.manufacturer_data, one.service_data
                )
            )
        self._inbox.end()


def _advertisement(path: Path, number: int, line: bytes) -> Advertisement:
    try:
        one = msgspec.json.decode(line, type=_Line)
        manufacturer = {int(company): bytes.fromhex(data) for company, data in one.manufacturer_data.items()}
        services = {uuid: bytes.fromhex(data) for uuid, data in one.service_data.items()}
    except (msgspec.MsgspecError, ValueError) as exc:
        raise PermanentError(f"{path}: line {number} is not a recorded advertisement ({exc})") from exc
    return Advertisement(one.t_ns, one.address, one.rssi_dbm, one.local_name, manufacturer, services)
