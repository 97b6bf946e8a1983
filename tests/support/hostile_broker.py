"""A broker that means harm, or is broken: it speaks enough MQTT 3.1.1 to be let in, and then does one thing wrong.

Set `mode` at any time; connections that are open are ended by `kick`. In the mode `honest` it also answers batches with receipts,
as a platform behind it would.
"""

from __future__ import annotations

import asyncio
import random
import struct
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from cloud_sync.contract.codec import decode, encode
from cloud_sync.contract.messages import Batch, Receipt, Status

if TYPE_CHECKING:
    from collections.abc import Callable

CONNECT, CONNACK, PUBLISH, PUBACK, SUBSCRIBE, SUBACK, PINGREQ, PINGRESP = 1, 2, 3, 4, 8, 9, 12, 13
MODES: Final = (
    "malformed length", "wrong packet ids", "acknowledges the unsent", "oversize", "topic is no text", "flood", "qos 2 again",
    "rubbish", "closes at once", "never answers", "forged epoch", "absurd spans", "receipt is no JSON", "future packet type",
)  # fmt: skip


def packet(kind: int, body: bytes, flags: int = 0) -> bytes:
    """One control packet."""
    left, length = len(body), b""
    while True:
        left, digit = divmod(left, 128)
        length += bytes([digit | (0x80 if left else 0)])
        if not left:
            return bytes([kind << 4 | flags]) + length + body


def publish(topic: bytes, payload: bytes, packet_id: int = 1, *, qos: int = 1) -> bytes:
    return packet(PUBLISH, struct.pack("!H", len(topic)) + topic + struct.pack("!H", packet_id) + payload, qos << 1)


class HostileBroker:
    def __init__(self, gateway: str = "school.field", seed: int = 0) -> None:
        self.mode = "honest"
        self.port = 0
        self.batches = 0
        self.connects = 0
        self.stored_up_to = 0
        self._stored: set[int] = set()
        self._root = f"touchline/v1/{gateway}".encode()
        self._draw = random.Random(seed)
        self._writers: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        self.kick()
        if self._server is not None:
            self._server.close()

    def kick(self) -> None:
        for writer in self._writers:
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        self.connects += 1
        with suppress(asyncio.IncompleteReadError, OSError):
            if self.mode == "closes at once":
                return
            while True:
                kind, body = await self._read(reader)
                if self.mode == "never answers":
                    continue
                writer.write(self._answer(kind, body))
                await writer.drain()
        self._writers.discard(writer)
        writer.close()

    async def _read(self, reader: asyncio.StreamReader) -> tuple[int, bytes]:
        kind = (await reader.readexactly(1))[0]
        length, shift = 0, 0
        while True:
            digit = (await reader.readexactly(1))[0]
            length |= (digit & 0x7F) << shift
            shift += 7
            if not digit & 0x80:
                return kind, await reader.readexactly(length)

    def _answer(self, kind: int, body: bytes) -> bytes:
        match kind >> 4:
            case 1:
                return packet(CONNACK, b"\0\0")
            case 8:
                codes = bytes(self._filters(body))
                return packet(SUBACK, body[:2] + codes) + self._harm()
            case 12:
                return packet(PINGRESP, b"")
            case 3:
                return self._published(kind, body)
            case _:
                return b""

    @staticmethod
    def _filters(body: bytes) -> list[int]:
        at, granted = 2, []
        while at < len(body):
            (length,) = struct.unpack_from("!H", body, at)
            at += 2 + length + 1
            granted.append(1)
        return granted

    def _published(self, kind: int, body: bytes) -> bytes:
        (length,) = struct.unpack_from("!H", body)
        topic = body[2 : 2 + length]
        if not kind & 0x06:
            return b""
        (packet_id,) = struct.unpack_from("!H", body, 2 + length)
        if self.mode == "wrong packet ids":
            return packet(PUBACK, struct.pack("!H", packet_id ^ 0x5555 or 1))
        answer = packet(PUBACK, struct.pack("!H", packet_id))
        if topic.endswith(b"/events"):
            self.batches += 1
            batch = decode(Batch, body[4 + length :])
            if self.mode == "honest":
                self._take(batch)
                answer += self._receipt(encode(Receipt(1, batch.epoch, self.stored_up_to, ())))
        elif topic.endswith(b"/status") and self.mode == "honest":  # a platform answers it, too
            status = decode(Status, body[4 + length :])
            answer += self._receipt(encode(Receipt(1, status.epoch, self.stored_up_to, ())))
        return answer + self._harm()

    def _take(self, batch: Batch) -> None:
        """As a platform does: whole up to the first number that is missing."""
        self._stored |= {event.seq for event in batch.events}
        self._stored |= {seq for gone in batch.gone for seq in range(gone.first, gone.last + 1)}
        while self.stored_up_to + 1 in self._stored:
            self.stored_up_to += 1

    def _receipt(self, payload: bytes) -> bytes:
        return publish(self._root + b"/receipt", payload, self._draw.randrange(1, 65_536))

    def _harm(self) -> bytes:
        harms: dict[str, Callable[[], bytes]] = {
            "malformed length": lambda: b"\x30\xff\xff\xff\xff\xff\xff\x01",
            "acknowledges the unsent": lambda: b"".join(packet(PUBACK, struct.pack("!H", n)) for n in range(20_000, 20_200)),
            "oversize": lambda: b"\x32\xff\xff\xff\x7f" + struct.pack("!H", 10) + bytes(4 << 20),
            "topic is no text": lambda: publish(b"\xff\xfe\xc0/receipt", b"{}"),
            "flood": lambda: self._receipt(b'{"v":1,"epoch":"other","stored_up_to":9,"gaps":[]}') * 5_000,
            "qos 2 again": lambda: publish(self._root + b"/receipt", b"{}", 7, qos=2) * 50,
            "rubbish": lambda: self._draw.randbytes(300),
            "forged epoch": lambda: self._receipt(encode(Receipt(1, "other", 2**50, ()))),
            "absurd spans": lambda: self._receipt(b'{"v":1,"epoch":"epoch1","stored_up_to":-7,"gaps":[[9,1],[0,0]],"window":0}'),
            "receipt is no JSON": lambda: self._receipt(b"\x00" * 40) + self._receipt(b"[" * 10_000),
            "future packet type": lambda: b"\xf0\x00" + b"\x00\x02ab",
        }
        return harms.get(self.mode, lambda: b"")()
