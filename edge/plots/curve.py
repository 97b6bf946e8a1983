"""What accuracy costs, as a picture: skips that are wrong over CPU a pupil and picture, official and live, a line a pose engine."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING, Final, Literal

import matplotlib as mpl
from matplotlib.figure import Figure

from edge.plots.curve_file import engines
from edge.plots.sheet import ACT, AXES, BAD, DPI, EDGE, HAIR, INK, INK2, STYLE, WIDTH_IN

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from edge.plots.curve_file import Curve, CurvePoint

Kind = Literal["official", "live"]

HIGH_IN: Final = 5.6
COLOURS: Final = (ACT, AXES[1], AXES[2], INK2)
GOAL_MS: Final = 1.0
GOAL_WRONG: Final = {"official": 0.01, "live": 0.02}
"""What the project claims."""
PERCENT: Final = 100.0
TICKS_MS: Final = (0.5, 1, 2, 5, 10, 20, 50)


def draw_curve(curve: Curve) -> Figure:
    """Draw a curve.

    Returns:
        A figure `WIDTH_IN` wide. Each point is an artist with a gid of its kind, engine and rate, such as "live-onnxruntime:lite-5"
        or "official-onnxruntime:lite-every".
    """
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(WIDTH_IN, HIGH_IN), dpi=DPI, facecolor="white")
        shared = figure.subplots(1, 2, sharex=True, sharey=True)
        figure.subplots_adjust(left=0.06, right=0.985, top=0.80, bottom=0.11, wspace=0.06)
        figure.text(0.06, 0.965, "What accuracy costs", va="top", size=18, weight="bold", color=INK)
        told = f"{curve.clips} clips with {curve.skips} skips, {curve.quiet_clips} clips without a rope"
        how = "medians, and the range of all placings of the key frames; numbers are key frames a second"
        figure.text(0.06, 0.895, f"{told}  ·  {how}", va="top", size=10, color=INK2)
        kinds: tuple[Kind, Kind] = ("official", "live")
        for axes, kind in zip(shared, kinds, strict=True):
            _frame(axes, kind)
            for number, engine in enumerate(engines(curve.points)):
                _engine(axes, kind, [p for p in curve.points if p.engine == engine], COLOURS[number % len(COLOURS)])
        shared[0].set_ylabel("skips wrong, %", color=INK2)
        shared[0].set_ylim(bottom=-0.3)
        shared[1].legend(loc="upper right", frameon=False, labelcolor=INK2)
    return figure


def _frame(axes: Axes, kind: Kind) -> None:
    axes.set_xscale("log")
    axes.set_xticks(TICKS_MS, [f"{ms:g}" for ms in TICKS_MS])
    axes.minorticks_off()
    axes.grid(color=HAIR, lw=0.6)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(HAIR)
    axes.tick_params(colors=INK2, length=0)
    axes.set_title(f"{kind} count", loc="left", size=11, weight="bold", color=INK)
    axes.set_xlabel("CPU a pupil and picture, ms (decode apart)", color=INK2)
    goal = GOAL_WRONG[kind]
    axes.axvline(GOAL_MS, color=EDGE, lw=0.9, ls=(0, (3, 3)), zorder=1)
    axes.axhline(PERCENT * goal, color=EDGE, lw=0.9, ls=(0, (3, 3)), zorder=1)
    axes.annotate(
        f"goal {goal:.0%}", (1.0, PERCENT * goal), (0, 2), xycoords=axes.get_yaxis_transform(), textcoords="offset points",
        ha="right", va="bottom", size=8, color=EDGE,
    )  # fmt: skip


def _engine(axes: Axes, kind: Kind, points: list[CurvePoint], colour: str) -> None:
    cost = [statistics.median(point.cost_ms) for point in points]
    runs = [point.official_wrong if kind == "official" else point.live_wrong for point in points]
    wrong = [PERCENT * statistics.median(run) for run in runs]
    axes.plot(cost, wrong, color=colour, lw=1.2, zorder=2, label=points[0].engine)
    for point, at, middle, run in zip(points, cost, wrong, runs, strict=True):
        low, high = PERCENT * min(run), PERCENT * max(run)
        axes.plot([at, at], [low, high], color=colour, lw=3.0, alpha=0.35, solid_capstyle="round", zorder=2)
        false = max(point.official_false if kind == "official" else point.live_false)
        (mark,) = axes.plot(
            [at],
            [middle],
            marker="o",
            ms=5.5,
            mfc="white" if false else colour,
            mec=BAD if false else colour,
            mew=1.2,
            ls="",
            zorder=4,
        )
        rate = "every" if point.pose_hz is None else f"{point.pose_hz:g}"
        mark.set_gid(f"{kind}-{point.engine}-{rate}")
        axes.annotate(rate, (at, high), (0, 4), textcoords="offset points", ha="center", va="bottom", size=8, color=colour)
