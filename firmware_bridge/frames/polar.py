"""Heart rate in the advertisement of Polar sensors (company 0x006B; bytes published in polar-ble-sdk)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from firmware_bridge.errors import DecodeError

COMPANY: Final = 0x006B


@dataclass(frozen=True, slots=True)
class PolarHeartRate:
    """Attributes: `battery_low`: the sensor's own warning; `contact`: touches skin."""

    bpm: int
    contact: bool
    battery_low: bool


def decode(payload: bytes) -> PolarHeartRate:
    """Read the manufacturer data. The slow rate (byte 3) is what the sensor shows; the 3-byte form has only the fast one.

    Raises:
        DecodeError: too short to hold a heart rate.
    """
    if len(payload) < 3:
        raise DecodeError("short", f"{len(payload)} bytes")
    return PolarHeartRate(payload[3] if len(payload) > 3 else payload[2], bool(payload[0] & 0x02), bool(payload[0] & 0x01))
