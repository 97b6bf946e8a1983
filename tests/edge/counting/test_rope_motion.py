"""The live count of simulated pupils: what is shown, when, and what is not."""

from __future__ import annotations

import numpy as np
import pytest

from edge.counting.band_site import BandSite
from edge.counting.events import Skip, Trip
from edge.counting.rope_motion import RopeMotionCounter, RopeMotionCounters
from simulators.band_motion import Everyday, Limb, Style, pupil_of
from simulators.motion_sensor import Sensor, worn_watch
from support.motion import everyday, live_events, part, samples_of, skipped, skips, trips

WRIST_STYLES = [style for style in Style if style is not Style.SIDE_SWING]


@pytest.mark.parametrize("style", WRIST_STYLES)
@pytest.mark.parametrize("backward", [False, True])
def test_every_style_on_a_good_wrist_is_counted_right_to_one(style: Style, *, backward: bool) -> None:
    for seed in range(3):
        recording = skipped(style, seed, backward=backward, sensor=worn_watch(50.0), limb=list(Limb)[seed % 2])
        assert abs(len(skips(live_events(samples_of(recording)))) - len(recording.truth.jumps_s)) <= 1


@pytest.mark.parametrize("rate_hz", [12.5, 25.0, 52.0, 104.0, 200.0])
@pytest.mark.parametrize("range_g", [2.0, 4.0, 16.0])
def test_any_rate_and_range_of_the_sensor(rate_hz: float, range_g: float) -> None:
    sensor = Sensor(rate_hz=rate_hz, range_g=range_g)
    for style in (Style.SINGLE_BOUNCE, Style.DOUBLE_BOUNCE):
        recording = skipped(style, 1, sensor=sensor)
        assert abs(len(skips(live_events(samples_of(recording)))) - len(recording.truth.turns_s)) <= 1


@pytest.mark.parametrize("kind", list(Everyday))
def test_nothing_without_a_rope_at_the_wrist(kind: Everyday) -> None:
    """Clapping may show some turns before it is seen to be no circle; the official count has none."""
    for seed in range(3):
        found = len(skips(live_events(everyday(kind, seed))))
        assert found <= (9 if kind is Everyday.CLAPPING else 0)


def test_a_side_swing_is_no_skip() -> None:
    for seed in range(4):
        assert skips(live_events(samples_of(skipped(Style.SIDE_SWING, seed)))) == []


@pytest.mark.parametrize("kind", list(Everyday))
def test_nothing_without_a_rope_at_the_ankle(kind: Everyday) -> None:
    for seed in range(3):
        assert skips(live_events(everyday(kind, seed, limb=Limb.ANKLE), site=BandSite.ANKLE)) == []


@pytest.mark.parametrize(("style", "share"), [(Style.SINGLE_BOUNCE, 0.03), (Style.ALTERNATE_FEET, 0.1)])
def test_an_ankle_counts_turns_where_both_feet_land_and_where_they_land_in_turn(style: Style, share: float) -> None:
    for seed in (0, 4, 5, 10):
        recording = skipped(style, seed, limb=Limb.ANKLE)
        shown = skips(live_events(samples_of(recording), site=BandSite.ANKLE))
        assert len(shown) == pytest.approx(len(recording.truth.turns_s), rel=share, abs=1)
        assert shown == sorted(set(shown))


def test_a_turn_is_shown_soon_and_never_before_it() -> None:
    """Fed sample by sample: an event is never in the future, and after the first turns of a bout never older than half a second."""
    recording = skipped(Style.SINGLE_BOUNCE, 2, seconds=15)
    samples, counter = samples_of(recording), RopeMotionCounter()
    ages = []
    for at in range(len(samples.t_ns)):
        for event in counter.feed(part(samples, slice(at, at + 1))):
            assert event.t_ns <= samples.t_ns[at]
            ages.append((samples.t_ns[at] - event.t_ns) / 1e9)
    assert max(ages[4:]) <= 0.5
    assert float(np.median(ages)) <= 0.4


def test_the_shown_number_is_at_most_one_behind_once_the_bout_is_known() -> None:
    for style in (Style.SINGLE_BOUNCE, Style.ALTERNATE_FEET, Style.RUN):
        recording = skipped(style, 3)
        samples, counter, shown = samples_of(recording), RopeMotionCounter(), 0
        turns_ns = np.array(recording.truth.turns_s) * 1e9
        for at in range(0, len(samples.t_ns), 5):
            block = part(samples, slice(at, at + 5))
            shown += len(counter.feed(block))
            done = int(np.searchsorted(turns_ns, block.t_ns[-1] - 400_000_000))
            if done >= 5:
                assert shown >= done - 1


def test_a_pause_and_a_restart() -> None:
    rests = pupil_of(Style.SINGLE_BOUNCE, 4)
    recordings = [skipped(Style.SINGLE_BOUNCE, seed, seconds=12, ability=rests) for seed in (4, 5)]
    first, second = (samples_of(recording) for recording in recordings)
    later_ns = first.t_ns[-1] + 20_000_000 - second.t_ns[0]
    counter = RopeMotionCounter()
    events = [*counter.feed(first), *counter.feed(type(second)(second.t_ns + later_ns, second.accel_mps2)), *counter.flush()]
    true = sum(len(recording.truth.turns_s) for recording in recordings)
    assert abs(len(skips(events)) - true) <= 2
    assert [event.index for event in events if isinstance(event, Skip)] == list(range(1, len(skips(events)) + 1))


def test_most_trips_are_told_and_few_that_were_none() -> None:
    told = happened = wrong = 0
    for seed in range(10):
        recording = skipped(Style.ALTERNATE_FEET, seed, poor=True, seconds=40)
        found = np.array(trips(live_events(samples_of(recording)))) / 1e9
        true = np.array(recording.truth.trips_s)
        near = [bool(len(found)) and bool(np.min(np.abs(found - t_s)) < 1.0) for t_s in true]
        happened += len(true)
        told += sum(near)
        wrong += len(found) - sum(near)
    assert happened >= 10
    assert told >= 0.7 * happened
    assert wrong <= 0.15 * told


def test_many_bands_are_counted_as_each_alone() -> None:
    recordings = [samples_of(skipped(style, 6, seconds=10)) for style in (Style.SINGLE_BOUNCE, Style.DOUBLE_BOUNCE, Style.RUN)]
    counters = RopeMotionCounters(len(recordings))
    events: dict[int, list[Skip | Trip]] = {band: [] for band in range(len(recordings))}
    for at in range(0, max(len(samples.t_ns) for samples in recordings), 10):
        blocks = {band: part(samples, slice(at, at + 10)) for band, samples in enumerate(recordings) if at < len(samples.t_ns)}
        for band, found in counters.feed(blocks).items():
            events[band] += found  # type: ignore[arg-type]
    for band, found in counters.flush().items():
        events[band] += found  # type: ignore[arg-type]
    assert [events[band] for band in range(len(recordings))] == [live_events(samples) for samples in recordings]
    assert counters.late == 0


def test_an_ankle_counts_a_single_bounce_but_cannot_tell_it_from_running() -> None:
    """A limit that is told in docs/counting-motion.md: an ankle sees landings, and no rope."""
    recording = skipped(Style.SINGLE_BOUNCE, 2, limb=Limb.ANKLE)
    assert abs(len(skips(live_events(samples_of(recording)))) - len(recording.truth.turns_s)) <= 1
    assert len(skips(live_events(everyday(Everyday.RUNNING, 1, limb=Limb.ANKLE)))) > 0
