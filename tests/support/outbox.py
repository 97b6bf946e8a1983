"""An outbox in memory for tests of the uplink, with the same contract as the journal's."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from cloud_sync.contract import messages as msg

if TYPE_CHECKING:
    from collections.abc import Sequence


def event(seq: int, body: msg.Body | None = None, attempt: str | None = "a1") -> msg.Event:
    return msg.Event(seq, "lesson1", attempt, 1_800_000_000_000 + seq, seq, "boot", True, body or msg.Trip("band"))


def result(official: int) -> msg.Result:
    return msg.Result(
        "pupil1", "rope-60", official, official, 0.98, "band", msg.Counts(official, None), 3, "ab" * 32, 90, 0, None
    )  # fmt: skip


class MemoryOutbox:
    def __init__(self, epoch: str = "epoch1") -> None:
        self.epoch = epoch
        self.rows: dict[int, msg.Event] = {}
        self.waiting: set[int] = set()
        self._more = asyncio.Condition()

    @property
    def freed_up_to(self) -> int:
        return min(self.waiting) - 1 if self.waiting else max(self.rows, default=0)

    async def add(self, *events: msg.Event) -> None:
        async with self._more:
            for one in events:
                self.rows[one.seq] = one
                self.waiting.add(one.seq)
            self._more.notify_all()

    async def pending(self, after_seq: int, max_events: int, _max_bytes: int) -> Sequence[msg.Event]:
        return [self.rows[seq] for seq in sorted(self.waiting) if seq > after_seq][:max_events]

    async def stored(self, up_to: int, gaps: Sequence[tuple[int, int]]) -> None:
        missing = {seq for low, high in gaps for seq in range(low, high + 1)}
        self.waiting = {seq for seq in self.rows if (seq > up_to and seq in self.waiting) or seq in missing}

    async def wait_for_more(self, after_seq: int) -> None:
        async with self._more:
            await self._more.wait_for(lambda: max(self.rows, default=0) > after_seq)
