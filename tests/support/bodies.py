"""Bodies in front of a camera as samples: what a tracker would hand over, drawn from a known truth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from edge.counting.samples import BodySample

if TYPE_CHECKING:
    from collections.abc import Callable

TORSO_PX = 80.0


@dataclass(frozen=True)
class Body:
    """What a body does over time (s); heights and places in torso lengths, angles in radians."""

    height: Callable[[float], float] = lambda _: 0.0
    stride: Callable[[float], float] = lambda _: 0.0
    hands: Callable[[float], float] | None = None
    hands_up: float = 0.1
    knee: Callable[[float], float] = lambda _: -0.8
    across: Callable[[float], float] = lambda _: 0.0
    feet_stay: bool = False


def seen(
    body: Body, seconds: float, *, rate_hz: float = 30.0, pose_hz: float = 5.0, noise: float = 0.004, seed: int = 1
) -> list[BodySample]:
    """The samples of a camera; key frames come at not quite even intervals, as a tracker takes them.

    Args:
        body: `hands` is the angle of both hands on a circle of 0.1 torso lengths, 2 pi a turn.
        noise: standard deviation of every height.
    """
    draw = np.random.default_rng(seed)
    samples = []
    next_key_s, turn = 0.0, 0.0
    for index in range(int(seconds * rate_hz)):
        t_s = index / rate_hz
        key = t_s >= next_key_s
        if key:
            turn = (turn + 0.618) % 1.0
            next_key_s = t_s + (0.7 + 0.6 * turn) / pose_hz
        wobble = draw.normal(0.0, noise, 5)
        up = body.height(t_s)
        legs = 0.0 if body.feet_stay else up
        samples.append(
            BodySample(
                round(t_s * 1e9), present=True, shoulders=up + wobble[0], hips=up + wobble[1], knees=legs + wobble[2],
                feet=legs + wobble[3], stride=body.stride(t_s) + wobble[4], across=body.across(t_s), hands=body.hands_up,
                knee=body.knee(t_s), torso_px=TORSO_PX, key=key, pose_px=_pose(body, t_s, up, draw) if key else None,
            )
        )  # fmt: skip
    return samples


def _pose(body: Body, t_s: float, up: float, draw: np.random.Generator) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    pose = np.zeros((33, 2))
    pose[[11, 12]] = [[320 + 25, 200], [320 - 25, 200]]
    angle = body.hands(t_s) if body.hands is not None else 0.0
    size = 0.1 * TORSO_PX if body.hands is not None else 0.0
    for wrist, side in ((15, 1), (16, -1)):
        pose[wrist] = [320 + side * (60 + size * np.cos(angle)), 270 - size * np.sin(angle)]
    pose[:, 1] -= up * TORSO_PX
    return (pose + draw.normal(0.0, 0.8, pose.shape)).astype(np.float32)


def bounce(cadence_hz: float, first_s: float, last_s: float, height: float = 0.2) -> Callable[[float], float]:
    """Flights one after another, the first one beginning at `first_s`, the last landing at `last_s`: `skips_of` knows how many."""

    def at(t_s: float) -> float:
        if not first_s <= t_s <= last_s:
            return 0.0
        phase = (t_s - first_s) * cadence_hz % 1.0
        return height * float(np.sin(np.pi * min(1.0, phase / 0.6))) if phase < 0.6 else -0.03

    return at


def turning(cadence_hz: float, turns: float = 1.0) -> Callable[[float], float]:
    """Hands that go round `turns` times a skip."""
    return lambda t_s: 2 * np.pi * cadence_hz * turns * t_s
