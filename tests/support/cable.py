"""The cable between a gateway and its broker, for tests that are no coroutines: pulled and plugged in."""

from __future__ import annotations

import asyncio
import threading
from typing import Self

from simulators.network import Network


class Cable:
    """A way to a port of this machine, on a loop of its own."""

    def __init__(self, to_port: int) -> None:
        self._network = Network(to_port)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._network.start(), self._loop).result(10)
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._network.stop(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    @property
    def port(self) -> int:
        return self._network.port

    def pull(self) -> None:
        self._loop.call_soon_threadsafe(self._network.cut)

    def plug_in(self) -> None:
        self._loop.call_soon_threadsafe(self._network.heal)
