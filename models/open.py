"""Pose engines by their spec: `onnxruntime:lite`, `onnxruntime:full`, `mediapipe:lite`, `mediapipe:full`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.errors import ModelUnusable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from models.pose import PoseModel

VARIANTS = ("lite", "full")


def open_pose_model(spec: str, providers: Sequence[str] = ("CPUExecutionProvider",)) -> PoseModel:
    """The pose engine that a spec names.

    Raises:
        ModelUnusable: no such engine or model, the model is not built, or the engine is not installed.
    """
    engine, _, variant = spec.partition(":")
    opener = ENGINES.get(engine)
    if opener is None or variant not in VARIANTS:
        known = ", ".join(f"{name}:{kind}" for name in ENGINES for kind in VARIANTS)
        raise ModelUnusable(f"'{spec}' names no pose engine; write one of: {known}")
    return opener(variant, providers)


def _onnxruntime(variant: str, providers: Sequence[str]) -> PoseModel:
    from models.blazepose import BlazePose  # noqa: PLC0415 - loaded when it is used

    return BlazePose(variant, providers)


def _mediapipe(variant: str, _providers: Sequence[str]) -> PoseModel:
    from models.mediapipe_pose import MediapipePose  # noqa: PLC0415 - loaded when it is used

    return MediapipePose(variant)


ENGINES: dict[str, Callable[[str, Sequence[str]], PoseModel]] = {"onnxruntime": _onnxruntime, "mediapipe": _mediapipe}
