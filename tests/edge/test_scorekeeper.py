"""A heat of bands that stream raw motion and of squares that a camera sees: counted side by side, decided from the whole signal."""

from __future__ import annotations

from dataclasses import replace
from itertools import zip_longest
from typing import TYPE_CHECKING

from edge.counting.band_site import BandSite
from edge.counting.samples import MotionSamples, TotalSample
from edge.lesson.changes import AttemptId, Place, PupilId, SkipsCounted
from edge.lesson.session import AttemptState
from edge.scorekeeper import Scorekeeper
from simulators.band_motion import Limb, Style
from support.bodies import Body, bounce, seen
from support.motion import part, samples_of, skipped

if TYPE_CHECKING:
    from simulators.band_motion import MotionRecording

STARTS_NS = 3_000_000_000


def heat(
    *styles: Style, site: BandSite = BandSite.WRIST, limb: Limb = Limb.RIGHT_WRIST
) -> tuple[Scorekeeper, list[MotionRecording]]:
    recordings = [skipped(style, 20 + number, limb=limb) for number, style in enumerate(styles)]
    keeper = Scorekeeper(site)
    places = [Place(AttemptId(f"a{n}"), PupilId(f"p{n}"), None, f"band-{n}") for n in range(len(styles))]
    keeper.begin([AttemptState(place) for place in places], STARTS_NS - 1_000_000_000)
    return keeper, recordings


def blocks(recording: MotionRecording, size: int = 10) -> list[MotionSamples]:
    samples = samples_of(recording)
    return [part(samples, slice(at, at + size)) for at in range(0, len(samples.t_ns), size)]


def totals(changes: list[SkipsCounted]) -> dict[str, int]:
    return {change.attempt: change.total for change in changes}


def test_bands_that_stream_are_counted_live_and_decided_from_the_whole_signal() -> None:
    keeper, recordings = heat(Style.SINGLE_BOUNCE, Style.DOUBLE_BOUNCE, Style.ALTERNATE_FEET)
    shown: dict[str, int] = {}
    for row in zip_longest(*(blocks(recording) for recording in recordings)):
        changes = keeper.motion([(f"band-{n}", block) for n, block in enumerate(row) if block is not None])
        shown |= totals([change for change in changes if isinstance(change, SkipsCounted)])
    shown |= totals([change for change in keeper.settle() if isinstance(change, SkipsCounted)])
    for number, recording in enumerate(recordings):
        true = len(recording.truth.turns_s)
        official = keeper.official(AttemptId(f"a{number}"))["band"]
        assert abs(shown[f"a{number}"] - true) <= 1
        assert abs(official.count - true) <= 1
        assert official.timed


def test_bands_at_the_ankle_are_counted_by_their_landings() -> None:
    for site, skips_a_landing in ((BandSite.WRIST, 1), (BandSite.ANKLE, 2)):
        keeper, (recording,) = heat(Style.ALTERNATE_FEET, site=site, limb=Limb.ANKLE)
        shown: dict[str, int] = {}
        for block in blocks(recording):
            shown |= totals([change for change in keeper.motion([("band-0", block)]) if isinstance(change, SkipsCounted)])
        landings_of_one_foot = len(recording.truth.turns_s) / 2
        for count in (shown["a0"], keeper.official(AttemptId("a0"))["band"].count):
            assert abs(count - skips_a_landing * landings_of_one_foot) <= 5


def test_what_is_before_the_signal_and_after_the_end_does_not_count() -> None:
    keeper, (recording,) = heat(Style.SINGLE_BOUNCE)
    middle_s = recording.truth.turns_s[len(recording.truth.turns_s) // 2]
    keeper.end(round(middle_s * 1e9))
    for block in blocks(recording):
        keeper.motion([("band-0", block)])
    keeper.settle()
    inside = sum(t <= middle_s for t in recording.truth.turns_s)
    assert abs(keeper.official(AttemptId("a0"))["band"].count - inside) <= 1


def test_samples_that_come_too_late_for_the_live_count_are_counted_and_reach_the_official_one() -> None:
    keeper, (recording,) = heat(Style.SINGLE_BOUNCE)
    parts = blocks(recording)
    for block in [*parts[:30], *parts[31:]]:
        keeper.motion([("band-0", block)])
    keeper.motion([("band-0", parts[30])])
    assert keeper.samples_late == len(parts[30].t_ns)
    assert abs(keeper.official(AttemptId("a0"))["band"].count - len(recording.truth.turns_s)) <= 1


def test_raw_motion_is_believed_before_the_bands_own_total_and_strangers_are_not_heard() -> None:
    keeper, (recording,) = heat(Style.SINGLE_BOUNCE)
    assert keeper.motion([("band-7", blocks(recording)[0])]) == []
    for block in blocks(recording):
        keeper.motion([("band-0", block)])
        assert keeper.total("band-0", TotalSample(int(block.t_ns[-1]), 4_000)) == []
    assert abs(keeper.official(AttemptId("a0"))["band"].count - len(recording.truth.turns_s)) <= 1


STATION = 3


def square(shift_ns: int = 0) -> Scorekeeper:
    """A heat whose signal is `shift_ns` after the first look of the camera."""
    keeper = Scorekeeper()
    keeper.begin([AttemptState(Place(AttemptId("a0"), PupilId("p0"), STATION, None))], shift_ns)
    return keeper


def test_skips_beside_a_neighbour_are_counted_and_the_attempt_knows_for_how_long_there_were_two() -> None:
    looks = seen(Body(height=bounce(2.0, 1.0, 11.0)), 14.0)
    counted = {}
    for name, two_from_s, two_to_s in (("alone", 0.0, 0.0), ("crowded", 4.0, 8.0)):
        keeper = square()
        live = 0
        for sample in looks:
            bodies = 2 if two_from_s <= sample.t_ns / 1e9 < two_to_s else 1
            live += sum(isinstance(change, SkipsCounted) for change in keeper.body(STATION, replace(sample, bodies=bodies)))
        keeper.end(looks[-1].t_ns)
        counted[name] = (live, keeper.official(AttemptId("a0"))["camera"])
    assert counted["alone"][0] == counted["crowded"][0] > 10
    alone, crowded = counted["alone"][1], counted["crowded"][1]
    assert alone.count == crowded.count == 20
    assert (alone.crowded_ns, round(crowded.crowded_ns / 1e9, 1)) == (0, 4.0)


def test_a_square_is_watched_in_the_countdown_and_two_before_the_signal_or_after_the_end_are_no_doubt() -> None:
    looks = seen(Body(), 20.0)
    keeper = square(looks[150].t_ns)
    for sample in looks[:300]:
        keeper.body(STATION, replace(sample, bodies=2 if sample.t_ns < looks[150].t_ns else 1))
        if sample is looks[140]:
            assert keeper.squares[STATION].state == "crowded"
    keeper.end(looks[300].t_ns)
    for sample in looks[301:]:
        keeper.body(STATION, replace(sample, bodies=2))
    assert keeper.squares[STATION].state == "fine"
    assert keeper.official(AttemptId("a0"))["camera"].crowded_ns == 0


def test_who_leaves_the_square_is_missed_and_squares_of_strangers_are_not_watched() -> None:
    keeper = square()
    for sample in seen(Body(), 3.0):
        keeper.body(STATION, replace(sample, present=False))
        keeper.body(STATION + 1, sample)
    assert {station: watch.state for station, watch in keeper.squares.items()} == {STATION: "nobody"}
    keeper.drop()
    assert not keeper.squares
