"""Boxes in, the same numbers for the same bodies out; and with a line, exactly as many crossings as there were."""

import random
from collections import Counter
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from edge.counting.body_tracks import MOST_TRACKS, BodyTracks, Box, overlap
from edge.counting.line import BodyPoint, Line, LineCounter, LineSample

HEIGHT, WIDTH = 90.0, 34.0


def box(x: Any, foot_y: Any = 300.0, height: Any = HEIGHT, **more: Any) -> Any:
    width = height * WIDTH / HEIGHT
    return Box(x - 0.5 * width, foot_y - height, width, height, **more)


def follow(boxes_at: Any, *, rate_hz: Any = 30.0, seconds: Any = 3.0) -> Any:
    tracks = BodyTracks()
    return [tracks.feed(round(n / rate_hz * 1e9), boxes_at(n / rate_hz)) for n in range(round(seconds * rate_hz))]


def test_one_body_keeps_its_number_and_tells_its_speed() -> None:
    seen = follow(lambda t: [box(100 + 150 * t)])
    assert {body.track for bodies in seen for body in bodies} == {1}
    last = seen[-1][0]
    assert abs(last.speed_px_s[0] - 150) < 5
    assert last.travelled > 4


def test_two_who_pass_each_other_keep_their_numbers() -> None:
    red, blue = (0.1, 0.1, 0.8), (0.8, 0.2, 0.1)
    seen = follow(lambda t: [box(100 + 150 * t, look=red), box(550 - 150 * t, 304, look=blue)])
    first, last = seen[2], seen[-1]
    assert first[0].box.middle_x < first[1].box.middle_x
    assert last[0].track == first[0].track
    assert last[0].box.middle_x > last[1].box.middle_x


def test_somebody_who_is_hidden_for_a_while_is_the_same_one_afterwards() -> None:
    seen = follow(lambda t: [] if 1.0 < t < 1.7 else [box(100 + 150 * t)])
    assert {body.track for bodies in seen for body in bodies} == {1}
    hidden = seen[40][0]
    assert not hidden.seen
    assert abs(hidden.box.middle_x - (100 + 150 * 40 / 30)) < 15


def test_somebody_who_is_gone_for_long_is_somebody_else_when_they_come_back() -> None:
    seen = follow(lambda t: [] if 1.0 < t < 2.5 else [box(100 + 10 * t)])
    assert seen[-1][0].track == 2


def test_a_box_that_was_looked_for_goes_to_whom_it_was_looked_for() -> None:
    tracks = BodyTracks()
    for n in range(5):
        tracks.feed(n * 33_000_000, [box(100), box(140)])
    one, other = tracks.feed(5 * 33_000_000, [box(118, claims=2, sure=0.5)])
    assert not one.seen
    assert other.seen


def test_where_somebody_will_be_is_told_without_changing_anything() -> None:
    tracks = BodyTracks()
    for n in range(30):
        tracks.feed(n * 33_333_333, [box(100 + 5 * n)])
    (ahead,) = tracks.expected(30 * 33_333_333)
    assert abs(ahead.box.middle_x - 250) < 2
    assert tracks.expected(30 * 33_333_333) == [ahead]


def test_thousands_of_chance_boxes_do_not_fill_the_memory() -> None:
    draw = random.Random(1)
    tracks = BodyTracks()
    for n in range(60):
        followed = tracks.feed(n * 10_000_000, [box(draw.uniform(0, 5000), draw.uniform(100, 900)) for _ in range(40)])
        assert len(followed) <= MOST_TRACKS


def test_what_boxes_share() -> None:
    assert overlap(box(100), box(100)) == 1.0
    assert overlap(box(100), box(300)) == 0.0
    assert 0.3 < overlap(box(100), box(100 + WIDTH / 2)) < 0.35


runner = st.tuples(
    st.floats(1.0, 4.0),  # over the line at, s
    st.floats(60.0, 320.0),  # px a second: 1.0 to 5.3 m/s for a body of 1.5 m
    st.booleans(),
    st.sampled_from([230.0, 290.0, 350.0, 410.0]),
)


@given(runners=st.lists(runner, min_size=1, max_size=7), seed=st.integers(0, 10**6))
@settings(max_examples=60, deadline=None)
def test_boxes_without_names_that_shake_and_are_lost_now_and_then_are_counted_exactly(runners: Any, seed: Any) -> None:
    """As detectors give them (MOT): no ids, 5 % lost, edges off by a few per cent; lanes 60 px apart, nobody in one's way."""
    draw = random.Random(seed)
    lanes = Counter()
    kept = []
    for over_s, speed, right, lane in runners:
        if not lanes[lane]:
            kept.append((over_s, speed, right, lane))
            lanes[lane] += 1
    line, tracks = Line(400, 150, 400, 450), BodyTracks()
    counter = LineCounter(line)
    found = []
    for n in range(180):
        t_s = n / 30
        boxes = []
        for over_s, speed, right, lane in kept:
            x = 400 + (1 if right else -1) * speed * (t_s - over_s)
            if 0 < x < 800 and draw.random() > 0.05:
                boxes.append(box(x + draw.gauss(0, 1.5), lane + draw.gauss(0, 2), HEIGHT * draw.uniform(0.96, 1.04)))
        draw.shuffle(boxes)
        followed = tracks.feed(round(t_s * 1e9), boxes)
        bodies = tuple(BodyPoint(f.track, f.box.middle_x, f.box.foot_y, f.box.width) for f in followed if f.seen and f.ripe)
        found += counter.feed(LineSample(round(t_s * 1e9), bodies))
    found += counter.flush()
    right = sum(way for *_, way, _ in kept)
    assert Counter(c.direction for c in found) == +Counter(left_to_right=right, right_to_left=len(kept) - right)
    for over_s, *_ in kept:
        assert min(abs(c.t_ns / 1e9 - over_s) for c in found) < 0.05
