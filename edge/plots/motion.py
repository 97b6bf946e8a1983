"""A motion recording as a picture: its cadence over the whole, and below it the signal, row by row, with every skip marked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import matplotlib as mpl
import numpy as np
from matplotlib.ticker import MultipleLocator

from edge.plots.sheet import (
    AXES,
    INK,
    INK2,
    SIZE_IN,
    STRIP,
    STYLE,
    THIN_IN,
    Marks,
    Sheet,
    Timeline,
    draw_bouts,
    draw_line,
    draw_marks,
)  # fmt: skip

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from edge.counting.samples import MotionSamples

    Floats = NDArray[np.float64]

GRAVITY_MPS2: Final = 9.80665


def draw_motion(samples: MotionSamples, marks: Marks, name: str) -> Figure:
    """Draw a recording.

    Args:
        name: what the title calls it.

    Returns:
        A figure `WIDTH_IN` wide and as high as it must be, not yet on any screen or disk. Each mark is an artist with a gid of
        its kind and number: "skip-1", "live-1", "truth-1", "trip-1", "bout-1".
    """
    with mpl.rc_context(STYLE):
        return _draw(_Signal.of(samples), marks, name)


@dataclass(frozen=True, slots=True, eq=False)
class _Signal:
    """A recording in the units of the picture: seconds in order, g, degrees a second."""

    timeline: Timeline
    t_s: Floats
    axes_g: Floats
    size_g: Floats
    gyro_dps: Floats | None

    @classmethod
    def of(cls, samples: MotionSamples) -> _Signal:
        order = np.argsort(samples.t_ns, kind="stable")
        accel_g = samples.accel_mps2[order].astype(np.float64) / GRAVITY_MPS2
        gyro = samples.gyro_rads
        turning = None if gyro is None else np.degrees(np.linalg.norm(gyro[order].astype(np.float64), axis=1))
        timeline = Timeline.of(samples.t_ns)
        return cls(timeline, timeline.seconds(samples.t_ns[order]), accel_g, np.linalg.norm(accel_g, axis=1), turning)


def _draw(signal: _Signal, marks: Marks, name: str) -> Figure:
    three, gyro = signal.axes_g.shape[1] == 3, signal.gyro_dps is not None
    sheet = Sheet(signal.timeline, marks, name, [SIZE_IN, *[THIN_IN] * (three + gyro)])
    top_g = float(np.nanquantile(signal.size_g, 0.999)) * 1.08
    for number in range(len(signal.timeline.rows)):
        size, *thin = sheet.row(number)
        _size(size, signal, marks, top_g)
        if three:
            _three(thin[0], signal)
        if gyro:
            _gyro(thin[-1], signal)
    return sheet.figure


def _size(axes: Axes, signal: _Signal, marks: Marks, top_g: float) -> None:
    """The size of the acceleration, and all marks."""
    axes.set_ylim(0, top_g / (1 - STRIP))
    step = next((one for one in (1, 2, 5, 10) if top_g / one <= 5), 20) if top_g > 1.5 else 0.5
    axes.yaxis.set_major_locator(MultipleLocator(step))
    axes.set_yticks([tick for tick in np.arange(0, top_g, step) if tick <= 0.93 * top_g])
    axes.set_ylabel("size, g", color=INK2, labelpad=6, size=8)
    axes.spines["bottom"].set_visible(False)
    draw_bouts(axes, signal.timeline, marks, [marks.counted(bout.count) for bout in marks.official.bouts])
    draw_line(axes, signal.t_s, signal.size_g, INK, 0.9)
    draw_marks(axes, signal.timeline, marks)


def _three(axes: Axes, signal: _Signal) -> None:
    most = float(np.nanquantile(np.abs(signal.axes_g), 0.998))
    axes.set_ylim(-most, most)
    axes.set_yticks([])
    axes.set_ylabel("x y z", rotation=0, color=INK2, labelpad=16, va="center", size=8)
    for axis, colour in enumerate(AXES):
        draw_line(axes, signal.t_s, signal.axes_g[:, axis], colour, 0.6)


def _gyro(axes: Axes, signal: _Signal) -> None:
    assert signal.gyro_dps is not None
    most = float(np.nanquantile(signal.gyro_dps, 0.998)) * 1.1 or 1.0
    axes.set_ylim(0, most)
    axes.set_yticks([])
    axes.set_ylabel("turning", rotation=0, color=INK2, labelpad=22, va="center", size=8)
    draw_line(axes, signal.t_s, signal.gyro_dps, INK2, 0.6)
