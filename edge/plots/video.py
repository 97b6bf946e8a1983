"""A pupil on video as a picture: cadence over the whole, below it the waves that are counted, key frames, hands, and every skip."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import matplotlib as mpl
import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from edge.counting.body_bouts import find_bouts
from edge.counting.body_stretch import levelled, stretches
from edge.counting.bounces import bounce_wave
from edge.counting.rope_arms import hands_of
from edge.counting.signal import runs
from edge.counting.strides import RULES as STRIDES
from edge.plots.sheet import (
    ACT,
    AXES,
    BAD,
    HAIR,
    INK,
    INK2,
    OK,
    SIZE_IN,
    STRIP,
    STYLE,
    THIN_IN,
    Sheet,
    Timeline,
    bout_spans,
    draw_bouts,
    draw_line,
    draw_marks,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from edge.counting.judged_bout import BodyBout
    from edge.counting.samples import BodySample
    from edge.plots.sheet import Marks, Span

    Floats = NDArray[np.float64]

HANDS_IN: Final = 0.6
LEAST_SWING: Final = 0.05
"""Torso lengths: somebody who stands still is drawn as a flat line, not as noise."""
LEFT, RIGHT = 1, 3
"""Of `hands_of`: the heights."""
NOBODY: Final[dict[str, Any]] = {"facecolor": "white", "edgecolor": HAIR, "hatch": "////", "lw": 0.0}


def draw_video(samples: Sequence[BodySample], marks: Marks, name: str) -> Figure:
    """Draw what was seen of one pupil.

    Args:
        samples: of an attempt, at least two.
        marks: counted from the same samples; what each bout was counted by, and whether a rope was seen in it, is found here.
        name: what the title calls it.

    Returns:
        A figure as of `edge.plots.motion.draw_motion`, with these marks besides: "key-1" for each key frame, "nobody-1" for each
        span in which nobody was seen, "rope-1" over the hands of each bout.
    """
    ordered = sorted({s.t_ns: s for s in samples}.values(), key=lambda s: s.t_ns)
    with mpl.rc_context(STYLE):
        return _draw(_Body.of(ordered), marks, name)


@dataclass(frozen=True, slots=True, eq=False)
class _Body:
    """What was seen, in the units of the picture: seconds, torso lengths.

    Attributes:
        t_s, bounce, stride: one after another the stretches in which the body was in view; between two of them one NaN.
        key_s, nobody: key frames, and from when to when nobody was seen.
        hands_s, hands: heights of the left and the right hand against the shoulders, at key frames.
    """

    timeline: Timeline
    t_s: Floats
    bounce: Floats
    stride: Floats
    key_s: Floats
    nobody: list[Span]
    hands_s: Floats
    hands: Floats
    bouts: list[BodyBout]

    @classmethod
    def of(cls, samples: Sequence[BodySample]) -> _Body:
        t_ns = np.array([s.t_ns for s in samples], dtype=np.int64)
        timeline = Timeline.of(t_ns)
        at_s = timeline.seconds(t_ns)
        parts: list[Floats] = []
        for stretch in stretches(samples):
            rate = stretch.rate_hz
            bounce = bounce_wave(stretch)
            stride = levelled(stretch.stride, rate, STRIDES.smooth_s, STRIDES.trend_s)
            seconds = (stretch.start_ns - timeline.start_ns) / 1e9 + np.arange(len(bounce)) / rate
            parts += [np.stack([seconds, bounce, stride]), np.array([[seconds[-1]], [np.nan], [np.nan]])]
        t_s, bounce, stride = np.concatenate(parts, axis=1) if parts else np.zeros((3, 0))
        keys = [s for s in samples if s.present and s.key]
        posed = [s for s in keys if s.pose_px is not None and s.torso_px > 0]
        ends_s = np.append(at_s, at_s[-1])
        nobody = [(float(at_s[first]), float(ends_s[end])) for first, end in runs(np.array([not s.present for s in samples]))]
        return cls(
            timeline, t_s, bounce, stride, timeline.seconds([s.t_ns for s in keys]), nobody,
            timeline.seconds([s.t_ns for s in posed]), hands_of(posed)[:, [LEFT, RIGHT]], find_bouts(samples, afterwards=True),
        )  # fmt: skip


def _draw(body: _Body, marks: Marks, name: str) -> Figure:
    sheet = Sheet(body.timeline, marks, name, [SIZE_IN, THIN_IN, HANDS_IN], _told(body, marks), _legend(body))
    bounce, stride = _reach(body.bounce), _reach(body.stride)
    for number in range(len(body.timeline.rows)):
        wave, legs, hands = sheet.row(number)
        for axes in (wave, legs, hands):
            _nobody(axes, body, named=axes is wave)
        _wave(wave, body, marks, bounce)
        _stride(legs, body, stride)
        _hands(hands, body, marks)
    return sheet.figure


def _told(body: _Body, marks: Marks) -> list[str]:
    official = marks.official
    told = [f"{official.double_unders} of them double unders"] if official.double_unders else []
    if official.rope_seen is not None:
        told.append("rope seen" if official.rope_seen else "rope not seen")
    length_s = body.timeline.last_s - body.timeline.first_s
    return [*told, f"{len(body.key_s) / max(length_s, 1e-9):.1f} poses a second"]


def _legend(body: _Body) -> list[Artist]:
    handles: list[Artist] = [Line2D([], [], ls="", marker="|", ms=6, color=ACT, mew=1.0, label="key frame")]
    return [*handles, Patch(**NOBODY, label="nobody")] if body.nobody else handles


def _reach(wave: Floats) -> float:
    """How far a wave goes to either side."""
    known = np.abs(wave[np.isfinite(wave)])
    return max(LEAST_SWING, 1.1 * float(np.quantile(known, 0.995))) if len(known) else LEAST_SWING


def _nobody(axes: Axes, body: _Body, *, named: bool) -> None:
    left, right = axes.get_xlim()
    for number, (start_s, end_s) in enumerate(body.nobody, 1):
        if end_s > left and start_s < right:
            patch = axes.axvspan(max(left, start_s), min(right, end_s), zorder=0.5, **NOBODY)
            if named:
                patch.set_gid(f"nobody-{number}")


def _wave(axes: Axes, body: _Body, marks: Marks, reach: float) -> None:
    """The bounce, key frames as ticks below it, and all marks."""
    axes.set_ylim(-reach, -reach + 2 * reach / (1 - STRIP))
    axes.set_yticks([0.0])
    axes.set_ylabel("bounce", color=INK2, labelpad=6, size=8)
    axes.spines["bottom"].set_visible(False)
    draw_bouts(axes, body.timeline, marks, _labels(body, marks))
    draw_line(axes, body.t_s, body.bounce, INK, 0.9)
    draw_marks(axes, body.timeline, marks)
    left, right = axes.get_xlim()
    for number, t_s in enumerate(body.key_s.tolist(), 1):
        if left <= t_s < right:
            (tick,) = axes.plot([t_s, t_s], [0.0, 0.05], color=ACT, lw=0.8, zorder=2, transform=axes.get_xaxis_transform())
            tick.set_gid(f"key-{number}")


def _labels(body: _Body, marks: Marks) -> list[str]:
    """What stands over each bout: how many, and what they were counted by."""
    labels = []
    for bout in marks.official.bouts:
        own = _same(body.bouts, bout.start_ns)
        by = f" by the {own.by}" if own is not None else ""
        labels.append(f"{marks.counted(bout.count)}{by}{', twice round' if own is not None and own.twice else ''}")
    return labels


def _same(bouts: Sequence[BodyBout], start_ns: int) -> BodyBout | None:
    return next((bout for bout in bouts if bout.skips_ns[0] == start_ns), None)


def _stride(axes: Axes, body: _Body, reach: float) -> None:
    axes.set_ylim(-reach, reach)
    axes.set_yticks([])
    axes.set_ylabel("stride", rotation=0, color=INK2, labelpad=18, va="center", size=8)
    draw_line(axes, body.t_s, body.stride, AXES[1], 0.8)


def _hands(axes: Axes, body: _Body, marks: Marks) -> None:
    """Heights of both hands at key frames; over each bout what they bear witness of."""
    axes.set_yticks([])
    axes.set_ylabel("hands", rotation=0, color=INK2, labelpad=18, va="center", size=8)
    known = body.hands.ravel()
    low, high = (float(known.min()), float(known.max())) if len(known) else (-1.0, 0.0)
    axes.set_ylim(low - 0.1, high + 0.8 * max(high - low, 0.2))
    for hand, colour in ((0, AXES[0]), (1, AXES[2])):
        axes.plot(body.hands_s, body.hands[:, hand], color=colour, marker="o", ms=1.8, lw=0.5, zorder=3)
    left, right = axes.get_xlim()
    for number, (bout, (start_s, end_s)) in enumerate(zip(marks.official.bouts, bout_spans(body.timeline, marks), strict=True), 1):
        own = _same(body.bouts, bout.start_ns)
        shown = max(left, start_s), min(right, end_s)
        if own is None or shown[1] <= shown[0]:
            continue
        colour = OK if own.rope_seen else BAD
        axes.plot(shown, [0.97, 0.97], color=colour, lw=2.0, transform=axes.get_xaxis_transform(), zorder=4)
        if left <= max(start_s, body.timeline.first_s) < right:
            told = f"rope {'seen' if own.rope_seen else 'not seen'} ({own.arms.explained:.2f})"
            text = axes.annotate(
                told, (shown[0], 0.92), xycoords=axes.get_xaxis_transform(), ha="left", va="top", size=7.5, color=colour, zorder=6
            )
            text.set_gid(f"rope-{number}")
