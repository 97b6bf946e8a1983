"""The virtual radio: the real bleak code over a simulated field, which serves a controller by HCI over TCP."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Self

from bumble.device import Device
from bumble.hci import Address
from bumble.transport import open_transport

from firmware_bridge.errors import RadioUnavailable
from firmware_bridge.radio.bleak_radio import BleakRadio
from firmware_bridge.radio.bumble_backend import scanner_backend

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from firmware_bridge.radio.port import Advertisement, RadioHealth

ADDRESS = "F0:F0:F0:F0:F0:F0"


class VirtualRadio:
    """A receiver of a simulated field at `host:port`."""

    def __init__(self, name: str, where: str) -> None:
        self._name, self._where = name, where
        self._radio = BleakRadio(name)
        self._open: AsyncExitStack | None = None

    @property
    def name(self) -> str:
        """See `Radio`."""
        return self._name

    @property
    def health(self) -> RadioHealth:
        """See `Radio`."""
        return self._radio.health

    def advertisements(self) -> AsyncIterator[Advertisement]:
        """See `Radio`."""
        return self._radio.advertisements()

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            try:
                transport = await stack.enter_async_context(await open_transport(f"tcp-client:{self._where}"))
            except OSError as exc:
                raise RadioUnavailable(f"{self._name}: no simulated field at {self._where} (touchline simulate field)") from exc
            device = Device.with_hci("gateway", Address(ADDRESS), transport.source, transport.sink)
            try:
                await device.power_on()
            except Exception as exc:
                raise RadioUnavailable(f"{self._name}: the simulated controller does not answer ({exc})") from exc
            self._radio._backend = scanner_backend(device)  # noqa: SLF001 - the same room
            await stack.enter_async_context(self._radio)
            transport.source.terminated.add_done_callback(lambda _: self._radio.lost(f"{self._name}: the field has gone"))
            self._open = stack.pop_all()
        return self

    async def __aexit__(self, *exc: object) -> None:
        opened, self._open = self._open, None
        if opened is not None:
            await opened.aclose()
