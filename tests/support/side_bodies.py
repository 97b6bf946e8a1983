"""Bodies of pupils who step, seen from the side: the shoulders tell every step, the legs every second one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from support.bodies import Body, seen, turning

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge.counting.samples import BodySample

BEGIN_S = 2.0


def rising(steps_hz: float, steps: int, other: float = 1.0, rise: float = 0.05) -> Callable[[float], float]:
    """Shoulders that come up with every step; with every second one only so far, as a share."""

    def height(t_s: float) -> float:
        step = (t_s - BEGIN_S) * steps_hz
        if not 0 <= step <= steps:
            return 0.0
        size = rise if int(step) % 2 == 0 else rise * other
        return size * float(1 - np.cos(2 * np.pi * step))

    return height


def from_the_side(
    height: Callable[[float], float], steps_hz: float, steps: int, seconds: float, *, begins_s: tuple[float, ...] = (BEGIN_S,)
) -> list[BodySample]:
    """Hips, knees and feet that go up with the near leg: once in two steps, from each beginning on."""

    def leg(sample: BodySample) -> float:
        t_s = sample.t_ns / 1e9
        step = (t_s - max((begin_s for begin_s in begins_s if begin_s <= t_s), default=t_s)) * steps_hz
        return float(1 - np.cos(np.pi * step)) if 0 <= step <= steps else 0.0

    body = seen(Body(height=height, hands=turning(steps_hz)), seconds)
    return [
        replace(s, hips=s.hips + 0.02 * up, knees=s.knees - s.shoulders + 0.1 * up, feet=s.feet - s.shoulders + 0.2 * up)
        for s, up in ((s, leg(s)) for s in body)
    ]
