"""A packet counts once: not again from a second receiver, not again from somebody who recorded it, also after a restart."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.keys import KeyRing, band_device
from firmware_bridge.replay_guard import ReplayGuard

BAND = band_device(1)


def test_new_doubled_replayed() -> None:
    guard = ReplayGuard()
    assert [guard.judge(BAND, n) for n in (100, 101, 101, 100, 5)] == ["new", "new", "doubled", "doubled", "replayed"]


def test_a_packet_recorded_before_the_restart_is_refused_after_it() -> None:
    before = ReplayGuard()
    before.judge(BAND, 5_000)
    after = ReplayGuard(before.take_changes())
    assert after.judge(BAND, 50) == "replayed"
    assert after.judge(BAND, 5_001) == "new"


def test_changes_are_told_once() -> None:
    guard = ReplayGuard()
    guard.judge(BAND, 7)
    assert guard.take_changes() == {"band-0001": 7}
    assert guard.take_changes() == {}


@given(st.lists(st.integers(0, 0xFFFF_FFFF), max_size=60))
def test_no_sequence_is_ever_new_twice(sequences: list[int]) -> None:
    guard = ReplayGuard()
    new = [n for n in sequences if guard.judge(BAND, n) == "new"]
    assert new == sorted(set(new))


def test_a_foreign_device_is_not_named_by_its_address() -> None:
    ring = KeyRing(bytes(16))
    name = ring.foreign_device("C0:11:22:33:44:55")
    assert name == ring.foreign_device("c0:11:22:33:44:55")
    assert "334455" not in name.lower()
    assert name != KeyRing(bytes(15) + b"x").foreign_device("C0:11:22:33:44:55")
