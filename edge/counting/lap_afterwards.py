"""What only shows later: laps that go on much too long, and runs in which something no longer fits, laid out anew."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from edge.counting.lap_events import LapSeen, Withdrawn
from edge.counting.lap_likelihood import CAMERA_NS, Found, belated, by_bib, over
from edge.counting.lap_marginals import assign, marginals
from edge.counting.lap_search import look_again
from edge.counting.lap_telling import by_steps

if TYPE_CHECKING:
    from collections.abc import Container

    from edge.counting.lap_events import LapEvent
    from edge.counting.lap_ledger import Ledger
    from edge.counting.lap_rules import LapRules

OVERDUE: Final = 1.7
"""Whose lap has gone on for so many usual ones is looked for among the crossings that nobody claimed."""

MOST_LOOKS: Final = 3
"""One look at a long run takes up to 17 ms, and nothing else is done meanwhile; who was not looked at is the next one."""


def overdue(rules: LapRules, ledger: Ledger, besides: Container[str], now_ns: int, *, ended: bool = False) -> list[LapSeen]:
    """Laps that go on much too long: whether they ended with a crossing that nobody claimed.

    Args:
        besides: pupils who are not looked for.
        now_ns: all crossings until then are settled.
        ended: the run is over, and every lap that goes on is too long.
    """
    late = [
        (pupil, pace) for pupil, pace in ledger.paces.items()
        if pupil not in besides and not over(rules, pace, now_ns)
        and (ended or now_ns - pace.last_ns > OVERDUE * pace.usual_s * 1e9)
    ]  # fmt: skip
    nobodys = tuple(ledger.nobodys)
    if not late or not nobodys:
        return []
    runners = len(ledger.paces)
    pair = np.array([
        [belated(rules, pace, one, now_ns, ended=ended) - math.log(by_bib(one, pupil, runners)) for one in nobodys]
        for pupil, pace in late
    ])  # fmt: skip
    chance, _ = marginals(pair)
    laps: list[LapSeen] = []
    for (pupil, pace), column, likely in zip(late, assign(pair), chance, strict=True):
        if column < 0 or nobodys[column] not in ledger.nobodys:
            continue
        one = nobodys[column]
        ledger.nobodys.remove(one)
        unsure_ns = max(one.crossing.unsure_ns, CAMERA_NS)
        lap = LapSeen(pupil, pace.laps + 1, one.t_ns, unsure_ns, ("camera",), float(likely[column]), "who")
        end = Found(pupil, one.t_ns, one, stepped=pace.has_run_on(now_ns))
        laps += ledger.count(end, by_steps(rules, pace, lap), sure=False)
    return laps


def again(rules: LapRules, ledger: Ledger, gone: Container[str], known_ns: int, *, ended: bool = False) -> list[LapEvent]:
    """Runs in which something does not fit, looked at once more: at most `MOST_LOOKS` of them, until the run is over.

    Args:
        gone: pupils who run no more; too few laps of theirs are no reason.
        known_ns: everything before it is known.
        ended: the run is over.
    """
    events: list[LapEvent] = []
    looks = 0
    for record in sorted(ledger.records.values(), key=lambda one: one.looked_ns):
        if looks == MOST_LOOKS and not ended:
            break
        pupil, pace = record.pupil, ledger.paces[record.pupil]
        short = ended and rules.laps is not None and pace.laps < rules.laps and pupil not in gone
        times = [t for t in (*(p.t_ns for p in record.passings), *(n.t_ns for n in ledger.nobodys)) if t <= known_ns]
        looked = (len(record.told), ended, *times)
        if not (record.doubtful or short) or record.looked == looked:
            continue
        record.looked, record.looked_ns, looks = looked, known_ns, looks + 1
        better = look_again(rules, record, pace, ledger.nobodys, ledger.first, len(ledger.paces), known_ns, over=ended)
        if better is None:
            continue
        pace.resume(*record.last_two())
        ledger.exchange(better.claimed, better.freed)
        events += [*(Withdrawn(lap) for lap in better.withdrawn), *better.laps]
    return events
