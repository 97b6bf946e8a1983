"""Frames of others: BTHome v2, the Heart Rate service, Polar; a broken packet is always `DecodeError`."""

from __future__ import annotations

import struct

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESCCM
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.errors import DecodeError
from firmware_bridge.frames import bthome, heart_rate, polar
from firmware_bridge.readings import DeviceId

ADDRESS = "C0:00:00:00:00:07"
DEVICE = DeviceId("ble-test")
KEY = bytes(range(16))


def objects(skips: int, cadence: int, battery: int) -> bytes:
    return struct.pack("<BBBHBH", 0x01, battery, 0x3D, skips, 0x61, cadence)


def encrypted(counter: int, skips: int) -> bytes:
    nonce = bytes.fromhex(ADDRESS.replace(":", "")) + b"\xd2\xfc" + b"\x41" + struct.pack("<I", counter)
    sealed = AESCCM(KEY, tag_length=4).encrypt(nonce, objects(skips, 120, 80), None)
    return b"\x41" + sealed[:-4] + struct.pack("<I", counter) + sealed[-4:]


def test_bthome_in_the_clear() -> None:
    reading = bthome.decode(ADDRESS, b"\x40" + objects(345, 128, 80), 7, -60, DEVICE, None)
    assert (reading.skips_total, reading.cadence_per_min, reading.battery_percent, reading.t_ns) == (345, 128, 80, 7)


def test_bthome_encrypted_carries_its_counter_for_the_replay_guard() -> None:
    reading = bthome.decode(ADDRESS, encrypted(50, 9), 0, -60, DEVICE, KEY)
    assert (reading.skips_total, reading.sequence) == (9, 50)


def test_bthome_with_a_wrong_key_or_none_is_refused() -> None:
    for key in (None, bytes(16)):
        with pytest.raises(DecodeError) as refused:
            bthome.decode(ADDRESS, encrypted(50, 9), 0, -60, DEVICE, key)
        assert refused.value.reason == "unauthentic"


@given(st.binary(max_size=30))
def test_bthome_takes_any_bytes_without_another_error(payload: bytes) -> None:
    try:
        bthome.decode(ADDRESS, payload, 0, -60, DEVICE, KEY)
    except DecodeError as refused:
        assert refused.reason in {"short", "version", "format", "unauthentic"}


rates = st.builds(
    heart_rate.HeartRate, st.integers(0, 255), st.one_of(st.none(), st.booleans()), st.one_of(st.none(), st.integers(0, 65_535)),
    st.lists(st.integers(0, 65_535).map(lambda n: n / 1024), max_size=4).map(tuple),
)  # fmt: skip


@given(rates)
def test_heart_rate_round_trip(measured: heart_rate.HeartRate) -> None:
    assert heart_rate.decode(heart_rate.encode(measured)) == measured


@given(rates.filter(lambda m: m.energy_kj is not None), st.integers(0, 3))
def test_heart_rate_cut_short_is_refused(measured: heart_rate.HeartRate, kept: int) -> None:
    with pytest.raises(DecodeError):
        heart_rate.decode(heart_rate.encode(measured)[: min(kept, 3)])


def test_heart_rate_in_two_bytes_beyond_any_heart_is_refused() -> None:
    with pytest.raises(DecodeError, match="range"):
        heart_rate.decode(b"\x01\x2c\x01")


def test_polar_shows_the_slow_rate() -> None:
    assert polar.decode(bytes([0x02, 0x00, 150, 141])) == polar.PolarHeartRate(141, contact=True, battery_low=False)
    assert polar.decode(bytes([0x01, 0x00, 150])).bpm == 150
    with pytest.raises(DecodeError):
        polar.decode(b"\x00")
