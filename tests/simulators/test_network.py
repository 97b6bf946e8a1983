"""The bad network: whole and in order while it is fine, and each fault as it says."""

from __future__ import annotations

import asyncio
import random
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from simulators.network import FAULTS, FINE, Conditions, Network, conditions_of, timetable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

TEXT = random.Random(5).randbytes(300_000)


@asynccontextmanager
async def echo_behind_a_network(conditions: Conditions = FINE) -> AsyncIterator[Network]:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while piece := await reader.read(4_096):
            writer.write(piece)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    network = Network(server.sockets[0].getsockname()[1], seed=1)
    await network.start()
    network.conditions = conditions
    try:
        yield network
    finally:
        await network.stop()
        server.close()


async def sent_and_back(network: Network, text: bytes, within_s: float = 10.0) -> bytes:
    """What comes back of a text until as much has come, or the connection ends, or the time is over."""
    reader, writer = await asyncio.open_connection("127.0.0.1", network.port)
    back = b""
    try:
        async with asyncio.timeout(within_s):
            writer.write(text)
            while len(back) < len(text) and (piece := await reader.read(65_536)):
                back += piece
    except TimeoutError:
        pass
    finally:
        writer.transport.abort()
    return back


async def test_all_goes_through_whole_and_in_order() -> None:
    async with echo_behind_a_network() as network:
        assert await sent_and_back(network, TEXT) == TEXT
        assert network.counts.bytes_through == 2 * len(TEXT)


@pytest.mark.parametrize(
    "conditions",
    [Conditions(latency_s=0.02, jitter_s=0.05), Conditions(drip_bytes=700), Conditions(bytes_per_s=2e6)],
    ids=["late", "in crumbs", "narrow"],
)
async def test_a_slow_network_loses_nothing(conditions: Conditions) -> None:
    async with echo_behind_a_network(conditions) as network:
        assert await sent_and_back(network, TEXT[:100_000]) == TEXT[:100_000]


async def test_a_reset_comes_in_the_middle() -> None:
    async with echo_behind_a_network(Conditions(reset_after_bytes=1_000)) as network:
        with pytest.raises(ConnectionResetError):
            await sent_and_back(network, TEXT)
        assert network.counts.reset == 1
        assert network.counts.bytes_through <= 1_000


async def test_a_black_hole_takes_everything_and_closes_nothing() -> None:
    async with echo_behind_a_network(Conditions(swallow_after_bytes=0)) as network:
        assert await sent_and_back(network, b"hello", within_s=0.3) == b""
        assert network.counts.bytes_swallowed == 5


async def test_a_frozen_connection_goes_on_where_it_stopped() -> None:
    async with echo_behind_a_network(Conditions(frozen=True)) as network:
        waiting = asyncio.ensure_future(sent_and_back(network, TEXT))
        await asyncio.sleep(0.2)
        assert network.counts.bytes_through == 0
        network.heal()
        assert await waiting == TEXT


async def test_a_pulled_cable_ends_what_is_open_and_lets_nobody_in() -> None:
    async with echo_behind_a_network() as network:
        reader, writer = await asyncio.open_connection("127.0.0.1", network.port)
        writer.write(b"before")
        assert await reader.readexactly(6) == b"before"
        network.cut()
        with pytest.raises(ConnectionError):
            await reader.readexactly(1)
        with pytest.raises(ConnectionError):
            await sent_and_back(network, b"after")
        network.heal()
        assert await sent_and_back(network, b"after") == b"after"
        assert (network.counts.reset, network.counts.refused) == (1, 1)


async def test_a_timetable_is_followed() -> None:
    async with echo_behind_a_network() as network:
        following = asyncio.ensure_future(network.follow([(0.0, Conditions(refused=True)), (0.2, FINE)]))
        await asyncio.sleep(0.05)
        assert network.conditions.refused
        await following
        assert network.conditions is FINE


def test_a_seed_gives_the_same_faults_and_the_end_is_fine() -> None:
    table = timetable(7, 600)
    assert table == timetable(7, 600)
    assert table != timetable(8, 600)
    assert table[-1][1] is FINE
    assert [at_s for at_s, _ in table] == sorted(at_s for at_s, _ in table)
    assert sum(conditions is not FINE for _, conditions in table) > 20, "ten seconds a round in ten minutes"


def test_every_fault_has_its_conditions_and_others_are_named() -> None:
    for fault in FAULTS:
        assert conditions_of(fault, random.Random(1)) != FINE
    with pytest.raises(ValueError, match="latency, narrow, drip"):
        conditions_of("rain", random.Random(1))


def test_conditions_say_what_they_are() -> None:
    assert str(FINE) == "fine"
    assert str(Conditions(latency_s=0.3, drip_bytes=7)) == "300 ms late; crumbs of 7 bytes"
    assert all(str(conditions_of(fault, random.Random(2))) != "fine" for fault in FAULTS)
