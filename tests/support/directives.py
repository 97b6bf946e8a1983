"""Directives for tests, and a gateway's side of them with everything real but the lesson and the way to the platform."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from cloud_sync.contract import directives as told
from edge.directives import GatewayDirectives
from edge.lesson.activity import activities
from edge.remote_settings import RemoteSettings
from edge.settings import Settings
from edge.store.directives import DirectiveStore
from edge.store.evidence import EvidenceStore
from edge.store.rosters import Rosters

if TYPE_CHECKING:
    from edge.store.database import Database

US = "school.field"
NOW_MS = 1_800_000_000_000


def directive(key: str, version: int, body: told.DirectiveBody, *, gateway: str = US, expires: int | None = None) -> told.Directive:
    return told.Directive(1, gateway, key, version, NOW_MS, expires, body)


def roster(*numbers: int, class_id: str = "c43", class_name: str = "4-3", band: int | None = None) -> told.Roster:
    pupils = tuple(told.RosterPupil(f"{class_id}-p{n}", n, "f" if n % 2 else "m", 4, band) for n in numbers)
    return told.Roster(class_id, class_name, pupils)


def homework(goal: int = 120, activity: str = "rope-60", class_id: str = "c43") -> told.Assignment:
    return told.Assignment(class_id, (), activity, goal, NOW_MS + 86_400_000)


def contest(title: str = "City cup", *heats: int) -> told.ContestPlan:
    lanes = (told.Lane(1, "c43-p1"), told.Lane(2, "c43-p2"))
    planned = tuple(told.PlannedHeat(n, NOW_MS + n * 600_000, f"nonce{n}", lanes) for n in heats or (1, 2))
    return told.ContestPlan("cup", title, "rope-30", planned)


@dataclass
class FixedClock:
    """A clock that a test sets."""

    utc: int = NOW_MS
    ok: bool = True
    mono_ns: int = 0
    boot: str = "boot"

    def monotonic_ns(self) -> int:
        return self.mono_ns

    def utc_ms(self) -> int:
        return self.utc

    def utc_is_set(self) -> bool:
        return self.ok


@dataclass
class GatewaySide:
    """What a gateway does with directives, and what a test may look at.

    Attributes:
        lesson: the class whose lesson is under way.
        taken: settings that took effect at once.
        again: numbers that were asked for again.
    """

    database: Database
    lesson: str | None = None
    clock: FixedClock = field(default_factory=FixedClock)
    taken: dict[str, Any] = field(default_factory=dict)
    again: list[tuple[int, int]] = field(default_factory=list)
    reports: int = 0
    drawn: int = 0

    def __post_init__(self) -> None:
        self.store, self.rosters = DirectiveStore(self.database), Rosters(self.database)
        self.evidence = EvidenceStore(self.database, life_days=30, doubt_life_days=180, max_bytes=1 << 20)
        names = ("gateway.title", "lesson.settle_s")
        appliers = {name: partial(self.taken.__setitem__, name) for name in names}
        self.directives = GatewayDirectives(
            self.store,
            self.rosters,
            self.evidence,
            RemoteSettings(Settings(), appliers),
            self.clock,
            activities=activities(),
            lesson=lambda: self.lesson,
            send_again=self._send_again,
            report=self._report,
            changed=self._changed,
        )

    async def _send_again(self, first: int, last: int) -> None:
        self.again.append((first, last))

    async def _report(self) -> None:
        self.reports += 1

    def _changed(self) -> None:
        self.drawn += 1

    async def carry_out(self, key: str, version: int, body: told.DirectiveBody) -> str:
        """As the downlink would, were it asked directly."""
        return await self.directives.carry_out(directive(key, version, body))
