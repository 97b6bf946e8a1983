"""An outbox in memory for tests of the uplink, with the same contract as the journal's."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from cloud_sync.contract import messages as msg
from cloud_sync.outbox import Load, Waiting
from cloud_sync.spans import SpanSet, union

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloud_sync.flight import GivenUp, Lane
    from cloud_sync.spans import Spans


def event(seq: int, body: msg.Body | None = None, attempt: str | None = "a1") -> msg.Event:
    return msg.Event(seq, "lesson1", attempt, 1_800_000_000_000 + seq, seq, "boot", True, body or msg.Trip("band"))


def result(official: int) -> msg.Result:
    return msg.Result(
        "pupil1", "rope-60", official, official, 0.98, "band", msg.Counts(official, None), 3, "ab" * 32, 90, 0, None
    )  # fmt: skip


class MemoryOutbox:
    def __init__(self, epoch: str = "epoch1") -> None:
        self.epoch = epoch
        self.since_seq = 0
        self.clocks: tuple[msg.ClockSet, ...] = ()
        self.rows: dict[int, msg.Event] = {}
        self.waiting_seqs: set[int] = set()
        self.dead: dict[int, str] = {}
        self.old_copy: str | None = None
        self._more = asyncio.Condition()

    @property
    def newest_seq(self) -> int:
        return max(self.rows, default=0)

    @property
    def freed_up_to(self) -> int:
        return min(self.waiting_seqs) - 1 if self.waiting_seqs else self.newest_seq

    async def add(self, *events: msg.Event) -> None:
        async with self._more:
            for one in events:
                self.rows[one.seq] = one
                self.waiting_seqs.add(one.seq)
            self._more.notify_all()

    async def pending(self, lane: Lane, out: SpanSet, max_events: int, _max_bytes: int) -> Load:
        wanted = [
            seq for seq in sorted(self.waiting_seqs)
            if seq not in out and (lane == "moments" or (isinstance(self.rows[seq].body, msg.Result) and seq not in self.dead))
        ]  # fmt: skip
        return self._load(wanted[:max_events])

    async def again(self, spans: Spans) -> Load:
        return self._load([seq for low, high in spans for seq in range(low, high + 1) if seq in self.waiting_seqs])

    def _load(self, seqs: list[int]) -> Load:
        gone = [msg.Gone(seq, seq, "dead_letter") for seq in seqs if seq in self.dead]
        events = [self.rows[seq] for seq in seqs if seq not in self.dead]
        return Load(events, gone, union((seq, seq) for seq in seqs))

    async def stored(self, receipts: Sequence[msg.Receipt]) -> None:
        for receipt in receipts:
            here = SpanSet([(1, receipt.stored_up_to), *receipt.also])
            gaps = SpanSet(receipt.gaps)
            self.waiting_seqs = {seq for seq in self.waiting_seqs if seq not in here}
            if receipt is receipts[-1]:
                self.waiting_seqs |= {seq for seq in self.rows if seq in gaps}
            self.dead |= {one.seq: one.reason for one in receipt.refused}

    async def bury(self, given_up: Sequence[GivenUp]) -> None:
        self.dead |= {one.seq: one.reason for one in given_up}

    async def why_old_copy(self, receipt: msg.Receipt) -> str | None:
        return "beyond the newest" if receipt.stored_up_to > self.newest_seq else self.old_copy

    async def begin_epoch(self, _why: str) -> None:
        self.since_seq = self.freed_up_to
        self.epoch += "x"

    async def waiting(self) -> Waiting:
        oldest = min(self.waiting_seqs, default=None)
        return Waiting(len(self.waiting_seqs), self.rows[oldest].t_utc_ms if oldest else None, 0.1, len(self.dead))

    async def wait_for_more(self, after_seq: int) -> None:
        async with self._more:
            await self._more.wait_for(lambda: self.newest_seq > after_seq)
