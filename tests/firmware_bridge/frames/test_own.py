"""The band's own frame: nothing forged, cut or altered is ever taken."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.errors import DecodeError
from firmware_bridge.frames import own
from firmware_bridge.keys import KeyRing

KEYS = KeyRing(bytes(range(16)))
GOLDEN = own.BandFrame(17, 4711, 147, 152, 139, 80, worn=True)
GOLDEN_BYTES = "1111006712000068f4ed1cfe18fdcf4521"

small = st.one_of(st.none(), st.integers(0, 254))
frames = st.builds(
    own.BandFrame, st.integers(0, 0xFFFF), st.integers(0, 0xFFFF_FFFF), st.integers(0, 0xFFFF), small, small,
    st.one_of(st.none(), st.integers(0, 100)), st.booleans(), st.booleans(),
)  # fmt: skip


def test_the_bytes_are_what_docs_protocol_says() -> None:
    payload = own.encode(GOLDEN, KEYS.key(17))
    assert len(payload) == own.PAYLOAD_BYTES == 17
    assert payload.hex() == GOLDEN_BYTES
    assert payload[0] == 0x11
    assert int.from_bytes(payload[1:3], "little") == 17
    assert int.from_bytes(payload[3:7], "little") == 4711


@given(frames)
def test_what_a_band_says_is_what_the_gateway_hears(frame: own.BandFrame) -> None:
    assert own.decode(own.encode(frame, KEYS.key(frame.band)), KEYS.key) == frame


def test_a_band_that_runs_laps_says_steps_and_nothing_of_skips() -> None:
    payload = own.encode(replace(GOLDEN, steps=True), KEYS.key(17))
    assert payload[0] == 0x12
    heard = own.reading(own.decode(payload, KEYS.key), 0, -60)
    assert (heard.steps_total, heard.skips_total) == (147, None)


@given(frames, st.integers(0, 16))
def test_a_packet_that_is_cut_short_is_refused(frame: own.BandFrame, kept: int) -> None:
    with pytest.raises(DecodeError) as refused:
        own.decode(own.encode(frame, KEYS.key(frame.band))[:kept], KEYS.key)
    assert refused.value.reason == "short"


@given(frames, st.integers(0, 17 * 8 - 1))
def test_one_bit_altered_is_refused(frame: own.BandFrame, bit: int) -> None:
    payload = bytearray(own.encode(frame, KEYS.key(frame.band)))
    payload[bit // 8] ^= 1 << bit % 8
    with pytest.raises(DecodeError):
        own.decode(bytes(payload), KEYS.key)


@given(st.binary(max_size=40))
def test_rubbish_is_refused_and_nothing_else_happens(payload: bytes) -> None:
    with pytest.raises(DecodeError):
        own.decode(payload, KEYS.key)


def test_a_band_of_another_school_is_refused() -> None:
    stranger = KeyRing(b"another school's")
    with pytest.raises(DecodeError, match="not made with its key"):
        own.decode(own.encode(GOLDEN, stranger.key(17)), KEYS.key)
