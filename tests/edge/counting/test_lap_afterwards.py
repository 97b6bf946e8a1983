"""What only shows later: overdue laps, and runs that are laid out anew."""

from __future__ import annotations

from edge.counting.events import Crossing
from edge.counting.gate import Passing
from edge.counting.lap_afterwards import MOST_LOOKS, again, overdue
from edge.counting.lap_events import LapSeen, Withdrawn
from edge.counting.lap_ledger import Ledger
from edge.counting.lap_likelihood import Found, Waiting
from edge.counting.lap_rules import LapRules

S = 1_000_000_000
RULES = LapRules(0, 200.0, 4, receivers=0)


def waiting(t_s: float, track: int = 0) -> Waiting:
    return Waiting(Crossing(round(t_s * S), "left_to_right", track))


def run(ledger: Ledger, pupil: str, *ends_s: float) -> None:
    for t_s in ends_s:
        t_ns = round(t_s * S)
        ledger.count(Found(pupil, t_ns), LapSeen(pupil, 0, t_ns, 0, ("radio",), 1.0), sure=True)


def test_who_is_overdue_has_crossed_where_nobody_else_did() -> None:
    ledger = Ledger(["an", "bo"], RULES, {})
    run(ledger, "an", 60)
    run(ledger, "bo", 62)
    ledger.unclaimed([waiting(121.0)], set())
    assert overdue(RULES, ledger, {"bo"}, 140 * S) == []
    [lap] = overdue(RULES, ledger, {"bo"}, 170 * S)
    assert (lap.pupil, lap.lap, lap.t_ns, lap.doubt) == ("an", 2, 121 * S, "who")
    assert ledger.nobodys == []


def test_of_two_who_are_overdue_neither_takes_the_others_crossing() -> None:
    """`an` has two laps to catch up, and takes a crossing on the way: what is left for `bo` must not change by that."""
    ledger = Ledger(["an", "bo"], RULES, {})
    run(ledger, "an", 60, 120)
    run(ledger, "bo", 66, 132)
    seen = [waiting(t_s, track) for track, t_s in enumerate((180.0, 240.0, 198.0))]
    ledger.unclaimed(seen, set())
    told = [lap for _ in range(3) for lap in overdue(RULES, ledger, set(), 340 * S, ended=True)]
    assert [(lap.pupil, lap.t_ns) for lap in told if lap.pupil == "bo"] == [("bo", 198 * S)]
    assert [lap.t_ns for lap in told if lap.pupil == "an"] == [180 * S, 240 * S]


def test_a_crossing_that_a_missed_lap_took_on_the_way_is_gone() -> None:
    ledger = Ledger(["an", "bo"], RULES, {})
    run(ledger, "an", 50, 118)
    run(ledger, "bo", 73, 127)
    ledger.unclaimed([waiting(180.0, 1), waiting(250.0, 2)], set())
    told = overdue(RULES, ledger, set(), 340 * S, ended=True)
    assert [(lap.pupil, lap.t_ns, lap.doubt) for lap in told] == [("an", 180 * S, "missed"), ("an", 250 * S, "who")]


def test_a_lap_that_a_surer_passing_contradicts_is_taken_back_and_its_crossing_is_free() -> None:
    rules = LapRules(0, 200.0, 4)
    ledger = Ledger(["an"], rules, {})
    record, stranger, true = ledger.records["an"], waiting(112.0, 1), waiting(121.0, 2)
    for crossing, confidence in ((waiting(60.0), 1.0 - 1e-9), (stranger, 0.99)):
        passing = Passing(crossing.t_ns, S // 4, confidence)
        record.heard(passing)
        lap = LapSeen("an", 0, crossing.t_ns, 0, ("camera", "radio"), 0.9, "who")
        ledger.count(Found("an", crossing.t_ns, crossing, passing), lap, sure=True)
    record.heard(Passing(121 * S, S // 5, 1.0 - 1e-9))
    ledger.unclaimed([true], set())
    assert again(rules, ledger, set(), 150 * S) == []
    record.doubtful = True
    taken, told = again(rules, ledger, set(), 150 * S)
    assert isinstance(taken, Withdrawn)
    assert isinstance(told, LapSeen)
    assert (taken.lap.t_ns, told.t_ns, ledger.paces["an"].laps) == (112 * S, 121 * S, 2)
    assert ledger.nobodys == [stranger]


def test_who_has_taken_the_steps_of_the_last_lap_has_run_it_though_the_radio_missed_it() -> None:
    """Live and at the end: the lap that is found stays."""
    rules = LapRules(0, 200.0, 2, receivers=3)
    ledger = Ledger(["an"], rules, {})
    for tick in range(4 * 140):
        t_ns = tick * S // 4
        ledger.paces["an"].step(t_ns, min(round(tick * 0.7), 360))
        if tick == 4 * 62:
            first = waiting(60.0)
            ledger.count(
                Found("an", first.t_ns, first, Passing(first.t_ns, S // 5, 1.0 - 1e-9)),
                LapSeen("an", 0, first.t_ns, 0, ("camera", "radio"), 1.0), sure=True,
            )  # fmt: skip
    ledger.unclaimed([waiting(128.0, 2)], set())
    [lap] = overdue(rules, ledger, set(), 139 * S, ended=True)
    assert (lap.lap, lap.t_ns) == (2, 128 * S)
    ledger.records["an"].doubtful = True
    assert again(rules, ledger, set(), 139 * S, ended=True) == []


def test_of_many_doubtful_runs_a_few_are_looked_at_each_time_and_all_of_them_in_turn() -> None:
    names = [f"pupil-{number}" for number in range(2 * MOST_LOOKS + 1)]
    ledger = Ledger(names, RULES, {})
    ledger.unclaimed([waiting(90.0)], set())
    for record in ledger.records.values():
        record.doubtful = True

    def looked_at() -> int:
        return sum(bool(record.looked) for record in ledger.records.values())

    for second, expected in enumerate((MOST_LOOKS, 2 * MOST_LOOKS, len(names), len(names)), start=91):
        again(RULES, ledger, set(), second * S)
        assert looked_at() == expected
    for record in ledger.records.values():
        record.looked = ()
    again(RULES, ledger, set(), 99 * S, ended=True)
    assert looked_at() == len(names), "when the run is over nothing is left for later"
