"""How pupils run a distance: too fast at first, slower and slower, walking for a while, fast at the end; in bunches, or alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from simulators.wander import wander

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulators.running_course import Course

    Floats = NDArray[np.float64]

RATE_HZ: Final = 10.0
BEFORE_S: Final = 4.0
MARKS: Final = (100.0, 80.0, 60.0, 10.0)
STANDARD_S: Final = {
    "50 m": ((8.2, 8.8, 10.2, 11.6), (8.2, 9.0, 10.4, 12.0)),
    "shuttle": ((90.0, 102.0, 132.0, 152.0), (97.0, 109.0, 139.0, 159.0)),
    "long": ((235.0, 270.0, 320.0, 420.0), (215.0, 245.0, 295.0, 345.0)),
}
"""Seconds of boys and girls at the marks of `MARKS` in the national fitness standard of 2014: 50 m and 50 m x 8 of grade 6, and
1000 m of boys and 800 m of girls of grade 7."""
WALK_MPS: Final = 1.5
"""Children of 7 to 12 walk 1.2 to 1.6 m/s (Lythgo et al., Gait & Posture 2009)."""


@dataclass(frozen=True, slots=True, eq=False)
class Runs:
    """The ways of a field.

    Attributes:
        t_s: even times; 0 is the signal.
        way_m: [runner, time], below 0 before the start line.
        aside_m: [runner, time], away from the side where the receivers stand.
        stopped: who gave up.
    """

    t_s: Floats
    way_m: Floats
    aside_m: Floats
    stopped: NDArray[np.bool_]


def usual_mps(course: Course, runners: int, draw: np.random.Generator) -> Floats:
    """A speed each, by marks around 75 in the standard's tables; every second runner is a girl."""
    kind = "shuttle" if course.shuttle else "50 m" if course.straight else "long"
    marks = np.clip(draw.normal(75.0, 13.0, runners), 10.0, 100.0)
    lengths = {"50 m": (50.0, 50.0), "shuttle": (400.0, 400.0), "long": (1000.0, 800.0)}[kind]
    speeds = [
        lengths[sex] / np.interp(marks, MARKS[::-1], STANDARD_S[kind][sex][::-1]) for sex in (0, 1)
    ]  # fmt: skip
    speeds_mps: Floats = np.where(np.arange(runners) % 2 == 0, speeds[0], speeds[1])
    return speeds_mps


def run(course: Course, runners: int, draw: np.random.Generator, *, bunched: float = 0.4, giving_up: float = 0.02) -> Runs:
    """Let a field run; the same generator gives the same field.

    Args:
        bunched: share of the runners who keep to somebody before them.
        giving_up: share who stop for good.
    """
    usual = usual_mps(course, runners, draw)
    slow = np.clip((np.median(usual) - usual) / np.median(usual) * 3.0 + 0.5, 0.0, 1.0)
    leader = np.arange(runners)
    for follower in np.flatnonzero(draw.random(runners) < bunched):
        near = np.flatnonzero((np.abs(usual / usual[follower] - 1.0) < 0.15) & (leader == np.arange(runners)))
        near = near[near != follower]
        if len(near) and not np.any(leader == follower, where=np.arange(runners) != follower):
            leader[follower] = int(draw.choice(near))
    usual = usual[leader] if course.total_m > 100.0 else usual
    behind = np.where(leader == np.arange(runners), 0.0, draw.uniform(0.3, 2.5, runners))
    early = 1.0 + draw.uniform(0.02, 0.15, runners) + 0.2 * slow * draw.random(runners)
    fade, sprint = draw.uniform(0.0, 0.1, runners) + 0.1 * slow, 1.0 + draw.uniform(0.0, 0.25, runners)
    walks_a_minute = np.where(slow > 0.7, draw.uniform(0.2, 0.8, runners), 0.02) if course.total_m > 500.0 else np.zeros(runners)
    gives_up_at = np.where(draw.random(runners) < giving_up, draw.uniform(0.2, 0.95, runners), np.inf)
    reaction = draw.uniform(0.15, 0.8, runners)
    longest_s = (course.seconds or course.total_m / max(0.6 * float(usual.min()), 1.3)) + 40.0
    t_s = np.arange(-BEFORE_S, longest_s, 1.0 / RATE_HZ)
    uneven = 1.0 + 0.04 * np.stack([wander(draw, t_s, 6.0) for _ in range(runners)])
    keeps = np.stack([wander(draw, t_s, 10.0) for _ in range(runners)]) * 0.5
    way = np.empty((runners, len(t_s)))
    now = (
        -(0.3 + 0.9 * (draw.permutation(runners) // 8)) - draw.uniform(0.0, 0.3, runners)
        if not course.straight
        else np.full(runners, -0.3)
    )
    speed, walking_until = np.zeros(runners), np.full(runners, -np.inf)
    done_m = course.total_m + draw.uniform(8.0, 30.0, runners)
    chance = draw.random((runners, len(t_s)))
    for step, t in enumerate(t_s):
        way[:, step] = now
        if t < 0:
            continue
        progress = np.clip(t / course.seconds if course.seconds else now / course.total_m, 0.0, 1.2)
        shape = 1.0 + (early - 1.0) * np.exp(-np.clip(progress, 0, None) / 0.12) - fade * np.clip(progress, 0.0, 1.0)
        shape = np.where(progress > 0.88, shape * sprint, shape)
        wanted = usual * shape * uneven[:, step]
        wanted = np.where(behind > 0, wanted + 0.4 * np.clip(now[leader] - behind + keeps[:, step] - now, -1.5, 1.5), wanted)
        starts = (progress > 0.25) & (progress < 0.85) & (chance[:, step] < walks_a_minute / 60.0 / RATE_HZ)
        walking_until = np.where(starts, t + 5.0 + 20.0 * chance[:, step - 1], walking_until)
        over = now > course.total_m if course.seconds is None else np.full(runners, t > course.seconds)
        wanted = np.where((walking_until > t) | over, np.minimum(wanted, WALK_MPS), wanted)
        wanted = np.where((progress > gives_up_at) | (now > done_m) | (t < reaction), 0.0, wanted)
        if course.seconds is not None and t > course.seconds + 8.0:
            wanted[:] = 0.0
        if course.shuttle:
            half = course.lap_m / 2
            turn_m = np.abs(np.mod(now + half / 2, half) - half / 2)
            wanted = wanted * (1.0 - 0.75 * np.exp(-((turn_m / 1.5) ** 2)) * (now > 5.0)) + 0.3
        speed += np.clip(wanted - speed, -3.0 / RATE_HZ, 3.0 / RATE_HZ)
        speed = np.where((progress > gives_up_at) & (speed < 0.3), 0.0, speed)
        now = now + np.maximum(speed, 0.0) / RATE_HZ
    lanes = draw.uniform(0.8, 3.2, runners)
    aside = np.clip(lanes[:, None] + 0.35 * np.stack([wander(draw, t_s, 8.0) for _ in range(runners)]), 0.4, 4.2)
    ended = (
        np.max(np.where(way[:, -1] >= course.total_m, np.argmax(way >= course.total_m, axis=1), 0)) if course.laps else len(t_s) - 1
    )
    last = min(len(t_s), int(ended) + int(25 * RATE_HZ)) if ended else len(t_s)
    return Runs(t_s[:last], way[:, :last], aside[:, :last], np.isfinite(gives_up_at))
