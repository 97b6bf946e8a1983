"""The door to the platform: rows of the journal become messages of the contract. No name of a pupil passes it."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import time
from typing import TYPE_CHECKING, Any, Final, Literal, assert_never

import msgspec

from cloud_sync.contract import messages as msg
from cloud_sync.outbox import Load, Waiting
from cloud_sync.spans import SpanSet, union
from edge.lesson import changes as ch
from edge.store.dead_letters import MOST_REASON, DeadLetter
from edge.store.errors import RowDamaged, StoreError
from edge.store.journal_row import Boot, row_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from cloud_sync.flight import GivenUp, Lane
    from cloud_sync.spans import Spans
    from edge.store.dead_letters import Why
    from edge.store.journal import Journal, Row

log = logging.getLogger(__name__)

MOST_GONE: Final = 100
"""As many as a batch of the contract has room for."""
BY_A_THREAD: Final = 50
"""More rows than this are translated beside the event loop, which serves pages and bands."""
MOST_CLOCKS: Final = 100
WhyGone = Literal["damaged", "purged", "dead_letter", "earlier_epoch"]


class JournalOutbox:
    """The journal as the uplink sees it: what the platform has not stored yet, oldest first."""

    def __init__(self, journal: Journal, *, utc_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000) -> None:
        self._journal, self._utc_ms = journal, utc_ms

    @property
    def epoch(self) -> str:
        """The random id of the journal file: sequence numbers are unique within it."""
        return self._journal.epoch

    @property
    def since_seq(self) -> int:
        """The numbers of this epoch begin after it."""
        return self._journal.undelivered.since_seq

    @property
    def newest_seq(self) -> int:
        """The newest row."""
        return self._journal.newest_seq

    @property
    def freed_up_to(self) -> int:
        """All rows up to here have left."""
        return self._journal.freed_up_to

    @property
    def clocks(self) -> tuple[msg.ClockSet, ...]:
        """Starts of the machine that wrote rows before their clock was right, and what puts them right; the newest hundred."""
        early = self._journal.early_boots[-MOST_CLOCKS:]
        return tuple(msg.ClockSet(boot.name, boot.utc_offset_ms) for boot in early if boot.utc_offset_ms is not None)

    async def pending(self, lane: Lane, out: SpanSet, max_events: int, max_bytes: int) -> Load:
        """The next events of a lane that are not out, within both bounds (but at least one, if there is one), and what is gone."""
        store = self._journal.undelivered
        wanted = await store.wanted(lane, out, self._journal.newest_seq, max_events)
        load = await self._load(wanted, max_bytes)
        if lane == "results" and load.spans:
            store.results_sent(load.spans[-1][1])
        return load

    async def again(self, spans: Spans) -> Load:
        """What is still to be said about these numbers."""
        delivered = self._journal.undelivered.delivered
        return await self._load(tuple(gap for span in spans for gap in delivered.gaps(*span)), None)

    async def stored(self, receipts: Sequence[msg.Receipt]) -> None:
        """What the platform has in its database, may leave the outbox; what it refused is noted as a dead letter."""
        refused = [one for receipt in receipts for one in receipt.refused]
        newest = max(receipt.stored_up_to for receipt in receipts)
        also = [span for receipt in receipts for span in receipt.also]
        try:
            if refused:
                await self._bury((one.seq, "refused", one.reason) for one in refused)
            await self._journal.free(newest, receipts[-1].gaps, also)
        except (sqlite3.Error, StoreError) as exc:  # the platform says it again; a full disk must not end a lesson
            log.warning("outbox receipt not noted: %s", exc)

    async def bury(self, given_up: Sequence[GivenUp]) -> None:
        """These failed again and again: they wait for a person, and the platform is told that they do not come."""
        await self._bury((one.seq, "given_up", one.reason) for one in given_up)

    async def why_old_copy(self, receipt: msg.Receipt) -> str | None:
        """Why this file must be an old copy of the journal that the platform knows, or `None`."""
        newest = self._journal.newest_seq
        beyond = max([receipt.stored_up_to, *(high for _, high in receipt.also)])
        if beyond > newest:
            return f"the platform has number {beyond}, the newest here is {newest}"
        if receipt.witness_mono_ns is None or receipt.stored_up_to <= self.since_seq:
            return None
        here = await self._journal.mono_ns_at(receipt.stored_up_to)
        if here is not None and here != receipt.witness_mono_ns:
            return f"the platform has another event at number {receipt.stored_up_to}"
        return None

    async def begin_epoch(self, why: str) -> None:
        """What is not delivered gets a new epoch: nothing written since the copy was made is taken for what the platform has."""
        await self._journal.begin_epoch(why)

    async def send_again(self, first: int, last: int) -> int:
        """Put numbers into the outbox again, dead letters too; how many."""
        store = self._journal.undelivered
        first, last = max(first, store.since_seq + 1), min(last, self._journal.newest_seq)
        await store.letters.revive(first, last)
        if first > last:
            return 0
        await store.mark([], [(first, last)])
        return last - first + 1

    async def revive_dead_letters(self) -> int:
        """Put all dead letters into the outbox again that can be sent at all; how many."""
        store = self._journal.undelivered
        revived = await store.letters.revive(1, self._journal.newest_seq)
        await store.mark([], union((seq, seq) for seq in revived))
        return len(revived)

    async def waiting(self) -> Waiting:
        """How much is not delivered."""
        status, store = self._journal.status(), self._journal.undelivered
        oldest = await store.oldest(status.newest_seq)
        return Waiting(status.pending, oldest, status.bytes_used / status.bytes_limit, len(store.letters))

    async def wait_for_more(self, after_seq: int) -> None:
        """Return when there is an event after `after_seq`."""
        await self._journal.wait_for_more(after_seq)

    async def _load(self, wanted: Spans, max_bytes: int | None) -> Load:
        if not wanted:
            return Load((), (), ())
        store = self._journal.undelivered
        rows = await self._journal.outgoing(wanted)
        known = Known(self._journal.boots, store.letters.why, store.earlier, store.since_seq)
        if len(rows) > BY_A_THREAD:
            load, found = await asyncio.to_thread(load_of, rows, wanted, known, max_bytes)
        else:
            load, found = load_of(rows, wanted, known, max_bytes)
        if found:
            self._journal.met_damaged(sum(why == "damaged" for _, why, _ in found))
            await self._bury(found)
        return load

    async def _bury(self, found: Iterable[tuple[int, Why, str]]) -> None:
        now_ms = self._utc_ms()
        letters = [DeadLetter(seq, why, reason, now_ms) for seq, why, reason in found]
        new = await self._journal.undelivered.letters.bury(letters)
        if new:
            log.error("outbox dead_letters=%d first=%d: %s", new, letters[0].seq, letters[0].reason)


class Known(msgspec.Struct, frozen=True):
    """What is known of numbers beside their rows."""

    boots: Mapping[int, Boot]
    letters: Mapping[int, Why]
    earlier: SpanSet
    since_seq: int


def load_of(rows: Sequence[Any], wanted: Spans, known: Known, max_bytes: int | None) -> tuple[Load, list[tuple[int, Why, str]]]:
    """What is to be said about `wanted`, of the rows that are there, and what of it has just turned out to be a dead letter.

    Args:
        rows: as they lie on disk, in order.
        max_bytes: of the bodies; at least one event is taken. `None`: no bound.
    """
    events: list[msg.Event] = []
    gone: list[msg.Gone] = []
    found: list[tuple[int, Why, str]] = []
    used, at = 0, 0
    plain = not known.letters and not known.earlier
    left = iter(rows)
    values = next(left, None)
    for number in (number for low, high in wanted for number in range(low, high + 1)):
        if len(gone) >= MOST_GONE:
            break
        if values is None or values[0] != number:
            _add_gone(gone, number, "earlier_epoch" if number <= known.since_seq or number in known.earlier else "purged")
        elif (why := None if plain and number > known.since_seq else _why_gone(number, known)) is not None:
            _add_gone(gone, number, why)
            values = next(left, None)
        else:
            try:
                event = event_of(row_of(values, known.boots))
            except RowDamaged as exc:
                found.append((number, "damaged", f"{exc}: its bytes are not what was written; look at the disk"))
                _add_gone(gone, number, "damaged")
            except ValueError as exc:
                reason = f"row {number} cannot be read by this version; install the newer one that wrote it ({exc})"
                found.append((number, "untranslatable", reason[:MOST_REASON]))
                _add_gone(gone, number, "dead_letter")
            else:
                used += len(values[8])
                if max_bytes is not None and events and used > max_bytes:
                    break
                events.append(event)
            values = next(left, None)
        at = number
    dealt = tuple((low, min(high, at)) for low, high in wanted if low <= at)
    return Load(events, gone, dealt), found


def _why_gone(seq: int, known: Known) -> WhyGone | None:
    if seq <= known.since_seq or seq in known.earlier:
        return "earlier_epoch"
    why = known.letters.get(seq)
    return None if why is None or why == "refused" else "damaged" if why == "damaged" else "dead_letter"


def _add_gone(gone: list[msg.Gone], seq: int, why: WhyGone) -> None:
    if gone and gone[-1].why == why and gone[-1].last == seq - 1:
        gone[-1] = msg.Gone(gone[-1].first, seq, why)
    else:
        gone.append(msg.Gone(seq, seq, why))


def event_of(row: Row) -> msg.Event:
    """One row as the platform gets it."""
    entry = row.entry
    return msg.Event(
        seq=row.seq,
        lesson=entry.lesson,
        attempt=entry.attempt,
        t_utc_ms=entry.t_utc_ms,
        t_mono_ns=entry.t_mono_ns,
        boot=row.boot,
        clock_ok=row.clock_ok,
        body=body_of(ch.decode(entry.body)),
    )


def body_of(change: ch.Change) -> msg.Body:  # noqa: C901, PLR0912 - one arm a change
    """The contract's words for a change; what concerns the school alone goes out as an empty place in the sequence."""
    match change:
        case ch.LessonOpened():
            pupils = sum(len(heat) for heat in change.heats)
            return msg.LessonOpened(class_id=change.roster, activity=change.activity, pupils=pupils)
        case ch.HeatStarted():
            return msg.HeatStarted(heat=change.heat, starts_utc_ms=change.starts_utc_ms, duration_s=change.duration_s)
        case ch.SkipsCounted():
            return msg.Skips(total=change.total, new_t_mono_ns=change.new_t_ns, source=change.source)
        case ch.TripSeen():
            return msg.Trip(source=change.source)
        case ch.LapCounted():
            return msg.Lap(lap=change.lap, t_mono_ns=change.t_ns, ways=change.ways, by=change.by, doubt=change.doubt)
        case ch.LapRemoved():
            return msg.LapRemoved(lap=change.lap)
        case ch.HeatEnded():
            return msg.HeatEnded(heat=change.heat, reason=change.reason)
        case ch.ResultDecided():
            return _result(change)
        case ch.Corrected():
            return msg.Corrected(count=change.count, reason=change.reason)
        case ch.Undone():
            return msg.Corrected(count=change.count, reason="undone")
        case ch.LessonClosed():
            return msg.LessonClosed()
        case (
            ch.PresenceSet() | ch.HeatShown() | ch.HeatRepeated() | ch.SignalGiven()
            | ch.OrderAsked() | ch.OrderSettled() | ch.RunnerStopped() | ch.FalseStartSeen()
        ):  # fmt: skip
            return msg.Local(what=ch.kind_of(change))
        case _:
            assert_never(change)


def _result(change: ch.ResultDecided) -> msg.Result:
    review = change.review
    return msg.Result(
        pupil=change.pupil,
        activity=change.activity,
        official=change.official,
        live=change.live,
        confidence=change.confidence,
        source=change.source,
        counts=msg.Counts(band=change.counts.get("band"), camera=change.counts.get("camera")),
        events=change.events,
        chain_head=change.chain_head,
        score=change.score,
        bonus=change.bonus,
        review=review.reason if review else None,
        rhythm=msgspec.convert(change.rhythm, msg.Rhythm, from_attributes=True) if change.rhythm else None,
        unit=change.unit,
        laps_ms=change.laps_ms,
    )
