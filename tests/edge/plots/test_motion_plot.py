"""A picture shows what was counted: as many marks as there are skips, each at its time."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("matplotlib", reason="the plot extra is not installed")

from edge.counting.events import Bout, OfficialCount
from edge.counting.samples import MotionSamples
from edge.plots.motion import draw_motion
from edge.plots.sheet import DPI, WIDTH_IN, Marks

SECOND = 1_000_000_000


def samples(seconds: float, *, start_s: float = 0.0, gyro: bool = True, axes: int = 3) -> MotionSamples:
    t_s = start_s + np.arange(0, seconds, 0.02)
    wave = np.sin(4 * np.pi * t_s)[:, None] * np.ones((1, axes)) * 10
    turning = np.full((len(t_s), 3), 3.0, dtype=np.float32) if gyro else None
    return MotionSamples(np.round(t_s * SECOND).astype(np.int64), wave.astype(np.float32), turning)


def count(times_s: list[float], trips_s: tuple[float, ...] = ()) -> OfficialCount:
    times = tuple(round(t * SECOND) for t in times_s)
    bouts = (Bout(times[0], times[-1], len(times)),) if times else ()
    return OfficialCount(len(times), times, tuple(round(t * SECOND) for t in trips_s), bouts, 0.93)


def marked(figure: object, gid: str) -> list[float]:
    """Seconds at which marks of a kind stand."""
    lines = [line for axes in figure.axes for line in axes.get_lines() if (line.get_gid() or "").startswith(f"{gid}-")]  # type: ignore[attr-defined]
    return [float(line.get_xdata()[0]) for line in lines]


@pytest.mark.parametrize("seconds", [8, 23, 49, 130])
def test_every_skip_is_marked_once_at_its_time(seconds: int) -> None:
    times_s = [round(1 + 0.5 * n, 3) for n in range(2 * seconds - 4)]
    figure = draw_motion(samples(seconds), Marks(count(times_s)), "attempt.csv")
    assert marked(figure, "skip") == pytest.approx(times_s)
    assert figure.get_size_inches()[0] * DPI == WIDTH_IN * DPI <= 1600


def test_live_truth_and_trips_have_marks_of_their_own() -> None:
    live, truth = (2 * SECOND, 3 * SECOND), (SECOND, 2 * SECOND, 3 * SECOND)
    figure = draw_motion(samples(10), Marks(count([1, 2, 3, 4], (4.2,)), live, truth), "attempt.csv")
    assert [len(marked(figure, gid)) for gid in ("skip", "live", "truth", "trip")] == [4, 2, 3, 1]
    (words,) = [text.get_text() for text in figure.texts if text.get_text().startswith("attempt.csv")]
    assert words == "attempt.csv  ·  confidence 0.93  ·  1 trip  ·  live 2  ·  truth 3  ·  10 s"


def test_the_title_has_the_count_and_bouts_have_theirs() -> None:
    counted = OfficialCount(
        5, tuple(n * SECOND for n in (1, 2, 3, 7, 8)), (), (Bout(SECOND, 3 * SECOND, 3), Bout(7 * SECOND, 8 * SECOND, 2))
    )
    figure = draw_motion(samples(10), Marks(counted, word="steps"), "walk.csv")
    assert figure.texts[0].get_text() == "5 steps"
    told = [text.get_text() for axes in figure.axes for text in axes.texts if (text.get_gid() or "").startswith("bout-")]
    assert told == ["3 steps", "2 steps"]


def test_a_bout_that_begins_with_the_recording_has_its_count() -> None:
    figure = draw_motion(samples(10), Marks(count([0.0, 0.5, 1.0])), "attempt.csv")
    assert "3 skips" in [text.get_text() for text in figure.axes[1].texts]


def test_nothing_counted_is_said() -> None:
    figure = draw_motion(samples(6, gyro=False, axes=1), Marks(OfficialCount(0)), "desk.csv")
    assert figure.texts[0].get_text() == "0 skips"
    assert [text.get_text() for text in figure.axes[0].texts] == ["no skips"]
    assert not marked(figure, "skip")


def test_a_line_is_broken_where_nothing_was_heard() -> None:
    whole = samples(10, gyro=False, axes=1)
    kept = (whole.t_ns < 4 * SECOND) | (whole.t_ns > 6 * SECOND)
    figure = draw_motion(MotionSamples(whole.t_ns[kept], whole.accel_mps2[kept]), Marks(OfficialCount(0)), "gap.csv")
    parts = [line for line in figure.axes[1].get_lines() if len(line.get_xdata()) > 2]
    assert [float(np.max(part.get_xdata())) < 4 for part in parts] == [True, False]


def test_a_clock_of_years_is_shown_from_the_beginning() -> None:
    start_s = 1.7e9
    figure = draw_motion(samples(10, start_s=start_s), Marks(count([start_s + 1, start_s + 2])), "attempt.csv")
    assert marked(figure, "skip") == pytest.approx([1, 2], abs=1e-3)


def test_an_hour_is_no_picture_without_end() -> None:
    figure = draw_motion(samples(3600, gyro=False, axes=1), Marks(OfficialCount(0)), "hour.csv")
    assert figure.get_size_inches()[1] * DPI < 20_000
