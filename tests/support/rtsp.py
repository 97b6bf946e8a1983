"""A small RTSP camera for tests: JPEGs in RTP (RFC 2435) inside the RTSP connection (RFC 2326, 10.12), stamps as it is told."""

from __future__ import annotations

import asyncio
import struct
import time
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

PIECE_BYTES = 1400
CLOCK_HZ = 90_000


class RtspCamera:
    """Sends pictures at `rate_hz` as long as it is on.

    Args:
        pictures: baseline JPEGs, 4:2:0, sides divisible by 16.
        stamp_s: the camera's clock.
        late_s: how late each picture is sent; the next ones are not, for that.
    """

    def __init__(
        self,
        pictures: list[bytes],
        rate_hz: float = 25.0,
        stamp_s: Callable[[], float] = time.monotonic,
        late_s: Callable[[], float] = float,
    ) -> None:
        self._pictures, self._rate_hz = [_split(jpeg) for jpeg in pictures], rate_hz
        self.stamp_s, self._late_s = stamp_s, late_s
        self._visitors: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None
        self.port = 0

    @property
    def url(self) -> str:
        return f"rtsp://127.0.0.1:{self.port}/field"

    async def on(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def off(self) -> None:
        assert self._server is not None
        self._server.close()
        for visitor in self._visitors:
            visitor.close()
        self._visitors.clear()
        await asyncio.sleep(0.1)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._visitors.add(writer)
        playing: asyncio.Task[None] | None = None
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while True:
                request = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                # What the viewer tells of its reception comes between its requests.
                request = request[request.rfind("\r\n$") + 1 :] if request.startswith("$") else request
                method = request.split()[0]
                sequence = next(line.split(":")[1].strip() for line in request.split("\r\n") if line.lower().startswith("cseq"))
                writer.write(self._answer(method, sequence))
                await writer.drain()
                if method == "PLAY" and playing is None:
                    playing = asyncio.create_task(self._play(writer))
        if playing is not None:
            playing.cancel()
        writer.close()

    def _answer(self, method: str, sequence: str) -> bytes:
        more, body = "", ""
        if method == "OPTIONS":
            more = "Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN\r\n"
        elif method == "DESCRIBE":
            body = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=field\r\nt=0 0\r\nm=video 0 RTP/AVP 26\r\na=control:track\r\n"
            more = f"Content-Type: application/sdp\r\nContent-Base: {self.url}/\r\nContent-Length: {len(body)}\r\n"
        elif method == "SETUP":
            more = "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\nSession: 1\r\n"
        elif method == "PLAY":
            more = "Session: 1\r\nRange: npt=0.000-\r\n"
        return f"RTSP/1.0 200 OK\r\nCSeq: {sequence}\r\n{more}\r\n{body}".encode()

    async def _play(self, writer: asyncio.StreamWriter) -> None:
        number, next_s = 0, time.monotonic()
        with suppress(ConnectionError):
            while True:
                for head, scan in self._pictures:
                    await asyncio.sleep(max(0.0, next_s - time.monotonic()) + self._late_s())
                    stamp = round(self.stamp_s() * CLOCK_HZ) % (1 << 32)
                    for offset in range(0, len(scan), PIECE_BYTES):
                        piece, last = scan[offset : offset + PIECE_BYTES], offset + PIECE_BYTES >= len(scan)
                        rtp = struct.pack(">BBHII", 0x80, 26 | (0x80 if last else 0), number % 65_536, stamp, 0x1234)
                        jpeg = struct.pack(">I", offset) + head[:4] + (head[4:] if offset == 0 else b"")
                        payload = rtp + jpeg + piece
                        writer.write(struct.pack(">cBH", b"$", 0, len(payload)) + payload)
                        number += 1
                    await writer.drain()
                    next_s += 1 / self._rate_hz


def _split(jpeg: bytes) -> tuple[bytes, bytes]:
    """The RTP header's part that tells of the picture (type, Q, width, height, tables), and the scan."""
    at, tables, width, height = 2, b"", 0, 0
    while True:
        marker, length = struct.unpack(">HH", jpeg[at : at + 4])
        body = jpeg[at + 4 : at + 2 + length]
        if marker == 0xFFDB:
            tables += b"".join(body[1 + i : 65 + i] for i in range(0, len(body), 65))
        elif marker == 0xFFC0:
            height, width = struct.unpack(">HH", body[1:5])
            assert body[7] == 0x22, "4:2:0"
        at += 2 + length
        if marker == 0xFFDA:
            break
    head = struct.pack(">BBBB", 1, 255, width // 8, height // 8) + struct.pack(">BBH", 0, 0, len(tables)) + tables
    return head, jpeg[at:].removesuffix(b"\xff\xd9")
