"""A bad network between two programs on one machine: a TCP proxy whose faults are set by hand, or come from a seed.

The kernel here cannot shape traffic (no netem), and a proxy can do more: it tells a reset in the middle of a packet from a silence.
Whatever goes through goes through whole and in order, as TCP has it, until a fault says otherwise.
"""

from __future__ import annotations

import asyncio
import random
import socket
import struct
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

READ_BYTES: Final = 16_384
ON_THE_WAY_BYTES: Final = 1 << 20
"""What is under way in one direction; beyond it the sender has to wait, as with a full socket."""
LOOK_EVERY_S: Final = 0.02
"""A connection that is frozen looks so often whether it may go on."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """How the network is now.

    Attributes:
        latency_s: one way.
        jitter_s: up to so much more, drawn for each piece; order is kept.
        bytes_per_s: most that goes through in one direction of one connection, or no limit.
        drip_bytes: pieces are cut into so many bytes, or not at all: a message arrives in crumbs.
        reset_after_bytes: a connection is reset, mid-packet, once so many bytes went through it.
        frozen: nothing moves and nothing is closed: a half-open connection.
        swallow_after_bytes: what comes after so many bytes of a connection is taken and never delivered: a black hole.
        refused: new connections are closed at once.
    """

    latency_s: float = 0.0
    jitter_s: float = 0.0
    bytes_per_s: float | None = None
    drip_bytes: int | None = None
    reset_after_bytes: int | None = None
    frozen: bool = False
    swallow_after_bytes: int | None = None
    refused: bool = False

    def __str__(self) -> str:
        """In words, for who watches."""
        late = f"{self.latency_s * 1e3:.0f} ms late" + (f", up to {self.jitter_s * 1e3:.0f} more" if self.jitter_s else "")
        said = [
            late if self.latency_s or self.jitter_s else "",
            f"{self.bytes_per_s / 1e3:.0f} kB a second" if self.bytes_per_s is not None else "",
            f"crumbs of {self.drip_bytes} bytes" if self.drip_bytes is not None else "",
            f"reset after {self.reset_after_bytes:,} bytes" if self.reset_after_bytes is not None else "",
            "frozen" if self.frozen else "",
            f"all after {self.swallow_after_bytes:,} bytes swallowed" if self.swallow_after_bytes is not None else "",
            "nobody gets in" if self.refused else "",
        ]
        return "; ".join(word for word in said if word) or "fine"


FINE: Final = Conditions()
FAULTS: Final = ("latency", "narrow", "drip", "reset", "frozen", "swallow", "refused")


def conditions_of(fault: str, draw: random.Random) -> Conditions:
    """A fault of a kind, its size drawn.

    Raises:
        ValueError: there is no such kind; the text lists what there is.
    """
    match fault:
        case "latency":
            return Conditions(latency_s=draw.uniform(0.05, 0.6), jitter_s=draw.uniform(0.0, 0.4))
        case "narrow":
            return Conditions(latency_s=0.05, bytes_per_s=draw.uniform(4_000, 32_000))
        case "drip":
            return Conditions(drip_bytes=draw.randint(1, 40), latency_s=draw.uniform(0.0, 0.05))
        case "reset":
            return Conditions(reset_after_bytes=draw.randint(1, 6_000))
        case "frozen":
            return Conditions(frozen=True)
        case "swallow":
            return Conditions(swallow_after_bytes=draw.randint(14, 4_000))
        case "refused":
            return Conditions(refused=True)
        case _:
            raise ValueError(f"'{fault}' is no fault of a network: there are {', '.join(FAULTS)}")


def timetable(
    seed: int, seconds: float, faults: Sequence[str] = FAULTS, *, fault_s: float = 4.0, fine_s: float = 6.0
) -> list[tuple[float, Conditions]]:
    """When which conditions begin: faults and fine weather in turn, drawn from a seed; it ends with fine weather.

    Args:
        faults: kinds to draw from.
        fault_s, fine_s: mean length of a fault and of the time between two.
    """
    draw = random.Random(seed)
    table: list[tuple[float, Conditions]] = [(0.0, FINE)]
    at_s = draw.expovariate(1 / fine_s)
    while at_s < seconds:
        table.append((at_s, conditions_of(draw.choice(list(faults)), draw)))
        at_s += draw.expovariate(1 / fault_s)
        table.append((min(at_s, seconds), FINE))
        at_s += draw.expovariate(1 / fine_s)
    return table


@dataclass(slots=True)
class NetworkCounts:
    """What the network did, since the start."""

    connections: int = 0
    refused: int = 0
    reset: int = 0
    bytes_through: int = 0
    bytes_swallowed: int = 0


@dataclass(slots=True, eq=False)
class _Connection:
    """Two sockets that belong together."""

    ends: tuple[asyncio.StreamWriter, asyncio.StreamWriter]
    through: int = 0
    gone: asyncio.Event = field(default_factory=asyncio.Event)

    def reset(self) -> None:
        """Close both ends so that the other side sees a reset, not an orderly end."""
        self.gone.set()
        for end in self.ends:
            sock = end.get_extra_info("socket")
            if sock is not None:
                with suppress(OSError):
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            end.transport.abort()

    def close(self) -> None:
        self.gone.set()
        for end in self.ends:
            end.close()


class Network:
    """The way from a port of this machine to a server, good or bad. `start`, then set `conditions` whenever you like.

    Args:
        port: where to listen on 127.0.0.1; 0 takes a free one, `port` tells which.
        seed: jitter is drawn from it.
    """

    def __init__(self, to_port: int, *, to_host: str = "127.0.0.1", port: int = 0, seed: int = 0) -> None:
        self.port = port
        self.conditions = FINE
        self.counts = NetworkCounts()
        self._to = (to_host, to_port)
        self._draw = random.Random(seed)
        self._open: set[_Connection] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen. Raises `OSError` when the port is taken."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Let go of everything."""
        if self._server is not None:
            self._server.close()
        for one in list(self._open):
            one.reset()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def cut(self) -> None:
        """Pull the cable: what is open is reset, and nobody gets in until `heal`."""
        self.conditions = Conditions(refused=True)
        for one in list(self._open):
            self._reset(one)

    def heal(self) -> None:
        """Fine weather again."""
        self.conditions = FINE

    async def follow(self, table: Sequence[tuple[float, Conditions]]) -> None:
        """Go through a timetable; returns at its end."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        for at_s, conditions in table:
            await asyncio.sleep(max(0.0, began + at_s - loop.time()))
            self.conditions = conditions

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            await self._carry(reader, writer)
        finally:
            self._tasks.discard(task)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.counts.connections += 1
        if self.conditions.refused:
            self.counts.refused += 1
            writer.transport.abort()
            return
        try:
            far_reader, far_writer = await asyncio.open_connection(*self._to)
        except OSError:
            writer.transport.abort()
            return
        for end in (writer, far_writer):
            end.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection = _Connection((writer, far_writer))
        self._open.add(connection)
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(self._one_way(connection, reader, far_writer))
                both.create_task(self._one_way(connection, far_reader, writer))
        except* OSError:
            pass
        finally:
            self._open.discard(connection)
            connection.close()

    async def _one_way(self, connection: _Connection, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        loop = asyncio.get_running_loop()
        pieces: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(ON_THE_WAY_BYTES // READ_BYTES)
        sender = asyncio.ensure_future(self._deliver(connection, pieces, writer))
        due_s = 0.0
        try:
            while not connection.gone.is_set():
                await self._thaw(connection)
                piece = await reader.read(READ_BYTES)
                now = self.conditions
                due_s = max(due_s, loop.time() + now.latency_s + self._draw.uniform(0.0, now.jitter_s))
                await pieces.put((due_s, piece))
                if not piece:
                    break
            await sender
        finally:
            sender.cancel()

    async def _deliver(
        self, connection: _Connection, pieces: asyncio.Queue[tuple[float, bytes]], writer: asyncio.StreamWriter
    ) -> None:
        loop = asyncio.get_running_loop()
        while not connection.gone.is_set():
            due_s, piece = await pieces.get()
            await asyncio.sleep(max(0.0, due_s - loop.time()))
            if not piece:
                connection.close()
                return
            while piece and not connection.gone.is_set():
                await self._thaw(connection)
                piece = await self._push(connection, piece, writer)

    async def _push(self, connection: _Connection, piece: bytes, writer: asyncio.StreamWriter) -> bytes:
        """Let through what may go now; returns what is left of the piece."""
        now = self.conditions
        size = len(piece) if now.drip_bytes is None else min(len(piece), now.drip_bytes)
        if now.swallow_after_bytes is not None and connection.through >= now.swallow_after_bytes:
            self.counts.bytes_swallowed += len(piece)
            return b""
        if now.reset_after_bytes is not None:
            size = min(size, max(0, now.reset_after_bytes - connection.through))
            if size == 0:
                self._reset(connection)
                return b""
        writer.write(piece[:size])
        await writer.drain()
        connection.through += size
        self.counts.bytes_through += size
        if now.bytes_per_s is not None:
            await asyncio.sleep(size / now.bytes_per_s)
        elif now.drip_bytes is not None:
            await asyncio.sleep(0.001)
        return piece[size:]

    def _reset(self, connection: _Connection) -> None:
        self.counts.reset += not connection.gone.is_set()
        connection.reset()

    async def _thaw(self, connection: _Connection) -> None:
        while self.conditions.frozen and not connection.gone.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_EVERY_S):
                    await connection.gone.wait()
