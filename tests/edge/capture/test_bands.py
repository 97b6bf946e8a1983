"""Virtual bands on a virtual radio, heard through the real bleak API: each packet once, forged and replayed ones refused."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING

import pytest

from edge.capture.bands import BandListener, Strength
from firmware_bridge.errors import PermanentError
from firmware_bridge.keys import KeyRing
from firmware_bridge.radio.open import open_radio
from firmware_bridge.radio.port import Advertisement
from firmware_bridge.radio.replay import read_recording, write_recording
from firmware_bridge.replay_guard import ReplayGuard
from simulators.air import Air
from simulators.band import VirtualBand

if TYPE_CHECKING:
    from pathlib import Path

    from firmware_bridge.readings import Reading

KEYS = KeyRing(bytes(range(16)))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def heard_until(readings: list[Reading], enough, within_s: float = 10.0) -> None:  # type: ignore[no-untyped-def] # noqa: ANN001
    async with asyncio.timeout(within_s):
        while not enough(readings):
            await asyncio.sleep(0.05)


async def listen(port: int, readings: list[Reading], guard: ReplayGuard | None = None) -> tuple[BandListener, asyncio.Task[None]]:
    listener = BandListener([open_radio(f"virtual:127.0.0.1:{port}")], KEYS, guard or ReplayGuard(), readings.append)
    return listener, asyncio.create_task(listener.run())


async def end(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_a_class_of_fifty_is_heard() -> None:
    bands = [VirtualBand(n, KEYS.key(n), lambda n=n: n, heart_rate_bpm=lambda: 120) for n in range(1, 51)]  # type: ignore[misc]
    air = Air(bands, port=free_port())
    readings: list[Reading] = []
    await air.start()
    listener, task = await listen(air.port, readings)
    await heard_until(readings, lambda r: len({x.device for x in r}) == 50)
    assert {x.device: x.skips_total for x in readings} == {f"band-{n:04d}": n for n in range(1, 51)}
    assert {x.heart_rate_bpm for x in readings} == {120}
    assert listener.states()[0].listening
    await end(task)
    await air.stop()


async def test_forged_replayed_and_doubled_packets_are_refused_and_counted() -> None:
    bands = [VirtualBand(n, KEYS.key(n), lambda: 1) for n in (1, 2, 3)]
    bands[0].faults.wrong_key = True
    bands[1].faults.doubled = 1.0
    bands[2].faults.replayed = 0.5
    readings: list[Reading] = []
    air = Air(bands, port=free_port(), rate_hz=60)
    await air.start()
    listener, task = await listen(air.port, readings)
    await heard_until(
        [], lambda _: listener.refused["unauthentic"] > 5 and listener.refused["doubled"] > 5 and listener.refused["replayed"] > 2
    )
    await end(task)
    await air.stop()
    assert "band-0001" not in {r.device for r in readings}
    for device in ("band-0002", "band-0003"):
        sequences = [r.sequence for r in readings if r.device == device]
        assert sequences == sorted(set(sequences))  # type: ignore[type-var]


async def test_a_gateway_that_was_killed_hears_again_and_still_refuses_the_past() -> None:
    band = VirtualBand(1, KEYS.key(1), lambda: 1)
    first: list[Reading] = []
    guard = ReplayGuard()
    air = Air([band], port=free_port(), rate_hz=20)
    await air.start()
    _, task = await listen(air.port, first, guard)
    await heard_until(first, lambda r: len(r) > 5)
    await end(task)
    second: list[Reading] = []
    listener, task = await listen(air.port, second, ReplayGuard(guard.take_changes()))
    await heard_until(second, lambda r: len(r) > 5)
    newest = first[-1].sequence
    assert newest is not None
    assert all(r.sequence is not None and r.sequence > newest for r in second)
    await end(task)
    await air.stop()
    assert listener.heard_lately(second[-1].t_ns) == 1


async def test_a_field_that_is_not_there_is_tried_again_and_said() -> None:
    port = free_port()
    readings: list[Reading] = []
    listener, task = await listen(port, readings)
    await heard_until([], lambda _: "no simulated field" in listener.states()[0].error)
    air = Air([VirtualBand(1, KEYS.key(1), lambda: 1)], port=port, rate_hz=20)
    await air.start()
    await heard_until(readings, lambda r: len(r) > 2, within_s=20)
    await end(task)
    await air.stop()


async def test_a_recording_gives_the_same_readings(tmp_path: Path) -> None:
    band = VirtualBand(3, KEYS.key(3), lambda: 42)
    heard = [
        Advertisement(n * 1_000_000, band.address, -60, None, {0xFFFF: payload}, {})
        for n in range(20)
        for payload in band.packets()
    ]
    write_recording(tmp_path / "air.jsonl", heard)
    assert read_recording(tmp_path / "air.jsonl") == heard
    readings: list[Reading] = []
    radio = open_radio(f"replay:{tmp_path / 'air.jsonl'}?pace=off")
    await BandListener([radio], KEYS, ReplayGuard(), readings.append).run()
    assert [r.skips_total for r in readings] == [42] * 20


def test_a_broken_recording_and_a_wrong_spec_say_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "bad.jsonl").write_text('{"t_ns": 1}\n')
    with pytest.raises(PermanentError, match="line 1"):
        read_recording(tmp_path / "bad.jsonl")
    with pytest.raises(PermanentError, match="bleak:"):
        open_radio("carrier-pigeon:1")


async def test_a_field_that_goes_first_does_not_disturb_the_gateway_that_stops() -> None:
    air = Air([VirtualBand(1, KEYS.key(1), lambda: 1)], port=free_port(), rate_hz=20)
    await air.start()
    readings: list[Reading] = []
    listener, task = await listen(air.port, readings)
    await heard_until(readings, lambda r: len(r) > 2)
    await air.stop()
    await heard_until([], lambda _: bool(listener.states()[0].error))
    task.cancel()
    (ended,) = await asyncio.gather(task, return_exceptions=True)
    assert isinstance(ended, asyncio.CancelledError)


async def test_each_receiver_tells_how_strongly_it_heard_a_packet_but_the_reading_comes_once() -> None:
    bands = [VirtualBand(3, KEYS.key(3), lambda: 7)]
    first, second = Air(bands, port=free_port()), Air(bands, port=free_port())
    await first.start()
    await second.start()
    readings: list[Reading] = []
    strengths: list[Strength] = []
    radios = [open_radio(f"virtual:127.0.0.1:{air.port}") for air in (first, second)]
    listener = BandListener(radios, KEYS, ReplayGuard(), readings.append, on_strength=strengths.append)
    task = asyncio.create_task(listener.run())
    async with asyncio.timeout(10.0):
        while len({one.radio for one in strengths}) < 2:
            await asyncio.sleep(0.05)
    assert {one.device for one in strengths} == {"band-0003"}
    assert {one.radio for one in strengths} == {radio.name for radio in radios}
    await end(task)
    await first.stop()
    await second.stop()
