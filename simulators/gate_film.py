"""A line on the ground in front of a simulated camera, with people who cross it: pictures, and when who was over it.

In three lines: `film = GateFilm([Runner(pace_mps=4.0, over_s=2.0)], seconds=4.0)`; `for t_s, picture in film.shots(): …`; and
`film.line_px` and `film.passings` to compare with.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import cv2
import numpy as np

from simulators.backdrop import backdrop
from simulators.body import Build
from simulators.camera_conditions import CameraConditions, Lens, stamps_s
from simulators.clothes import look_of
from simulators.figure import draw_person, draw_shadow
from simulators.running_body import RunningBody
from simulators.view import View

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from simulators.clothes import Look

    Floats = NDArray[np.float64]
    Picture = NDArray[np.uint8]

LINE_M: Final = (-1.8, 3.2)
"""Ends of the line, from the camera's side of the middle of the track to its far side."""
SEEN_M: Final = 4.0
"""So far to each side of the line, the camera sees the whole track."""
WALL_M: Final = 9.0
BALL_M: Final = 0.11
DOG_M: Final = 0.55
FINE_HZ: Final = 1000.0


@dataclass(frozen=True, slots=True)
class Runner:
    """Somebody who passes the line, or stands on it.

    Attributes:
        over_s: when the place of the body is over the line.
        to_right: to where, seen from a camera before the line.
        lane_m: across the track; negative is nearer to the camera.
        sway_m: of somebody who stands.
        slants_rad: how much the way slants from straight across.
    """

    pace_mps: float = 4.0
    over_s: float = 2.0
    to_right: bool = True
    lane_m: float = 0.0
    height_m: float = 1.5
    sway_m: float = 0.0
    slants_rad: float = 0.0


@dataclass(frozen=True, slots=True)
class Thing:
    """A ball that rolls over the line, or a dog that runs over it."""

    kind: str = "ball"
    pace_mps: float = 3.0
    over_s: float = 2.0
    to_right: bool = True
    lane_m: float = 0.0


@dataclass(frozen=True, slots=True)
class Passing:
    """True crossing of one runner.

    Attributes:
        runner: its number in the list that the film was made of.
        t_s: when the middle of the torso was over the line.
        side: 1 to the right, -1 to the left in the picture.
        along: where on the line, 0 at its far end.
    """

    runner: int
    t_s: float
    side: int
    along: float


@dataclass(frozen=True, slots=True, eq=False)
class _Actor:
    mover: RunningBody
    look: Look
    place_m: Floats
    stays: bool = field(default=False)


class GateFilm:
    """A clip of a gate.

    Args:
        things: balls and dogs.
        seconds: length of the clip.
        seed: the same seed gives the same film.
        size: of the pictures.
        camera_height_m: of the lens.
        camera_yaw_rad: 0 looks along the line; towards 1.2 the camera looks more and more along the track.
        conditions: what the camera has to bear.
        dims_s: when a cloud goes before the sun, if so: the light falls to 0.65 within a second.

    Attributes:
        line_px: x1, y1, x2, y2 of the line on the ground; its far end first.
        passings: when who was over it, in order of time.
    """

    def __init__(
        self,
        runners: Sequence[Runner],
        things: Sequence[Thing] = (),
        *,
        seconds: float = 4.0,
        seed: int = 1,
        size: tuple[int, int] = (1280, 720),
        camera_height_m: float = 2.2,
        camera_yaw_rad: float = 0.0,
        conditions: CameraConditions | None = None,
        dims_s: float | None = None,
    ) -> None:
        self.runners, self.things = tuple(runners), tuple(things)
        self.seconds, self.seed, self.size = seconds, seed, size
        self.conditions = conditions or CameraConditions()
        self._dims_s = dims_s
        near, far = LINE_M
        corners = np.array([[-SEEN_M, near], [SEEN_M, near], [SEEN_M, far], [-SEEN_M, far]])
        self.view = View.onto(corners, size, height_m=camera_height_m, yaw_rad=camera_yaw_rad)
        ends, _ = self.view.project(np.array([[0.0, far, 0.0], [0.0, near, 0.0]]))
        x1, y1, x2, y2 = ends.ravel().tolist()
        self.line_px: tuple[float, float, float, float] = (x1, y1, x2, y2)
        self._actors = [self._actor(number, runner) for number, runner in enumerate(self.runners)]
        found = [passing for number in range(len(self.runners)) for passing in self._passed(number)]
        self.passings = sorted(found, key=lambda passing: passing.t_s)

    def shots(self) -> Iterator[tuple[float, Picture]]:
        """Time (s) and picture of each shot, in order."""
        times_s = stamps_s(self.conditions, self.seconds, self.seed)
        lens = Lens(self.conditions, self.size, self.seconds, self.seed)
        empty = backdrop(self.view, [], WALL_M, self.seed)
        self._paint_line(empty)
        moved = [actor.mover.joints(times_s) + np.array([*actor.place_m, 0.0]) for actor in self._actors]
        for index, t_s in enumerate(times_s.tolist()):
            picture = empty.copy()
            layers: list[tuple[float, Any]] = []
            for actor, points in zip(self._actors, moved, strict=True):
                if not self._in_view(points[index]):
                    continue
                draw_shadow(picture, self.view, points[index], actor.mover.build, cast=self.conditions.cast_shadows)
                far_m = float(np.linalg.norm(points[index].mean(axis=0) - self.view.place_m))
                layers.append((far_m, (actor, points[index])))
            layers += [(float(np.linalg.norm(self._thing_m(thing, t_s) - self.view.place_m)), thing) for thing in self.things]
            for _, what in sorted(layers, key=lambda layer: -layer[0]):
                if isinstance(what, Thing):
                    self._draw_thing(picture, what, t_s)
                else:
                    draw_person(picture, self.view, what[1], what[0].mover.build, what[0].look)
            if self._dims_s is not None:
                share = float(np.clip(t_s - self._dims_s, 0.0, 1.0))
                picture = np.asarray(cv2.convertScaleAbs(picture, alpha=1.0 - 0.35 * share), dtype=np.uint8)
            yield t_s, lens.take(t_s, picture)

    def write(self, path: Path, progress: Callable[[float], None] = lambda _: None) -> None:
        """Write the clip (motion JPEG in AVI); `progress` is told the share that is drawn.

        Raises:
            OSError: it cannot be written.
        """
        writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), self.conditions.rate_hz, self.size)
        if not writer.isOpened():
            raise OSError(f"{path}: cannot be written")
        try:
            for t_s, picture in self.shots():
                writer.write(picture)
                progress(min(1.0, t_s / self.seconds))
        finally:
            writer.release()

    # --- who is there ---------------------------------------------------------------------------------------------------

    def _actor(self, number: int, runner: Runner) -> _Actor:
        heading = (1.0 if runner.to_right else -1.0) * (math.pi / 2 + runner.slants_rad)
        mover = RunningBody(
            runner.pace_mps, runner.over_s, self.seed * 100 + number,
            build=Build(runner.height_m), heading_rad=heading, sway_m=runner.sway_m,
        )  # fmt: skip
        return _Actor(mover, look_of(self.seed * 100 + number), np.array([0.0, runner.lane_m]))

    def _passed(self, number: int) -> list[Passing]:
        """When the torso goes over the line for good; who stands on it does not."""
        actor, runner = self._actors[number], self.runners[number]
        if not runner.pace_mps:
            return []
        t_s = np.arange(0.0, self.seconds, 1.0 / FINE_HZ)
        at_m = actor.mover.torso_m(t_s) + actor.place_m
        over = np.flatnonzero((at_m[:-1, 0] > 0) != (at_m[1:, 0] > 0))
        if not len(over):
            return []
        index = int(over[-1])
        along = (LINE_M[1] - float(at_m[index, 1])) / (LINE_M[1] - LINE_M[0])
        return [Passing(number, float(t_s[index]), 1 if runner.to_right else -1, along)] if 0.0 <= along <= 1.0 else []

    def _in_view(self, points: Floats) -> bool:
        at, depth_m = self.view.project(points)
        width, height = self.size
        inside = (at[:, 0] > -50) & (at[:, 0] < width + 50) & (at[:, 1] > -50) & (at[:, 1] < height + 50)
        return bool(depth_m.min() > 0.8 and inside.any())

    # --- drawing --------------------------------------------------------------------------------------------------------

    def _paint_line(self, picture: Any) -> None:
        edges = np.array([[x, y, 0.0] for x, y in ((-0.04, LINE_M[0]), (0.04, LINE_M[0]), (0.04, LINE_M[1]), (-0.04, LINE_M[1]))])
        at, _ = self.view.project(edges)
        cv2.fillConvexPoly(picture, np.round(at * 16).astype(np.int32), (235, 240, 240), cv2.LINE_AA, 4)

    @staticmethod
    def _thing_m(thing: Thing, t_s: float) -> Floats:
        way = 1.0 if thing.to_right else -1.0
        return np.array([way * thing.pace_mps * (t_s - thing.over_s), thing.lane_m, 0.0])

    def _draw_thing(self, picture: Any, thing: Thing, t_s: float) -> None:
        place = self._thing_m(thing, t_s)
        at, depth_m = self.view.project((place + np.array([0.0, 0.0, BALL_M]))[None])
        scale = self.view.focal_px / float(depth_m[0])
        x, y = at[0]
        if not (-200 < x < self.size[0] + 200 and depth_m[0] > 0.8):
            return
        if thing.kind == "ball":
            cv2.circle(
                picture, (round(x * 16), round(y * 16)), max(16, round(BALL_M * scale * 16)), (60, 140, 235), -1, cv2.LINE_AA, 4
            )
            return
        self._draw_dog(picture, place, scale, thing, t_s)

    def _draw_dog(self, picture: Any, place: Floats, scale: float, thing: Thing, t_s: float) -> None:
        """A trunk on four legs that trot, and a head before it."""
        way = 1.0 if thing.to_right else -1.0
        fur = (40, 62, 96)
        phase = 2 * math.pi * 2.5 * t_s

        def pixel(ahead_m: float, up_m: float) -> tuple[int, int]:
            at, _ = self.view.project((place + np.array([way * ahead_m, 0.0, up_m]))[None])
            return round(float(at[0, 0]) * 16), round(float(at[0, 1]) * 16)

        for leg, ahead_m in enumerate((-0.28, -0.22, 0.22, 0.28)):
            swing_m = 0.12 * math.sin(phase + math.pi * (leg % 2))
            cv2.line(picture, pixel(ahead_m, 0.36), pixel(ahead_m + swing_m, 0.0), fur, max(1, round(0.05 * scale)), cv2.LINE_AA, 4)
        cv2.line(picture, pixel(-0.3, 0.42), pixel(0.3, 0.44), fur, max(2, round(0.2 * scale)), cv2.LINE_AA, 4)
        cv2.line(picture, pixel(0.32, 0.48), pixel(0.5, DOG_M), fur, max(2, round(0.12 * scale)), cv2.LINE_AA, 4)
        cv2.line(picture, pixel(-0.35, 0.46), pixel(-0.52, 0.6), fur, max(1, round(0.03 * scale)), cv2.LINE_AA, 4)
