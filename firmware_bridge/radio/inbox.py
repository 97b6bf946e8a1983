"""What every receiver keeps what it hears in: bounded, the oldest dropped and counted, because fresh news of a band is better."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Final

from firmware_bridge.errors import RadioUnavailable
from firmware_bridge.radio.port import RadioHealth

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from firmware_bridge.radio.port import Advertisement

WAITING: Final = 1_000
"""Two seconds of 50 bands at 10 Hz."""


class Inbox:
    """Filled from callbacks, read by one iterator; ends with `RadioUnavailable` when the receiver has gone."""

    def __init__(self) -> None:
        self._waiting: deque[Advertisement] = deque(maxlen=WAITING)
        self._there = asyncio.Event()
        self._gone: str | None = None
        self._ended = False
        self._heard = self._dropped = 0
        self._last_heard_ns: int | None = None

    @property
    def health(self) -> RadioHealth:
        """For the technician."""
        return RadioHealth(self._heard, self._dropped, self._last_heard_ns)

    def put(self, heard: Advertisement) -> None:
        """Take one in."""
        self._dropped += len(self._waiting) == WAITING
        self._waiting.append(heard)
        self._heard += 1
        self._last_heard_ns = heard.t_ns
        self._there.set()

    def begin(self) -> None:
        """The receiver is there (again)."""
        self._gone, self._ended = None, False

    def gone(self, why: str) -> None:
        """The receiver has gone: readers get `RadioUnavailable` after what waits."""
        self._gone = why
        self._there.set()

    def end(self) -> None:
        """There will be no more, as at the end of a recording: readers stop after what waits."""
        self._ended = True
        self._there.set()

    async def read(self) -> AsyncIterator[Advertisement]:
        """Everything, in order."""
        while True:
            await self._there.wait()
            self._there.clear()
            while self._waiting:
                yield self._waiting.popleft()
            if self._gone is not None:
                raise RadioUnavailable(self._gone)
            if self._ended:
                return


class InboxRadio:
    """What receivers with an inbox share of `Radio`.

    Args:
        name: the spec it was opened by.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._inbox = Inbox()

    @property
    def name(self) -> str:
        """See `Radio`."""
        return self._name

    @property
    def health(self) -> RadioHealth:
        """See `Radio`."""
        return self._inbox.health

    def advertisements(self) -> AsyncIterator[Advertisement]:
        """See `Radio`."""
        return self._inbox.read()
