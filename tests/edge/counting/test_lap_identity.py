"""Who ran a lap: camera and bands together, either alone, with taps, with bibs; what cannot be told apart is asked, never guessed
silently."""

from __future__ import annotations

import random

import pytest

from edge.counting.events import Crossing
from edge.counting.gate import Passing
from edge.counting.lap_check import steps_fit
from edge.counting.lap_events import Dispute, LapEvent, LapSeen, Unclaimed, Withdrawn
from edge.counting.lap_hiding import hidden_shares
from edge.counting.lap_identity import LapIdentity
from edge.counting.lap_likelihood import Told, Waiting, together
from edge.counting.lap_pace import Pace
from edge.counting.lap_rules import LapRules

RULES = LapRules(0, 200.0, 4, receivers=2)
NAMES = ("an", "bo", "chen")


def at(t_s: float, track: int = 0) -> Crossing:
    return Crossing(round(t_s * 1e9), "left_to_right", track)


def heard(t_s: float, unsure_s: float = 0.2) -> Passing:
    return Passing(round(t_s * 1e9), round(unsure_s * 1e9), 0.9999)


def laps_of(events: object) -> list[LapSeen]:
    assert isinstance(events, list)
    return [one for one in events if isinstance(one, LapSeen)]


def test_camera_and_band_agree() -> None:
    identity = LapIdentity(NAMES, RULES)
    identity.crossed(at(60.0, 1))
    identity.crossed(at(63.0, 2))
    identity.passed("bo", heard(60.1))
    identity.passed("an", heard(62.8))
    assert list(identity.advance(62_000_000_000)) == []
    assert [(crossing.track, pupil) for crossing, pupil in identity.guesses()] == [(1, "bo"), (2, "an")]
    first, second = laps_of(list(identity.advance(75_000_000_000)))
    assert (first.pupil, first.lap, first.t_ns, first.by, first.doubt) == ("bo", 1, 60_000_000_000, ("camera", "radio"), None)
    assert (second.pupil, second.t_ns, second.flagged) == ("an", 63_000_000_000, False)
    assert list(identity.advance(80_000_000_000)) == []


def test_who_crossed_together_is_asked_and_the_teacher_settles_it() -> None:
    identity = LapIdentity(NAMES, RULES)
    identity.crossed(at(60.0, 1))
    identity.crossed(at(60.3, 2))
    identity.passed("an", heard(60.2, 0.3))
    identity.passed("bo", heard(60.1, 0.3))
    events = list(identity.advance(75_000_000_000))
    told, [dispute] = laps_of(events), [one for one in events if isinstance(one, Dispute)]
    assert {lap.pupil for lap in told} == {"an", "bo"}
    assert all(lap.doubt == "order" and lap.dispute == dispute.number for lap in told)
    assert [one.track for one in dispute.crossings] == [1, 2]
    assert set(dispute.pupils) == {"an", "bo"}
    assert not dispute.last_lap
    with pytest.raises(ValueError, match="no name twice"):
        identity.settle(dispute.number, ["an", "an"])
    settled = identity.settle(dispute.number, ["an", "bo"])
    assert [(lap.pupil, lap.lap, lap.t_ns, lap.flagged) for lap in settled.laps] == [
        ("an", 1, 60_000_000_000, False), ("bo", 1, 60_300_000_000, False),
    ]  # fmt: skip
    assert set(settled.withdrawn) == set(told)
    with pytest.raises(KeyError):
        identity.settle(dispute.number, ["an", "bo"])


def test_a_teacher_who_walks_over_the_line_runs_no_lap() -> None:
    identity = LapIdentity(NAMES, RULES)
    for pupil in NAMES:
        identity.heard(pupil, 55_000_000_000)
    identity.crossed(at(50.0, 9))
    events = list(identity.advance(70_000_000_000))
    assert [type(one) for one in events] == [Unclaimed]
    assert events[0].chance > 0.5  # type: ignore[union-attr]


def test_whom_the_camera_missed_the_radio_counts() -> None:
    identity = LapIdentity(NAMES, RULES)
    identity.passed("an", heard(60.0))
    [lap] = laps_of(list(identity.advance(75_000_000_000)))
    assert (lap.pupil, lap.by) == ("an", ("radio",))
    assert lap.unsure_ns == pytest.approx(200_000_000, rel=0.1)


def test_radio_alone_counts_laps() -> None:
    identity = LapIdentity(NAMES, LapRules(0, 200.0, 4, receivers=2, camera=False))
    for lap in range(1, 6):
        identity.passed("an", heard(60.0 * lap))
        identity.advance(round((60.0 * lap + 10) * 1e9))
    assert identity.advance(400_000_000_000) == []
    assert identity._paces["an"].laps == 4


def test_taps_are_names_and_the_camera_gives_the_times() -> None:
    identity = LapIdentity(NAMES, LapRules(0, 200.0, 4, receivers=0, taps=True, hold_s=8.0))
    for track, (pupil, t_s) in enumerate((("bo", 58.0), ("an", 60.5), ("chen", 63.0))):
        identity.crossed(at(t_s, track))
        identity.tapped(pupil, round((t_s + 0.7) * 1e9))
    told = laps_of(list(identity.flush()))
    assert [(lap.pupil, lap.t_ns, lap.by, lap.flagged) for lap in told] == [
        ("bo", 58_000_000_000, ("camera", "tap"), False),
        ("an", 60_500_000_000, ("camera", "tap"), False),
        ("chen", 63_000_000_000, ("camera", "tap"), False),
    ]


def test_a_forgotten_name_is_found_again_among_the_crossings_that_nobody_claimed() -> None:
    """`an` is not tapped on the second lap; the third tells that there was one."""
    rules = LapRules(0, 200.0, 4, receivers=0, taps=True, hold_s=4.0)
    identity, told = LapIdentity(NAMES, rules), []
    for lap in range(1, 5):
        for track, pupil in enumerate(NAMES):
            t_s = 60.0 * lap + 3.0 * track
            identity.crossed(at(t_s, 10 * lap + track))
            if (pupil, lap) != ("an", 2):
                identity.tapped(pupil, round((t_s + 0.6) * 1e9))
        told += laps_of(list(identity.advance(round((60.0 * lap + 20.0) * 1e9))))
    mine = [(lap.lap, lap.t_ns, lap.doubt) for lap in [*told, *laps_of(list(identity.flush()))] if lap.pupil == "an"]
    assert [lap for lap, _, _ in mine] == [1, 2, 3, 4]
    assert mine[1][1] == 120_000_000_000
    assert mine[1][2] is not None
    assert [doubt for _, _, doubt in (mine[0], *mine[2:])] == [None, None, None]


def test_the_last_lap_without_a_name_is_told_when_the_run_is_over() -> None:
    identity = LapIdentity(NAMES, LapRules(0, 200.0, 2, receivers=0, taps=True, hold_s=4.0))
    for lap in (1, 2):
        for track, pupil in enumerate(NAMES):
            identity.crossed(at(60.0 * lap + 3.0 * track, 10 * lap + track))
            if (pupil, lap) != ("bo", 2):
                identity.tapped(pupil, round((60.0 * lap + 3.0 * track + 0.6) * 1e9))
        identity.advance(round((60.0 * lap + 20.0) * 1e9))
    [lap] = laps_of(list(identity.flush()))
    assert (lap.pupil, lap.lap, lap.t_ns, lap.doubt) == ("bo", 2, 123_000_000_000, "who")


def test_whom_the_camera_missed_a_tap_counts() -> None:
    identity = LapIdentity(NAMES, LapRules(0, 200.0, 4, receivers=0, taps=True, hold_s=8.0))
    for track, (pupil, t_s) in enumerate((("bo", 60.0), ("an", 60.2), ("chen", 60.4))):
        if pupil != "an":
            identity.crossed(at(t_s, track))
        identity.tapped(pupil, round((60.6 + 0.45 * track) * 1e9))
    told = {lap.pupil: lap for lap in laps_of(list(identity.flush()))}
    assert set(told) == set(NAMES)
    assert (told["bo"].t_ns, told["chen"].t_ns) == (60_000_000_000, 60_400_000_000)
    assert told["an"].by == ("tap",)
    assert told["an"].t_ns == pytest.approx(60.2e9, abs=0.4e9)


def test_of_two_taps_of_one_name_the_one_at_the_usual_time_stands() -> None:
    rules = LapRules(0, 200.0, 4, receivers=0, taps=True, hold_s=10.0)
    identity = LapIdentity(NAMES, rules)
    identity.crossed(at(60.0, 1))
    identity.tapped("an", 60_600_000_000)
    identity.advance(80_000_000_000)
    for track, t_s in ((2, 105.0), (3, 121.0)):
        identity.crossed(at(t_s, track))
        identity.tapped("an", round((t_s + 0.6) * 1e9))
    told = laps_of(list(identity.flush()))
    assert [(lap.pupil, lap.t_ns) for lap in told if "tap" in lap.by] == [("an", 121_000_000_000)]


def test_two_who_may_be_a_second_apart_are_a_matter_of_who_not_of_order() -> None:
    for apart_s, doubt in ((0.3, "order"), (0.9, "who")):
        identity = LapIdentity(NAMES, RULES)
        identity.crossed(at(60.0, 1))
        identity.crossed(at(60.0 + apart_s, 2))
        for pupil in ("an", "bo"):
            identity.passed(pupil, heard(60.0 + apart_s / 2, 0.5))
        told = laps_of(list(identity.flush()))
        assert {lap.doubt for lap in told} == {doubt}


def test_a_passing_is_weighed_with_all_crossings_that_may_be_its_own() -> None:
    """A stranger crosses two seconds before `an`; the pause between them ends a group, but not what may belong together."""
    identity = LapIdentity(NAMES, RULES)
    for pupil in NAMES:
        identity.heard(pupil, 70_000_000_000)
    identity.crossed(at(60.0, 1))
    identity.crossed(at(62.2, 2))
    identity.passed("an", heard(61.7, 0.4))
    told = [lap for now_s in range(62, 80) for lap in laps_of(list(identity.advance(now_s * 1_000_000_000)))]
    assert [(lap.pupil, lap.t_ns, lap.doubt) for lap in told] == [("an", 62_200_000_000, None)]


def test_doubt_does_not_end_where_a_group_is_cut() -> None:
    """Of many who cross for more than three seconds, those before the cut are settled first; one of them may have been the next."""
    names = ("an", "bo", "chen", "du", "eve")
    identity = LapIdentity(names, RULES)
    identity.heard("eve", 80_000_000_000)
    for track, t_s in enumerate((57.0, 58.0, 59.0, 60.0, 60.7)):
        identity.crossed(at(t_s, track))
    for pupil, t_s in zip(names, (57.0, 58.0, 59.0, 60.42), strict=False):
        identity.passed(pupil, heard(t_s, 0.3))
    told = {lap.pupil: lap for now_s in range(62, 80) for lap in laps_of(list(identity.advance(now_s * 1_000_000_000)))}
    assert (told["du"].t_ns, told["du"].doubt) == (60_700_000_000, "who")
    assert told["du"].unsure_ns > 200_000_000


def test_in_a_bunch_somebody_is_likelier_hidden_and_crossed_with_those_who_are_seen() -> None:
    alone, bunch = [Waiting(at(60.0))], [Waiting(at(60.0 + 0.15 * n, n)) for n in range(5)]
    assert 3.0 * sum(hidden_shares(60_300_000_000, 2e8, alone)) < sum(hidden_shares(60_300_000_000, 2e8, bunch))
    identity = LapIdentity(NAMES, RULES)
    identity.crossed(at(60.0, 1))
    identity.crossed(at(60.05, 2))
    for pupil, t_s in zip(NAMES, (60.0, 60.05, 60.3), strict=True):
        identity.passed(pupil, heard(t_s, 0.2))
    unseen = [lap for lap in laps_of(list(identity.flush())) if "camera" not in lap.by]
    assert [lap.t_ns for lap in unseen] == [pytest.approx(60.06e9, abs=0.05e9)]


def test_a_passing_that_cannot_have_been_told_yet_is_not_missed() -> None:
    pace = Pace(0, 60.0, 25.0)
    pace.heard(80_000_000_000)
    early, late = (
        together(RULES, Told("an", pace, None, None, round(now_s * 1e9)), Waiting(at(60.0)), 0.99, 3) for now_s in (62.0, 70.0)
    )
    assert late > early + 4.0


def test_a_band_that_fell_silent_just_after_the_line_is_no_witness_against_a_crossing() -> None:
    costs = []
    for last_s in (61.0, 64.0):
        pace = Pace(0, 60.0, 25.0)
        pace.heard(round(last_s * 1e9))
        costs.append(together(RULES, Told("an", pace, None), Waiting(at(60.0)), 0.99, 3))
    assert costs[1] > costs[0] + 4.0


@pytest.mark.parametrize(("apart_s", "doubt", "asked"), [(0.03, None, 0), (0.09, "order", 1)])
def test_the_camera_s_own_error_counts_within_a_tenth(apart_s: float, doubt: str | None, asked: int) -> None:
    identity = LapIdentity(NAMES, LapRules(0, 200.0, 1, receivers=2))
    identity.crossed(at(60.0, 1))
    identity.crossed(at(60.0 + apart_s, 2))
    for pupil in ("an", "bo"):
        identity.passed(pupil, heard(60.0))
    events = list(identity.flush())
    assert {lap.doubt for lap in laps_of(events)} == {doubt}
    assert sum(isinstance(one, Dispute) for one in events) == asked


def test_a_lap_of_a_walker_and_a_weak_passing_is_taken_back_when_the_true_one_comes() -> None:
    identity = LapIdentity(NAMES, RULES)
    events: list[LapEvent] = []
    for pupil in NAMES:
        identity.heard(pupil, 200_000_000_000)
    identity.crossed(at(60.0, 1))
    identity.passed("an", heard(60.1))
    events += identity.advance(80_000_000_000)
    identity.crossed(at(112.2, 5))
    identity.passed("an", Passing(112_000_000_000, 400_000_000, 0.998))
    events += identity.advance(121_000_000_000)
    identity.crossed(at(121.0, 2))
    identity.passed("an", Passing(121_100_000_000, 200_000_000, 1.0 - 1e-9))
    for now_s in range(122, 150):
        events += identity.advance(now_s * 1_000_000_000)
    [taken] = [one.lap for one in events if isinstance(one, Withdrawn)]
    assert (taken.lap, taken.t_ns, taken.by) == (2, 112_200_000_000, ("camera", "radio"))
    stands = [lap for lap in laps_of(events) if lap is not taken]
    assert [(lap.lap, lap.t_ns, lap.doubt) for lap in stands] == [(1, 60_000_000_000, None), (2, 121_000_000_000, "who")]
    assert identity._paces["an"].laps == 2


def test_what_a_teacher_says_is_not_looked_at_again() -> None:
    identity = LapIdentity(NAMES, RULES)
    for pupil in NAMES:
        identity.heard(pupil, 200_000_000_000)
    identity.crossed(at(60.0, 1))
    identity.crossed(at(112.2, 5))
    identity.passed("an", heard(60.1))
    identity.advance(80_000_000_000)
    identity.passed("an", Passing(112_000_000_000, 400_000_000, 0.998))
    identity.advance(121_000_000_000)
    identity.stand("an", [60_000_000_000, 113_000_000_000])
    identity.crossed(at(121.0, 2))
    identity.passed("an", Passing(121_100_000_000, 200_000_000, 1.0 - 1e-9))
    events = [one for now_s in range(122, 160) for one in identity.advance(now_s * 1_000_000_000)]
    assert not any(isinstance(one, (Withdrawn, LapSeen)) for one in events)


def test_a_bib_tells_two_apart_and_an_unknown_number_is_no_witness() -> None:
    identity = LapIdentity(NAMES, RULES, bibs={23: "an", 48: "bo"})
    identity.crossed(at(60.0, 1))
    identity.crossed(at(60.3, 2))
    identity.passed("an", heard(60.2, 0.3))
    identity.passed("bo", heard(60.1, 0.3))
    identity.read(1, 23, 0.99)
    identity.read(2, 999, 0.99)
    told = laps_of(list(identity.flush()))
    assert [(lap.pupil, lap.flagged) for lap in told] == [("an", False), ("bo", False)]
    assert "bib" in told[0].by


def test_taps_of_a_bunch_that_may_all_mean_the_next_body_are_no_witnesses_of_each_other() -> None:
    """One of five is not tapped: whoever it was, all after it are shifted by one."""
    names = ("an", "bo", "chen", "du", "eve")
    identity = LapIdentity(names, LapRules(0, 200.0, 4, receivers=0, taps=True, hold_s=10.0))
    for track in range(5):
        identity.crossed(at(60.0 + 0.2 * track, track))
    for number, pupil in enumerate(names[:4]):
        identity.tapped(pupil, round((60.75 + 0.5 * number) * 1e9))
    told = {lap.pupil: lap.doubt for lap in laps_of(list(identity.flush())) if "tap" in lap.by}
    assert set(told.values()) == {"order"}


def test_bibs_tell_what_the_order_of_taps_leaves_open() -> None:
    told = []
    for bibs in ({}, {1: 48, 2: 23}):
        identity = LapIdentity(NAMES, LapRules(0, 200.0, 4, receivers=0, taps=True, hold_s=8.0), bibs={23: "an", 48: "bo"})
        for track, (pupil, tapped_s) in enumerate((("an", 60.7), ("bo", 61.15)), 1):
            identity.crossed(at(60.0 + 0.15 * track, track))
            identity.tapped(pupil, round(tapped_s * 1e9))
        for track, number in bibs.items():
            identity.read(track, number, 0.99)
        told.append([(lap.pupil, lap.doubt) for lap in laps_of(list(identity.flush()))])
    assert told == [[("an", "order"), ("bo", "order")], [("bo", None), ("an", None)]]


def test_without_any_name_a_lap_is_marked() -> None:
    identity = LapIdentity(("an", "bo"), LapRules(0, 200.0, 4, receivers=0, hold_s=1.0))
    identity.crossed(at(60.0, 1))
    events = list(identity.flush())
    assert all(lap.doubt == "who" for lap in laps_of(events))
    assert [one.pupils for one in events if isinstance(one, Dispute)] in ([("an", "bo")], [("bo", "an")])


def test_a_lap_without_its_steps_is_marked_and_one_with_them_has_a_witness() -> None:
    for steps_hz, doubt in ((2.8, None), (0.1, "steps")):
        identity = LapIdentity(NAMES, RULES)
        for tick in range(300):
            identity.stepped("an", tick * 250_000_000, (65_500 + round(tick * 0.25 * steps_hz)) % 65_536)
        identity.crossed(at(60.0))
        identity.passed("an", heard(60.1))
        [lap] = laps_of(list(identity.advance(75_000_000_000)))
        assert lap.doubt == doubt
        assert ("steps" in lap.by) == (doubt is None)


def test_a_lap_that_nobody_saw_is_told_by_twice_the_steps() -> None:
    identity = LapIdentity(NAMES, RULES)
    told: list[LapSeen] = []
    for tick in range(900):
        t_ns = tick * 250_000_000
        identity.stepped("an", t_ns, round(tick * 0.25 * 2.8))
        if t_ns in {60_000_000_000, 180_000_000_000}:
            identity.crossed(Crossing(t_ns, "left_to_right", tick))
            identity.passed("an", Passing(t_ns, 200_000_000, 0.9999))
        told += laps_of(list(identity.advance(t_ns)))
    assert [(lap.lap, lap.doubt) for lap in told] == [(1, None), (2, "missed"), (3, None)]
    assert told[1].t_ns == pytest.approx(120e9, abs=2e9)


def test_the_start_and_what_comes_too_soon_are_no_laps() -> None:
    identity = LapIdentity(NAMES, RULES)
    identity.crossed(at(1.0, 1))
    identity.passed("an", heard(1.2))
    identity.tapped("an", 2_000_000_000)
    assert list(identity.flush()) == []


def test_who_has_stopped_or_finished_gets_no_more_laps() -> None:
    identity = LapIdentity(NAMES, RULES)
    identity.stop("an")
    identity.crossed(at(60.0))
    identity.passed("an", heard(60.0))
    assert "an" not in {lap.pupil for lap in laps_of(list(identity.flush()))}


def test_the_order_in_which_witnesses_speak_does_not_matter() -> None:
    calls = [("crossed", (at(60.0 + 0.8 * n, n),)) for n in range(3)]
    calls += [("passed", (pupil, heard(60.0 + 0.8 * n + 0.1))) for n, pupil in enumerate(NAMES)]
    told = []
    for seed in range(6):
        random.Random(seed).shuffle(calls)
        identity = LapIdentity(NAMES, RULES)
        for name, values in calls:
            getattr(identity, name)(*values)
        told.append(list(identity.advance(80_000_000_000)))
    assert all(one == told[0] for one in told)
    assert len(laps_of(told[0])) == 3


def test_a_shift_in_time_shifts_the_laps_and_nothing_else() -> None:
    told = []
    for shift_ns in (0, 10**15, -(10**15)):
        identity = LapIdentity(NAMES, LapRules(shift_ns, 200.0, 4))
        for n, pupil in enumerate(NAMES):
            identity.crossed(Crossing(shift_ns + round((60 + n) * 1e9), "left_to_right", n))
            identity.passed(pupil, Passing(shift_ns + round((60.2 + n) * 1e9), 200_000_000, 0.9999))
        told.append([(lap.pupil, lap.t_ns - shift_ns, lap.confidence) for lap in laps_of(list(identity.flush()))])
    assert told[0] == told[1] == told[2]


def test_memory_is_bounded() -> None:
    identity = LapIdentity(NAMES, RULES)
    for number in range(1000):
        identity.crossed(at(60.0 + number * 0.01, number))
    assert len(identity.waiting()) <= 128


@pytest.mark.parametrize(("steps", "fits"), [(0, False), (40, False), (170, True), (400, True), (900, False)])
def test_a_lap_of_200_m_needs_steps(steps: int, fits: bool) -> None:  # noqa: FBT001 - a parameter of the table
    assert steps_fit(200.0, steps) is fits


def test_half_of_the_own_steps_is_no_lap() -> None:
    assert not steps_fit(200.0, 100, usual_steps=180.0)
    assert steps_fit(200.0, 150, usual_steps=180.0)
