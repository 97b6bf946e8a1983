"""BTHome v2, the open format for sensors that broadcast: read by the maintained `bthome-ble`, held to our contract here.

That library answers a broken packet with `None` and a log line; its own replay check lets an old counter below 100 pass, and any
after a restart (measured). So a packet gives a value or `DecodeError` here, and the counter goes out as `sequence` to our guard.
"""

from __future__ import annotations

import struct
from typing import Any, Final

from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData
from bthome_ble import BTHomeBluetoothDeviceData
from habluetooth import BluetoothServiceInfoBleak

from firmware_bridge.errors import DecodeError
from firmware_bridge.readings import DeviceId, Reading

SERVICE: Final = "0000fcd2-0000-1000-8000-00805f9b34fb"
VERSION_2: Final = 2
ENCRYPTED: Final = 0x01
COUNTER_AND_MIC: Final = 8


def decode(address: str, payload: bytes, t_ns: int, rssi_dbm: int, device: DeviceId, key: bytes | None) -> Reading:
    """Read the service data of one advertisement.

    Count is taken for skips, rotational speed for cadence; BTHome has no heart rate.

    Args:
        address: radio address; part of the nonce.
        key: bind key of the device, where it encrypts.

    Raises:
        DecodeError: too short, another version, without the key it needs, not made with it, or nothing in it that we know.
    """
    if not payload:
        raise DecodeError("short", "empty")
    info = payload[0]
    if info >> 5 != VERSION_2:
        raise DecodeError("version", f"BTHome version {info >> 5}, {VERSION_2} is known")
    sequence = None
    if info & ENCRYPTED:
        if key is None:
            raise DecodeError("unauthentic", "encrypted, and no key for this device")
        if len(payload) < 1 + COUNTER_AND_MIC:
            raise DecodeError("short", f"{len(payload)} bytes")
        (sequence,) = struct.unpack_from("<I", payload, len(payload) - COUNTER_AND_MIC)
    values = _values(address, payload, key)
    if sequence is None:
        sequence = _whole(values.get("packet_id"))
    return Reading(
        device=device,
        t_ns=t_ns,
        rssi_dbm=rssi_dbm,
        sequence=sequence if info & ENCRYPTED else None,
        skips_total=_modulo(_whole(values.get("count"))),
        cadence_per_min=_whole(values.get("rotational_speed")),
        battery_percent=_whole(values.get("battery")),
    )


def _values(address: str, payload: bytes, key: bytes | None) -> dict[str, Any]:
    parser = BTHomeBluetoothDeviceData(bindkey=key)
    try:
        update = parser.update(_service_info(address, payload))
    except Exception as exc:
        raise DecodeError("format", f"{type(exc).__name__}") from exc
    if payload[0] & ENCRYPTED and not parser.bindkey_verified:
        raise DecodeError("unauthentic", "not made with this device's key")
    values = {str(at.key): value.native_value for at, value in update.entity_values.items() if str(at.key) != "signal_strength"}
    if not values:
        raise DecodeError("format", "no measurement in it")
    return values


def _service_info(address: str, payload: bytes) -> BluetoothServiceInfoBleak:
    data = {SERVICE: payload}
    return BluetoothServiceInfoBleak(
        name="",
        address=address,
        rssi=0,
        manufacturer_data={},
        service_data=data,
        service_uuids=[],
        source="",
        device=BLEDevice(address, None, {}),
        advertisement=AdvertisementData(None, {}, data, [], None, 0, ()),
        connectable=False,
        time=0.0,
        tx_power=None,
    )


def _whole(value: Any) -> int | None:
    return None if value is None else round(float(value))


def _modulo(value: int | None) -> int | None:
    return None if value is None else value & 0xFFFF
