"""Heart Rate Measurement, characteristic 0x2A37 of the Heart Rate Service 0x180D (Bluetooth SIG, HRS 1.0)."""

from __future__ import annotations

from dataclasses import dataclass

from firmware_bridge.errors import DecodeError

SERVICE = "0000180d-0000-1000-8000-00805f9b34fb"
MEASUREMENT = "00002a37-0000-1000-8000-00805f9b34fb"
HIGHEST_BPM = 255


@dataclass(frozen=True, slots=True)
class HeartRate:
    """One measurement.

    Attributes:
        contact: skin contact, or `None` when the sensor cannot tell.
        energy_kj: since reset, or `None`.
        rr_s: times between beats, oldest first.
    """

    bpm: int
    contact: bool | None
    energy_kj: int | None
    rr_s: tuple[float, ...]


def decode(payload: bytes) -> HeartRate:
    """Read a notification.

    Raises:
        DecodeError: it ends too early, or no heart beats so fast.
    """
    if not payload:
        raise DecodeError("short", "empty")
    flags, at = payload[0], 1

    def take(size: int) -> int:
        nonlocal at
        if at + size > len(payload):
            raise DecodeError("short", f"{len(payload)} bytes, flags 0x{flags:02X} promise more")
        at += size
        return int.from_bytes(payload[at - size : at], "little")

    bpm = take(2 if flags & 0x01 else 1)
    if bpm > HIGHEST_BPM:
        raise DecodeError("range", f"{bpm} beats a minute")
    contact = bool(flags & 0x02) if flags & 0x04 else None
    energy_kj = take(2) if flags & 0x08 else None
    rr: list[float] = []
    while flags & 0x10 and at < len(payload):
        rr.append(take(2) / 1024.0)
    return HeartRate(bpm, contact, energy_kj, tuple(rr))


def encode(measured: HeartRate) -> bytes:
    """A notification as a sensor sends it; the rate goes in one byte."""
    flags = 0x04 if measured.contact is not None else 0
    flags |= 0x02 if measured.contact else 0
    flags |= 0x08 if measured.energy_kj is not None else 0
    flags |= 0x10 if measured.rr_s else 0
    energy = b"" if measured.energy_kj is None else measured.energy_kj.to_bytes(2, "little")
    rr = b"".join(round(s * 1024).to_bytes(2, "little") for s in measured.rr_s)
    return bytes([flags, measured.bpm]) + energy + rr
