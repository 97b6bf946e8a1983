"""A bleak backend on bumble, so that the same gateway code hears virtual bands: the controller is reached by HCI over TCP."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from bleak.backends.scanner import AdvertisementData, BaseBleakScanner
from bleak.uuids import normalize_uuid_str
from bumble import hci
from bumble.core import AdvertisingData
from bumble.transport.common import TransportLostError

if TYPE_CHECKING:
    from bleak.backends.scanner import AdvertisementDataCallback
    from bumble.device import Device

NAMES: Final = (AdvertisingData.SHORTENED_LOCAL_NAME, AdvertisingData.COMPLETE_LOCAL_NAME)
STOP_WITHIN_S: Final = 1.0
SCAN_RESPONSE: Final = 0x08
LEGACY_SCAN_RESPONSE: Final = 4


def scanner_backend(device: Device) -> type[BaseBleakScanner]:
    """The backend class for one bumble device that is powered on."""

    class BumbleScanner(BaseBleakScanner):
        """Scans with `device`; every report is handed over, repeated ones too."""

        def __init__(
            self,
            detection_callback: AdvertisementDataCallback | None,
            service_uuids: list[str] | None,
            scanning_mode: str = "passive",
            **_options: Any,
        ) -> None:
            super().__init__(detection_callback, service_uuids)
            self._active = scanning_mode == "active"

        async def start(self) -> None:
            """Begin to listen."""
            self.seen_devices = {}
            device.host.on("advertising_report", self._on_report)
            await device.start_scanning(active=self._active, filter_duplicates=False)

        async def stop(self) -> None:
            """Listen no more."""
            device.host.remove_listener("advertising_report", self._on_report)
            # A field that has gone takes the scan with it, and answers no command any more.
            with suppress(TransportLostError, TimeoutError):
                async with asyncio.timeout(STOP_WITHIN_S):
                    await device.stop_scanning()

        def _on_report(self, report: Any) -> None:
            if _is_scan_response(report):
                return
            said = parse(bytes(report.data), report.rssi, report)
            address = str(report.address).split("/", maxsplit=1)[0]
            found = self.create_or_update_device(address, address, said.local_name, report.address, said)
            if self.is_allowed_uuid(said.service_uuids):
                self.call_detection_callbacks(found, said)

    return BumbleScanner


def parse(data: bytes, rssi_dbm: int, report: Any) -> AdvertisementData:
    """The fields of an advertisement (Core Specification Supplement, part A); what is cut short is left out."""
    name: str | None = None
    manufacturer: dict[int, bytes] = {}
    services: dict[str, bytes] = {}
    uuids: list[str] = []
    at = 0
    while at + 1 < len(data) and data[at]:
        size, kind = data[at], data[at + 1]
        value = data[at + 2 : at + 1 + size]
        at += 1 + size
        if len(value) != size - 1:
            break
        if kind in NAMES:
            name = value.decode("utf-8", "replace")
        elif kind == AdvertisingData.MANUFACTURER_SPECIFIC_DATA and len(value) >= 2:
            manufacturer[int.from_bytes(value[:2], "little")] = value[2:]
        elif kind == AdvertisingData.SERVICE_DATA_16_BIT_UUID and len(value) >= 2:
            services[normalize_uuid_str(f"{int.from_bytes(value[:2], 'little'):04x}")] = value[2:]
        elif kind in {AdvertisingData.COMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS, 0x02}:
            uuids += [normalize_uuid_str(f"{int.from_bytes(value[i : i + 2], 'little'):04x}") for i in range(0, len(value), 2)]
    return AdvertisementData(name, manufacturer, services, uuids, None, rssi_dbm, (report,))


def _is_scan_response(report: Any) -> bool:
    """Bumble's virtual controller sends a copy of each advertisement as a scan response."""
    event_type = int(report.event_type)
    if isinstance(report, hci.HCI_LE_Extended_Advertising_Report_Event.Report):
        return bool(event_type & SCAN_RESPONSE)
    return event_type == LEGACY_SCAN_RESPONSE
