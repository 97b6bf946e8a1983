"""What a pose says of a box: whether the box is this body, and how high the body would be if it stood."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from edge.counting.body_tracks import Box
    from models.pose import Pose

TORSO_SHARE: Final = 0.288
"""Shoulders to hips, of the height (Drillis and Contini 1966)."""
LEAST_OF_POSE: Final = 0.65
MOST_OF_POSE: Final = 2.2
"""A box shows at least this share of the height of the body; one that is higher may show its shadow, too."""
WIDEST: Final = 1.0
"""A box of one body on two legs is not wider than high, in the longest stride (545 looks at drawn people, 63 on clips: all but one
below 0.82); one of a dog is half as wide again."""
BESIDE: Final = 0.1
"""The torso is at most so far beside the box, in heights of the body."""
LEGS_SEEN: Final = 0.6
"""Mean visibility of hips, knees, ankles and feet. Of what the pose model takes for a body at a gate, 2 % of the people on clips
(63 looks) and of drawn people (545) have less, and most of 22 looks at drawn dogs (nine of ten below 0.62, half below 0.37): their
fore half stands on two legs, which the model does not believe in."""
LEGS: Final = slice(23, None)
ABOVE_NOSE: Final = 1.09
"""A body against what is between nose and soles."""
SHOULDERS, HIPS = (11, 12), (23, 24)


def is_body_of(box: Box, pose: Pose) -> bool:
    """Whether a pose is the body in a box, not one of which the box shows a part. Both in pixels of the same picture."""
    height = ABOVE_NOSE * float(np.ptp(pose.xy_px[:, 1]))
    x, y = pose.xy_px[[*SHOULDERS, *HIPS]].mean(axis=0).tolist()
    beside = BESIDE * height
    inside = box.x - beside <= x <= box.x + box.width + beside and box.y <= y <= box.foot_y
    return inside and LEAST_OF_POSE * height <= box.height <= MOST_OF_POSE * height and box.width <= WIDEST * box.height


def has_legs(pose: Pose) -> bool:
    """Whether the model sees what the body stands on; where it imagines a body, it does not."""
    return float(pose.visibility[LEGS].mean()) >= LEGS_SEEN


def foot_y(pose: Pose) -> float:
    """Where it stands: the lowest point of the feet."""
    return float(pose.xy_px[27:, 1].max())


def standing_height(pose: Pose) -> float:
    """How high the body would be if it stood, by the length of its torso; in pixels."""
    shoulders, hips = pose.xy_px[list(SHOULDERS)].mean(axis=0), pose.xy_px[list(HIPS)].mean(axis=0)
    return float(np.hypot(*(hips - shoulders))) / TORSO_SHARE
