"""BlazePose on onnxruntime: the detector for bodies that nothing is known of, the landmark net for a region.

Geometry after Bazarevsky et al. 2020 (BlazePose, arXiv 2006.10204) and the published graphs of MediaPipe.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import cv2
import numpy as np
import onnxruntime

from models.catalog import read_model
from models.errors import ModelUnusable
from models.pose import LANDMARKS, Pose, Region

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

DETECTOR_PX: Final = 224
LANDMARK_PX: Final = 256
STRIDES: Final = ((8, 2), (16, 2), (32, 6))
"""Grids of the detector and anchors a cell: 28×28×2 + 14×14×2 + 7×7×6 = 2,254."""
LEAST_SCORE: Final = 0.5
LEAST_PRESENCE: Final = 0.5
OVERLAP: Final = 0.3
REGION_SCALE: Final = 1.25
"""The region is this much larger than the circle around the body."""
HIP_POINT, TOP_POINT = 33, 34
"""Two further landmarks of the net: the middle of the hips, and a point on the circle around the whole body."""


class BlazePose:
    """Both nets, on one thread each.

    Args:
        variant: `lite` or `full`.
        providers: of onnxruntime, the best first; the last one must always work.

    Raises:
        ModelUnusable: a model is missing or altered, or a provider could not be started.
    """

    def __init__(self, variant: str = "lite", providers: Sequence[str] = ("CPUExecutionProvider",)) -> None:
        self._detector = _session("detector.onnx", providers)
        self._landmarks = _session(f"{variant}.onnx", providers)
        self._anchors = _anchors()
        self._variant = variant

    @property
    def name(self) -> str:
        """See `PoseModel`."""
        return f"onnxruntime/{self._variant}/{self.provider}"

    @property
    def provider(self) -> str:
        """Of onnxruntime, the one that computes; not always the one that was wished for."""
        return str(self._landmarks.get_providers()[0])

    def detect(self, picture: NDArray[np.uint8]) -> list[Region]:
        """See `PoseModel`."""
        height, width = picture.shape[:2]
        scale = DETECTOR_PX / max(height, width)
        left, top = (DETECTOR_PX - width * scale) / 2, (DETECTOR_PX - height * scale) / 2
        placed = cv2.warpAffine(picture, np.array([[scale, 0, left], [0, scale, top]]), (DETECTOR_PX, DETECTOR_PX))
        rgb = cv2.cvtColor(placed, cv2.COLOR_BGR2RGB).astype(np.float32)[None] / 127.5 - 1.0
        raw, logits = self._detector.run(["Identity", "Identity_1"], {"input": rgb})
        scores = 1.0 / (1.0 + np.exp(-np.clip(logits[0, :, 0], -50.0, 50.0)))
        likely = np.flatnonzero(scores > LEAST_SCORE)
        boxes = raw[0][likely] / DETECTOR_PX
        center = boxes[:, :2] + self._anchors[likely]
        corners = np.hstack([center - boxes[:, 2:4] / 2, center + boxes[:, 2:4] / 2])
        points = boxes[:, 4:12].reshape(-1, 4, 2) + self._anchors[likely][:, None]
        regions = []
        for merged in _merge(corners, points, scores[likely]):
            hip, rim = (merged[:2] * DETECTOR_PX - [left, top]) / scale
            regions.append(_region(hip, rim))
        return regions

    def pose(self, picture: NDArray[np.uint8], region: Region) -> Pose | None:
        """See `PoseModel`."""
        to_crop = _into_crop(region)
        crop = cv2.warpAffine(picture, to_crop, (LANDMARK_PX, LANDMARK_PX), borderMode=cv2.BORDER_REPLICATE)
        rgb = cv2.cvtColor(crop, cv2.COLOR_BGR2RGB).astype(np.float32)[None] / 255.0
        raw, presence = self._landmarks.run(["Identity", "Identity_1"], {"input": rgb})
        sure = float(presence.ravel()[0])
        if sure < LEAST_PRESENCE:
            return None
        points = raw.reshape(39, 5)
        back = cv2.invertAffineTransform(to_crop)
        xy = points[:, :2] @ back[:, :2].T + back[:, 2]
        count = len(LANDMARKS)
        visibility = 1.0 / (1.0 + np.exp(-points[:count, 3]))
        following = _region(xy[HIP_POINT], xy[TOP_POINT])
        return Pose(xy[:count].astype(np.float32), visibility.astype(np.float32), sure, following)

    def close(self) -> None:
        """See `PoseModel`; onnxruntime gives back its memory with the object."""


def available_providers() -> list[str]:
    """What this onnxruntime was built for."""
    return [str(name) for name in onnxruntime.get_available_providers()]


def _session(name: str, providers: Sequence[str]) -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    # Spinning on a loaded machine doubles the CPU time (measured, docs/decisions/0004).
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    model = read_model(name)
    try:
        return onnxruntime.InferenceSession(model, options, providers=list(providers))
    except Exception as exc:  # onnxruntime's errors have no root of their own
        raise ModelUnusable(f"onnxruntime cannot start {providers[0]} ({exc})") from exc


def _anchors() -> NDArray[np.float32]:
    """Centres of the detector's anchors, in shares of its picture."""
    parts = []
    for stride, each in STRIDES:
        cells = DETECTOR_PX // stride
        rows, columns = np.mgrid[0:cells, 0:cells]
        centers = np.stack([(columns + 0.5) / cells, (rows + 0.5) / cells], axis=-1).reshape(-1, 2)
        parts.append(np.repeat(centers, each, axis=0))
    return np.concatenate(parts).astype(np.float32)


def _merge(corners: NDArray[Any], points: NDArray[Any], scores: NDArray[Any]) -> list[NDArray[Any]]:
    """Points of the bodies, most certain first: boxes that overlap are one body, averaged by their scores."""
    merged = []
    order = np.argsort(-scores)
    while len(order):
        best = order[0]
        low, high = np.maximum(corners[best, :2], corners[order, :2]), np.minimum(corners[best, 2:], corners[order, 2:])
        shared = np.prod(np.maximum(high - low, 0.0), axis=1)
        areas = np.prod(corners[:, 2:] - corners[:, :2], axis=1)
        same = shared / (areas[best] + areas[order] - shared + 1e-9) > OVERLAP
        same[0] = True
        weights = scores[order[same]]
        merged.append(np.einsum("i,ijk->jk", weights, points[order[same]]) / weights.sum())
        order = order[~same]
    return merged


def _region(hip: NDArray[Any], rim: NDArray[Any]) -> Region:
    """The square around a body, from the middle of its hips and a point on the circle around it."""
    across, down = float(rim[0] - hip[0]), float(rim[1] - hip[1])
    angle = math.pi / 2 - math.atan2(-down, across)
    angle = (angle + math.pi) % (2 * math.pi) - math.pi
    return Region(float(hip[0]), float(hip[1]), 2 * math.hypot(across, down) * REGION_SCALE, angle)


def _into_crop(region: Region) -> NDArray[np.float64]:
    """From the picture to the landmark net's upright square."""
    scale = LANDMARK_PX / max(region.size_px, 1.0)
    cos, sin = scale * math.cos(region.angle_rad), scale * math.sin(region.angle_rad)
    x, y, half = region.center_x, region.center_y, LANDMARK_PX / 2
    return np.array([[cos, sin, half - cos * x - sin * y], [-sin, cos, half + sin * x - cos * y]])
