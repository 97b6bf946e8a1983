"""A Bluetooth adapter through the real bleak API.

Passive scanning with patterns is asked for first: BlueZ's active mode filters repeated advertisements, which are the ones we live
on. It needs `bluetoothd --experimental`; without it active scanning is used, and that is logged.
"""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Any, Self

from bleak import BleakScanner
from bleak.args.bluez import BlueZScannerArgs, OrPattern
from bleak.assigned_numbers import AdvertisementDataType
from bleak.exc import BleakError

from firmware_bridge.errors import RadioUnavailable
from firmware_bridge.frames import own
from firmware_bridge.radio.inbox import InboxRadio
from firmware_bridge.radio.port import Advertisement

if TYPE_CHECKING:
    from bleak.backends.device import BLEDevice
    from bleak.backends.scanner import AdvertisementData, BaseBleakScanner

log = logging.getLogger(__name__)

PATTERNS: list[OrPattern | tuple[int, AdvertisementDataType, bytes]] = [
    OrPattern(0, AdvertisementDataType.MANUFACTURER_SPECIFIC_DATA, own.COMPANY.to_bytes(2, "little")),
    OrPattern(0, AdvertisementDataType.MANUFACTURER_SPECIFIC_DATA, b"\x6b\x00"),
    OrPattern(0, AdvertisementDataType.SERVICE_DATA_UUID16, b"\xd2\xfc"),
]
"""Own bands, Polar, BTHome: what a passive BlueZ scanner lets through."""


class BleakRadio(InboxRadio):
    """One adapter.

    Args:
        name: the spec it was opened by.
        adapter: such as `hci0`.
        backend: another bleak backend than the platform's own, as the virtual radio has.
    """

    def __init__(self, name: str, adapter: str | None = None, backend: type[BaseBleakScanner] | None = None) -> None:
        super().__init__(name)
        self._adapter, self._backend = adapter, backend
        self._scanner: BleakScanner | None = None

    async def __aenter__(self) -> Self:
        self._inbox.begin()
        try:
            self._scanner = await self._start("passive")
        except BleakError as exc:
            log.warning("radio=%s scanning=active passive_refused=%r", self._name, str(exc)[:120])
            try:
                self._scanner = await self._start("active")
            except (BleakError, OSError) as again:
                raise RadioUnavailable(f"{self._name}: {again}") from again
        except OSError as exc:
            raise RadioUnavailable(f"{self._name}: {exc}") from exc
        return self

    async def __aexit__(self, *exc: object) -> None:
        scanner, self._scanner = self._scanner, None
        if scanner is not None:
            try:
                await scanner.stop()
            except (BleakError, OSError) as fault:
                log.info("radio=%s stop=%r", self._name, str(fault)[:120])

    def lost(self, why: str) -> None:
        """The adapter has gone; called by whoever notices."""
        self._inbox.gone(why)

    async def _start(self, mode: str) -> BleakScanner:
        options: dict[str, Any] = {"scanning_mode": mode}
        if self._backend is not None:
            options["backend"] = self._backend
        elif self._adapter is not None:
            options["bluez"] = BlueZScannerArgs(adapter=self._adapter, or_patterns=PATTERNS)
        scanner = BleakScanner(self._hear, **options)
        await scanner.start()
        return scanner

    def _hear(self, device: BLEDevice, said: AdvertisementData) -> None:
        self._inbox.put(
            Advertisement(
                t_ns=time.monotonic_ns(),
                address=device.address,
                rssi_dbm=said.rssi,
                local_name=said.local_name,
                manufacturer_data=dict(said.manufacturer_data),
                service_data=dict(said.service_data),
            )
        )
