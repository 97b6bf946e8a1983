"""What an attempt is worth: the official count, or the result of a run, with its score and with what a person should look at."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING

from edge.counting.fusion import fuse
from edge.counting.rhythm import rhythm_of
from edge.lesson import changes as ch
from edge.lesson.standard import score_rope, score_run
from edge.scorekeeper import sources_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from edge.counting.events import OfficialCount
    from edge.counting.fusion import Fused
    from edge.lesson.activity import Activity
    from edge.lesson.roster import Pupil
    from edge.lesson.run_result import RunResult
    from edge.lesson.session import AttemptState

Chain = tuple[int, bytes]
"""How many rows an attempt has in the journal, and the head of their hash chain."""
Score = tuple[int | None, int, ch.Mark | None]
"""Points, bonus and mark by the national standard; nothing where it does not apply."""


def of_counts(
    attempt: AttemptState, activity: Activity, pupil: Pupil | None, counts: Mapping[ch.Source, OfficialCount], chain: Chain
) -> ch.ResultDecided:
    """The result of an attempt that was counted by band, camera or both."""
    rules = activity.rules
    fused = fuse(
        counts,
        attempt.count,
        allowed=rules.allowed_difference,
        least_confidence=rules.least_confidence,
        needs_rope=rules.needs_rope,
    )
    score, bonus, mark = score_of(activity, pupil, fused.count)
    return ch.ResultDecided(
        attempt=attempt.place.attempt,
        pupil=attempt.place.pupil,
        activity=activity.id,
        official=fused.count,
        live=attempt.count,
        confidence=round(fused.confidence, 3),
        source=fused.source,
        counts=sources_of(counts),
        events=chain[0],
        chain_head=chain[1].hex(),
        score=score,
        bonus=bonus,
        mark=mark,
        review=_review(fused),
        rhythm=_rhythm(counts, fused),
    )


def of_run(attempt: AttemptState, activity: Activity, pupil: Pupil | None, result: RunResult, chain: Chain) -> ch.ResultDecided:
    """The result of a runner."""
    score, bonus, mark = score_of(activity, pupil, result.official)
    return ch.ResultDecided(
        attempt=attempt.place.attempt,
        pupil=attempt.place.pupil,
        activity=activity.id,
        official=result.official,
        live=result.official,
        confidence=round(result.confidence, 3),
        source=result.source,
        counts={},
        events=chain[0],
        chain_head=chain[1].hex(),
        score=score,
        bonus=bonus,
        mark=mark,
        review=result.review,
        unit=activity.unit,
        laps_ms=result.laps_ms,
    )


def by_rules(activity: Activity, counts: Mapping[ch.Source, OfficialCount]) -> dict[ch.Source, OfficialCount]:
    """Official counts with double unders worth what the rules of the activity say."""
    rules = activity.rules
    return {source: replace(count, count=rules.worth(count.count, count.double_unders)) for source, count in counts.items()}


def score_of(activity: Activity, pupil: Pupil | None, count: int) -> Score:
    """The national standard's score for a number in the unit of the activity."""
    if pupil is None or not activity.rules.national_standard or (activity.unit == "ms" and not count):
        return None, 0, None
    if activity.course is None:
        scored = score_rope(pupil.sex, pupil.grade, count)
    else:
        scored = score_run(activity.id, pupil.sex, pupil.grade, count)
    return (None, 0, None) if scored is None else (scored.score, scored.bonus, scored.mark)


def in_doubt(attempt: AttemptState) -> bool:
    """Whether a person has yet to look at the result."""
    review = attempt.decided is not None and attempt.decided.review is not None
    return review and (attempt.standing is None or attempt.standing.kind != "corrected")


def _rhythm(counts: Mapping[ch.Source, OfficialCount], fused: Fused) -> ch.Rhythm | None:
    """The rhythm of the source that gave the number; of the surer one where both did."""
    of_source = {source: count for source, count in counts.items() if fused.source in {source, "both"}}
    if not of_source:
        return None
    surest = max(of_source.values(), key=lambda count: (count.timed, count.confidence))
    rhythm = rhythm_of(surest.event_t_ns, timed=surest.timed)
    return ch.Rhythm(**asdict(rhythm)) if rhythm else None


def _review(fused: Fused) -> ch.Review | None:
    doubt = fused.doubt
    return None if doubt is None else ch.Review(doubt.reason, doubt.first, doubt.second, doubt.allowed)
