"""What all pictures of a count share: a sheet with its head, the cadence over the whole, rows below it, and the marks on them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from matplotlib import font_manager
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.gridspec import GridSpec
    from numpy.typing import NDArray

    from edge.counting.events import OfficialCount

    Floats = NDArray[np.float64]

Span = tuple[float, float]

INK, INK2, EDGE, HAIR, WASH = "#0b1220", "#3a4552", "#7a8592", "#c9d0d8", "#eef2f6"
GO, ACT, OK, BAD = "#ffd60a", "#0a48b0", "#00613c", "#b00020"
AXES: Final = ("#56b4e9", "#00a06e", "#d1361b")
"""All from pages/design/tokens.css; yellow is for the skips that count, and for nothing else."""
WIDTH_IN, DPI = 12.5, 120
"""1,500 pixels."""
ROW_S: Final = 24.0
"""At 180 skips a minute there are 72 of them in a row, each 20 pixels from the next; rows are equally long, so about this."""
LEAST_ROW_S: Final = 12.0
MOST_ROWS: Final = 40
"""Longer recordings get longer rows."""
HEAD_IN, OVERVIEW_IN, GAP_IN, FOOT_IN, SIDE_IN = 0.95, 1.0, 0.5, 0.5, 0.75
SIZE_IN, THIN_IN = 1.5, 0.42
TICK_S: Final = 2.0
SILENT_S: Final = 0.25
"""A line is broken where nothing was heard for longer."""
STRIP: Final = 0.26
"""Share of the height above the signal where marks stand."""
ROPE: Final = 0.82
"""Height of the skips' marks, as a share."""
EVERY: Final = 10
"""Every so many skips the number is written."""
PAUSE: Final = 1.8
"""A gap longer than this many usual ones is a pause, and no cadence."""
FONT: Final = "DejaVu Sans"
"""Comes with matplotlib, so a picture looks the same everywhere."""
FOR_NAMES: Final = ("Noto Sans CJK SC", "WenQuanYi Micro Hei")
"""For a recording whose name the font cannot write."""
STYLE: Final[dict[Any, Any]] = {"font.family": FONT, "font.size": 9, "axes.unicode_minus": False}


@dataclass(frozen=True, slots=True)
class Marks:
    """What is drawn over a signal.

    Attributes:
        official: the count whose skips, trips and bouts are marked.
        live_ns: times of the skips of the live count; `None` where it was not asked for.
        truth_ns: times that are known to be true; `None` where there are none.
        word: what is counted, "skips" or "steps".
    """

    official: OfficialCount
    live_ns: tuple[int, ...] | None = None
    truth_ns: tuple[int, ...] | None = None
    word: str = "skips"

    def counted(self, count: int) -> str:
        """A count with its word."""
        return f"{count} {self.word.removesuffix('s') if count == 1 else self.word}"


@dataclass(frozen=True, slots=True)
class Timeline:
    """Times of a recording as seconds of its picture; a clock of years is shown from the recording's beginning."""

    start_ns: int
    first_s: float
    last_s: float

    @classmethod
    def of(cls, t_ns: NDArray[np.int64]) -> Timeline:
        """Of a recording's stamps, in any order."""
        first_ns, last_ns = int(t_ns.min()), int(t_ns.max())
        start_ns = 0 if abs(first_ns) < 100_000_000_000_000 else first_ns
        return cls(start_ns, (first_ns - start_ns) / 1e9, (last_ns - start_ns) / 1e9)

    def seconds(self, t_ns: Sequence[int] | NDArray[np.int64]) -> Floats:
        """Times of the recording as seconds of the picture."""
        return (np.asarray(t_ns, dtype=np.int64) - self.start_ns) / 1e9

    @property
    def rows(self) -> list[Span]:
        """From when to when each row of the picture is."""
        length_s = self.last_s - self.first_s
        rows = min(MOST_ROWS, max(1, round(length_s / ROW_S)))
        row_s = float(np.ceil(max(LEAST_ROW_S, length_s / rows)))
        return [(self.first_s + row * row_s, self.first_s + (row + 1) * row_s) for row in range(rows)]


class Sheet:
    """A figure with the cadence above and rows of axes below, not yet on any screen or disk.

    Args:
        row_in: heights in inches of the axes of a row, the main one first.
        told: what the head says beside the usual.
        handles: what the legend has beside the usual.
    """

    def __init__(
        self, timeline: Timeline, marks: Marks, name: str, row_in: Sequence[float], told: Sequence[str] = (),
        handles: Sequence[Artist] = (),
    ) -> None:  # fmt: skip
        self._timeline, self._marks, self._row_in = timeline, marks, row_in
        heights = [OVERVIEW_IN, *(height for _ in timeline.rows for height in (GAP_IN, *row_in))]
        self._high_in = HEAD_IN + sum(heights) + FOOT_IN
        self.figure = Figure(figsize=(WIDTH_IN, self._high_in), dpi=DPI, facecolor="white")
        self._grid: GridSpec = self.figure.add_gridspec(
            len(heights), 1, height_ratios=heights, hspace=0,
            left=SIDE_IN / WIDTH_IN, right=1 - 0.25 / WIDTH_IN, top=1 - HEAD_IN / self._high_in, bottom=FOOT_IN / self._high_in,
        )  # fmt: skip
        self._head(name, told, handles)
        _overview(self._axes(0), timeline, marks)

    def row(self, number: int) -> list[Axes]:
        """The axes of a row, whose seconds are already on them."""
        span = self._timeline.rows[number]
        first = 2 + number * (1 + len(self._row_in))
        row = [self._axes(first + place) for place in range(len(self._row_in))]
        for axes in row:
            axes.set_xlim(span)
        seconds = np.arange(np.ceil(span[0] / TICK_S) * TICK_S, min(span[1], self._timeline.last_s + TICK_S / 2), TICK_S)
        row[-1].set_xticks(seconds)
        row[-1].tick_params(labelbottom=True, length=3)
        if span == self._timeline.rows[-1]:
            row[-1].set_xlabel("seconds", color=INK2)
        return row

    def _axes(self, place: int) -> Axes:
        axes = self.figure.add_subplot(self._grid[place])
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
        for side in ("left", "bottom"):
            axes.spines[side].set_color(HAIR)
        axes.tick_params(colors=INK2, labelsize=8, length=0, labelbottom=False)
        axes.tick_params(axis="y", length=0)
        return axes

    def _head(self, name: str, told: Sequence[str], handles: Sequence[Artist]) -> None:
        marks, official, high_in = self._marks, self._marks.official, self._high_in
        left = SIDE_IN / WIDTH_IN
        words = [name, f"confidence {official.confidence:.2f}"]
        if official.trip_t_ns:
            words.append(f"{len(official.trip_t_ns)} {'trip' if len(official.trip_t_ns) == 1 else 'trips'}")
        if marks.live_ns is not None:
            words.append(f"live {len(marks.live_ns)}")
        if marks.truth_ns is not None:
            words.append(f"truth {len(marks.truth_ns)}")
        words += [*told, f"{self._timeline.last_s - self._timeline.first_s:.0f} s"]
        top, below = 1 - 0.16 / high_in, 1 - 0.56 / high_in
        self.figure.text(left, top, marks.counted(official.count), va="top", size=18, weight="bold", color=INK, gid="count")
        self.figure.text(left, below, "  ·  ".join(words), va="top", size=10, color=INK2, parse_math=False, family=_family(name))
        self.figure.legend(
            handles=[*_legend(marks), *handles], loc="upper right", bbox_to_anchor=(1 - 0.2 / WIDTH_IN, top), ncols=8,
            frameon=False, fontsize=9, labelcolor=INK2, handletextpad=0.3, columnspacing=1.4, borderpad=0,
        )  # fmt: skip


def _family(name: str) -> list[str]:
    installed = set(font_manager.get_font_names())
    return [FONT] if name.isascii() else [FONT, *(font for font in FOR_NAMES if font in installed)]


def _legend(marks: Marks) -> list[Artist]:
    handles: list[Artist] = [Line2D([], [], ls="", marker="o", ms=6, mfc=GO, mec=INK, mew=0.9, label=marks.word.removesuffix("s"))]
    if marks.live_ns is not None:
        handles.append(Line2D([], [], ls="", marker="^", ms=6, color=ACT, mew=0, label="live"))
    if marks.truth_ns is not None:
        handles.append(Line2D([], [], ls="", marker="|", ms=8, color=OK, mew=1.8, label="truth"))
    if marks.official.trip_t_ns:
        handles.append(Line2D([], [], ls="", marker="X", ms=7, color=BAD, mew=0, label="trip"))
    return [*handles, Patch(facecolor=WASH, edgecolor=HAIR, label="bout")]


def _overview(axes: Axes, timeline: Timeline, marks: Marks) -> None:
    """The cadence over the whole recording, and where the rows below begin."""
    axes.set_xlim(timeline.first_s, timeline.last_s)
    draw_bouts(axes, timeline, marks, labels=None)
    times = timeline.seconds(marks.official.event_t_ns)
    gaps = np.diff(times)
    usual = float(np.median(gaps)) if len(gaps) else 0.0
    level = 60 / usual if usual else 0.0
    going = gaps <= PAUSE * usual
    cadence = np.where(going, 60 / np.maximum(gaps, 1e-3), np.nan)
    if going.any():
        axes.axhline(level, color=EDGE, lw=0.8, ls=(0, (3, 3)), zorder=2)
        axes.plot((times[1:] + times[:-1]) / 2, cadence, color=ACT, lw=1.1, marker="o", ms=2.2, zorder=3)
        low, high = float(np.nanmin(cadence)), float(np.nanmax(cadence))
        room = max(0.15 * level, 0.25 * (high - low))
        axes.set_ylim(max(0.0, low - room), high + room)
        axes.set_yticks([round(level)])
    else:
        axes.set_yticks([])
        axes.text(0.5, 0.5, f"no {marks.word}", transform=axes.transAxes, ha="center", va="center", color=EDGE, size=10)
    for t_s in timeline.seconds(marks.official.trip_t_ns):
        axes.plot(t_s, 0.06, marker="X", ms=6, color=BAD, mew=0, transform=axes.get_xaxis_transform(), clip_on=False, zorder=4)
    if going.any():
        for first_s, _ in timeline.rows[1:]:
            axes.axvline(first_s, color=HAIR, lw=0.8, zorder=1)
    axes.set_ylabel("a minute", color=INK2, labelpad=6, size=8)
    axes.tick_params(labelbottom=True, length=3)


def draw_marks(axes: Axes, timeline: Timeline, marks: Marks) -> None:
    """Skips, live skips, truth and trips of a row, at shares of its height."""
    span, across = axes.get_xlim(), axes.get_xaxis_transform()
    for number, t_s in within(timeline, marks.truth_ns or (), span):
        (mark,) = axes.plot([t_s], [0.1], marker="|", ms=9, color=OK, mew=1.6, ls="", zorder=5, transform=across)
        mark.set_gid(f"truth-{number}")
    for number, t_s in within(timeline, marks.official.event_t_ns, span):
        axes.plot([t_s, t_s], [0, ROPE], color=HAIR, lw=0.7, zorder=1.5, transform=across)
        (mark,) = axes.plot([t_s], [ROPE], marker="o", ms=5.2, mfc=GO, mec=INK, mew=0.8, ls="", zorder=5, transform=across)
        mark.set_gid(f"skip-{number}")
        if number % EVERY == 0:
            axes.annotate(
                str(number), (t_s, ROPE), (0, 4), xycoords=across, textcoords="offset points", ha="center", va="bottom", size=7.5,
                color=INK, zorder=6,
            )  # fmt: skip
    for number, t_s in within(timeline, marks.live_ns or (), span):
        (mark,) = axes.plot([t_s], [0.035], marker="^", ms=4.6, color=ACT, mew=0, ls="", zorder=5, transform=across)
        mark.set_gid(f"live-{number}")
    for number, t_s in within(timeline, marks.official.trip_t_ns, span):
        axes.plot([t_s, t_s], [0, 1], color=BAD, lw=0.9, ls=(0, (2, 2)), zorder=4, transform=across)
        (mark,) = axes.plot(
            [t_s], [0.982], marker="X", ms=8.5, mfc=BAD, mec="white", mew=0.7, ls="", zorder=7, clip_on=False, transform=across
        )
        mark.set_gid(f"trip-{number}")


def bout_spans(timeline: Timeline, marks: Marks) -> list[Span]:
    """Each begins half a period before its first skip and ends half a period after its last."""
    times = timeline.seconds(marks.official.event_t_ns)
    half_s = float(np.median(np.diff(times))) / 2 if len(times) > 1 else 0.25
    ends = [timeline.seconds((bout.start_ns, bout.end_ns)) + half_s * np.array([-1.0, 1.0]) for bout in marks.official.bouts]
    return [(float(start_s), float(end_s)) for start_s, end_s in ends]


def draw_bouts(axes: Axes, timeline: Timeline, marks: Marks, labels: Sequence[str] | None) -> None:
    """Bouts as shaded spans.

    Args:
        labels: what stands over each; `None` for nothing.
    """
    left, right = axes.get_xlim()
    for number, (start_s, end_s) in enumerate(bout_spans(timeline, marks), 1):
        shown = max(left, start_s), min(right, end_s)
        if shown[1] <= shown[0]:
            continue
        axes.axvspan(*shown, color=WASH, lw=0, zorder=0)
        if labels is None:
            continue
        axes.axvspan(*shown, ymin=0.965, ymax=1.0, color=EDGE, lw=0, zorder=2)
        if left <= max(start_s, timeline.first_s) < right:
            text = axes.annotate(
                labels[number - 1], (shown[0], 1.0), (0, 3), xycoords=axes.get_xaxis_transform(), textcoords="offset points",
                ha="left", va="bottom", size=9, weight="bold", color=INK, zorder=6,
            )  # fmt: skip
            text.set_gid(f"bout-{number}")


def within(timeline: Timeline, t_ns: Sequence[int], span: Span) -> list[tuple[int, float]]:
    """Number, from 1, and second of each of these times that is within a row."""
    numbered = enumerate(timeline.seconds(t_ns).tolist(), 1)
    return [(number, t_s) for number, t_s in numbered if span[0] <= t_s < span[1]]


def draw_line(axes: Axes, t_s: Floats, values: Floats, colour: str, width: float) -> None:
    """The part of a signal that is on these axes, broken where nothing was heard."""
    first, end = np.searchsorted(t_s, axes.get_xlim())
    first, end = max(0, int(first) - 1), int(end) + 1
    t_s, part = t_s[first:end], values[first:end]
    breaks = [0, *(np.flatnonzero(np.diff(t_s) > SILENT_S) + 1).tolist(), len(t_s)]
    for one, other in pairwise(breaks):
        axes.plot(t_s[one:other], part[one:other], color=colour, lw=width, solid_joinstyle="round", zorder=3)
