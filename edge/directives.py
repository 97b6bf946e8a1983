"""The door from the platform: a directive of the contract becomes rows of the gateway, and has its effect.

What can be stored is stored together with the version, in one transaction. What cannot (rows to be sent again, a report) is done
first and may then be done twice, which harms nothing.
"""

from __future__ import annotations

import logging
import sqlite3
from typing import TYPE_CHECKING, Any, Final, Protocol, assert_never

from cloud_sync.contract import directives as told
from cloud_sync.downlink import DirectiveRefused, NotYet
from cloud_sync.errors import TransientError
from edge.lesson.told_class import ToldClass, ToldPupil
from edge.remote_settings import SettingRefused
from edge.store.directives import Contest, Effect, EvidenceWanted, Homework, Lane, LogRow, PlannedHeat, ToldSetting

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Iterable

    from edge.clock import Clock
    from edge.lesson.session import LessonState
    from edge.lesson.standard import Sex
    from edge.remote_settings import RemoteSettings
    from edge.store.directives import DirectiveStore
    from edge.store.evidence import EvidenceStore
    from edge.store.rosters import Rosters

log = logging.getLogger(__name__)

MOST_KEYS: Final = 20_000
"""A school with 40 classes and homework each week has 1,600 a year."""
LESSON_IDLE_NS: Final = 45 * 60 * 1_000_000_000
"""A lesson in which nothing has happened for as long as a lesson takes is over, also if nobody has closed it."""
SEXES: Final[dict[str, Sex]] = {"m": "male", "f": "female"}


class Room(Protocol):
    """What has to be known of the lesson."""

    @property
    def state(self) -> LessonState | None:
        """The lesson that is open, if any."""
        ...

    @property
    def shape(self) -> int:
        """Grows with changes of the page."""
        ...

    @property
    def pulse(self) -> int:
        """Grows with every change."""
        ...


class LessonUnderWay:
    """Whose lesson is under way: no list of that class changes now."""

    def __init__(self, room: Room, clock: Clock) -> None:
        self._room, self._clock = room, clock
        self._seen: tuple[str, int, int] | None = None
        self._since_ns = 0

    def roster(self) -> str | None:
        """The id of its class, or `None` when there is no lesson, it was closed, or nothing happens in it any more."""
        state = self._room.state
        if state is None or state.closed:
            return None
        seen = (str(state.lesson), self._room.shape, self._room.pulse)
        if seen != self._seen:
            self._seen, self._since_ns = seen, self._clock.monotonic_ns()
        idle = self._clock.monotonic_ns() - self._since_ns >= LESSON_IDLE_NS
        return None if idle and not state.running() else str(state.roster)


class GatewayDirectives:
    """The gateway's side of `cloud_sync.downlink.Directives`.

    Args:
        activities: the activities that this gateway knows, by id.
        lesson: the class whose lesson is under way, or `None`.
        send_again: put numbers of the journal, first to last, into the outbox again.
        report: publish status and telemetry now.
        changed: the pages have to be drawn again.
    """

    def __init__(
        self,
        store: DirectiveStore,
        rosters: Rosters,
        evidence: EvidenceStore,
        settings: RemoteSettings,
        clock: Clock,
        *,
        activities: Collection[str],
        lesson: Callable[[], str | None],
        send_again: Callable[[int, int], Awaitable[object]],
        report: Callable[[], Awaitable[object]],
        changed: Callable[[], None],
    ) -> None:
        self._store, self._rosters, self._evidence, self._settings, self._clock = store, rosters, evidence, settings, clock
        self._activities, self._lesson = activities, lesson
        self._send_again, self._report, self._changed = send_again, report, changed

    def now_ms(self) -> int | None:
        """See `cloud_sync.downlink.Directives`."""
        return self._clock.utc_ms() if self._clock.utc_is_set() else None

    async def newest(self, key: str) -> int:
        """See `cloud_sync.downlink.Directives`."""
        try:
            return await self._store.newest(key)
        except sqlite3.Error as exc:
            raise _not_now(exc) from exc

    async def carry_out(self, directive: told.Directive) -> str:
        """See `cloud_sync.downlink.Directives`."""
        try:
            effect, reason = await self._prepare(directive)
            if await self._store.keys() >= MOST_KEYS and not await self._store.newest(directive.key):
                raise DirectiveRefused(f"{MOST_KEYS} keys are in use")
            await self._store.settle(self._row(directive.key, directive.version, directive.body, "applied", reason), effect)
        except sqlite3.Error as exc:
            raise _not_now(exc) from exc
        return reason if await self._take_effect() else "takes effect after the next start"

    async def _take_effect(self) -> bool:
        """Everything is committed: whatever goes wrong from here on, the next start puts right."""
        try:
            self._settings.take(await self._store.settings())
        except Exception:
            log.exception("settings from afar wait for the next start")
            return False
        finally:
            self._changed()
        return True

    async def answered(self, answer: told.Answer, kind: str) -> None:
        """See `cloud_sync.downlink.Directives`."""
        row = LogRow(self._clock.utc_ms(), answer.key, answer.version, kind, answer.outcome, answer.reason)
        try:
            await self._store.note(row)
        except sqlite3.Error as exc:  # the list is for people: a full disk holds up no answer
            log.warning("directive=%s not noted: %s", answer.key, exc)

    async def _prepare(self, directive: told.Directive) -> tuple[Effect | None, str]:  # noqa: C901 - one arm a directive
        """What is to be stored, and what to say of it; what cannot be stored is done."""
        body = directive.body
        await self._refuse_under_lesson(directive)
        match body:
            case told.Roster():
                return told_class(body), ""
            case told.Assignment():
                self._known_activity(body.activity)
                _once("pupil", body.pupils)
                return Homework(body.class_id, body.pupils, body.activity, body.goal, body.due_utc_ms), ""
            case told.ContestPlan():
                self._known_activity(body.activity)
                return contest(body), ""
            case told.Setting():
                return self._setting(body)
            case told.Withdrawn():
                return None, ""
            case told.SendAgain():
                if body.last < body.first:
                    raise DirectiveRefused(f"last ({body.last}) is before first ({body.first})")
                await self._send_again(body.first, body.last)
                return None, ""
            case told.SendEvidence():
                if await self._evidence.get(body.attempt) is None:
                    raise DirectiveRefused("there is no evidence of this attempt, or no longer")
                return EvidenceWanted(body.attempt), ""
            case told.Report():
                try:
                    await self._report()
                except TransientError as exc:
                    raise NotYet(str(exc)) from exc
                return None, ""
            case _:
                assert_never(body)

    async def _refuse_under_lesson(self, directive: told.Directive) -> None:
        """A class list never changes under its lesson: neither a new one nor one that goes."""
        going = self._lesson()
        if going is None:
            return
        touched = await self._rosters.ids_of_key(directive.key)
        if isinstance(directive.body, told.Roster):
            touched |= {directive.body.class_id} | await self._rosters.ids_of_class(directive.body.class_name)
        if going in touched:
            raise NotYet("a lesson of this class is under way")

    def _known_activity(self, activity: str) -> None:
        if activity not in self._activities:
            raise DirectiveRefused(f"this gateway has no activity '{activity}'")

    def _setting(self, body: told.Setting) -> tuple[Effect | None, str]:
        try:
            self._settings.check(body.name, body.value)
        except SettingRefused as exc:
            raise DirectiveRefused(str(exc)) from exc
        reason = "takes effect after the next start" if self._settings.waits(body.name) else ""
        return (None if body.value is None else ToldSetting(body.name, body.value)), reason

    def _row(self, key: str, version: int, body: told.DirectiveBody, outcome: Any, reason: str) -> LogRow:
        return LogRow(self._clock.utc_ms(), key, version, str(body.__struct_config__.tag), outcome, reason)


class EvidenceOnRequest:
    """The evidence that was asked for; see `cloud_sync.evidence_sender.WantedEvidence`. Signals and poses, never pictures."""

    def __init__(self, store: DirectiveStore, evidence: EvidenceStore) -> None:
        self._store, self._evidence = store, evidence

    async def next(self) -> tuple[str, bytes] | None:
        """See `cloud_sync.evidence_sender.WantedEvidence`."""
        while (attempt := await self._store.evidence_wanted()) is not None:
            kept = await self._evidence.get(attempt)
            if kept is not None:
                return attempt, kept.body
            await self._store.evidence_sent(attempt)  # its life was over in the meantime
        return None

    async def sent(self, attempt: str) -> None:
        """See `cloud_sync.evidence_sender.WantedEvidence`."""
        await self._store.evidence_sent(attempt)


def told_class(body: told.Roster) -> ToldClass:
    """A class list of the contract; raises `DirectiveRefused` where something is there twice."""
    _once("pupil", [one.pupil for one in body.pupils])
    _once("number", [one.number for one in body.pupils])
    _once("band", [one.band for one in body.pupils if one.band is not None])
    _once("station", [one.station for one in body.pupils if one.station is not None])
    pupils = tuple(ToldPupil(p.pupil, p.number, SEXES[p.sex], p.grade, p.band, p.station) for p in body.pupils)
    return ToldClass(body.class_id, body.class_name, pupils)


def contest(body: told.ContestPlan) -> Contest:
    """A contest of the contract; raises `DirectiveRefused` where something is there twice."""
    _once("heat", [heat.heat for heat in body.heats])
    for heat in body.heats:
        _once(f"station of heat {heat.heat}", [lane.station for lane in heat.lanes])
        _once(f"pupil of heat {heat.heat}", [lane.pupil for lane in heat.lanes])
    heats = tuple(
        PlannedHeat(heat.heat, heat.starts_utc_ms, heat.nonce, tuple(Lane(lane.station, lane.pupil) for lane in heat.lanes))
        for heat in body.heats
    )
    return Contest(body.contest, body.title, body.activity, heats)


def _once(what: str, values: Iterable[object]) -> None:
    seen: set[object] = set()
    for value in values:
        if value in seen:
            raise DirectiveRefused(f"{what} {value} is there twice")
        seen.add(value)


def _not_now(exc: sqlite3.Error) -> Exception:
    """A wrong statement is a fault of the program; all else is the disk's, and passes."""
    broken = isinstance(exc, sqlite3.IntegrityError | sqlite3.ProgrammingError)
    return exc if broken else NotYet(f"the store: {exc}")
