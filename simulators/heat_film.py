"""A heat in front of a simulated camera: bodies on squares, a view, conditions; pictures with everything that is true of them.

In three lines: `film = HeatFilm([Style.SINGLE_BOUNCE, Style.DOUBLE_UNDER], seconds=20, seed=3)`; `for shot in film.shots(): …` with
`shot.t_s` and `shot.picture`; and `film.squares[0]`, `film.truths[0].landings_s` to compare with.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import cv2
import numpy as np

from simulators.backdrop import backdrop
from simulators.body import Build
from simulators.camera_conditions import CameraConditions, Lens, stamps_s
from simulators.clothes import look_of
from simulators.exercising_body import Exercise, ExercisingBody
from simulators.figure import draw_person, draw_shadow
from simulators.leaving_body import LeavingBody
from simulators.pupil import Ability, attempt
from simulators.skipping_body import SkippingBody
from simulators.skipping_style import SHAPES, Style
from simulators.view import BODY_M, TALL_M, View

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from simulators.body import Mover
    from simulators.clothes import Look
    from simulators.pupil import Attempt

    Floats = NDArray[np.float64]
    Picture = NDArray[np.uint8]

SIDE_M: Final = 1.5
GAP_M: Final = 0.35
ROW_M: Final = 2.6
LEAD_S: Final = 1.0
"""A clip begins so long before the signal."""
TAIL_S: Final = 2.5
"""The attempts end so long before the clip does: arms go down, people stand."""
BLUR_STEPS: Final = 4
HEIGHTS_M: Final = (1.25, 1.7)
WALL_BEHIND_M: Final = 8.0


@dataclass(frozen=True, slots=True)
class PupilTruth:
    """What happened in one square, in seconds of the clip.

    Attributes:
        doing: a style or an exercise; empty for an empty square.
        skips: how many there are to count.
        landings_s: a landing after each skip.
        turns_s: when the rope had been round; two a landing in a double under.
        hops_s: every landing of the feet, with a rope or without.
        leaves_s: when the pupil walks away, if so.
        companion: somebody else is in the square.
        passed_s: when somebody else walks through the square.
    """

    square: int
    doing: str
    height_m: float = 0.0
    cadence_per_min: float = 0.0
    landings_s: tuple[float, ...] = ()
    turns_s: tuple[float, ...] = ()
    hops_s: tuple[float, ...] = ()
    trips_s: tuple[float, ...] = ()
    bouts_s: tuple[tuple[float, float], ...] = ()
    leaves_s: float | None = None
    companion: bool = False
    passed_s: tuple[float, ...] = ()

    @property
    def skips(self) -> int:
        """How many there are to count."""
        return len(self.landings_s)


@dataclass(frozen=True, slots=True, eq=False)
class Shot:
    """One picture.

    Attributes:
        t_s: when it was taken.
        joints_px: float64[squares, 18, 2], in the order of `body.Joint`; NaN where a square is empty.
        field: false while a title card is shown.
    """

    t_s: float
    picture: Picture
    joints_px: Floats
    field: bool


@dataclass(frozen=True, slots=True, eq=False)
class _Actor:
    mover: Mover
    look: Look
    place_m: Floats
    square: int | None = None
    from_s: float = -1e9
    until_s: float = 1e9


class HeatFilm:
    """Pupils on numbered squares, filmed.

    Args:
        doing: what goes on in each square; `None` for an empty one.
        seconds: length of the clip.
        seed: the same seed gives the same film, picture by picture.
        size: of the pictures.
        rows: how many rows the squares stand in.
        heading_rad: to where the pupils look; 0 into the camera, 0.8 obliquely, 1.57 to the side, 3.14 away.
        view: where the camera is; chosen so that all squares are in the picture, unless it is told.
        camera_height_m: of a camera whose place is chosen.
        camera_yaw_rad: the same; where on the circle around the squares it stands.
        conditions: what the camera has to bear.
        ability: of every pupil; drawn for each, unless it is told.
        poor: drawn pupils are uneven, trip and rest.
        gap_m: between two squares; below 0.2 a rope swings through the neighbour's square.
        height_m: of every pupil; children and adults, unless it is told.

    `squares` has x, y, width and height of each square in the picture, `truths` what happens in it, `attempts` what bands
    are simulated from.
    """

    def __init__(
        self,
        doing: Sequence[Style | Exercise | None],
        *,
        seconds: float = 20.0,
        seed: int = 1,
        size: tuple[int, int] = (1280, 720),
        rows: int = 1,
        heading_rad: float = 0.0,
        view: View | None = None,
        camera_height_m: float = 1.2,
        camera_yaw_rad: float = 0.0,
        conditions: CameraConditions | None = None,
        ability: Ability | None = None,
        poor: bool = False,
        gap_m: float = GAP_M,
        height_m: float | None = None,
    ) -> None:
        self.seconds, self.seed, self.doing = seconds, seed, tuple(doing)
        self.conditions = conditions or CameraConditions()
        self._floor = _floor(len(doing), rows, SIDE_M + gap_m)
        corners = [middle + 0.5 * SIDE_M * np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) for middle in self._floor]
        self.view = view or View.onto(np.concatenate(corners), size, height_m=camera_height_m, yaw_rad=camera_yaw_rad)
        self.size = self.view.size
        self.squares = [_in_picture(self.view, own) for own in corners]
        self._corners = corners
        self._draw = np.random.default_rng([seed, 18])
        self._heading_rad = heading_rad
        self._actors: list[_Actor] = []
        self.truths: list[PupilTruth] = []
        self.attempts: list[Attempt | None] = [None] * len(self.doing)
        leavers = self._some(self.conditions.leavers)
        companions = self._some(self.conditions.companions)
        for square, what in enumerate(self.doing):
            self._enter(square, what, ability, height_m, poor=poor, leaves=square in leavers)
            if square in companions:
                self._join(square)
        for _ in range(self.conditions.behind):
            self._walk_by(self._draw.uniform(2.0, 4.0) + float(self._floor[:, 1].max()), None)
        for _ in range(self.conditions.passers):
            self._walk_by(float(self._draw.choice([-0.55, 0.6])), int(self._draw.integers(len(self.doing))))

    @classmethod
    def of_one(
        cls,
        what: Style | Exercise,
        *,
        size: tuple[int, int] = (320, 480),
        body_px: float = 300.0,
        camera_height_m: float = 1.0,
        distance_m: float = 3.0,
        **others: Any,
    ) -> HeatFilm:
        """One pupil of 1.5 m who is so many pixels high."""
        view = View.of_one(size, body_px, height_m=camera_height_m, distance_m=distance_m)
        return cls([what], view=view, **{"height_m": BODY_M, **others})

    def shots(self) -> Iterator[Shot]:
        """Every picture, in order."""
        conditions = self.conditions
        times_s = stamps_s(conditions, self.seconds, self.seed)
        lens = Lens(conditions, self.size, self.seconds, self.seed)
        empty = backdrop(self.view, self._corners, float(self._floor[:, 1].max()) + WALL_BEHIND_M, self.seed)
        steps = BLUR_STEPS if conditions.exposure_s else 1
        opened_s = times_s[:, None] + np.linspace(-0.5, 0.5, steps) * conditions.exposure_s if steps > 1 else times_s[:, None]
        moved = [self._moved(actor, opened_s) for actor in self._actors]
        middle = steps // 2
        for index, t_s in enumerate(times_s.tolist()):
            picture = empty.copy()
            there = [n for n, actor in enumerate(self._actors) if actor.from_s <= t_s <= actor.until_s]
            eye = self.view.place_m
            there.sort(key=lambda n: -float(np.linalg.norm(moved[n][0][index, middle].mean(axis=0) - eye)))
            if lens.shows_field(t_s):
                for n in there:
                    draw_shadow(
                        picture, self.view, moved[n][0][index, middle], self._actors[n].mover.build, cast=conditions.cast_shadows
                    )
                for n in there:
                    self._draw_actor(picture, self._actors[n], moved[n][0][index], moved[n][1], index)
            seen = np.full((len(self.doing), 18, 2), np.nan)
            for n in there:
                square = self._actors[n].square
                if square is not None:
                    at, _ = self.view.project(moved[n][0][index, middle])
                    swayed = lens.swayed(t_s)
                    seen[square] = at @ swayed[:, :2].T + swayed[:, 2]
            yield Shot(t_s, lens.take(t_s, picture), seen, lens.shows_field(t_s))

    def write(self, path: Path) -> dict[str, Any]:
        """Write the clip (motion JPEG in AVI) and, beside it, what is true of it as JSON; returns the latter.

        An AVI has one rate: where pictures are uneven or lost, their true times are in the JSON.
        """
        writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), self.conditions.rate_hz, self.size)
        if not writer.isOpened():
            raise OSError(f"{path}: cannot be written")
        times_s = []
        try:
            for shot in self.shots():
                writer.write(shot.picture)
                times_s.append(round(shot.t_s, 4))
        finally:
            writer.release()
        told = self.told() | {"frames_s": times_s}
        path.with_suffix(".json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
        return told

    def told(self) -> dict[str, Any]:
        """Everything that is true of the film, ready for JSON."""
        pupils = []
        for truth, square in zip(self.truths, self.squares, strict=True):
            own = {name: _rounded(value) for name, value in asdict(truth).items()}
            pupils.append({**own, "skips": truth.skips, "square_px": list(square)})
        return {
            "seconds": self.seconds, "seed": self.seed, "size": list(self.size), "pupils": pupils,
            "view": {name: _rounded(value) for name, value in asdict(self.view).items()},
            "conditions": {name: _rounded(value) for name, value in asdict(self.conditions).items()},
        }  # fmt: skip

    # --- who is there ---------------------------------------------------------------------------------------------------

    def _enter(
        self,
        square: int,
        what: Style | Exercise | None,
        ability: Ability | None,
        height_m: float | None,
        *,
        poor: bool,
        leaves: bool,
    ) -> None:
        if what is None:
            self.truths.append(PupilTruth(square + 1, ""))
            return
        draw = np.random.default_rng([self.seed, 19, square])
        build = Build(height_m or float(draw.uniform(*HEIGHTS_M)), float(draw.uniform(0.92, 1.1)))
        heading = self._heading_rad + float(draw.normal(0.0, 0.08))
        seed = self.seed * 100 + square
        ends_s = 0.55 * self.seconds if leaves else self.seconds - TAIL_S
        mover: Mover
        if isinstance(what, Style):
            shape = SHAPES[what]
            able = ability or _drawn_ability(what, draw, poor=poor)
            drawn = attempt(
                able, ends_s - LEAD_S, seed, turns_a_jump=shape.turns_a_jump, hops_a_turn=shape.hops_a_turn
            ).later(LEAD_S)  # fmt: skip
            self.attempts[square] = drawn
            mover = SkippingBody(drawn, what, seed, build=build, heading_rad=heading)
            truth = PupilTruth(
                square + 1, what, build.height_m, able.cadence_per_min,
                hops_s=drawn.hops_s, trips_s=drawn.trips_s, bouts_s=drawn.bouts_s,
            )  # fmt: skip
            if shape.skips:
                truth = replace(truth, landings_s=drawn.landings_s, turns_s=drawn.turns_s)
        else:
            walks = what is Exercise.WALKING_THROUGH
            exercise = ExercisingBody(what, self.seconds, seed, build=build, heading_rad=np.pi / 2 if walks else heading)
            mover, truth = exercise, PupilTruth(square + 1, what, build.height_m, hops_s=exercise.hops_s)
        if leaves:
            leaves_s = 0.55 * self.seconds + 0.5
            mover = LeavingBody(mover, leaves_s, float(draw.choice([-1.9, 1.9])), seed)
            truth = replace(truth, leaves_s=leaves_s)
        self.truths.append(truth)
        self._actors.append(_Actor(mover, look_of(seed), self._floor[square], square))

    def _join(self, square: int) -> None:
        build = Build(float(self._draw.uniform(*HEIGHTS_M)))
        seed = self.seed * 100 + 60 + square
        what = Exercise.JUMPING if self._draw.random() < 0.5 else Exercise.STANDING
        mover = ExercisingBody(what, self.seconds, seed, build=build, heading_rad=self._heading_rad)
        beside = self._floor[square] + np.array([0.5 * self._draw.choice([-1.0, 1.0]), 0.35])
        self._actors.append(_Actor(mover, look_of(seed), beside))
        self.truths[square] = replace(self.truths[square], companion=True)

    def _walk_by(self, behind_m: float, square: int | None) -> None:
        """Somebody crosses the picture; through a square, if it is told."""
        way = float(self._draw.choice([-1.0, 1.0]))
        seed = self.seed * 100 + 80 + len(self._actors)
        at = self._floor[square] if square is not None else np.array([0.0, 0.0])
        middle_s = float(self._draw.uniform(0.3, 0.8) * self.seconds)
        walk_mps = float(self._draw.uniform(0.9, 1.4))
        if square is not None:
            # Who walks through one square of a row walks through all of them.
            for number in np.flatnonzero(np.abs(self._floor[:, 1] - at[1]) < 0.1).tolist():
                passed_s = middle_s + way * float(self._floor[number, 0] - at[0]) / walk_mps
                if 0.0 <= passed_s <= self.seconds:
                    truth = self.truths[number]
                    self.truths[number] = replace(truth, passed_s=tuple(sorted((*truth.passed_s, passed_s))))
        mover = ExercisingBody(
            Exercise.WALKING_THROUGH, 2.0 * middle_s, seed, build=Build(float(self._draw.uniform(1.3, 1.8))),
            heading_rad=way * np.pi / 2, walk_mps=walk_mps,
        )  # fmt: skip
        self._actors.append(
            _Actor(mover, look_of(seed), at + np.array([0.0, behind_m]), from_s=middle_s - 12.0, until_s=middle_s + 12.0)
        )

    def _some(self, how_many: int) -> set[int]:
        there = [square for square, what in enumerate(self.doing) if what is not None]
        return set(self._draw.permutation(there)[:how_many].tolist())

    # --- drawing --------------------------------------------------------------------------------------------------------

    def _moved(self, actor: _Actor, opened_s: Floats) -> tuple[Floats, Floats | None]:
        """Joints float64[pictures, steps, 18, 3] and rope of one actor, where they are on the floor."""
        shift = np.array([*actor.place_m, 0.0])
        flat = opened_s.ravel()
        rope = actor.mover.rope(flat)
        return (
            (actor.mover.joints(flat) + shift).reshape(*opened_s.shape, 18, 3),
            None if rope is None else (rope + shift).reshape(*opened_s.shape, -1, 3),
        )

    def _draw_actor(self, picture: Picture, actor: _Actor, points: Floats, rope: Floats | None, index: int) -> None:
        build, look = actor.mover.build, actor.look
        if len(points) == 1:
            draw_person(picture, self.view, points[0], build, look, None if rope is None else rope[index, 0])
            return
        # Everything that moves while the shutter is open is the mean of a few moments.
        all_points = points if rope is None else np.concatenate([points, rope[index]], axis=1)
        at, _ = self.view.project(all_points)
        low, high = at.reshape(-1, 2).min(axis=0) - 30, at.reshape(-1, 2).max(axis=0) + 30
        left, top = np.maximum(low, 0).astype(int)
        right, bottom = np.minimum(high, self.size).astype(int)
        if right <= left or bottom <= top:
            return
        before = picture[top:bottom, left:right].copy()
        total = np.zeros(before.shape, dtype=np.float32)
        for step in range(len(points)):
            picture[top:bottom, left:right] = before
            draw_person(picture, self.view, points[step], build, look, None if rope is None else rope[index, step])
            cv2.accumulate(picture[top:bottom, left:right], total)
        picture[top:bottom, left:right] = np.rint(total / len(points)).astype(np.uint8)


def _floor(squares: int, rows: int, step_m: float) -> Floats:
    """float64[n, 2]: middles of the squares, the nearest row first, from left to right."""
    columns = -(-squares // rows)
    middles = [
        ((n % columns - (min(columns, squares - n // columns * columns) - 1) / 2) * step_m, (n // columns - (rows - 1) / 2) * ROW_M)
        for n in range(squares)
    ]
    return np.array(middles)


def _in_picture(view: View, corners_m: Floats) -> tuple[int, int, int, int]:
    """x, y, width and height of what happens in a square: from its near edge to above a tall pupil in the air."""
    middle = corners_m.mean(axis=0)
    low = np.column_stack([corners_m, np.zeros(4)])
    wide = np.column_stack([middle + 0.94 * (corners_m - middle), np.full(4, 0.8)])
    high = np.array([[*middle, TALL_M]])
    floor, sides, top = (view.project(points)[0] for points in (low, wide, high))
    left, right = max(0, round(sides[:, 0].min())), min(view.size[0], round(sides[:, 0].max()))
    up, down = max(0, round(top[0, 1])), min(view.size[1], round(floor[:, 1].max() + 4))
    return left, up, right - left, down - up


def _drawn_ability(style: Style, draw: np.random.Generator, *, poor: bool) -> Ability:
    cadence = float(draw.uniform(*SHAPES[style].cadence_per_min))
    if poor:
        return Ability(cadence, unevenness=0.08, trips_per_min=5.0, fatigue_per_min=0.12, rests_per_min=3.0)
    return Ability(cadence, unevenness=0.03, trips_per_min=0.7)


def _rounded(value: Any) -> Any:
    if isinstance(value, tuple | list):
        return [_rounded(part) for part in value]
    return round(value, 4) if isinstance(value, float) else value
