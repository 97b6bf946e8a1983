"""Where a camera stands and what it makes of points in space: a pinhole, no lens errors."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

BODY_M: Final = 1.5
TALL_M: Final = 2.2
"""What must be in the picture above a square: a tall pupil in the air, and the rope."""


@dataclass(frozen=True, slots=True)
class View:
    """A camera that looks at the middle of the floor.

    Attributes:
        size: width and height of the picture in pixels.
        focal_px: focal length.
        height_m: of the lens above the floor.
        distance_m: on the floor, from its middle.
        pitch_rad: how far it looks down.
        yaw_rad: where it stands on the circle around the middle; 0 before it, growing to the right.
        center_px: where its axis meets the picture; the middle, if it is not told.
    """

    size: tuple[int, int]
    focal_px: float
    height_m: float = 1.0
    distance_m: float = 3.0
    pitch_rad: float = 0.0
    yaw_rad: float = 0.0
    center_px: tuple[float, float] | None = None

    @classmethod
    def of_one(
        cls, size: tuple[int, int] = (320, 480), body_px: float = 300.0, *, height_m: float = 1.0, distance_m: float = 3.0
    ) -> View:
        """One square, on which a body of 1.5 m is so many pixels high; the body is in the middle of the picture."""
        pitch_rad = math.atan2(height_m - 0.55 * BODY_M, distance_m)
        far_m = math.hypot(distance_m, height_m - 0.55 * BODY_M)
        return cls(size, body_px / BODY_M * far_m / math.cos(pitch_rad), height_m, distance_m, pitch_rad)

    @classmethod
    def onto(
        cls,
        corners_m: Floats,
        size: tuple[int, int] = (1280, 720),
        *,
        height_m: float = 1.2,
        yaw_rad: float = 0.0,
        field_rad: float = 1.1,
    ) -> View:
        """As near as everything that may happen on a floor is still in the picture.

        Args:
            corners_m: float64[n, 2], points on the floor that must be seen, with `TALL_M` above them.
            height_m: 0.5 to 3.
            field_rad: how wide the lens sees across the longer side of the picture; 1.1 is a usual camera.
        """
        focal_px = max(size) / 2.0 / math.tan(field_rad / 2.0)
        low = np.column_stack([corners_m, np.zeros(len(corners_m))])
        box = np.concatenate([low, low + np.array([0.0, 0.0, TALL_M])])
        distance_m = 1.5
        while True:
            view = cls(size, focal_px, height_m, distance_m, math.atan2(height_m - 0.45 * TALL_M, distance_m), yaw_rad)
            at, depth_m = view.project(box)
            seen = (at >= 2).all(axis=1) & (at[:, 0] < size[0] - 2) & (at[:, 1] < size[1] - 2) & (depth_m > 0.5)
            if seen.all() or distance_m > 60.0:
                return view
            distance_m += 0.1

    @property
    def place_m(self) -> Floats:
        """Where the lens is."""
        return np.array([self.distance_m * math.sin(self.yaw_rad), -self.distance_m * math.cos(self.yaw_rad), self.height_m])

    @property
    def axes(self) -> Floats:
        """float64[3, 3]: to the right, downwards and into the picture, in space."""
        into = np.array([-math.sin(self.yaw_rad), math.cos(self.yaw_rad), 0.0])
        cos, sin = math.cos(self.pitch_rad), math.sin(self.pitch_rad)
        up = np.array([0.0, 0.0, 1.0])
        return np.stack([[math.cos(self.yaw_rad), math.sin(self.yaw_rad), 0.0], -sin * into - cos * up, cos * into - sin * up])

    def project(self, points_m: Floats) -> tuple[Floats, Floats]:
        """Pixels float64[..., 2], and how far in front of the lens float64[...]; nothing is nearer than 5 cm."""
        seen = (points_m - self.place_m) @ self.axes.T
        depth_m = np.maximum(seen[..., 2], 0.05)
        center = self.center_px or ((self.size[0] - 1) / 2.0, (self.size[1] - 1) / 2.0)
        return seen[..., :2] / depth_m[..., None] * self.focal_px + np.array(center), depth_m

    def rays(self) -> Floats:
        """float64[height, width, 3]: into which direction in space each pixel looks."""
        center = self.center_px or ((self.size[0] - 1) / 2.0, (self.size[1] - 1) / 2.0)
        columns, rows = np.meshgrid(np.arange(self.size[0]) - center[0], np.arange(self.size[1]) - center[1])
        return np.stack([columns, rows, np.full(columns.shape, self.focal_px)], axis=-1) @ self.axes
