"""Faults between gateway and platform, again and again in one world, and the figures of it."""

from __future__ import annotations

import asyncio
import random
import statistics
import sys
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from simulators.network import FAULTS, conditions_of
from support.brokers import BrokerProcess, free_port
from support.sync_gateway import SyncGateway, sync_gateway, until
from support.sync_world import at_platform, in_journal, platform, world

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@dataclass
class Tally:
    """What came of all trials."""

    trials: int = 0
    events: int = 0
    lost: int = 0
    twice: int = 0
    recovered_s: list[float] = field(default_factory=list)

    def count(self, folder: Path) -> None:
        """Hold what the journal has against what the platform has; `at_platform` fails on a number that stands twice."""
        here, there = in_journal(folder / "gateway.db"), at_platform(folder / "platform.db")
        self.events = len(here)
        self.lost = sum(there.get(seq) != row for seq, row in here.items())
        self.twice = len(there) - len(here.keys() & there.keys())

    def told(self, fault: str) -> str:
        times = sorted(self.recovered_s)
        late = times[min(len(times) - 1, int(0.99 * len(times)))]
        return (
            f"{fault}: trials {self.trials:,}, events {self.events:,}, lost {self.lost}, twice at the platform {self.twice}, "
            f"recovered p50 {statistics.median(times):.2f} s, p99 {late:.2f} s"
        )


async def _drained(gateway: SyncGateway, tally: Tally) -> None:
    began = asyncio.get_running_loop().time()
    await until(lambda: gateway.waiting == 0, within_s=120)
    tally.recovered_s.append(asyncio.get_running_loop().time() - began)
    tally.trials += 1


async def bad_network(folder: Path, broker: BrokerProcess, trials: int, seed: int) -> Tally:
    """A fault of the network, drawn anew each time, in the middle of a lesson."""
    tally, draw = Tally(), random.Random(seed)
    async with world(folder, broker, seed=seed) as w:
        for _ in range(trials):
            w.network.conditions = conditions_of(draw.choice(FAULTS), draw)
            if draw.random() < 0.3:
                w.network.cut()
            for _ in range(draw.randint(1, 8)):
                await w.gateway.write(draw.randint(1, 80))
                await asyncio.sleep(draw.uniform(0.0, 0.1))
            w.network.heal()
            await _drained(w.gateway, tally)
    tally.count(folder)
    return tally


async def killed_broker(folder: Path, broker: BrokerProcess, trials: int, seed: int) -> Tally:
    """`kill -9` of the broker; every second time its disk is lost, too."""
    tally, draw = Tally(), random.Random(seed)
    async with world(folder, broker, seed=seed) as w:
        for trial in range(trials):
            await w.gateway.write(draw.randint(1, 300))
            await asyncio.sleep(draw.uniform(0.0, 0.1))
            broker.kill()
            if trial % 2:
                broker.lose_disk()
            await w.gateway.write(draw.randint(1, 300))
            await asyncio.to_thread(broker.start)
            await _drained(w.gateway, tally)
    tally.count(folder)
    return tally


async def killed_platform(folder: Path, broker: BrokerProcess, trials: int, seed: int) -> Tally:
    """`kill -9` of the platform's process at any moment."""
    tally, draw = Tally(), random.Random(seed)
    async with sync_gateway(folder / "gateway.db", broker.port) as gateway:
        for _ in range(trials):
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-c", "from edge.cli import main; main()", "platform", "--port", str(free_port()),
                "--mqtt", f"mqtt://127.0.0.1:{broker.port}", "--data", str(folder),
                stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
            )  # fmt: skip
            await asyncio.sleep(1.0)
            for _ in range(draw.randint(1, 20)):
                await gateway.write(draw.randint(1, 200))
                await asyncio.sleep(draw.uniform(0.0, 0.05))
            process.kill()
            await process.wait()
            tally.trials += 1
        async with platform(broker.port, folder / "platform.db"):
            await _drained(gateway, tally)
    tally.trials -= 1
    tally.count(folder)
    return tally


async def killed_gateway(folder: Path, broker: BrokerProcess, trials: int, seed: int) -> Tally:
    """`kill -9` of the process that saves and sends, at any moment."""
    tally, draw, total = Tally(), random.Random(seed), 0
    async with platform(broker.port, folder / "platform.db"):
        for _ in range(trials):
            total += 2_000
            said = _size(folder / "says")
            async with _gateway_process(folder, broker.port, total) as process:
                await until(lambda before=said: _size(folder / "says") > before)  # type: ignore[misc]
                await asyncio.sleep(draw.uniform(0.0, 0.6))
                with suppress(ProcessLookupError):
                    process.kill()
            tally.trials += 1
        began = asyncio.get_running_loop().time()
        async with _gateway_process(folder, broker.port, 1) as process:
            assert await process.wait() == 0
        tally.recovered_s.append(asyncio.get_running_loop().time() - began)
    tally.count(folder)
    return tally


def _size(file: Path) -> int:
    return file.stat().st_size if file.exists() else 0


@asynccontextmanager
async def _gateway_process(folder: Path, port: int, total: int) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "tests/support/sync_process.py", str(folder / "gateway.db"), str(port), str(total), str(folder / "says"),
        stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    yield process
    await process.wait()
