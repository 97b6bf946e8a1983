"""The laps that stand: counted with those that went by unseen, and the crossings that are left over."""

from __future__ import annotations

import pytest

from edge.counting.events import Crossing
from edge.counting.lap_events import LapSeen
from edge.counting.lap_ledger import Ledger
from edge.counting.lap_likelihood import Found, Waiting
from edge.counting.lap_rules import LapRules

S = 1_000_000_000
RULES = LapRules(0, 200.0, 4)


def waiting(t_s: float) -> Waiting:
    return Waiting(Crossing(round(t_s * S), "left_to_right", 0))


def count(ledger: Ledger, pupil: str, t_s: float) -> list[LapSeen]:
    t_ns = round(t_s * S)
    return ledger.count(Found(pupil, t_ns), LapSeen(pupil, 0, t_ns, 0, ("radio",), 1.0), sure=True)


def test_laps_are_numbered_and_teach_the_pace() -> None:
    ledger = Ledger(["an"], RULES, {"an": 2 * S})
    assert [lap.lap for t_s in (62, 121) for lap in count(ledger, "an", t_s)] == [1, 2]
    assert ledger.paces["an"].usual_s == pytest.approx(59.0)


def test_twice_the_time_tells_a_lap_that_went_by_unseen_at_a_crossing_that_is_nobodys_where_one_is() -> None:
    for left, t_ns in (([], 120 * S), ([waiting(122.0)], 122 * S)):
        ledger = Ledger(["an"], RULES, {})
        ledger.unclaimed(left, set())
        count(ledger, "an", 60)
        missed, lap = count(ledger, "an", 180)
        assert (missed.lap, missed.doubt, missed.t_ns, lap.lap) == (2, "missed", t_ns, 3)
        assert ledger.nobodys == []


def test_no_more_laps_are_unseen_than_are_run() -> None:
    ledger = Ledger(["an"], LapRules(0, 200.0, 2), {})
    assert [lap.lap for t_s in (60, 180) for lap in count(ledger, "an", t_s)] == [1, 2]


def test_once_most_have_run_a_lap_the_others_are_expected_like_them() -> None:
    pupils = [f"pupil-{n}" for n in range(8)]
    ledger = Ledger(pupils, RULES, {})
    for n, pupil in enumerate(pupils[:7]):
        count(ledger, pupil, 80.0 + n)
    assert ledger.first[0] == pytest.approx(82.5, abs=1.0)
    assert ledger.paces["pupil-7"].usual_s == pytest.approx(ledger.first[0])


def test_a_teachers_word_is_the_begin_of_what_is_looked_at_again() -> None:
    ledger = Ledger(["an"], RULES, {})
    count(ledger, "an", 60)
    ledger.stand("an", [60 * S])
    assert len(ledger.records["an"].told) == 1
    ledger.stand("an", [61 * S])
    assert (ledger.records["an"].from_ns, ledger.records["an"].told) == (61 * S, [])


def test_crossings_that_are_nobodys_are_bounded_and_may_be_claimed_and_freed() -> None:
    ledger = Ledger(["an"], RULES, {})
    mine, other = waiting(60.0), waiting(61.0)
    ledger.unclaimed([mine, other], {id(other)})
    assert ledger.nobodys == [mine]
    ledger.exchange((mine,), (other,))
    assert ledger.nobodys == [other]
    ledger.unclaimed([waiting(70.0 + n) for n in range(200)], set())
    assert len(ledger.nobodys) == 64
