"""The state of the lesson, and the only way to change it: decided on the newest state, written, and only then applied.

What the pages show is therefore never more than what a restart would bring back.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import msgspec

from edge.lesson import changes as ch
from edge.lesson import session
from edge.store.journal import Entry

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge.clock import Clock
    from edge.lesson.session import LessonState
    from edge.store.journal import Journal, Row

MOMENTS = ch.SkipsCounted | ch.TripSeen | ch.LapCounted | ch.LapRemoved
"""Changes that alter no more than a number on a tile."""


class LessonLog:
    """The lesson in the journal, and in memory.

    Attributes:
        lock: who decides on the state and commits what follows holds it.
        state: the lesson as committed, or `None` before the first.
        pulse: grows with every change.
        shape: grows with every change that alters more than a number on a tile.
        turned: set with every change of `shape`: when the lesson goes on by itself may have changed.
    """

    def __init__(self, journal: Journal, clock: Clock) -> None:
        self._journal, self._clock = journal, clock
        self.lock = asyncio.Lock()
        self.state: LessonState | None = None
        self.pulse = 0
        self.shape = 0
        self.turned = asyncio.Event()

    def lesson(self) -> LessonState:
        """The lesson that is open, or was last. Raises `Refused` when there is none."""
        if self.state is None:
            raise session.Refused("no_lesson", "还没有开始上课，请先选班级", "No lesson is open: choose a class first")
        return self.state

    async def commit(self, changes: Sequence[ch.Change]) -> None:
        """Write changes to the journal, then apply them. The caller holds the lock."""
        if not changes:
            return
        now_ns, now_ms = self._clock.monotonic_ns(), self._clock.utc_ms()
        await self._journal.append([self._entry(change, now_ns, now_ms) for change in changes])
        for change in changes:
            self.state = session.apply(self.state, change, now_ms)
        self.pulse += 1
        if any(not isinstance(change, MOMENTS) for change in changes):
            self.shape += 1
            self.turned.set()

    async def restore(self) -> None:
        """Take the newest lesson of the journal up again."""
        lesson = await self._journal.newest_lesson()
        if lesson is not None:
            rows = await self._journal.lesson(lesson)
            self.state = session.fold([(on_this_clock(row, self._clock), row.entry.t_utc_ms) for row in rows])

    async def chain(self, attempt: ch.AttemptId) -> tuple[int, bytes]:
        """How many rows an attempt has, and the head of their chain."""
        return await self._journal.attempt_chain(attempt)

    def _entry(self, change: ch.Change, now_ns: int, now_ms: int) -> Entry:
        lesson = change.lesson if isinstance(change, ch.LessonOpened) else self.lesson().lesson
        return Entry(ch.kind_of(change), lesson, ch.attempt_of(change), now_ms, now_ns, ch.encode(change))


def on_this_clock(row: Row, clock: Clock) -> ch.Change:
    """A change whose monotonic times were of an earlier start of the machine, moved to this one by the wall clock."""
    change = ch.decode(row.entry.body)
    if row.boot == clock.boot:
        return change
    shift_ns = (clock.monotonic_ns() - row.entry.t_mono_ns) - (clock.utc_ms() - row.entry.t_utc_ms) * 1_000_000
    match change:
        case ch.HeatStarted():
            return msgspec.structs.replace(change, starts_mono_ns=change.starts_mono_ns + shift_ns)
        case ch.HeatEnded():
            return msgspec.structs.replace(change, ends_mono_ns=change.ends_mono_ns + shift_ns)
        case ch.LapCounted():
            return msgspec.structs.replace(change, t_ns=change.t_ns + shift_ns)
        case ch.OrderAsked():
            return msgspec.structs.replace(change, crossings_ns=tuple(t_ns + shift_ns for t_ns in change.crossings_ns))
        case ch.SkipsCounted():
            return msgspec.structs.replace(change, new_t_ns=tuple(t_ns + shift_ns for t_ns in change.new_t_ns))
        case _:
            return change
