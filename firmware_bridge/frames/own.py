"""The band's own advertisement: 24 bytes of manufacturer data that cannot be forged or replayed.

    company u16 (0xFFFF)                       the advertisement's own field, not part of `payload` below
    version and type u8 · band u16 · sequence u32          in the clear, and authenticated
    AES-CCM { skips or steps u16 · heart rate u8 · cadence u8 · battery u8 · flags u8 }
    MIC 4 bytes

Type 1 counts skips, type 2 steps: a band that runs laps sends the second. All numbers little endian. Nonce, 13 bytes: the 7 clear
bytes, then 6 zero bytes; a band never uses a sequence twice with one key, also not after a new battery. Heart rate, cadence and
battery are 0xFF where unknown.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESCCM

from firmware_bridge.errors import DecodeError
from firmware_bridge.keys import band_device
from firmware_bridge.readings import Reading

if TYPE_CHECKING:
    from collections.abc import Callable

COMPANY: Final = 0xFFFF
"""For tests and for products without a company number of their own (Bluetooth assigned numbers)."""
SKIPS, STEPS = 0x11, 0x12
"""Version 1 in the high half, in the low half what is counted."""
CLEAR: Final = struct.Struct("<BHI")
SECRET: Final = struct.Struct("<HBBBB")
MIC_BYTES: Final = 4
PAYLOAD_BYTES: Final = CLEAR.size + SECRET.size + MIC_BYTES
UNKNOWN: Final = 0xFF
WORN: Final = 0x01


@dataclass(frozen=True, slots=True)
class BandFrame:
    """What one packet of an own band says; `None` where the band does not know.

    Attributes:
        total: skips or steps since the band was switched on, modulo 65,536; the band keeps both, and says one of them in a packet.
        cadence_per_min: skips or steps a minute.
        steps: whether the packet speaks of steps.
    """

    band: int
    sequence: int
    total: int
    heart_rate_bpm: int | None
    cadence_per_min: int | None
    battery_percent: int | None
    worn: bool
    steps: bool = False


def encode(frame: BandFrame, key: bytes) -> bytes:
    """Manufacturer data without the company number: 17 bytes."""
    clear = CLEAR.pack(STEPS if frame.steps else SKIPS, frame.band, frame.sequence)
    small = [UNKNOWN if v is None else v for v in (frame.heart_rate_bpm, frame.cadence_per_min, frame.battery_percent)]
    secret = SECRET.pack(frame.total & 0xFFFF, *small, WORN if frame.worn else 0)
    return clear + AESCCM(key, tag_length=MIC_BYTES).encrypt(_nonce(clear), secret, clear)


def decode(payload: bytes, key_of: Callable[[int], bytes]) -> BandFrame:
    """Read and authenticate a packet.

    Args:
        payload: manufacturer data without the company number.
        key_of: key by band number.

    Raises:
        DecodeError: of a wrong length or version, or not made with this band's key.
    """
    if len(payload) != PAYLOAD_BYTES:
        raise DecodeError("short" if len(payload) < PAYLOAD_BYTES else "format", f"{len(payload)} bytes, {PAYLOAD_BYTES} expected")
    clear = payload[: CLEAR.size]
    version, band, sequence = CLEAR.unpack(clear)
    if version not in {SKIPS, STEPS}:
        raise DecodeError("version", f"version and type 0x{version:02X}, 0x{SKIPS:02X} and 0x{STEPS:02X} are known")
    try:
        secret = AESCCM(key_of(band), tag_length=MIC_BYTES).decrypt(_nonce(clear), payload[CLEAR.size :], clear)
    except InvalidTag as exc:
        raise DecodeError("unauthentic", f"band {band}: not made with its key") from exc
    total, *small, flags = SECRET.unpack(secret)
    heart_rate, cadence, battery = (None if v == UNKNOWN else v for v in small)
    if battery is not None and battery > 100:
        raise DecodeError("range", f"band {band}: battery {battery} %")
    return BandFrame(band, sequence, total, heart_rate, cadence, battery, bool(flags & WORN), version == STEPS)


def reading(frame: BandFrame, t_ns: int, rssi_dbm: int) -> Reading:
    """A frame as the rest of the house sees it."""
    return Reading(
        device=band_device(frame.band),
        t_ns=t_ns,
        rssi_dbm=rssi_dbm,
        sequence=frame.sequence,
        skips_total=None if frame.steps else frame.total,
        steps_total=frame.total if frame.steps else None,
        heart_rate_bpm=frame.heart_rate_bpm,
        cadence_per_min=frame.cadence_per_min,
        battery_percent=frame.battery_percent,
        worn=frame.worn,
    )


def _nonce(clear: bytes) -> bytes:
    return clear + bytes(13 - len(clear))
