"""A motion recording as a picture: its cadence over the whole, and below it the signal, row by row, with every skip marked."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import matplotlib as mpl
import numpy as np
from matplotlib import font_manager
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MultipleLocator

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.gridspec import GridSpec
    from numpy.typing import NDArray

    from edge.counting.events import OfficialCount
    from edge.counting.samples import MotionSamples

    Floats = NDArray[np.float64]

INK, INK2, EDGE, HAIR, WASH = "#0b1220", "#3a4552", "#7a8592", "#c9d0d8", "#eef2f6"
GO, ACT, OK, BAD = "#ffd60a", "#0a48b0", "#00613c", "#b00020"
AXES: Final = ("#56b4e9", "#00a06e", "#d1361b")
"""All from pages/design/tokens.css; yellow is for the skips that count, and for nothing else."""
GRAVITY_MPS2: Final = 9.80665
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


def draw_motion(samples: MotionSamples, marks: Marks, name: str) -> Figure:
    """Draw a recording.

    Args:
        name: what the title calls it.

    Returns:
        A figure `WIDTH_IN` wide and as high as it must be, not yet on any screen or disk. Each mark is an artist with a gid of
        its kind and number: "skip-1", "live-1", "truth-1", "trip-1", "bout-1".
    """
    with mpl.rc_context({"font.family": FONT, "font.size": 9, "axes.unicode_minus": False}):
        return _draw(_Signal.of(samples), marks, name)


@dataclass(frozen=True, slots=True, eq=False)
class _Signal:
    """A recording in the units of the picture: seconds in order, g, degrees a second."""

    t_s: Floats
    start_ns: int
    axes_g: Floats
    size_g: Floats
    gyro_dps: Floats | None

    @classmethod
    def of(cls, samples: MotionSamples) -> _Signal:
        order = np.argsort(samples.t_ns, kind="stable")
        accel_g = samples.accel_mps2[order].astype(np.float64) / GRAVITY_MPS2
        gyro = samples.gyro_rads
        turning = None if gyro is None else np.degrees(np.linalg.norm(gyro[order].astype(np.float64), axis=1))
        first_ns = int(samples.t_ns[order[0]])
        start_ns = 0 if abs(first_ns) < 100_000_000_000_000 else first_ns  # a clock of years is shown from the beginning
        t_s = (samples.t_ns[order] - start_ns) / 1e9
        return cls(t_s, start_ns, accel_g, np.linalg.norm(accel_g, axis=1), turning)

    def seconds(self, t_ns: Sequence[int]) -> Floats:
        """Times of the recording as seconds of the picture."""
        return (np.asarray(t_ns, dtype=np.int64) - self.start_ns) / 1e9


def _draw(signal: _Signal, marks: Marks, name: str) -> Figure:
    first_s, length_s = float(signal.t_s[0]), float(np.ptp(signal.t_s))
    rows = min(MOST_ROWS, max(1, round(length_s / ROW_S)))
    row_s = float(np.ceil(max(LEAST_ROW_S, length_s / rows)))
    thin = [THIN_IN] * ((signal.axes_g.shape[1] == 3) + (signal.gyro_dps is not None))
    heights = [OVERVIEW_IN]
    for _ in range(rows):
        heights += [GAP_IN, SIZE_IN, *thin]
    high_in = HEAD_IN + sum(heights) + FOOT_IN
    figure = Figure(figsize=(WIDTH_IN, high_in), dpi=DPI, facecolor="white")
    grid = figure.add_gridspec(
        len(heights), 1, height_ratios=heights, hspace=0,
        left=SIDE_IN / WIDTH_IN, right=1 - 0.25 / WIDTH_IN, top=1 - HEAD_IN / high_in, bottom=FOOT_IN / high_in,
    )  # fmt: skip
    _head(figure, marks, name, high_in, signal)
    _overview(_axes(figure, grid, 0), signal, marks, row_s if rows > 1 else 0.0)
    top_g = float(np.nanquantile(signal.size_g, 0.999)) * 1.08
    for row in range(rows):
        span = (first_s + row * row_s, first_s + (row + 1) * row_s)
        place = 2 + row * (2 + len(thin))
        _size(_axes(figure, grid, place), signal, marks, span, top_g)
        if signal.axes_g.shape[1] == 3:
            _three(_axes(figure, grid, place + 1), signal, span)
        if signal.gyro_dps is not None:
            _gyro(_axes(figure, grid, place + len(thin)), signal, span)
        seconds = np.arange(np.ceil(span[0] / TICK_S) * TICK_S, min(span[1], float(signal.t_s[-1]) + TICK_S / 2), TICK_S)
        figure.axes[-1].set_xticks(seconds)
        figure.axes[-1].tick_params(labelbottom=True, length=3)
    figure.axes[-1].set_xlabel("seconds", color=INK2)
    return figure


def _axes(figure: Figure, grid: GridSpec, place: int) -> Axes:
    axes = figure.add_subplot(grid[place])
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(HAIR)
    axes.tick_params(colors=INK2, labelsize=8, length=0, labelbottom=False)
    axes.tick_params(axis="y", length=0)
    return axes


def _head(figure: Figure, marks: Marks, name: str, high_in: float, signal: _Signal) -> None:
    official = marks.official
    left = SIDE_IN / WIDTH_IN
    told = [f"confidence {official.confidence:.2f}"]
    if official.trip_t_ns:
        told.append(f"{len(official.trip_t_ns)} {'trip' if len(official.trip_t_ns) == 1 else 'trips'}")
    if marks.live_ns is not None:
        told.append(f"live {len(marks.live_ns)}")
    if marks.truth_ns is not None:
        told.append(f"truth {len(marks.truth_ns)}")
    told.append(f"{np.ptp(signal.t_s):.0f} s")
    count = f"{official.count} {_word(marks, official.count)}"
    figure.text(left, 1 - 0.16 / high_in, count, va="top", size=18, weight="bold", color=INK, gid="count")
    words = "  ·  ".join([name, *told])
    figure.text(left, 1 - 0.56 / high_in, words, va="top", size=10, color=INK2, parse_math=False, family=_family(name))
    figure.legend(
        handles=_legend(marks), loc="upper right", bbox_to_anchor=(1 - 0.2 / WIDTH_IN, 1 - 0.16 / high_in), ncols=6, frameon=False,
        fontsize=9, labelcolor=INK2, handletextpad=0.3, columnspacing=1.4, borderpad=0,
    )  # fmt: skip


def _family(name: str) -> list[str]:
    installed = set(font_manager.get_font_names())
    return [FONT] if name.isascii() else [FONT, *(font for font in FOR_NAMES if font in installed)]


def _word(marks: Marks, count: int) -> str:
    return marks.word.removesuffix("s") if count == 1 else marks.word


def _legend(marks: Marks) -> list[Artist]:
    handles: list[Artist] = [Line2D([], [], ls="", marker="o", ms=6, mfc=GO, mec=INK, mew=0.9, label=marks.word.removesuffix("s"))]
    if marks.live_ns is not None:
        handles.append(Line2D([], [], ls="", marker="^", ms=6, color=ACT, mew=0, label="live"))
    if marks.truth_ns is not None:
        handles.append(Line2D([], [], ls="", marker="|", ms=8, color=OK, mew=1.8, label="truth"))
    if marks.official.trip_t_ns:
        handles.append(Line2D([], [], ls="", marker="X", ms=7, color=BAD, mew=0, label="trip"))
    return [*handles, Patch(facecolor=WASH, edgecolor=HAIR, label="bout")]


def _overview(axes: Axes, signal: _Signal, marks: Marks, row_s: float) -> None:
    """The cadence over the whole recording, and where the rows below begin."""
    start_s, end_s = float(signal.t_s[0]), float(signal.t_s[-1])
    axes.set_xlim(start_s, end_s)
    _bouts(axes, signal, marks, label=False)
    times = signal.seconds(marks.official.event_t_ns)
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
    for t_s in signal.seconds(marks.official.trip_t_ns):
        axes.plot(t_s, 0.06, marker="X", ms=6, color=BAD, mew=0, transform=axes.get_xaxis_transform(), clip_on=False, zorder=4)
    if row_s and going.any():
        for t_s in np.arange(start_s + row_s, end_s, row_s):
            axes.axvline(t_s, color=HAIR, lw=0.8, zorder=1)
    axes.set_ylabel("a minute", color=INK2, labelpad=6, size=8)
    axes.tick_params(labelbottom=True, length=3)


def _size(axes: Axes, signal: _Signal, marks: Marks, span: tuple[float, float], top_g: float) -> None:
    """The size of the acceleration, and all marks."""
    high_g = top_g / (1 - STRIP)
    axes.set_xlim(span)
    axes.set_ylim(0, high_g)
    step = next((one for one in (1, 2, 5, 10) if top_g / one <= 5), 20) if top_g > 1.5 else 0.5
    axes.yaxis.set_major_locator(MultipleLocator(step))
    axes.set_yticks([tick for tick in np.arange(0, top_g, step) if tick <= 0.93 * top_g])
    axes.set_ylabel("size, g", color=INK2, labelpad=6, size=8)
    axes.spines["bottom"].set_visible(False)
    _bouts(axes, signal, marks, label=True)
    for number, t_s in _within(signal, marks.truth_ns or (), span):
        (mark,) = axes.plot([t_s], [0.1 * high_g], marker="|", ms=9, color=OK, mew=1.6, ls="", zorder=5)
        mark.set_gid(f"truth-{number}")
    for number, t_s in _within(signal, marks.official.event_t_ns, span):
        axes.plot([t_s, t_s], [0, ROPE * high_g], color=HAIR, lw=0.7, zorder=1.5)
        (mark,) = axes.plot([t_s], [ROPE * high_g], marker="o", ms=5.2, mfc=GO, mec=INK, mew=0.8, ls="", zorder=5)
        mark.set_gid(f"skip-{number}")
        if number % EVERY == 0:
            above = (t_s, ROPE * high_g)
            axes.annotate(
                str(number), above, (0, 4), textcoords="offset points", ha="center", va="bottom", size=7.5, color=INK, zorder=6
            )
    _line(axes, signal, signal.size_g, span, INK, 0.9)
    for number, t_s in _within(signal, marks.live_ns or (), span):
        (mark,) = axes.plot([t_s], [0.035 * high_g], marker="^", ms=4.6, color=ACT, mew=0, ls="", zorder=5)
        mark.set_gid(f"live-{number}")
    for number, t_s in _within(signal, marks.official.trip_t_ns, span):
        axes.plot([t_s, t_s], [0, high_g], color=BAD, lw=0.9, ls=(0, (2, 2)), zorder=4)
        (mark,) = axes.plot(
            [t_s], [0.982 * high_g], marker="X", ms=8.5, mfc=BAD, mec="white", mew=0.7, ls="", zorder=7, clip_on=False
        )
        mark.set_gid(f"trip-{number}")


def _bouts(axes: Axes, signal: _Signal, marks: Marks, *, label: bool) -> None:
    """Bouts as shaded spans; each begins half a period before its first skip and ends half a period after its last."""
    times = signal.seconds(marks.official.event_t_ns)
    half_s = float(np.median(np.diff(times))) / 2 if len(times) > 1 else 0.25
    left, right = axes.get_xlim()
    for number, bout in enumerate(marks.official.bouts, 1):
        start_s, end_s = signal.seconds((bout.start_ns, bout.end_ns)) + half_s * np.array([-1.0, 1.0])
        shown = max(left, start_s), min(right, end_s)
        if shown[1] <= shown[0]:
            continue
        axes.axvspan(*shown, color=WASH, lw=0, zorder=0)
        if not label:
            continue
        axes.axvspan(*shown, ymin=0.965, ymax=1.0, color=EDGE, lw=0, zorder=2)
        if left <= max(start_s, float(signal.t_s[0])) < right:
            text = axes.annotate(
                f"{bout.count} {_word(marks, bout.count)}", (shown[0], 1.0), (0, 3), xycoords=axes.get_xaxis_transform(),
                textcoords="offset points", ha="left", va="bottom", size=9, weight="bold", color=INK, zorder=6,
            )  # fmt: skip
            text.set_gid(f"bout-{number}")


def _within(signal: _Signal, t_ns: Sequence[int], span: tuple[float, float]) -> list[tuple[int, float]]:
    """Number, from 1, and second of each of these times that is within a row."""
    numbered = enumerate(signal.seconds(t_ns).tolist(), 1)
    return [(number, t_s) for number, t_s in numbered if span[0] <= t_s < span[1]]


def _three(axes: Axes, signal: _Signal, span: tuple[float, float]) -> None:
    axes.set_xlim(span)
    most = float(np.nanquantile(np.abs(signal.axes_g), 0.998))
    axes.set_ylim(-most, most)
    axes.set_yticks([])
    axes.set_ylabel("x y z", rotation=0, color=INK2, labelpad=16, va="center", size=8)
    for axis, colour in enumerate(AXES):
        _line(axes, signal, signal.axes_g[:, axis], span, colour, 0.6)


def _gyro(axes: Axes, signal: _Signal, span: tuple[float, float]) -> None:
    assert signal.gyro_dps is not None
    axes.set_xlim(span)
    most = float(np.nanquantile(signal.gyro_dps, 0.998)) * 1.1 or 1.0
    axes.set_ylim(0, most)
    axes.set_yticks([])
    axes.set_ylabel("turning", rotation=0, color=INK2, labelpad=22, va="center", size=8)
    _line(axes, signal, signal.gyro_dps, span, INK2, 0.6)


def _line(axes: Axes, signal: _Signal, values: Floats, span: tuple[float, float], colour: str, width: float) -> None:
    """A part of a signal, broken where nothing was heard."""
    first, end = np.searchsorted(signal.t_s, span)
    first, end = max(0, int(first) - 1), int(end) + 1
    t_s, part = signal.t_s[first:end], values[first:end]
    breaks = [0, *(np.flatnonzero(np.diff(t_s) > SILENT_S) + 1).tolist(), len(t_s)]
    for one, other in pairwise(breaks):
        axes.plot(t_s[one:other], part[one:other], color=colour, lw=width, solid_joinstyle="round", zorder=3)
