"""The second pose engine: MediaPipe's Tasks API, behind the same port. An extra: `touchline[mediapipe]`."""

from __future__ import annotations

import io
import math
import zipfile
from importlib.metadata import PackageNotFoundError, distribution
from typing import TYPE_CHECKING, Any, Final

import cv2
import numpy as np

from models.catalog import read_model
from models.errors import ModelUnusable
from models.pose import LANDMARKS, Pose, Region

if TYPE_CHECKING:
    from numpy.typing import NDArray

CROP_PX: Final = 384
LEAST_PRESENCE: Final = 0.5
MOST_BODIES: Final = 4
SAME_BODY: Final = 0.5
"""A body whose hips are further than this share of the region from its middle is somebody else."""


class MediapipePose:
    """PoseLandmarker on single pictures.

    Raises:
        ModelUnusable: the extra is not installed, two OpenCV packages are, or a model is missing.
    """

    def __init__(self, variant: str = "lite") -> None:
        _check_opencv()
        try:
            import mediapipe  # noqa: PLC0415 - the extra
            from mediapipe.tasks.python import BaseOptions, vision  # noqa: PLC0415 - the extra
        except ImportError as exc:
            raise ModelUnusable(f"MediaPipe cannot be loaded ({exc}): install touchline[mediapipe], libegl1 and libgles2") from exc
        options = vision.PoseLandmarkerOptions(
            base_options=BaseOptions(model_asset_buffer=task_bundle(variant)),
            running_mode=vision.RunningMode.IMAGE,
            num_poses=MOST_BODIES,
        )
        self._landmarker: Any = vision.PoseLandmarker.create_from_options(options)
        self._mediapipe: Any = mediapipe
        self._variant = variant

    @property
    def name(self) -> str:
        """See `PoseModel`."""
        return f"mediapipe/{self._variant}/CPU"

    def detect(self, picture: NDArray[np.uint8]) -> list[Region]:
        """See `PoseModel`."""
        return [pose.region for pose in self._poses(picture)]

    def pose(self, picture: NDArray[np.uint8], region: Region) -> Pose | None:
        """See `PoseModel`; the region is cut out upright, and the body nearest its middle is taken."""
        scale = CROP_PX / max(region.size_px, 1.0)
        corner = np.array([region.center_x, region.center_y]) - region.size_px / 2
        into = np.array([[scale, 0, -scale * corner[0]], [0, scale, -scale * corner[1]]])
        crop = cv2.warpAffine(picture, into, (CROP_PX, CROP_PX), borderMode=cv2.BORDER_REPLICATE)
        middle = CROP_PX / 2
        near = [
            (math.hypot(pose.region.center_x - middle, pose.region.center_y - middle), pose)
            for pose in self._poses(np.asarray(crop, dtype=np.uint8))
        ]
        near = [(away, pose) for away, pose in near if away < SAME_BODY * CROP_PX / 2]
        if not near:
            return None
        found = min(near, key=lambda one: one[0])[1]
        xy = (found.xy_px / scale + corner).astype(np.float32)
        return Pose(xy, found.visibility, found.presence, _region(xy))

    def close(self) -> None:
        """See `PoseModel`."""
        self._landmarker.close()

    def _poses(self, picture: NDArray[np.uint8]) -> list[Pose]:
        height, width = picture.shape[:2]
        rgb = np.ascontiguousarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB))
        image = self._mediapipe.Image(image_format=self._mediapipe.ImageFormat.SRGB, data=rgb)
        poses = []
        for body in self._landmarker.detect(image).pose_landmarks:
            points = np.array([[p.x * width, p.y * height, p.visibility, p.presence] for p in body[: len(LANDMARKS)]])
            presence = float(np.median(points[:, 3]))
            if presence >= LEAST_PRESENCE:
                xy = points[:, :2].astype(np.float32)
                poses.append(Pose(xy, points[:, 2].astype(np.float32), presence, _region(xy)))
        return sorted(poses, key=lambda pose: -pose.presence)


def task_bundle(variant: str) -> bytes:
    """The `.task` file that MediaPipe wants: detector and landmark model, each with the range of its input told.

    Raises:
        ModelUnusable: a model is missing or altered.
    """
    bundle = io.BytesIO()
    with zipfile.ZipFile(bundle, "w", zipfile.ZIP_STORED) as file:
        for name, source, mean, deviation in (
            ("pose_detector.tflite", "detector.tflite", 127.5, 127.5),
            ("pose_landmarks_detector.tflite", f"{variant}.tflite", 0.0, 255.0),
        ):
            file.writestr(zipfile.ZipInfo(name), _with_metadata(read_model(source), mean, deviation))
    return bundle.getvalue()


def _with_metadata(model: bytes, mean: float, deviation: float) -> bytes:
    import flatbuffers  # noqa: PLC0415 - comes with the extra
    from mediapipe.tasks.metadata import metadata_schema_py_generated as described  # noqa: PLC0415 - the extra
    from mediapipe.tasks.metadata import schema_py_generated as schema  # noqa: PLC0415 - the extra

    normal = described.NormalizationOptionsT()
    normal.mean, normal.std = [mean], [deviation]
    unit = described.ProcessUnitT()
    unit.optionsType, unit.options = described.ProcessUnitOptions.NormalizationOptions, normal
    image = described.ImagePropertiesT()
    image.colorSpace = described.ColorSpaceType.RGB
    content = described.ContentT()
    content.contentPropertiesType, content.contentProperties = described.ContentProperties.ImageProperties, image
    taken = described.TensorMetadataT()
    taken.name, taken.content, taken.processUnits = "image", content, [unit]
    taken.stats = described.StatsT()
    taken.stats.min, taken.stats.max = [(0 - mean) / deviation], [(255 - mean) / deviation]

    file = schema.ModelT.InitFromObj(schema.Model.GetRootAsModel(model, 0))
    graph = described.SubGraphMetadataT()
    graph.inputTensorMetadata = [taken]
    graph.outputTensorMetadata = []
    for number in range(len(file.subgraphs[0].outputs)):
        given = described.TensorMetadataT()
        given.name = f"output{number}"
        graph.outputTensorMetadata.append(given)
    whole = described.ModelMetadataT()
    whole.name, whole.subgraphMetadata = "pose", [graph]
    builder = flatbuffers.Builder(0)
    builder.Finish(whole.Pack(builder), b"M001")

    buffer = schema.BufferT()
    buffer.data = np.frombuffer(bytes(builder.Output()), dtype=np.uint8)
    file.buffers.append(buffer)
    entry = schema.MetadataT()
    entry.name, entry.buffer = "TFLITE_METADATA", len(file.buffers) - 1
    file.metadata = [*(m for m in file.metadata or [] if m.name != b"TFLITE_METADATA"), entry]
    packed = flatbuffers.Builder(0)
    packed.Finish(file.Pack(packed), b"TFL3")
    return bytes(packed.Output())


def _region(xy: NDArray[np.float32]) -> Region:
    """The square around a body: the middle of the hips, and a quarter more than the furthest landmark."""
    hip = (xy[23] + xy[24]) / 2
    reach = float(np.max(np.hypot(*(xy - hip).T)))
    return Region(float(hip[0]), float(hip[1]), 2 * 1.25 * reach)


def _check_opencv() -> None:
    there = []
    for name in ("opencv-python", "opencv-python-headless", "opencv-contrib-python", "opencv-contrib-python-headless"):
        try:
            distribution(name)
        except PackageNotFoundError:
            continue
        there.append(name)
    if len(there) > 1:
        raise ModelUnusable(f"{' and '.join(there)} share files and break each other: keep opencv-python-headless alone")
