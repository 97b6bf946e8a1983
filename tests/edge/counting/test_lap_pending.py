"""What waits: until it is settled, and a little longer, as doubt does not end where a group does."""

from __future__ import annotations

from edge.counting.events import Crossing
from edge.counting.gate import Passing
from edge.counting.lap_likelihood import Told, Waiting
from edge.counting.lap_pace import Pace
from edge.counting.lap_pending import Pending
from edge.counting.lap_window import Past

S = 1_000_000_000


def at(t_s: float, track: int = 0) -> Crossing:
    return Crossing(round(t_s * S), "left_to_right", track)


def seen(pending: Pending, end_s: float, gone: frozenset[str] = frozenset()) -> tuple[list[str], list[int]]:
    paces = {pupil: Pace(0, 60.0, 25.0) for pupil in ("an", "bo")}
    told, crossings = pending.in_sight(paces, gone, round(end_s * S), round(end_s * S))
    return [one.pupil for one in told], [one.crossing.track for one in crossings]


def test_a_group_is_weighed_with_what_crossed_four_seconds_before_and_after() -> None:
    pending = Pending()
    for track, t_s in enumerate((50.0, 57.0, 60.0, 63.0, 70.0)):
        pending.crossed(at(t_s, track))
    pending.settle(58 * S, [], set())
    assert [one.crossing.track for one in pending.crossings] == [2, 3, 4]
    assert seen(pending, 60.0) == (["an", "bo"], [1, 2, 3])
    assert seen(pending, 60.0, frozenset({"an"}))[0] == ["bo"]


def test_of_two_passings_of_a_pupil_the_surer_one_waits() -> None:
    pending = Pending()
    for t_s, confidence in ((60, 0.99), (61, 0.999), (62, 0.9)):
        pending.passed("an", Passing(t_s * S, S // 5, confidence))
    assert pending.passings["an"].t_ns == 61 * S


def test_of_two_readings_of_a_bib_the_surer_one_stands() -> None:
    pending = Pending()
    pending.crossed(at(60.0, 7))
    for pupil, confidence in (("an", 0.6), ("bo", 1.0), ("an", 0.8)):
        pending.read(7, pupil, confidence)
    assert pending.crossings[0].bib == ("bo", 0.99)


def test_who_is_counted_waits_no_longer_and_who_ends_later_does() -> None:
    pending = Pending()
    for pupil, t_s in (("an", 62), ("bo", 60), ("chen", 60), ("du", 62)):
        pending.passed(pupil, Passing(t_s * S, S // 5, 0.99))
    an = Told("an", Pace(0, 60.0, 25.0), None)
    pending.settle(61 * S, [Past(an, None, 60 * S)], {"bo"})
    assert pending.passings.keys() == {"bo", "du"}
    assert [one.told.pupil for one in pending.past] == ["an"]


def test_a_lap_that_is_taken_back_no_longer_holds_its_crossing() -> None:
    pending, crossing = Pending(), Waiting(at(60.0))
    told = [Past(Told(pupil, Pace(0, 60.0, 25.0), None), crossing, 60 * S) for pupil in ("an", "bo")]
    pending.settle(61 * S, told, set())
    pending.take_back("an", 60 * S)
    assert [one.told.pupil for one in pending.past] == ["bo"]
