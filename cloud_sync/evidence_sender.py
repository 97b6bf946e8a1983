"""The evidence of single attempts, on a person's request: the lowest in priority, only while nothing else waits for the line."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from typing import TYPE_CHECKING, Final, Protocol

from cloud_sync.contract.codec import encode
from cloud_sync.contract.directives import EvidencePart
from cloud_sync.contract.messages import VERSION
from cloud_sync.errors import LinkLost

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cloud_sync.contract.topics import GatewayIdentity
    from cloud_sync.link import Link

log = logging.getLogger(__name__)

PART_BYTES: Final = 65_536
"""As the contract has it; a minute of an attempt takes 13 to 37 kB (docs/technician.md)."""
MOST_PARTS: Final = 1_000
LOOK_EVERY_S: Final = 5.0


class WantedEvidence(Protocol):
    """The evidence that was asked for, and is not sent yet."""

    async def next(self) -> tuple[str, bytes] | None:
        """The next attempt and its evidence, or `None` when nothing is wanted."""
        ...

    async def sent(self, attempt: str) -> None:
        """All of it has gone out."""
        ...


class EvidenceSender:
    """Sends what is wanted, part by part.

    Args:
        idle: whether the line is free: nothing waits in the outbox, and large things may travel now.

    Attributes:
        parts: sent since the start, repeated ones too.
    """

    def __init__(self, link: Link, identity: GatewayIdentity, wanted: WantedEvidence, idle: Callable[[], bool]) -> None:
        self._link, self._identity, self._wanted, self._idle = link, identity, wanted, idle
        self.parts = 0

    async def run(self) -> None:
        """Send until cancelled. An attempt that is interrupted begins again."""
        while True:
            await self._link.connected()
            if not await self._send_next():
                await asyncio.sleep(LOOK_EVERY_S)

    async def _send_next(self) -> bool:
        try:
            told = await self._wanted.next() if self._idle() else None
            return told is not None and await self._send(*told)
        except Exception:
            # A border: evidence is the last thing for which a lesson should end. It is tried again.
            log.exception("evidence not sent")
            return False

    async def _send(self, attempt: str, evidence: bytes) -> bool:
        try:
            for part in parts_of(attempt, evidence):
                if not self._idle():
                    return False
                await self._link.publish(self._identity.topic("evidence"), encode(part))
                self.parts += 1
        except LinkLost:
            return False
        await self._wanted.sent(attempt)
        log.info("evidence of attempt=%s sent bytes=%d", attempt, len(evidence))
        return True


def parts_of(attempt: str, evidence: bytes) -> Iterator[EvidencePart]:
    """Evidence as messages of the contract; what is larger than it allows (64 MB) is cut off nowhere, but raises `ValueError`."""
    pieces = [evidence[at : at + PART_BYTES] for at in range(0, len(evidence), PART_BYTES)] or [b""]
    if len(pieces) > MOST_PARTS:
        raise ValueError(f"evidence of {len(evidence)} bytes")
    digest = hashlib.sha256(evidence).hexdigest()
    for number, piece in enumerate(pieces):
        yield EvidencePart(VERSION, attempt, number, len(pieces), digest, piece)
