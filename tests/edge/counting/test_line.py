"""Places of bodies in, crossings out: which way, when, where on the line, and how sure."""

import math
import random
from typing import Any

from edge.counting.events import Crossing
from edge.counting.line import BodyPoint, Line, LineCounter, LineSample

UPRIGHT = Line(100, 0, 100, 200)


def crossings(
    line: Any, track_of: Any, *, rate_hz: Any = 30.0, seconds: Any = 3.0, width: Any = 20.0, flush: Any = True, sure: Any = 1.0
) -> Any:
    counter = LineCounter(line)
    found = []
    for n in range(round(seconds * rate_hz)):
        t_s = n / rate_hz
        bodies = tuple(BodyPoint(track, *place, width, sure) for track, place in enumerate(track_of(t_s), 1) if place is not None)
        found += counter.feed(LineSample(round(t_s * 1e9), bodies))
    return [*found, *(counter.flush() if flush else ())]


def test_a_runner_is_counted_once_with_the_time_between_two_pictures() -> None:
    found = crossings(UPRIGHT, lambda t: [(173.0 * t, 50.0)], rate_hz=10.0)
    (crossing,) = found
    assert crossing.direction == "left_to_right"
    assert math.isclose(crossing.t_ns / 1e9, 100 / 173, abs_tol=1e-6)
    assert math.isclose(crossing.along, 0.25)
    assert crossing.confidence == 1.0


def test_shaky_places_cost_little_and_are_told() -> None:
    draw = random.Random(2)

    def shaky(t: Any) -> Any:
        return [(173.0 * t + draw.gauss(0, 3.0), 50.0)]

    (steady,) = crossings(UPRIGHT, lambda t: [(173.0 * t, 50.0)])
    (crossing,) = crossings(UPRIGHT, shaky)
    assert abs(crossing.t_ns / 1e9 - 100 / 173) < 0.020
    assert crossing.unsure_ns > steady.unsure_ns


def test_both_directions_over_lines_that_are_drawn_either_way_round() -> None:
    def there(t: Any) -> Any:
        return [(100 + 60 * (t - 1.5), 100.0), (100 - 60 * (t - 1.4), 100.0)]

    for line in (UPRIGHT, Line(100, 200, 100, 0)):
        assert {(c.track, c.direction) for c in crossings(line, there)} == {(1, "left_to_right"), (2, "right_to_left")}
    for line in (Line(0, 100, 200, 100), Line(200, 100, 0, 100)):
        found = crossings(line, lambda t: [(100.0, 100 + 60 * way * (t - 1.5)) for way in (1, -1)])
        assert {(c.track, c.direction) for c in found} == {(1, "top_to_bottom"), (2, "bottom_to_top")}


def test_a_slanting_line_is_crossed_across_it_not_along_it() -> None:
    slanting = Line(50, 0, 150, 200)
    (crossing,) = crossings(slanting, lambda t: [(40 + 60 * t, 100.0)], seconds=2.0)
    assert crossing.direction == "left_to_right"
    assert math.isclose(crossing.t_ns / 1e9, 1.0, abs_tol=1e-3)


def test_who_stands_on_the_line_and_sways_does_not_cross_it_again_and_again() -> None:
    def sways(t: Any) -> Any:
        return [(40 + 60 * min(t, 1.0) + 5.0 * math.sin(5 * t) * (t > 1.0), 100.0)]

    assert len(crossings(UPRIGHT, sways, seconds=20.0, flush=False)) == 0


def test_who_turns_round_on_the_line_has_not_crossed_it() -> None:
    assert not crossings(UPRIGHT, lambda t: [(103 - abs(60 * (t - 1.0)), 100.0)], seconds=2.0)


def test_past_the_ends_of_the_line_nobody_crosses_it() -> None:
    assert not crossings(UPRIGHT, lambda t: [(60 * t, 215.0)])
    assert len(crossings(UPRIGHT, lambda t: [(60 * t, 205.0)])) == 1


def test_somebody_hidden_on_the_line_is_counted_with_a_time_that_is_less_sure() -> None:
    def seen(t: Any) -> Any:
        return [None if 1.2 < t < 2.1 else (60 * t, 100.0)]

    (crossing,) = crossings(UPRIGHT, seen)
    assert abs(crossing.t_ns / 1e9 - 100 / 60) < 0.02
    assert crossing.unsure_ns > 30_000_000


def test_a_body_that_is_mostly_hidden_gives_little_confidence() -> None:
    (crossing,) = crossings(UPRIGHT, lambda t: [(60 * t, 100.0)], sure=0.3)
    assert math.isclose(crossing.confidence, 0.3)


def test_at_the_end_of_a_recording_a_body_just_over_the_line_counts() -> None:
    def ends_there(t: Any) -> Any:
        return [(60 * t, 100.0)]

    assert not crossings(UPRIGHT, ends_there, seconds=1.78, flush=False)
    assert len(crossings(UPRIGHT, ends_there, seconds=1.78)) == 1


def test_bodies_that_are_gone_are_forgotten() -> None:
    counter = LineCounter(UPRIGHT)
    for n in range(3000):
        counter.feed(LineSample(n * 100_000_000, (BodyPoint(n, 50.0, 50.0, 20.0),)))
    assert len(counter._seen) <= 21


def test_a_crossing_of_old_has_usual_values_for_what_is_new() -> None:
    assert Crossing(0, "left_to_right", 1) == Crossing(0, "left_to_right", 1, 0.5, 1.0, 0)
