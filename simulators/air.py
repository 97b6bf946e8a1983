"""The air of a simulated field: virtual bands advertise in it, and a gateway listens by HCI over TCP, with a controller of its own.

bumble sends every advertisement to every controller, which grows with the square of the bands; here only listeners get it.
"""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING, Any, Final

from bumble import ll
from bumble.controller import Controller
from bumble.hci import Address
from bumble.link import LocalLink
from bumble.transport.tcp_server import open_tcp_server_transport

from simulators.band import advertising_data

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simulators.band import VirtualBand

RATE_HZ: Final = 4.5
"""4 to 5 advertisements a second and band, jittered: more lose more to collisions (docs/decisions/0002)."""
ADVERTISING_JITTER_S: Final = 0.010
"""The specification's advDelay: 0 to 10 ms, drawn anew each time."""


class Air:
    """Bands on the air at `127.0.0.1:port`, until `stop`."""

    def __init__(self, bands: Sequence[VirtualBand], *, port: int = 7801, rate_hz: float = RATE_HZ, seed: int = 0) -> None:
        self.bands, self.port = list(bands), port
        self._interval_s = 1.0 / rate_hz
        self._draw = random.Random(seed)
        self._link = LocalLink()  # type: ignore[no-untyped-call] # bumble leaves this one untyped
        self._transport: Any = None
        self._tasks: list[asyncio.Task[None]] = []
        self.sent = 0

    async def start(self) -> None:
        """Serve the controller and switch the bands on."""
        self._transport = await open_tcp_server_transport(f"127.0.0.1:{self.port}")
        Controller(
            "gateway", host_source=self._transport.source, host_sink=self._transport.sink, link=self._link,
            public_address="F0:F0:F0:F0:F0:F0",
        )  # fmt: skip
        self._tasks = [asyncio.create_task(self._advertise(band), name=f"band[{band.number}]") for band in self.bands]

    async def stop(self) -> None:
        """Switch everything off."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._transport is not None:
            # bumble closes neither its listening socket nor the connection.
            if self._transport.sink.transport is not None:
                self._transport.sink.transport.close()
            self._transport.server.close()
            await self._transport.server.wait_closed()
            await self._transport.close()

    async def _advertise(self, band: VirtualBand) -> None:
        address = Address(band.address)
        await asyncio.sleep(self._draw.uniform(0, self._interval_s))
        while True:
            for payload in band.packets():
                self._send(address, advertising_data(payload))
            await asyncio.sleep(self._interval_s + self._draw.uniform(0, ADVERTISING_JITTER_S))

    def _send(self, address: Address, data: bytes) -> None:
        pdu = ll.AdvInd(advertiser_address=address, data=data)
        for controller in self._link.controllers:
            if controller.le_scan_enable:
                controller.on_ll_advertising_pdu(pdu)
        self.sent += 1
