"""The gate of a camera: what moves is taken apart into bodies, followed, confirmed to be people by the pose model, and counted.

Background and sway: `still_background.py`. Bodies that overlap: `split_bodies.py`. Tracks and crossings are pure:
`edge/counting/body_tracks.py` and `edge/counting/line.py`.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from edge.capture.split_bodies import BodySizes, Portrait, Scene
from edge.capture.still_background import StillBackground
from edge.capture.upright import foot_y, has_legs, is_body_of, standing_height
from edge.counting.body_tracks import BodyTracks, overlap
from edge.counting.events import Crossing
from edge.counting.line import BodyPoint, Line, LineCounter, LineSample
from models.pose import Region

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from edge.capture.still_background import Moving
    from edge.counting.body_tracks import Box, Followed
    from models.pose import PoseModel

FIRST_S: Final = 2.0
"""The background is learnt from so long: in the median of it, somebody who runs through is nowhere."""
FIRST_LOOKS: Final = 25
FIRST_PICTURES: Final = 150
CATCH_UP: Final = 3
"""Each picture that comes has so many of those looked at that were kept: nobody is blind for a second while they are caught up."""
DOUBT_NS: Final = 300_000_000
"""A crossing waits at most so long for the word of the pose model."""
LOOKS: Final = 8
"""Pictures in which the pose model is asked before a track is taken for no person."""
YES, LAST_LOOKS = 2, 4
"""The model must know a body in two of the last four pictures that it was shown: once, it also knows a dog."""
LOOKS_APART_NS: Final = 100_000_000
LOOKS_A_PICTURE: Final = 2
BODY_IN_REGION: Final = 1.3
"""The side of the square that the model is shown, in heights of the body."""
SHOULDERS, HIPS = 0.82, 0.53
LEARN_SURE: Final = 0.9
HEAD_SURE: Final = 0.5
PLAUSIBLE: Final = (0.55, 1.8)
"""What a pose says of the height of a body is believed within these shares of the box: a shadow, a crouch."""
TRAVELLED: Final = 0.6
"""Leaves in the wind, what was left lying and somebody who stands on the line do not go anywhere: the model is asked about what has
gone this far, in heights, and nobody crosses who has not."""
OVER_TRAVELLED: Final = 0.3
"""Of what is over the line already, the model is asked so early: its word is then there in time."""
LEARN_TRAVELLED: Final = 1.0
DOUBLE: Final = 0.4
"""Nobody is confirmed while so much of the box is shared with somebody who is: it could be one body with two tracks."""
POSE_WEIGHT: Final = 4.0
"""A pose tells as much of how high bodies are as so many boxes."""
UPRIGHT: Final = 0.8
"""Somebody who is this share of the own height high is not crouching; bodies of those tell how high bodies are."""


@dataclass(slots=True)
class _Known:
    """What is known of a track beside its boxes."""

    looks: int = 0
    last: deque[bool] = field(default_factory=lambda: deque(maxlen=LAST_LOOKS))
    asked_ns: int = 0
    person: bool = False
    upright: bool = False
    gone: bool = False
    waiting: list[tuple[int, Crossing]] = field(default_factory=list)


class FinishLine:
    """Follows everybody in the picture and counts over one line.

    Causal. Two things are held back. The first `FIRST_S` seconds of pictures are kept until the background is known, and are then
    caught up, `CATCH_UP` for each picture that comes, so that nobody is lost who runs through right at the beginning. After that, a
    crossing is reported when the body is past the line by the margin of `LineCounter` (15 cm: 0.03 s for a runner, 0.1 s for a
    walker), and at most `DOUBT_NS` later, when the pose model has not yet said whether it is a person.

    Args:
        line: x1, y1, x2, y2 in pixels; on the ground, where feet cross it.
    """

    def __init__(self, line: tuple[float, float, float, float], model: PoseModel) -> None:
        self._line, self._model = line, model
        self._kept: deque[tuple[int, NDArray[np.uint8]]] = deque()
        self._looked_at: NDArray[np.uint8] | None = None
        self._background: StillBackground | None = None
        self._shape: tuple[int, ...] = ()
        self._begin_again()

    def look(self, t_ns: int, picture: NDArray[np.uint8]) -> list[Crossing]:
        """Take one picture (uint8[height, width, 3], BGR); crossings of people that are now certain, in order of time."""
        if picture.shape != self._shape:
            self._shape, self._background = picture.shape, None
            self._kept.clear()
            self._begin_again()
        if self._background is not None and not self._kept:
            return self._count(t_ns, picture, self._background)
        # Kept as JPEG: two seconds of pictures as they are would be 170 MB.
        self._kept.append((t_ns, cv2.imencode(".jpg", picture, (cv2.IMWRITE_JPEG_QUALITY, 90))[1]))
        full = t_ns - self._kept[0][0] >= FIRST_S * 1e9 or len(self._kept) >= FIRST_PICTURES
        return self._catch_up(CATCH_UP) if full or self._background is not None else []

    def flush(self) -> list[Crossing]:
        """The recording is over: what was held back."""
        found = self._catch_up(len(self._kept))
        for event in self._counter.flush():
            if isinstance(event, Crossing):
                self._known.setdefault(event.track, _Known()).waiting.append((event.t_ns, event))
        return sorted([*found, *self._sure()], key=lambda crossing: crossing.t_ns)

    def _begin_again(self) -> None:
        self._tracks = BodyTracks()
        self._sizes = BodySizes()
        self._portraits: dict[int, Portrait] = {}
        self._known: dict[int, _Known] = {}
        self._counter = LineCounter(Line(*self._line))
        self.followed: list[Followed] = []
        self._moving: Moving | None = None

    def torso(self, track: int) -> NDArray[np.uint8] | None:
        """The chest or back of a body in the picture that was looked at last; `None` where the body is not seen in it.

        From the shoulders to the hips (Winter 2009: 0.82 and 0.53 of the height), as wide as the body.
        """
        body = next((one for one in self.followed if one.track == track and one.seen), None)
        if body is None or self._moving is None or self._looked_at is None:
            return None
        box = body.box
        top, bottom = box.foot_y - SHOULDERS * box.height, box.foot_y - HIPS * box.height
        corners = np.array([[box.x, top, 1.0], [box.x + box.width, bottom, 1.0]]) @ self._moving.back.T
        (left, upper), (right, lower) = np.round(corners).astype(int)
        cut = self._looked_at[max(0, upper) : max(0, lower), max(0, left) : max(0, right)]
        return cut.copy() if cut.size else None

    def _catch_up(self, most: int) -> list[Crossing]:
        """Count the oldest pictures that are kept; before the first, learn the background from all of them."""
        background = self._background
        if background is None:
            if not self._kept:
                return []
            step = max(1, len(self._kept) // FIRST_LOOKS)
            background = StillBackground(self._shape[1], (_opened(kept) for _, kept in list(self._kept)[::step]))
            self._background = background
            self._counter = LineCounter(Line(*(background.scale * value for value in self._line)))
        found: list[Crossing] = []
        for _ in range(min(most, len(self._kept))):
            t_ns, kept = self._kept.popleft()
            found += self._count(t_ns, _opened(kept), background)
        return found

    def _count(self, t_ns: int, picture: NDArray[np.uint8], background: StillBackground) -> list[Crossing]:
        self._looked_at, self._moving = picture, (moving := background.moving(t_ns, picture))
        people = {track for track, known in self._known.items() if known.person}
        scene = Scene(moving, people, self._portraits, self._sizes)
        boxes = scene.bodies(self._tracks.expected(t_ns))
        self.followed = self._tracks.feed(t_ns, boxes)
        self._remember(scene)
        background.keep([(f.box.x, f.box.y, f.box.width, f.box.height) for f in self.followed if self._is_person(f.track)])
        # Unripe ones as well: who comes into view right before the line has been on this side of it. Chance finds are no persons.
        bodies = tuple(BodyPoint(f.track, f.box.middle_x, f.box.foot_y, f.box.width, f.box.sure) for f in self.followed if f.seen)
        for event in self._counter.feed(LineSample(t_ns, bodies)):
            if isinstance(event, Crossing):
                self._known.setdefault(event.track, _Known()).waiting.append((t_ns, event))
        self._ask(t_ns, picture, moving)
        return self._sure(t_ns)

    def _remember(self, scene: Scene) -> None:
        """Sizes and portraits of those who are alone."""
        followed = {body.track for body in self.followed}
        for body in self.followed:
            alone = body.box.sure >= LEARN_SURE
            if body.seen and (alone or (body.box.sure >= HEAD_SURE and body.track not in self._portraits)):
                portrait = scene.portrait(body.box)
                if portrait is not None:
                    self._portraits[body.track] = portrait
            if body.seen and alone and self._is_upright(body.track) and body.travelled >= LEARN_TRAVELLED:
                self._sizes.learn(body.box.foot_y, body.box.height)
        self._portraits = {track: own for track, own in self._portraits.items() if track in followed}
        self._known = {track: known for track, known in self._known.items() if track in followed or known.waiting}

    def _is_person(self, track: int) -> bool:
        known = self._known.get(track)
        return known is not None and known.person

    def _is_upright(self, track: int) -> bool:
        known = self._known.get(track)
        return known is not None and known.upright

    def _ask(self, t_ns: int, picture: NDArray[np.uint8], moving: Moving) -> None:
        """Ask the pose model about those it has not confirmed: who is over the line first, then who was asked least."""
        unknown = []
        for body in self.followed:
            known = self._known.setdefault(body.track, _Known())
            known.gone, urgent = known.gone or body.travelled >= TRAVELLED, bool(known.waiting)
            rested = t_ns - known.asked_ns >= LOOKS_APART_NS or urgent or not known.looks
            wanted = rested and not (known.person and known.upright) and (known.looks < LOOKS or urgent)
            there = body.seen and body.ripe and (known.gone or (urgent and body.travelled >= OVER_TRAVELLED))
            if wanted and there and not self._is_inside_another(body):
                unknown.append((not urgent, known.person, known.looks, body))
        for *_, body in sorted(unknown, key=lambda one: one[:3])[:LOOKS_A_PICTURE]:
            known = self._known[body.track]
            known.looks, known.asked_ns = known.looks + 1, t_ns
            self._confirm(known, body.box, picture, moving)

    def _is_inside_another(self, body: Followed) -> bool:
        """Whether it could be a part, or a double, of somebody who is known to be a person."""
        others = (other for other in self.followed if other.track != body.track and other.seen and self._is_person(other.track))
        return any(overlap(body.box, other.box) > DOUBLE for other in others)

    def _confirm(self, known: _Known, box: Box, picture: NDArray[np.uint8], moving: Moving) -> None:
        known.last.append(False)
        pose = self._model.pose(picture, _region(box, moving))
        if pose is None:
            return
        inverse = cv2.invertAffineTransform(moving.back)
        pose = replace(pose, xy_px=pose.xy_px @ inverse[:, :2].T + inverse[:, 2])
        if is_body_of(box, pose) and has_legs(pose):
            known.last[-1] = True
            known.person = known.person or sum(known.last) >= YES
            standing = standing_height(pose)
            known.upright = UPRIGHT * standing <= box.height <= standing / UPRIGHT
            if PLAUSIBLE[0] * box.height <= standing <= PLAUSIBLE[1] * box.height:
                self._sizes.learn(foot_y(pose), standing, POSE_WEIGHT)

    def _sure(self, now_ns: int | None = None) -> list[Crossing]:
        """Crossings of those who are people and on their way; what has waited too long is given up."""
        found = []
        for known in self._known.values():
            if known.person and known.gone:
                found += [crossing for _, crossing in known.waiting]
                known.waiting = []
            else:
                known.waiting = [one for one in known.waiting if now_ns is None or now_ns - one[0] <= DOUBT_NS]
        return sorted(found, key=lambda crossing: crossing.t_ns)


def find_crossings(
    frames: Iterable[tuple[int, NDArray[np.uint8]]], line: tuple[float, float, float, float], model: PoseModel
) -> list[Crossing]:
    """All crossings in pictures with their times (ns), in order of time."""
    gate = FinishLine(line, model)
    found = [crossing for t_ns, picture in frames for crossing in gate.look(t_ns, picture)]
    return sorted([*found, *gate.flush()], key=lambda crossing: crossing.t_ns)


def _region(box: Box, moving: Moving) -> Region:
    """The square of the picture as it came that shows a body."""
    x, y = moving.back @ np.array([box.x + 0.5 * box.width, box.y + 0.5 * box.height, 1.0])
    return Region(float(x), float(y), BODY_IN_REGION * max(box.width, box.height) / moving.scale)


def _opened(kept: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.asarray(cv2.imdecode(kept, cv2.IMREAD_COLOR), dtype=np.uint8)
