"""The door to the platform: rows of the journal become messages of the contract. No name of a pupil passes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

import msgspec

from cloud_sync.contract import messages as msg
from edge.lesson import changes as ch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge.store.journal import Journal, Row


class JournalOutbox:
    """The journal as the uplink sees it: what the platform has not stored yet, oldest first."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    @property
    def epoch(self) -> str:
        """The random id of the journal file: sequence numbers are unique within it."""
        return self._journal.epoch

    @property
    def freed_up_to(self) -> int:
        """All rows up to here have left."""
        return self._journal.freed_up_to

    async def pending(self, after_seq: int, max_events: int, max_bytes: int) -> Sequence[msg.Event]:
        """The next events after a sequence number, not more than the two bounds (but at least one, if there is one)."""
        return [event_of(row) for row in await self._journal.pending(after_seq, max_events, max_bytes)]

    async def stored(self, up_to: int, gaps: Sequence[tuple[int, int]]) -> None:
        """The platform has these in its database: they may leave the outbox."""
        await self._journal.free(up_to, gaps)

    async def wait_for_more(self, after_seq: int) -> None:
        """Return when there is an event after `after_seq`."""
        await self._journal.wait_for_more(after_seq)


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
