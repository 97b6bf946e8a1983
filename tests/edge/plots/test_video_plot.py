"""A picture of what was seen: a mark for every skip and key frame, spans with nobody, and what the hands bear witness of."""

from __future__ import annotations

from dataclasses import replace

import pytest

pytest.importorskip("matplotlib", reason="the plot extra is not installed")

from edge.counting.events import OfficialCount, Trip
from edge.counting.rope_pose import RopePoseCounter, count_official
from edge.counting.samples import BodySample
from edge.plots.sheet import DPI, WIDTH_IN, Marks
from edge.plots.video import draw_video
from support.bodies import Body, bounce, seen, turning

SKIPPER = Body(height=bounce(2.0, 2.0, 10.0), hands=turning(2.0))
NO_ROPE = Body(height=bounce(2.0, 2.0, 10.0))


def gids(figure: object, kind: str) -> list[str]:
    artists = [artist for axes in figure.axes for artist in (*axes.get_lines(), *axes.texts, *axes.patches)]  # type: ignore[attr-defined]
    return [str(a.get_gid()) for a in artists if (a.get_gid() or "").startswith(f"{kind}-")]


def told(figure: object, kind: str) -> list[str]:
    texts = [text for axes in figure.axes for text in axes.texts]  # type: ignore[attr-defined]
    return [text.get_text() for text in texts if (text.get_gid() or "").startswith(f"{kind}-")]


def head(figure: object) -> str:
    return str(figure.texts[1].get_text())  # type: ignore[attr-defined]


def test_every_skip_and_every_key_frame_has_a_mark() -> None:
    samples = seen(SKIPPER, 50.0)
    official = count_official(samples)
    figure = draw_video(samples, Marks(official), "clip.mp4")
    assert official.count >= 15
    assert gids(figure, "skip") == [f"skip-{n}" for n in range(1, official.count + 1)]
    assert len(gids(figure, "key")) == sum(sample.key for sample in samples)
    assert figure.texts[0].get_text() == f"{official.count} skips"
    assert figure.get_size_inches()[0] * DPI == WIDTH_IN * DPI


def test_a_bout_says_what_it_was_counted_by_and_whether_a_rope_was_seen() -> None:
    samples = seen(SKIPPER, 12.0)
    with_rope = draw_video(samples, Marks(count_official(samples)), "clip.mp4")
    assert told(with_rope, "bout")[0].endswith("skips by the bounce")
    assert told(with_rope, "rope")[0].startswith("rope seen")
    assert "rope seen" in head(with_rope)
    samples = seen(NO_ROPE, 12.0)
    without = draw_video(samples, Marks(count_official(samples)), "clip.mp4")
    assert told(without, "rope")[0].startswith("rope not seen")
    assert "rope not seen" in head(without)


def test_alternate_feet_are_told() -> None:
    from math import cos, pi, sin

    stepper = Body(
        height=lambda t_s: -0.03 * cos(2 * pi * 3.0 * t_s) if 2 < t_s < 9 else 0.0,
        stride=lambda t_s: 0.35 * sin(2 * pi * 1.5 * t_s) if 2 < t_s < 9 else 0.0,
        hands=turning(3.0),
    )
    samples = seen(stepper, 12.0)
    figure = draw_video(samples, Marks(count_official(samples)), "clip.mp4")
    assert told(figure, "bout")[0].endswith("skips by the feet")


def test_where_nobody_was_seen_is_shown() -> None:
    samples = [BodySample(s.t_ns, present=False) if 5.0 <= s.t_ns / 1e9 < 7.0 else s for s in seen(SKIPPER, 12.0)]
    figure = draw_video(samples, Marks(count_official(samples)), "clip.mp4")
    assert gids(figure, "nobody") == ["nobody-1"]
    (span,) = [patch for axes in figure.axes for patch in axes.patches if patch.get_gid() == "nobody-1"]
    assert span.get_x() == pytest.approx(5.0, abs=0.05)
    assert span.get_x() + span.get_width() == pytest.approx(7.0, abs=0.05)
    longest = [line for line in figure.axes[1].get_lines() if len(line.get_xdata()) > 20]
    assert not any(5.5 < t_s < 6.5 for line in longest for t_s in line.get_xdata())


def test_live_truth_and_trips_have_marks_of_their_own() -> None:
    samples = seen(SKIPPER, 12.0)
    counter = RopePoseCounter()
    events = [event for sample in samples for event in counter.feed(sample)]
    live = tuple(e.t_ns for e in [*events, *counter.flush()] if not isinstance(e, Trip))
    official = replace(count_official(samples), trip_t_ns=(10_500_000_000,), double_unders=3)
    figure = draw_video(samples, Marks(official, live, live[:4]), "clip.mp4")
    assert [len(gids(figure, kind)) for kind in ("live", "truth", "trip")] == [len(live), 4, 1]
    assert "  ·  1 trip  ·  " in head(figure)
    assert "3 of them double unders" in head(figure)


def test_nobody_at_all_is_a_picture_too() -> None:
    samples = [BodySample(n * 33_000_000, present=False) for n in range(90)]
    figure = draw_video(samples, Marks(OfficialCount(0)), "empty.mp4")
    assert [text.get_text() for text in figure.axes[0].texts] == ["no skips"]
    assert gids(figure, "nobody") == ["nobody-1"]
    assert not gids(figure, "key")
