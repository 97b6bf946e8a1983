"""The evidence of a heat: gathered when its results are decided, packed beside the loop, and kept where there is room."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from edge.counting.evidence import evidence_of, to_bytes
from edge.store.evidence import Kept
from edge.verdict import in_doubt

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from edge.counting.events import OfficialCount
    from edge.counting.evidence import RawEvidence
    from edge.lesson import changes as ch
    from edge.lesson.session import AttemptState, LessonState
    from edge.scorekeeper import Scorekeeper


class EvidenceKeeper(Protocol):
    """The place where evidence is kept."""

    async def keep(self, many: Sequence[Kept], now_utc_ms: int) -> frozenset[str]:
        """Keep evidence; returns the attempts for which there was room."""
        ...

    async def of_lesson(self, lesson: str) -> frozenset[str]:
        """The attempts of a lesson that there is evidence of."""
        ...

    async def doubt(self, attempt: str, *, in_doubt: bool) -> None:
        """A result has been settled, or opened again."""
        ...


class HeatEvidence:
    """Keeps what attempts were counted from, for a later look.

    Args:
        keeper: where; without it nothing is kept.
        picture_px: width and height of the picture that a square is in, where known.

    Attributes:
        kept: attempts of the lesson that there is evidence of.
    """

    def __init__(self, keeper: EvidenceKeeper | None, picture_px: Callable[[int], tuple[int, int] | None]) -> None:
        self._keeper, self._picture_px = keeper, picture_px
        self.kept: frozenset[str] = frozenset()

    async def restore(self, lesson: str | None) -> None:
        """Learn what there is of a lesson; nothing, for a new one."""
        self.kept = frozenset() if self._keeper is None or lesson is None else await self._keeper.of_lesson(lesson)

    def gather(self, attempts: Sequence[AttemptState], scorekeeper: Scorekeeper) -> dict[ch.AttemptId, RawEvidence]:
        """What the counters of attempts still remember; before they are dropped."""
        if self._keeper is None:
            return {}
        raw: dict[ch.AttemptId, RawEvidence] = {}
        for attempt in attempts:
            one, station = scorekeeper.raw_evidence(attempt.place.attempt), attempt.place.station
            raw[attempt.place.attempt] = one if station is None else replace(one, picture_px=self._picture_px(station))
        return raw

    async def keep(
        self,
        raw: Mapping[ch.AttemptId, RawEvidence],
        official: Mapping[ch.AttemptId, Mapping[ch.Source, OfficialCount]],
        state: LessonState,
        heat: str | None,
        now_utc_ms: int,
    ) -> None:
        """Keep the evidence of attempts that are decided; results do not depend on it."""
        if self._keeper is None or not raw:
            return
        packed = await asyncio.to_thread(_pack, raw, official)
        many = []
        for attempt, body in packed.items():
            of = state.attempts[attempt]
            many.append(Kept(attempt, state.lesson, in_doubt(of), raw[attempt].starts_ns, of.place.station, heat, body))
        self.kept |= await self._keeper.keep(many, now_utc_ms)

    async def tell_doubt(self, attempt: AttemptState) -> None:
        """A result has been corrected, or a correction taken back."""
        if self._keeper is not None:
            await self._keeper.doubt(attempt.place.attempt, in_doubt=in_doubt(attempt))


def _pack(
    raw: Mapping[ch.AttemptId, RawEvidence], official: Mapping[ch.AttemptId, Mapping[ch.Source, OfficialCount]]
) -> dict[ch.AttemptId, bytes]:
    made = {attempt: evidence_of(one, official[attempt]) for attempt, one in raw.items()}
    return {attempt: to_bytes(evidence) for attempt, evidence in made.items() if evidence is not None}
