"""Directives out: to gateways that are there, again and again with full jitter, until each is answered or expires."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cloud_sync.contract.codec import encode
from cloud_sync.contract.topics import GatewayIdentity
from cloud_sync.errors import LinkLost
from cloud_sync.platform.directives import AT_ONCE, ask_for_report, due, something_is_due

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from cloud_sync.contract.directives import Directive
    from cloud_sync.link import Link
    from cloud_sync.platform.store import Store

log = logging.getLogger(__name__)

TICK_S: Final = 1.0
"""A directive that a command has put into the table waits this long at most; so many times `AT_ONCE` go out a second."""


@dataclass(slots=True)
class SenderState:
    """Counters; they only grow. `repeated` are among `sent`."""

    sent: int = 0
    lost: int = 0
    reports: int = 0


class Sender:
    """Sends what is due. The link is run by the caller.

    Each gateway that is there is asked once for a report: a platform that was put back from a copy while gateways stayed connected
    learns by it what they call delivered (the status that the broker has kept may be an hour old).
    """

    def __init__(self, link: Link, store: Store) -> None:
        self._link, self._store = link, store
        self._draw = random.Random()  # noqa: S311 - jitter is no secret
        self._asked: set[str] = set()
        self.state = SenderState()

    async def run(self) -> None:
        """Send until cancelled."""
        while True:
            await self._link.connected()
            await self.send_due(time.time_ns() // 1_000_000)
            await asyncio.sleep(TICK_S)

    async def send_due(self, now_ms: int) -> None:
        """Send what is due at this moment."""
        new = await self._store.read(self._not_asked)
        if new:
            await self._store.write(lambda database: _ask(database, new, now_ms))
            self._asked.update(new)
            self.state.reports += len(new)
        if not await self._store.read(lambda database: something_is_due(database, now_ms)):
            return
        for directive in await self._store.write(lambda database: due(database, now_ms, self._draw)):
            await self._send(directive)

    async def _send(self, directive: Directive) -> None:
        try:
            topic = GatewayIdentity(*directive.gateway.split(".", 1)).topic("directive")
            await self._link.publish(topic, encode(directive))
        except LinkLost:
            self.state.lost += 1
            log.info("sender gateway=%s key=%s state=lost", directive.gateway, directive.key)
        else:
            self.state.sent += 1

    def _not_asked(self, database: sqlite3.Connection) -> Sequence[str]:
        there = [gateway for (gateway,) in database.execute("SELECT id FROM gateway WHERE state = 'online' AND NOT revoked")]
        return [gateway for gateway in there if gateway not in self._asked][:AT_ONCE]


def _ask(database: sqlite3.Connection, gateways: Sequence[str], now_ms: int) -> None:
    for gateway in gateways:
        ask_for_report(database, gateway, now_ms)
